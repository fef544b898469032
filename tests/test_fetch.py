"""The only way out to the web leads nowhere else, and comes back bounded."""

from __future__ import annotations

import gzip
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpcore
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ingest.fetch import (
    Fetcher,
    Forbidden,
    ForbiddenAddress,
    ForbiddenHost,
    HttpStatus,
    Limits,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Unreachable,
    WrongType,
    name_ourselves,
)
from ingest.public_address import reach
from tests.council_site import Reply, Site, redirect

PUBLIC = "8.8.8.8"
ONE_TRY = Limits(attempts=1)


class Recorder(httpcore.NetworkBackend):
    """Opens only connections to a site on loopback, and keeps every address it was asked for."""

    def __init__(self, site: Site | None = None) -> None:
        self.connections: list[tuple[str, int]] = []
        self._place = site.place if site else ""
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        self.connections.append((host, port))
        if f"{host}:{port}" != self._place:
            raise httpcore.ConnectError("recorded, not opened")
        return self._sockets.connect_tcp(host, port, timeout)


NAMES = {
    "localhost": ["127.0.0.1", "::1"],
    "localtest.example": ["127.0.0.1"],
    "intranet.example": ["10.1.2.3"],
    "six.example": ["fd12:3456::1"],
    "linklocal.example": ["fe80::1%eth0"],
    "metadata.google.internal": ["169.254.169.254"],
    "mixed.example": [PUBLIC, "192.168.1.1"],
    "mixed-six.example": ["2606:4700::1111", "::ffff:10.0.0.1"],
    "nat64.example": ["64:ff9b::a9fe:a9fe"],
    "sixtofour.example": ["2002:7f00:1::"],
    "council.example": [PUBLIC],
    "nothing.example": [],
}


def fake_names(host: str, port: int) -> list[str]:
    """Read literal addresses as the system does, decimal and octal forms too; names by table."""
    if host in NAMES:
        return NAMES[host]
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(info[4][0]) for info in infos]


INSIDE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200",
    "100.127.255.254", "127.0.0.1", "127.0.0.53", "127.255.255.254", "168.63.129.16",
    "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255",
    "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255",
    "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255",
]  # fmt: skip
INSIDE_SIX = [
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:169.254.169.254",
    "::ffff:10.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1",
    "64:ff9b::169.254.169.254", "64:ff9b:1::10.0.0.1", "64:ff9b:1::8.8.8.8", "100::1",
    "2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:10::1", "2001:db8::1", "2002:7f00:1::",
    "2002:a00:1::1", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00::1",
    "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fec0::1", "ff02::1", "ff0e::1",
    "0:0:0:0:0:ffff:c0a8:101", "0000:0000:0000:0000:0000:0000:0000:0001",
]  # fmt: skip


def _spellings(address: str) -> Iterator[str]:
    """Write one IPv4 address as attackers do."""
    a, b, c, d = map(int, address.split("."))
    number = int.from_bytes(bytes((a, b, c, d)), "big")
    yield f"{number}"
    yield f"0x{number:x}"
    yield f"0{number:o}"
    yield f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"
    yield f"0{a:o}.0{b:o}.0{c:o}.0{d:o}"
    yield f"{a}.{(b << 16) + (c << 8) + d}"
    yield f"{a}.{b}.{(c << 8) + d}"
    yield f"0x{a:x}.{b}.0{c:o}.{d}"
    yield f"00{a:o}.{b}.{c}.{d}"
    yield ".".join("".join(chr(0x2460 + int(x) - 1) if x != "0" else "⓪" for x in str(part))
                   for part in (a, b, c, d))  # fmt: skip
    yield address.replace(".", "。")
    yield address.replace(".", "．")
    yield "".join(chr(0xFF10 + int(x)) if x.isdigit() else x for x in address)
    yield f"{address}."


HOSTILE = [
    *(f"http://{address}/" for address in INSIDE),
    *(f"http://[{address}]/" for address in INSIDE_SIX),
    *(
        f"http://{spelling}/"
        for address in ("127.0.0.1", "169.254.169.254", "10.0.0.1", "192.168.0.1", "100.64.0.1")
        for spelling in _spellings(address)
    ),
    *(f"https://{name}/" for name in NAMES if name not in ("council.example", "nothing.example")),
    "http://127.1/", "http://127.0.1/", "http://0/", "http://0x0/", "http://00.00.00.00/",
    "http://127.0.0.1:80/", "http://127.0.0.1:443/", "http://127.0.0.1:22/",
    "http://localhost:6379/", "http://localhost./", "http://LOCALHOST/", "http://LocalHost/",
    "http://council.example@127.0.0.1/", "http://127.0.0.1@council.example/",
    "http://user:secret@council.example/", "http://@council.example:x/",
    "http://council.example\\@127.0.0.1/", "http://127.0.0.1\\@council.example/",
    "http://council.example#@127.0.0.1:22/", "http://127.0.0.1%2f@council.example:25/",
    "http://council.example:25/", "http://council.example:8080/", "https://council.example:6379/",
    "http://council.example:0/", "http://council.example:65536/", "http://council.example:-1/",
    "ftp://council.example/", "file:///etc/passwd", "file://council.example/etc/passwd",
    "gopher://council.example:70/_x", "dict://council.example:11211/", "javascript:alert(1)",
    "data:text/html,x", "ws://council.example/", "jar:http://council.example!/", "//127.0.0.1/",
    "http:/127.0.0.1/", "http:127.0.0.1", "http://", "http:///", "", " ", "council.example",
    "http://[::1", "http://::1/", "http://[fe80::1%25eth0]/", "http://[::ffff:7f00:1%251]/",
    "http://council.example\r\nHost: 127.0.0.1/", "http://127.0.0.1\t/", "http://127.0.0.1%00/",
    "http://council.example%00.127.0.0.1/", "http://%31%32%37.0.0.1/", "http://127%2e0%2e0%2e1/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "http://[::①]/", "http://nothing.example/", "http://127.0.0.1\u200b/",
]  # fmt: skip


def _host(url: str) -> str:
    try:
        return httpx.URL(url).raw_host.decode().lower()
    except (httpx.InvalidURL, UnicodeError):
        return "council.example"


def _fetch_hostile(url: str, recorder: Recorder) -> None:
    hosts = {_host(url), "council.example"}
    with (
        Fetcher(hosts, limits=ONE_TRY, resolve=fake_names, backend=recorder) as fetcher,
        pytest.raises((Forbidden, Unreachable)),
    ):
        fetcher.get(url)


def test_the_table_of_hostile_addresses_is_long() -> None:
    assert len(set(HOSTILE)) >= 150


@pytest.mark.parametrize("url", HOSTILE)
def test_no_connection_into_a_private_network(url: str) -> None:
    recorder = Recorder()
    _fetch_hostile(url, recorder)
    # A name that is listed twice in the table may still be the council's own, public one.
    assert [place for place in recorder.connections if place[0] != PUBLIC] == []
    assert all(port in (80, 443) for _, port in recorder.connections)


def test_no_redirect_into_a_private_network() -> None:
    sent = [url for url in HOSTILE if url.isascii() and url.strip() and url.isprintable()]
    replies = {f"/{number}": redirect(url) for number, url in enumerate(sent)}
    with Site(replies) as site:
        for number, url in enumerate(sent):
            recorder = Recorder(site)
            hosts = {_host(url), "127.0.0.1"}
            with (
                Fetcher(
                    hosts,
                    allow_private=frozenset({site.place}),
                    limits=ONE_TRY,
                    resolve=fake_names,
                    backend=recorder,
                ) as fetcher,
                pytest.raises((Forbidden, Unreachable, HttpStatus, TooManyRedirects)),
            ):
                fetcher.get(f"{site.url}/{number}")
            allowed = ((*site.place.split(":"),), (PUBLIC, "80"), (PUBLIC, "443"))
            assert {(host, str(port)) for host, port in recorder.connections} <= set(allowed), url


@pytest.mark.parametrize("address", [*INSIDE, *INSIDE_SIX, "fe80::1%eth0", "", "x", "1.2.3"])
def test_special_addresses_are_not_public(address: str) -> None:
    assert reach(address) != "public"


@pytest.mark.parametrize(
    "address", [PUBLIC, "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert reach(address) == "public"


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    recorder = Recorder()
    with (
        Fetcher({"mixed.example"}, resolve=fake_names, backend=recorder) as fetcher,
        pytest.raises(ForbiddenAddress, match=r"192\.168\.1\.1"),
    ):
        fetcher.get("https://mixed.example/")
    assert recorder.connections == []


def test_a_name_that_changes_its_address_is_resolved_once() -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    recorder = Recorder()
    with Fetcher(
        {"rebinding.example"},
        limits=ONE_TRY,
        resolve=lambda host, port: next(answers),
        backend=recorder,
    ) as fetcher:
        with pytest.raises(Unreachable):
            fetcher.get("http://rebinding.example/")
        assert recorder.connections == [(PUBLIC, 80)]
        with pytest.raises(ForbiddenAddress):
            fetcher.get("http://rebinding.example/")
    assert recorder.connections == [(PUBLIC, 80)]


def test_a_second_address_is_tried_where_the_first_is_down() -> None:
    recorder = Recorder()
    with (
        Fetcher(
            {"council.example"},
            limits=ONE_TRY,
            resolve=lambda host, port: ["1.1.1.1", PUBLIC],
            backend=recorder,
        ) as fetcher,
        pytest.raises(Unreachable),
    ):
        fetcher.get("http://council.example/")
    assert recorder.connections == [("1.1.1.1", 80), (PUBLIC, 80)]


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def _fetcher(
    site: Site, limits: Limits | None = None, pauses: list[float] | None = None
) -> Fetcher:
    heard = [] if pauses is None else pauses
    return Fetcher(
        {"127.0.0.1"},
        allow_private=frozenset({site.place}),
        limits=limits,
        sleep=heard.append,
    )


def test_a_listed_private_place_is_asked(site: Site) -> None:
    site.replies["/"] = Reply(b"hello", type="text/HTML; charset=ISO-8859-1")
    with _fetcher(site) as fetcher:
        response = fetcher.get(f"{site.url}/#top")
    assert (response.url, response.status, response.body) == (f"{site.url}/", 200, b"hello")
    assert (response.media_type, response.charset) == ("text/html", "iso-8859-1")


def test_a_listed_name_may_lead_into_the_intranet_but_never_to_metadata(site: Site) -> None:
    site.replies["/"] = Reply(b"inside")
    port = site.server.server_port
    addresses = {"intranet.example": "127.0.0.1", "metadata.example": "169.254.169.254"}
    with Fetcher(
        addresses,
        allow_private=frozenset(f"{name}:{port}" for name in addresses),
        resolve=lambda host, port: [addresses[host]],
    ) as fetcher:
        assert fetcher.get(f"http://intranet.example:{port}/").body == b"inside"
        with pytest.raises(ForbiddenAddress):
            fetcher.get(f"http://metadata.example:{port}/")
    assert site.asked[0].headers["host"] == f"intranet.example:{port}"


def test_a_listed_place_opens_no_other_port_of_its_host(site: Site) -> None:
    with _fetcher(site) as fetcher, pytest.raises(Forbidden, match="port 9 "):
        fetcher.get("http://127.0.0.1:9/")
    with _fetcher(site) as fetcher, pytest.raises(ForbiddenAddress):
        fetcher.get("http://127.0.0.1/")


def test_another_host_is_not_asked(site: Site) -> None:
    site.replies["/away"] = redirect("https://elsewhere.example/")
    with _fetcher(site) as fetcher:
        for url in ("https://elsewhere.example/", f"{site.url}/away"):
            with pytest.raises(ForbiddenHost, match="elsewhere"):
                fetcher.get(url)


def test_redirects_are_followed_to_the_end_and_not_for_ever(site: Site) -> None:
    site.replies |= {f"/{n}": redirect(f"/{n + 1}", 302) for n in range(10)}
    site.replies |= {"/5": Reply(b"here"), "/loop": redirect("loop")}
    with _fetcher(site) as fetcher:
        assert fetcher.get(f"{site.url}/0").url == f"{site.url}/5"
        for path in ("/loop", "/6"):
            with pytest.raises(TooManyRedirects if path == "/loop" else HttpStatus):
                fetcher.get(site.url + path)


def test_a_redirect_that_is_not_wanted_comes_back_itself(site: Site) -> None:
    site.replies["/old"] = redirect("/new")
    with _fetcher(site) as fetcher:
        response = fetcher.get(f"{site.url}/old", follow=lambda target: False)
    assert (response.status, response.url) == (301, f"{site.url}/new")
    assert site.paths == ["/old"]


def test_secrets_do_not_follow_to_another_place(site: Site) -> None:
    with Site({"/": Reply(b"other")}) as other:
        site.replies["/"] = redirect(other.url)
        with Fetcher({"127.0.0.1"}, allow_private=frozenset({site.place, other.place})) as fetcher:
            fetcher.get(f"{site.url}/", {"Authorization": "Bearer x", "Accept-Language": "cy"})
    assert site.asked[0].headers["authorization"] == "Bearer x"
    assert "authorization" not in other.asked[0].headers
    assert other.asked[0].headers["accept-language"] == "cy"


def test_we_say_who_we_are_and_keep_no_cookies(site: Site) -> None:
    site.replies["/"] = Reply(b"x", headers={"Set-Cookie": "visit=1; Path=/"})
    with Fetcher(
        {"127.0.0.1"},
        allow_private=frozenset({site.place}),
        user_agent=name_ourselves("https://www.exampleton.example"),
    ) as fetcher:
        fetcher.get(f"{site.url}/")
        fetcher.get(f"{site.url}/")
    assert site.asked[1].headers["user-agent"].startswith("TownClerk/")
    assert site.asked[1].headers["user-agent"].endswith("(+https://www.exampleton.example)")
    assert "cookie" not in site.asked[1].headers


def test_proxies_of_the_environment_are_not_used(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    site.replies["/"] = Reply(b"direct")
    with _fetcher(site) as fetcher:
        assert fetcher.get(f"{site.url}/").body == b"direct"


def test_too_many_bytes_stop_the_reading(site: Site) -> None:
    def without_end(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 10_000)

    site.replies |= {"/stated": Reply(b"x" * 2_000), "/endless": without_end}
    with _fetcher(site) as fetcher:
        for path in ("/stated", "/endless"):
            with pytest.raises(TooLarge):
                fetcher.get(site.url + path, max_bytes=1_999)
        assert len(fetcher.get(f"{site.url}/stated", max_bytes=2_000).body) == 2_000


def test_a_gzip_bomb_stops_at_the_limit(site: Site) -> None:
    packed = {"Content-Encoding": "gzip"}
    bomb = gzip.compress(bytes(50_000_000))
    twice = gzip.compress(b"a" * 600) + gzip.compress(b"b" * 600)
    site.replies |= {
        "/bomb": Reply(bomb, headers=packed),
        "/fine": Reply(gzip.compress(b"y" * 1_000), headers=packed),
        "/twice": Reply(twice, headers=packed),
        "/broken": Reply(gzip.compress(b"z" * 1_000)[:-9], headers=packed),
        "/nested": Reply(gzip.compress(bomb), headers={"Content-Encoding": "gzip, gzip"}),
        "/odd": Reply(b"x", headers={"Content-Encoding": "br"}),
    }
    with _fetcher(site, ONE_TRY) as fetcher:
        assert len(bomb) < 100_000
        with pytest.raises(TooLarge):
            fetcher.get(f"{site.url}/bomb", max_bytes=100_000)
        assert fetcher.get(f"{site.url}/fine", max_bytes=1_000).body == b"y" * 1_000
        assert fetcher.get(f"{site.url}/twice").body == b"a" * 600 + b"b" * 600
        with pytest.raises(Unreachable, match="gzip"):
            fetcher.get(f"{site.url}/broken")
        for path in ("/nested", "/odd"):
            with pytest.raises(WrongType, match="packed"):
                fetcher.get(site.url + path)


@pytest.mark.parametrize("part", ["headers", "body", "nothing"])
def test_a_slow_drip_ends(site: Site, part: str) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        if part == "body":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        elif part == "headers":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(200):
            if part != "nothing":
                handler.wfile.write(b"x")
            time.sleep(0.02)

    site.replies["/"] = drip
    with _fetcher(site, Limits(seconds=0.2)) as fetcher, pytest.raises(TooSlow):
        fetcher.get(f"{site.url}/")


def test_other_types_are_not_read(site: Site) -> None:
    site.replies |= {"/a": Reply(b"x", type="image/png"), "/b": Reply(b"x", type="")}
    with _fetcher(site) as fetcher:
        for path in ("/a", "/b"):
            with pytest.raises(WrongType):
                fetcher.get(site.url + path, types={"text/html"})


def test_a_status_says_whether_the_trouble_may_pass(site: Site) -> None:
    site.replies |= {f"/{code}": Reply(b"", code) for code in (403, 404, 410, 500)}
    passing = {}
    with _fetcher(site) as fetcher:
        for code in (403, 404, 410, 500):
            with pytest.raises(HttpStatus) as caught:
                fetcher.get(f"{site.url}/{code}")
            passing[caught.value.status] = caught.value.passing
    assert passing == {403: True, 404: False, 410: False, 500: True}


def test_a_busy_server_is_asked_again_after_the_pause_it_asks_for(site: Site) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    site.replies["/"] = [
        Reply(status=503, headers={"Retry-After": "7"}),
        Reply(status=429, headers={"Retry-After": later}),
        Reply(b"at last"),
    ]
    pauses: list[float] = []
    with _fetcher(site, pauses=pauses) as fetcher:
        assert fetcher.get(f"{site.url}/").body == b"at last"
    assert pauses[0] == 7
    assert 20 < pauses[1] <= 30


def test_a_busy_server_is_not_asked_for_ever(site: Site) -> None:
    site.replies |= {
        "/": Reply(status=503),
        "/tomorrow": Reply(status=503, headers={"Retry-After": "86400"}),
        "/odd": Reply(status=503, headers={"Retry-After": "soon"}),
        "/square": Reply(status=503, headers={"Retry-After": "\u00b2"}),
        "/late": Reply(status=503, headers={"Retry-After": "Mon, 1 Jan 99999999999 0:00:00 GMT"}),
    }
    pauses: list[float] = []
    with _fetcher(site, pauses=pauses) as fetcher:
        for path in site.replies:
            with pytest.raises(HttpStatus):
                fetcher.get(site.url + path)
    tried = {path: site.paths.count(path) for path in site.replies}
    assert tried == {"/": 3, "/tomorrow": 1, "/odd": 3, "/square": 3, "/late": 3}
    assert pauses == [1, 2] * 4


def test_a_broken_connection_is_tried_again(site: Site) -> None:
    def hang_up(handler: BaseHTTPRequestHandler) -> None:
        site.replies["/"] = Reply(b"whole")
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        handler.close_connection = True

    site.replies["/"] = hang_up
    with _fetcher(site) as fetcher:
        assert fetcher.get(f"{site.url}/").body == b"whole"


def test_what_is_sent_is_sent_once(site: Site) -> None:
    site.replies |= {"/busy": Reply(b"later", 503), "/moved": redirect("/busy", 307)}
    with _fetcher(site) as fetcher:
        refused = fetcher.send("POST", f"{site.url}/busy", {"X-Key": "1"}, b"case")
        assert (refused.status, refused.body) == (503, b"later")
        assert fetcher.send("POST", f"{site.url}/moved", body=b"case").status == 307
    assert [(asked.method, asked.path) for asked in site.asked] == [
        ("POST", "/busy"),
        ("POST", "/moved"),
    ]
    assert site.asked[0].headers["content-length"] == "4"


def test_a_header_cannot_carry_another_request(site: Site) -> None:
    with _fetcher(site) as fetcher, pytest.raises(Forbidden):
        fetcher.get(f"{site.url}/", {"X": "1\r\nHost: other.example"})
    assert site.asked == []


def _certificate(folder: Path, name: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / f"{name}.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return pem


def test_the_certificate_is_checked_against_the_name_not_the_address(tmp_path: Path) -> None:
    pem = _certificate(tmp_path, "council.example")
    shown: list[str | None] = []
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    server.sni_callback = lambda sock, name, context: shown.append(name)
    site = Site({"/": Reply(b"trusted")})
    site.server.socket = server.wrap_socket(site.server.socket, server_side=True)
    port = site.server.server_port
    with site:
        for name in ("council.example", "other.example"):
            with Fetcher(
                {name},
                allow_private=frozenset({f"{name}:{port}"}),
                limits=ONE_TRY,
                tls=ssl.create_default_context(cafile=str(pem)),
                resolve=lambda host, port: ["127.0.0.1"],
            ) as fetcher:
                if name == "council.example":
                    assert fetcher.get(f"https://{name}:{port}/").body == b"trusted"
                else:
                    with pytest.raises(Unreachable, match="certificate"):
                        fetcher.get(f"https://{name}:{port}/")
    assert shown == ["council.example", "other.example"]


def test_a_certificate_nobody_knows_is_not_trusted(tmp_path: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(_certificate(tmp_path, "council.example"))
    site = Site({"/": Reply(b"x")})
    site.server.socket = server.wrap_socket(site.server.socket, server_side=True)
    port = site.server.server_port
    with (
        site,
        Fetcher(
            {"council.example"},
            allow_private=frozenset({f"council.example:{port}"}),
            limits=ONE_TRY,
            resolve=lambda host, port: ["127.0.0.1"],
        ) as fetcher,
        pytest.raises(Unreachable, match="certificate"),
    ):
        fetcher.get(f"https://council.example:{port}/")

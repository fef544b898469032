"""A crawl finds what a council publishes, asks politely, and is slow to believe a page is gone."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fetch import Fetcher, Limits
from ingest.source import Fetched, Known, Skipped, SourceFailed, Unchanged
from ingest.sources.address import Addresses
from ingest.sources.crawl import CrawlOptions, hosts_of
from ingest.sources.html_facts import read_html_facts
from ingest.sources.website import Website
from tests.council_site import Reply, Site, page, redirect

Event = Fetched | Unchanged | Skipped

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ONE_TRY = Limits(attempts=1, seconds=5)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def website(site: Site, *, pauses: list[float] | None = None, **options: Any) -> Website:
    fetcher = Fetcher({"127.0.0.1"}, allow_private=frozenset({site.place}), limits=ONE_TRY)
    heard = [] if pauses is None else pauses
    settings = CrawlOptions(**{"delay_seconds": 0.0, **options})
    return Website("site", f"{site.url}/", fetcher, settings, sleep=heard.append)


def crawl(site: Site, known: Mapping[str, Known] | None = None, **options: Any) -> list[Event]:
    """Crawl once; no address comes twice, whatever the site does."""
    site.asked.clear()
    events = list(website(site, **options).fetch(known or {}))
    urls = [event.url for event in events]
    assert len(urls) == len(set(urls))
    return events


def pages(site: Site, events: list[Event]) -> list[str]:
    urls = [event.url for event in events if not isinstance(event, Skipped)]
    return sorted(url.removeprefix(site.url) for url in urls)


def reason(site: Site, events: list[Event], path: str) -> str:
    """Why an address was skipped, with "kept: " before it where a known page stays."""
    for event in events:
        if isinstance(event, Skipped) and event.url == site.url + path:
            return f"kept: {event.reason}" if event.keep else event.reason
    return ""


def remember(events: list[Event]) -> dict[str, Known]:
    """What the knowledge base holds after these events."""
    return {
        event.url: Known("digest", event.validators, event.links)
        for event in events
        if isinstance(event, Fetched)
    }


def urlset(*urls: str) -> Reply:
    entries = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return Reply(_sitemap("urlset", entries), type="application/xml")


def sitemapindex(*urls: str) -> Reply:
    entries = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return Reply(_sitemap("sitemapindex", entries), type="application/xml")


def _sitemap(kind: str, entries: str) -> bytes:
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0"?><{kind} xmlns="{space}">{entries}</{kind}>'.encode()


def robots(*lines: str) -> Reply:
    return Reply("\n".join(lines).encode(), type="text/plain")


class TestFinding:
    def test_links_lead_to_every_page_and_each_is_asked_once(self, site: Site) -> None:
        site.replies |= {
            "/": page("Home", "/bins", "parks", "/bins#missed", "mailto:a@b.example"),
            "/bins": page("Bins", "/", "/bins/missed"),
            "/bins/missed": page("Missed", "../parks"),
            "/parks": page("Parks"),
        }
        events = crawl(site)
        assert pages(site, events) == ["/", "/bins", "/bins/missed", "/parks"]
        assert site.paths.count("/bins") == 1
        assert isinstance(events[0], Fetched)
        assert (events[0].media_type, events[0].charset) == ("text/html", "utf-8")

    def test_a_page_in_the_sitemap_only_is_found_and_one_left_out_of_it_too(
        self, site: Site
    ) -> None:
        site.replies |= {
            "/": page("Home", "/directory"),
            "/directory": page("Directory", "/directory/library"),
            "/directory/library": page("Library"),
            "/service": page("Service"),
            "/sitemap.xml": urlset(f"{site.url}/service"),
        }
        assert pages(site, crawl(site)) == ["/", "/directory", "/directory/library", "/service"]

    def test_sitemaps_named_in_robots_are_read_with_their_indexes_and_gzip(
        self, site: Site
    ) -> None:
        packed = gzip.compress(urlset(f"{site.url}/c").body)
        site.replies |= {
            "/": page("Home"),
            "/robots.txt": robots(f"Sitemap: {site.url}/map-index.xml"),
            "/map-index.xml": sitemapindex(f"{site.url}/one.xml", f"{site.url}/two.xml.gz"),
            "/one.xml": urlset(f"{site.url}/a", "/b"),
            "/two.xml.gz": Reply(packed, type="application/gzip"),
            "/more.txt": Reply(f"{site.url}/d\n".encode(), type="text/plain"),
            **{f"/{name}": page(name) for name in "abcd"},
        }
        events = crawl(site, sitemaps=(f"{site.url}/more.txt",))
        assert pages(site, events) == ["/", "/a", "/b", "/c", "/d"]
        assert "/sitemap.xml" not in site.paths

    def test_a_broken_sitemap_gives_what_it_can_and_says_so(self, site: Site) -> None:
        whole = urlset(f"{site.url}/a", f"{site.url}/b").body
        site.replies |= {
            "/": page("Home"),
            "/a": page("A"),
            "/b": page("B"),
            "/sitemap.xml": Reply(whole[:-12], type="text/xml"),
        }
        events = crawl(site, sitemaps=(f"{site.url}/sitemap.xml",))
        assert pages(site, events) == ["/", "/a", "/b"]
        assert "broken XML in line 1" in reason(site, events, "/sitemap.xml")

    @pytest.mark.parametrize(
        ("reply", "words"),
        [
            (
                Reply(
                    b'<!DOCTYPE u [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">'
                    b'<!ENTITY c SYSTEM "file:///etc/hostname">]>'
                    b"<urlset><url><loc>/x&b;&c;</loc></url></urlset>"
                ),
                "entities",
            ),
            (Reply(gzip.compress(bytes(30_000_000))), "unpacks to more than"),
            (Reply(b"\x1f\x8b broken"), "broken gzip"),
            (Reply(b"<html><body>Not found</body></html>"), "not a sitemap"),
            (Reply(b""), "not XML"),
            (Reply(status=500), "HTTP 500"),
            (Reply(b"<a>" * 200_000), ""),
        ],
    )
    def test_a_hostile_sitemap_is_refused_and_the_crawl_goes_on(
        self, site: Site, reply: Reply, words: str
    ) -> None:
        site.replies |= {"/": page("Home", "/a"), "/a": page("A"), "/map.xml": reply}
        events = crawl(site, sitemaps=(f"{site.url}/map.xml",))
        assert pages(site, events) == ["/", "/a"]
        assert words in reason(site, events, "/map.xml")
        assert reason(site, events, "/map.xml").startswith("kept: ")

    def test_sitemaps_that_name_each_other_end(self, site: Site) -> None:
        site.replies |= {
            "/": page("Home"),
            "/sitemap.xml": sitemapindex(f"{site.url}/sitemap.xml", f"{site.url}/two.xml"),
            "/two.xml": sitemapindex(f"{site.url}/sitemap.xml"),
        }
        assert pages(site, crawl(site)) == ["/"]
        assert site.paths.count("/sitemap.xml") == 1

    def test_a_sitemap_under_a_broken_address_is_told_and_the_crawl_goes_on(
        self, site: Site
    ) -> None:
        site.replies |= {
            "/": page("Home"),
            "/robots.txt": robots("Sitemap: http://[::1", f"Sitemap: {site.url}/maps.xml"),
            "/maps.xml": sitemapindex("http://[bad"),
        }
        events = crawl(site)
        assert pages(site, events) == ["/"]
        told = {event.url for event in events if isinstance(event, Skipped)}
        assert told == {"http://[::1", "http://[bad"}

    def test_a_missing_sitemap_is_no_trouble(self, site: Site) -> None:
        site.replies["/"] = page("Home")
        assert [event.url for event in crawl(site)] == [f"{site.url}/"]

    def test_the_base_of_a_page_and_its_other_languages_count(self, site: Site) -> None:
        head = '<base href="/en/"><link rel="alternate" hreflang="cy" href="/cy/">'
        site.replies |= {
            "/": page("Home", "bins", head=head),
            "/en/bins": page("Bins"),
            "/cy/": page("Hafan"),
        }
        assert pages(site, crawl(site)) == ["/", "/cy/", "/en/bins"]


class TestScope:
    def test_other_hosts_are_not_asked_and_named_ones_are(self, site: Site) -> None:
        with Site({"/x": page("Other")}) as other:
            link = f"{other.url}/x".replace("127.0.0.1", "localhost")
            site.replies["/"] = page("Home", link, "https://elsewhere.example/")
            assert pages(site, crawl(site)) == ["/"]
            fetcher = Fetcher(
                {"127.0.0.1", "localhost"},
                allow_private=frozenset({site.place, f"localhost:{other.server.server_port}"}),
            )
            options = CrawlOptions(hosts=("localhost",), delay_seconds=0)
            found = Website("site", site.url, fetcher, options).fetch({})
            assert link in [event.url for event in found]
            assert other.paths == ["/robots.txt", "/x"]

    def test_patterns_choose_the_pages(self, site: Site) -> None:
        site.replies |= {
            "/": page("Home", "/bins/", "/news/1", "/bins/old/x"),
            "/bins/": page("Bins", "/bins/a"),
            "/bins/a": page("A"),
        }
        events = crawl(site, include=("/bins/*",), exclude=("/bins/old/*",))
        assert pages(site, events) == ["/bins/", "/bins/a"]
        assert "/news/1" not in site.paths
        assert "/bins/old/x" not in site.paths

    def test_only_types_that_can_be_read_come(self, site: Site) -> None:
        site.replies |= {
            "/": page("Home", "/a.pdf", "/b.docx", "/c", "/d.jpg", "/e", "/f", "/g.pdf"),
            "/a.pdf": Reply(b"%PDF-1.7", type="application/pdf"),
            "/b.docx": Reply(b"PK", type="application/octet-stream"),
            "/c": Reply(b"plain", type="text/plain"),
            "/e": Reply(b"{}", type="application/json"),
            "/f": Reply(b"x", type="application/octet-stream"),
            "/g.pdf": redirect("/a.pdf"),
        }
        events = crawl(site)
        assert pages(site, events) == ["/", "/a.pdf", "/b.docx", "/c"]
        types = {event.url: event.media_type for event in events if isinstance(event, Fetched)}
        assert types[f"{site.url}/b.docx"] == DOCX
        assert ".jpg file" in reason(site, events, "/d.jpg")
        assert "/d.jpg" not in site.paths
        assert "application/json" in reason(site, events, "/e")
        assert "octet-stream" in reason(site, events, "/f")

    def test_pdfs_can_be_left_out(self, site: Site) -> None:
        site.replies |= {
            "/": page("Home", "/a.pdf", "/download"),
            "/a.pdf": Reply(b"%PDF-1.7", type="application/pdf"),
            "/download": Reply(b"%PDF-1.7", type="application/pdf"),
        }
        assert pages(site, crawl(site)) == ["/", "/a.pdf", "/download"]
        assert pages(site, crawl(site, pdfs=False)) == ["/"]
        assert "/a.pdf" not in site.paths

    def test_a_page_that_is_too_large_is_skipped(self, site: Site) -> None:
        site.replies |= {"/": page("Home", "/big"), "/big": Reply(b"x" * 20_000)}
        assert "more than 10,000" in reason(site, crawl(site, max_megabytes=0.01), "/big")


class TestRobots:
    def test_what_robots_txt_forbids_is_not_asked(self, site: Site) -> None:
        site.replies |= {
            "/robots.txt": robots(
                "User-agent: *", "Disallow: /private", "User-agent: TownClerk", "Disallow: /staff"
            ),
            "/": page("Home", "/staff/a", "/private/b", "/away"),
            "/private/b": page("B"),
            "/away": redirect("/staff/a"),
        }
        events = crawl(site)
        assert pages(site, events) == ["/", "/private/b"]
        assert "robots.txt" in reason(site, events, "/staff/a")
        assert "/staff/a" not in site.paths

    @pytest.mark.parametrize("status", [404, 403, 410])
    def test_without_robots_txt_everything_may_be_asked(self, site: Site, status: int) -> None:
        site.replies |= {"/robots.txt": Reply(status=status), "/": page("Home")}
        assert pages(site, crawl(site)) == ["/"]

    @pytest.mark.parametrize("status", [500, 503, 429])
    def test_a_broken_robots_txt_means_nothing_may_be_asked(self, site: Site, status: int) -> None:
        site.replies |= {"/robots.txt": Reply(status=status), "/": page("Home")}
        with pytest.raises(SourceFailed, match=r"robots\.txt"):
            crawl(site)
        assert "/" not in site.paths

    def test_a_start_page_that_robots_txt_forbids_drops_nothing(self, site: Site) -> None:
        site.replies |= {"/robots.txt": robots("User-agent: *", "Disallow: /"), "/": page("Home")}
        with pytest.raises(SourceFailed, match=r"robots\.txt"):
            crawl(site)

    def test_the_longer_of_both_delays_is_kept_up_to_a_limit_that_is_told(self, site: Site) -> None:
        site.replies |= {
            "/robots.txt": robots("User-agent: *", "Crawl-delay: 90"),
            "/": page("Home", "/a"),
            "/a": page("A"),
        }
        pauses: list[float] = []
        events = list(website(site, pauses=pauses, delay_seconds=2.0).fetch({}))
        assert set(pauses) == {30.0}
        assert "90 seconds" in reason(site, events, "/robots.txt")
        site.replies["/robots.txt"] = robots("User-agent: *", "Crawl-delay: 1")
        pauses.clear()
        list(website(site, pauses=pauses, delay_seconds=2.0).fetch({}))
        assert set(pauses) == {2.0}

    @pytest.mark.parametrize(
        ("reply", "word"),
        [
            (page("A", "/b", head='<meta name="ROBOTS" content="NoIndex">'), "noindex"),
            (replace(page("A", "/b"), headers={"X-Robots-Tag": "noindex"}), "noindex"),
            (replace(page("A", "/b"), headers={"X-Robots-Tag": "otherbot: noindex"}), ""),
        ],
    )
    def test_a_page_that_asks_not_to_be_indexed_is_not_but_its_links_are_followed(
        self, site: Site, reply: Reply, word: str
    ) -> None:
        site.replies |= {"/": page("Home", "/a"), "/a": reply, "/b": page("B")}
        events = crawl(site)
        assert pages(site, events) == (["/", "/b"] if word else ["/", "/a", "/b"])
        assert word in reason(site, events, "/a")

    def test_links_marked_nofollow_are_not_followed(self, site: Site) -> None:
        body = b'<a href="/a" rel="external nofollow">a</a><a href="/b">b</a>'
        site.replies |= {
            "/": Reply(body),
            "/b": page("B", "/c", head='<meta name=robots content="nofollow">'),
        }
        assert pages(site, crawl(site)) == ["/", "/b"]
        assert not {"/a", "/c"} & set(site.paths)


class TestOneAddress:
    def test_visits_sessions_and_campaigns_make_no_second_page(self, site: Site) -> None:
        spellings = [
            "/a?utm_source=x", "/a?ccp=true", "/a?PHPSESSID=12", "/a;jsessionid=AB?fbclid=1",
            "/%61", "/a#part", "/x/../a", "/a?", site.url.upper().replace("HTTP", "http") + "/a",
        ]  # fmt: skip
        site.replies |= {
            "/": page("Home", *spellings, "/b?y=2&x=1", "/b?x=1&sid=9&y=2", "/q%2Fz", "/q%2fz"),
            "/a": page("A"),
            "/b?x=1&y=2": page("B"),
            "/q%2Fz": page("Q"),
        }
        assert pages(site, crawl(site)) == ["/", "/a", "/b?x=1&y=2", "/q%2Fz"]
        assert len(site.paths) == 6

    def test_a_cookie_check_that_comes_back_to_the_page_gives_the_page(self, site: Site) -> None:
        site.replies |= {
            "/": page("Home", "/a"),
            "/a": redirect("/a?ccp=true", 302),
            "/a?ccp=true": page("A"),
        }
        assert pages(site, crawl(site)) == ["/", "/a"]

    def test_twins_that_a_redirect_unites_are_one_page(self, site: Site) -> None:
        site.replies |= {
            "/": page("Home", "/bins", "/bins/", "/tips/", "/tips"),
            "/bins": redirect("/bins/"),
            "/bins/": page("Bins"),
            "/tips": redirect("/tips/"),
            "/tips/": page("Tips"),
        }
        assert pages(site, crawl(site)) == ["/", "/bins/", "/tips/"]
        assert site.paths.count("/bins/") == site.paths.count("/tips/") == 1

    def test_a_canonical_address_unites_copies(self, site: Site) -> None:
        canonical = f'<link rel="canonical" href="{site.url}/bins">'
        site.replies |= {
            "/": page("Home", "/print/bins", "/bins?view=print", "/bins/"),
            "/bins": page("Bins", head=canonical),
            "/bins/": page("Bins", head=canonical),
            "/bins?view=print": page("Bins", head=canonical),
            "/print/bins": page("Bins", head=canonical),
        }
        assert pages(site, crawl(site)) == ["/", "/bins"]

    def test_a_canonical_address_that_every_page_copies_hides_no_page(self, site: Site) -> None:
        home = '<link rel="canonical" href="/">'
        site.replies |= {
            "/": page("Home", "/a", "/b", head=home),
            "/a": page("A", head=home),
            "/b": page("B", head='<link rel="canonical" href="/missing">'),
            "/c": page("C", head='<link rel="canonical" href="https://elsewhere.example/">'),
            "/sitemap.xml": urlset(f"{site.url}/c"),
        }
        assert pages(site, crawl(site)) == ["/", "/a", "/b", "/c"]

    def test_with_and_without_www_is_one_site(self) -> None:
        with Site() as site:
            port = site.server.server_port
            bare, www = f"http://exampleton.example:{port}", f"http://www.exampleton.example:{port}"

            def home(handler: BaseHTTPRequestHandler) -> None:
                is_www = handler.headers["Host"].startswith("www.")
                reply = page("Home", f"{bare}/a", f"{www}/a") if is_www else redirect(f"{www}/")
                handler.send_response(reply.status)
                for name, value in {**reply.headers, "Content-Type": reply.type}.items():
                    handler.send_header(name, value)
                handler.send_header("Content-Length", str(len(reply.body)))
                handler.end_headers()
                handler.wfile.write(reply.body)

            site.replies |= {"/": home, "/a": page("A")}
            places = frozenset(f"{url.removeprefix('http://')}" for url in (bare, www))
            fetcher = Fetcher(
                hosts_of(bare), allow_private=places, resolve=lambda host, port: ["127.0.0.1"]
            )
            events = Website("site", bare, fetcher, CrawlOptions(delay_seconds=0)).fetch({})
            assert [event.url for event in events] == [f"{www}/", f"{www}/a"]
            assert site.paths.count("/a") == 1

    def test_redirects_in_a_circle_are_told(self, site: Site) -> None:
        site.replies |= {
            "/": page("Home", "/a", "/n0"),
            "/a": redirect("/b"),
            "/b": redirect("/a"),
            **{f"/n{n}": redirect(f"/n{n + 1}") for n in range(9)},
        }
        events = crawl(site)
        assert pages(site, events) == ["/"]
        assert "circle" in reason(site, events, "/a")
        assert "more than 5 times" in reason(site, events, "/n5")
        assert "/n7" not in site.paths


class TestTraps:
    def test_a_calendar_without_end_ends(self, site: Site) -> None:
        def month(handler: BaseHTTPRequestHandler) -> None:
            number = int(handler.path.partition("=")[2] or 0)
            body = page(f"Month {number}", f"/events?month={number + 1}", "/fine").body
            handler.send_response(200)
            handler.send_header("Content-Type", "text/html")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        site.replies |= {f"/events?month={n}": month for n in range(300)}
        site.replies |= {"/": page("Home", *(f"/events?month={n}" for n in range(200)), "/fine")}
        site.replies |= {"/fine": page("Fine")}
        events = crawl(site)
        assert len(pages(site, events)) == 102
        assert "variants" in reason(site, events, "/events?month=100")
        assert len([event for event in events if isinstance(event, Skipped)]) == 1

    def test_a_chain_of_links_without_end_ends(self, site: Site) -> None:
        site.replies |= {"/": page("Home", "/p0")}
        site.replies |= {f"/p{n}": page(f"P{n}", f"/p{n + 1}") for n in range(90)}
        assert len(pages(site, crawl(site))) == 51

    @pytest.mark.parametrize("path", ["/a/b" * 3, "/a" * 16, "/x/x/x"])
    def test_a_path_that_repeats_itself_is_not_followed(self, site: Site, path: str) -> None:
        site.replies |= {"/": page("Home", path), path: page("Trap")}
        events = crawl(site)
        assert pages(site, events) == ["/"]
        assert "without end" in reason(site, events, path)

    def test_many_dates_in_the_path_end_but_many_numbers_do_not(self, site: Site) -> None:
        days = [f"/events/2026/{n // 28 % 12 + 1:02}/{n % 28 + 1:02}" for n in range(150)]
        infos = [f"/info/{n}" for n in range(150)]
        site.replies |= {path: page(path) for path in days + infos}
        site.replies |= {"/": page("Home", *days, *infos)}
        assert len(pages(site, crawl(site))) == 1 + 100 + 150


class TestAgain:
    def test_what_has_not_changed_is_not_sent_again_and_its_links_are_followed(
        self, site: Site
    ) -> None:
        site.replies |= {
            "/": replace(page("Home", "/a"), headers={"ETag": '"1"'}),
            "/a": replace(page("A", "/b"), headers={"ETag": '"2"'}),
            "/b": replace(page("B"), headers={"Last-Modified": "Mon, 02 Mar 2026 10:00:00 GMT"}),
        }
        first = crawl(site)
        again = crawl(site, remember(first))
        assert [type(event) for event in again] == [Unchanged, Unchanged, Fetched]
        assert pages(site, again) == ["/", "/a", "/b"]
        asked = {request.path: request.headers for request in site.asked}
        assert asked["/a"]["if-none-match"] == '"2"'
        assert asked["/b"]["if-modified-since"] == "Mon, 02 Mar 2026 10:00:00 GMT"

    def test_a_validator_comes_back_as_it_was_stated(self, site: Site) -> None:
        site.replies["/"] = replace(page("Home"), headers={"ETag": '"caf\u00e9"'})
        known = remember(crawl(site))
        assert crawl(site, known) == [Unchanged(f"{site.url}/")]

    def test_a_known_page_that_nothing_links_to_any_more_stays(self, site: Site) -> None:
        site.replies |= {"/": page("Home", "/a"), "/a": page("A", "/b"), "/b": page("B")}
        known = remember(crawl(site))
        site.replies |= {"/": page("Home")}
        assert pages(site, crawl(site, known)) == ["/", "/a", "/b"]

    @pytest.mark.parametrize("status", [404, 410])
    def test_a_known_page_that_is_gone_is_dropped(self, site: Site, status: int) -> None:
        site.replies |= {"/": page("Home", "/a", "/b"), "/a": page("A"), "/b": page("B")}
        known = remember(crawl(site))
        site.replies["/a"] = Reply(status=status)
        events = crawl(site, known)
        assert pages(site, events) == ["/", "/b"]
        assert reason(site, events, "/a").startswith(f"HTTP {status}")
        assert f"linked from {site.url}/" in reason(site, events, "/a")

    @pytest.mark.parametrize("status", [403, 429, 500, 503])
    def test_a_known_page_in_passing_trouble_goes_on_answering(
        self, site: Site, status: int
    ) -> None:
        site.replies |= {"/": page("Home", "/a", "/b"), "/a": page("A"), "/b": page("B")}
        known = remember(crawl(site))
        site.replies["/a"] = Reply(status=status)
        assert reason(site, crawl(site, known), "/a").startswith(f"kept: HTTP {status}")

    def test_a_known_page_that_hangs_up_goes_on_answering(self, site: Site) -> None:
        def hang_up(handler: BaseHTTPRequestHandler) -> None:
            handler.close_connection = True

        site.replies |= {"/": page("Home", "/a"), "/a": page("A")}
        known = remember(crawl(site))
        site.replies["/a"] = hang_up
        assert reason(site, crawl(site, known), "/a").startswith("kept: cannot be reached")

    def test_a_page_that_moved_comes_under_its_new_address(self, site: Site) -> None:
        site.replies |= {"/": page("Home", "/a"), "/a": page("A")}
        known = remember(crawl(site))
        site.replies |= {"/a": redirect("/new"), "/new": page("A")}
        events = crawl(site, known)
        assert pages(site, events) == ["/", "/new"]
        assert reason(site, events, "/a") == f"is now found at {site.url}/new"

    def test_a_page_that_leads_to_passing_trouble_stays(self, site: Site) -> None:
        site.replies |= {"/": page("Home", "/a"), "/a": page("A")}
        known = remember(crawl(site))
        site.replies |= {"/a": redirect("/new"), "/new": Reply(status=500)}
        events = crawl(site, known)
        assert reason(site, events, "/a").startswith("kept: leads to")

    def test_a_site_that_loses_most_of_its_pages_at_once_is_not_believed(self, site: Site) -> None:
        names = [f"/p{n}" for n in range(6)]
        site.replies |= {name: page(name) for name in names}
        site.replies |= {"/": page("Home", *names)}
        known = remember(crawl(site))
        for name in names[:4]:
            site.replies[name] = Reply(status=404)
        with pytest.raises(SourceFailed, match=r"4 of 7 known pages are gone at once"):
            crawl(site, known)
        events = crawl(site, known, allow_mass_removal=True)
        assert pages(site, events) == ["/", "/p4", "/p5"]
        site.replies[names[3]] = page(names[3])
        assert len(pages(site, crawl(site, known))) == 4

    @pytest.mark.parametrize(
        "reply",
        [
            redirect("/"),
            redirect("https://parked.example/"),
            page("Home", head="<meta name=robots content=noindex>"),
        ],
    )
    def test_other_ways_to_lose_every_page_are_not_believed_either(
        self, site: Site, reply: Reply
    ) -> None:
        names = [f"/p{n}" for n in range(4)]
        site.replies |= {name: page(name) for name in names}
        site.replies |= {"/": page("Home", *names)}
        known = remember(crawl(site))
        site.replies |= dict.fromkeys(names, reply)
        with pytest.raises(SourceFailed, match="known pages are gone"):
            crawl(site, known)

    @pytest.mark.parametrize("reply", [Reply(status=404), Reply(status=500), Reply(type="x/y")])
    def test_a_start_page_that_fails_fails_the_source(self, site: Site, reply: Reply) -> None:
        site.replies["/"] = reply
        with pytest.raises(SourceFailed, match=site.url):
            crawl(site, {f"{site.url}/a": Known("digest")})

    def test_a_page_limit_keeps_the_known_pages_that_were_not_reached(self, site: Site) -> None:
        names = [f"/p{n}" for n in range(6)]
        site.replies |= {name: page(name) for name in names}
        site.replies |= {"/": page("Home", *names)}
        known = remember(crawl(site))
        events = crawl(site, known, max_pages=3)
        assert pages(site, events) == ["/", "/p0", "/p1"]
        assert all("max_pages" in reason(site, events, name) for name in names[2:])
        assert all(reason(site, events, name).startswith("kept: ") for name in names[2:])
        new = crawl(site, max_pages=3)
        assert "4 addresses in all" in reason(site, new, "/p2")

    def test_a_time_limit_keeps_the_known_pages_that_were_not_reached(self, site: Site) -> None:
        site.replies |= {"/": page("Home", "/a"), "/a": page("A")}
        known = remember(crawl(site))
        hours = iter(range(0, 10_000_000, 600))
        late = website(site, max_minutes=60)
        late = Website("site", late.start, late.fetcher, late.options, clock=lambda: next(hours))
        site.replies |= {"/": page("Home", *(f"/p{n}" for n in range(20)))}
        events = list(late.fetch(known))
        assert "max_minutes" in reason(site, events, "/a")
        assert reason(site, events, "/a").startswith("kept: ")

    def test_a_site_that_stops_answering_is_left_in_peace(self, site: Site) -> None:
        names = [f"/p{n:02}" for n in range(30)]
        site.replies |= {"/": page("Home", *names)}
        site.replies |= dict.fromkeys(names, Reply(status=500))
        known = {f"{site.url}{name}": Known("digest") for name in names}
        events = crawl(site, known)
        assert len(site.paths) < 20
        assert all(reason(site, events, name).startswith("kept: ") for name in names)

    def test_a_page_that_the_council_now_leaves_out_is_dropped(self, site: Site) -> None:
        site.replies |= {"/": page("Home", "/a", "/b"), "/a": page("A"), "/b": page("B")}
        known = remember(crawl(site))
        events = crawl(site, known, exclude=("/a",))
        assert reason(site, events, "/a") == "is left out by `exclude`"

    def test_how_much_is_to_come_is_told_while_it_goes(self, site: Site) -> None:
        site.replies |= {"/": page("Home", "/a", "/b"), "/a": page("A"), "/b": page("B")}
        source = website(site)
        assert source.expected({}) is None
        assert source.expected({"https://x.example/": Known("digest")}) == 1
        assert [source.expected({}) for _ in source.fetch({})][-1] == 3


def test_nonsense_for_html_gives_no_links_and_no_crash() -> None:
    for body in (b"", b"\x00\xff", b"<div>" * 200_000, b"<a href='#part'>x</a>"):
        assert read_html_facts(body, "no-such-charset", "https://x.example/").links == ()
    broken = read_html_facts(b"<a href='http://[::1'>x</a>", "", "https://x.example/").links
    assert [SITE.normal(link) for link in broken] == [None]


SITE = Addresses("https://www.x.example", frozenset({"x.example"}))


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("HTTP://X.example:80/a/../b/%7euser/\u00e9", "https://www.x.example/b/~user/%C3%A9"),
        ("https://www.x.example", "https://www.x.example/"),
        ("?b=2&a=1&b=1&&", "https://www.x.example/here/?a=1&b=2&b=1"),
        ("//y.example/a%2fb%zz c", "https://y.example/a%2Fb%25zz%20c"),
        ("http://y.example:8080/", "http://y.example:8080/"),
        ("\\\\y.example\\a?x=\\", "https://y.example/a?x=%5C"),
        ("\n /a\tb \n", "https://www.x.example/ab"),
        ("http://b\u00fccher.example./", "http://xn--bcher-kva.example/"),
        ("mailto:a@x.example", None),
        ("tel:01632960000", None),
        ("java\tscript:alert(1)", None),
        ("https://user@x.example/", None),
        ("http://[::1/", None),
        ("http://x.example:99999/", None),
        ("/" + "a" * 3_000, None),
    ],
)
def test_an_address_has_one_form(link: str, address: str | None) -> None:
    assert SITE.normal(link, "https://www.x.example/here/") == address


@given(st.text(max_size=60), st.sampled_from(["/", "?", "//y.example/", "https://x.example/a/"]))
def test_the_one_form_of_an_address_is_its_own(text: str, prefix: str) -> None:
    address = SITE.normal(prefix + text, "https://www.x.example/here/")
    assert address is None or (SITE.normal(address) == address and address.isascii())

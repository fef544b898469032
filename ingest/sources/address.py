"""Give every page of a website one address, however it is linked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote_to_bytes, urljoin, urlsplit

_LONGEST = 2_000
_DEEPEST = 15
_REPEATS = 3
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Bytes that may stand as they are in a path or query; what else is there is percent-encoded.
_PATH_SAFE = "/:@!$&'()*+,;=~"
_QUERY_SAFE = "/:@!$'()*+,;~?"
# Python's quote would escape these, but servers tell %2F from /: they stay as they were written.
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

# Parameters that name a visit and not a page; `ccp` is GOSS's cookie check.
_VISIT = frozenset(
    "ccp sid phpsessid jsessionid sessionid session_id cfid cftoken aspxautodetectcookiesupport"
    " fbclid gclid dclid gbraid wbraid msclkid yclid igshid mc_cid mc_eid _ga _gl".split()
)
_VISIT_PREFIXES = ("utm_", "aspsessionid")
_VISIT_IN_PATH = re.compile(r";(?:jsessionid|sid|phpsessid)=[^/;]*", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|aspx?|php)$", re.IGNORECASE)
_DATE_IN_PATH = re.compile(r"(?<=/)(?:19|20)\d\d[-/](?:0?[1-9]|1[0-2])(?:[-/][0-3]?\d)?(?=/|$)")


@dataclass(frozen=True, slots=True)
class Addresses:
    """The one form of a site's addresses.

    origin: scheme, host and port of the start page, where it answered in the end.
    twins: further host:port that are the same site, such as with and without `www.`.
    """

    origin: str
    twins: frozenset[str] = frozenset()

    def normal(self, link: str, base: str = "") -> str | None:
        """Write an address in its one form; None where it is no http(s) address.

        Without fragment, visit parameters and default port; the query sorted; twin hosts and
        schemes of the start page as the start page has them.
        """
        parts = _split(link, base) if len(link) <= _LONGEST else None
        if parts is None:
            return None
        origin = _origin(parts)
        if origin is None:
            return None
        path = _clean_path(parts.path)
        query = _clean_query(parts.query)
        address = self._home(*origin) + path + (f"?{query}" if query else "")
        return address if len(address) <= _LONGEST else None

    def _home(self, scheme: str, netloc: str) -> str:
        own = urlsplit(self.origin)
        if netloc == own.netloc or netloc in self.twins:
            return self.origin
        return f"{scheme}://{netloc}"


def twin(host: str) -> str:
    """Name the host with `www.` for one without, and the other way round."""
    return host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"


def same_but_spelling(one: str, other: str) -> bool:
    """Say whether two addresses differ only as every web server lets them differ."""
    return _spelling(one) == _spelling(other)


def variants_key(address: str) -> str | None:
    """Name the family of an address that a calendar or a filter could go on for ever in.

    None where the address has neither a query nor a date in its path.
    """
    parts = urlsplit(address)
    path, dates = _DATE_IN_PATH.subn("DATE", parts.path)
    if not parts.query and not dates:
        return None
    names = "&".join(sorted({pair.partition("=")[0] for pair in parts.query.split("&") if pair}))
    return f"{parts.netloc}{path}?{names}"


def looks_endless(address: str) -> bool:
    """Say whether a path is deeper, or repeats a part more often, than pages of a council do."""
    segments = [segment for segment in urlsplit(address).path.split("/") if segment]
    words = [segment for segment in segments if not segment.isdigit()]
    return len(segments) > _DEEPEST or any(words.count(word) >= _REPEATS for word in set(words))


def _split(link: str, base: str) -> SplitResult | None:
    # As browsers do: what is not seen is not there, and a backslash is a slash before the query.
    text = "".join(char for char in link.strip() if char.isprintable())
    head, mark, query = text.partition("?")
    try:
        return urlsplit(urljoin(base, head.replace("\\", "/") + mark + query))
    except ValueError:
        return None


def _origin(parts: SplitResult) -> tuple[str, str] | None:
    try:
        host, port = (parts.hostname or "").rstrip("."), parts.port
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except (ValueError, UnicodeError):
        return None
    if parts.scheme not in _DEFAULT_PORTS or not host or "@" in parts.netloc:
        return None
    host = f"[{host}]" if ":" in host else host
    stated = port not in (None, _DEFAULT_PORTS[parts.scheme])
    return parts.scheme, f"{host}:{port}" if stated else host


def _clean_path(path: str) -> str:
    whole = _VISIT_IN_PATH.sub("", path) or "/"
    return _quoted(_without_dots(whole), _PATH_SAFE)


def _without_dots(path: str) -> str:
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    slash = [""] if segments[-1] in (".", "..") else []
    return "/" + "/".join(kept + slash)


def _clean_query(query: str) -> str:
    pairs = [pair for pair in query.split("&") if pair and not _is_visit(pair)]
    quoted = [_quoted(pair, _QUERY_SAFE + "=") for pair in pairs]
    return "&".join(sorted(quoted, key=lambda pair: pair.partition("=")[0]))


def _is_visit(pair: str) -> bool:
    name = unquote_to_bytes(pair.partition("=")[0]).decode("utf-8", "replace").lower()
    return name in _VISIT or name.startswith(_VISIT_PREFIXES)


def _quoted(text: str, safe: str) -> str:
    """Percent-encode what must be, decode what need not be, and leave the rest as written."""
    pieces = _ESCAPE.split(text)
    return "".join(
        _escape(piece) if number % 2 else quote(piece, safe=safe)
        for number, piece in enumerate(pieces)
    )


def _escape(digits: str) -> str:
    code = int(digits, 16)
    return chr(code) if code in _UNRESERVED else f"%{digits.upper()}"


def _spelling(address: str) -> tuple[str, str, str]:
    parts = urlsplit(address)
    host = parts.netloc.removeprefix("www.")
    path = _INDEX.sub("/", parts.path).rstrip("/").lower()
    return host, path, parts.query

"""Keep the addresses of a crawl: which belong to it, which come next, and which are a trap."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from ingest.sources.address import looks_endless, variants_key

_MOST_VARIANTS = 100
_MOST_CLICKS = 50

# Not asked for at all: they would be fetched whole only to be skipped by their type.
_NOT_PAGES = frozenset(
    "7z avi bmp css csv doc dot eot eps exe flv gif gpx gz ico ics jpeg jpg js json kml kmz m4a"
    " m4v mov mp3 mp4 mpg msg odp ods odt ogg pot pps ppt pptx ps rar rss rtf svg swf tar tif"
    " tiff ttf txz wav webm webp wma wmv woff woff2 xls xlsb xlsm xlsx zip".split()
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which addresses are the council's pages.

    hosts: names without port. include, exclude: globs on the decoded path, `*` crosses slashes.
    """

    hosts: frozenset[str]
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    pdfs: bool = True

    def holds(self, address: str) -> bool:
        return not self.why_not(address)

    def why_not(self, address: str) -> str:
        """Say why an address is none of the source's pages, "" where it is one."""
        parts = urlsplit(address)
        path = unquote(parts.path)
        if (parts.hostname or "") not in self.hosts:
            return "is not on the council's hosts"
        if self.include and not _matches(path, self.include):
            return "is left out: no pattern of `include` holds it"
        if _matches(path, self.exclude):
            return "is left out by `exclude`"
        return self._why_not_read(path)

    def _why_not_read(self, path: str) -> str:
        ending = ending_of(path)
        if ending in _NOT_PAGES:
            return f"is a .{ending} file, which is not read"
        return "is a PDF, and `pdfs` is false" if ending == "pdf" and not self.pdfs else ""


@dataclass(frozen=True, slots=True)
class Found:
    """How an address was found. clicks: links from the start page. on: the page that links."""

    clicks: int = 0
    on: str = ""
    hops: int = 0


class Frontier:
    """The addresses that wait, first found first asked, each once.

    add_link tells of a trap once, in words for the report; at most `longest` addresses ever wait.
    """

    def __init__(self, longest: int) -> None:
        self._waiting: deque[str] = deque()
        self._found: dict[str, Found] = {}
        self._variants: Counter[str] = Counter()
        self._told: set[str] = set()
        self._longest = longest
        self._open: set[str] = set()
        self.asked: set[str] = set()

    def __len__(self) -> int:
        return len(self._open)

    def next(self) -> str | None:
        """Take the next address that was not asked yet, None where there is none."""
        while self._waiting:
            address = self._waiting.popleft()
            if address not in self.asked:
                return address
        return None

    def mark_asked(self, address: str) -> None:
        """Take care that an address is never asked again."""
        self.asked.add(address)
        self._open.discard(address)

    def found(self, address: str) -> Found:
        return self._found.get(address, Found())

    def add_listed(self, addresses: Iterable[str]) -> None:
        """Take what the council lists itself: a sitemap, or pages known from before."""
        for address in addresses:
            self._append(address, Found(clicks=1))

    def add_redirect(self, address: str, source: str) -> None:
        """Ask next where a page now leads to."""
        if address not in self._found:
            before = self.found(source)
            self._found[address] = Found(before.clicks, before.on, before.hops + 1)
        if address not in self.asked:
            self._open.add(address)
            self._waiting.appendleft(address)

    def add_link(self, address: str, on: str, *, known: bool = False) -> str:
        """Take a link of a page; the words say so where it is the first sign of a trap.

        known: it is a page from before, and so no trap.
        """
        if address in self._found or address in self.asked:
            return ""
        clicks = self.found(on).clicks + 1
        trap = None if known else self._trap(address, clicks)
        if trap is None:
            self._append(address, Found(clicks, on))
        return trap or ""

    def _append(self, address: str, found: Found) -> None:
        if address not in self._found and len(self._found) < self._longest:
            self._found[address] = found
            if address not in self.asked:
                self._open.add(address)
                self._waiting.append(address)

    def _trap(self, address: str, clicks: int) -> str | None:
        if looks_endless(address):
            return "looks like a path without end"
        if clicks > _MOST_CLICKS:
            return self._first("clicks", f"is more than {_MOST_CLICKS} clicks from the start page")
        key = variants_key(address)
        if key is None:
            return None
        self._variants[key] += 1
        if self._variants[key] <= _MOST_VARIANTS:
            return None
        words = f"is one of more than {_MOST_VARIANTS} variants that differ in date or query only"
        return self._first(key, f"{words}; list them in a sitemap if they are pages")

    def _first(self, family: str, words: str) -> str:
        told = family in self._told
        self._told.add(family)
        return "" if told else words


def ending_of(path: str) -> str:
    """Read a file's ending in lower case, without the dot; "" where there is none."""
    return PurePosixPath(path).suffix.lower().removeprefix(".")


def _matches(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)

"""Ask a website as its owner wants to be asked, and notice when it stops answering."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from ingest.fetch import Fetcher, FetchError, HttpStatus, Response, TooSlow, Unreachable
from ingest.media_types import DOCX, HTML, PDF
from ingest.source import Known
from ingest.sources.frontier import ending_of
from ingest.sources.robots import Robots, read_robots
from ingest.sources.sitemap import MOST_BYTES

LONGEST_DELAY = 30.0

_TYPES = HTML | {"text/plain", "text/markdown", DOCX}
_NO_TYPES = frozenset({"application/octet-stream", "binary/octet-stream", "application/x-pdf"})
_BY_ENDING = {"pdf": PDF, "docx": DOCX}


class Visitor:
    """Asks one address after the other: robots.txt first, then a pause, then the page.

    failures: how often in a row the site as a whole did not answer.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        known: Mapping[str, Known],
        *,
        pdfs: bool,
        max_bytes: int,
        delay: float,
        sleep: Callable[[float], None],
    ) -> None:
        self.failures = 0
        self._fetcher = fetcher
        self._known = known
        self._types = _TYPES | ({PDF} if pdfs else set())
        self._max_bytes = max_bytes
        self._delay = delay
        self._sleep = sleep
        self._robots: dict[str, Robots | FetchError] = {}
        self._requests = 0

    def robots_of(self, address: str) -> Robots:
        """Read robots.txt of the address's host, once; raises FetchError where it is broken."""
        origin = origin_of(address)
        if origin not in self._robots:
            self._robots[origin] = self._ask_robots(origin)
        found = self._robots[origin]
        if isinstance(found, FetchError):
            raise found
        return found

    def ask(self, address: str, follow: Callable[[str], bool]) -> Response:
        """Ask for a page, only if it changed where it is known; raises FetchError."""
        self._pause(address)
        try:
            response = self._fetcher.get(
                address,
                _conditional(self._known.get(address)),
                types=self._types_for(address),
                max_bytes=self._max_bytes,
                follow=follow,
            )
        except FetchError as error:
            self.failures = self.failures + 1 if _site_failed(error) else 0
            raise
        self.failures = 0
        return response

    def ask_html(self, address: str) -> Response:
        """Ask for a page whether it changed or not."""
        self._pause(address)
        return self._fetcher.get(address, types=HTML, max_bytes=self._max_bytes)

    def ask_sitemap(self, address: str) -> Response:
        """Ask for a sitemap, of whatever type; raises FetchError."""
        self._pause(address)
        return self._fetcher.get(address, max_bytes=MOST_BYTES)

    def _ask_robots(self, origin: str) -> Robots | FetchError:
        try:
            self._pause(origin)
            return read_robots(self._fetcher, origin)
        except FetchError as error:
            words = f"robots.txt cannot be read ({error}), so nothing may be asked (RFC 9309)"
            return Unreachable(f"{origin}/robots.txt", words)

    def _pause(self, address: str) -> None:
        robots = self._robots.get(origin_of(address))
        asked = robots.delay if isinstance(robots, Robots) else 0.0
        delay = max(self._delay, min(asked, LONGEST_DELAY))
        if self._requests and delay:
            self._sleep(delay)
        self._requests += 1

    def _types_for(self, address: str) -> frozenset[str]:
        told_by_ending = ending_of(urlsplit(address).path) in _BY_ENDING
        return frozenset(self._types | (_NO_TYPES if told_by_ending else set()))


def origin_of(address: str) -> str:
    """Name scheme, host and port of an address; "" where it is broken."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def media_type(response: Response) -> str:
    """Tell what a page is, by its address's ending where the server only says "bytes"."""
    stated = response.media_type
    by_ending = _BY_ENDING.get(ending_of(urlsplit(response.url).path), stated)
    return by_ending if stated in _NO_TYPES else stated


def _conditional(known: Known | None) -> dict[str, str]:
    validators = known.validators if known else {}
    names = {"etag": "if-none-match", "last-modified": "if-modified-since"}
    return {names[name]: value for name, value in validators.items() if name in names}


def _site_failed(error: FetchError) -> bool:
    broken = isinstance(error, HttpStatus) and (error.status >= 500 or error.status == 429)
    return broken or isinstance(error, TooSlow | Unreachable)

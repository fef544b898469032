"""One crawl of a website, from its start page to the last known page."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from ingest.fetch import (
    Fetcher,
    FetchError,
    ForbiddenHost,
    HttpStatus,
    Response,
    TooSlow,
    Unreachable,
)
from ingest.source import Fetched, Known, Skipped, SourceFailed, Unchanged
from ingest.sources.address import Addresses, same_but_spelling, twin
from ingest.sources.frontier import Frontier, Scope, ending_of
from ingest.sources.html_facts import HtmlFacts, read_html_facts, robots_told
from ingest.sources.robots import Robots, read_robots
from ingest.sources.sitemap import Sitemap, read_sitemap

Event = Fetched | Unchanged | Skipped

_PDF = "application/pdf"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_TYPES = _HTML | {"text/plain", "text/markdown", _DOCX}
_NO_TYPES = frozenset({"application/octet-stream", "binary/octet-stream", "application/x-pdf"})
_BY_ENDING = {"pdf": _PDF, "docx": _DOCX}

_REDIRECT_CODES = frozenset({301, 302, 303, 307, 308})
_MOST_HOPS = 5
_MOST_FAILURES = 10
_MOST_SITEMAPS = 200
_SITEMAP_BYTES = 20_000_000
_LONGEST_DELAY = 30.0


@dataclass(frozen=True, slots=True)
class CrawlOptions:
    """What a council may set about a crawl of its website.

    include, exclude: globs on the path; `*` crosses slashes.
    delay_seconds: pause between requests; a longer Crawl-delay of the site wins, up to 30.
    sitemaps: further addresses of sitemaps. hosts: further hosts of the council.
    allow_mass_removal: believe the site even where most known pages are suddenly gone.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_pages: int = 20_000
    max_minutes: float = 240.0
    max_megabytes: float = 10.0
    delay_seconds: float = 0.5
    sitemaps: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    pdfs: bool = True
    allow_mass_removal: bool = False


def hosts_of(start: str, further: tuple[str, ...] = ()) -> frozenset[str]:
    """Name every host that a website source may ask: its own, with and without www, and more."""
    host = (urlsplit(start).hostname or "").rstrip(".")
    return frozenset({host, twin(host), *(name.lower() for name in further)})


class Crawl:
    """Yields every address of a website once; run it once.

    A page that is gone is told of at the end, when it is known how many are.
    """

    def __init__(
        self,
        start: str,
        fetcher: Fetcher,
        options: CrawlOptions,
        known: Mapping[str, Known],
        *,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self._start = start
        self._fetcher = fetcher
        self._options = options
        self._known = known
        self._sleep = sleep
        self._clock = clock
        self._ends = clock() + options.max_minutes * 60
        self._addresses = _addresses(start)
        self._scope = Scope(
            hosts_of(start, options.hosts), options.include, options.exclude, options.pdfs
        )
        self._types = _TYPES | ({_PDF} if options.pdfs else set())
        self._frontier = Frontier(longest=10 * options.max_pages + 1_000)
        self._robots: dict[str, Robots | FetchError] = {}
        self._said: dict[str, Skipped | None] = {}
        self._moved: dict[str, str] = {}
        self._gone: list[Skipped] = []
        self._titles: dict[str, str] = {}
        self._pages = 0
        self._failures = 0
        self._requests = 0

    def run(self) -> Iterator[Event]:
        """Start page, sitemaps, links, then the known pages that nothing led to any more."""
        yield from self._begin()
        yield from self._read_sitemaps()
        yield from self._walk()
        self._recall()
        yield from self._walk()
        yield from self._end()

    def expected(self) -> int:
        """Count what was said and what still waits, as far as the crawl knows by now."""
        return len(self._said) + len(self._frontier)

    # The start page

    def _begin(self) -> Iterator[Event]:
        address = self._addresses.normal(self._start)
        for _ in range(_MOST_HOPS + 1):
            if address is None:
                break
            response = self._ask_start(address)
            self._addresses = _addresses(response.url)
            target = self._addresses.normal(response.url)
            if response.status not in _REDIRECT_CODES or target is None:
                yield from self._begin_with(target or address, response)
                return
            address = target
        raise SourceFailed(f"{self._start}: the start page leads from one address to the next")

    def _ask_start(self, address: str) -> Response:
        self._check_robots(address)
        try:
            return self._get(address)
        except FetchError as error:
            raise SourceFailed(f"{error.url}: {error}") from error

    def _check_robots(self, address: str) -> None:
        try:
            allowed = self._robots_of(address).allows(address)
        except FetchError as error:
            raise SourceFailed(f"{error.url}: {error}") from error
        if not allowed:
            raise SourceFailed(f"{address}: robots.txt does not allow the start page")

    def _begin_with(self, address: str, response: Response) -> Iterator[Event]:
        self._start = address
        self._check_robots(address)
        self._frontier.mark_asked(address)
        yield from self._tell_delay(address)
        yield from self._take(address, response)

    def _tell_delay(self, address: str) -> Iterator[Event]:
        delay = self._robots_of(address).delay
        if delay > _LONGEST_DELAY:
            words = f"asks for {delay:g} seconds between requests; {_LONGEST_DELAY:g} are kept"
            yield from self._skip(f"{_origin(address)}/robots.txt", words, keep=True)

    # Sitemaps

    def _read_sitemaps(self) -> Iterator[Event]:
        named = [*self._robots_of(self._start).sitemaps, *self._options.sitemaps]
        guessed = [] if named else [f"{_origin(self._start)}/sitemap.xml"]
        waiting = list(dict.fromkeys(named or guessed))
        read: set[str] = set()
        while waiting and len(read) < _MOST_SITEMAPS and not self._why_stop():
            url = waiting.pop(0)
            read.add(url)
            sitemap = self._read_sitemap(url)
            waiting += [child for child in sitemap.sitemaps if child not in {*read, *waiting}]
            self._frontier.add_listed(self._ours(sitemap.pages))
            if sitemap.trouble and url not in guessed:
                yield from self._skip(url, f"as a sitemap: {sitemap.trouble}", keep=True)
        if waiting:
            words = f"as a sitemap: not read, for there are more than {_MOST_SITEMAPS}"
            yield from self._skip(waiting[0], words, keep=True)

    def _read_sitemap(self, url: str) -> Sitemap:
        try:
            self._pause(url)
            response = self._fetcher.get(url, max_bytes=_SITEMAP_BYTES)
        except FetchError as error:
            return Sitemap(trouble=str(error))
        return read_sitemap(response.body, response.url, max_bytes=_SITEMAP_BYTES)

    def _ours(self, links: tuple[str, ...], base: str = "") -> list[str]:
        normal = (self._addresses.normal(link, base) for link in links)
        hosts = self._scope.hosts
        return [link for link in normal if link and urlsplit(link).hostname in hosts]

    # Page after page

    def _walk(self) -> Iterator[Event]:
        while not self._why_stop():
            address = self._frontier.next()
            if address is None:
                return
            yield from self._visit(address)

    def _why_stop(self) -> str:
        if self._pages >= self._options.max_pages:
            return f"not asked: the crawl ended at {self._options.max_pages:,} pages (max_pages)"
        if self._clock() >= self._ends:
            return f"not asked: {self._options.max_minutes:g} minutes were over (max_minutes)"
        if self._failures >= _MOST_FAILURES:
            return f"not asked: the site failed {_MOST_FAILURES} times in a row"
        return ""

    def _visit(self, address: str, *, believe: bool = True) -> Iterator[Event]:
        self._frontier.mark_asked(address)
        outside = self._scope.why_not(address)
        if outside:
            yield from self._skip(address, outside)
            return
        try:
            if not self._robots_of(address).allows(address):
                yield from self._lose(address, "robots.txt does not allow it")
                return
            response = self._get(address, types=self._types_for(address))
        except FetchError as error:
            yield from self._trouble(address, error)
            return
        yield from self._take(address, response, believe=believe)

    def _get(self, address: str, types: frozenset[str] | None = None) -> Response:
        self._pause(address)
        try:
            response = self._fetcher.get(
                address,
                _conditional(self._known.get(address)),
                types=types or self._types_for(address),
                max_bytes=round(self._options.max_megabytes * 1_000_000),
                follow=lambda target: self._addresses.normal(target) == address,
            )
        except FetchError as error:
            self._failures = self._failures + 1 if _site_failed(error) else 0
            raise
        self._failures = 0
        return response

    def _pause(self, address: str) -> None:
        robots = self._robots.get(_origin(address))
        asked = robots.delay if isinstance(robots, Robots) else 0.0
        delay = max(self._options.delay_seconds, min(asked, _LONGEST_DELAY))
        if self._requests and delay:
            self._sleep(delay)
        self._requests += 1

    def _types_for(self, address: str) -> frozenset[str]:
        known_by_ending = ending_of(urlsplit(address).path) in _BY_ENDING
        return frozenset(self._types | (_NO_TYPES if known_by_ending else set()))

    def _robots_of(self, address: str) -> Robots:
        origin = _origin(address)
        if origin not in self._robots:
            self._robots[origin] = self._ask_robots(origin)
        found = self._robots[origin]
        if isinstance(found, FetchError):
            raise found
        return found

    def _ask_robots(self, origin: str) -> Robots | FetchError:
        try:
            self._pause(origin)
            return read_robots(self._fetcher, origin)
        except FetchError as error:
            words = f"robots.txt cannot be read ({error}), so nothing may be asked (RFC 9309)"
            return Unreachable(f"{origin}/robots.txt", words)

    def _take(self, address: str, response: Response, *, believe: bool = True) -> Iterator[Event]:
        if response.status == 304:
            yield from self._unchanged(address)
        elif response.status in _REDIRECT_CODES:
            yield from self._redirected(address, response)
        elif response.status == 200:
            yield from self._page(address, response, believe=believe)
        else:
            yield from self._skip(address, f"HTTP {response.status}", keep=True)

    def _unchanged(self, address: str) -> Iterator[Event]:
        known = self._known.get(address)
        if known is None:
            yield from self._skip(address, "HTTP 304 to a question without condition", keep=True)
            return
        yield from self._say(Unchanged(address))
        yield from self._follow(known.links, address)

    def _redirected(self, address: str, response: Response) -> Iterator[Event]:
        target = self._addresses.normal(response.url)
        if target is None or target == address:
            yield from self._skip(address, "redirects to nowhere", keep=True)
        elif self._frontier.found(address).hops >= _MOST_HOPS:
            words = f"redirects more than {_MOST_HOPS} times, last to {target}"
            yield from self._skip(address, words, keep=True)
        else:
            self._moved[address] = target
            self._frontier.add_redirect(target, address)

    def _page(self, address: str, response: Response, *, believe: bool) -> Iterator[Event]:
        facts = self._facts(response)
        told = robots_told(response.headers.get("x-robots-tag", ""))
        self._titles[address] = facts.title
        if not (facts.nofollow or "nofollow" in told):
            yield from self._follow(facts.links, address)
        if facts.noindex or "noindex" in told:
            yield from self._lose(address, "asks robots not to index it (noindex)")
        elif self._scope.holds(address):
            yield from self._publish(address, response, facts, believe=believe)
        else:
            yield from self._skip(address, self._scope.why_not(address))

    def _facts(self, response: Response) -> HtmlFacts:
        if response.media_type not in _HTML:
            return HtmlFacts()
        return read_html_facts(response.body, response.charset, response.url)

    def _follow(self, links: tuple[str, ...], address: str) -> Iterator[Event]:
        for link in self._ours(links, address):
            outside = self._scope.why_not(link)
            trap = "" if outside or link in self._known else self._frontier.add_link(link, address)
            self._frontier.add_listed([link] if link in self._known else [])
            if trap or (outside and not outside.startswith("is left out")):
                yield from self._skip(link, f"{outside or trap} (linked from {address})")

    # One page, one address

    def _publish(
        self, address: str, response: Response, facts: HtmlFacts, *, believe: bool
    ) -> Iterator[Event]:
        claim = self._claim(address, facts) if believe else address
        if claim != address and not same_but_spelling(claim, address):
            is_copy = yield from self._is_copy(claim, facts.title)
            if is_copy:
                self._moved[address] = claim
                return
            claim = address
        if claim != address:
            self._frontier.mark_asked(claim)
            self._moved[address] = claim
        yield from self._say(self._fetched(claim, response))

    def _claim(self, address: str, facts: HtmlFacts) -> str:
        """The canonical address that the page gives itself, its own where that is none of ours."""
        claim = self._addresses.normal(facts.canonical) if facts.canonical else None
        if claim is None or not self._scope.holds(claim):
            return address
        robots = self._robots.get(_origin(claim))
        allowed = isinstance(robots, Robots) and robots.allows(claim)
        return claim if allowed else address

    def _is_copy(self, claim: str, title: str) -> Generator[Event, None, bool]:
        """Say whether the page at `claim` is the same one, by its title and main heading.

        A canonical link alone proves little: systems that name the home page, or the first of a
        list, as the canonical address of every page are common.
        """
        if claim not in self._frontier.asked:
            yield from self._visit(claim, believe=False)
        if self._said.get(claim, _NOT_SAID) is not None:
            return False
        if claim not in self._titles:
            self._titles[claim] = self._title_of(claim)
        return bool(title) and self._titles[claim] == title

    def _title_of(self, address: str) -> str:
        try:
            self._pause(address)
            return self._facts(self._fetcher.get(address, types=_HTML)).title
        except FetchError:
            return ""

    def _fetched(self, address: str, response: Response) -> Fetched:
        headers = response.headers
        return Fetched(
            url=address,
            body=response.body,
            media_type=_media_type(response),
            fetched=datetime.now(UTC),
            charset=response.charset,
            validators={
                name: headers[name] for name in ("etag", "last-modified") if name in headers
            },
        )

    # What is said, once for each address

    def _say(self, event: Event) -> Iterator[Event]:
        if event.url in self._said:
            return
        is_page = not isinstance(event, Skipped)
        self._said[event.url] = None if isinstance(event, Fetched | Unchanged) else event
        self._pages += is_page
        yield event

    def _skip(self, address: str, reason: str, *, keep: bool = False) -> Iterator[Event]:
        yield from self._say(Skipped(address, reason, keep))

    def _lose(self, address: str, reason: str) -> Iterator[Event]:
        """Skip a page that its site has withdrawn; a known one waits for the end."""
        on = self._frontier.found(address).on
        lost = Skipped(address, f"{reason} (linked from {on})" if on else reason)
        if address not in self._known:
            yield from self._say(lost)
        elif address not in self._said:
            self._said[address] = lost
            self._gone.append(lost)

    def _trouble(self, address: str, error: FetchError) -> Iterator[Event]:
        gone = isinstance(error, HttpStatus) and not error.passing
        if gone or isinstance(error, ForbiddenHost):
            words = f"leads to {error.url}: {error}" if error.url != address else str(error)
            yield from self._lose(address, words)
        else:
            yield from self._skip(address, str(error), keep=error.passing)

    # The end

    def _recall(self) -> None:
        """Ask once for each known page that nothing led to: a lost link is not a lost page."""
        for url in self._known:
            normal = self._addresses.normal(url)
            if normal is not None and normal != url:
                self._moved.setdefault(url, normal)
            if normal is not None and url not in self._said:
                self._frontier.add_listed([normal])

    def _end(self) -> Iterator[Event]:
        stopped = self._why_stop()
        unsaid = [self._verdict(url, stopped) for url in self._known if url not in self._said]
        self._check_loss(self._gone + [skip for skip, is_loss in unsaid if is_loss])
        yield from self._gone
        for skip, _ in unsaid:
            yield from self._say(skip)
        yield from self._tell_circles()
        yield from self._tell_unasked(stopped)

    def _verdict(self, url: str, stopped: str) -> tuple[Skipped, bool]:
        """What became of a known page that gave no page itself, and whether the site lost it."""
        target = self._led_to(url)
        said = self._said.get(target, _NOT_SAID) if target else _CIRCLE
        if target == url:
            said = _NOT_SAID
        if said is None:
            return Skipped(url, f"is now found at {target}"), target == self._start
        if said is _NOT_SAID:
            return Skipped(url, stopped or "was not asked", keep=True), False
        return Skipped(url, f"leads to {target}: {said.reason}", said.keep), not said.keep

    def _led_to(self, url: str) -> str:
        """Follow the redirects that were met; "" where they go in a circle."""
        seen: set[str] = set()
        while url in self._moved:
            if url in seen:
                return ""
            seen.add(url)
            url = self._moved[url]
        return url

    def _check_loss(self, lost: list[Skipped]) -> None:
        if self._options.allow_mass_removal or len(lost) * 2 <= len(self._known):
            return
        raise SourceFailed(
            f"{len(lost)} of {len(self._known)} known pages are gone at once, such as"
            f" {lost[0].url} ({lost[0].reason}); nothing is dropped. If that is right, set"
            " allow_mass_removal = true for one run"
        )

    def _tell_circles(self) -> Iterator[Event]:
        for url in list(self._moved):
            if not self._led_to(url):
                yield from self._skip(url, _CIRCLE.reason, keep=True)

    def _tell_unasked(self, stopped: str) -> Iterator[Event]:
        count = len(self._frontier)
        address = self._frontier.next() if stopped else None
        if address is not None:
            yield from self._skip(address, f"{stopped}; {count:,} addresses in all", keep=True)


_NOT_SAID = Skipped("", "")
_CIRCLE = Skipped("", "redirects in a circle", keep=True)


def _addresses(url: str) -> Addresses:
    parts = urlsplit(Addresses("").normal(url) or url)
    return Addresses(f"{parts.scheme}://{parts.netloc}", frozenset({twin(parts.netloc)}))


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _conditional(known: Known | None) -> dict[str, str]:
    validators = known.validators if known else {}
    names = {"etag": "if-none-match", "last-modified": "if-modified-since"}
    return {names[name]: value for name, value in validators.items() if name in names}


def _media_type(response: Response) -> str:
    stated = response.media_type
    by_ending = _BY_ENDING.get(ending_of(urlsplit(response.url).path), stated)
    return by_ending if stated in _NO_TYPES else stated


def _site_failed(error: FetchError) -> bool:
    broken = isinstance(error, HttpStatus) and (error.status >= 500 or error.status == 429)
    return broken or isinstance(error, TooSlow | Unreachable)

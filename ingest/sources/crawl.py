"""One crawl of a website, from its start page to the last known page."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from ingest.fetch import REDIRECTS, Fetcher, FetchError, ForbiddenHost, HttpStatus, Response
from ingest.media_types import HTML
from ingest.source import Fetched, Known, Skipped, SourceFailed, Unchanged
from ingest.sources.address import Addresses, same_but_spelling, twin
from ingest.sources.frontier import Frontier, Scope
from ingest.sources.html_facts import HtmlFacts, read_html_facts, robots_told
from ingest.sources.ledger import Event, Ledger
from ingest.sources.sitemap import Sitemap, read_sitemap
from ingest.sources.visitor import LONGEST_DELAY, Visitor, media_type, origin_of

_MOST_HOPS = 5
_MOST_FAILURES = 10
_MOST_SITEMAPS = 200


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
    """Yields every address of a website once; run it once."""

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
        self._options = options
        self._known = known
        self._clock = clock
        self._ends = clock() + options.max_minutes * 60
        self._addresses = _addresses(start)
        hosts = hosts_of(start, options.hosts)
        self._scope = Scope(hosts, options.include, options.exclude, options.pdfs)
        self._frontier = Frontier(longest=10 * options.max_pages + 1_000)
        self._ledger = Ledger(known)
        self._titles: dict[str, str] = {}
        self._visitor = Visitor(
            fetcher,
            known,
            pdfs=options.pdfs,
            max_bytes=round(options.max_megabytes * 1_000_000),
            delay=options.delay_seconds,
            sleep=sleep,
        )

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
        return len(self._ledger) + len(self._frontier)

    # The start page

    def _begin(self) -> Iterator[Event]:
        address = self._addresses.normal(self._start)
        for _ in range(_MOST_HOPS + 1):
            if address is None:
                break
            response = self._ask_start(address)
            self._addresses = _addresses(response.url)
            target = self._addresses.normal(response.url)
            if response.status not in REDIRECTS or target is None:
                yield from self._begin_with(target or address, response)
                return
            address = target
        raise SourceFailed(f"{self._start}: the start page leads from one address to the next")

    def _ask_start(self, address: str) -> Response:
        self._check_robots(address)
        try:
            return self._ask(address)
        except FetchError as error:
            raise SourceFailed(f"{error.url}: {error}") from error

    def _check_robots(self, address: str) -> None:
        try:
            allowed = self._visitor.robots_of(address).allows(address)
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
        delay = self._visitor.robots_of(address).delay
        if delay > LONGEST_DELAY:
            words = f"asks for {delay:g} seconds between requests; {LONGEST_DELAY:g} are kept"
            yield from self._skip(f"{origin_of(address)}/robots.txt", words, keep=True)

    # Sitemaps

    def _read_sitemaps(self) -> Iterator[Event]:
        named = [*self._visitor.robots_of(self._start).sitemaps, *self._options.sitemaps]
        guess = "" if named else f"{origin_of(self._start)}/sitemap.xml"
        waiting = dict.fromkeys(named or [guess])
        read: set[str] = set()
        while waiting and len(read) < _MOST_SITEMAPS and not self._why_stop():
            url = next(iter(waiting))
            del waiting[url]
            read.add(url)
            sitemap = self._read_sitemap(url)
            waiting |= dict.fromkeys(child for child in sitemap.sitemaps if child not in read)
            self._frontier.add_listed(self._ours(sitemap.pages))
            if sitemap.trouble and url != guess:
                yield from self._skip(url, f"as a sitemap: {sitemap.trouble}", keep=True)
        if waiting:
            words = self._why_stop() or f"not asked: the site has more than {_MOST_SITEMAPS}"
            yield from self._skip(next(iter(waiting)), f"as a sitemap: {words}", keep=True)

    def _read_sitemap(self, url: str) -> Sitemap:
        try:
            response = self._visitor.ask_sitemap(url)
        except FetchError as error:
            return Sitemap(trouble=str(error))
        return read_sitemap(response.body, response.url)

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
        if self._ledger.pages >= self._options.max_pages:
            return f"not asked: the crawl ended at {self._options.max_pages:,} pages (max_pages)"
        if self._clock() >= self._ends:
            return f"not asked: {self._options.max_minutes:g} minutes were over (max_minutes)"
        if self._visitor.failures >= _MOST_FAILURES:
            return f"not asked: the site failed {_MOST_FAILURES} times in a row"
        return ""

    def _visit(self, address: str, *, believe: bool = True) -> Iterator[Event]:
        """Ask one address. believe: what the page says about its canonical address."""
        self._frontier.mark_asked(address)
        outside = self._scope.why_not(address)
        if outside:
            yield from self._skip(address, outside)
            return
        try:
            if not self._visitor.robots_of(address).allows(address):
                yield from self._lose(address, "robots.txt does not allow it")
                return
            response = self._ask(address)
        except FetchError as error:
            yield from self._trouble(address, error)
            return
        yield from self._take(address, response, believe=believe)

    def _ask(self, address: str) -> Response:
        # Only what is the same page in other words, such as a cookie check, is followed at once.
        return self._visitor.ask(
            address, follow=lambda target: self._addresses.normal(target) == address
        )

    def _take(self, address: str, response: Response, *, believe: bool = True) -> Iterator[Event]:
        if response.status == 304:
            yield from self._unchanged(address)
        elif response.status in REDIRECTS:
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
        yield from self._ledger.say(Unchanged(address))
        yield from self._follow(known.links, address)

    def _redirected(self, address: str, response: Response) -> Iterator[Event]:
        target = self._addresses.normal(response.url)
        if target is None or target == address:
            yield from self._skip(address, "redirects to nowhere", keep=True)
        elif self._frontier.found(address).hops >= _MOST_HOPS:
            words = f"redirects more than {_MOST_HOPS} times, last to {target}"
            yield from self._skip(address, words, keep=True)
        else:
            self._ledger.move(address, target)
            self._frontier.add_redirect(target, address)

    def _page(self, address: str, response: Response, *, believe: bool) -> Iterator[Event]:
        facts = _facts(response)
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

    def _follow(self, links: tuple[str, ...], address: str) -> Iterator[Event]:
        for link in self._ours(links, address):
            outside = self._scope.why_not(link)
            known = link in self._known
            trap = "" if outside else self._frontier.add_link(link, address, known=known)
            # What the council leaves out itself is nothing to report of every link.
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
                self._ledger.move(address, claim)
                return
            claim = address
        if claim != address:
            self._frontier.mark_asked(claim)
            self._ledger.move(address, claim)
        yield from self._ledger.say(_fetched(claim, response, facts))

    def _claim(self, address: str, facts: HtmlFacts) -> str:
        """The canonical address that the page gives itself, its own where that is none of ours."""
        claim = self._addresses.normal(facts.canonical) if facts.canonical else None
        if claim is None or not self._scope.holds(claim):
            return address
        try:
            return claim if self._visitor.robots_of(claim).allows(claim) else address
        except FetchError:
            return address

    def _is_copy(self, claim: str, title: str) -> Generator[Event, None, bool]:
        """Say whether the page at `claim` is the same one, by its title and main heading.

        A canonical link alone proves little: systems that name the home page, or the first of a
        list, as the canonical address of every page are common.
        """
        if claim not in self._frontier.asked:
            yield from self._visit(claim, believe=False)
        if not self._ledger.is_page(claim):
            return False
        if claim not in self._titles:
            self._titles[claim] = self._title_of(claim)
        return bool(title) and self._titles[claim] == title

    def _title_of(self, address: str) -> str:
        try:
            return _facts(self._visitor.ask_html(address)).title
        except FetchError:
            return ""

    # What is said

    def _skip(self, address: str, reason: str, *, keep: bool = False) -> Iterator[Event]:
        yield from self._ledger.say(Skipped(address, reason, keep))

    def _lose(self, address: str, reason: str) -> Iterator[Event]:
        on = self._frontier.found(address).on
        yield from self._ledger.lose(
            Skipped(address, f"{reason} (linked from {on})" if on else reason)
        )

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
                self._ledger.move(url, normal)
            if normal is not None and url not in self._ledger:
                self._frontier.add_listed([normal])

    def _end(self) -> Iterator[Event]:
        stopped = self._why_stop()
        believe_all = self._options.allow_mass_removal
        yield from self._ledger.close(self._start, stopped, believe_all=believe_all)
        count = len(self._frontier)
        address = self._frontier.next() if stopped else None
        if address is not None:
            yield from self._skip(address, f"{stopped}; {count:,} addresses in all", keep=True)


def _addresses(url: str) -> Addresses:
    parts = urlsplit(Addresses("").normal(url) or url)
    return Addresses(f"{parts.scheme}://{parts.netloc}", frozenset({twin(parts.netloc)}))


def _facts(response: Response) -> HtmlFacts:
    if response.media_type not in HTML:
        return HtmlFacts()
    return read_html_facts(response.body, response.charset, response.url)


def _fetched(address: str, response: Response, facts: HtmlFacts) -> Fetched:
    stated = ((name, response.headers.get(name, "")) for name in ("etag", "last-modified"))
    return Fetched(
        url=address,
        body=response.body,
        media_type=media_type(response),
        fetched=datetime.now(UTC),
        charset=response.charset,
        validators={name: value for name, value in stated if value},
        links=() if facts.nofollow else facts.links,
    )

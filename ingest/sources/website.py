"""Bring a council's website: what its sitemaps list, and what its pages link to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

from ingest.fetch import Fetcher
from ingest.source import Fetched, Known, Skipped, Unchanged
from ingest.sources.crawl import Crawl, CrawlOptions


class Website:
    """A website as a source: polite, bounded, and slow to believe that a page is gone.

    fetcher: may ask the website's hosts and no others; see crawl.hosts_of.
    sleep, clock: the world's time, by argument.
    """

    def __init__(
        self,
        name: str,
        start: str,
        fetcher: Fetcher,
        options: CrawlOptions | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.start = start
        self.fetcher = fetcher
        self.options = options or CrawlOptions()
        self._sleep = sleep
        self._clock = clock
        self._crawl: Crawl | None = None

    def fetch(self, known: Mapping[str, Known]) -> Iterator[Fetched | Unchanged | Skipped]:
        """Crawl the site once, breadth first; raises SourceFailed where its start page fails."""
        with self.fetcher:
            self._crawl = Crawl(
                self.start, self.fetcher, self.options, known, sleep=self._sleep, clock=self._clock
            )
            yield from self._crawl.run()

    def expected(self, known: Mapping[str, Known]) -> int | None:
        """Count the addresses met so far, or known from before; a first crawl finds more."""
        return max(self._crawl.expected() if self._crawl else 0, len(known)) or None

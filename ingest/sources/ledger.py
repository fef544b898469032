"""Keep what a crawl said of each address, and judge at its end what became of known pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ingest.source import Fetched, Known, Skipped, SourceFailed, Unchanged

Event = Fetched | Unchanged | Skipped

_NOT_SAID = Skipped("", "")
_CIRCLE = Skipped("", "redirects in a circle", keep=True)


class Ledger:
    """Says of each address one thing, once; known pages that are lost wait for the end.

    pages: how many addresses gave a page.
    """

    def __init__(self, known: Mapping[str, Known]) -> None:
        self.pages = 0
        self._known = known
        self._said: dict[str, Skipped | None] = {}
        self._moved: dict[str, str] = {}
        self._lost: list[Skipped] = []

    def __len__(self) -> int:
        return len(self._said)

    def __contains__(self, address: str) -> bool:
        return address in self._said

    def is_page(self, address: str) -> bool:
        """Say whether the address gave a page in this crawl."""
        return self._said.get(address, _NOT_SAID) is None

    def say(self, event: Event) -> Iterator[Event]:
        """Pass an event on, unless its address was spoken of."""
        if event.url in self._said:
            return
        self._said[event.url] = event if isinstance(event, Skipped) else None
        self.pages += self.is_page(event.url)
        yield event

    def lose(self, lost: Skipped) -> Iterator[Event]:
        """Take a page that its site has withdrawn; a known one is told of at the end."""
        if lost.url not in self._known:
            yield from self.say(lost)
        elif lost.url not in self._said:
            self._said[lost.url] = lost
            self._lost.append(lost)

    def move(self, address: str, target: str) -> None:
        """Note that an address leads to another, by redirect or as its copy."""
        self._moved.setdefault(address, target)

    def close(self, start: str, stopped: str, *, believe_all: bool) -> Iterator[Event]:
        """Tell what became of every known page that has not been spoken of.

        stopped: why the crawl ended early, "" where it did not.
        Raises SourceFailed where most known pages are lost, unless believe_all.
        """
        unsaid = [self._verdict(url, start, stopped) for url in self._known if url not in self]
        lost = self._lost + [skip for skip, is_loss in unsaid if is_loss]
        if not believe_all:
            self._check_loss(lost)
        yield from self._lost
        for skip, _ in unsaid:
            yield from self.say(skip)
        for url in [url for url in self._moved if not self._end_of(url)]:
            yield from self.say(Skipped(url, _CIRCLE.reason, keep=True))

    def _verdict(self, url: str, start: str, stopped: str) -> tuple[Skipped, bool]:
        """Judge one known page; True where the site has lost it.

        A page that leads to the start page is lost: many systems say "not found" that way.
        """
        target = self._end_of(url)
        said = self._said.get(target, _NOT_SAID) if target else _CIRCLE
        if said is None:
            return Skipped(url, f"is now found at {target}"), target == start
        if said is _NOT_SAID:
            return Skipped(url, stopped or "was not asked", keep=True), False
        if said is _CIRCLE:
            return Skipped(url, said.reason, keep=True), False
        return Skipped(url, f"leads to {target}: {said.reason}", said.keep), not said.keep

    def _end_of(self, url: str) -> str:
        """Follow the moves that were met; "" where they go in a circle."""
        seen: set[str] = set()
        while url in self._moved:
            if url in seen:
                return ""
            seen.add(url)
            url = self._moved[url]
        return url

    def _check_loss(self, lost: list[Skipped]) -> None:
        if len(lost) * 2 > len(self._known):
            raise SourceFailed(
                f"{len(lost)} of {len(self._known)} known pages are gone at once, such as"
                f" {lost[0].url} ({lost[0].reason}); nothing is dropped. If that is right, set"
                " allow_mass_removal = true for one run"
            )

"""Bring what can be found in step with what a council publishes, by difference of digests."""

from __future__ import annotations

import hashlib
import re
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from ingest.document import Document, Unreadable
from ingest.reading import READER_VERSION
from ingest.source import Fetched, Known, Skipped, Source, SourceFailed, Unchanged
from ingest.split import split
from knowledge_base.catalogue import Stored
from knowledge_base.knowledge_base import KnowledgeBase, Writer
from knowledge_base.types import Page, Passage

# Enough passages for full batches of the model, few enough that pages become visible soon.
PASSAGES_AT_ONCE = 128
# A folder counts its files each time that it is asked how many to expect.
SECONDS_BETWEEN_TELLINGS = 0.5
_NOTICES = "notices"
_LONGEST_HEADLINE = 80


class Reader(Protocol):
    """What turns bytes into a document; raises Unreadable."""

    def read(self, fetched: Fetched) -> Document: ...


@dataclass(slots=True)
class SyncReport:
    """What an ingest did, by address. failed: sources that could not be listed, and why.

    embedded: passages that the model was asked for. passages: that are visible now.
    """

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    passages: int = 0
    embedded: int = 0
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "created": self.created,
            "updated": self.updated,
            "dropped": self.dropped,
            "kept": self.kept,
            "skipped": [{"url": url, "reason": reason} for url, reason in self.skipped],
            "failed": [{"source": name, "reason": reason} for name, reason in self.failed],
            "passages": self.passages,
            "embedded": self.embedded,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest has come. expected: pages in all, None while nobody can tell."""

    pages: int
    passages: int
    expected: int | None


def sync(
    council: str,
    home: str,
    sources: Sequence[Source],
    knowledge_base: KnowledgeBase,
    reader: Reader,
    tell: Callable[[Progress], None] = lambda progress: None,
) -> SyncReport:
    """Bring one council's pages in step with its sources and say what was done.

    home: the council's address, under which site-wide notices are kept.
    Raises Busy where another process is writing, IndexDown where only words can be found after.
    """
    started = time.monotonic()
    report = SyncReport()
    with knowledge_base.writer() as writer:
        _Sync(council, home, knowledge_base, writer, reader, report, tell).run(sources)
        report.embedded += writer.settle(council)
    knowledge_base.look_again(council)
    report.passages = knowledge_base.catalogue.count(council)[1]
    report.seconds = time.monotonic() - started
    return report


@dataclass(slots=True)
class _Sync:
    """One run.

    present: pages that stay or came, in order, with the notices each one shows.
    pages_before: how many of them earlier sources brought, for the progress.
    told: when the progress was last told, monotonic seconds.
    """

    council: str
    home: str
    knowledge_base: KnowledgeBase
    writer: Writer
    reader: Reader
    report: SyncReport
    tell: Callable[[Progress], None]
    stored: Mapping[str, Stored] = field(default_factory=dict)
    present: dict[str, Sequence[str]] = field(default_factory=dict)
    waiting: list[Page] = field(default_factory=list)
    passages: int = 0
    pages_before: int = 0
    told: float = 0.0

    def run(self, sources: Sequence[Source]) -> None:
        self.stored = self.knowledge_base.pages(self.council)
        for source in sources:
            self.pages_before = len(self.present)
            try:
                self._take(source)
            except SourceFailed as failure:
                self.report.failed.append((source.name, str(failure)))
                self._keep_all(source.name)
        self._take_notices()
        gone = [url for url in self.stored if url not in self.present]
        self.writer.drop(self.council, gone)
        self.report.dropped += gone
        self.writer.touch(self.council, self.report.kept, datetime.now(UTC))

    def _take(self, source: Source) -> None:
        known = {
            # A page that an older reader read must come again whole, so no validators are sent.
            url: Known(page.digest, page.validators if _is_current(page) else {}, page.links)
            for url, page in self.stored.items()
            if page.source == source.name and page.kind == "page"
        }
        for item in source.fetch(known):
            if item.url in self.present and not isinstance(item, Skipped):
                self.report.skipped.append((item.url, "another page has the same address"))
            elif isinstance(item, Fetched):
                self._take_fetched(item, source.name)
            elif isinstance(item, Unchanged):
                self._keep(item.url)
            else:
                self._skip(item)
            if time.monotonic() - self.told >= SECONDS_BETWEEN_TELLINGS:
                self._tell(source.expected(known))
        self._flush()
        self._tell(source.expected(known))

    def _tell(self, expected: int | None) -> None:
        pages = self.pages_before + expected if expected is not None else None
        self.tell(Progress(len(self.present), self.passages, pages))
        self.told = time.monotonic()

    def _take_fetched(self, fetched: Fetched, source: str) -> None:
        digest = _digest(fetched)
        old = self.stored.get(fetched.url)
        if old is not None and (old.digest, old.source) == (digest, source):
            self._keep(fetched.url)
            return
        try:
            page = _page(fetched, self.reader.read(fetched), source, digest)
        except Unreadable as reason:
            self.report.skipped.append((fetched.url, str(reason)))
            return
        self.present[page.url] = page.metadata.get(_NOTICES, ())
        (self.report.updated if old is not None else self.report.created).append(page.url)
        self.waiting.append(page)
        if sum(len(page.passages) for page in self.waiting) >= PASSAGES_AT_ONCE:
            self._flush()

    def _skip(self, item: Skipped) -> None:
        self.report.skipped.append((item.url, item.reason))
        if item.keep and item.url in self.stored and item.url not in self.present:
            self._keep(item.url)

    def _keep(self, url: str) -> None:
        self.present[url] = self.stored[url].details.get(_NOTICES, ())
        self.report.kept.append(url)

    def _keep_all(self, source: str) -> None:
        for url, page in self.stored.items():
            if page.source == source and page.kind == "page" and url not in self.present:
                self._keep(url)

    def _take_notices(self) -> None:
        """Keep each site-wide notice once, for as long as some page shows it."""
        shown = dict.fromkeys(text for notices in self.present.values() for text in notices)
        for text in shown:
            page = _notice(text, self.home)
            if page.url in self.present:
                continue
            if page.url in self.stored:
                self._keep(page.url)
                continue
            self.present[page.url] = ()
            self.report.created.append(page.url)
            self.waiting.append(page)
        self._flush()

    def _flush(self) -> None:
        if self.waiting:
            self.report.embedded += self.writer.put(self.council, self.waiting)
            self.passages += sum(len(page.passages) for page in self.waiting)
            self.waiting.clear()


def _digest(fetched: Fetched) -> str:
    """Name what was read and by which reader; at most 64 characters."""
    parts = (fetched.media_type, fetched.charset, fetched.title)
    digest = hashlib.sha256("\x1f".join(parts).encode())
    digest.update(b"\x1f" + fetched.body)
    return f"{READER_VERSION}:{digest.hexdigest()[:48]}"


def _is_current(page: Stored) -> bool:
    return page.digest.startswith(f"{READER_VERSION}:")


def _page(fetched: Fetched, document: Document, source: str, digest: str) -> Page:
    passages = split(document, fetched.url)
    if not passages:
        raise Unreadable("holds no text of its own")
    return Page(
        url=fetched.url,
        title=document.title,
        source=source,
        digest=digest,
        seen=fetched.fetched,
        passages=passages,
        language=document.language[:20],
        updated=document.updated,
        breadcrumbs=document.breadcrumbs,
        metadata={**document.metadata, _NOTICES: list(document.notices)},
        links=fetched.links,
        validators=fetched.validators,
    )


def _notice(text: str, home: str) -> Page:
    """Make a page of a site-wide notice, dated the day it was first seen."""
    digest = hashlib.sha256(" ".join(text.split()).encode()).hexdigest()
    url = f"{home}#notice-{digest[:12]}"
    now = datetime.now(UTC)
    title = _headline(text)
    return Page(
        url=url,
        title=title,
        source="notices",
        digest=digest,
        seen=now,
        passages=(Passage(text, url),),
        updated=now.date(),
        kind="notice",
    )


def _headline(text: str) -> str:
    """Give a notice's first line, or its first sentence where that line is long."""
    line = text.strip().splitlines()[0].lstrip("#*- ").rstrip("*")
    if len(line) <= _LONGEST_HEADLINE:
        return line
    sentence = re.split(r"(?<=[.!?])\s", line, maxsplit=1)[0]
    return textwrap.shorten(sentence, _LONGEST_HEADLINE, placeholder=" \u2026")

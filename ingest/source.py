"""What a source is: where a council's pages come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Known:
    """What the knowledge base holds of a page, so that a source need not bring it again."""

    digest: str
    validators: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """The bytes of one page, just fetched.

    url: the page's address as citizens know it (after redirects; canonical where it is ours).
    media_type: without parameters, lower case, as stated or told by the file's ending.
    charset: as the server stated it, "" where it did not.
    title: what the council calls it in a manifest, "" where the reader must find the title.
    validators: HTTP ETag and Last-Modified, by header name in lower case.
    links: absolute addresses that a crawl would follow from here, to be known next time.
    """

    url: str
    body: bytes
    media_type: str
    fetched: datetime
    charset: str = ""
    title: str = ""
    validators: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A page that the other side says has not changed since we saw it."""

    url: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """An address that gave no page, and why.

    keep: True where the trouble may pass (a time-out, a 5xx): a page known under this address
        goes on answering. False where it is gone or must not be read: a known page is dropped.
    """

    url: str
    reason: str
    keep: bool = False


class SourceFailed(Exception):
    """A source could not be listed at all; nothing of it is dropped. str() says why."""


class Source(Protocol):
    """A place with pages. fetch yields each address once, in the source's own order.

    known: the pages of this source that the knowledge base holds, by address.
    Raises SourceFailed before or while yielding; what was yielded stays.
    """

    @property
    def name(self) -> str: ...

    def fetch(self, known: Mapping[str, Known]) -> Iterator[Fetched | Unchanged | Skipped]: ...

    def expected(self, known: Mapping[str, Known]) -> int | None:
        """Say how many addresses there are, as far as that can be told now, for a progress bar."""

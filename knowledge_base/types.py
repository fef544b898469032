"""The nouns of the knowledge base: what a council has published, and where it is said."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Passage:
    """One section of a page, or a part of a long one, in the council's own words.

    text: Markdown of paragraphs, lists (`- `, `1. `) and pipe tables, every table with its
        column heads; without the headings that lead to it.
    url: address of the section, with a fragment where the page has one for it.
    headings: path from the page's outermost heading inwards, without the page's title.
    """

    text: str
    url: str
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One published page with its passages, as a reader understood it.

    source: name of the source in the council's folder that it came from.
    digest: of what was read (bytes, reader, title): the same digest is the same page.
    language: BCP 47 tag as the page states it, "" where it does not.
    updated: the day the page says it was last changed. seen: when it was last fetched, UTC.
    kind: "notice" for a site-wide alert banner, which is kept once and not with every page.
    metadata: JSON-LD and the like, JSON values only.
    links: addresses the page links to, for a crawl that gets "not modified" for this page.
    validators: HTTP ETag and Last-Modified, by header name in lower case.
    """

    url: str
    title: str
    source: str
    digest: str
    seen: datetime
    passages: tuple[Passage, ...]
    language: str = ""
    updated: date | None = None
    kind: Literal["page", "notice"] = "page"
    breadcrumbs: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    validators: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """A passage found for a question.

    score: between 0 and 1, higher is better, always; comparable within one search only.
    similarity: cosine of question and passage, None where the index of meaning was not used.
    overlap: share of the question's weighty words that the passage holds, 0 to 1.
    met: each word of what is asked, in lower case, with how near the passage's nearest word in
        its place comes to its meaning there, up to 1; empty where that is not known.
    """

    id: str
    text: str
    url: str
    title: str
    headings: tuple[str, ...]
    score: float
    similarity: float | None
    overlap: float
    updated: date | None
    language: str
    page_url: str
    met: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought back, best first.

    degraded: the index of meaning could not be used, and words alone decided.
    """

    matches: tuple[Match, ...]
    degraded: bool = False


def passage_id(council: str, page: Page, passage: Passage, ordinal: int = 0) -> str:
    """Name a passage by what it says and where, so that a changed passage is another passage.

    ordinal tells apart passages of one page that say exactly the same.
    """
    parts = (council, page.url, page.title, passage.url, *passage.headings, passage.text)
    named = "\x1f".join((*parts, str(ordinal)))
    return hashlib.sha256(named.encode()).hexdigest()[:32]

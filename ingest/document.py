"""What a reader makes of one file: a title and clean blocks, before they become passages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a page that must stay together or be split with care.

    kind: "heading" with its level (1 to 6); "paragraph"; "list" as Markdown items, nested ones
        indented; "table" as a Markdown pipe table whose first row is the column heads.
    fragment: id in the page that a link can point to; only headings and accordions have one.
    """

    kind: Literal["heading", "paragraph", "list", "table"]
    text: str
    level: int = 0
    fragment: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A file as its reader understood it.

    notices: texts of site-wide alert banners, Markdown, taken out of the blocks.
    breadcrumbs: the path that the page shows, outermost first, without the page itself.
    canonical: the address the page gives itself, "" where it gives none.
    metadata: JSON-LD of the page and what else it states about itself, JSON values only.
    """

    title: str
    blocks: tuple[Block, ...]
    language: str = ""
    updated: date | None = None
    canonical: str = ""
    breadcrumbs: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


class Unreadable(Exception):
    """A file holds no page for citizens; str() says why, for the council's report."""

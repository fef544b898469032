"""Read a plain text file into a Document."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.dates import day_of_update
from ingest.decode import decoded
from ingest.document import Block, Document, Unreadable
from ingest.html_about import title_from_address
from ingest.plain_text import clean, word_count
from ingest.read_html import LARGEST

_ITEM = re.compile(r"^\s*(?:[-*\u2022\u2013]|\d{1,2}[.)])\s+(?=\S)")
_LONGEST_TITLE = 15


def read_text(body: bytes, url: str, charset: str = "") -> Document:
    """Read paragraphs and lists; the title is a short first line, else the file's name."""
    if len(body) > LARGEST:
        raise Unreadable(f"too large: over {LARGEST // 1_000_000} MB of text")
    text = decoded(body, charset).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    if not word_count(clean(text)):
        raise Unreadable("empty: the file holds no words")
    title, rest = _title(text)
    return Document(
        title=title or title_from_address(url),
        blocks=tuple(blocks_of_lines(rest)),
        updated=day_of_update(clean(text)),
    )


def _title(text: str) -> tuple[str, str]:
    first, _, rest = text.lstrip().partition("\n")
    line = clean(first)
    is_title = 0 < word_count(line) <= _LONGEST_TITLE and line[-1] not in ".,;:" and rest.strip()
    return (line, rest) if is_title and not _ITEM.match(first) else ("", text)


def blocks_of_lines(text: str) -> Iterator[Block]:
    """Give the paragraphs and lists of text whose pieces stand between empty lines."""
    for piece in re.split(r"\n\s*\n", text):
        lines = [line for line in piece.split("\n") if clean(line)]
        start = next((i for i, line in enumerate(lines) if _ITEM.match(line)), len(lines))
        before, items = lines[:start], lines[start:]
        if before:
            yield Block("paragraph", " ".join(clean(line) for line in before))
        if items:
            yield Block("list", "\n".join(_items(items)))


def _items(lines: list[str]) -> list[str]:
    """Join lines that go on with the item above them."""
    items: list[str] = []
    for line in lines:
        mark = _ITEM.match(line)
        if mark:
            number = re.match(r"\s*(\d+)", mark[0])
            items.append(f"{number[1]}. " if number else "- ")
        items[-1] += clean(line[mark.end() :]) if mark else f" {clean(line)}"
    return items

"""Read a Word file (DOCX) into a Document."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ingest.document import Block, Document, Unreadable
from ingest.html_about import title_from_address
from ingest.pipe_table import pipe_table
from ingest.plain_text import cell_text, undecorated, word_count

if TYPE_CHECKING:
    from docx.document import Document as WordFile
    from docx.table import Table
    from docx.text.paragraph import Paragraph

_LARGEST = 25_000_000
_LARGEST_UNPACKED = 200_000_000
_HIGHEST_RATIO = 200
_MOST_ENTRIES = 5_000
_OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What the Word library raises, besides errors with a name of their own, on a damaged file.
_SIGNS_OF_DAMAGE = (LookupError, ValueError, AttributeError, OSError, RuntimeError)
_HEADING = re.compile(r"^(?:heading|pennawd)\s*(\d)", re.IGNORECASE)
_NOT_TITLES = re.compile(
    r"^(?:untitled|document\d*|microsoft word.*|word document|.*\.docx?|title)$", re.IGNORECASE
)


def read_docx(body: bytes, url: str, charset: str = "") -> Document:
    """Read headings by style, lists, tables and the file's own title and date."""
    from lxml import etree

    guard(body)
    import docx
    from docx.opc.exceptions import OpcError

    try:
        word = docx.Document(io.BytesIO(body))
        blocks = tuple(_blocks(word))
        title = _title(word, blocks) or title_from_address(url)
        changed = word.core_properties.modified
    except (OpcError, etree.LxmlError, zipfile.BadZipFile, zlib.error, *_SIGNS_OF_DAMAGE) as error:
        raise Unreadable(f"a broken Word file: {error}") from error
    if not any(word_count(b.text) for b in blocks if b.kind != "heading"):
        raise Unreadable("no text: the Word file may hold only pictures")
    kept = (b for b in blocks if not (_is_styled_title(b) and b.text == title))
    return Document(
        title=title,
        blocks=tuple(Block("heading", b.text, 1) if _is_styled_title(b) else b for b in kept),
        updated=changed.date() if changed else None,
        language=word.core_properties.language or "",
    )


def guard(body: bytes) -> None:
    """Raise Unreadable for what is no Word file, or would unpack to more than we hold."""
    if body.startswith(_OLD_WORD):
        raise Unreadable("an old Word file (.doc): save it as .docx, PDF or a web page")
    if len(body) > _LARGEST:
        raise Unreadable(f"too large: over {_LARGEST // 1_000_000} MB")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError, NotImplementedError) as error:
        raise Unreadable(f"a broken Word file: {error}") from error
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > _MOST_ENTRIES or unpacked > _LARGEST_UNPACKED:
        raise Unreadable("unsafe: the Word file unpacks to far more than it should")
    if unpacked > 10_000_000 and unpacked > _HIGHEST_RATIO * max(1, len(body)):
        raise Unreadable("unsafe: the Word file unpacks to far more than it should")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable("encrypted: the Word file asks for a password")
    if "word/document.xml" not in {entry.filename for entry in entries}:
        raise Unreadable("not a Word file: it is another kind of archive")


def _is_styled_title(block: Block) -> bool:
    return block.kind == "heading" and block.level == 0


def _title(word: WordFile, blocks: tuple[Block, ...]) -> str:
    styled = next((b.text for b in blocks if _is_styled_title(b)), "")
    stated = undecorated(word.core_properties.title or "").replace("\n", " ")
    first = next((b.text for b in blocks if b.kind == "heading"), "")
    return styled or ("" if _NOT_TITLES.match(stated) else stated) or first


def _blocks(word: WordFile) -> Iterator[Block]:
    from docx.table import Table

    items: list[str] = []
    for part in word.iter_inner_content():
        mark = "" if isinstance(part, Table) else _list_mark(part)
        if mark and not isinstance(part, Table):
            text = undecorated(part.text).replace("\n", " ")
            items += [f"{mark}{text}"] if text else []
            continue
        yield from _listed(items)
        items = []
        yield from _table(part) if isinstance(part, Table) else _paragraph(part)
    yield from _listed(items)


def _listed(items: list[str]) -> Iterator[Block]:
    if items:
        yield Block("list", "\n".join(_counted(items)))


def _counted(items: list[str]) -> Iterator[str]:
    """Number the steps of a list, which Word counts only when it draws them."""
    counts: dict[int, int] = {}
    for item in items:
        text = item.lstrip(" ")
        depth = len(item) - len(text)
        counts = {at: count for at, count in counts.items() if at <= depth}
        if text.startswith("1. "):
            counts[depth] = counts.get(depth, 0) + 1
            yield f"{' ' * depth}{counts[depth]}. {text[3:]}"
        else:
            yield item


def _paragraph(paragraph: Paragraph) -> Iterator[Block]:
    text = undecorated(paragraph.text)
    style = (paragraph.style.name or "") if paragraph.style is not None else ""
    heading = _HEADING.match(style)
    if not text:
        return
    if style.lower() == "title":
        yield Block("heading", text.replace("\n", " "), 0)
    elif heading:
        yield Block("heading", text.replace("\n", " "), min(6, max(1, int(heading[1]))))
    elif _is_bold_line(paragraph, text):
        yield Block("heading", text, 6)
    else:
        yield Block("paragraph", text)


def _is_bold_line(paragraph: Paragraph, text: str) -> bool:
    runs = [run for run in paragraph.runs if run.text.strip()]
    short = word_count(text) <= 10 and text[-1] not in ".:;,"
    return short and bool(runs) and all(run.bold for run in runs)


def _list_mark(paragraph: Paragraph) -> str:
    style = (paragraph.style.name or "").lower() if paragraph.style is not None else ""
    levels = paragraph._p.xpath("./w:pPr/w:numPr/w:ilvl/@w:val")
    numbered = bool(paragraph._p.xpath("./w:pPr/w:numPr"))
    if _HEADING.match(style) or (not numbered and not style.startswith("list ")):
        return ""
    named = re.search(r"\d$", style)
    depth = int(levels[0]) if levels else int(named[0]) - 1 if named else 0
    return "   " * min(depth, 5) + ("1. " if "number" in style else "- ")


def _table(table: Table) -> Iterator[Block]:
    rows = [[cell_text(cell.text) for cell in row.cells] for row in table.rows]
    if rows and len(rows[0]) == 1:
        yield from (Block("paragraph", row[0]) for row in rows if row and row[0])
        return
    if len(rows) == 1:
        yield from (Block("paragraph", text) for text in dict.fromkeys(rows[0]) if text)
        return
    text = pipe_table(rows[0], rows[1:]) if rows else ""
    if text:
        yield Block("table", text)

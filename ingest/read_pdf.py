"""Read a PDF into a Document whose sections link to their pages (#page=2)."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from typing import TYPE_CHECKING, Any, cast

from ingest.document import Block, Document, Unreadable
from ingest.html_about import title_from_address
from ingest.language import as_tag
from ingest.pipe_table import pipe_table
from ingest.plain_text import cell_text, undecorated, word_count

if TYPE_CHECKING:
    from pypdf import PdfReader

_MOST_PAGES = 500
_LARGEST = 50_000_000
_FEWEST_WORDS = 5
_BULLET = re.compile(
    r"^(?:[\u2022\u25cf\u25aa\u25a0\u25e6\u2013\u2043\uf0b7o\u00b7*-]|\d{1,2}[.)])\s+(?=\S)"
)
# What the PDF library gives for a letter whose font does not say what it stands for.
_NAMELESS = re.compile(r"\(cid:\d+\)")
_NAMELESS_BULLET = re.compile(r"^\(cid:\d+\)\s+(?=\S)")
_PAGE_NUMBER = re.compile(r"^\W*(?:page\s*)?\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?\W*$", re.IGNORECASE)
_NAMES_PAGE = re.compile(
    r"\W\s*(?:page|tudalen)\s*(\d{1,4})(?:\s*(?:of|o|/)\s*\d{1,4})?\W*$", re.IGNORECASE
)
_NOT_TITLES = re.compile(
    r"^(?:untitled.*|document\d*|microsoft (?:word|powerpoint|excel).*|.*\.(?:docx?|indd|pdf|qxd"
    r"|xlsx?|pub|pptx?)|layout \d.*|slide \d+|title|print|\W*)$",
    re.IGNORECASE,
)

# What both PDF libraries raise, besides errors of their own, where a file is damaged.
_SIGNS_OF_DAMAGE = (
    *(ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError, RecursionError),
    *(OSError, NotImplementedError, OverflowError, ZeroDivisionError),
)


@dataclass(frozen=True, slots=True)
class _Line:
    """One printed line. top: from the upper edge in points; size: of its letters in points."""

    text: str
    size: float
    bold: bool
    top: float
    bottom: float
    left: float
    page: int


def read_pdf(body: bytes, url: str, charset: str = "") -> Document:
    """Read text, headings by size of letters, and ruled tables; raises Unreadable with why."""
    title, updated, language, pages = _stated(body)
    lines, tables = _printed(body, pages)
    if sum(word_count(line.text) for line in lines) < _FEWEST_WORDS:
        raise Unreadable("no text: it may be a scan")
    kept = _without_running_lines(lines, pages)
    normal = _normal_size(kept)
    name = title or _largest(kept, normal) or title_from_address(url)
    blocks = tuple(_blocks(kept, tables, normal, name))
    return Document(title=name, blocks=blocks, updated=updated, language=language)


# What the file states


def _stated(body: bytes) -> tuple[str, date | None, str, int]:
    import pypdf
    from pypdf.errors import PyPdfError

    if len(body) > _LARGEST:
        raise Unreadable(f"too large: over {_LARGEST // 1_000_000} MB")
    try:
        reader = pypdf.PdfReader(io.BytesIO(body), strict=False)
        _open(reader)
        pages = len(reader.pages)
        stated = _title(reader), _changed(reader), _language(reader)
    except (PyPdfError, *_SIGNS_OF_DAMAGE) as error:
        raise _broken(error) from error
    if not pages:
        raise Unreadable("a broken PDF: it has no pages")
    if pages > _MOST_PAGES:
        raise Unreadable(f"too long: {pages} pages, over {_MOST_PAGES}")
    return (*stated, pages)


def _open(reader: PdfReader) -> None:
    """Try the empty password, which files have that only forbid printing or copying."""
    if not reader.is_encrypted:
        return
    try:
        opened = reader.decrypt("")
    except ImportError as error:
        raise Unreadable(f"encrypted: {error}") from error
    if not opened:
        raise Unreadable("encrypted: the PDF asks for a password")


def _title(reader: PdfReader) -> str:
    stated = undecorated(str((reader.metadata and reader.metadata.title) or "")).replace("\n", " ")
    return "" if _NOT_TITLES.match(stated) or not 1 <= word_count(stated) <= 25 else stated


def _changed(reader: PdfReader) -> date | None:
    try:
        day: datetime | None = reader.metadata.modification_date if reader.metadata else None
    except ValueError:
        return None
    return day.date() if day else None


def _language(reader: PdfReader) -> str:
    root = cast("dict[str, object]", reader.trailer["/Root"])
    return as_tag(str(root.get("/Lang", "")))


def _broken(error: Exception) -> Unreadable:
    return Unreadable(f"a broken PDF: {str(error) or type(error).__name__}")


# What is printed


def _printed(body: bytes, pages: int) -> tuple[list[_Line], list[tuple[int, float, str]]]:
    """Give lines in reading order, and tables as (page, top, Markdown)."""
    import pdfplumber
    from pdfminer.pdfexceptions import PDFException
    from pdfminer.psexceptions import PSException
    from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

    lines: list[_Line] = []
    tables: list[tuple[int, float, str]] = []
    try:
        with pdfplumber.open(io.BytesIO(body)) as pdf:
            for number, page in enumerate(pdf.pages[:pages], start=1):
                found = _tables(page) if len(page.rects) + len(page.lines) >= 4 else []
                tables += [(number, top, text) for top, text, _ in found]
                lines += _lines(page, number, [box for _, _, box in found])
                page.close()
    except (
        PDFException,
        PSException,
        MalformedPDFException,
        PdfminerException,
        *_SIGNS_OF_DAMAGE,
    ) as error:
        raise _broken(error) from error
    return lines, tables


def _tables(page: Any) -> list[tuple[float, str, tuple[float, float, float, float]]]:
    found = []
    for table in page.find_tables():
        rows = [[_cell(cell or "") for cell in row] for row in table.extract()]
        filled = [row for row in rows if any(row)]
        if len(filled) >= 2 and max(sum(map(bool, row)) for row in filled) >= 2:
            text = pipe_table(filled[0], filled[1:])
            if text:
                found.append((table.bbox[1], text, table.bbox))
    return found


def _cell(text: str) -> str:
    """Join the lines of a cell: a narrow column breaks them, not whoever wrote them."""
    return cell_text(joined(text.split("\n")))


def _lines(page: Any, number: int, boxes: list[tuple[float, float, float, float]]) -> list[_Line]:
    words = page.extract_words(
        extra_attrs=["size", "fontname"], use_text_flow=False, keep_blank_chars=False
    )
    free = [w for w in words if not any(_inside(w, box) for box in boxes)]
    columns = _columns(free, float(page.width))
    return [line for column in columns for line in _rows(column, number)]


def _inside(word: dict[str, Any], box: tuple[float, float, float, float]) -> bool:
    x, y = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
    return bool(box[0] <= x <= box[2] and box[1] <= y <= box[3])


def _columns(words: list[dict[str, Any]], width: float) -> list[list[dict[str, Any]]]:
    """Split a page with an empty strip down its middle into a left and a right column.

    Words over the strip (a headline) come first with all that stands above the columns.
    """
    for share in (0.5, 0.48, 0.52, 0.46, 0.54):
        strip = width * share
        over = [w for w in words if w["x0"] < strip < w["x1"]]
        left = [w for w in words if w["x1"] <= strip]
        right = [w for w in words if w["x0"] >= strip]
        near = [w for w in (*left, *right) if strip - 8 < w["x1"] and w["x0"] < strip + 8]
        if len(left) < 40 or len(right) < 40 or len(over) + len(near) > 0.04 * len(words):
            continue
        starts = Counter(round(w["x0"] / 6) for w in right)
        if starts.most_common(1)[0][1] < 8:
            continue
        edge = max((w["bottom"] for w in (*over, *near)), default=0.0)
        if edge > min(w["top"] for w in words) + 250:
            continue
        head = [w for w in words if w["top"] < edge]
        return [head, *([w for w in side if w["top"] >= edge] for side in (left, right))]
    return [words]


def _rows(words: list[dict[str, Any]], number: int) -> Iterator[_Line]:
    row: list[dict[str, Any]] = []
    for word in sorted(words, key=lambda w: (round(w["bottom"]), w["x0"])):
        if row and abs(word["bottom"] - row[-1]["bottom"]) > max(2.0, word["size"] * 0.35):
            yield _line(row, number)
            row = []
        row.append(word)
    if row:
        yield _line(row, number)


def _line(row: list[dict[str, Any]], number: int) -> _Line:
    ordered = sorted(row, key=lambda w: w["x0"])
    return _Line(
        text=undecorated_line(" ".join(w["text"] for w in ordered)),
        size=round(median(w["size"] for w in ordered) * 2) / 2,
        bold=all(re.search(r"bold|black|heavy|semib", w["fontname"], re.I) for w in ordered),
        top=min(w["top"] for w in ordered),
        bottom=max(w["bottom"] for w in ordered),
        left=ordered[0]["x0"],
        page=number,
    )


def undecorated_line(text: str) -> str:
    """Clean a line but keep a bullet at its start, which tells that it is an item."""
    text = _NAMELESS.sub("", _NAMELESS_BULLET.sub("\u2022 ", text))
    bullet = _BULLET.match(text)
    if bullet:
        return f"{bullet[0].strip()} {undecorated(text[bullet.end() :])}"
    return undecorated(text)


# Blocks


def _without_running_lines(lines: list[_Line], pages: int) -> list[_Line]:
    """Drop page numbers, and lines that stand at the edge of most pages."""
    edges = _edges(lines)
    often = Counter(_without_page(lines[i]) for i in edges)
    least = max(3, pages // 2)
    kept = []
    for at, line in enumerate(lines):
        same = often[_without_page(line)]
        running = at in edges and (_names_its_page(line) or same >= least)
        if line.text and not running:
            kept.append(line)
    return kept


def _names_its_page(line: _Line) -> bool:
    """Tell a page number, alone or behind the document's name, which stands so on one page too."""
    if _PAGE_NUMBER.match(line.text):
        return True
    named = _NAMES_PAGE.search(line.text)
    return named is not None and int(named[1]) == line.page and word_count(line.text) <= 20


def _without_page(line: _Line) -> str:
    return re.sub(rf"\b{line.page}\b", "#", line.text.lower())


def _edges(lines: list[_Line]) -> set[int]:
    by_page: dict[int, list[int]] = {}
    for at, line in enumerate(lines):
        by_page.setdefault(line.page, []).append(at)
    edges: set[int] = set()
    for on_page in by_page.values():
        down = sorted(on_page, key=lambda i: lines[i].top)
        edges.update([*down[:2], *down[-2:]])
    return edges


def _normal_size(lines: Sequence[_Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _largest(lines: Sequence[_Line], normal: float) -> str:
    opening = min((line.page for line in lines), default=0)
    first = [line for line in lines if line.page == opening]
    size = max((line.size for line in first), default=0.0)
    if size <= normal * 1.1:
        return ""
    start = next(i for i, line in enumerate(first) if line.size == size)
    words = []
    for line in first[start:]:
        if line.size != size:
            break
        words.append(line.text)
    title = " ".join(words)
    return title if word_count(title) <= 25 else ""


def _blocks(
    lines: list[_Line], tables: list[tuple[int, float, str]], normal: float, title: str
) -> Iterator[Block]:
    levels = _levels(lines, normal)
    waiting = sorted(tables)
    held: list[_Line] = []
    for line in lines:
        while waiting and (waiting[0][0], waiting[0][1]) <= (line.page, line.top):
            yield from _text_blocks(held)
            held = []
            yield Block("table", waiting.pop(0)[2])
        level = _level(line, levels, normal)
        if held and (level or not _goes_on(held[-1], line)):
            yield from _text_blocks(held)
            held = []
        if level:
            yield Block("heading", line.text, level, f"page={line.page}")
        else:
            held.append(line)
    yield from _text_blocks(held)
    yield from (Block("table", text) for _, _, text in waiting)


def _levels(lines: Sequence[_Line], normal: float) -> dict[float, int]:
    sizes = sorted({line.size for line in lines if line.size > normal * 1.08}, reverse=True)
    return {size: min(1 + at, 5) for at, size in enumerate(sizes)}


def _level(line: _Line, levels: dict[float, int], normal: float) -> int:
    if word_count(line.text) > 20 or not any(c.isalpha() for c in line.text):
        return 0
    if _BULLET.match(line.text) and line.size <= normal * 1.08:
        return 0
    if line.size in levels:
        return levels[line.size]
    short = word_count(line.text) <= 12 and line.text[-1:] not in ".,;:"
    return 6 if line.bold and short and line.size >= normal else 0


def _goes_on(above: _Line, below: _Line) -> bool:
    if above.page != below.page:
        return above.text[-1:] not in ".!?:" and below.text[:1].islower()
    gap = below.top - above.bottom
    return -2 * above.size < gap < 0.9 * above.size or (gap < 0 and below.text[:1].islower())


def _text_blocks(lines: list[_Line]) -> Iterator[Block]:
    paragraph: list[str] = []
    items: list[list[str]] = []
    for line in lines:
        bullet = _BULLET.match(line.text)
        if bullet:
            mark = bullet[0].strip()
            number = mark.rstrip(".)")
            items.append([f"{number}. " if number.isdigit() else "- ", line.text[bullet.end() :]])
        elif items:
            items[-1].append(line.text)
        else:
            paragraph.append(line.text)
    if paragraph:
        yield Block("paragraph", joined(paragraph))
    if items:
        yield Block("list", "\n".join(item[0] + joined(item[1:]) for item in items))


def joined(lines: Sequence[str]) -> str:
    """Join lines of print; a word broken at the end of a line becomes whole again."""
    text = ""
    for line in lines:
        if re.search(r"[a-z]{2}-$", text) and line[:1].islower():
            text = text[:-1] + line
        else:
            text = f"{text} {line}" if text else line
    return text

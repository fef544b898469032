"""Read an HTML table so that each row reads with its column heads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from lxml.html import HtmlElement

from ingest.pipe_table import pipe_table
from ingest.plain_text import cell_text, leading_number, word_count

_WIDEST = 60
_MOST_CELLS = 100_000

Text = Callable[[HtmlElement], str]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a table: a line across all columns, or rows under heads as a pipe table."""

    kind: Literal["paragraph", "table"]
    text: str


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    head: bool
    wide: int
    source: HtmlElement


def is_layout(table: HtmlElement) -> bool:
    """Tell a table that only places things on the page from one that holds data."""
    if table.get("role") in {"presentation", "none"} or table.xpath(".//table | .//h1 | .//h2"):
        return True
    if table.xpath("./thead//th | ./tr/th | ./tbody/tr/th | ./caption"):
        return False
    rows = own_rows(table)
    widths = [len(_cells(row)) for row in rows]
    if max(widths, default=0) <= 1 or len(rows) == 1:
        return True
    long = [c for row in rows for c in _cells(row) if word_count(c.text_content()) > 60]
    return len(long) * 2 > sum(widths)


def own_rows(table: HtmlElement) -> list[HtmlElement]:
    """Give the rows of a table without those of tables inside it, heads first, feet last."""
    heads, bodies, feet = (
        table.xpath(p) for p in ("./thead/tr", "./tbody/tr | ./tr", "./tfoot/tr")
    )
    return [*heads, *bodies, *feet]


def table_pieces(table: HtmlElement, text: Text) -> Iterator[Piece]:
    """Give the table in pieces; a row that is one cell wide opens a new piece as its label."""
    grid = _grid(own_rows(table), text)
    depth = _head_depth(grid)
    titles = [label for row in grid[:depth] if (label := _label(row))]
    yield from (Piece("paragraph", title) for title in titles)
    heads = _joined_heads([row for row in grid[:depth] if not _label(row)])
    rows: list[list[str]] = []
    for row in grid[depth:]:
        label = _label(row)
        if label:
            yield from _flushed(heads, rows)
            rows = []
            yield Piece("paragraph", label)
        else:
            rows.append([cell.text if cell else "" for cell in row])
    yield from _flushed(heads, rows)


def _flushed(heads: list[str], rows: list[list[str]]) -> Iterator[Piece]:
    text = pipe_table(heads, rows)
    if text:
        yield Piece("table", text)


def _grid(rows: list[HtmlElement], text: Text) -> list[list[_Cell | None]]:
    """Lay the cells out with their spans expanded, so that every row stands on its own."""
    grid: list[list[_Cell | None]] = []
    hanging: dict[int, tuple[int, _Cell]] = {}
    room = _MOST_CELLS
    for row in rows:
        line: list[_Cell | None] = []
        for source in _cells(row):
            _fill(line, hanging)
            cell = _cell(source, text)
            for column in range(len(line), len(line) + cell.wide):
                down = _span(source, "rowspan", len(rows)) - 1
                if down > 0:
                    hanging[column] = (down, cell)
            line.extend([cell] * cell.wide)
        _fill(line, hanging)
        room -= len(line)
        if room < 0:
            break
        grid.append(line)
    width = max((len(line) for line in grid), default=0)
    return [line + [None] * (width - len(line)) for line in grid if any(c and c.text for c in line)]


def _fill(line: list[_Cell | None], hanging: dict[int, tuple[int, _Cell]]) -> None:
    while len(line) in hanging:
        down, cell = hanging.pop(len(line))
        if down > 1:
            hanging[len(line)] = (down - 1, cell)
        line.append(cell)


def _cell(source: HtmlElement, text: Text) -> _Cell:
    wide = _span(source, "colspan", _WIDEST)
    return _Cell(cell_text(text(source)), source.tag == "th", wide, source)


def _cells(row: HtmlElement) -> list[HtmlElement]:
    return [cell for cell in row if cell.tag in {"td", "th"}]


def _span(cell: HtmlElement, name: str, most: int) -> int:
    number = leading_number(cell.get(name), 1)
    return most if number == 0 and name == "rowspan" else max(1, min(number, most))


def _head_depth(grid: list[list[_Cell | None]]) -> int:
    """Count the rows of column heads: those the table states, or rows of nothing but heads."""
    depth = sum(1 for _ in takewhile(_is_stated_head, grid))
    if depth:
        return min(depth, len(grid) - 1)
    for row in grid[:3]:
        if not all(c is None or c.head or not c.text for c in row) or _label(row):
            break
        depth += 1
    if depth == 0 and len(grid) > 1 and _looks_like_heads(grid[0], grid[1:]):
        depth = 1
    return min(depth, max(len(grid) - 1, 0))


def _is_stated_head(row: list[_Cell | None]) -> bool:
    return all(c is None or c.source.getparent().getparent().tag == "thead" for c in row)


def _looks_like_heads(first: list[_Cell | None], rest: list[list[_Cell | None]]) -> bool:
    """Tell a first row of plain cells that is drawn as heads: all bold, and no other row is."""
    return _is_bold(first) and not any(_is_bold(row) for row in rest)


def _is_bold(row: list[_Cell | None]) -> bool:
    filled = [c for c in row if c and c.text]
    return bool(filled) and all(
        word_count("".join(c.source.xpath(".//strong//text() | .//b//text()")))
        >= word_count(c.text)
        > 0
        for c in filled
    )


def _joined_heads(rows: list[list[_Cell | None]]) -> list[str]:
    """Join the heads of several rows: "2026 to 2027: Fee"."""
    columns = list(zip(*rows, strict=True)) if rows else []
    return [": ".join(dict.fromkeys(c.text for c in column if c and c.text)) for column in columns]


def _label(row: list[_Cell | None]) -> str:
    """Give the text of a row that is one cell across the whole table, "" for any other row."""
    sources = {id(c.source) for c in row if c}
    filled = [c for c in row if c]
    if len(row) > 1 and len(sources) == 1 and filled[0].wide >= len(row):
        return filled[0].text
    return ""

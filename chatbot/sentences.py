"""Cut a passage's Markdown into the smallest pieces that still say something on their own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_ITEM = re.compile(r"^([ \t]*)(?:[-*+•]|\d{1,3}[.)])[ \t]+")
_END = re.compile(r"[.!?]+[\"'’”)\]*_]*[ \t\n]+(?=[\"'‘“(\[*_]*[A-ZÀ-Þ0-9£])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|no|nos|tel|mr|mrs|ms|dr|st|rd|ave|approx|incl|inc|ltd|vs|ext|min|max"
    r"|dept|fig|para|p|pp|cllr|rev|hon|am|pm)|\b[A-Z]|^\d{1,2})\.$",
    re.I,
)
_RULE = re.compile(r"^\|?[ \t:|-]+\|?[ \t]*$")

_LABEL = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, a list item, or a table row of a passage.

    start, end: where it stands in the passage's text, end excluded.
    block: which paragraph, list or table it belongs to, counted from 0.
    lead: start and end of the words that a list item hangs on ("You must not put in:"), of the
        item above it in a nested list, or of a table's head.
    """

    kind: Literal["sentence", "item", "row"]
    start: int
    end: int
    block: int
    lead: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text.rstrip())


def pieces(text: str) -> tuple[Piece, ...]:
    """Cut a passage into its pieces, in order. `text[piece.start:piece.end]` is verbatim."""
    found: list[Piece] = []
    for number, lines in enumerate(_blocks(text)):
        first = lines[0].text.lstrip()
        if first.startswith("|"):
            found += _rows(lines, number, _lead(found, number, text))
        elif _ITEM.match(lines[0].text):
            found += _items(lines, number, _lead(found, number, text))
        else:
            found += _sentences(text, lines[0].start, lines[-1].end, number)
    return tuple(found)


def _blocks(text: str) -> list[list[_Line]]:
    """Group lines into paragraphs, lists and tables; a list may follow its lead-in at once."""
    blocks: list[list[_Line]] = []
    kind = ""
    at = 0
    for raw in text.splitlines(keepends=True):
        line = _Line(at, raw)
        at += len(raw)
        if not raw.strip():
            kind = kind if kind == "list" else ""
            continue
        now = _kind(raw, kind)
        if now == kind and blocks:
            blocks[-1].append(line)
        else:
            blocks.append([line])
        kind = now
    return blocks


def _kind(line: str, before: str) -> str:
    if line.lstrip().startswith("|"):
        return "table"
    if _ITEM.match(line) or (before == "list" and line[:1] in " \t"):
        return "list"
    return "paragraph"


def _lead(found: list[Piece], number: int, text: str) -> tuple[int, int] | None:
    """Words that announce a list or table: the sentence just before it, if it ends so."""
    if not found or found[-1].block != number - 1 or found[-1].kind != "sentence":
        return None
    last = found[-1]
    words = text[last.start : last.end].rstrip("*_ ")
    bold = text[last.start : last.end].startswith(("**", "__"))
    announces = words.endswith((":", "-", "–", "...", "…")) or (bold and not words.endswith("."))
    return (last.start, last.end) if announces else None


def _sentences(text: str, start: int, end: int, number: int) -> list[Piece]:
    found: list[Piece] = []
    at = start
    for stop in _END.finditer(text, start, end):
        ended = stop.start() + len(stop[0].rstrip())
        # "In cash." is a heading in all but form: it stays with the sentence that it opens.
        label = at == start and len(text[at:ended].split()) <= _LABEL
        if not label and not _ABBREVIATION.search(text[at:ended]):
            found.append(Piece("sentence", at, ended, number))
            at = stop.end()
    return [*found, Piece("sentence", at, end, number)] if at < end else found


def _items(lines: list[_Line], number: int, lead: tuple[int, int] | None) -> list[Piece]:
    """Read list items; a nested item hangs on the item above it."""
    found: list[Piece] = []
    open_items: list[tuple[int, Piece]] = []
    for line in lines:
        mark = _ITEM.match(line.text)
        if not mark:
            last = found[-1]
            found[-1] = Piece("item", last.start, line.end, number, last.lead)
            continue
        depth = len(mark[1].expandtabs(4))
        while open_items and open_items[-1][0] >= depth:
            open_items.pop()
        above = (open_items[-1][1].start, open_items[-1][1].end) if open_items else lead
        piece = Piece("item", line.start + mark.end(), line.end, number, above)
        found.append(piece)
        open_items.append((depth, piece))
    return [piece for piece in found if piece.start < piece.end]


def _rows(lines: list[_Line], number: int, lead: tuple[int, int] | None) -> list[Piece]:
    """Read table rows, each with the table's head; a table without a rule has no head."""
    if len(lines) > 1 and _RULE.match(lines[1].text.strip()) and "-" in lines[1].text:
        head = (lines[0].start, lines[1].end)
        return [_row(line, number, head) for line in lines[2:]]
    return [_row(line, number, lead) for line in lines]


def _row(line: _Line, number: int, lead: tuple[int, int] | None) -> Piece:
    indent = len(line.text) - len(line.text.lstrip())
    return Piece("row", line.start + indent, line.end, number, lead)

"""Split a document into passages: one a section, none too long for the index of meaning."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ingest.document import Block, Document
from knowledge_base.types import Passage

# The model of meaning reads 256 word pieces; 210 words and signs are about 180 words of prose,
# and leave room for the pieces that numbers and rare words break into.
LIMIT = 210
_SMALLEST_LIMIT = 110
_LONGEST_LEAD = 60
_SIGNS = re.compile(r"\w{1,30}|[^\w\s]")
_PIECES = re.compile(r"\S{1,400}")
_SENTENCE = re.compile(r"(?<=[.!?])[\"'\u2019\u201d)]*\s+(?=[\"'\u2018\u201c(]?[A-Z0-9\u00a3])|\n")
_TABLE_RULE = re.compile(r"^\|(?:\s*:?-{3,}:?\s*\|)+$")
_CELLS = re.compile(r"\s*\|(?:---\|)*[ \t]*")
# A row of more is no table that a citizen reads, and a passage must not grow with it.
_WIDEST_ROW = 4 * LIMIT
_LITTLE = 8
_NEAR = 40


@dataclass(slots=True)
class _Section:
    headings: tuple[str, ...]
    fragment: str
    blocks: list[Block] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Group:
    """Pieces that belong together under a lead: the items of a list, the rows of a table.

    lead: written before the first piece of every part.
    """

    pieces: tuple[str, ...]
    lead: str = ""
    joint: str = "\n"

    def text(self, pieces: Iterable[str]) -> str:
        return self.lead + self.joint.join(pieces)


def split(document: Document, url: str) -> tuple[Passage, ...]:
    """Give the passages of a document, each with its heading path and deep link."""
    sections = _with_little_ones_merged(_sections(document))
    return tuple(p for section in sections for p in _passages(section, url))


def size(text: str) -> int:
    """Count words and signs, which is close to what the model of meaning counts."""
    return len(_SIGNS.findall(text))


# Sections


def _sections(document: Document) -> list[_Section]:
    path: list[Block] = []
    found = [_Section((), "")]
    for block in document.blocks:
        if block.kind != "heading":
            found[-1].blocks.append(block)
            continue
        path = [h for h in path if h.level < block.level]
        if _is_new(block, document.title):
            path.append(block)
        found.append(_Section(tuple(h.text for h in path), _nearest_fragment(path)))
    return _joined(found)


def _is_new(heading: Block, title: str) -> bool:
    return bool(heading.text) and heading.text.casefold() != title.casefold()


def _nearest_fragment(path: list[Block]) -> str:
    return next((h.fragment for h in reversed(path) if h.fragment), "")


def _joined(sections: list[_Section]) -> list[_Section]:
    """Drop sections that are only the way to deeper ones, or a way back to an earlier one."""
    kept: list[_Section] = []
    seen: set[tuple[str, ...]] = set()
    for at, section in enumerate(sections):
        after = sections[at + 1].headings if at + 1 < len(sections) else ()
        leads_on = len(after) > len(section.headings) and after[: len(section.headings)] == (
            section.headings
        )
        if section.blocks or not (leads_on or section.headings in seen or not section.headings):
            kept.append(section)
        seen.update(section.headings[:n] for n in range(len(section.headings) + 1))
    return kept


def _with_little_ones_merged(sections: list[_Section]) -> list[_Section]:
    """Write sections that say nothing on their own as lines of the section above them."""
    kept: list[_Section] = []
    bare: list[_Section] = []
    for section in sections:
        if not section.blocks:
            bare.append(section)
            continue
        _place(bare, kept, section)
        bare.clear()
        if _says_little(section):
            _merge(section, kept)
        else:
            kept.append(section)
    _place(bare, kept, None)
    return kept


def _place(bare: list[_Section], kept: list[_Section], after: _Section | None) -> None:
    """Keep headings without a text: one before its neighbour, several as lines of their own."""
    if len(bare) == 1 and after is not None and after.headings[:-1] == bare[0].headings[:-1]:
        after.blocks.insert(0, Block("paragraph", bare[0].headings[-1]))
        return
    for section in bare:
        _merge(section, kept)


def _merge(section: _Section, kept: list[_Section]) -> None:
    # Its own section went on after a box; that one is near, so looking far back is for nothing.
    same = next((k for k in kept[-_NEAR:] if k.headings == section.headings), None)
    if same is not None:
        same.blocks.extend(section.blocks)
        return
    line = Block("paragraph", _as_line(section))
    above = section.headings[:-1]
    if kept and kept[-1].headings == above:
        kept[-1].blocks.append(line)
    else:
        kept.append(_Section(above, section.fragment, [line]))


def _says_little(section: _Section) -> bool:
    if len(section.headings) < 2 or len(section.blocks) > 1:
        return False
    only = section.blocks[0]
    return only.kind == "paragraph" and len(only.text.split()) <= _LITTLE


def _as_line(section: _Section) -> str:
    heading = section.headings[-1]
    if not section.blocks:
        return heading
    return f"{heading}{'' if heading[-1] in '.?!:' else ':'} {section.blocks[0].text}"


# Passages


def _passages(section: _Section, url: str) -> Iterator[Passage]:
    room = max(_SMALLEST_LIMIT, LIMIT - size(" ".join(section.headings)))
    address = f"{url.partition('#')[0]}#{section.fragment}" if section.fragment else url
    for text in _parts(_groups(section.blocks), room):
        yield Passage(text=text, url=address, headings=section.headings)


def _groups(blocks: list[Block]) -> Iterator[_Group]:
    """Tie each list and table to the sentence that introduces it."""
    waiting: Block | None = None
    for block in blocks:
        if block.kind == "paragraph":
            if waiting is not None:
                yield from _paragraph(waiting.text)
            waiting = block
            continue
        lead, before = _lead(waiting.text) if waiting is not None else ("", "")
        if before:
            yield from _paragraph(before)
        waiting = None
        if block.kind == "list":
            yield _list(block.text, lead)
        elif max(map(size, block.text.split("\n"))) > _WIDEST_ROW:
            yield from _paragraph(f"{lead}\n{_CELLS.sub(' ', block.text)}".strip())
        else:
            yield _table(block.text, lead)
    if waiting is not None:
        yield from _paragraph(waiting.text)


def _paragraph(text: str) -> Iterator[_Group]:
    if size(text) <= LIMIT:
        yield _Group((text,))
        return
    sentences = [s for sentence in _sentences(text) for s in _cut(sentence)]
    yield _Group(tuple(sentences), joint=" ")


def _sentences(text: str) -> list[str]:
    return [s for s in _SENTENCE.split(text) if s.strip()]


def _cut(sentence: str) -> list[str]:
    """Cut what is no sentence (a wall of words) at words."""
    if size(sentence) <= LIMIT:
        return [sentence]
    words = _PIECES.findall(sentence)
    step = max(1, math.floor(len(words) * LIMIT / size(sentence) * 0.8))
    return [" ".join(words[i : i + step]) for i in range(0, len(words), step)]


def _lead(text: str) -> tuple[str, str]:
    """Split a paragraph into what introduces the next list, and what stands before that."""
    if size(text) <= _LONGEST_LEAD:
        return text, ""
    if not text.rstrip().endswith(":"):
        return "", text
    sentences = _sentences(text)
    last = sentences[-1]
    if len(sentences) == 1 or size(last) > _LONGEST_LEAD:
        return "", text
    return last, text[: text.rindex(last)].rstrip()


def _list(text: str, lead: str) -> _Group:
    items = re.split(r"\n(?=(?:-|\d+\.) )", text)
    head = f"{lead}\n\n" if lead else ""
    return _Group(tuple(_pieces_of(items)), lead=head)


def _pieces_of(items: list[str]) -> Iterator[str]:
    """Give items whole; one too long for a passage by its sentences, nested lines by line."""
    for item in items:
        lines = item.split("\n") if size(item) > LIMIT else [item]
        for line in lines:
            yield from _cut_sentences(line)


def _cut_sentences(text: str) -> Iterator[str]:
    if size(text) <= LIMIT:
        yield text
        return
    for sentence in _sentences(text):
        yield from _cut(sentence)


def _table(text: str, lead: str) -> _Group:
    lines = text.split("\n")
    heads = 2 if len(lines) > 1 and _TABLE_RULE.match(lines[1]) else 0
    head = "".join(f"{line}\n" for line in lines[:heads])
    before = f"{lead}\n\n" if lead else ""
    return _Group(tuple(lines[heads:]), lead=before + head)


def _parts(groups: Iterable[_Group], room: int) -> Iterator[str]:
    """Pack groups into texts of at most about `room`; a group is cut only if it must be."""
    texts: list[str] = []
    for group in groups:
        whole = group.text(group.pieces)
        if texts and size(whole) + sum(map(size, texts)) > room:
            yield "\n\n".join(texts)
            texts = []
        if size(whole) <= room:
            texts.append(whole)
            continue
        *full, last = _cut_group(group, room)
        yield from full
        texts = [last]
    if texts:
        yield "\n\n".join(texts)


def _cut_group(group: _Group, room: int) -> list[str]:
    """Cut a group into parts of about the same length, each with its lead."""
    space = max(room - size(group.lead), room // 3)
    total = sum(map(size, group.pieces))
    target = total / math.ceil(total / space)
    parts: list[list[str]] = [[]]
    filled = 0
    for piece in group.pieces:
        over = filled + size(piece) > space or filled >= target
        if parts[-1] and over:
            parts.append([])
            filled = 0
        parts[-1].append(piece)
        filled += size(piece)
    return [group.text(part) for part in parts]

"""Say one piece of a passage with all that must stay with it, in the council's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chatbot.sentences import Piece, pieces
from chatbot.words import stems, words

_POINTS_BACK = re.compile(
    r"[\"'*_(]*(?:this|these|those|that|it|its|they|them|their|he|she|however|but|otherwise|if so"
    r"|if not|also|then|so|therefore|in (?:this|that|these|those) cases?|instead|such|note"
    r"|for example|unless|except|where this|mae hyn|fodd bynnag|ond)\b",
    re.I,
)
_BELONGS = re.compile(
    r"[\"'*_(]*(?:however|but|unless|except|only|otherwise|if|this|these|it|they|you (?:must|cannot"
    r"|can['’]t|should|will not|won['’]t|may|do not|don['’]t)|we (?:do not|don['’]t|will not"
    r"|won['’]t|cannot|can['’]t)|do not|don['’]t|note|important|where|when|after|before"
    r"|there (?:is|are) no|oni bai|ond|os)\b",
    re.I,
)
_CONDITIONS = re.compile(
    r"\b(?:if|unless|when|must|need|all|both|either|except|cannot|can['’]t|not|only"
    r"|os|oni bai|rhaid)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Length:
    """Words of an answer. A section or list up to `whole` is said whole; conditions may go on to
    `most`; so many words of the same paragraph may stand `before` the sentence that answers."""

    answer: int = 25
    whole: int = 45
    most: int = 80
    before: int = 0
    back: int = 50
    rows: int = 2


def compose(
    passage: str, headings: Sequence[str], liked: Sequence[Piece], length: Length
) -> tuple[str, str]:
    """Say the best liked piece with what belongs to it; returns Markdown and a verbatim quote.

    liked: pieces of the passage, the best first, with others only where they are nearly as good.
    """
    best = liked[0]
    if best.kind != "row" and _words(passage) <= length.whole:
        return _short(passage, headings, best)
    if best.kind == "row":
        return _rows(passage, headings, liked, length)
    if best.kind == "item":
        return _items(passage, headings, liked, length)
    said, quote = _prose(passage, best, length)
    return _placed(passage, headings, said), quote


def _placed(passage: str, headings: Sequence[str], said: str) -> str:
    """Put the headings above words whose opening makes sense only under them: "It costs £37."."""
    opening = next((said[one.start : one.end] for one in pieces(said)), said)
    lost = passage.startswith(opening) and _POINTS_BACK.match(opening)
    unnamed = stems(opening).isdisjoint(stems(" ".join(headings[-1:])))
    return _titled(_title(headings), said) if lost or unnamed else said


def _words(text: str) -> int:
    """Count words as a reader does: a table's rules and bars are none."""
    return len(words(text))


def _short(passage: str, headings: Sequence[str], best: Piece) -> tuple[str, str]:
    """Say a short passage whole; a bare list under its headings."""
    said = passage.strip()
    bare = best.kind == "item" and best.lead is None and pieces(passage)[0].block == best.block
    return (_titled(_title(headings), said) if bare else _placed(passage, headings, said)), said


def _rows(
    passage: str, headings: Sequence[str], liked: Sequence[Piece], length: Length
) -> tuple[str, str]:
    """Say table rows under their column heads; all of them where more are liked than have room."""
    best = liked[0]
    near = [piece for piece in liked if piece.kind == "row" and piece.block == best.block]
    table = [piece for piece in pieces(passage) if piece.block == best.block]
    short = _words(passage[table[0].start : table[-1].end]) <= length.most
    rows = table if len(near) > length.rows and short else near[: length.rows]
    rows = sorted(rows, key=lambda piece: piece.start)
    lines = [passage[row.start : row.end] for row in rows]
    has_head = best.lead and passage[best.lead[0]] == "|"
    head = passage[slice(*best.lead)] if best.lead and has_head else _rule(lines[0])
    title = _title(headings)
    return "\n".join(filter(None, [title and f"{title}\n", head, *lines])), _whole(passage, rows)


def _rule(row: str) -> str:
    """An empty head, without which Markdown shows no table."""
    columns = max(row.strip().strip("|").count("|") + 1, 1)
    return "|" + "   |" * columns + "\n|" + "---|" * columns


def _items(
    passage: str, headings: Sequence[str], liked: Sequence[Piece], length: Length
) -> tuple[str, str]:
    """Say a list with its lead-in: whole where it is short or a condition, else what was asked."""
    best = liked[0]
    everything = [piece for piece in pieces(passage) if piece.block == best.block]
    start = _lead_start(everything[0])
    whole = passage[start : everything[-1].end]
    announced = everything[0].lead is not None
    title = "" if announced else _title(headings)
    lead = passage[slice(*everything[0].lead)] if everything[0].lead else ""
    room = length.most if _CONDITIONS.search(lead or title) else length.whole
    if _words(whole) <= room:
        begin = _opening(passage, start, everything[-1].end, length) if announced else start
        quote = passage[_line_start(passage, begin) : everything[-1].end]
        return _titled(title, quote), quote
    chosen = sorted(
        (piece for piece in liked if piece.block == best.block), key=lambda piece: piece.start
    )
    lines: list[str] = []
    last = -1
    for piece in _with_parents(chosen, everything):
        at = everything.index(piece)
        if at != last + 1:
            lines.append("- …")
        lines.append(passage[_line_start(passage, piece.start) : piece.end])
        last = at
    if last + 1 < len(everything):
        lines.append("- …")
    said = "\n".join(lines)
    quote = passage[best.start : best.end]
    return _titled(lead or title, said), quote


def _opening(passage: str, start: int, end: int, length: Length) -> int:
    """Begin at the passage's opening words where there is room: they say what the list is about."""
    return 0 if _words(passage[:end]) <= length.answer else start


def _with_parents(chosen: Sequence[Piece], everything: Sequence[Piece]) -> list[Piece]:
    """Add the items that nested ones hang on, and the nested ones below a chosen item."""
    spans = {(piece.start, piece.end) for piece in chosen}
    above = {piece.lead for piece in chosen}
    return [
        piece
        for piece in everything
        if (piece.start, piece.end) in spans | above or piece.lead in spans
    ]


def _lead_start(first: Piece) -> int:
    return first.lead[0] if first.lead else first.start


def _line_start(passage: str, at: int) -> int:
    return passage.rfind("\n", 0, at) + 1


def _titled(title: str, said: str) -> str:
    return f"{title}\n\n{said}" if title else said


def _title(headings: Sequence[str]) -> str:
    names = (heading.strip().rstrip(":").replace("*", "") for heading in headings)
    path = ": ".join([*dict.fromkeys(filter(None, names))][-2:])
    return f"**{path}**" if path else ""


def _whole(passage: str, rows: Sequence[Piece]) -> str:
    """The rows as one verbatim quote where they stand together, else the first of them."""
    quote = passage[rows[0].start : rows[-1].end]
    return quote if quote.count("\n") == len(rows) - 1 else passage[rows[0].start : rows[0].end]


def _prose(passage: str, best: Piece, length: Length) -> tuple[str, str]:
    """Say a sentence and what follows it; what it points back to goes before it."""
    everything = pieces(passage)
    at = everything.index(best)
    begin = _begin(passage, everything, at, length)
    end = at
    while end + 1 < len(everything):
        upto = _group_end(everything, end + 1)
        following = everything[end + 1]
        length_said = _words(passage[everything[begin].start : everything[upto].end])
        belongs = _belongs(passage, everything[end], following)
        if length_said > (length.most if belongs else length.answer):
            break
        end = upto
    said = passage[everything[begin].start : everything[end].end]
    if end == at and said.rstrip("*_ ").endswith(":") and at + 1 < len(everything):
        return _beginning(passage, everything, begin, at, length)
    return said, said


def _begin(passage: str, everything: Sequence[Piece], at: int, length: Length) -> int:
    begin = at
    while begin and everything[begin - 1].block == everything[at].block:
        before = passage[everything[begin - 1].start : everything[at].start]
        points_back = _POINTS_BACK.match(passage, everything[begin].start)
        if _words(before) > (length.back if points_back else length.before):
            break
        begin -= 1
    return begin


def _group_end(everything: Sequence[Piece], at: int) -> int:
    """The last piece of the list or table that begins at a piece; a sentence is its own."""
    end = at
    while (
        everything[at].kind != "sentence"
        and end + 1 < len(everything)
        and everything[end + 1].block == everything[at].block
    ):
        end += 1
    return end


def _belongs(passage: str, before: Piece, following: Piece) -> bool:
    if following.kind != "sentence":
        return following.lead is not None and following.lead[0] == before.start
    return bool(_BELONGS.match(passage, following.start))


def _beginning(
    passage: str, everything: Sequence[Piece], begin: int, at: int, length: Length
) -> tuple[str, str]:
    """Say a lead-in with as much of its long list as there is room for, and say that it goes on."""
    end = at
    while (
        _words(passage[everything[begin].start : everything[end + 1].end]) <= length.answer
        and end + 2 < len(everything)
        and everything[end + 1].block == everything[at + 1].block
    ):
        end += 1
    said = passage[everything[begin].start : everything[end].end]
    return f"{said}\n- …" if everything[end].kind == "item" else said, said

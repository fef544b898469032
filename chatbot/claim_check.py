"""Tell whether a passage bears out a claim that was written from it. Pure; no model is asked.

Facts and names must stand in the sentences that the claim rests on; what is denied, demanded,
allowed or made conditional there must be so in the claim; and the meaning must be near.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chatbot.clauses import DENYING_STEMS, Clause, anchors, clauses, has_denial, said_alike
from chatbot.facts import facts, names
from chatbot.meanings import Vectors
from chatbot.sentences import Piece, pieces
from chatbot.words import stem, stems, words

Near = Callable[[str, Sequence[str]], Sequence[float] | Vectors]
"""Cosine of a text with each of the others."""

MOST_SUPPORT = 3


@dataclass(frozen=True, slots=True)
class Bounds:
    """How near a claim must be to its support, chosen on one half of the labelled claims.

    cover: share of its content words that the support holds, when the meaning says nothing.
    together: cover and cosine added. condition: share of a condition's words that stay.
    part: cosine of a part of the claim that shares hardly a word with its support.
    tied: clauses of the source that are as near as this share of the nearest are looked at too.
    """

    cover: float = 0.5
    together: float = 1.15
    condition: float = 0.34
    part: float = 0.3
    tied: float = 0.9


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a claim holds. support: the pieces of the passage it rests on. why: what is wrong."""

    support: tuple[Piece, ...] = ()
    why: str = ""

    @property
    def holds(self) -> bool:
        return not self.why and bool(self.support)


def check_claim(
    claim: str,
    passage: str,
    headings: Sequence[str] = (),
    *,
    near: Near | None = None,
    bounds: Bounds | None = None,
) -> Verdict:
    """Check one statement against the passage that it cites.

    headings: the page's title and the headings above the passage, which may hold names and facts.
    near: gives meaning a say; without it words alone decide.
    """
    bounds = bounds or Bounds()
    found = pieces(passage)
    if not found or not stems(claim):
        return Verdict(why="nothing to check")
    texts = [_whole(passage, piece) for piece in found]
    cosines = [float(cosine) for cosine in near(claim, texts)] if near else [0.0] * len(texts)
    chosen = _support(claim, texts, cosines)
    support = tuple(found[at] for at in sorted(chosen))
    said = "\n".join(dict.fromkeys(texts[at] for at in sorted(chosen)))
    why = (
        _facts_differ(claim, said, headings)
        or _clauses_differ(claim, [texts[at] for at in sorted(chosen)], bounds)
        or _opposites(claim, said)
        or _added(claim, said, headings, near, bounds)
        or _far(claim, said, headings, max(cosines[at] for at in chosen), bounds)
    )
    return Verdict(support, why)


def belongs_beside(
    everything: Sequence[Piece], used: Collection[Piece], passage: str
) -> list[Piece]:
    """Find sentences right beside the used ones that hold an exception, a limit or a deadline."""
    beside: list[Piece] = []
    for one, other in pairwise(everything):
        for piece, neighbour in ((one, other), (other, one)):
            new = piece not in used and piece not in beside
            if new and neighbour in used and piece.block == neighbour.block:
                beside += [piece] if _LIMITS.search(passage[piece.start : piece.end]) else []
    return beside


_LIMITS = re.compile(
    r"\b(?:unless|except|only|must|cannot|can['’]t|deadline|limit|at least|at most|no later|however"
    r"|not|oni bai|rhaid|dim ond)\b",
    re.I,
)


def _whole(passage: str, piece: Piece) -> str:
    """A piece with the words it hangs on."""
    own = passage[piece.start : piece.end]
    return f"{passage[slice(*piece.lead)]} {own}" if piece.lead else own


def _support(claim: str, texts: Sequence[str], cosines: Sequence[float]) -> set[int]:
    """Choose the few pieces that hold most of the claim: the best one, and what it lacks."""
    wanted = anchors(said_alike(claim))
    held = [anchors(said_alike(text)) for text in texts]

    def gain(at: int, missing: Collection[str]) -> float:
        return len(held[at] & set(missing)) / (len(wanted) or 1)

    best = max(range(len(texts)), key=lambda at: gain(at, wanted) + cosines[at])
    chosen = {best}
    while len(chosen) < min(MOST_SUPPORT, len(texts)):
        missing = wanted - frozenset().union(*(held[at] for at in chosen))
        further = max(
            (at for at in range(len(texts)) if at not in chosen),
            key=lambda at: gain(at, missing) + 0.1 * (at - 1 in chosen or at + 1 in chosen),
        )
        if gain(further, missing) < 0.2:
            break
        chosen.add(further)
    return chosen


# Facts and names


def _facts_differ(claim: str, said: str, headings: Sequence[str]) -> str:
    published = "\n".join((said, *headings))
    there = facts(published)
    known = Counter(fact.value for fact in there)
    bare = {fact.bare for fact in there}
    claimed = Counter(fact.value for fact in facts(_FIRST_OF_ALL.sub("", claim)))
    for value, times in claimed.items():
        if value not in known and not _same_otherwise(value, known, bare):
            return f"fact {value}"
        if times > 1 and times > known[value] > 0:
            return f"fact {value} again"
    rates, known_rates = _rates(claim), _rates(published)
    if rates and known_rates and not rates & known_rates:
        return f"fact each {sorted(rates)[0]}"
    known_names = {stem(word) for word in words(published)}
    known_names |= {f"{name}s" for name in known_names} | {n.removesuffix("s") for n in known_names}
    if unknown := names(claim) - known_names:
        return f"name {sorted(unknown)[0]}"
    return ""


def _same_otherwise(value: str, known: Collection[str], bare: Collection[str]) -> bool:
    """Tell facts that are said in another form: a month of a date, a number without its unit."""
    kind, _, figure = value.partition(":")
    if kind == "month_name":
        return any(one.startswith("date:") and one.endswith(figure) for one in known)
    if kind == "number":
        return figure in bare
    if kind == "months" and float(figure) % 12 == 0:
        return f"number:{float(figure) / 12:g}" in known
    if kind in _WEEKDAYS:
        return not any(one[:3] in _WEEKDAYS and one.endswith(f":{figure}") for one in known)
    return False


_RATE = re.compile(
    r"(?<!within )(?<!for )(?<!after )(?<!in )"
    r"\b(?:a|an|per|each|every) (day|night|week|fortnight|month|year|hour)\b"
    r"|\b(dai|week|fortnight|month|year|annual|hour)ly\b",
    re.I,
)


def _rates(text: str) -> set[str]:
    """List how often: "a month" and "monthly" are the same."""
    found = {(one or other).lower() for one, other in _RATE.findall(text)}
    return {{"dai": "day", "annual": "year"}.get(one, one) for one in found}


_FIRST_OF_ALL = re.compile(r"\bfirst\b(?= *(?:[:;,.]|$))", re.I)
_WEEKDAYS = frozenset("mon tue wed thu fri sat sun".split())


# What is denied, demanded, allowed, and on which condition


def _clauses_differ(claim: str, sentences: Sequence[str], bounds: Bounds) -> str:
    said = [part for sentence in sentences for part in clauses(sentence)]
    claimed = clauses(claim)
    owners: dict[str, int] = {}
    for clause in said:
        for anchor in clause.anchors:
            owners[anchor] = owners.get(anchor, 0) + 1
    aligned = [_nearest(clause, said, owners, bounds.tied) for clause in claimed]
    # "We will not take X that Y" may become "if it is Y, we will not take it".
    denied = {
        at
        for clause, nearest in zip(claimed, aligned, strict=True)
        for at in nearest
        if clause.denies and said[at].denies
    }
    everywhere = {word for clause in claimed for word in clause.words}
    used = {at for clause in claimed for at in _nearest(clause, said, owners, _SAME)}
    for clause, nearest in zip(claimed, aligned, strict=True):
        if not nearest and clause.denies and not any(other.denies for other in said):
            return "denies what is not said"
        otherwise = all(said[at].denies != clause.denies for at in nearest)
        if nearest and otherwise and (clause.denies or denied.isdisjoint(nearest)):
            return "denies or affirms otherwise"
        both = all("without" in said[at].words and has_denial(said[at].words) for at in nearest)
        if nearest and both and not has_denial(everywhere):
            return "leaves out a denial"
        if why := _force_differs(clause, claimed, [said[at] for at in nearest], said):
            return why
    return _condition_missing(claim, sentences, used, said, bounds)


_SAME = 0.95


def _nearest(
    clause: Clause, said: Sequence[Clause], owners: Mapping[str, int], tied: float
) -> list[int]:
    """Find the clauses of the source that say what a clause of the claim is about."""
    scores = [_overlap(clause, other, owners) for other in said]
    top = max(scores, default=0.0)
    return [at for at, score in enumerate(scores) if top and score >= tied * top]


def _overlap(clause: Clause, other: Clause, owners: Mapping[str, int]) -> float:
    own = sum(
        (1 + (anchor in DENYING_STEMS)) / owners[anchor]
        for anchor in clause.anchors & other.anchors
    )
    taken = clause.anchors & other.inherited - other.anchors
    return own + 0.8 * sum(1 / owners[anchor] for anchor in taken)


_DEMANDS = frozenset("must need needs needed required requires require compulsory needn't".split())
_DEMANDS_TO = re.compile(r"\b(?:have|has|had|having) (?:\w+ )?to\b|\bought to\b")
_ALLOWS = frozenset(
    "can may could might able allowed permitted possible entitled eligible possibly".split()
)
_BINDS = frozenset(
    """only if unless before until by once when where provided must need needs required from
    deadline within close closes limited evenif except""".split()
)
_HEDGES = frozenset(
    """some most many few several usually sometimes often normally typically generally may might
    aim aims can could should certain likely""".split()
)
_SOME = frozenset("some most many several usually sometimes often normally certain".split())
_ALL = frozenset("all every each everyone everybody everything always anyone any whatever".split())


def _demands(clause: Clause) -> bool:
    return clause.has(_DEMANDS) or bool(_DEMANDS_TO.search(" ".join(clause.words)))


def _force_differs(
    clause: Clause, claimed: Sequence[Clause], nearest: Sequence[Clause], said: Sequence[Clause]
) -> str:
    """Tell "can" from "must", "must not" from "need not", "only" and "some" from neither."""
    demands, allows = _demands(clause), clause.has(_ALLOWS)
    there_demands = any(_demands(other) and not other.denies for other in nearest)
    there_allows = any(other.has(_ALLOWS) for other in nearest)
    bound = any(other.has(_BINDS) for other in said)
    if demands and not clause.denies and there_allows and not there_demands and not bound:
        return "demands what is allowed"
    allowed = allows and not clause.denies and not any(map(_demands, claimed))
    if allowed and not clause.has(_ONLY) and there_demands and not there_allows:
        return "allows what is demanded"
    if clause.denies and _waived(clause, nearest):
        return "forbids or waives otherwise"
    return _narrower(clause, claimed, nearest)


def _waived(clause: Clause, nearest: Sequence[Clause]) -> bool:
    """Tell "must not" from "need not"."""
    waives = clause.has(_NEED_NOT)
    forbids = not waives and clause.has(_MUST)
    there_waives = any(other.has(_NEED_NOT) for other in nearest)
    there_forbids = any(other.has(_MUST) and other.denies for other in nearest)
    return (waives and there_forbids and not there_waives) or (
        forbids and there_waives and not there_forbids
    )


def _narrower(clause: Clause, claimed: Sequence[Clause], nearest: Sequence[Clause]) -> str:
    """Tell whether "some", "usually" or "only" was lost, or stands where all are meant."""
    everywhere = {word for other in claimed for word in other.words}
    if any(other.has(_SOME) for other in nearest) and _HEDGES.isdisjoint(everywhere):
        return "leaves out that it is not always so"
    if clause.denies:
        return ""
    if clause.has(_SOME) and any(other.has(_ALL) for other in nearest):
        return "says some where it is all"
    if any(other.has(_ONLY) for other in nearest) and _NARROWS.isdisjoint(everywhere):
        return "leaves out only"
    return ""


_MUST = frozenset({"must"})
_NEED_NOT = frozenset({"needn't"})
_ONLY = frozenset({"only"})
_NARROWS = frozenset(
    """only must need needs have has if unless without never not no just limited where when required
    provided except after before once until from""".split()
)


def _condition_missing(
    claim: str, sentences: Sequence[str], used: set[int], said: Sequence[Clause], bounds: Bounds
) -> str:
    """Tell whether a condition of what is claimed was dropped."""
    there = anchors(said_alike(claim))
    at = 0
    for sentence in sentences:
        own = clauses(sentence)
        for position, clause in enumerate(own):
            if not clause.condition or at + position in used:
                continue
            beside = position - 1 if position else 1
            if beside >= len(own) or at + beside not in used:
                continue
            alone = clause.anchors - own[beside].anchors
            if alone and _shared(alone, there) / len(alone) < bounds.condition:
                return "leaves out a condition"
        at += len(own)
    return ""


def _shared(one: Iterable[str], other: Collection[str]) -> int:
    return sum(anchor in other or _alike(anchor, other) for anchor in one)


def _alike(anchor: str, others: Collection[str]) -> bool:
    """Tell words of one family: regist(er), registr(ation)."""
    if ":" in anchor or len(anchor) < 5:
        return False
    return any(other[:5] == anchor[:5] for other in others if ":" not in other)


# Opposites

_PAIRS = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        ("before until till", "after"),
        (
            "more over above atleast exceed exceeds greater higher longer older further increase"
            " increases rise rises raises adds",
            "less fewer under below atmost lower shorter younger nearer decrease decreases reduce"
            " reduces fall falls",
        ),
        ("earlier", "later"),
        ("first", "last"),
        ("start starts begin begins open opens", "end ends finish finishes close closes"),
        ("advance", "arrears"),
        ("public", "private"),
        ("accept accepts accepted", "refuse refuses refused"),
        ("hot", "cold"),
        ("inside indoors", "outside outdoors"),
        ("half halved", "full"),
        ("weekday weekdays", "weekend weekends"),
        ("morning mornings", "afternoon afternoons evening evenings"),
        ("both", "either one"),
        ("on", "off"),
    )
)
_BEFORE_FACTS = (
    (_PAIRS[0][0] | {"by", "within"}, _PAIRS[0][1] | {"from", "once", "since", "following"}),
    _PAIRS[1],
    _PAIRS[4],
)
_WORDS_BEFORE = 5


def _opposites(claim: str, said: str) -> str:
    """Find a word whose opposite stands in the source, in all, or before the same fact."""
    claim, said = said_alike(claim), said_alike(said)
    claimed, there = words(claim), words(said)
    for one, other in _PAIRS:
        for this, that in ((one, other), (other, one)):
            if "on" in this | that:
                continue
            mine = not this.isdisjoint(claimed) and that.isdisjoint(claimed)
            theirs = not that.isdisjoint(there) and this.isdisjoint(there)
            if mine and theirs and not _turned_round(this, that, claimed, there):
                return f"opposite of {sorted(that & set(there))[0]}"
    before, after = _before_facts(claim), _before_facts(said)
    for fact in before.keys() & after.keys():
        if not before[fact] & after[fact] and any(
            (pair, 1 - side) in after[fact] for pair, side in before[fact]
        ):
            return f"opposite before {fact}"
    return ""


def _turned_round(
    this: Collection[str], that: Collection[str], claimed: Sequence[str], there: Sequence[str]
) -> bool:
    """Tell "B before A" from "after B, A": the same, with the words around changed over."""
    if "after" not in (*this, *that):
        return False
    _, after = _around(claimed, this)
    before_there, after_there = _around(there, that)
    return len(after & before_there) > len(after & after_there)


def _around(all_words: Sequence[str], some: Collection[str]) -> tuple[set[str], set[str]]:
    at = next(at for at, word in enumerate(all_words) if word in some)
    return (
        {stem(word) for word in all_words[:at]} & stems(" ".join(all_words)),
        {stem(word) for word in all_words[at + 1 :]} & stems(" ".join(all_words)),
    )


def _before_facts(text: str) -> dict[str, set[tuple[int, int]]]:
    """Say for each fact which words of a pair stand right before it: pair and side."""
    found: dict[str, set[tuple[int, int]]] = {}
    last = 0
    for fact in sorted(facts(text), key=lambda one: one.start):
        near = words(text[last : fact.start])[-_WORDS_BEFORE:]
        last = fact.start
        sides = found.setdefault(fact.value, set())
        for number, pair in enumerate(_BEFORE_FACTS):
            for word in reversed(near):
                side = 0 if word in pair[0] else 1 if word in pair[1] else None
                if side is not None:
                    sides.add((number, side))
                    break
    return found


# Meaning


def _added(
    claim: str, said: str, headings: Sequence[str], near: Near | None, bounds: Bounds
) -> str:
    """Find a part of the claim that has hardly anything of the source in it."""
    there = anchors(said_alike("\n".join((said, *headings))))
    for clause in clauses(claim):
        if len(clause.anchors) < 2 or _shared(clause.anchors, there) / len(clause.anchors) > 0.25:
            continue
        if not near or float(near(" ".join(clause.words), [said])[0]) < bounds.part:
            return "adds something"
    return ""


def _far(claim: str, said: str, headings: Sequence[str], cosine: float, bounds: Bounds) -> str:
    wanted = anchors(said_alike(claim))
    there = anchors(said_alike("\n".join((said, *headings))))
    cover = _shared(wanted, there) / len(wanted) if wanted else 0.0
    if cover + cosine < bounds.together and (cosine or cover < bounds.cover):
        return "says something else"
    return ""

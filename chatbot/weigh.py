"""Weigh the pieces of the passages found by how likely each of them answers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from chatbot.asked import asks_for, holds
from chatbot.meanings import Meanings
from chatbot.sentences import Piece, pieces
from chatbot.words import stems
from knowledge_base.types import Match

_BEFORE = 0.4
_LEAD = 0.7
_ABOVE = 0.5


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each sign counts for a piece.

    words: the question's words in it, on its lead-in and in the headings above it, the rarer the
    more. meaning: its cosine with the question. fact: the kind of fact asked for. passage: how
    well its passage was found. near: the meaning of the pieces beside it. past: what a piece
    loses whose time is over, such as last year's fees, and one whose time has not come.

    Fitted as one softmax over the pieces found for 168 questions about two councils, over the
    shares that a piece of the right page is the first. With each council's questions held out in
    fifths the 70 words weighed best held the answer for .74, .80 and .90 of three sets of
    questions; position, length and kind of a piece, the rank of its passage, its words alone, and
    late interaction over its tokens gave no more.
    """

    words: float = 0.45
    meaning: float = 0.5
    fact: float = 0.13
    passage: float = 0.5
    near: float = 0.12
    past: float = 0.2


@dataclass(frozen=True, slots=True)
class Read:
    """A piece as it is compared: its words, those it hangs on, and the headings above it."""

    piece: Piece
    said: str
    context: str
    own: frozenset[str]
    lead: frozenset[str]
    above: frozenset[str]
    facts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scored:
    """A piece with its passage and what speaks for it, each from 0 to 1 but `score`."""

    match: Match
    piece: Piece
    words: float
    meaning: float
    fact: float
    score: float

    @property
    def said(self) -> str:
        return self.match.text[self.piece.start : self.piece.end]


def weigh(
    text: str, matches: Sequence[Match], weights: Weights, meanings: Meanings | None, past: set[str]
) -> list[Scored]:
    """Weigh every piece of the matches against the question, best first.

    past: ids of the matches whose time is over or has not come.
    """
    found = [(match, read) for match in matches for read in read_pieces(_shown(match))]
    if not found:
        return []
    asked = asks_for(now(text))
    stems_asked = question_weights(text, [read.own | read.lead | read.above for _, read in found])
    near = meanings.near(text, [read.context for _, read in found]) if meanings else None
    cosines = [float(cosine) for cosine in near] if near is not None else [0.0] * len(found)
    top = max(match.score for match in matches) or 1.0
    scored = []
    for at, (match, read) in enumerate(found):
        words = _cover(read, stems_asked)
        fact = len(asked & read.facts) / len(asked) if asked else 0.0
        score = (
            weights.words * words
            + weights.meaning * cosines[at]
            + weights.fact * fact
            + weights.passage * match.score / top
            + weights.near * _beside(at, found, cosines)
            - weights.past * (match.id in past)
        )
        scored.append(Scored(match, read.piece, words, cosines[at], fact, score))
    return sorted(scored, key=lambda one: -one.score)


def now(text: str) -> str:
    """The message itself, without the earlier one that a follow-up was joined to."""
    return text.rpartition("\n")[2]


def question_weights(text: str, contexts: Sequence[frozenset[str]]) -> dict[str, float]:
    """Weigh the question's stems by how rare they are among the pieces.

    A stem that no piece holds is taken for the one it is nearest to in spelling. The earlier
    message of a follow-up, the lines above the last, counts less than half.
    """
    vocabulary = Counter(stem for context in contexts for stem in context)
    before = text.rpartition("\n")[0]
    weights: dict[str, float] = {}
    for share, words in ((_BEFORE, before), (1.0, now(text))):
        for word in stems(words):
            known = _nearest(word, vocabulary)
            rarity = math.log(1 + (len(contexts) + 0.5) / (vocabulary[known] + 0.5))
            weights[known] = max(weights.get(known, 0.0), share * rarity)
    return weights


@lru_cache(maxsize=2_000)
def read_pieces(shown: tuple[str, str]) -> tuple[Read, ...]:
    """Read the pieces of a passage under its headings; remembered, as pages answer again."""
    text, headings = shown
    above = stems(headings)
    return tuple(_read(text, piece, headings, above) for piece in pieces(text))


def _shown(match: Match) -> tuple[str, str]:
    return match.text, " ".join((match.title, *match.headings))


def _read(text: str, piece: Piece, headings: str, above: frozenset[str]) -> Read:
    said = text[piece.start : piece.end]
    lead = text[slice(*piece.lead)] if piece.lead else ""
    context = " ".join(filter(None, (headings, lead, said)))
    return Read(piece, said, context, stems(said), stems(lead), above, holds(said))


def _cover(read: Read, asked: Mapping[str, float]) -> float:
    held = sum(
        weight
        * (
            1.0
            if stem in read.own
            else _LEAD
            if stem in read.lead
            else _ABOVE
            if stem in read.above
            else 0.0
        )
        for stem, weight in asked.items()
    )
    return held / (sum(asked.values()) or 1.0)


def _beside(at: int, found: Sequence[tuple[Match, Read]], cosines: Sequence[float]) -> float:
    """The best meaning of the pieces before and after, in the same passage."""
    return max((cosines[other] for other in _neighbours(at, found)), default=cosines[at])


def _neighbours(at: int, found: Sequence[tuple[Match, Read]]) -> Iterator[int]:
    for other in (at - 1, at + 1):
        if 0 <= other < len(found) and found[other][0] is found[at][0]:
            yield other


def _nearest(stem: str, vocabulary: Mapping[str, int]) -> str:
    if stem in vocabulary or len(stem) < 4 or not stem.isalpha():
        return stem
    near = get_close_matches(stem, [v for v in vocabulary if v[0] == stem[0]], n=1, cutoff=0.82)
    return near[0] if near else stem

"""Answer in the council's own sentences: pick the piece that answers, keep what belongs to it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from chatbot.asked import asks_for, holds
from chatbot.compose import Length, compose
from chatbot.meanings import Embed, Meanings
from chatbot.sentences import Piece, pieces
from chatbot.threads import in_thread
from chatbot.types import Claim
from chatbot.words import stems
from knowledge_base.types import Match
PASSAGES = 4


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each sign counts for a piece: the question's words in it, its meaning, the kind
    of fact asked for, and how well its passage was found."""

    words: float = 0.3
    meaning: float = 0.8
    fact: float = 0.08
    passage: float = 0.4
    margin: float = 0.03


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When the passages are too weak to answer from."""

    similarity: float = 0.30
    overlap: float = 0.35


@dataclass(frozen=True, slots=True)
class Scored:
    """A piece with its passage and what speaks for it, each from 0 to 1 but `score`."""

    match: Match
    piece: Piece
    words: float
    meaning: float
    fact: float
    score: float


class Extractive:
    """Writes claims from passages without a language model.

    embed: gives the meaning of pieces a say; without it words alone choose among them.
    """

    def __init__(
        self,
        embed: Embed | None = None,
        *,
        weights: Weights = Weights(),
        thresholds: Thresholds = Thresholds(),
        length: Length = Length(),
    ) -> None:
        self._meanings = Meanings(embed) if embed else None
        self.weights = weights
        self.thresholds = thresholds
        self.length = length

    async def __call__(self, text: str, matches: Sequence[Match]) -> Sequence[Claim]:
        return await in_thread(self.write, text, matches)

    def write(self, text: str, matches: Sequence[Match]) -> tuple[Claim, ...]:
        """Answer from the matches, best first; nothing where they do not seem to answer."""
        scored = self.score(text, matches)
        if not scored or not self.answers(text, scored):
            return ()
        best = scored[0]
        liked = [
            one.piece
            for one in scored
            if one.match is best.match and one.score >= best.score - self.weights.margin
        ]
        said, quote = compose(best.match.text, best.match.headings, liked, self.length)
        return (Claim(said, best.match.id, quote),)

    def answers(self, text: str, scored: Sequence[Scored]) -> bool:
        return True

    def score(self, text: str, matches: Sequence[Match]) -> list[Scored]:
        """Weigh every piece of the matches against the question, best first."""
        found = [(match, piece) for match in matches[:PASSAGES] for piece in pieces(match.text)]
        if not found:
            return []
        weights = question_weights(text, [" ".join(_context(*one)) for one in found])
        meanings = self._near(text, found)
        asked = asks_for(text.split("\n")[-1])
        top = max(match.score for match in matches) or 1.0
        scored = [
            self._scored(match, piece, weights, meaning, asked, match.score / top)
            for (match, piece), meaning in zip(found, meanings, strict=True)
        ]
        return sorted(scored, key=lambda one: -one.score)

    def _scored(
        self,
        match: Match,
        piece: Piece,
        weights: Mapping[str, float],
        meaning: float,
        asked: frozenset[str],
        passage: float,
    ) -> Scored:
        own, lead, above = (stems(part) for part in _context(match, piece))
        words = sum(
            weight * (1.0 if w in own else 0.7 if w in lead else 0.5 if w in above else 0.0)
            for w, weight in weights.items()
        )
        words /= sum(weights.values()) or 1.0
        fact = len(asked & holds(_said(match, piece))) / len(asked) if asked else 0.0
        use = self.weights
        score = (
            use.words * words + use.meaning * meaning + use.fact * fact + use.passage * passage
        )
        return Scored(match, piece, words, meaning, fact, score)

    def _near(self, text: str, found: Sequence[tuple[Match, Piece]]) -> Sequence[float]:
        if self._meanings is None:
            return [0.0] * len(found)
        texts = [" ".join(filter(None, reversed(_context(*one)))) for one in found]
        return [float(cosine) for cosine in self._meanings.near(text, texts)]


def question_weights(text: str, contexts: Sequence[str]) -> dict[str, float]:
    """Weigh the question's stems by how rare they are among the pieces.

    A stem that no piece holds is taken for the one it is nearest to in spelling. The earlier
    message of a follow-up, the lines above the last, counts less than half.
    """
    vocabulary = Counter(stem for context in contexts for stem in stems(context))
    *before, now = text.split("\n")
    weights: dict[str, float] = {}
    for share, words in ((0.4, " ".join(before)), (1.0, now)):
        for word in stems(words):
            known = _nearest(word, vocabulary)
            rarity = math.log(1 + (len(contexts) + 0.5) / (vocabulary[known] + 0.5))
            weights[known] = max(weights.get(known, 0.0), share * rarity)
    return weights


def _nearest(stem: str, vocabulary: Mapping[str, int]) -> str:
    if stem in vocabulary or len(stem) < 4 or not stem.isalpha():
        return stem
    near = get_close_matches(stem, [v for v in vocabulary if v[0] == stem[0]], n=1, cutoff=0.82)
    return near[0] if near else stem


def _said(match: Match, piece: Piece) -> str:
    return match.text[piece.start : piece.end]


def _context(match: Match, piece: Piece) -> tuple[str, str, str]:
    """A piece's own words, the words it hangs on, and the headings above it."""
    lead = match.text[slice(*piece.lead)] if piece.lead else ""
    return _said(match, piece), lead, " ".join((match.title, *match.headings))


"""Answer in the council's own sentences: pick the piece that answers, keep what belongs to it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from chatbot.asked import asks_for, holds
from chatbot.compose import Length, compose
from chatbot.meanings import Embed, Meanings
from chatbot.sentences import Piece, pieces
from chatbot.threads import in_thread
from chatbot.types import Claim
from chatbot.words import stems
from knowledge_base.types import Match

PASSAGES = 3

_USUAL_MARGIN = 0.3
_FEW = 4
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each sign counts for a piece: the question's words in it, its meaning, the kind
    of fact asked for, and how well its passage was found.

    On 250 questions about government pages the best piece of the page was one that answers in
    .61 by words alone, in .72 with meaning at these weights. margin: pieces that come so near to
    the best one are said as well.
    """

    words: float = 0.3
    meaning: float = 0.8
    fact: float = 0.08
    passage: float = 0.7
    margin: float = 0.03


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When the matches are too weak to answer from.

    strength: similarity + overlap (each the best of the first three) + margin, where margin is
        how far the last score falls below the first, as a share of it, so that it does not hang
        on the scale of the scores. Of twelve sums tried on 41 development questions about a
        city and 150 about government rules, each with and without its page in the index, this
        was among the best on all (AUC 0.79 and 0.76 for a page taken away, 0.99 for another
        subject; similarity alone 0.66, 0.63 and 0.93). At 1.0 it lets through 19 of 22 and 124
        of 125 whose passage was found, and stops 17 of 31 whose page was taken away and 5 of 10
        that no page answers. Whom it stops is still led to the nearest page.
    overlap: takes its place where there is no similarity.
    """

    strength: float = 1.0
    overlap: float = 0.45


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
        weights: Weights | None = None,
        thresholds: Thresholds | None = None,
        length: Length | None = None,
    ) -> None:
        self._meanings = Meanings(embed) if embed else None
        self.weights = weights or Weights()
        self.thresholds = thresholds or Thresholds()
        self.length = length or Length()

    async def __call__(self, text: str, matches: Sequence[Match]) -> Sequence[Claim]:
        return await in_thread(self.write, text, matches)

    def write(self, text: str, matches: Sequence[Match]) -> tuple[Claim, ...]:
        """Answer from the matches, best first; nothing where they do not seem to answer."""
        if not strong(matches, self.thresholds):
            return ()
        scored = [one for one in self.score(text, matches) if not unknown_year(text, one.match)]
        if not scored:
            return ()
        near = [one for one in scored if one.score >= scored[0].score - self.weights.margin]
        first = self._claim(near)
        unsaid = [one for one in near if not _says(first, _said(one.match, one.piece))]
        if not unsaid:
            return (first,)
        second = self._claim(unsaid)
        room = len(first.text.split()) + len(second.text.split()) <= self.length.most
        return (first, second) if room and not _says(first, second.text) else (first,)

    def _claim(self, liked: Sequence[Scored]) -> Claim:
        """Say the first of the liked pieces, with others of its passage where they belong to it."""
        match = liked[0].match
        same = [one.piece for one in liked if one.match is match]
        said, quote = compose(match.text, match.headings, same, self.length)
        return Claim(said, match.id, quote)

    def score(self, text: str, matches: Sequence[Match]) -> list[Scored]:
        """Weigh every piece of the matches against the question, best first."""
        found = [(match, piece) for match in matches[:PASSAGES] for piece in pieces(match.text)]
        if not found:
            return []
        weights = question_weights(text, [" ".join(_context(*one)) for one in found])
        meanings = self._near(text, found)
        asked = asks_for(now(text))
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
        score = use.words * words + use.meaning * meaning + use.fact * fact + use.passage * passage
        return Scored(match, piece, words, meaning, fact, score)

    def _near(self, text: str, found: Sequence[tuple[Match, Piece]]) -> Sequence[float]:
        if self._meanings is None:
            return [0.0] * len(found)
        texts = [" ".join(filter(None, reversed(_context(*one)))) for one in found]
        return [float(cosine) for cosine in self._meanings.near(text, texts)]


def strong(matches: Sequence[Match], thresholds: Thresholds) -> bool:
    """Tell whether the matches are near enough to the question to answer from them."""
    if not matches:
        return False
    overlap = max(match.overlap for match in matches[:3])
    known = [match.similarity for match in matches[:3] if match.similarity is not None]
    if not known:
        return overlap >= thresholds.overlap
    first, last = matches[0].score, matches[-1].score
    margin = 1 - last / first if first and len(matches) >= _FEW else _USUAL_MARGIN
    return max(known) + overlap + margin >= thresholds.strength


def now(text: str) -> str:
    """The message itself, without the earlier one that a follow-up was joined to."""
    return text.rpartition("\n")[2]


def unknown_year(text: str, match: Match) -> bool:
    """Tell whether a question asks of a year to come that the passage does not speak of."""
    asked = {year for year in _YEAR.findall(now(text)) if int(year) > date.today().year}
    published = " ".join((match.text, match.title, *match.headings))
    return bool(asked) and asked.isdisjoint(_YEAR.findall(published))


def question_weights(text: str, contexts: Sequence[str]) -> dict[str, float]:
    """Weigh the question's stems by how rare they are among the pieces.

    A stem that no piece holds is taken for the one it is nearest to in spelling. The earlier
    message of a follow-up, the lines above the last, counts less than half.
    """
    vocabulary = Counter(stem for context in contexts for stem in stems(context))
    before = text.rpartition("\n")[0]
    weights: dict[str, float] = {}
    for share, words in ((0.4, before), (1.0, now(text))):
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


def _says(claim: Claim, text: str) -> bool:
    """Tell whether a claim says a text already, also in nearly the same words."""
    asked = stems(text)
    return text in claim.text or len(asked & stems(claim.text)) >= 0.75 * len(asked)


def _said(match: Match, piece: Piece) -> str:
    return match.text[piece.start : piece.end]


def _context(match: Match, piece: Piece) -> tuple[str, str, str]:
    """A piece's own words, the words it hangs on, and the headings above it."""
    lead = match.text[slice(*piece.lead)] if piece.lead else ""
    return _said(match, piece), lead, " ".join((match.title, *match.headings))

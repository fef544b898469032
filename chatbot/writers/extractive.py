"""Answer in the council's own sentences: pick the piece that answers, keep what belongs to it."""

from __future__ import annotations

import math
import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches

from chatbot.asked import asks_for, holds
from chatbot.compose import Length, compose
from chatbot.figures import MONTHS
from chatbot.meanings import Embed, Meanings
from chatbot.sentences import Piece, pieces
from chatbot.threads import in_thread
from chatbot.types import Claim
from chatbot.words import stems
from knowledge_base.types import Match

PASSAGES = 3

_USUAL_MARGIN = 0.3
_FEW = 4
_MANY = 10
_FOR_A_WORD = 0.05
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_UNTIL = re.compile(
    rf"(?:\b(?:to|until|till|up to)\b|[-–]) ?(\d{{1,2}}) ({'|'.join(MONTHS)}) ((?:19|20)\d\d)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each sign counts for a piece: the question's words in it, its meaning, the kind
    of fact asked for, and how well its passage was found.

    On 250 questions about government pages the best piece of the page was one that answers in
    .61 by words alone, in .72 with meaning at these weights. past: what a piece loses whose time
    is over, such as last year's fees. margin: pieces that come so near to the best one are said
    as well.
    """

    words: float = 0.3
    meaning: float = 0.8
    fact: float = 0.12
    past: float = 0.2
    passage: float = 0.7
    margin: float = 0.03


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When the matches are too weak to answer from.

    strength: how sure it has to be, see `strength`. On 91 questions with an answer and 32 without
        one, about two councils, this lets 68 right answers through and 21 that are wrong or not
        to be had (without any threshold 80 and 37). Questions that a page of another body or a
        personal account would answer look like any other here: telling them apart is a route's.
    similarity: below it no passage is about the question by its meaning.
    overlap: then its words must be; they alone decide where there is no index of meaning.
    """

    strength: float = 1.65
    similarity: float = 0.3
    overlap: float = 0.45


@dataclass(frozen=True, slots=True)
class Scored:
    """A piece with its passage and what speaks for it, each from 0 to 1 but `score`."""

    match: Match
    piece: Piece
    words: float
    meaning: float
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
        scored = [one for one in self.score(text, matches) if not unknown_year(text, one.match)]
        if not scored or not self._sure(text, matches, scored):
            return ()
        near = [one for one in scored if self._as_good(one, scored[0])]
        first = self._claim(near)
        unsaid = [
            one
            for one in near
            if not _says(first, _said(one.match, one.piece)) and not _one_table(near[0], one)
        ]
        if not unsaid:
            return (first,)
        second = _untitled(self._claim(unsaid), first)
        room = len(first.text.split()) + len(second.text.split()) <= self.length.most
        return (first, second) if room and not _says(first, second.text) else (first,)

    def _as_good(self, one: Scored, best: Scored) -> bool:
        """Tell what is said with the best piece: what comes near to it, and rows of its table
        that hold as much of the question, for nothing tells which of them is meant."""
        near = one.score >= best.score - self.weights.margin
        return near or (_one_table(best, one) and one.words >= best.words > 0)

    def _sure(self, text: str, matches: Sequence[Match], scored: Sequence[Scored]) -> bool:
        """Tell whether the best piece is near enough to the question to answer with it."""
        found = strength(text, matches, scored)
        if found is not None and found < self.thresholds.strength:
            return False
        if found is None or self._is_far(matches):
            return max(match.overlap for match in matches[:PASSAGES]) >= self.thresholds.overlap
        return True

    def _is_far(self, matches: Sequence[Match]) -> bool:
        """Tell whether nothing is near: the best of such passages stands out by chance."""
        return max(match.similarity or 0.0 for match in matches) < self.thresholds.similarity

    def _claim(self, liked: Sequence[Scored]) -> Claim:
        """Say the first of the liked pieces, with others of its passage where they belong to it."""
        match = liked[0].match
        same = [one.piece for one in liked if one.match is match]
        said, quote = compose(match.text, (match.title, *match.headings), same, self.length)
        return Claim(said, match.id, quote)

    def score(self, text: str, matches: Sequence[Match]) -> list[Scored]:
        """Weigh every piece of the matches against the question, best first."""
        over = [match for match in matches if is_over(text, match)]
        current = [match for match in matches if match not in over][:PASSAGES]
        looked = [match for match in matches if match in current or match in over[:PASSAGES]]
        found = [(match, piece) for match in looked for piece in pieces(match.text)]
        if not found:
            return []
        weights = question_weights(text, [" ".join(_context(*one)) for one in found])
        meanings = self._near(text, found)
        asked = asks_for(now(text))
        top = max(match.score for match in matches) or 1.0
        scored = [
            self._scored(match, piece, weights, meaning, asked, match.score / top, match in over)
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
        over: bool,
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
        score -= use.past * over
        return Scored(match, piece, words, meaning, score)

    def _near(self, text: str, found: Sequence[tuple[Match, Piece]]) -> Sequence[float]:
        if self._meanings is None:
            return [0.0] * len(found)
        texts = [" ".join(filter(None, reversed(_context(*one)))) for one in found]
        return [float(cosine) for cosine in self._meanings.near(text, texts)]


def strength(text: str, matches: Sequence[Match], scored: Sequence[Scored]) -> float | None:
    """Add up what speaks for an answer; None where the index of meaning was not used.

    The best similarity of a passage and the meaning of the best piece tell how near they are; how
    far the last passage falls below the first, as a share of it, and how far the best passage and
    the best piece of another page fall below the best ones, tell whether one page stands out. No
    passage is very near to a question of many words, so the number of its words counts too.
    """
    known = [match.similarity for match in matches[:PASSAGES] if match.similarity is not None]
    if not known:
        return None
    best = scored[0]
    meaning = best.meaning or best.match.similarity or 0.0
    first, last = matches[0].score, matches[-1].score
    margin = 1 - last / first if first and len(matches) >= _FEW else _USUAL_MARGIN
    words = min(len(stems(now(text))), _MANY) * _FOR_A_WORD
    pieces_lead = _lead((s.match.page_url, _said(s.match, s.piece), s.score) for s in scored)
    passages_lead = _lead((match.page_url, match.text, match.score) for match in matches)
    return max(known) + meaning + margin + pieces_lead + passages_lead + words


def _lead(ranked: Iterator[tuple[str, str, float]]) -> float:
    """How far the first lies before the best of another page that says something else.

    ranked: page, words and score of each, best first; as lazily as they come.
    """
    page, words, score = next(ranked)
    said = stems(words)
    for other_page, other_words, other_score in ranked:
        if other_page != page and not _nearly_all(stems(other_words), said):
            return min(score - other_score, _USUAL_MARGIN)
    return _USUAL_MARGIN


def _nearly_all(asked: frozenset[str], said: frozenset[str]) -> bool:
    return len(asked & said) >= 0.75 * len(asked)


def now(text: str) -> str:
    """The message itself, without the earlier one that a follow-up was joined to."""
    return text.rpartition("\n")[2]


def unknown_year(text: str, match: Match) -> bool:
    """Tell whether a question asks of a year to come that the passage does not speak of."""
    asked = {year for year in _YEAR.findall(now(text)) if int(year) > date.today().year}
    published = " ".join((match.text, match.title, *match.headings))
    return bool(asked) and asked.isdisjoint(_YEAR.findall(published))


def is_over(text: str, match: Match) -> bool:
    """Tell whether a passage stands under a heading whose time is over, unless asked for a year."""
    ends = [_day(*end) for heading in match.headings for end in _UNTIL.findall(heading)]
    return bool(ends) and max(ends) < date.today() and not _YEAR.search(now(text))


def _day(day: str, month: str, year: str) -> date:
    at = MONTHS.index(month.lower()) + 1
    return date(int(year), at, min(int(day), monthrange(int(year), at)[1]) or 1)


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


def _untitled(claim: Claim, before: Claim) -> Claim:
    """Leave out the title that the claim before stands under already."""
    title, _, said = claim.text.partition("\n\n")
    repeated = title.startswith("**") and before.text.startswith(f"{title}\n\n")
    return replace(claim, text=said) if repeated and said else claim


def _says(claim: Claim, text: str) -> bool:
    """Tell whether a claim says a text already, also in nearly the same words."""
    return text in claim.text or _nearly_all(stems(text), stems(claim.text))


def _one_table(one: Scored, other: Scored) -> bool:
    """Tell rows of one table, which are said together or left out together."""
    rows = one.piece.kind == other.piece.kind == "row"
    return rows and one.match is other.match and one.piece.block == other.piece.block


def _said(match: Match, piece: Piece) -> str:
    return match.text[piece.start : piece.end]


def _context(match: Match, piece: Piece) -> tuple[str, str, str]:
    """A piece's own words, the words it hangs on, and the headings above it."""
    lead = match.text[slice(*piece.lead)] if piece.lead else ""
    return _said(match, piece), lead, " ".join((match.title, *match.headings))

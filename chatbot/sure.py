"""Judge whether the passages found hold the answer, from several signs together."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from chatbot.weigh import Scored, now
from chatbot.words import content_words, stems
from knowledge_base.types import Match

_FIRST = 3
_FEW = 4
_MANY = 10
_USUAL = 0.3
_MET = 0.6
_FAR = 0.33
_NOT_HERE = 0.5
# A stranger among four words tells less than one among three.
_TELLS = {4: 0.4}
_NAME = re.compile(
    r"\bname of the (?!form|street|road|park|benefit|scheme|fund|school)"
    r"|\b(?:man|men)['’]?s? name\b"
    r"|\bwho(?:['’]?s| is| are) (?:the |your |my |our )?(?:\w+ ){0,2}"
    r"(?:manager|head|boss|leader|mayor|director|chief|officer|councillor|mp|driver)s?\b",
    re.I,
)
_SOMEBODY = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Dr|Cllr|Councillor|Sir) [A-Z]|\b(?:is|:) [A-Z][a-z]+ [A-Z][a-z]+\b"
)
_PLACE = re.compile(r"\b(?:in|at|from|to|for) (?:the )?([^\W\d_]{4,})\s*[?.!]*$")


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for an answer, each from 0 to 1.

    similarity: of the best passage. meaning: of the best piece. found: the search's own score of
    the first passage. drop: how far the last passage falls below the first. pieces_lead,
    passages_lead: how far the best lies before what another page says. words: how many words the
    question has, as no passage is very near to many. met: how many of them the best passage
    meets. stranger: a question of few words has one that no passage found comes near to: pages
    about leisure centres without a word like "sauna" do not say whether there is one.
    elsewhere: it ends on such a word as a place, "in Cardiff".
    """

    similarity: float
    meaning: float
    found: float
    drop: float
    pieces_lead: float
    passages_lead: float
    words: float
    met: float
    stranger: float
    elsewhere: float


@dataclass(frozen=True, slots=True)
class Sureness:
    """What each sign counts in the log odds that a question has its answer on the pages.

    least: odds from which on a question is answered; the lower, the readier.

    Fitted by logistic regression, with an L2 penalty of .02 on signs of variance 1, on 168
    questions that the pages of two councils answer, 59 that they do not, and the 168 again with
    the pages that answer taken out of what was found, each of these counting a fifth. With ten
    folds, each question held out in turn, an answered question stands before an unanswered one
    in .77 of the pairs (.73 with the sum of five signs that was used before), and at this `least`
    .08 of the questions with an answer are left (.03 to .06 of a council's own, .13 of those
    that were written to be hard) and .36 of those without one stopped. What a personal account or
    another body would answer looks like any other question here: telling it apart is a route's.
    """

    similarity: float = 1.2
    meaning: float = 0.4
    found: float = 4.6
    drop: float = 2.9
    pieces_lead: float = 2.2
    passages_lead: float = 0.9
    words: float = 0.8
    met: float = 1.1
    stranger: float = -1.3
    elsewhere: float = -2.1
    bias: float = -3.8
    least: float = -0.4

    def is_enough(self, signs: Signs) -> bool:
        """Tell whether to answer."""
        return self.odds(signs) >= self.least

    def odds(self, signs: Signs) -> float:
        """Add the signs up to log odds; 0 is as likely as not."""
        counts, values = asdict(self), asdict(signs)
        return self.bias + math.fsum(counts[name] * value for name, value in values.items())


def read_signs(text: str, matches: Sequence[Match], scored: Sequence[Scored]) -> Signs | None:
    """Read the signs off what was found; None where the index of meaning was not used."""
    known = [match.similarity for match in matches[:_FIRST] if match.similarity is not None]
    if not known:
        return None
    best = scored[0]
    first, last = matches[0].score, matches[-1].score
    met = words_met(now(text), matches[:1])
    strangers = frozenset(w for w, near in words_met(now(text), matches).items() if near < _FAR)
    place = _PLACE.search(now(text).lower())
    return Signs(
        similarity=max(known),
        meaning=best.meaning or best.match.similarity or 0.0,
        found=first,
        drop=1 - last / first if first and len(matches) >= _FEW else _USUAL,
        pieces_lead=_lead((one.match.page_url, one.said, one.score) for one in scored),
        passages_lead=_lead((match.page_url, match.text, match.score) for match in matches),
        words=min(len(stems(now(text))), _MANY) / _MANY,
        met=min(sum(near > _MET for near in met.values()), 6) / 6 if met else 0.5,
        stranger=_TELLS.get(len(met), 0.0 if len(met) > _FIRST else 1.0) if strangers else 0.0,
        elsewhere=float(
            bool(place and words_met(now(text), matches).get(place[1], 1.0) < _NOT_HERE)
        ),
    )


def asks_for_a_name(text: str) -> bool:
    """Tell whether a person's name is asked for, which pages hold for few."""
    return bool(_NAME.search(text))


def names_somebody(text: str) -> bool:
    """Tell whether a text seems to hold a person's name or post."""
    return bool(_SOMEBODY.search(text))


def words_met(text: str, matches: Sequence[Match]) -> Mapping[str, float]:
    """Say of each word that means something how near any of the passages comes to it."""
    met: dict[str, float] = {}
    meaningful = content_words(text)
    for match in matches:
        for word, near in match.met:
            if word in meaningful:
                met[word] = max(met.get(word, 0.0), near)
    return met


def _lead(ranked: Iterable[tuple[str, str, float]]) -> float:
    """How far the first lies before the best of another page that says something else.

    ranked: page, words and score of each, best first; as lazily as they come.
    """
    each = iter(ranked)
    page, words, score = next(each)
    said = stems(words)
    for other_page, other_words, other_score in each:
        if other_page != page and not nearly_all(stems(other_words), said):
            return min(score - other_score, _USUAL)
    return _USUAL


def nearly_all(asked: frozenset[str], said: frozenset[str]) -> bool:
    """Tell whether a text says nearly all that another says."""
    return len(asked & said) >= 0.75 * len(asked)

"""Measure finding: is the right page first, and is the answering sentence within reach?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from evals.cases import Case
from knowledge_base.types import Match

# What a citizen reads at a glance, and what a model is given.
WORDS_WITHIN = (150, 400)
PAGES_AT = (1, 3, 5)

_NOT_WORD = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Found:
    """How one case fared. rank: of the right page among the pages found, from 1; 0 for absent.

    within: by number of words, whether a quote stands in the first words of the passages found.
    """

    case: Case
    rank: int
    within: Mapping[int, bool]


def judge(case: Case, matches: Sequence[Match]) -> Found:
    """Say how a search did on one answerable case."""
    pages = list(dict.fromkeys(match.page_url for match in matches))
    words = " ".join(match.text for match in matches).split()
    return Found(
        case,
        rank=pages.index(case.page) + 1 if case.page in pages else 0,
        within={number: _holds(words[:number], case.quotes) for number in WORDS_WITHIN},
    )


def measure(cases: Sequence[Case], find: Callable[[str], Sequence[Match]]) -> list[Found]:
    """Search for every answerable case; a follow-up is searched with the turn before it."""
    return [
        judge(case, find(" ".join([*case.history[-1:], case.question])))
        for case in cases
        if case.answerable
    ]


def summarise(found: Sequence[Found]) -> dict[str, float]:
    """Give the shares over all cases by the field's names, and the mean reciprocal rank."""
    number = len(found) or 1
    shares = {f"page@{k}": sum(0 < f.rank <= k for f in found) / number for k in PAGES_AT}
    quotes = {f"quote@{w}": sum(f.within[w] for f in found) / number for w in WORDS_WITHIN}
    mean = sum(1 / f.rank for f in found if f.rank) / number
    return {**shares, **quotes, "MRR": mean, "questions": float(len(found))}


def _holds(words: Sequence[str], quotes: Sequence[str]) -> bool:
    text = _plain(" ".join(words))
    return any(_plain(quote) in text for quote in quotes)


def _plain(text: str) -> str:
    return _NOT_WORD.sub(" ", text.casefold()).strip()

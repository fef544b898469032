"""Measure finding: is the right page first, and is the answering sentence within reach?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from evals.benchmark import Rankings, Scores
from evals.cases import Case

# What a citizen reads at a glance, and what a model is given.
WORDS_WITHIN = (150, 400)
PAGES_AT = (1, 3, 5)

_NOT_WORD = re.compile(r"\W+")


class Shown(Protocol):
    """A passage that was brought back, by us or by another system."""

    @property
    def text(self) -> str: ...

    @property
    def page_url(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Found:
    """How one case fared. rank: of the right page among the pages found, from 1; 0 for absent.

    within: by number of words, whether a quote stands in the first words of the passages found.
    """

    case: Case
    rank: int
    within: Mapping[int, bool]


@dataclass(frozen=True, slots=True)
class Answering:
    """Judgements by the page and the sentences that answer each case."""

    cases: tuple[Case, ...]

    @property
    def measures(self) -> tuple[str, ...]:
        pages, quotes = (f"page@{k}" for k in PAGES_AT), (f"quote@{w}" for w in WORDS_WITHIN)
        return (*pages, "MRR", *quotes)

    def score(self, rankings: Rankings) -> Scores:
        found = [judge(case, rankings.get(case.id, ())) for case in self.cases]
        by_case = {one.case.id: _values(one) for one in found}
        return {
            name: {case: values[name] for case, values in by_case.items()} for name in self.measures
        }


def judge(case: Case, matches: Sequence[Shown]) -> Found:
    """Say how a search did on one answerable case."""
    pages = list(dict.fromkeys(match.page_url for match in matches))
    words = " ".join(match.text for match in matches).split()
    return Found(
        case,
        rank=pages.index(case.page) + 1 if case.page in pages else 0,
        within={number: _holds(words[:number], case.quotes) for number in WORDS_WITHIN},
    )


def _values(found: Found) -> dict[str, float]:
    """Give the values of one case by the field's names."""
    pages = {f"page@{k}": float(0 < found.rank <= k) for k in PAGES_AT}
    quotes = {f"quote@{w}": float(found.within[w]) for w in WORDS_WITHIN}
    return {**pages, "MRR": 1 / found.rank if found.rank else 0.0, **quotes}


def _holds(words: Sequence[str], quotes: Sequence[str]) -> bool:
    text = _plain(" ".join(words))
    return any(_plain(quote) in text for quote in quotes)


def _plain(text: str) -> str:
    return _NOT_WORD.sub(" ", text.casefold()).strip()

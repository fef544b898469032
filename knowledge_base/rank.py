"""Join what meaning, words and single tokens have found into one order; pure functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from knowledge_base.catalogue import Row

# What a page's best passages count for in what the page is about.
_OF_PAGE = (0.4, 0.3, 0.2, 0.1)


@dataclass(frozen=True, slots=True)
class Weights:
    """One set of weights for every council; docs/benchmarks.md says what each part brings.

    meaning: cosine of question and passage. words: BM25 as a share of what could be reached.
    tokens: late interaction. Their sum is 1. mass: words have their full say in a question whose
    stems weigh as much, and less in one of few or common words. page: how much the page's best
    passages add.
    official: what the officials' words for the citizen's count in the question, where the
    citizen's own count 1; 0 leaves them out. aside: what is said beside what is asked.
    mend: misspellings are met by the council's own words.
    candidates: how many passages meaning and words name, each, to be looked at closely.
    """

    meaning: float = 0.23
    words: float = 0.46
    tokens: float = 0.31
    mass: float = 40.0
    page: float = 0.4
    official: float = 0.5
    aside: float = 0.6
    mend: bool = True
    candidates: int = 50


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for a passage, each from 0 to 1; None where it is not known."""

    words: float
    meaning: float | None = None
    tokens: float | None = None


def join(signs: Signs, weights: Weights) -> float:
    """Score one passage between 0 and 1 by itself; what is not known leaves its say to the rest."""
    shares = (
        (weights.words, signs.words),
        (weights.meaning, signs.meaning),
        (weights.tokens, signs.tokens),
    )
    known = [(share, max(value, 0.0)) for share, value in shares if value is not None]
    total = sum(share for share, _ in known) or 1.0
    return sum(share * value for share, value in known) / total


def with_pages(
    scores: Mapping[str, float], pages: Mapping[str, tuple[str, int]], weight: float
) -> dict[str, float]:
    """Raise the passages of pages that are about the question as a whole; scores stay in 0 to 1.

    pages: the page of each passage, and how many passages it has. Those that are no candidates
    count as the weakest candidate: a page with one good line among fifty is not about it.
    """
    floor = min(scores.values(), default=0.0)
    of_page: dict[str, list[float]] = defaultdict(list)
    for name, score in scores.items():
        of_page[pages[name][0]].append(score)
    sizes = dict(pages.values())
    about = {page: _about(found, sizes[page], floor) for page, found in of_page.items()}
    return {
        name: (score + weight * about[pages[name][0]]) / (1 + weight)
        for name, score in scores.items()
    }


def _about(found: Iterable[float], passages: int, floor: float) -> float:
    """Score a page by its best passages; a page of fewer than that is as good as they are."""
    counted = min(passages, len(_OF_PAGE))
    best = sorted(found, reverse=True)[:counted]
    best += [floor] * (counted - len(best))
    best += best[-1:] * (len(_OF_PAGE) - counted)
    return sum(share * score for share, score in zip(_OF_PAGE, best, strict=True))


def fold(rows: Iterable[Row]) -> dict[str, Row]:
    """Leave out passages that say again what one before them says, as print versions do.

    Gives, by the id of the first that says it, the newest of them, or else the one with the
    shortest address. Only the same words under the same title and headings say the same: one
    word may be the day, the place, or "not".
    """
    first: dict[tuple[object, ...], str] = {}
    kept: dict[str, Row] = {}
    for row in rows:
        said = (row.title, row.headings, *row.text.casefold().split())
        name = first.setdefault(said, row.id)
        kept[name] = min(kept.get(name, row), row, key=_standing)
    return kept


def _standing(row: Row) -> tuple[int, int]:
    return -(row.updated or date.min).toordinal(), len(row.page_url)

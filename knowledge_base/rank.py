"""Join what meaning and words have found into one order; pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each sign counts. One set for every council.

    words: of the best BM25 score in this search; the rest is the cosine of the meaning.
    page: what the rest of a page's passages add to the best one, as a share.
    """

    words: float = 0.35
    page: float = 0.0


def fuse(
    similarities: Mapping[str, float], words: Mapping[str, float], weights: Weights
) -> dict[str, float]:
    """Score each passage between 0 and 1, higher is better, from cosine and BM25.

    BM25 has no upper end, so it is taken relative to the best of this search; the cosine is
    taken as it is, for its size says whether anything was found at all. Without similarities
    (the index is down) words alone decide.
    """
    top = max(words.values(), default=0.0) or 1.0
    share = weights.words if similarities else 1.0
    return {
        name: (1 - share) * max(similarities.get(name, 0.0), 0.0)
        + share * words.get(name, 0.0) / top
        for name in similarities.keys() | words.keys()
    }

"""Join what meaning and words have found into one order; pure functions."""

from __future__ import annotations

from collections.abc import Mapping

# The share of the words' score; the rest is the cosine of the meaning. Anything from .3 to .5
# does as well on the questions of two councils.
WORDS = 0.4


def fuse(similarities: Mapping[str, float], words: Mapping[str, float]) -> dict[str, float]:
    """Score each passage between 0 and 1, higher is better, from cosine and words.

    similarities: cosines. words: BM25 as a share of what a text could reach at most, so that
    words count little where none of the weighty ones is held. Without similarities (the index
    is down) words alone decide.
    """
    share = WORDS if similarities else 1.0
    return {
        name: (1 - share) * max(similarities.get(name, 0.0), 0.0) + share * words.get(name, 0.0)
        for name in similarities.keys() | words.keys()
    }

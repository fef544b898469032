"""Score passages by BM25, and find the best without looking at each that holds a common word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from knowledge_base.lexicon import Lexicon
from knowledge_base.segment import MOST, Counts, Floats, Ints, Places, Segment, decode

# To look up a passage among those that hold a stem costs as much as to go through so many.
_LOOKUP = 20

_Asked = Sequence[tuple[float, int]]


def find(lexicon: Lexicon, weights: Mapping[str, float], limit: int) -> dict[str, float]:
    """Rank passages that share stems with a question, best first, by id."""
    asked = lexicon.asked(weights)
    if not asked or limit < 1:
        return {}
    scores, places = _add_up(lexicon, asked, limit)
    found = scores[places]
    if len(found) > limit:
        good = found >= np.partition(found, -limit)[-limit]
        places, found = places[good], found[good]
    names = _names(lexicon, places)
    best = sorted(zip((-found).tolist(), names, strict=True))[:limit]
    most = _total(asked)
    return {name: -score / most for score, name in best}


def score(lexicon: Lexicon, weights: Mapping[str, float], names: Sequence[str]) -> dict[str, float]:
    """Score passages by id, as find does; 0 for one that shares nothing or is not here."""
    asked = lexicon.asked(weights)
    if not asked or not names:
        return dict.fromkeys(names, 0.0)
    counts, norms = lexicon.counts(names, [term for _, term in asked])
    scores = np.zeros(len(names), np.float32)
    for (weight, _), often in zip(asked, np.minimum(counts, MOST).T, strict=True):
        scores += _gain(weight, often.astype(np.uint8), norms)
    most = _total(asked)
    return {name: gained / most for name, gained in zip(names, scores.tolist(), strict=True)}


def mass(lexicon: Lexicon, weights: Mapping[str, float]) -> float:
    """Say how much a question's stems weigh, each by how rare it is; what nobody holds is left out.

    Two common words weigh 5, ten with rare ones among them 50.
    """
    return _total(lexicon.asked(weights))


def overlap(
    lexicon: Lexicon, weights: Mapping[str, float], names: Sequence[str]
) -> dict[str, float]:
    """Say what share of a question's weight in stems passages hold, by id, 0 to 1."""
    asked = lexicon.asked(weights)
    if not asked or not names:
        return dict.fromkeys(names, 0.0)
    total = sum(weight * lexicon.rarity(stem) for stem, weight in weights.items() if weight > 0)
    counts, _ = lexicon.counts(names, [term for _, term in asked])
    shares = (counts > 0) @ np.array([weight for weight, _ in asked]) / total
    return dict(zip(names, np.minimum(shares, 1.0).tolist(), strict=True))


def _add_up(lexicon: Lexicon, asked: _Asked, limit: int) -> tuple[Floats, Places]:
    """Score each passage; also which can be among the best, whose scores alone are complete.

    Stems come the heaviest first. Once enough passages have more than all further stems can
    give together, no other passage can come among the best, and the further stems, which are
    the common ones, matter only to those that still may (this is MaxScore).
    """
    ends = np.cumsum([len(segment) for segment in lexicon.segments])
    scores = np.zeros(ends[-1], np.float32)
    parts = list(zip(lexicon.segments, lexicon.norms, np.split(scores, ends[:-1]), strict=True))
    rests = np.cumsum([0.0, *(weight for weight, _ in reversed(asked))])[::-1].tolist()
    for at, (weight, term) in enumerate(asked, start=1):
        for segment, norms, part in parts:
            _add(part, norms, weight, *segment.find(term))
        rest = rests[at]
        if not rest or rests[0] - rest < rest:
            continue
        high = scores[scores > rest]
        if len(high) >= limit:
            least = np.partition(high, -limit)[-limit] - np.float32(rest)
            places = np.flatnonzero(scores >= least)
            _add_to_some(parts, _by_segment(lexicon, places), asked[at:])
            return scores, places
    return scores, np.flatnonzero(scores)


def _add_to_some(
    parts: Sequence[tuple[Segment, Floats, Floats]], some: Sequence[Places], asked: _Asked
) -> None:
    for weight, term in asked:
        for (segment, norms, part), places in zip(parts, some, strict=True):
            holders, counts = segment.find(term)
            if len(places) * _LOOKUP < len(holders):
                at = holders.searchsorted(places.astype(np.int32))
                at = at[holders[np.minimum(at, len(holders) - 1)] == places]
                holders, counts = holders[at], counts[at]
            _add(part, norms, weight, holders, counts)


def _add(part: Floats, norms: Floats, weight: float, holders: Ints, counts: Counts) -> None:
    # A passage stands but once among those that hold a stem, so that none is lost here.
    part[holders] += _gain(weight, counts, norms[holders])


def _gain(weight: float, counts: Counts, norms: Floats) -> Floats:
    often = counts.astype(np.float32)
    gain: Floats = np.float32(weight) * (often / (often + norms))
    return gain


def _total(asked: _Asked) -> float:
    return sum(weight for weight, _ in asked)


def _names(lexicon: Lexicon, places: Places) -> list[str]:
    parts = zip(lexicon.segments, _by_segment(lexicon, places), strict=True)
    return [name for segment, here in parts for name in decode(segment.ids[here])]


def _by_segment(lexicon: Lexicon, places: Places) -> list[Places]:
    """Turn ascending places, counted through all segments, into places in each segment."""
    parts, first = [], 0
    for segment in lexicon.segments:
        start, end = places.searchsorted((first, first + len(segment)))
        parts.append(places[start:end] - first)
        first += len(segment)
    return parts

"""How sure a difference is: paired bootstrap over the questions of a benchmark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.benchmark import Topic

RESAMPLES = 5000
_SEED = 20260101
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean difference with the bounds between which 95% of the resamples lie."""

    mean: float
    low: float
    high: float


def compare(
    topics: Sequence[Topic], ours: Mapping[str, float], theirs: Mapping[str, float]
) -> Interval:
    """Say by how much the first values exceed the second, both by topic id.

    Topics of one group are drawn together: turns of one conversation, or questions about one
    page, are won or lost together, and as single draws they would look surer than they are.
    """
    sums, weights = _by_group(topics, {one.id: ours[one.id] - theirs[one.id] for one in topics})
    if not weights.size:
        return Interval(0.0, 0.0, 0.0)
    generator = np.random.default_rng(_SEED)
    means = []
    for _ in range(RESAMPLES // _AT_ONCE):
        drawn = generator.integers(0, len(sums), size=(_AT_ONCE, len(sums)))
        means.append(sums[drawn].sum(axis=1) / weights[drawn].sum(axis=1))
    low, high = np.quantile(np.concatenate(means), [0.025, 0.975])
    return Interval(float(sums.sum() / weights.sum()), float(low), float(high))


def _by_group(
    topics: Sequence[Topic], values: Mapping[str, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Add up values and weights of each group; a topic without one is a group of its own."""
    groups: dict[tuple[str, str], list[float]] = {}
    for topic in topics:
        key = (topic.group, "") if topic.group else ("", topic.id)
        held = groups.setdefault(key, [0.0, 0.0])
        held[0] += values[topic.id] * topic.weight
        held[1] += topic.weight
    rows = np.array(list(groups.values()), dtype=np.float64).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]

"""How fast and how large, as figures beside their goals; never a verdict, for clocks differ."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from evals.report import table

Seconds = Sequence[float]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. goal: as words, such as "at most 3", which nobody enforces; "" for none."""

    name: str
    value: float
    unit: str = ""
    goal: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Figures that belong together. not_run: what it would need, where it was not run."""

    name: str
    figures: tuple[Figure, ...] = ()
    not_run: str = ""


def take_turns(
    ways: Mapping[str, Callable[[str], object]], texts: Sequence[str], rounds: int
) -> dict[str, list[float]]:
    """Time each way on each text, one way after the other, so that all share a busy minute.

    Gives seconds by way. A first round is not counted.
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for text in texts:
            for name, way in ways.items():
                begun = time.perf_counter()
                way(text)
                if number:
                    seconds[name].append(time.perf_counter() - begun)
    return seconds


def ask_at_once(ask: Callable[[str], object], texts: Sequence[str], askers: int) -> float:
    """Let so many askers ask one after the other; gives questions a second."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(askers) as pool:
        list(pool.map(ask, texts))
    return len(texts) / (time.perf_counter() - begun)


def ask_at_rate(
    ask: Callable[[str], object], texts: Sequence[str], rate: float, askers: int
) -> list[float]:
    """Ask at a fixed rate; gives the seconds from when each was due, so that no wait is hidden.

    rate: questions a second.
    """
    start = time.perf_counter() + 0.1

    def one(number: int) -> float:
        due = start + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        ask(texts[number])
        return time.perf_counter() - due

    with ThreadPoolExecutor(askers) as pool:
        return list(pool.map(one, range(len(texts))))


def quantile(seconds: Seconds, share: float) -> float:
    """Give the time within which this share of all was done."""
    known = sorted(seconds)
    return known[min(int(share * len(known)), len(known) - 1)]


def spread(name: str, seconds: Seconds) -> tuple[Figure, Figure]:
    """Give median and 95th percentile in milliseconds."""
    median, last = statistics.median(seconds), quantile(seconds, 0.95)
    return Figure(f"{name}, median", median * 1000, "ms"), Figure(f"{name}, p95", last * 1000, "ms")


def ratio(name: str, one: Seconds, other: Seconds, goal: str) -> Figure:
    """Compare two ways by their medians."""
    return Figure(name, statistics.median(one) / statistics.median(other), "x", goal)


def describe(parts: Sequence[Part]) -> str:
    """Write tables in Markdown, one a part."""
    told = []
    for part in parts:
        rows = [[one.name, _value(one), one.goal] for one in part.figures]
        body = table(["", "measured", "goal"], rows) if rows else ""
        needs = f"Not run: needs {part.not_run}." if part.not_run else ""
        told += [f"### {part.name}", *filter(None, (body, needs))]
    return "\n\n".join(told)


def _value(figure: Figure) -> str:
    value = figure.value
    written = f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"
    return f"{written} {figure.unit}".strip()

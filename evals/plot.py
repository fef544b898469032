"""Draw results: the only door to matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from evals.report import Results
from evals.speed import Part

# Told apart also by who does not see red and green apart (Okabe and Ito).
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999")


def draw(results: Results, file: Path) -> None:
    """Draw the first measure of each benchmark for each system, as an SVG that never moves.

    The same results give the same bytes.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    systems = [name for name in results.systems if name not in results.missing]
    height = 0.8 / max(len(systems), 1)
    with mpl.rc_context({"svg.hashsalt": "townclerk", "svg.fonttype": "none"}):
        figure = Figure(figsize=(8, 0.6 + 0.28 * len(systems) * len(results.benchmarks)))
        axes = figure.subplots()
        for number, system in enumerate(systems):
            runs = [results.run(one, system) for one in results.benchmarks]
            values = [
                run.figures[one.measures[0]] if run else 0.0
                for one, run in zip(results.benchmarks, runs, strict=True)
            ]
            places = [at + number * height for at in range(len(values))]
            colour = _COLOURS[number % len(_COLOURS)]
            bars = axes.barh(places, values, height * 0.9, label=system, color=colour)
            labels = [f"{value:.2f}" if value else "" for value in values]
            axes.bar_label(bars, labels, padding=2, fontsize=7)
        names = [f"{one.name}\n{one.measures[0]}" for one in results.benchmarks]
        middle = 0.4 - height / 2
        axes.set_yticks([at + middle for at in range(len(names))], names, fontsize=8)
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=len(systems), fontsize=8)
        figure.savefig(file, format="svg", metadata={"Date": None}, bbox_inches="tight")


def draw_speed(search: Part, growth: Mapping[int, tuple[float, float]], file: Path) -> None:
    """Draw one search beside others, and how it grows: passages to seconds, median and p95."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "townclerk", "svg.fonttype": "none"}):
        figure = Figure(figsize=(8, 2.4), layout="constrained")
        bars, lines = figure.subplots(1, 2)
        times = [one for one in search.figures if one.unit == "ms"]
        names = [one.name.replace(", ", "\n") for one in times]
        colours = [_COLOURS[at // 2 % len(_COLOURS)] for at in range(len(times))]
        drawn = bars.barh(names, [one.value for one in times], color=colours)
        bars.bar_label(drawn, fmt="%.1f", padding=2, fontsize=7)
        bars.invert_yaxis()
        sizes = sorted(growth)
        for at, name in enumerate(("median", "p95")):
            values = [growth[size][at] * 1000 for size in sizes]
            lines.plot(sizes, values, marker="o", color=_COLOURS[at], label=name)
        lines.set_xscale("log")
        lines.set_ylim(bottom=0)
        lines.set_xlabel("passages", fontsize=8)
        lines.legend(fontsize=8)
        for axes, title in ((bars, "one search, ms"), (lines, "by size, ms")):
            axes.set_title(title, fontsize=9)
            axes.tick_params(labelsize=7)
            axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(file, format="svg", metadata={"Date": None})

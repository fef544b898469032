"""Say what runs came to: tables in Markdown, and the same in a page of the documentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from evals.benchmark import Benchmark
from evals.bootstrap import Interval, compare
from evals.published import CaseMistake, read_text
from evals.runs import Run
from evals.systems.town_clerk import NAME as OURS

BEGIN = "<!-- What follows is written by `make bench`. -->"
BEGIN_SPEED = "<!-- What follows is written by `python -m api.speed`. -->"
END = "<!-- Until here. -->"
NOT_RUN = "–"


@dataclass(frozen=True, slots=True)
class Results:
    """What is to be reported. runs: judged by these benchmarks.

    missing: what a system needs that is not installed, by its name; it is told, not hidden.
    """

    benchmarks: tuple[Benchmark, ...]
    runs: tuple[Run, ...]
    missing: Mapping[str, str]

    @property
    def systems(self) -> tuple[str, ...]:
        """Name the systems: ours first, then as they were run, then those not installed."""
        names = dict.fromkeys([*(run.system for run in self.runs), *self.missing])
        others = [name for name in names if not name.startswith(OURS)]
        return (*(name for name in names if name == OURS), *others)

    @property
    def variants(self) -> tuple[str, ...]:
        """Name our search with other weights, as it was run."""
        names = dict.fromkeys(run.system for run in self.runs)
        return tuple(name for name in names if name.startswith(f"{OURS} ("))

    def run(self, benchmark: Benchmark, system: str) -> Run | None:
        wanted = benchmark.name, system
        return next((run for run in self.runs if (run.benchmark, run.system) == wanted), None)


def summarise(results: Results) -> str:
    """Give one table, systems by benchmarks, each with its first measure."""
    heads = [f"{one.name} {one.measures[0]}" for one in results.benchmarks]
    rows = []
    for system in results.systems:
        runs = [(one, results.run(one, system)) for one in results.benchmarks]
        cells = [figure(run.figures[one.measures[0]]) if run else NOT_RUN for one, run in runs]
        if system in results.missing and set(cells) == {NOT_RUN}:
            cells[0] = f"not installed: {results.missing[system]}"
        rows.append([system, *cells])
    return table(["", *heads], rows)


def detail(results: Results, benchmark: Benchmark) -> str:
    """Give one benchmark's table with all its measures and how sure our lead is."""
    first = benchmark.measures[0]
    ours = results.run(benchmark, OURS)
    rows = []
    for system in results.systems:
        run = results.run(benchmark, system)
        if run is not None:
            figures = [figure(run.figures[name]) for name in benchmark.measures]
            lead = _lead(benchmark, ours, run) if ours and run is not ours else ""
            rows.append([system, *figures, lead, f"{run.seconds['search_median'] * 1000:.1f}"])
    heads = ["", *benchmark.measures, f"{OURS} ahead in {first}", "search, ms"]
    return table(heads, rows)


def lead(benchmark: Benchmark, ours: Run, theirs: Run) -> Interval:
    """Say how far ours is ahead in the benchmark's first measure."""
    first = benchmark.measures[0]
    mine, other = benchmark.score(ours.rankings), benchmark.score(theirs.rankings)
    return compare(benchmark.topics, mine[first], other[first])


def ablate(results: Results) -> str:
    """Give what each benchmark loses or gains with other weights, in the mean of its measures."""
    rows = []
    for variant in results.variants:
        cells = []
        for one in results.benchmarks:
            whole, run = results.run(one, OURS), results.run(one, variant)
            known = whole and run and fmean(run.figures.values()) - fmean(whole.figures.values())
            cells.append(NOT_RUN if known is None else f"{known:+.3f}".replace("0.", ".", 1))
        rows.append([variant.removeprefix(f"{OURS} (").removesuffix(")"), *cells])
    return table(["", *(one.name for one in results.benchmarks)], rows)


def write_page(page: Path, text: str, begin_line: str = BEGIN) -> None:
    """Put text between two marks of a page, which stand on lines of their own.

    Raises CaseMistake.
    """
    before, begin, rest = read_text(page).partition(f"{begin_line}\n")
    _, end, after = rest.partition(f"{END}\n")
    if not (begin and end):
        raise CaseMistake(f"{page}: needs the lines {begin_line} and {END}, in this order")
    page.write_text(f"{before}{begin}\n{text.strip()}\n\n{end}{after}", encoding="utf-8")


def describe(results: Results, plot: str = "") -> str:
    """Write the whole report in Markdown. plot: name of an image beside the page."""
    parts = [summarise(results)]
    if plot:
        words = "The first measure of each benchmark, for each system, as bars"
        parts.append(f"![{words}]({plot})")
    for one in results.benchmarks:
        pages = len(one.corpus.pages)
        size = f"{one.questions} questions" + (f" on {pages} documents" if pages else "")
        parts += [f"### {one.name}", f"{size}.", detail(results, one)]
    if results.variants:
        words = (
            "Each line is our search with one weight changed: what the mean of a benchmark's "
            "measures gains or loses by it."
        )
        parts += ["### What each part brings", words, ablate(results)]
    parts += ["### What was run", _configurations(results)]
    return "\n\n".join(parts)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table whose columns also line up in a terminal."""
    widths = [max(3, *(len(row[at]) for row in [heads, *rows])) for at in range(len(heads))]
    lines = [heads, ["-" * width for width in widths], *rows]
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |"
        for line in lines
    )


def figure(value: float) -> str:
    """Write a share as the field does: .123"""
    return f"{value:.3f}".replace("0.", ".", 1)


def _lead(benchmark: Benchmark, ours: Run, theirs: Run) -> str:
    found = lead(benchmark, ours, theirs)
    return f"{found.mean:+.3f} [{found.low:+.3f}, {found.high:+.3f}]".replace("0.", ".")


def _configurations(results: Results) -> str:
    rows = []
    for system in results.systems:
        run = next((run for run in results.runs if run.system == system), None)
        if run is not None:
            packages = run.configuration.get("versions", {})
            told = ", ".join(f"{name} {version}" for name, version in packages.items())
            model = str(run.configuration.get("model", ""))[:12]
            rows.append([system, f"{run.date:%Y-%m-%d}", model, told])
    return table(["", "day", "model", "versions"], rows)

"""Measure how good and how fast, on the demo council or public benchmarks. Never a verdict.

`make bench` runs this module; it wires what `evals` measures.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer

from api.compose import (
    Installation,
    installation,
    keep_numpy_to_one_thread,
    open_council,
    processors,
)
from api.settings import Settings, SettingsMistake, read_settings
from chatbot.council import Council, CouncilMistakes
from evals.answers import measure_answers
from evals.benchmark import Benchmark
from evals.benchmarks.council_folder import QUESTIONS, council_benchmark
from evals.cases import Case, read_cases
from evals.data_folder import read_data_folder
from evals.peers import peers
from evals.plot import draw
from evals.published import CaseMistake
from evals.report import Results, describe, detail, summarise, write_page
from evals.report import ablate as report_ablation
from evals.runs import judge_again, play, read_latest, save_run, times
from evals.system import NotInstalled, System
from evals.systems.town_clerk import NAME as OURS
from evals.systems.town_clerk import NotIngested, OpenKnowledgeBase, town_clerk
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.rank import Weights

DEMO = Path(__file__).parent.parent / "councils" / "demo"
# Each part of the search left out.
ABLATIONS = (
    "words=0",
    "meaning=0",
    "tokens=0",
    "page=0",
    "official=0",
    "aside=1",
    "mend=0",
)


@dataclass(frozen=True, slots=True)
class Played:
    """A council with a bot that can be asked, beside its benchmark."""

    council: Council
    cases: tuple[Case, ...]
    benchmark: Benchmark


def bench(
    data: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders with benchmarks, or a council's folder. Default: the demo."),
    ] = None,
    benchmark: Annotated[
        list[str] | None, typer.Option(help="Only benchmarks whose name begins so; repeatable.")
    ] = None,
    system: Annotated[
        list[str] | None, typer.Option(help="Only these systems; repeatable.")
    ] = None,
    variant: Annotated[
        list[str] | None,
        typer.Option(help='Our search with other weights beside it, "tokens=0"; repeatable.'),
    ] = None,
    ablate: Annotated[
        bool, typer.Option("--ablate", help="Our search without each of its parts, beside it.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder for the runs.")] = Path("var/bench"),
    page: Annotated[
        Path | None, typer.Option(help="A Markdown page to write the figures into, with a plot.")
    ] = None,
    saved: Annotated[
        bool, typer.Option("--saved", help="Judge the runs of before again; search nothing.")
    ] = False,
) -> None:
    """Run systems on benchmarks, keep the runs, and say what they came to."""
    settings = read_settings()
    councils = [_open_played(folder, settings) for folder in _council_folders(data or [])]
    found = [one.benchmark for one in councils]
    for folder in data or []:
        found += read_data_folder(folder)
    chosen = [one for one in found if _is_chosen(one.name, benchmark)]
    if not chosen:
        raise CaseMistake("there is no such benchmark here; docs/benchmarks.md says what is read")
    variants = [read_variant(words) for words in [*(ABLATIONS if ablate else ()), *(variant or [])]]
    missing = {} if saved else _play_all(settings, chosen, councils, system, variants, out)
    by_name = {one.name: one for one in chosen}
    runs = [judge_again(run, by_name[run.benchmark]) for run in read_latest(out, by_name)]
    results = Results(tuple(chosen), tuple(runs), missing)
    for one in chosen:
        typer.echo(f"\n{one.name}, {one.questions} questions\n{detail(results, one)}")
    typer.echo(f"\n{summarise(results)}")
    if results.variants:
        typer.echo(f"\n{report_ablation(results)}")
    if page is not None:
        plot = page.with_suffix(".svg")
        draw(results, plot)
        write_page(page, describe(results, plot.name))


def _play_all(
    settings: Settings,
    benchmarks: Sequence[Benchmark],
    councils: Sequence[Played],
    wanted: Sequence[str] | None,
    variants: Sequence[Mapping[str, Any]],
    out: Path,
) -> Mapping[str, str]:
    """Run and save; says what the systems that could not be run need."""
    missing: dict[str, str] = {}
    with throwaway(settings, processors()) as opened:
        ours = [town_clerk(_opener(opened), changed) for changed in ({}, *variants)]
        systems = [*ours, *peers(opened.embedder)]
        for one in systems:
            if not _is_chosen(one.name, wanted):
                continue
            for _, some in groupby(benchmarks, key=lambda benchmark: benchmark.corpus.name):
                try:
                    _play_and_save(one, list(some), out)
                except NotInstalled as needed:
                    missing[one.name] = str(needed)
        if _is_chosen(OURS, wanted):
            for council in councils:
                if council.benchmark in benchmarks:
                    _tell_ingest_again(systems[0], council)
                    _tell_answers(opened, council)
    return missing


def _play_and_save(system: System, benchmarks: Sequence[Benchmark], out: Path) -> None:
    for run in play(system, benchmarks):
        save_run(run, out)
        seconds = run.seconds["build"]
        told = f"{run.passages} passages in {seconds:.1f} s, {run.passages / seconds:.1f} a second"
        typer.echo(f"{run.system} on {run.benchmark}: {told}", err=True)


@contextmanager
def throwaway(settings: Settings, threads: int) -> Iterator[Installation]:
    """Open an installation of its own, which shares nothing with the real one but the model."""
    with tempfile.TemporaryDirectory() as folder:
        models = settings.data.resolve() / "models"
        models.mkdir(parents=True, exist_ok=True)
        (Path(folder) / "models").symlink_to(models)
        changed = {"data": Path(folder), "database_url": "", "chroma_url": ""}
        with installation(settings.model_copy(update=changed), threads) as opened:
            keep_numpy_to_one_thread()
            opened.embedder.embed_passages(["loaded before the clock starts"])
            yield opened


def read_variant(words: str) -> dict[str, Any]:
    """Read weights of the search as "tokens=0, page=0.2". Raises CaseMistake."""
    known = {field.name: type(getattr(Weights(), field.name)) for field in fields(Weights)}
    changed: dict[str, Any] = {}
    for part in words.split(","):
        name, _, value = (word.strip() for word in part.partition("="))
        if name not in known:
            raise CaseMistake(f"the search has no weight {name!r}; it has {', '.join(known)}")
        try:
            changed[name] = known[name](float(value))
        except ValueError as error:
            raise CaseMistake(f"{part.strip()!r} must look like {name}=0.5") from error
    return changed


def _opener(opened: Installation) -> OpenKnowledgeBase:
    @contextmanager
    def open_knowledge_base(parameters: Mapping[str, Any]) -> Iterator[KnowledgeBase]:
        yield opened.open_knowledge_base(replace(Weights(), **parameters))

    return open_knowledge_base


def _tell_ingest_again(ours: System, played: Played) -> None:
    begun = time.perf_counter()
    with ours.open(played.benchmark.corpus):
        seconds = time.perf_counter() - begun
    typer.echo(f"ingest of {played.benchmark.name} again, nothing changed: {seconds:.1f} s")


def _tell_answers(opened: Installation, played: Played) -> None:
    bot = opened.bot(played.council)
    found = asyncio.run(measure_answers(bot, played.cases))
    counts = ", ".join(f"{name} {number}" for name, number in found.counts.items())
    seconds = times(found.seconds)
    median, last = (seconds[name] * 1000 for name in ("search_median", "search_p95"))
    told = f"{found.words:.0f} words; {median:.0f} ms, p95 {last:.0f} ms"
    typer.echo(f"answers of {played.benchmark.name}: {counts}; {told}")


def _council_folders(data: Sequence[Path]) -> list[Path]:
    """List the councils that describe themselves; without any data that is the demo council."""
    if not data:
        return [DEMO]
    found = [path for folder in data for path in (folder, *sorted(folder.glob("councils/*")))]
    return [path for path in found if (path / "council.toml").is_file()]


def _open_played(folder: Path, settings: Settings) -> Played:
    council, sources = open_council(folder.resolve(), settings)
    cases = read_cases(folder / "evals" / QUESTIONS)
    made = council_benchmark(council.slug, cases, sources, home=council.website)
    return Played(council, cases, made)


def _is_chosen(name: str, wanted: Sequence[str] | None) -> bool:
    return not wanted or any(name.casefold().startswith(one.casefold()) for one in wanted)


def main() -> None:
    """Run the command; a mistake that has words is said in them."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))
    # Readers and peers warn of what they skip; only the figures are asked for here.
    logging.disable(logging.WARNING)
    try:
        typer.run(bench)
    except (CaseMistake, CouncilMistakes, NotIngested, SettingsMistake) as mistake:
        typer.echo(str(mistake), err=True)
        sys.exit(1)
    except ModuleNotFoundError as missing:
        typer.echo(f"{missing.name} is not installed: pip install 'townclerk[bench]'", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()

"""Run a system on a benchmark, and keep what it brought back, so that it can be judged again."""

from __future__ import annotations

import json
import re
import statistics
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evals.benchmark import Benchmark, Hit, Rankings
from evals.published import CaseMistake, read_object
from evals.system import Built, System

# As many as the search brings where nothing else is asked for.
DEPTH = 10


@dataclass(frozen=True, slots=True)
class Run:
    """What one system brought back for every topic of one benchmark.

    configuration: what the figures depend on, as the system states it.
    figures: by measure, over all questions.
    seconds: "build" of the corpus, "search_median" and "search_p95" of one search.
    """

    benchmark: str
    system: str
    configuration: Mapping[str, Any]
    date: datetime
    rankings: Rankings
    figures: Mapping[str, float]
    seconds: Mapping[str, float]
    passages: int


def play(system: System, benchmarks: Sequence[Benchmark]) -> Iterator[Run]:
    """Build a corpus once and search it for every topic of each of its benchmarks.

    Raises NotInstalled.
    """
    begun = time.perf_counter()
    with system.open(benchmarks[0].corpus) as built:
        built.find("read before the clock starts", DEPTH)
        seconds = time.perf_counter() - begun
        for benchmark in benchmarks:
            yield _play(system.name, built, benchmark, seconds)


def judge_again(run: Run, benchmark: Benchmark) -> Run:
    """Give a run the figures of a benchmark as it is now, without searching."""
    return replace(run, figures=benchmark.figures(benchmark.score(run.rankings)))


def save_run(run: Run, folder: Path) -> Path:
    """Write a run as JSON, under a name that tells benchmark, system and time."""
    folder.mkdir(parents=True, exist_ok=True)
    moment = run.date.strftime("%Y%m%dT%H%M%SZ")
    named = "--".join(map(_slug, (run.benchmark, run.system)))
    file = folder / f"{named}--{moment}.json"
    rankings = {
        topic: [[hit.url, hit.page_url, hit.score, hit.text] for hit in hits]
        for topic, hits in run.rankings.items()
    }
    written = {
        "benchmark": run.benchmark,
        "system": run.system,
        "configuration": run.configuration,
        "date": run.date.isoformat(),
        "passages": run.passages,
        "figures": run.figures,
        "seconds": run.seconds,
        "rankings": rankings,
    }
    file.write_text(json.dumps(written, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


def read_run(file: Path) -> Run:
    """Read a run that was saved. Raises CaseMistake."""
    fields = read_object(file)
    try:
        return Run(
            benchmark=fields["benchmark"],
            system=fields["system"],
            configuration=fields["configuration"],
            date=datetime.fromisoformat(fields["date"]),
            rankings={
                topic: tuple(Hit(*hit) for hit in hits)
                for topic, hits in fields["rankings"].items()
            },
            figures=fields["figures"],
            seconds=fields["seconds"],
            passages=fields["passages"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CaseMistake(f"{file}: is not a run that was saved here: {error!r}") from error


def read_latest(folder: Path, benchmarks: Iterable[str]) -> list[Run]:
    """Read the latest run of each system on these benchmarks. Raises CaseMistake."""
    latest: dict[tuple[str, str], Run] = {}
    files = [file for name in benchmarks for file in sorted(folder.glob(f"{_slug(name)}--*.json"))]
    for run in map(read_run, files):
        key = run.benchmark, run.system
        if key not in latest or latest[key].date <= run.date:
            latest[key] = run
    return list(latest.values())


def _play(name: str, built: Built, benchmark: Benchmark, seconds_to_build: float) -> Run:
    rankings: dict[str, Sequence[Hit]] = {}
    seconds = []
    for topic in benchmark.topics:
        begun = time.perf_counter()
        hits = built.find(topic.text, DEPTH)
        seconds.append(time.perf_counter() - begun)
        rankings[topic.id] = tuple(hits if benchmark.corpus.sources else map(_without_text, hits))
    return Run(
        benchmark=benchmark.name,
        system=name,
        configuration={**built.configuration, "depth": DEPTH},
        date=datetime.now(UTC),
        rankings=rankings,
        figures=benchmark.figures(benchmark.score(rankings)),
        seconds={"build": seconds_to_build, **times(seconds)},
        passages=built.passages,
    )


def _without_text(hit: Hit) -> Hit:
    """Leave out what stands in the benchmark's own pages."""
    return replace(hit, text="")


def times(seconds: Sequence[float]) -> dict[str, float]:
    """Give the median and the 95th percentile of how long searches took."""
    known = sorted(seconds) or [0.0]
    last = statistics.quantiles(known, n=20)[-1] if len(known) > 1 else known[0]
    return {"search_median": statistics.median(known), "search_p95": last}


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9.=]+", "-", name.casefold()).strip("-")

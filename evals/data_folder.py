"""Find the benchmarks that lie in a folder, by the names under which they are published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from evals.benchmark import Benchmark
from evals.benchmarks.conditionalqa import read_conditionalqa
from evals.benchmarks.council_folder import MANIFEST, QUESTIONS, read_pages_folder
from evals.benchmarks.mtrag import read_mtrag
from evals.benchmarks.or_sharc import read_or_sharc

READERS: Mapping[str, Callable[[Path], tuple[Benchmark, ...]]] = {
    "or_sharc*": read_or_sharc,
    "mtrag*": read_mtrag,
    "conditionalqa*": read_conditionalqa,
}


def read_data_folder(folder: Path) -> tuple[Benchmark, ...]:
    """Read all benchmarks of a folder: or_sharc/, mtrag*/, conditionalqa/, councils/*/.

    A council here is a folder of pages with their manifest and questions. Raises CaseMistake.
    """
    found: list[Benchmark] = []
    for council in sorted(path.parent for path in folder.glob(f"councils/*/{QUESTIONS}")):
        if (council / MANIFEST).is_file():
            found += read_pages_folder(council)
    for pattern, read in READERS.items():
        for one in sorted(path for path in folder.glob(pattern) if path.is_dir()):
            found += read(one)
    return tuple(found)

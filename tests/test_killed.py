"""An ingest killed at any point: the old pages answer, and the next run mends everything."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ingest.sources.folder import Folder
from ingest.sync import sync
from knowledge_base.embed import Vectors
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.vectors import collection_name
from tests.crash import HOME, open_parts
from tests.test_sync import InProcess, write

pytestmark = pytest.mark.slow

SEED = 20261123
POINTS = 100 if os.environ.get("TOWNCLERK_PROVE") else 10


def change(pages: Path, generation: int) -> None:
    """Write one generation of pages: some new, some changed, some gone, most as before."""
    shutil.rmtree(pages, ignore_errors=True)
    pages.mkdir()
    for number in range(8):
        said = generation if number % 3 == 0 else 0
        write(
            pages, f"page-{number}.md", f"Page {number}", f"Rule {number} says {said}.", "Always."
        )
    write(pages, f"only-{generation}.md", "Only now", f"Said by generation {generation} alone.")


def ingest(folder: Path, point: int = 0, jitter: float = 0.0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.crash", str(folder), str(point), str(jitter)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


State = tuple[dict[str, tuple[str, ...]], dict[str, str], list[str], dict[str, Vectors]]


def state(knowledge_base: KnowledgeBase) -> State:
    """Everything that must be as after a clean build, but for the times: passages, digests of
    pages, what the index holds, vectors."""
    catalogue, model = knowledge_base.catalogue, knowledge_base.model
    ids = sorted(catalogue.passage_ids("exampleton"))
    rows = {row.id: (row.text, row.url, row.title) for row in catalogue.rows("exampleton", ids)}
    digests = {url: page.digest for url, page in knowledge_base.pages("exampleton").items()}
    indexed = knowledge_base._index.ids(collection_name("exampleton", model))
    embeddings = catalogue.embeddings("exampleton", ids, model)
    vectors = {name: one.vectors for name, one in embeddings.items()}
    return rows, digests, sorted(indexed), vectors


def assert_same(found: State, wanted: State, where: str) -> None:
    assert found[:3] == wanted[:3], where
    assert found[3].keys() == wanted[3].keys(), where
    for name, rows in found[3].items():
        # The same text in another batch differs in the last digits.
        np.testing.assert_allclose(rows, wanted[3][name], atol=1e-5, err_msg=where)


def answers(knowledge_base: KnowledgeBase) -> set[str]:
    matches = knowledge_base.find("exampleton", "which rule says what", limit=50).matches
    return {match.text for match in matches}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, State]:
    """A folder after generation 1, the number of points to generation 2, and its clean state."""
    start = tmp_path_factory.mktemp("start")
    change(start / "pages", 1)
    assert ingest(start).returncode == 0
    built = tmp_path_factory.mktemp("built")
    shutil.copytree(start, built, dirs_exist_ok=True)
    change(built / "pages", 2)
    counted = ingest(built)
    assert counted.returncode == 0, counted.stderr
    fresh = tmp_path_factory.mktemp("fresh")
    change(fresh / "pages", 2)
    assert ingest(fresh).returncode == 0
    knowledge_base = open_parts(fresh)
    wanted = state(knowledge_base)
    knowledge_base.close()
    return start, int(counted.stdout), wanted


@pytest.mark.parametrize("trial", range(POINTS))
def test_the_next_run_ends_as_a_clean_build(
    trial: int, clean: tuple[Path, int, State], tmp_path: Path
) -> None:
    start, points, wanted = clean
    chance = random.Random(SEED + trial)
    point, jitter = chance.randint(1, points), chance.choice([0.0, chance.random() * 0.02])
    shutil.copytree(start, tmp_path, dirs_exist_ok=True)
    change(tmp_path / "pages", 2)
    killed = ingest(tmp_path, point, jitter)
    assert killed.returncode in (0, -signal.SIGKILL), killed.stderr

    knowledge_base = open_parts(tmp_path)
    told = answers(knowledge_base)
    for number in range(0, 8, 3):
        said = {f"Rule {number} says {generation}." for generation in (1, 2)}
        assert len(said & told) == 1, f"point {point}: page {number} is neither old nor new"

    source = Folder("pages", tmp_path / "pages", HOME)
    sync("exampleton", HOME, [source], knowledge_base, InProcess())
    assert_same(state(knowledge_base), wanted, f"point {point} of {points}, jitter {jitter}")
    assert not knowledge_base.find("exampleton", "rule").degraded
    knowledge_base.close()

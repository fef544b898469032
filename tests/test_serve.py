"""The command as users run it: several processes on one installation."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import MODELS, free_port, wait_for_port
from tests.test_sync import write

pytestmark = pytest.mark.slow

COUNCIL = """
name = "Exampleton Borough Council"
nation = "england"
languages = ["en"]
website = "https://www.exampleton.example"
[[sources]]
kind = "folder"
path = "pages"
base_url = "https://www.exampleton.example/"
"""
# Longer than anything here takes on a slow machine; only so that a hang ends.
PATIENCE = 60


@pytest.fixture
def home(tmp_path: Path) -> Path:
    pages = tmp_path / "councils" / "exampleton" / "pages"
    pages.mkdir(parents=True)
    (pages.parent / "council.toml").write_text(COUNCIL)
    write(pages, "bins.md", "Bins", "Put your bin out by 7am.")
    models = tmp_path / "var" / "models"
    models.mkdir(parents=True)
    for model in MODELS.iterdir():
        (models / model.name).symlink_to(model)
    return tmp_path


def environment(home: Path) -> dict[str, str]:
    own = {
        "TOWNCLERK_COUNCILS": str(home / "councils"),
        "TOWNCLERK_DATA": str(home / "var"),
        "TOWNCLERK_RATE_LIMIT": "off",
    }
    return {**os.environ, **own}


def townclerk(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "api", *words]
    return subprocess.run(
        command, env=environment(home), capture_output=True, text=True, check=False
    )


def ingest(home: Path) -> dict[str, Any]:
    done = townclerk(home, "ingest", "exampleton", "--json")
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.fixture
def address(home: Path, embedder: object) -> Iterator[str]:
    ingest(home)
    port = free_port()
    command = [sys.executable, "-m", "api", "serve", "--port", str(port), "--workers", "2"]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, env=environment(home), stdout=log, stderr=log)
    try:
        until(lambda: alive(f"http://127.0.0.1:{port}"), (home / "log").read_text)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def alive(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def until(happened: Callable[[], bool], explain: Callable[[], str] = str) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, explain()
        time.sleep(0.2)


def search(address: str, text: str) -> list[dict[str, Any]]:
    """Search on connections of their own, so that every worker is asked sooner or later."""
    url = f"{address}/v1/councils/exampleton/search"
    return [httpx.get(url, params={"q": text}).raise_for_status().json() for _ in range(12)]


def chat(address: str, message: str) -> dict[str, Any]:
    url = f"{address}/v1/councils/exampleton/chat"
    answer: dict[str, Any] = httpx.post(url, json={"message": message}).raise_for_status().json()
    return answer


def test_all_workers_answer_from_an_ingest_of_another_process(home: Path, address: str) -> None:
    write(home / "councils/exampleton/pages", "pool.md", "Swimming", "The pool opens at 6am.")
    assert ingest(home)["created"] == ["https://www.exampleton.example/pool.md"]

    def everywhere() -> bool:
        found = search(address, "where can I swim before work")
        return all(
            answer["passages"][0]["text"] == "The pool opens at 6am." and not answer["degraded"]
            for answer in found
        )

    until(everywhere)
    told = chat(address, "when does the swimming pool open")
    assert told["status"] == "answered.from_pages"
    assert told["citations"][0]["url"].startswith("https://www.exampleton.example/pool")


def test_an_emptied_index_leaves_words_and_is_repaired(home: Path, address: str) -> None:
    assert not chat(address, "when do I put my bin out")["degraded"]
    chroma = home / "var" / "chroma"
    # Moved, not removed file by file: a worker that repairs the index meanwhile would be in the
    # way. A file in its place keeps the index from coming back until it is taken away.
    chroma.rename(home / "emptied")
    chroma.write_text("no folder")

    def degraded() -> bool:
        return all(answer["degraded"] for answer in search(address, "bin"))

    until(degraded)
    told = chat(address, "when do I put my bin out")
    assert (told["status"], told["degraded"]) == ("answered.from_pages", True)
    chroma.unlink()
    until(lambda: not any(answer["degraded"] for answer in search(address, "bin")))
    assert not chat(address, "when do I put my bin out")["degraded"]


def test_ask_and_ingest_print_one_json_object(home: Path, embedder: object) -> None:
    assert ingest(home)["embedded"] == 1
    assert ingest(home)["embedded"] == 0
    done = townclerk(home, "ask", "exampleton", "when do I put my bin out", "--json")
    told = json.loads(done.stdout)
    assert told["status"] == "answered.from_pages"
    assert told["passages"][0]["text"] == "Put your bin out by 7am."
    assert {"total", "find_passages"} <= told["seconds"].keys()


def test_mistakes_are_said_in_words(home: Path) -> None:
    assert "there is no council 'nowhere'" in townclerk(home, "check", "nowhere").stderr
    folder = home / "councils" / "exampleton"
    (folder / "council.toml").write_text(COUNCIL.replace("england", "narnia") + "\npaht = 1\n")
    done = townclerk(home, "check", "exampleton")
    assert done.returncode == 1
    assert "nation" in done.stderr
    assert "paht" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_new_folder_works_as_it_is(home: Path, embedder: object) -> None:
    new = home / "councils" / "newtown"
    assert townclerk(home, "init", str(new)).returncode == 0
    assert townclerk(home, "check", str(new)).returncode == 0
    assert townclerk(home, "ingest", "newtown").returncode == 0
    asked = townclerk(home, "ask", "newtown", "when must I report a missed bin?", "--json")
    assert "2 working days" in json.loads(asked.stdout)["text"]
    refused = townclerk(home, "init", str(new))
    assert refused.returncode == 1
    assert "not empty" in refused.stderr


def test_a_source_that_fails_as_a_whole_ends_with_1(home: Path, embedder: object) -> None:
    ingest(home)
    shutil.rmtree(home / "councils" / "exampleton" / "pages")
    done = townclerk(home, "ingest", "exampleton", "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["failed"]
    assert not report["dropped"]


def children(process: int) -> list[int]:
    return [
        int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()
    ]


def is_work(process: int) -> bool:
    """Tell a process that does the scheduled ingests; one that has ended does nothing."""
    try:
        return b"work" in Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("option", ["--work", "--no-work"])
def test_serve_does_the_scheduled_ingests_unless_told_not_to(
    home: Path, embedder: object, option: str
) -> None:
    folder = home / "councils" / "exampleton"
    (folder / "council.toml").write_text("ingest_every_hours = 24\n" + COUNCIL)
    port = free_port()
    command = [sys.executable, "-m", "api", "serve", "--port", str(port), option]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, env=environment(home), stdout=log, stderr=log)
    try:
        wait_for_port(port)
        workers = [child for child in children(server.pid) if is_work(child)]
        assert len(workers) == (option == "--work")
        if workers:
            until(lambda: alive(f"http://127.0.0.1:{port}"), (home / "log").read_text)
    finally:
        server.kill()
        server.wait(timeout=30)
    until(lambda: not any(map(is_work, workers)))

"""Real parts for tests: a database, an index and the packaged model, small and thrown away."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from api.database import open_engine, upgrade
from evals.serving import free_port
from knowledge_base.catalogue import Catalogue
from knowledge_base.embed import DEFAULT_MODEL, Embedder, load_embedder
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.locks import FileLock
from knowledge_base.vectors import embedded_index

ROOT = Path(__file__).parent.parent
MODELS = ROOT / "var" / "models"

# No test may look for a model anywhere but on this machine.
os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return load_embedder(DEFAULT_MODEL, MODELS, threads=2)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'townclerk.sqlite3'}")
    upgrade(engine)
    yield engine
    engine.dispose()


def knowledge_base_in(
    folder: Path, engine: Engine, embedder: Embedder, words: Path | None = None
) -> KnowledgeBase:
    """Open the knowledge base whose index and lock are in a folder."""
    index, lock = embedded_index(folder / "chroma"), FileLock(folder / "writer.lock")
    return KnowledgeBase(Catalogue(engine), index, embedder, lock, words=words)


OpenKnowledgeBase = Callable[[], KnowledgeBase]


@pytest.fixture
def open_knowledge_base(
    tmp_path: Path, engine: Engine, embedder: Embedder
) -> Iterator[OpenKnowledgeBase]:
    """Open the same knowledge base again and again, each as another process would."""
    opened: list[KnowledgeBase] = []

    def open_one() -> KnowledgeBase:
        knowledge_base = knowledge_base_in(tmp_path, engine, embedder)
        opened.append(knowledge_base)
        return knowledge_base

    yield open_one
    for knowledge_base in opened:
        knowledge_base.close()


@pytest.fixture
def knowledge_base(open_knowledge_base: OpenKnowledgeBase) -> KnowledgeBase:
    return open_knowledge_base()


def wait_for_port(port: int) -> None:
    """Wait until something listens on loopback, 30 seconds at most."""
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens on port {port}")


def lacking(what: str) -> None:
    """Skip where a developer's machine lacks a program; fail where tests must be whole."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is not installed")
    pytest.skip(f"{what} is not installed")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server of its own on loopback: its address for SQLAlchemy."""
    programs = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
    if programs is None:
        lacking("PostgreSQL")
    assert programs is not None
    # Not pytest's own folder: another run of the tests may clear that away under the server.
    folder = Path(tempfile.mkdtemp(prefix="townclerk-postgresql-"))
    as_user: list[str] = []
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root; Debian's package brings the user for it.
        as_user = ["runuser", "-u", "postgres", "--"]
        shutil.chown(folder, "postgres")
    user = "postgres" if as_user else getpass.getuser()
    data, port = folder / "data", free_port()
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "cwd": folder}
    initdb = [programs / "initdb", "-D", data, "-A", "trust", "-N", "-U", user]
    subprocess.run([*as_user, *initdb], check=True, **quiet)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"
    control = [*as_user, programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
    subprocess.run([*control, "-o", options, "start"], check=True, **quiet)
    yield f"postgresql+pg8000://{user}@127.0.0.1:{port}/postgres"
    subprocess.run([*control, "-m", "immediate", "stop"], check=True, **quiet)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Chroma server of its own on loopback: its address."""
    folder, port = tmp_path_factory.mktemp("chroma"), free_port()
    command = [Path(sys.executable).parent / "chroma", "run", "--path", folder]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)], stdout=log, stderr=log
        )
    wait_for_port(port)
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait(timeout=30)

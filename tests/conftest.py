"""Real parts for tests: a database, an index and the packaged model, small and thrown away."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.database import open_engine, upgrade
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


OpenKnowledgeBase = Callable[[], KnowledgeBase]


@pytest.fixture
def open_knowledge_base(
    tmp_path: Path, engine: Engine, embedder: Embedder
) -> Iterator[OpenKnowledgeBase]:
    """Open the same knowledge base again and again, each as another process would."""
    opened: list[KnowledgeBase] = []

    def open_one() -> KnowledgeBase:
        knowledge_base = KnowledgeBase(
            Catalogue(engine),
            embedded_index(tmp_path / "chroma"),
            embedder,
            FileLock(tmp_path / "writer.lock"),
        )
        opened.append(knowledge_base)
        return knowledge_base

    yield open_one
    for knowledge_base in opened:
        knowledge_base.close()


@pytest.fixture
def knowledge_base(open_knowledge_base: OpenKnowledgeBase) -> KnowledgeBase:
    return open_knowledge_base()

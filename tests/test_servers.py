"""PostgreSQL and a Chroma server instead of files: the same promises, by settings alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from api.database import open_engine, upgrade
from knowledge_base.catalogue import Catalogue
from knowledge_base.embed import Embedder
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.locks import Busy, writer_lock
from knowledge_base.vectors import collection_name, server_index
from tests.test_knowledge_base import BINS, POOL, found, make_page, put
from tests.test_serve import home, townclerk  # noqa: F401

pytestmark = [pytest.mark.postgresql, pytest.mark.slow]


@pytest.fixture
def engine(postgresql: str) -> Iterator[Engine]:
    engine = open_engine(postgresql)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def knowledge_base(
    engine: Engine, chroma_server: str, embedder: Embedder, tmp_path: Path
) -> Iterator[KnowledgeBase]:
    index = server_index(chroma_server)
    opened = KnowledgeBase(Catalogue(engine), index, embedder, writer_lock(engine, tmp_path))
    index.reset(collection_name("exampleton", opened.model))
    yield opened
    opened.close()


def test_pages_are_put_found_changed_and_dropped(knowledge_base: KnowledgeBase) -> None:
    assert put(knowledge_base, BINS, POOL) == 3
    assert put(knowledge_base, BINS, POOL) == 0
    first = knowledge_base.find("exampleton", "an indoor place to swim lengths")
    assert (first.matches[0].page_url, first.degraded) == (POOL.url, False)
    put(knowledge_base, make_page("bins", "Put your bin out by 6am on your collection day."))
    assert "Put your bin out by 7am on your collection day." not in found(knowledge_base, "bin")
    with knowledge_base.writer() as writer:
        writer.drop("exampleton", [POOL.url])
    knowledge_base.look_again("exampleton")
    assert POOL.passages[0].text not in found(knowledge_base, "swimming pool")


def test_two_writers_at_once_are_refused(
    knowledge_base: KnowledgeBase, postgresql: str, tmp_path: Path
) -> None:
    other = open_engine(postgresql)
    with knowledge_base.writer(), pytest.raises(Busy), writer_lock(other, tmp_path).held():
        pass
    with writer_lock(other, tmp_path).held():
        pass
    other.dispose()


def test_an_emptied_server_leaves_words_and_is_repaired(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, BINS, POOL)
    knowledge_base._index.reset(collection_name("exampleton", knowledge_base.model))
    knowledge_base.look_again("exampleton")
    assert knowledge_base.find("exampleton", "swimming pool").degraded
    assert knowledge_base.repair("exampleton")
    assert not knowledge_base.find("exampleton", "swimming pool").degraded


def test_a_server_that_is_away_leaves_words(
    engine: Engine, embedder: Embedder, tmp_path: Path, knowledge_base: KnowledgeBase
) -> None:
    put(knowledge_base, POOL)
    away = server_index("http://127.0.0.1:9")
    opened = KnowledgeBase(Catalogue(engine), away, embedder, writer_lock(engine, tmp_path))
    words_alone = opened.find("exampleton", "swimming pool")
    assert words_alone.degraded
    assert words_alone.matches[0].page_url == POOL.url


def test_the_command_takes_both_by_settings_alone(
    engine: Engine,
    postgresql: str,
    chroma_server: str,
    home: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TOWNCLERK_DATABASE_URL", postgresql)
    monkeypatch.setenv("TOWNCLERK_CHROMA_URL", chroma_server)
    done = townclerk(home, "ingest", "exampleton", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["embedded"] == 1
    asked = townclerk(home, "ask", "exampleton", "when do I put my bin out", "--json")
    told = json.loads(asked.stdout)
    assert (told["status"], told["degraded"]) == ("answered.from_pages", False)
    assert not (home / "var" / "chroma").exists()
    assert not (home / "var" / "townclerk.sqlite3").exists()

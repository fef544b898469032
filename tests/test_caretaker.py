"""The caretaker goes on, whatever it meets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from structlog.testing import capture_logs

from api.caretaker import Caretaker
from knowledge_base.knowledge_base import KnowledgeBase
from tests.conftest import knowledge_base_in


class NoModel:
    """An embedding model that cannot be loaded."""

    model = "none"

    def embed_questions(self, texts: Sequence[str]) -> Any:
        raise RuntimeError("no such model")

    embed_passages = embed_tokens = embed_questions


def test_a_model_that_cannot_be_loaded_beforehand_does_not_end_the_caretaker(
    tmp_path: Path, engine: Engine
) -> None:
    knowledge_base = knowledge_base_in(tmp_path, engine, NoModel())  # type: ignore[arg-type]
    caretaker = Caretaker(knowledge_base, ["exampleton"])
    with capture_logs() as lines:
        caretaker.warm_up()
        caretaker.look("exampleton")
    assert [(line["event"], line["error"]) for line in lines] == [
        ("caretaker_failed", "RuntimeError")
    ]
    knowledge_base.close()


def test_a_database_that_is_away_does_not_end_the_caretaker(
    knowledge_base: KnowledgeBase, engine: Engine
) -> None:
    engine.dispose()
    Path(str(engine.url.database)).unlink()
    with capture_logs() as lines:
        Caretaker(knowledge_base, ["exampleton"]).look("exampleton")
    assert {line["event"] for line in lines} == {"caretaker_failed"}

"""Scripted dialogues with the demo council's real bot: each ends as its citizen deserves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.bench import DEMO
from api.compose import Installation, open_council
from api.settings import Settings
from chatbot.bot import Bot, build_bot
from chatbot.council import Council
from chatbot.writers.extractive import Extractive
from evals.dialogues.play import KINDS, Book, Dialogue, desk_in_memory, play, read_dialogues
from ingest.sync import sync
from knowledge_base.embed import Embedder
from tests.conftest import MODELS
from tests.test_sync import InProcess

DIALOGUES = read_dialogues()
BotFor = Callable[[Book], Bot]


@pytest.fixture(scope="module")
def bot_for(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[BotFor]:
    """The demo council's bot over a book of cases."""
    data: Path = tmp_path_factory.mktemp("data")
    (data / "models").symlink_to(MODELS)
    opened = Installation(Settings(data=data))
    council, sources = open_council(DEMO, opened.settings)
    sync(council.slug, council.website, sources, opened.knowledge_base, InProcess())
    yield bots(opened, council)
    opened.close()


def bots(opened: Installation, council: Council) -> BotFor:
    """Make a bot for each dialogue; all but the book of cases is shared."""
    opened.knowledge_base.teach(council.slug, council.everyday)
    recognise = opened.recogniser(council.phrases)
    write = Extractive(opened.embedder.embed_passages)
    desk = opened.desk(council)
    assert desk is not None

    def bot(book: Book) -> Bot:
        kept = desk_in_memory(desk, book)
        return build_bot(
            council, opened.knowledge_base, recognise=recognise, write=write, desk=kept
        )

    return bot


@pytest.mark.slow
@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda one: one.name)
async def test_a_dialogue_ends_as_its_citizen_deserves(bot_for: BotFor, dialogue: Dialogue) -> None:
    book = Book()
    assert await play(dialogue, bot_for(book), book) == ()


def test_there_are_dialogues_of_every_kind_and_in_welsh() -> None:
    assert len(DIALOGUES) >= 150
    assert len({one.name for one in DIALOGUES}) == len(DIALOGUES)
    kinds = Counter(one.kind for one in DIALOGUES)
    assert set(kinds) == set(KINDS)
    assert min(kinds.values()) >= 6
    assert sum(one.language == "cy" for one in DIALOGUES) >= len(DIALOGUES) / 20

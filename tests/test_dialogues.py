"""Scripted dialogues with the demo council's real bot: each ends as its citizen deserves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from api.bench import DEMO
from api.compose import Installation, open_council
from api.settings import Settings
from chatbot.automation import Automation, Lookup
from chatbot.bot import Bot, build_bot
from chatbot.commands import is_question
from chatbot.council import Council
from chatbot.dates import show_date
from chatbot.hours import in_london
from chatbot.lookup import look_up
from chatbot.meanings import Embed
from chatbot.steps.run_automation import Desk
from chatbot.types import Action, Question
from chatbot.wanted import Wanted
from chatbot.writers.extractive import Extractive
from evals.dialogues.play import KINDS, Book, Dialogue, desk_in_memory, play, read_dialogues
from ingest.sync import sync
from knowledge_base.embed import Embedder
from tests.conftest import MODELS
from tests.test_sync import InProcess

DIALOGUES = read_dialogues()
LEAST = 0.65
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
    desk = Desk(
        council.offers,
        NearestExample(council.offers, opened.embedder.embed_passages),
        Book(),
        DaysFound(council),
    )

    def bot(book: Book) -> Bot:
        kept = desk_in_memory(desk, book)
        return build_bot(
            council, opened.knowledge_base, recognise=recognise, write=write, desk=kept
        )

    return bot


class NearestExample:
    """Finds the automation whose example or question is nearest to a message, by meaning."""

    def __init__(self, offers: Sequence[Automation], embed: Embed) -> None:
        self.known = [
            (phrase, offer.name, asks)
            for offer in offers
            for phrases, asks in ((offer.examples, True), (offer.questions, False))
            for some in phrases.values()
            for phrase in some
        ]
        self.embed = embed
        self.meanings = embed([phrase for phrase, _, _ in self.known])

    def __call__(self, text: str, language: str) -> tuple[Wanted, ...]:
        likeness = self.meanings @ self.embed([text[:300]])[0]
        # Between much the same example and question, the form of the message tells.
        likeness = likeness + [0.1 * (asks != is_question(text)) for _, _, asks in self.known]
        at = int(likeness.argmax())
        _, name, asks = self.known[at]
        return (Wanted(name, float(likeness[at]), asks),) if likeness[at] >= LEAST else ()


class DaysFound:
    """Answers a lookup with the days that it finds."""

    def __init__(self, council: Council) -> None:
        self.council = council

    def __call__(
        self, automation: Automation, values: Mapping[str, Any], question: Question
    ) -> tuple[tuple[str, ...], tuple[Action, ...]]:
        assert isinstance(automation.does, Lookup)
        value = values.get(automation.does.key, "")
        today: date = in_london(question.at)
        looked = look_up(automation.does, self.council.folder, value, today, question.language)
        days = tuple(
            f"- **{show_date(day, question.language)}**: {', '.join(what for _, what in some)}"
            for day, some in groupby(looked.found, key=lambda one: one[0])
        )
        return days or (looked.state,), ()


@pytest.mark.slow
@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda one: one.name)
async def test_a_dialogue_ends_as_its_citizen_deserves(bot_for: BotFor, dialogue: Dialogue) -> None:
    book = Book()
    assert await play(dialogue, bot_for(book), book) == ()


def test_there_are_dialogues_of_every_kind_and_in_welsh() -> None:
    assert len(DIALOGUES) >= 85
    assert len({one.name for one in DIALOGUES}) == len(DIALOGUES)
    kinds = Counter(one.kind for one in DIALOGUES)
    assert set(kinds) == set(KINDS)
    assert min(kinds.values()) >= 6
    assert sum(one.language == "cy" for one in DIALOGUES) >= 6

"""A house with invented councils, a scripted bot and real records, for the tests of the doors."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from sqlalchemy import Engine

from api.app import CouncilDoor, House, create_app
from api.database import open_engine, upgrade
from chatbot.council import Council, load_council
from chatbot.pipeline import Block, StepStarted
from chatbot.records import Conversations
from chatbot.types import Action, Answer, Citation, Draft, Question, Run, Status
from knowledge_base.types import Found, Match

QUOTE = "Report a missed bin within two working days of the collection day."
PAGE = "https://www.exampleton.example/bins/missed"
KEY = "ttc_live_0123456789abcdef"
KEY_SHA256 = hashlib.sha256(KEY.encode()).hexdigest()

Script = Callable[[Question], AsyncIterator[StepStarted | Block | Run]]


def a_council(folder: Path, name: str = "exampleton", more: str = "") -> Council:
    home = folder / name
    home.mkdir(parents=True, exist_ok=True)
    (home / "council.toml").write_text(
        f'name = "{name.title()} Borough Council"\nnation = "england"\n'
        f'website = "https://www.{name}.example"\n{more}\n'
        f'[contact]\nurl = "https://www.{name}.example/contact"\nphone = "01632 960000"\n'
    )
    return load_council(home)


def a_run(question: Question, *blocks: str, degraded: bool = False) -> Run:
    answer = Answer(
        status=Status.ANSWERED_FROM_PAGES,
        blocks=blocks or (f"{QUOTE} [1]", "You can also **phone** us."),
        citations=(Citation(1, f"{PAGE}#report", "Missed bins", ("Report a missed bin",), QUOTE),),
        actions=(Action("read-more", "link", "Missed bins", PAGE),),
    )
    draft = Draft(question, question.text, degraded=degraded)
    return Run(answer, draft, {"find_passages": 0.01, "write_answer": 0.02})


async def says_it_all(question: Question) -> AsyncIterator[StepStarted | Block | Run]:
    yield StepStarted("find_passages")
    await asyncio.sleep(0)
    yield StepStarted("write_answer")
    run = a_run(question)
    for index, text in enumerate(run.answer.blocks):
        yield Block(text, index)
    yield run


@dataclass
class ScriptedBot:
    """Answers as the script says, and remembers what it was asked."""

    script: Script = says_it_all
    asked: list[Question] = field(default_factory=list)

    async def astream(self, input: Question) -> AsyncIterator[StepStarted | Block | Run]:
        self.asked.append(input)
        async for happened in self.script(input):
            yield happened


class Shelf:
    """A search with one passage for each council, which nobody else can see."""

    def find(self, council: str, text: str, *, limit: int = 10) -> Found:
        text.encode()
        match = Match(
            id="1",
            text=f"{QUOTE} ({council})",
            url=f"{PAGE}#report",
            title="Missed bins",
            headings=("Report a missed bin",),
            score=0.8,
            similarity=0.7,
            overlap=0.5,
            updated=date(2026, 3, 2),
            language="en",
            page_url=PAGE,
        )
        return Found((match,)[:limit])

    def ready(self, council: str) -> bool:
        return council != "emptyton"


@cache
def _new_database() -> bytes:
    """Migrate once; each test then starts from a copy."""
    with TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/records.db")
        upgrade(engine)
        engine.dispose()
        return (Path(folder) / "records.db").read_bytes()


def an_engine(folder: Path) -> Engine:
    path = folder / "records.db"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_new_database())
    return open_engine(f"sqlite:///{path}")


def a_house(folder: Path, script: Script = says_it_all, **settings: Any) -> House:
    councils = settings.pop("councils", None) or (a_council(folder / "councils"),)
    engine = settings.pop("engine", None) or an_engine(folder)
    doors = {one.slug: CouncilDoor(one, ScriptedBot(script)) for one in councils}
    return House(
        councils=doors,
        search=Shelf(),
        conversations=Conversations(engine),
        version="1.2.3",
        **settings,
    )


def a_client(house: House, **settings: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=create_app(house), raise_app_exceptions=True)
    return httpx.AsyncClient(
        transport=transport, base_url="http://clerk.example", timeout=10, **settings
    )


@dataclass(frozen=True)
class Sent:
    event: str
    data: dict[str, Any]
    id: int | None
    retry: int | None


def read_events(body: str) -> list[Sent]:
    """Read server-sent events as a browser does."""
    sent = []
    for chunk in body.replace("\r\n", "\n").split("\n\n"):
        fields = dict(
            line.split(": ", 1) for line in chunk.split("\n") if line and not line.startswith(":")
        )
        if fields:
            sent.append(
                Sent(
                    fields["event"],
                    json.loads(fields["data"]),
                    int(fields["id"]) if "id" in fields else None,
                    int(fields["retry"]) if "retry" in fields else None,
                )
            )
    return sent

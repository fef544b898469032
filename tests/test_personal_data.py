"""Personal data goes nowhere: measured on labelled strings, and followed through every door."""

from __future__ import annotations

import io
import logging
from collections.abc import AsyncIterator
from contextlib import redirect_stderr
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackHandler
from structlog.testing import capture_logs

from api.house import CouncilDoor, House
from chatbot.bot import build_bot
from chatbot.council import Council
from chatbot.pipeline import Block, StepStarted
from chatbot.privacy import mask_question, tell_of_masking
from chatbot.types import Answer, Question, Run, Status, Turn
from evals.personal_data import Labelled, measure_masking, read_labelled
from tests.doors import Shelf, a_client, a_council, a_house, a_run, read_events

CHAT = "/v1/councils/exampleton/chat"
EVENTS = "text/event-stream"
NOTE = "I took personal details out of your message."
STRINGS = read_labelled()


def halves() -> list[tuple[Labelled, ...]]:
    return [tuple(one for one in STRINGS if one.held_out is half) for half in (False, True)]


def test_a_thousand_strings_or_more_half_of_them_harmless() -> None:
    assert len(STRINGS) >= 1000
    assert len({one.text for one in STRINGS}) == len(STRINGS)
    personal = sum(bool(one.spans) for one in STRINGS)
    assert 0.4 < personal / len(STRINGS) < 0.6


@pytest.mark.parametrize("strings", [STRINGS, *halves()], ids=["all", "development", "held-out"])
def test_personal_data_is_found_and_little_else(strings: tuple[Labelled, ...]) -> None:
    masking = measure_masking(strings)
    told = "\n".join(masking.mistakes)
    assert masking.recall >= 0.99, told
    assert masking.precision >= 0.97, told


# Followed through every door

GIVEN = "Margaret Dai Priya Zofia Oluwaseun Siân Fatima Tomasz Ngozi Gareth".split()
FAMILY = "Thistlewood Prosserson Okaforde Quillfeather Brackwaite".split()


def canary(number: int) -> tuple[str, tuple[str, ...]]:
    """Tell of someone who is not there, with the words that may stand nowhere."""
    given, family = GIVEN[number % 10], f"{FAMILY[number // 10]}"
    phone = f"07700 9{number:02}1{number % 7}7"
    email = f"canary{number}@mail{number}.example"
    insurance = f"QQ {number:02} 45 6{number % 9} C"
    address = f"{number + 101} Canarybird Street"
    born = f"{number % 28 + 1:02}/0{number % 9 + 1}/19{number % 60 + 30}"
    text = (
        f"I'm {given} {family}, born {born}, NI {insurance}. I live at {address}.\n"
        f"My bin was missed, when is it collected? Ring {phone} or write to {email}"
    )
    return text, (family, phone, phone.replace(" ", ""), email, insurance, "Canarybird", born)


CANARIES = [canary(number) for number in range(50)]


async def echoes(question: Question) -> AsyncIterator[StepStarted | Block | Run]:
    """Say back all that it was told, as a language model may."""
    run = a_run(question, *(turn.message for turn in question.history), question.text)
    for index, text in enumerate(run.answer.blocks):
        yield Block(text, index)
    yield run


async def breaks(question: Question) -> AsyncIterator[StepStarted | Block | Run]:
    yield StepStarted("find_passages")
    raise RuntimeError(question.text)


def real_house(folder: Path) -> House:
    council = a_council(folder / "councils")
    door = CouncilDoor(council, build_bot(council, Shelf()))
    return replace(a_house(folder, councils=(council,)), councils={"exampleton": door})


@pytest.mark.parametrize("house", ["real", "echoes", "breaks"])
async def test_no_canary_is_kept_or_logged(
    tmp_path: Path, house: str, caplog: pytest.LogCaptureFixture
) -> None:
    scripts = {"echoes": echoes, "breaks": breaks}
    opened = real_house(tmp_path) if house == "real" else a_house(tmp_path, scripts[house])
    errors = io.StringIO()
    told: list[str] = []
    with capture_logs() as lines, redirect_stderr(errors), caplog.at_level(logging.DEBUG):
        async with a_client(opened) as client:
            for number, (text, _) in enumerate(CANARIES):
                told += await _say(client, text, number)
    written = _written(tmp_path)
    seen = {
        "database": written,
        "log": f"{lines}{errors.getvalue()}{caplog.text}",
        "told": "\n".join(told),
    }
    leaks = [(where, word) for where, text in seen.items() for word in _words() if word in text]
    assert not leaks
    assert written.count("[name]") >= len(CANARIES)


def _written(folder: Path) -> str:
    kept = b"".join(path.read_bytes() for path in folder.glob("records.db*"))
    return kept.decode("utf-8", "ignore")


def _words() -> set[str]:
    return {word for _, words in CANARIES for word in words}


async def _say(client: Any, text: str, number: int) -> list[str]:
    """Go through the doors with a text, and bring back what they told."""
    if number % 3 == 0:
        page = "/councils/exampleton/chat"
        client.cookies.clear()
        await client.post(page, data={"message": text})
        return [(await client.get(page)).text]
    first = await client.post(CHAT, json={"message": text})
    headers = {"Conversation-Secret": first.json()["conversation_secret"]}
    at = {"conversation_id": first.json()["conversation_id"]}
    stream = await client.post(
        CHAT, json={"message": f"and for {text}", **at}, headers={**headers, "Accept": EVENTS}
    )
    said = {**at, "message_id": first.json()["message_id"], "helpful": False, "comment": text}
    feedback = await client.post("/v1/councils/exampleton/feedback", json=said, headers=headers)
    home = f"/v1/councils/exampleton/conversations/{at['conversation_id']}"
    kept = await client.get(home, headers=headers)
    replayed = await client.get(f"{home}/events", headers=headers)
    invalid = await client.post(CHAT, json={"message": [text]})
    replies = (first, stream, feedback, kept, replayed, invalid)
    assert [reply.status_code for reply in replies] == [200] * 5 + [422]
    return [reply.text for reply in replies]


# The citizen is told


async def test_the_citizen_is_told_under_the_answer_at_every_door(tmp_path: Path) -> None:
    message = "when is my bin collected? ring me on 07700 900123"
    async with a_client(real_house(tmp_path)) as client:
        whole = (await client.post(CHAT, json={"message": message})).json()
        reply = await client.post(CHAT, json={"message": message}, headers={"Accept": EVENTS})
        page = "/councils/exampleton/chat"
        await client.post(page, data={"message": message})
        shown = (await client.get(page)).text
        plain = (await client.post(CHAT, json={"message": "when is my bin collected?"})).json()
    assert whole["status"] == plain["status"] == "answered.from_pages"
    assert whole["text"].startswith(plain["text"])
    assert whole["citations"] == plain["citations"]
    assert whole["text"].rpartition("\n\n")[2].startswith(NOTE)
    assert NOTE not in plain["text"]
    events = read_events(reply.text)
    blocks = [one.data["text"] for one in events if one.event == "block"]
    assert "\n\n".join(blocks) == events[-1].data["text"] == whole["text"]
    assert shown.count(NOTE) == 1


async def test_the_citizen_is_told_where_the_bot_fails_too(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path, breaks)) as client:
        told = (await client.post(CHAT, json={"message": "bins, jo@mail.example"})).json()
    assert told["status"] == "error.unexpected"
    assert told["text"].rpartition("\n\n")[2].startswith(NOTE)


@pytest.fixture
def council(tmp_path: Path) -> Council:
    return a_council(tmp_path, more='languages = ["en", "cy"]')


@pytest.mark.parametrize("language", ["en", "cy"])
@pytest.mark.parametrize("status", list(Status))
def test_the_note_stands_last_whatever_the_status(
    council: Council, status: Status, language: str
) -> None:
    values = {"page_title": "Bins", "page_url": "https://x.example", "reference": "1", "limit": "9"}
    answer = council.say(status, language, **values)
    question = mask_question(Question("I'm Margaret Okafor", language), council)
    told = tell_of_masking(answer, question, council)
    # Someone in danger reads the reviewed words and nothing else.
    in_danger = status.family == "safety"
    note = () if in_danger else council.words("note.personal_data", language)
    assert told.blocks == (*answer.blocks, *note)
    assert tell_of_masking(answer, Question("bins", language), council) == answer


def test_a_message_too_long_or_of_nothing_else_is_answered_with_the_note(council: Council) -> None:
    bot = build_bot(council, Shelf())
    long = bot.invoke(Question("my name is Jane Smith " + "bins " * 1000))
    only = bot.invoke(Question("07700 900123"))
    assert long.answer.status is Status.REFUSED_TOO_LONG
    assert only.answer.status is Status.CLARIFY_UNCLEAR
    assert all(run.answer.blocks[-1].startswith(NOTE) for run in (long, only))


class Tracer(AsyncCallbackHandler):
    def __init__(self) -> None:
        self.seen: list[Any] = []

    async def on_chain_start(self, serialized: Any, inputs: Any, **more: Any) -> None:
        self.seen.append((inputs, more))

    async def on_chain_end(self, outputs: Any, **more: Any) -> None:
        self.seen.append((outputs, more))


async def test_tracers_see_no_personal_data(council: Council) -> None:
    tracer = Tracer()
    before = Turn("I'm Dai Prosser, where is the tip", Answer(Status.ANSWERED_FROM_PAGES, ()))
    question = Question("and is it open? ring 07700 900123", history=(before,))
    run = await build_bot(council, Shelf()).ainvoke(question, {"callbacks": [tracer]})
    assert len(tracer.seen) == 2
    assert "07700 900123" not in f"{tracer.seen}{run}"
    assert "Prosser" not in f"{tracer.seen}{run}"

"""What a client of the chat lives through: answers, streams, conversations, problems."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine

from api.app import create_app
from api.chat import _events
from api.exchange import LeavingNow, conduct, enter
from api.house import House
from api.observe import Figures
from api.wire import ChatAnswer, ProblemOut
from chatbot.pipeline import Block, StepStarted
from chatbot.records import Conversations, RecordsDown
from chatbot.types import Question, Run
from tests.doors import (
    KEY,
    KEY_SHA256,
    QUOTE,
    ScriptedBot,
    a_client,
    a_council,
    a_house,
    a_run,
    read_events,
)

CHAT = "/v1/councils/exampleton/chat"
STREAM = {"Accept": "text/event-stream"}

Happening = AsyncIterator[StepStarted | Block | Run]


def is_problem(response: httpx.Response, kind: str, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    ProblemOut.model_validate(body)
    assert body["type"] == f"urn:townclerk:problem:{kind}"
    assert body["status"] == status
    assert body["instance"].endswith(response.headers["x-request-id"])
    return body


async def test_a_question_is_answered_with_its_source(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path)) as client:
        response = await client.post(CHAT, json={"message": "My bin was missed"})
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    ChatAnswer.model_validate(body)
    assert set(body) == {
        "conversation_id",
        "conversation_secret",
        "message_id",
        "status",
        "also",
        "text",
        "html",
        "citations",
        "actions",
        "degraded",
        "seconds",
    }
    assert body["status"] == "answered.from_pages"
    assert body["text"].startswith(f"{QUOTE} [1]")
    assert "<strong>phone</strong>" in body["html"]
    assert body["citations"][0]["quote"] == QUOTE
    assert set(body["actions"][0]) == {"id", "kind", "label", "url"}
    assert list(body["seconds"]) == ["total", "find_passages", "write_answer"]


async def test_a_conversation_goes_on_with_its_history(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    async with a_client(house) as client:
        first = (await client.post(CHAT, json={"message": "Bins?"})).json()
        secret = {"Conversation-Secret": first["conversation_secret"]}
        more = {"message": "And garden waste?", "conversation_id": first["conversation_id"]}
        second = await client.post(CHAT, json=more, headers=secret)
    assert second.json()["conversation_id"] == first["conversation_id"]
    assert "conversation_secret" not in second.json()
    bot = house.councils["exampleton"].bot
    assert isinstance(bot, ScriptedBot)
    assert [turn.message for turn in bot.asked[1].history] == ["Bins?"]
    assert bot.asked[1].history[0].answer.citations[0].quote == QUOTE


async def test_a_conversation_needs_its_secret_and_tells_nothing_else(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path)) as client:
        first = (await client.post(CHAT, json={"message": "Bins?"})).json()
        more = {"message": "And?", "conversation_id": first["conversation_id"]}
        missing = await client.post(CHAT, json=more)
        assert missing.headers["www-authenticate"] == "Conversation-Secret"
        is_problem(missing, "secret-needed", 401)
        wrong = {"Conversation-Secret": "wrong"}
        known = is_problem(
            await client.post(CHAT, json=more, headers=wrong), "no-such-conversation", 404
        )
        unknown = is_problem(
            await client.post(CHAT, json=more | {"conversation_id": "0" * 32}, headers=wrong),
            "no-such-conversation",
            404,
        )
    assert known | {"instance": ""} == unknown | {"instance": ""}


async def test_a_conversation_belongs_to_one_council(tmp_path: Path) -> None:
    councils = (a_council(tmp_path, "exampleton"), a_council(tmp_path, "otherton"))
    async with a_client(a_house(tmp_path, councils=councils)) as client:
        first = (await client.post(CHAT, json={"message": "Bins?"})).json()
        secret = {"Conversation-Secret": first["conversation_secret"]}
        more = {"message": "And?", "conversation_id": first["conversation_id"]}
        other = "/v1/councils/otherton"
        crossed = await client.post(f"{other}/chat", json=more, headers=secret)
        is_problem(crossed, "no-such-conversation", 404)
        for tail in ("", "/events"):
            path = f"{other}/conversations/{first['conversation_id']}{tail}"
            is_problem(await client.get(path, headers=secret), "no-such-conversation", 404)


async def test_the_stream_tells_the_same_answer_as_it_comes(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path)) as client:
        response = await client.post(CHAT, json={"message": "Bins?"}, headers=STREAM)
    assert response.headers["content-type"].startswith("text/event-stream")
    sent = read_events(response.text)
    assert [one.event for one in sent] == [
        "accepted",
        "status",
        "status",
        "block",
        "block",
        "citations",
        "done",
    ]
    assert [one.id for one in sent] == [1, None, None, 2, 3, 4, 5]
    assert sent[0].retry
    assert sent[0].data["conversation_secret"] == sent[-1].data["conversation_secret"]
    assert [one.data["step"] for one in sent[1:3]] == ["find_passages", "write_answer"]
    done = ChatAnswer.model_validate(sent[-1].data)
    assert done.text == "\n\n".join(one.data["text"] for one in sent[3:5])
    assert sent[5].data["citations"] == sent[-1].data["citations"]


@pytest.mark.parametrize("live", [True, False])
async def test_what_was_streamed_can_be_replayed_without_the_secret(
    tmp_path: Path, live: bool
) -> None:
    async with a_client(a_house(tmp_path)) as client:
        response = await client.post(
            CHAT, json={"message": "Bins?"}, headers=STREAM if live else {}
        )
        first = read_events(response.text)[-1].data if live else response.json()
        path = f"/v1/councils/exampleton/conversations/{first['conversation_id']}/events"
        secret = {"Conversation-Secret": first["conversation_secret"]}
        whole = (await client.get(path, headers=secret)).json()
        part = (await client.get(path, params={"after": 2, "limit": 2}, headers=secret)).json()
    assert [one["event"] for one in whole["events"]] == [
        "accepted",
        "block",
        "block",
        "citations",
        "done",
    ]
    assert not whole["more"]
    assert first["conversation_secret"] not in json.dumps(whole)
    assert whole["events"][-1]["data"] | {"conversation_secret": 1} == first | {
        "conversation_secret": 1
    }
    assert [one["id"] for one in part["events"]] == [3, 4]
    assert (part["next_after"], part["more"]) == (4, True)


async def test_the_transcript_shows_what_was_said_with_personal_data_masked(
    tmp_path: Path,
) -> None:
    async with a_client(a_house(tmp_path)) as client:
        said = "Call me on 07700 900123 or the council on 01632 960000"
        first = (await client.post(CHAT, json={"message": said})).json()
        secret = {"Conversation-Secret": first["conversation_secret"]}
        path = f"/v1/councils/exampleton/conversations/{first['conversation_id']}"
        shown = (await client.get(path, headers=secret)).json()
    (message,) = shown["messages"]
    assert "07700" not in message["message"]
    assert "01632 960000" in message["message"]
    assert message["state"] == "finished"
    assert message["answer"]["text"] == first["text"]
    assert message["feedback"] is None


async def test_the_councils_own_address_is_not_masked(tmp_path: Path) -> None:
    council = a_council(tmp_path)
    own = replace(council.contact, email="help@exampleton.example")
    house = a_house(tmp_path, councils=(replace(council, contact=own),))
    async with a_client(house) as client:
        said = "I am jo@mail.example and wrote to Help@exampleton.example"
        first = (await client.post(CHAT, json={"message": said})).json()
        secret = {"Conversation-Secret": first["conversation_secret"]}
        path = f"/v1/councils/exampleton/conversations/{first['conversation_id']}"
        (message,) = (await client.get(path, headers=secret)).json()["messages"]
    assert message["message"] == "I am [email] and wrote to Help@exampleton.example"


async def test_feedback_is_kept_and_masked(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path)) as client:
        first = (await client.post(CHAT, json={"message": "Bins?"})).json()
        secret = {"Conversation-Secret": first["conversation_secret"]}
        said = {
            "conversation_id": first["conversation_id"],
            "message_id": first["message_id"],
            "helpful": False,
            "comment": "Write to me: jo@mail.example",
        }
        path = "/v1/councils/exampleton/feedback"
        kept = await client.post(path, json=said, headers=secret)
        assert kept.json()["comment"] == "Write to me: [email]"
        is_problem(await client.post(path, json=said), "secret-needed", 401)
        wrong = said | {"message_id": "other"}
        is_problem(await client.post(path, json=wrong, headers=secret), "no-such-message", 404)
        is_problem(
            await client.post(path, json=said | {"helpful": "yes"}, headers=secret), "invalid", 422
        )
        shown = await client.get(
            f"/v1/councils/exampleton/conversations/{first['conversation_id']}", headers=secret
        )
    assert shown.json()["messages"][0]["feedback"]["helpful"] is False


async def test_a_citizen_can_delete_a_conversation(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path)) as client:
        first = (await client.post(CHAT, json={"message": "Bins?"})).json()
        secret = {"Conversation-Secret": first["conversation_secret"]}
        path = f"/v1/councils/exampleton/conversations/{first['conversation_id']}"
        assert (await client.delete(path, headers=secret)).status_code == 204
        is_problem(await client.get(path, headers=secret), "no-such-conversation", 404)


async def test_the_language_is_one_of_the_councils(tmp_path: Path) -> None:
    council = a_council(tmp_path, more='languages = ["cy", "en"]')
    house = a_house(tmp_path, councils=(council,))
    async with a_client(house) as client:
        for language in (None, "en"):
            asked = {"message": "Bins?"} | ({"language": language} if language else {})
            assert (await client.post(CHAT, json=asked)).status_code == 200
        for wrong in ("fr", "english!", ""):
            asked = {"message": "Bins?", "language": wrong}
            body = is_problem(await client.post(CHAT, json=asked), "invalid", 422)
            assert body["errors"][0]["pointer"] == "#/language"
    bot = house.councils["exampleton"].bot
    assert isinstance(bot, ScriptedBot)
    assert [question.language for question in bot.asked] == ["cy", "en"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#"),
        ({"message": ""}, "#/message"),
        ({"message": " \n\x00 "}, "#/message"),
        ({"message": "\ud83d"}, "#/message"),
        ({"message": 7}, "#/message"),
        ({"message": "x", "action": {"id": "y"}}, "#"),
        ({"message": "x", "mesage": "y"}, "#/mesage"),
        ({"message": "x", "a/b~\x00": "y"}, "#/a~1b~0"),
        ({"message": "x", "\ud83d": "y"}, "#"),
        ({"message": "x", "conversation_id": "../../etc"}, "#/conversation_id"),
        ([], "#"),
        ("text", "#"),
        (None, "#"),
    ],
)
async def test_an_invalid_body_is_told_where(tmp_path: Path, body: Any, pointer: str) -> None:
    async with a_client(a_house(tmp_path)) as client:
        response = await client.post(
            CHAT, content=json.dumps(body), headers={"Content-Type": "application/json"}
        )
    problem = is_problem(response, "invalid", 422)
    assert problem["errors"][0]["pointer"] == pointer
    assert "input" not in problem["errors"][0]


async def test_an_unknown_action_is_told_clearly(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path)) as client:
        asked = {"action": {"id": "confirm", "values": {"street": "High Street"}}}
        body = is_problem(await client.post(CHAT, json=asked), "unknown-action", 422)
    assert body["errors"][0]["pointer"] == "#/action/id"


@pytest.mark.parametrize(
    ("method", "path", "kind", "status"),
    [
        ("POST", "/v1/councils/nowhere/chat", "no-such-council", 404),
        ("POST", "/v1/councils/%00/chat", "no-such-council", 404),
        ("GET", CHAT, "method-not-allowed", 405),
        ("GET", "/v1/nothing", "not-found", 404),
        ("GET", "/static/nothing.css", "not-found", 404),
        ("GET", "/static/../app.py", "not-found", 404),
        ("GET", "/councils/nowhere/chat", "no-such-council", 404),
        ("GET", "/v1/councils/exampleton/conversations/x", "secret-needed", 401),
        ("OPTIONS", CHAT, "method-not-allowed", 405),
    ],
)
async def test_every_error_is_a_problem(
    tmp_path: Path, method: str, path: str, kind: str, status: int
) -> None:
    async with a_client(a_house(tmp_path)) as client:
        is_problem(await client.request(method, path, json={"message": "x"}), kind, status)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/councils/exampleton/chat", 200),
        ("/v1/councils", 200),
        ("/static/page.css", 200),
        ("/v1/nothing", 404),
        (CHAT, 405),
    ],
)
async def test_head_is_answered_as_get_without_the_body(
    tmp_path: Path, path: str, status: int
) -> None:
    house = a_house(tmp_path)
    async with a_client(house) as client:
        asked, told = await client.get(path), await client.head(path)
    assert (asked.status_code, told.status_code) == (status, status)
    assert told.headers["content-type"] == asked.headers["content-type"]
    assert asked.content
    assert not told.content


@pytest.mark.parametrize(
    ("accept", "streams"),
    [
        ("text/event-stream", True),
        ("application/json, TEXT/EVENT-STREAM;q=0.5", True),
        ("text/event-stream;q=0", False),
        ("application/json, text/event-stream; q=0.000", False),
        ("*/*", False),
    ],
)
async def test_a_stream_comes_only_where_it_is_wanted(
    tmp_path: Path, accept: str, streams: bool
) -> None:
    async with a_client(a_house(tmp_path), headers={"Accept": accept}) as client:
        response = await client.post(CHAT, json={"message": "Bins?"})
    assert response.headers["content-type"].startswith("text/event-stream") is streams


async def test_a_transcript_tells_an_answer_as_the_chat_did(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path)) as client:
        told = (await client.post(CHAT, json={"message": "Bins?"})).json()
        secret = {"Conversation-Secret": told.pop("conversation_secret")}
        path = f"/v1/councils/exampleton/conversations/{told['conversation_id']}"
        (kept,) = (await client.get(path, headers=secret)).json()["messages"]
    assert kept["answer"] == told


async def test_a_wrong_method_is_told_the_right_ones(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path)) as client:
        assert (await client.get(CHAT)).headers["allow"] == "POST"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
async def test_only_json_is_understood(tmp_path: Path, kind: str) -> None:
    async with a_client(a_house(tmp_path)) as client:
        response = await client.post(
            CHAT, content=b'{"message": "x"}', headers={"Content-Type": kind}
        )
    is_problem(response, "unsupported-media-type", 415)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe{}",
        b'{"message": "\xff"}',
        b"[" * 20_000,
        b'{"a":' * 10_000,
        b"1" * 5_000,
        b'{"message": NaN}',
    ],
)
async def test_a_body_that_is_no_json_is_no_fault_of_ours(tmp_path: Path, body: bytes) -> None:
    async with a_client(a_house(tmp_path)) as client:
        response = await client.post(
            CHAT, content=body, headers={"Content-Type": "application/json"}
        )
    assert response.status_code in (400, 422)
    assert response.headers["content-type"] == "application/problem+json"


async def test_hostile_text_is_a_question_like_any_other(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    hostile = [
        "bins\x00\x1b[31m\ud83d?",
        "\u202eevil\u202c",
        "👩‍👩‍👧‍👦" * 500,
        "<script>alert(1)</script>",
        "\n".join("line" for _ in range(10_000)),
        "' OR 1=1; --",
        "{{7*7}} ${7*7} %(x)s {0}",
        "a" * 60_000,
    ]
    async with a_client(house) as client:
        for text in hostile:
            for headers in ({}, STREAM):
                response = await client.post(
                    CHAT,
                    content=json.dumps({"message": text}),
                    headers={"Content-Type": "application/json"} | headers,
                )
                assert response.status_code == 200, response.text[:200]
    bot = house.councils["exampleton"].bot
    assert isinstance(bot, ScriptedBot)
    assert bot.asked[0].text == "bins[31m?"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
_ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=60)
_BODY = _JSON | st.fixed_dictionaries(
    {},
    optional={
        "message": _ANY_TEXT | _JSON,
        "conversation_id": _ANY_TEXT | _JSON,
        "language": st.sampled_from(["en", "cy", "xx"]) | _ANY_TEXT | _JSON,
        "action": _JSON | st.fixed_dictionaries({"id": _ANY_TEXT, "values": _JSON}),
    },
)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> House:
    return a_house(tmp_path_factory.mktemp("fuzz"))


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    body=_BODY,
    stream=st.booleans(),
    secret=st.none() | st.text(alphabet=st.characters(max_codepoint=255, min_codepoint=33)),
)
def test_no_body_brings_the_chat_down(
    fuzzed: House, body: Any, stream: bool, secret: str | None
) -> None:
    headers = [(b"content-type", b"application/json")]
    headers += [(b"accept", b"text/event-stream")] if stream else []
    headers += [(b"conversation-secret", secret.encode("latin-1"))] if secret else []

    async def send() -> httpx.Response:
        async with a_client(fuzzed) as client:
            return await client.post(CHAT, content=json.dumps(body), headers=headers)

    response = asyncio.run(send())
    assert response.status_code < 500, response.text
    if response.status_code == 200 and stream:
        assert read_events(response.text)[-1].event == "done"
    elif response.status_code == 200:
        ChatAnswer.model_validate(response.json())
    else:
        ProblemOut.model_validate(response.json())


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    tail=st.sampled_from(["", "/events", "/x"]),
    id=_ANY_TEXT.filter(lambda id: not re.search("[\ud800-\udfff]", id)),
    query=st.dictionaries(st.sampled_from(["after", "limit", "q"]), st.text(max_size=25)),
)
def test_no_address_brings_the_api_down(
    fuzzed: House, tail: str, id: str, query: dict[str, str]
) -> None:
    async def send() -> list[httpx.Response]:
        async with a_client(fuzzed, headers={"Conversation-Secret": "x"}) as client:
            quoted = "".join(f"%{byte:02x}" for byte in id.encode())
            base = f"/v1/councils/exampleton/conversations/{quoted}{tail}"
            try:
                return [
                    await client.get(base, params={k: v for k, v in query.items() if v}),
                    await client.get("/v1/councils/exampleton/search", params=query),
                ]
            except (httpx.InvalidURL, UnicodeEncodeError):
                return []

    for response in asyncio.run(send()):
        assert response.status_code < 500, response.text


async def breaks(question: Question) -> Happening:
    yield StepStarted("find_passages")
    raise RuntimeError(f"a fault that quotes {question.text}")


async def says_nothing(question: Question) -> Happening:
    yield StepStarted("find_passages")


async def takes_for_ever(question: Question) -> Happening:
    yield StepStarted("find_passages")
    yield Block("half an", 0)
    await asyncio.sleep(3600)


@pytest.mark.parametrize(
    ("script", "status"),
    [
        (breaks, "error.unexpected"),
        (says_nothing, "error.unexpected"),
        (takes_for_ever, "error.too_slow"),
    ],
)
@pytest.mark.parametrize("live", [True, False])
async def test_a_bot_that_fails_still_ends_with_words(
    tmp_path: Path, script: Any, status: str, live: bool
) -> None:
    house = a_house(tmp_path, script, seconds_per_answer=0.1)
    async with a_client(house) as client:
        response = await client.post(
            CHAT, json={"message": "Bins?"}, headers=STREAM if live else {}
        )
    assert response.status_code == 200
    done = read_events(response.text)[-1].data if live else response.json()
    assert done["status"] == status
    assert "www.exampleton.example/contact" in done["text"]


async def _start(house: House) -> Any:
    door = house.councils["exampleton"]
    return await enter(house, door, Figures(house), {}, "Bins?")


async def test_a_client_that_leaves_stops_the_work(tmp_path: Path) -> None:
    stopped = asyncio.Event()

    async def works(question: Question) -> Happening:
        yield StepStarted("find_passages")
        try:
            await asyncio.sleep(3600)
        finally:
            stopped.set()

    house = a_house(tmp_path, works)
    exchange = await _start(house)
    stream = _events(exchange, anyio.Event())
    assert (await anext(stream)).event == "accepted"
    assert (await anext(stream)).event == "status"
    await stream.aclose()  # type: ignore[attr-defined]
    assert stopped.is_set()
    (message,) = house.conversations.transcript(exchange.conversation)
    assert message.answer is None
    assert message.ended
    last = house.conversations.events(exchange.conversation)[-1]
    assert (last.kind, last.data["type"]) == ("error", "urn:townclerk:problem:cut-off")


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
async def test_a_disconnect_stops_the_work(tmp_path: Path, accept: str) -> None:
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def works(question: Question) -> Happening:
        begun.set()
        yield StepStarted("find_passages")
        try:
            await asyncio.sleep(3600)
        finally:
            stopped.set()

    house = a_house(tmp_path, works)
    body = [{"type": "http.request", "body": b'{"message": "Bins?"}'}]

    async def receive() -> Any:
        if body:
            return body.pop()
        await begun.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        pass

    scope = {
        "type": "http",
        "method": "POST",
        "path": CHAT,
        "raw_path": CHAT.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "client": ("203.0.113.7", 1),
        "server": ("clerk.example", 80),
        "headers": [(b"content-type", b"application/json"), (b"accept", accept.encode())],
    }
    async with asyncio.timeout(5):
        await create_app(house)(scope, receive, send)
    assert stopped.is_set()


async def test_a_block_is_kept_before_it_is_told(tmp_path: Path) -> None:
    async def comes_slowly(question: Question) -> Happening:
        run = a_run(question, "one", "two", "three")
        for index, text in enumerate(run.answer.blocks):
            yield Block(text, index)
            await asyncio.sleep(0.01)
        yield run

    house = a_house(tmp_path, comes_slowly)
    exchange = await _start(house)
    told = []
    async for one in conduct(exchange, live=True):
        told.append(one.cursor)
        kept = house.conversations.events(exchange.conversation)
        assert one.cursor in [event.cursor for event in kept]
    assert told == [2, 3, 4, 5, 6]


async def test_a_server_that_leaves_waits_for_the_answer_a_little(tmp_path: Path) -> None:
    house = a_house(tmp_path, takes_for_ever)
    exchange, leaving = await _start(house), anyio.Event()
    leaving.set()
    with pytest.raises(LeavingNow):
        async for _ in conduct(exchange, live=True, leaving=leaving, seconds_left=0.01):
            pass
    assert house.conversations.transcript(exchange.conversation)[0].ended
    quick = await _start(a_house(tmp_path / "other"))
    told = [one.kind async for one in conduct(quick, live=True, leaving=leaving, seconds_left=2)]
    assert told[-1] == "done"


async def test_what_a_killed_server_left_is_shown_as_cut_off(tmp_path: Path) -> None:
    house = a_house(tmp_path, seconds_per_answer=-30.0 + 0.001)
    opened = house.conversations.begin("exampleton", "en")
    house.conversations.accept(opened.conversation, "Bins?")
    await asyncio.sleep(timedelta(milliseconds=5).total_seconds())
    async with a_client(house, headers={"Conversation-Secret": opened.secret}) as client:
        path = f"/v1/councils/exampleton/conversations/{opened.conversation.id}"
        shown = (await client.get(path)).json()
        events = (await client.get(f"{path}/events")).json()["events"]
    assert shown["messages"][0]["state"] == "incomplete"
    assert shown["messages"][0]["answer"] is None
    assert [one["event"] for one in events] == ["accepted", "error"]


async def test_without_its_database_the_service_says_when_to_come_back(tmp_path: Path) -> None:
    engine: Engine = create_engine(f"sqlite:///{tmp_path / 'missing' / 'x.db'}")
    async with a_client(a_house(tmp_path, engine=engine)) as client:
        for headers in ({}, STREAM):
            response = await client.post(CHAT, json={"message": "Bins?"}, headers=headers)
            is_problem(response, "unavailable", 503)
            assert response.headers["retry-after"] == "5"
        is_problem(await client.get("/readyz"), "unavailable", 503)
        assert (await client.get("/healthz")).status_code == 200


class Failing(Conversations):
    """Records whose disk is full from the answer on."""

    def finish(self, *_: Any, **__: Any) -> Any:
        raise RecordsDown("OperationalError")


async def test_a_full_disk_ends_the_answer_as_a_problem(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    house = replace(house, conversations=Failing(house.conversations._engine))
    async with a_client(house) as client:
        is_problem(await client.post(CHAT, json={"message": "Bins?"}), "unavailable", 503)
        response = await client.post(CHAT, json={"message": "Bins?"}, headers=STREAM)
    last = read_events(response.text)[-1]
    assert (last.event, last.data["status"]) == ("error", 503)


async def test_a_council_can_require_a_key(tmp_path: Path) -> None:
    more = f'require_api_key = true\napi_key_sha256 = ["{"0" * 64}", "{KEY_SHA256}"]'
    house = a_house(tmp_path, councils=(a_council(tmp_path, more=more),))
    async with a_client(house) as client:
        for wrong in ("", "Bearer", "Bearer wrong", f"Basic {KEY}", f"Bearer {KEY_SHA256}"):
            headers = {"Authorization": wrong} if wrong else {}
            response = await client.post(CHAT, json={"message": "x"}, headers=headers)
            is_problem(response, "key-needed", 401)
            assert response.headers["www-authenticate"].startswith("Bearer")
        right = {"Authorization": f"Bearer {KEY}"}
        assert (await client.post(CHAT, json={"message": "x"}, headers=right)).status_code == 200
        assert (await client.get("/v1/councils/exampleton")).json()["requires_api_key"] is True
        assert (await client.get("/councils/exampleton/chat")).status_code == 403

"""Ask a question and get an answer, at once or as a stream."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Depends, Header, Request
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import JSONResponse, Response

from api.actions import Chosen, choose
from api.exchange import Exchange, LeavingNow, Told, conduct, enter, first, request_id
from api.keys import OpenDoor, TheHouse, json_only
from api.observe import Figures, log_fault
from api.problems import Problem, documented, no_such_conversation, unavailable
from api.wire import ANSWER, ChatAnswer, ChatRequest
from chatbot.records import NoConversation, RecordsDown

router = APIRouter(prefix="/v1/councils/{council}", tags=["chat"])

PING_SECONDS = 15
# A peer that has vanished without a word, such as a telephone in a tunnel, is given up after these.
SEND_SECONDS = 30
# More than an answer under way is left with, see SECONDS_LEFT_ON_SHUTDOWN.
SHUTDOWN_SECONDS = 6

STREAM = """\
event: accepted
id: 1
retry: 2400
data: {"conversation_id": "5f0c…", "conversation_secret": "Qm9v…", "message_id": "0a1b…"}

event: status
data: {"message_id": "0a1b…", "step": "find_passages"}

event: block
id: 2
data: {"message_id": "0a1b…", "index": 0, "text": "Report a … [1]", "html": "<p>Report a … </p>"}

event: citations
id: 3
data: {"message_id": "0a1b…", "citations": [{"number": 1, "url": "https://…", "quote": "…"}]}

event: done
id: 4
data: {"conversation_id": "5f0c…", "message_id": "0a1b…", "status": "answered.from_pages"}

"""
EVENTS = """The server-sent events, their data JSON objects:

- `accepted`: the message will not be lost any more;
- `status`: the step that has begun;
- `block`: one checked piece of the answer (`text`, `html`), in order;
- `citations`: where it is said;
- `done`: the whole answer, as the JSON response has it;
- `error`: a problem, in place of `done`.

An `id` is the cursor to replay with `…/events?after=`. A stream that ends without `done` or `error`
is incomplete. Lines that start with a colon keep the connection open."""

_ANSWERED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "How the message ended. A refusal is an answer, and so is an error of the "
        "bot: look at `status`.\n\n" + EVENTS,
        "content": {
            "application/json": {"example": ANSWER},
            "text/event-stream": {"schema": {"type": "string"}, "example": STREAM},
        },
    }
}

_REFUSED = re.compile(r"\s*q=0(?:\.0*)?\s*")

ConversationSecret = Annotated[
    str | None,
    Header(description="The secret of the conversation, from its first reply.", max_length=500),
]


@router.post(
    "/chat",
    operation_id="chat",
    summary="Ask a question",
    response_model=ChatAnswer,
    response_model_exclude_none=True,
    dependencies=[Depends(json_only)],
    responses=_ANSWERED
    | documented(
        "bad-request",
        "key-needed",
        "secret-needed",
        "no-such-council",
        "no-such-conversation",
        "too-large",
        "unsupported-media-type",
        "invalid",
        "unknown-action",
        "too-many-requests",
        "unavailable",
    ),
)
async def chat(
    request: Request,
    house: TheHouse,
    door: OpenDoor,
    asked: ChatRequest,
    conversation_secret: ConversationSecret = None,
) -> Response:
    """Answer from the council's own pages, with the sentences that say so.

    What the last answer offers in `actions` may be sent as `action` in place of a message: a reply
    by its id, an input by its id with a value under the input's `name`.

    With `Accept: text/event-stream` the answer comes as a stream of events. Leaving ends the work.
    """
    chosen = Chosen(asked.message or "", None, None)
    if asked.action is not None:
        action, values = asked.action.id, asked.action.values
        chosen = await choose(
            house, door, action, values, asked.conversation_id, conversation_secret
        )
    figures: Figures = request.app.state.figures
    exchange = await enter(
        house,
        door,
        figures,
        request.scope,
        chosen.words,
        language=asked.language,
        conversation_id=asked.conversation_id,
        secret=conversation_secret,
        taken=chosen.taken,
        asked_for=chosen.asked,
    )
    return _stream(exchange) if wants_stream(request) else await _object(exchange, request)


def wants_stream(request: Request) -> bool:
    """Tell whether the caller asks for server-sent events, and does not refuse them."""
    ranges = (one.split(";") for one in request.headers.get("accept", "").lower().split(","))
    return any(
        kind.strip() == "text/event-stream" and not any(map(_REFUSED.fullmatch, parameters))
        for kind, *parameters in ranges
    )


async def _object(exchange: Exchange, request: Request) -> Response:
    done = await play_out(exchange, request)
    return JSONResponse(done, headers={"Cache-Control": "no-store"})


async def play_out(exchange: Exchange, request: Request) -> dict[str, Any]:
    """Bring back the whole answer; a client that leaves cancels the work."""
    done: dict[str, Any] = {}
    fault: Exception | None = None

    async with anyio.create_task_group() as group:

        async def watch() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            group.cancel_scope.cancel()

        group.start_soon(watch)
        try:
            async with aclosing(conduct(exchange, live=False)) as told:
                async for one in told:
                    done = one.data if one.kind == "done" else done
        except Exception as error:
            fault = error
        group.cancel_scope.cancel()
    if fault is not None:
        raise fault
    if not done:
        raise Problem("cut-off")
    return done


def _stream(exchange: Exchange) -> Response:
    leaving = anyio.Event()
    return EventSourceResponse(
        _events(exchange, leaving),
        ping=PING_SECONDS,
        sep="\n",
        send_timeout=SEND_SECONDS,
        shutdown_event=leaving,
        shutdown_grace_period=SHUTDOWN_SECONDS,
    )


async def _events(exchange: Exchange, leaving: anyio.Event) -> AsyncIterator[ServerSentEvent]:
    # Spread out, so that clients of a server that restarts do not all come back at once.
    yield _event(first(exchange), retry=1_000 + secrets.randbelow(4_000))
    try:
        async with aclosing(conduct(exchange, live=True, leaving=leaving)) as told:
            async for one in told:
                yield _event(one)
    except Exception as fault:
        name = request_id(exchange.scope)
        yield _event(Told("error", _problem(fault, name).body(name)))


def _problem(fault: Exception, request: str) -> Problem:
    match fault:
        case LeavingNow():
            return Problem("shutting-down", "Please ask again.", {"Retry-After": "5"})
        case RecordsDown():
            return unavailable()
        case NoConversation():
            return no_such_conversation()
    log_fault(fault, request)
    return Problem("unexpected")


def _event(told: Told, retry: int | None = None) -> ServerSentEvent:
    name = None if told.cursor is None else str(told.cursor)
    data = json.dumps(told.data, ensure_ascii=False)
    return ServerSentEvent(data=data, event=told.kind, id=name, retry=retry, sep="\n")

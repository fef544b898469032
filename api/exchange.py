"""One message in, one answer out: what the chat, its stream and the page share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, MutableMapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio

from api.house import CouncilDoor, House
from api.observe import Figures, log_fault, note
from api.problems import Problem
from api.read_back import to_keep
from api.wire import ChatAnswer, action_out, citation_out
from chatbot.pipeline import Block, StepStarted
from chatbot.pipeline import Event as BotEvent
from chatbot.privacy import mask_answer, mask_change, mask_detail, mask_question, tell_of_masking
from chatbot.records import Accepted, Conversation, Event, NoConversation, NoMessage, RecordsDown
from chatbot.records.written import clean_json
from chatbot.redact import redact
from chatbot.render import render
from chatbot.threads import in_thread
from chatbot.types import Answer, Draft, Question, Run, Status, Taken

SECONDS_LEFT_ON_SHUTDOWN = 4.0

Happened = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message that has been accepted and now waits for its answer.

    secret: of a conversation that began with this message, "" where it goes on. changing: the
    message as it was kept, where it may change details that were read back; "" for any other.
    """

    house: House
    door: CouncilDoor
    figures: Figures
    scope: MutableMapping[str, Any]
    conversation: Conversation
    secret: str
    accepted: Accepted
    question: Question
    changing: str = ""
    begun: float = field(default_factory=time.perf_counter)

    @property
    def message_id(self) -> str:
        return self.accepted.message_id


@dataclass(frozen=True, slots=True)
class Told:
    """Something to tell the client. cursor: None for what is not kept and cannot be replayed."""

    kind: str
    data: dict[str, Any]
    cursor: int | None = None


class LeavingNow(Exception):
    """The server is going down and has no time left to wait for the answer."""


async def enter(
    house: House,
    door: CouncilDoor,
    figures: Figures,
    scope: MutableMapping[str, Any],
    message: str,
    *,
    language: str | None = None,
    conversation_id: str | None = None,
    secret: str | None = None,
    taken: Taken | None = None,
    asked_for: Mapping[str, Any] | None = None,
) -> Exchange:
    """Accept a message, in a new conversation or one that goes on.

    taken: the action that the message stands for. asked_for: the input that it answers, {} for
    none; None where it may answer the one that is open.
    """
    if language is not None and language not in door.council.languages:
        raise wrong_language(door)
    if conversation_id is not None and secret is None:
        raise secret_needed()

    def write() -> Exchange:
        records, slug = house.conversations, door.council.slug
        asked = mask_question(Question(message, pending={}, taken=taken), door.council)
        if conversation_id is None:
            spoken = language or door.council.languages[0]
            opened, accepted = records.begin_with(slug, spoken, asked.text)
            question = replace(asked, language=spoken, conversation=opened.conversation.id)
            return Exchange(
                house, door, figures, scope, opened.conversation, opened.secret, accepted, question
            )
        conversation = records.open(slug, conversation_id, secret or "")
        spoken = language or conversation.language
        past = records.history(conversation, house.turns_remembered)
        pending = records.pending(conversation) or {}
        wanted = asked_for
        if wanted is None:
            wanted = _input(past[-1].answer) if past and pending else {}
        kept = mask_detail(asked.text, wanted, filled_in=taken is not None)
        accepted = records.accept(conversation, kept, spoken)
        question = replace(
            asked, language=spoken, history=past, pending=pending, conversation=conversation.id
        )
        changing = kept if past and pending and _offers_changes(past[-1].answer) else ""
        return Exchange(house, door, figures, scope, conversation, "", accepted, question, changing)

    return await in_thread(write)


def _input(answer: Answer) -> Mapping[str, Any]:
    """Find what an answer asks for."""
    return next((one.input for one in answer.actions if one.kind == "input"), {})


def _offers_changes(answer: Answer) -> bool:
    return any(one.id.startswith("change:") for one in answer.actions)


async def conduct(
    exchange: Exchange,
    *,
    live: bool,
    leaving: anyio.Event | None = None,
    seconds_left: float = SECONDS_LEFT_ON_SHUTDOWN,
) -> AsyncGenerator[Told]:
    """Play the message through the bot and tell what happens, up to `done`.

    live: tell each step and block as it comes, and keep each block before it is told.
    leaving: set when the server goes down; the answer then has seconds_left to come. Where it
        does not, or the client leaves, the message is marked as cut off.
    """
    ended = False
    try:
        async with aclosing(_play(exchange, leaving, seconds_left)) as played:
            async for batch in played:
                for happened in batch:
                    if isinstance(happened, StepStarted) and live:
                        step = {"message_id": exchange.message_id, "step": happened.name}
                        yield Told("status", step)
                kept = await _keep(exchange, batch, live=live)
                ended = isinstance(batch[-1], Run)
                for event in kept:
                    yield _told(exchange, event)
    finally:
        if not ended:
            with anyio.CancelScope(shield=True):
                await in_thread(cut_off, exchange.house, exchange.conversation, exchange.message_id)


async def _keep(exchange: Exchange, batch: Sequence[BotEvent], *, live: bool) -> tuple[Event, ...]:
    """Keep what happened together in one transaction, before it is told."""
    blocks = [(one.index, one.text) for one in batch if isinstance(one, Block)]
    run = batch[-1]
    if isinstance(run, Run):
        return await _keep_run(
            exchange, run, blocks if live else list(enumerate(run.answer.blocks))
        )
    if blocks and live:
        records = exchange.house.conversations
        happened = [_block(exchange, *one) for one in blocks]
        return await in_thread(records.append, exchange.conversation, exchange.message_id, happened)
    return ()


async def _keep_run(
    exchange: Exchange, run: Run, blocks: Sequence[tuple[int, str]]
) -> tuple[Event, ...]:
    """Keep the answer; shielded, so that it is kept even if the client leaves just now.

    What a form reads back is kept masked, and told as it is.
    """
    council, message_id = exchange.door.council, exchange.message_id
    # Whoever asks to be kept safe may be watched: the class and the time stay, the words do not.
    keep = run.answer.status.family != "safety" or council.keep_safety_messages

    def write() -> tuple[Event, ...]:
        told = [*(_block(exchange, *one) for one in blocks), *_last_events(exchange, run)]
        kept_run, happened = run, told
        if run.answer.pending is not None:
            kept_run = replace(run, answer=mask_answer(run.answer, council))
            known = dict(enumerate(kept_run.answer.blocks))
            happened = [_block(exchange, index, known.get(index, "")) for index, _ in blocks]
            happened += _last_events(exchange, kept_run)
        events = exchange.house.conversations.finish(
            exchange.conversation,
            message_id,
            kept_run,
            happened,
            keep_message=keep,
            message=mask_change(exchange.changing, exchange.question.pending or {}, run.answer),
            pending=to_keep(run.answer, message_id),
            waited=exchange.question.pending,
        )
        pairs = zip(events, told, strict=True)
        return tuple(replace(event, data=clean_json(data)) for event, (_, data) in pairs)

    with anyio.CancelScope(shield=True):
        kept = await in_thread(write)
    exchange.figures.count(council.slug, run)
    note(exchange.scope, answer=run.answer.status.value)
    return kept


def cut_off(house: House, conversation: Conversation, message_id: str) -> None:
    """Mark a message as cut off and leave an event that says so to whoever replays."""
    problem = Problem("cut-off", "Please ask again.", message_id=message_id)
    with suppress(NoMessage, NoConversation, RecordsDown):
        house.conversations.abandon(conversation, message_id, [("error", problem.body())])


def settle(house: House, conversation: Conversation) -> None:
    """Mark what a killed server left unanswered; nothing that is under way is as old as this."""
    longest = timedelta(seconds=house.seconds_per_answer + 30)
    for message_id in house.conversations.unfinished(conversation, datetime.now(UTC) - longest):
        cut_off(house, conversation, message_id)


def chat_answer(conversation_id: str, message_id: str, run: Run) -> ChatAnswer:
    """Show a run as the chat object."""
    return ChatAnswer(
        conversation_id=conversation_id,
        conversation_secret=None,
        message_id=message_id,
        status=run.answer.status,
        also=list(run.answer.also),
        text=run.answer.text,
        html=render(run.answer.text),
        citations=[citation_out(citation) for citation in run.answer.citations],
        actions=[action_out(action) for action in run.answer.actions],
        degraded=run.degraded,
        seconds={step: round(seconds, 6) for step, seconds in run.seconds.items()},
    )


def masked(door: CouncilDoor, text: str) -> str:
    """Mask personal data, but not the council's own numbers and addresses."""
    return redact(text, keep=door.council.own_contacts)


def wrong_language(door: CouncilDoor) -> Problem:
    """Say which languages the council answers in."""
    words = f"The council answers in: {', '.join(door.council.languages)}."
    mistakes = [{"pointer": "#/language", "detail": words}]
    return Problem("invalid", "See `errors` for each place and what it needs.", errors=mistakes)


def secret_needed() -> Problem:
    """Say that a conversation only goes on with its secret."""
    words = "Send the secret of the conversation in the header Conversation-Secret."
    return Problem("secret-needed", words, {"WWW-Authenticate": "Conversation-Secret"})


async def _play(
    exchange: Exchange, leaving: anyio.Event | None, seconds_left: float
) -> AsyncGenerator[list[BotEvent]]:
    """Run the bot beside the reader, which may leave; ends with a Run, whatever happens.

    What happened while the reader was busy comes together.
    """
    queue: asyncio.Queue[BotEvent | LeavingNow] = asyncio.Queue()

    async def leave() -> None:
        assert leaving is not None
        await leaving.wait()
        await anyio.sleep(seconds_left)
        queue.put_nowait(LeavingNow())

    tasks = [asyncio.create_task(_ask(exchange, queue))]
    if leaving is not None:
        tasks.append(asyncio.create_task(leave()))
    try:
        while True:
            batch = [await queue.get()]
            while not queue.empty():
                batch.append(queue.get_nowait())
            known = [one for one in batch if not isinstance(one, LeavingNow)]
            if known:
                yield known
            if known and isinstance(known[-1], Run):
                return
            if len(known) < len(batch):
                raise LeavingNow
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _ask(exchange: Exchange, queue: asyncio.Queue[Any]) -> None:
    answered = False
    try:
        async with asyncio.timeout(exchange.house.seconds_per_answer):
            async for happened in exchange.door.bot.astream(exchange.question):
                answered = isinstance(happened, Run)
                queue.put_nowait(
                    _timed(exchange, happened) if isinstance(happened, Run) else happened
                )
        if not answered:
            raise LookupError("the bot ended without an answer")
    except TimeoutError:
        queue.put_nowait(_ending(exchange, Status.ERROR_TOO_SLOW))
    except Exception as fault:
        log_fault(fault, request_id(exchange.scope))
        queue.put_nowait(_ending(exchange, Status.ERROR_UNEXPECTED))


def _ending(exchange: Exchange, status: Status) -> Run:
    question = exchange.question
    reference = request_id(exchange.scope)[:16]
    council = exchange.door.council
    answer = council.say(status, question.language, reference=reference)
    answer = tell_of_masking(answer, question, council)
    draft = Draft(question=question, text="")
    return _timed(exchange, Run(answer=answer, draft=draft, seconds={}))


def _timed(exchange: Exchange, run: Run) -> Run:
    total = time.perf_counter() - exchange.begun
    return replace(run, seconds={"total": total, **run.seconds})


def _last_events(exchange: Exchange, run: Run) -> list[Happened]:
    wire = chat_answer(exchange.conversation.id, exchange.message_id, run)
    citations = [citation.model_dump(mode="json") for citation in wire.citations]
    about = {"message_id": exchange.message_id, "citations": citations}
    done = wire.model_dump(mode="json", exclude_none=True)
    return [("citations", about), ("done", done)]


def _block(exchange: Exchange, index: int, text: str, /) -> Happened:
    about = {"message_id": exchange.message_id, "index": index}
    return "block", {**about, "text": text, "html": render(text)}


def _told(exchange: Exchange, event: Event) -> Told:
    """Tell a kept event; the secret is told but never kept."""
    data = dict(event.data)
    if exchange.secret and event.kind in ("accepted", "done"):
        data["conversation_secret"] = exchange.secret
    return Told(event.kind, data, event.cursor)


def first(exchange: Exchange) -> Told:
    """Tell that the message was accepted."""
    return _told(exchange, exchange.accepted.event)


def request_id(scope: MutableMapping[str, Any]) -> str:
    """Name of the request in the log."""
    return str(scope.get("townclerk.request_id", ""))

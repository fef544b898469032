"""The conversations of all councils, kept so that nothing accepted is ever lost."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Row,
    Table,
    delete,
    func,
    insert,
    null,
    select,
    text,
    update,
)
from sqlalchemy.sql import ColumnElement

from chatbot.records.tables import conversations, events, feedback, messages, uploads
from chatbot.records.transaction import reading, writing
from chatbot.records.written import answer_from_json, answer_to_json, clean, clean_json
from chatbot.types import Answer, Run, Turn


class NoConversation(Exception):
    """There is no such conversation, or it has been deleted meanwhile."""


class NoMessage(Exception):
    """There is no such message in the conversation, or it has ended already."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """The key to one council's conversation; every question to the records carries one."""

    council: str
    id: str
    language: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A new conversation with its secret, which is told here and never again."""

    conversation: Conversation
    secret: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a conversation. cursor: grows by one with each, from 1."""

    cursor: int
    kind: str
    data: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that will not be lost any more, with the event that says so."""

    message_id: str
    event: Event


@dataclass(frozen=True, slots=True)
class Message:
    """One exchange as the records hold it.

    answer: None while it is under way, and for good where it was cut off (`ended` is set then).
    helpful: what the citizen said of it, None where nothing was said.
    """

    id: str
    ordinal: int
    language: str
    text: str
    accepted: datetime
    ended: datetime | None
    answer: Answer | None
    degraded: bool
    seconds: Mapping[str, float]
    helpful: bool | None
    comment: str


@dataclass(frozen=True, slots=True)
class Purged:
    """How much a purge deleted."""

    conversations: int
    messages: int


_NO_SECRET = "0" * 64


class Conversations:
    """Keeps the conversations of all councils in one database, SQLite or PostgreSQL.

    Texts are handed in redacted. Each method is one transaction, and raises RecordsDown where the
    database cannot do it. Writes of one conversation wait for each other.
    """

    def __init__(self, engine: Engine, now: Callable[[], datetime] | None = None) -> None:
        self._engine = engine
        self._now = now or (lambda: datetime.now(UTC))

    def check(self) -> None:
        """Find out whether the database answers; raises RecordsDown where it does not."""
        with self._reading() as connection:
            connection.execute(text("SELECT 1"))

    def begin(self, council: str, language: str) -> Opened:
        """Start a conversation."""
        with self._writing() as connection:
            return self._begin(connection, council, language)

    def begin_with(self, council: str, language: str, message: str) -> tuple[Opened, Accepted]:
        """Start a conversation with its first redacted message, in one transaction."""
        with self._writing() as connection:
            opened = self._begin(connection, council, language)
            return opened, self._accept(connection, opened.conversation, message, language)

    def open(self, council: str, id: str, secret: str) -> Conversation:
        """Return to a conversation by its secret; raises NoConversation, whatever was wrong."""
        wanted = select(conversations).where(
            conversations.c.council == council, conversations.c.id == clean(id)
        )
        with self._reading() as connection:
            row = connection.execute(wanted).one_or_none()
        kept = row.secret_sha256 if row else _NO_SECRET
        if not hmac.compare_digest(kept, _sha256(secret)) or row is None:
            raise NoConversation(id)
        return Conversation(row.council, row.id, row.language)

    def accept(self, conversation: Conversation, message: str, language: str = "") -> Accepted:
        """Take a redacted message in, durably, before anybody hears that it was accepted."""
        with self._writing() as connection:
            spoken = language or conversation.language
            return self._accept(connection, conversation, message, spoken)

    def append(
        self, conversation: Conversation, message_id: str, happened: Sequence[tuple[str, Any]]
    ) -> tuple[Event, ...]:
        """Write events of a message that is under way, each a kind and a JSON object."""
        with self._writing() as connection:
            held = _hold(connection, conversation, events=len(happened))
            return self._add(connection, conversation, message_id, held.cursor, happened)

    def finish(
        self,
        conversation: Conversation,
        message_id: str,
        run: Run,
        happened: Sequence[tuple[str, Any]] = (),
        *,
        keep_message: bool = True,
        message: str = "",
        pending: Mapping[str, Any] | None = None,
        waited: Mapping[str, Any] | None = None,
    ) -> tuple[Event, ...]:
        """Write the answer of a message with its last events; raises NoMessage if it has ended.

        keep_message: else what the citizen wrote is wiped, and only how it was answered stays.
        message: stands in place of what was kept of it before, "" to leave that.
        pending: what the conversation's form waits for from now on, a JSON object; {} for nothing
            more, None leaves it as it is.
        waited: what it waited for when the message was taken up. Where another message has changed
            that meanwhile, what has ended stays ended, and the later message decides.
        """
        values: dict[str, Any] = {
            "status": run.answer.status.value,
            "answer": answer_to_json(run.answer),
            "degraded": run.degraded,
            "seconds": dict(run.seconds),
        }
        if message:
            values["text"] = clean(message)
        if not keep_message:
            values["text"] = ""
        return self._end(conversation, message_id, values, happened, pending, waited)

    def abandon(
        self, conversation: Conversation, message_id: str, happened: Sequence[tuple[str, Any]] = ()
    ) -> tuple[Event, ...]:
        """Mark a message as cut off, so that no half answer is ever shown as the answer."""
        return self._end(conversation, message_id, {}, happened)

    def unfinished(self, conversation: Conversation, before: datetime) -> tuple[str, ...]:
        """Find the messages accepted before a time whose answer never came."""
        wanted = (
            select(messages.c.id)
            .where(
                *_of(messages, conversation),
                messages.c.ended.is_(None),
                messages.c.accepted < before,
            )
            .order_by(messages.c.ordinal)
        )
        with self._reading() as connection:
            return tuple(connection.execute(wanted).scalars())

    def history(self, conversation: Conversation, limit: int = 6) -> tuple[Turn, ...]:
        """Bring back the last finished turns, oldest first."""
        wanted = (
            select(messages.c.text, messages.c.answer)
            .where(*_of(messages, conversation), messages.c.answer.is_not(None))
            .order_by(messages.c.ordinal.desc())
            .limit(limit)
        )
        with self._reading() as connection:
            rows = connection.execute(wanted).all()
        return tuple(Turn(row.text, answer_from_json(row.answer)) for row in reversed(rows))

    def pending(self, conversation: Conversation) -> Mapping[str, Any] | None:
        """Bring back what the conversation's form waits for, None where there is none."""
        wanted = select(conversations.c.pending).where(*_is(conversation))
        with self._reading() as connection:
            waits: Mapping[str, Any] | None = connection.execute(wanted).scalar_one_or_none()
        return waits

    def transcript(
        self, conversation: Conversation, after: int = 0, limit: int = 200
    ) -> tuple[Message, ...]:
        """Bring back everything that was said, oldest first. after: the ordinal to go on from."""
        said = (feedback.c.council == messages.c.council) & (feedback.c.message == messages.c.id)
        wanted = (
            select(messages, feedback.c.helpful, feedback.c.comment)
            .outerjoin(feedback, said)
            .where(*_of(messages, conversation), messages.c.ordinal > after)
            .order_by(messages.c.ordinal)
            .limit(limit)
        )
        with self._reading() as connection:
            return tuple(_message(row) for row in connection.execute(wanted))

    def events(
        self, conversation: Conversation, after: int = 0, limit: int = 200
    ) -> tuple[Event, ...]:
        """Replay what happened after a cursor, in order."""
        wanted = (
            select(events)
            .where(*_of(events, conversation), events.c.cursor > after)
            .order_by(events.c.cursor)
            .limit(limit)
        )
        with self._reading() as connection:
            rows = connection.execute(wanted).all()
        return tuple(Event(row.cursor, row.kind, row.data, row.at) for row in rows)

    def say(
        self, conversation: Conversation, message_id: str, helpful: bool, comment: str = ""
    ) -> None:
        """Keep what a citizen says of an answer, in place of what was said before.

        Raises NoMessage where the message is not of this conversation.
        """
        council = conversation.council
        with self._writing() as connection:
            _hold(connection, conversation)
            _require(connection, conversation, message_id)
            connection.execute(
                delete(feedback).where(
                    feedback.c.council == council, feedback.c.message == message_id
                )
            )
            connection.execute(
                insert(feedback).values(
                    council=council,
                    message=message_id,
                    helpful=helpful,
                    comment=clean(comment),
                    at=self._now(),
                )
            )

    def erase(self, conversation: Conversation) -> None:
        """Delete a conversation and all that hangs on it; the cases that it opened stay."""
        with self._writing() as connection:
            _hold(connection, conversation)
            _delete_messages(connection, conversation.council, *_of(messages, conversation))
            connection.execute(
                delete(uploads).where(*_of(uploads, conversation), uploads.c.case.is_(None))
            )
            connection.execute(delete(conversations).where(*_is(conversation)))

    def purge(self, council: str, before: datetime) -> Purged:
        """Delete what a council's citizens said before a time, and conversations left empty.

        Uploads of that time which no case holds go too.
        """
        with self._writing() as connection:
            gone = _delete_messages(connection, council, messages.c.accepted < before)
            connection.execute(
                delete(uploads).where(
                    uploads.c.council == council,
                    uploads.c.case.is_(None),
                    uploads.c.created < before,
                )
            )
            still = select(messages.c.conversation).where(messages.c.council == council)
            empty = connection.execute(
                delete(conversations).where(
                    conversations.c.council == council,
                    conversations.c.created < before,
                    conversations.c.id.not_in(still),
                )
            )
        return Purged(conversations=empty.rowcount, messages=gone)

    def _begin(self, connection: Connection, council: str, language: str) -> Opened:
        conversation = Conversation(council, secrets.token_hex(16), language)
        secret = secrets.token_urlsafe(32)
        connection.execute(
            insert(conversations).values(
                council=council,
                id=conversation.id,
                secret_sha256=_sha256(secret),
                language=language,
                created=self._now(),
                cursor=0,
                turns=0,
            )
        )
        return Opened(conversation, secret)

    def _accept(
        self, connection: Connection, conversation: Conversation, message: str, language: str
    ) -> Accepted:
        message_id = secrets.token_hex(16)
        held = _hold(connection, conversation, events=1, turns=1)
        connection.execute(
            insert(messages).values(
                council=conversation.council,
                id=message_id,
                conversation=conversation.id,
                ordinal=held.turns,
                language=language,
                text=clean(message),
                accepted=self._now(),
                degraded=False,
            )
        )
        told = [("accepted", {"conversation_id": conversation.id, "message_id": message_id})]
        (event,) = self._add(connection, conversation, message_id, held.cursor, told)
        return Accepted(message_id, event)

    def _end(
        self,
        conversation: Conversation,
        message_id: str,
        values: Mapping[str, Any],
        happened: Sequence[tuple[str, Any]],
        pending: Mapping[str, Any] | None = None,
        waited: Mapping[str, Any] | None = None,
    ) -> tuple[Event, ...]:
        with self._writing() as connection:
            held = _hold(connection, conversation, events=len(happened))
            if pending is not None:
                now = held.pending or {}
                if waited is not None and waited != now:
                    overtaken = _is_overtaken(connection, conversation, message_id)
                    pending = _joined(waited, now, pending, overtaken=overtaken)
                waits = clean_json(pending) if pending else null()
                connection.execute(
                    update(conversations).where(*_is(conversation)).values(pending=waits)
                )
            ended = connection.execute(
                update(messages)
                .where(
                    *_of(messages, conversation),
                    messages.c.id == message_id,
                    messages.c.ended.is_(None),
                )
                .values(ended=self._now(), **values)
            )
            if ended.rowcount != 1:
                raise NoMessage(message_id)
            return self._add(connection, conversation, message_id, held.cursor, happened)

    def _add(
        self,
        connection: Connection,
        conversation: Conversation,
        message_id: str,
        last: int,
        happened: Sequence[tuple[str, Any]],
    ) -> tuple[Event, ...]:
        first, now = last - len(happened) + 1, self._now()
        added = tuple(
            Event(first + index, kind, clean_json(data), now)
            for index, (kind, data) in enumerate(happened)
        )
        if added:
            connection.execute(
                insert(events), [_event_row(conversation, message_id, event) for event in added]
            )
        return added

    def _writing(self) -> AbstractContextManager[Connection]:
        return writing(self._engine)

    def _reading(self) -> AbstractContextManager[Connection]:
        return reading(self._engine)


def _hold(
    connection: Connection, conversation: Conversation, events: int = 0, turns: int = 0
) -> Row[Any]:
    """Lock a conversation's row and move its counters on.

    The first statement of every write: SQLite refuses at once, without waiting, to turn a
    transaction that has read into one that writes.
    """
    moved = (
        update(conversations)
        .where(*_is(conversation))
        .values(cursor=conversations.c.cursor + events, turns=conversations.c.turns + turns)
        .returning(conversations.c.cursor, conversations.c.turns, conversations.c.pending)
    )
    held = connection.execute(moved).one_or_none()
    if held is None:
        raise NoConversation(conversation.id)
    return held


def _is_overtaken(connection: Connection, conversation: Conversation, message_id: str) -> bool:
    """Tell whether a later message of the conversation has its answer already."""
    mine = select(messages.c.ordinal).where(
        *_of(messages, conversation), messages.c.id == clean(message_id)
    )
    later = select(func.count()).where(
        *_of(messages, conversation),
        messages.c.answer.is_not(None),
        messages.c.ordinal > mine.scalar_subquery(),
    )
    return bool(connection.execute(later).scalar_one())


def _joined(
    waited: Mapping[str, Any],
    now: Mapping[str, Any],
    pending: Mapping[str, Any],
    *,
    overtaken: bool,
) -> Mapping[str, Any]:
    """Join what two messages have made of the same thing; what one of them ended is over."""
    if overtaken:
        ended = waited.keys() - pending.keys()
        return {name: value for name, value in now.items() if name not in ended}
    ended = waited.keys() - now.keys()
    return {name: value for name, value in pending.items() if name not in ended}


def _require(connection: Connection, conversation: Conversation, message_id: str) -> None:
    wanted = select(func.count()).where(
        *_of(messages, conversation), messages.c.id == clean(message_id)
    )
    if not connection.execute(wanted).scalar_one():
        raise NoMessage(message_id)


def _is(conversation: Conversation) -> tuple[ColumnElement[bool], ...]:
    return (
        conversations.c.council == conversation.council,
        conversations.c.id == conversation.id,
    )


def _of(table: Table, conversation: Conversation) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.council == conversation.council,
        table.c.conversation == conversation.id,
    )


def _delete_messages(connection: Connection, council: str, *which: ColumnElement[bool]) -> int:
    doomed = select(messages.c.id).where(messages.c.council == council, *which)
    for table in (feedback, events):
        connection.execute(
            delete(table).where(table.c.council == council, table.c.message.in_(doomed))
        )
    gone = connection.execute(delete(messages).where(messages.c.council == council, *which))
    return gone.rowcount


def _event_row(conversation: Conversation, message_id: str, event: Event) -> dict[str, Any]:
    return {
        "council": conversation.council,
        "conversation": conversation.id,
        "cursor": event.cursor,
        "message": message_id,
        "kind": event.kind,
        "data": event.data,
        "at": event.at,
    }


def _message(row: Row[Any]) -> Message:
    return Message(
        id=row.id,
        ordinal=row.ordinal,
        language=row.language,
        text=row.text,
        accepted=row.accepted,
        ended=row.ended,
        answer=answer_from_json(row.answer) if row.answer else None,
        degraded=row.degraded,
        seconds=row.seconds or {},
        helpful=row.helpful,
        comment=row.comment or "",
    )


def _sha256(secret: str) -> str:
    return hashlib.sha256(clean(secret).encode()).hexdigest()

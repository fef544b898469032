"""The pictures that citizens send with a report, in the database beside what they belong to."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, delete, func, insert, select
from sqlalchemy.sql import ColumnElement

from chatbot.records.conversations import Conversation
from chatbot.records.tables import cases, uploads
from chatbot.records.transaction import reading, writing
from chatbot.records.written import clean


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture as it is kept, without what its camera wrote into it."""

    id: str
    media_type: str
    data: bytes
    created: datetime


class TooManyUploads(Exception):
    """A conversation has sent as much as it may."""


_MOST = 10


class Uploads:
    """Keeps pictures. Each method is one transaction, and raises RecordsDown.

    A case takes in those of its conversation that its details name, and keeps them; all others go
    with their conversation. most: how many a conversation may have that no case holds.
    """

    def __init__(
        self, engine: Engine, now: Callable[[], datetime] | None = None, *, most: int = _MOST
    ) -> None:
        self._engine = engine
        self._now = now or (lambda: datetime.now(UTC))
        self._most = most

    def put(self, conversation: Conversation, media_type: str, data: bytes) -> str:
        """Keep a picture and give its id. Raises TooManyUploads."""
        id = secrets.token_hex(16)
        loose = (*_of(conversation), uploads.c.case.is_(None))
        with writing(self._engine) as connection:
            connection.execute(
                insert(uploads).values(
                    council=conversation.council,
                    id=id,
                    conversation=conversation.id,
                    media_type=media_type,
                    data=data,
                    size=len(data),
                    created=self._now(),
                )
            )
            count = select(func.count()).select_from(uploads).where(*loose)
            if connection.execute(count).scalar_one() > self._most:
                raise TooManyUploads(conversation.id)
        return id

    def get(self, conversation: Conversation, id: str) -> Upload | None:
        """Bring a picture of a conversation back."""
        return self._one(*_of(conversation), uploads.c.id == clean(id))

    def of_case(self, council: str, reference: str, id: str) -> Upload | None:
        """Bring a picture back that a case holds, for the council's staff."""
        held = select(cases.c.id).where(cases.c.council == council, cases.c.reference == reference)
        return self._one(
            uploads.c.council == council,
            uploads.c.id == clean(id),
            uploads.c.case == held.scalar_subquery(),
        )

    def drop(self, conversation: Conversation, id: str) -> bool:
        """Delete a picture that no case holds; tells whether there was one."""
        loose = (*_of(conversation), uploads.c.case.is_(None), uploads.c.id == clean(id))
        with writing(self._engine) as connection:
            return connection.execute(delete(uploads).where(*loose)).rowcount == 1

    def _one(self, *which: ColumnElement[bool]) -> Upload | None:
        wanted = select(uploads).where(*which)
        with reading(self._engine) as connection:
            row = connection.execute(wanted).one_or_none()
        return Upload(row.id, row.media_type, row.data, row.created) if row else None


def _of(conversation: Conversation) -> tuple[ColumnElement[bool], ...]:
    return (
        uploads.c.council == conversation.council,
        uploads.c.conversation == conversation.id,
    )

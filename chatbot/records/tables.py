"""The tables of the records. The council leads every key: no row can be reached without it."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """Keep a time aware and in UTC: SQLite forgets the offset, PostgreSQL answers in its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


conversations = Table(
    "conversations",
    metadata,
    Column("council", String(64), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("secret_sha256", String(64), nullable=False),
    Column("language", String(35), nullable=False),
    Column("created", Moment, nullable=False),
    Column("cursor", Integer, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("pending", JSON(none_as_null=True)),
    Index(None, "council", "created"),
)

messages = Table(
    "messages",
    metadata,
    Column("council", String(64), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("conversation", String(64), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("language", String(35), nullable=False),
    Column("text", Text, nullable=False),
    Column("accepted", Moment, nullable=False),
    Column("ended", Moment),
    Column("status", String(64)),
    Column("answer", JSON(none_as_null=True)),
    Column("degraded", Boolean, nullable=False),
    Column("seconds", JSON(none_as_null=True)),
    ForeignKeyConstraint(
        ["council", "conversation"], ["conversations.council", "conversations.id"]
    ),
    UniqueConstraint("council", "conversation", "ordinal"),
    Index(None, "council", "accepted"),
)

events = Table(
    "events",
    metadata,
    Column("council", String(64), primary_key=True),
    Column("conversation", String(64), primary_key=True),
    Column("cursor", Integer, primary_key=True, autoincrement=False),
    Column("message", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("data", JSON, nullable=False),
    Column("at", Moment, nullable=False),
    ForeignKeyConstraint(
        ["council", "conversation"], ["conversations.council", "conversations.id"]
    ),
    ForeignKeyConstraint(["council", "message"], ["messages.council", "messages.id"]),
    Index(None, "council", "message"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("council", String(64), primary_key=True),
    Column("message", String(64), primary_key=True),
    Column("helpful", Boolean, nullable=False),
    Column("comment", Text, nullable=False),
    Column("at", Moment, nullable=False),
    ForeignKeyConstraint(["council", "message"], ["messages.council", "messages.id"]),
)

cases = Table(
    "cases",
    metadata,
    Column("council", String(64), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("key", String(128), nullable=False),
    Column("reference", String(16), nullable=False),
    Column("code", String(8), nullable=False),
    Column("automation", String(64), nullable=False),
    Column("language", String(35), nullable=False),
    # No foreign key: a case outlives the conversation that it comes from.
    Column("conversation", String(64), nullable=False),
    Column("details", JSON, nullable=False),
    Column("shown", JSON, nullable=False),
    Column("place", String(300), nullable=False),
    Column("kind", String(300), nullable=False),
    Column("state", String(16), nullable=False),
    Column("opened", Moment, nullable=False),
    Column("changed", Moment, nullable=False),
    Column("looked", Moment),
    Column("supplier", String(64), nullable=False),
    Column("their_reference", String(200), nullable=False),
    Column("told", Text, nullable=False),
    Column("events", Integer, nullable=False),
    UniqueConstraint("council", "key"),
    UniqueConstraint("council", "reference"),
    UniqueConstraint("council", "code"),
    Index(None, "council", "opened"),
    Index(None, "council", "automation", "place"),
    Index(None, "state", "looked"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("council", String(64), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("case", String(64), nullable=False),
    Column("supplier", String(64), nullable=False),
    Column("service", String(200), nullable=False),
    Column("attributes", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", Moment, nullable=False),
    Column("claim", String(64)),
    Column("claimed_until", Moment),
    Column("unsure", Boolean, nullable=False),
    Column("token", String(200), nullable=False),
    Column("error", Text, nullable=False),
    ForeignKeyConstraint(["council", "case"], ["cases.council", "cases.id"]),
    Index(None, "council", "case"),
    Index(None, "state", "due"),
)

case_events = Table(
    "case_events",
    metadata,
    Column("council", String(64), primary_key=True),
    Column("case", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(32), nullable=False),
    Column("words", Text, nullable=False),
    Column("at", Moment, nullable=False),
    ForeignKeyConstraint(["council", "case"], ["cases.council", "cases.id"]),
)

uploads = Table(
    "uploads",
    metadata,
    Column("council", String(64), primary_key=True),
    Column("id", String(64), primary_key=True),
    # No foreign key: what a case holds outlives the conversation.
    Column("conversation", String(64), nullable=False),
    Column("case", String(64)),
    Column("media_type", String(64), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("created", Moment, nullable=False),
    ForeignKeyConstraint(["council", "case"], ["cases.council", "cases.id"]),
    Index(None, "council", "conversation"),
    Index(None, "council", "case"),
)

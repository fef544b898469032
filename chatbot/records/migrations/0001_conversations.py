"""Conversations, their messages, events and feedback.

Revision ID: records_0001
"""

import sqlalchemy as sa
from alembic import op

revision = "records_0001"
down_revision = None
branch_labels = ("records",)
depends_on = None

# Written out, and not taken from tables.py: a migration says what was true when it was written.
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("council", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("secret_sha256", sa.String(64), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("cursor", sa.Integer, nullable=False),
        sa.Column("turns", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("council", "id", name="pk_conversations"),
    )
    op.create_index("ix_conversations_council_created", "conversations", ["council", "created"])
    op.create_table(
        "messages",
        sa.Column("council", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("conversation", sa.String(64), nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("accepted", MOMENT, nullable=False),
        sa.Column("ended", MOMENT),
        sa.Column("status", sa.String(64)),
        sa.Column("answer", sa.JSON),
        sa.Column("degraded", sa.Boolean, nullable=False),
        sa.Column("seconds", sa.JSON),
        sa.PrimaryKeyConstraint("council", "id", name="pk_messages"),
        sa.ForeignKeyConstraint(
            ["council", "conversation"],
            ["conversations.council", "conversations.id"],
            name="fk_messages_council_conversation",
        ),
        sa.UniqueConstraint(
            "council", "conversation", "ordinal", name="uq_messages_council_conversation_ordinal"
        ),
    )
    op.create_index("ix_messages_council_accepted", "messages", ["council", "accepted"])
    op.create_table(
        "events",
        sa.Column("council", sa.String(64), nullable=False),
        sa.Column("conversation", sa.String(64), nullable=False),
        sa.Column("cursor", sa.Integer, nullable=False),
        sa.Column("message", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("council", "conversation", "cursor", name="pk_events"),
        sa.ForeignKeyConstraint(
            ["council", "conversation"],
            ["conversations.council", "conversations.id"],
            name="fk_events_council_conversation",
        ),
        sa.ForeignKeyConstraint(
            ["council", "message"],
            ["messages.council", "messages.id"],
            name="fk_events_council_message",
        ),
    )
    op.create_index("ix_events_council_message", "events", ["council", "message"])
    op.create_table(
        "feedback",
        sa.Column("council", sa.String(64), nullable=False),
        sa.Column("message", sa.String(64), nullable=False),
        sa.Column("helpful", sa.Boolean, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("council", "message", name="pk_feedback"),
        sa.ForeignKeyConstraint(
            ["council", "message"],
            ["messages.council", "messages.id"],
            name="fk_feedback_council_message",
        ),
    )


def downgrade() -> None:
    op.drop_table("feedback")
    op.drop_table("events")
    op.drop_table("messages")
    op.drop_table("conversations")

"""Cases with their deliveries and history, uploads, and what a conversation's form waits for.

Revision ID: records_0002
"""

import sqlalchemy as sa
from alembic import op

revision = "records_0002"
down_revision = "records_0001"
branch_labels = None
depends_on = None

# Written out, and not taken from tables.py: a migration says what was true when it was written.
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("conversations", sa.Column("pending", sa.JSON))
    op.create_table(
        "cases",
        sa.Column("council", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("reference", sa.String(16), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("automation", sa.String(64), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("conversation", sa.String(64), nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("shown", sa.JSON, nullable=False),
        sa.Column("place", sa.String(300), nullable=False),
        sa.Column("kind", sa.String(300), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("opened", MOMENT, nullable=False),
        sa.Column("changed", MOMENT, nullable=False),
        sa.Column("looked", MOMENT),
        sa.Column("supplier", sa.String(64), nullable=False),
        sa.Column("their_reference", sa.String(200), nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("council", "id", name="pk_cases"),
        sa.UniqueConstraint("council", "key", name="uq_cases_council_key"),
        sa.UniqueConstraint("council", "reference", name="uq_cases_council_reference"),
        sa.UniqueConstraint("council", "code", name="uq_cases_council_code"),
    )
    op.create_index("ix_cases_council_opened", "cases", ["council", "opened"])
    op.create_index(
        "ix_cases_council_automation_place", "cases", ["council", "automation", "place"]
    )
    op.create_index("ix_cases_state_looked", "cases", ["state", "looked"])
    op.create_table(
        "deliveries",
        sa.Column("council", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("case", sa.String(64), nullable=False),
        sa.Column("supplier", sa.String(64), nullable=False),
        sa.Column("service", sa.String(200), nullable=False),
        sa.Column("attributes", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("claim", sa.String(64)),
        sa.Column("claimed_until", MOMENT),
        sa.Column("unsure", sa.Boolean, nullable=False),
        sa.Column("token", sa.String(200), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("council", "id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(
            ["council", "case"], ["cases.council", "cases.id"], name="fk_deliveries_council_case"
        ),
    )
    op.create_index("ix_deliveries_council_case", "deliveries", ["council", "case"])
    op.create_index("ix_deliveries_state_due", "deliveries", ["state", "due"])
    op.create_table(
        "case_events",
        sa.Column("council", sa.String(64), nullable=False),
        sa.Column("case", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("council", "case", "number", name="pk_case_events"),
        sa.ForeignKeyConstraint(
            ["council", "case"], ["cases.council", "cases.id"], name="fk_case_events_council_case"
        ),
    )
    op.create_table(
        "uploads",
        sa.Column("council", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("conversation", sa.String(64), nullable=False),
        sa.Column("case", sa.String(64)),
        sa.Column("media_type", sa.String(64), nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("council", "id", name="pk_uploads"),
        sa.ForeignKeyConstraint(
            ["council", "case"], ["cases.council", "cases.id"], name="fk_uploads_council_case"
        ),
    )
    op.create_index("ix_uploads_council_conversation", "uploads", ["council", "conversation"])
    op.create_index("ix_uploads_council_case", "uploads", ["council", "case"])


def downgrade() -> None:
    op.drop_table("uploads")
    op.drop_table("case_events")
    op.drop_table("deliveries")
    op.drop_table("cases")
    op.drop_column("conversations", "pending")

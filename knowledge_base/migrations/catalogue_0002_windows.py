"""Vectors by window, with token embeddings. The next ingest or repair makes them again."""

import sqlalchemy as sa
from alembic import op

revision = "catalogue_0002"
down_revision = "catalogue_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("embeddings")
    op.create_table(
        "embeddings",
        sa.Column("passage_id", sa.String(32), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("windows", sa.Integer(), nullable=False),
        sa.Column("vectors", sa.LargeBinary(), nullable=False),
        sa.Column("tokens", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["passage_id"],
            ["passages.id"],
            name="fk_embeddings_passage_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("passage_id", "model", name="pk_embeddings"),
    )


def downgrade() -> None:
    op.drop_table("embeddings")
    op.create_table(
        "embeddings",
        sa.Column("passage_id", sa.String(32), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["passage_id"], ["passages.id"], name="fk_embeddings_passage_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("passage_id", "model", name="pk_embeddings"),
    )

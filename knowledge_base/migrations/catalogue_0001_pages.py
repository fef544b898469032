"""Pages, passages, their vectors, and a version for each council."""

import sqlalchemy as sa
from alembic import op

revision = "catalogue_0001"
down_revision = None
branch_labels = ("catalogue",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "council_versions",
        sa.Column("council", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("council", name="pk_council_versions"),
    )
    op.create_table(
        "pages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("council", sa.String(200), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("updated", sa.Date()),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("breadcrumbs", sa.JSON(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("validators", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pages"),
        sa.UniqueConstraint("council", "url", name="uq_pages_council_url"),
    )
    op.create_table(
        "passages",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("council", sa.String(200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_passages"),
        sa.ForeignKeyConstraint(
            ["page_id"], ["pages.id"], name="fk_passages_page_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_passages_page_id", "passages", ["page_id"])
    op.create_index("ix_passages_council_id", "passages", ["council", "id"])
    op.create_table(
        "embeddings",
        sa.Column("passage_id", sa.String(32), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("passage_id", "model", name="pk_embeddings"),
        sa.ForeignKeyConstraint(
            ["passage_id"], ["passages.id"], name="fk_embeddings_passage_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    for table in ("embeddings", "passages", "pages", "council_versions"):
        op.drop_table(table)

"""Alembic's way in: runs the migrations of catalogue and records on a given connection."""

from alembic import context

from chatbot.records import tables as records
from knowledge_base import catalogue

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=[catalogue.metadata, records.metadata],
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()

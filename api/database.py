"""Open the database and bring its tables up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url

import chatbot.records
import knowledge_base

_SECONDS_FOR_LOCKS = 5


def open_engine(url: str) -> Engine:
    """Open SQLite or PostgreSQL. Nothing is read or written yet.

    Errors hide the values of statements, which are citizens' words.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(url, connect_args={"timeout": _SECONDS_FOR_LOCKS}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def upgrade(engine: Engine) -> None:
    """Run the migrations of every branch that this database has not had yet."""
    file = engine.url.database
    if engine.dialect.name == "sqlite" and file:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    if _is_up_to_date(engine):
        return
    with engine.begin() as connection:
        # Two processes that start together must not both create the tables.
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(1952805748)")
        command.upgrade(configuration(connection), "heads")


def _is_up_to_date(engine: Engine) -> bool:
    """Tell by reading alone, so that a start does not wait for whoever is writing."""
    with engine.connect() as connection:
        scripts = ScriptDirectory.from_config(configuration(connection))
        held = MigrationContext.configure(connection).get_current_heads()
        return set(held) == set(scripts.get_heads())


def configuration(connection: Any) -> Config:
    """Describe where the migrations of each package are, for Alembic's own commands too."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    folders = (Path(str(package.__file__)).parent for package in (knowledge_base, chatbot.records))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(f / "migrations") for f in folders))
    config.attributes["connection"] = connection
    return config


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Readers go on while one process writes, and a page's passages go with the page.
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}").close()

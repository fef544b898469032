"""One transaction with the database, whose faults become RecordsDown here and only here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class RecordsDown(Exception):
    """The database cannot take or give anything just now; what was accepted is still there."""


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Write all of it or nothing. The first statement must be one that writes: SQLite refuses at
    once, without waiting, to turn a transaction that has read into one that writes."""
    with _translated(), engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Read as of one moment."""
    with _translated(), engine.connect() as connection:
        yield connection


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (IntegrityError, ProgrammingError):
        raise
    except (DBAPIError, PoolTimeout) as error:
        raise RecordsDown(type(error).__name__) from error

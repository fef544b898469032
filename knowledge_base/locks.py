"""One writer at a time, over all processes that share a database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, text

_POSTGRESQL_KEY = 0x746F776E  # "town"


class Busy(Exception):
    """Another process is writing; str() says so in words for whoever typed the command."""


class WriterLock(Protocol):
    """Held by one process at a time, and free again when that process ends in any way."""

    @contextmanager
    def held(self) -> Iterator[None]: ...


@dataclass(frozen=True, slots=True)
class FileLock:
    """For a database in a file: the operating system frees the lock with the process."""

    path: Path

    @contextmanager
    def held(self) -> Iterator[None]:
        from filelock import FileLock as Lock
        from filelock import Timeout

        self.path.parent.mkdir(parents=True, exist_ok=True)
        holder = self.path.with_suffix(".pid")
        lock = Lock(self.path)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise Busy(
                f"another ingest is writing (process {_named(holder)}); wait until it has finished"
            ) from error
        try:
            holder.write_text(str(os.getpid()))
            yield
        finally:
            holder.unlink(missing_ok=True)
            lock.release()


def _named(holder: Path) -> str:
    try:
        return holder.read_text().strip() or "unknown"
    except FileNotFoundError:
        # It may have finished this moment; the next attempt will tell.
        return "unknown"


@dataclass(frozen=True, slots=True)
class PostgresLock:
    """For a PostgreSQL database: an advisory lock of one session, freed with its connection."""

    engine: Engine

    @contextmanager
    def held(self) -> Iterator[None]:
        with self.engine.connect() as connection:
            got = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), _key())
            connection.commit()
            if not got:
                raise Busy("another ingest is writing to this database; wait until it has finished")
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), _key())
                connection.commit()


def _key() -> dict[str, int]:
    return {"key": _POSTGRESQL_KEY}


def writer_lock(engine: Engine, folder: Path) -> WriterLock:
    """Choose the lock that fits the database. folder: of this installation's data."""
    if engine.dialect.name == "postgresql":
        return PostgresLock(engine)
    return FileLock(folder / "writer.lock")

"""Run one ingest in a process of its own and kill it at a chosen point.

usage: python -m tests.crash FOLDER POINT JITTER

Points are the moments before and after each statement and commit of the database, each call of
the index and each call of the model, counted from 1. JITTER: seconds to go on after the point,
so that the kill also falls inside of what follows. Prints the number of points where it lived.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from api.database import open_engine, upgrade
from ingest.reading import read
from ingest.source import Fetched
from ingest.sources.folder import Folder
from ingest.sync import sync
from knowledge_base.catalogue import Catalogue
from knowledge_base.embed import DEFAULT_MODEL, load_embedder
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.locks import FileLock
from knowledge_base.vectors import embedded_index
from tests.conftest import MODELS

HOME = "https://www.exampleton.example/"


class Points:
    """Counts moments; at the chosen one the process is killed, after the jitter."""

    def __init__(self, fatal: int, jitter: float) -> None:
        self.count, self._fatal, self._jitter = 0, fatal, jitter

    def pass_one(self, *_: object, **__: object) -> None:
        self.count += 1
        if self.count == self._fatal:
            if self._jitter:
                threading.Timer(self._jitter, self._die).start()
            else:
                self._die()

    @staticmethod
    def _die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class Watched:
    """Passes a point before and after each call of the object that it stands for."""

    def __init__(self, real: Any, points: Points) -> None:
        self._real, self._points = real, points

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self._points.pass_one()
            try:
                return found(*args, **kwargs)
            finally:
                self._points.pass_one()

        return call


class Reader:
    def __init__(self, points: Points) -> None:
        self._points = points

    def read(self, fetched: Fetched) -> Any:
        self._points.pass_one()
        return read(fetched)


def open_parts(
    folder: Path,
    watch: Callable[[Any], Any] = lambda part: part,
    engine: Engine | None = None,
) -> KnowledgeBase:
    """Open the knowledge base of a test's folder as another process would."""
    if engine is None:
        engine = open_engine(f"sqlite:///{folder / 'townclerk.sqlite3'}")
        upgrade(engine)
    return KnowledgeBase(
        Catalogue(engine),
        watch(embedded_index(folder / "chroma")),
        watch(load_embedder(DEFAULT_MODEL, MODELS)),
        FileLock(folder / "writer.lock"),
    )


def main() -> None:
    folder, points = Path(sys.argv[1]), Points(int(sys.argv[2]), float(sys.argv[3]))
    engine = open_engine(f"sqlite:///{folder / 'townclerk.sqlite3'}")
    upgrade(engine)
    for moment in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(engine, moment, points.pass_one)
    knowledge_base = open_parts(folder, lambda part: Watched(part, points), engine)
    source = Folder("pages", folder / "pages", HOME)
    sync("exampleton", HOME, [source], knowledge_base, Reader(points))
    print(points.count)


if __name__ == "__main__":
    main()

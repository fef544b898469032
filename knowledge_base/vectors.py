"""Find passages by meaning: the only door to Chroma, embedded or as a server.

Chroma holds an index that can be made again from the catalogue at any time. An embedded
client does not find what another process adds after it was opened (its count grows, its
results do not), so a reader opens it again when the catalogue's version has grown.
"""

from __future__ import annotations

import hashlib
import shutil
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import structlog

from knowledge_base.embed import Vectors

log = structlog.get_logger(__name__)
_AT_ONCE = 1000
# Chroma's own ef_search of 100 found, for one of 80 questions, another ten after one of five
# times the index was made again from the same vectors; 200 found the same, in the same time.
_HNSW = {"space": "cosine", "ef_search": 200}
# A server that takes longer is as good as down: words alone answer meanwhile.
SECONDS_FOR_SERVER = 5.0


class IndexDown(Exception):
    """The index of meaning cannot be used now; words alone must do."""


class VectorIndex(Protocol):
    """What the knowledge base needs of an index of vectors; similarity is the cosine."""

    def ids(self, collection: str) -> set[str]: ...

    def count(self, collection: str) -> int: ...

    def add(self, collection: str, ids: Sequence[str], vectors: Vectors) -> None: ...

    def remove(self, collection: str, ids: Sequence[str]) -> None: ...

    def query(self, collection: str, vector: Vectors, limit: int) -> list[tuple[str, float]]: ...

    def reset(self, collection: str) -> None: ...

    def drop_others(self, prefix: str, keep: str) -> None: ...

    def start_over(self) -> None: ...

    def reopen(self) -> None: ...

    def close(self) -> None: ...


def collection_prefix(council: str) -> str:
    """Name what all collections of a council begin with; Chroma allows few characters."""
    return f"townclerk-{hashlib.sha256(council.encode()).hexdigest()[:16]}-"


def collection_name(council: str, model: str) -> str:
    """Name the collection of one council and one model, so that models are never mixed."""
    return collection_prefix(council) + model[:16]


class ChromaIndex:
    """Chroma behind one gate: every foreign error becomes IndexDown, in this class alone."""

    def __init__(self, connect: Callable[[], Any], file: Path | None = None) -> None:
        """connect: makes a Chroma client. file: its database, where it is embedded.

        A server shows what others write; an embedded client has to be opened again.
        """
        self._connect = connect
        self._file = file
        self._client: Any = None
        self._opened: object = None
        # To ask Chroma for a collection takes half as long as to search it. `count` asks anew, and
        # is called once a second, so what another process puts in its place is found soon.
        self._known: dict[str, Any] = {}
        # An embedded client is closed under its users' feet unless they take turns with reopen.
        self._gate = threading.RLock()

    def ids(self, collection: str) -> set[str]:
        with self._collection(collection, create=True) as found:
            return set(found.get(include=[])["ids"])

    def count(self, collection: str) -> int:
        with self._collection(collection) as found:
            number: int = found.count()
            return number

    def add(self, collection: str, ids: Sequence[str], vectors: Vectors) -> None:
        with self._collection(collection, create=True) as found:
            for start in range(0, len(ids), _AT_ONCE):
                chosen = slice(start, start + _AT_ONCE)
                found.upsert(ids=list(ids[chosen]), embeddings=vectors[chosen])

    def remove(self, collection: str, ids: Sequence[str]) -> None:
        with self._collection(collection) as found:
            for start in range(0, len(ids), _AT_ONCE):
                found.delete(ids=list(ids[start : start + _AT_ONCE]))

    def query(self, collection: str, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        with self._open() as client:
            found = self._known.get(collection) or self._get(client, collection)
            answer = found.query(
                query_embeddings=vector.reshape(1, -1), n_results=limit, include=["distances"]
            )
        pairs = zip(answer["ids"][0], answer["distances"][0], strict=True)
        return [(name, 1.0 - float(distance)) for name, distance in pairs]

    def reset(self, collection: str) -> None:
        with self._open() as client:
            if collection in self._names(client):
                self._known.clear()
                client.delete_collection(collection)

    def drop_others(self, prefix: str, keep: str) -> None:
        with self._open() as client:
            for name in self._names(client):
                if name.startswith(prefix) and name != keep:
                    self._known.clear()
                    client.delete_collection(name)

    def start_over(self) -> None:
        """Remove an embedded index that cannot be opened; the next write makes a new one."""
        if self._file is None:
            raise IndexDown("a Chroma server's index has to be mended there")
        with self._gate:
            self.close()
            folder = self._file.parent
            try:
                shutil.rmtree(folder)
            except FileNotFoundError:
                pass
            except NotADirectoryError as error:
                # Not ours, so not ours to remove.
                raise IndexDown(f"{folder} is no folder; the index needs its place") from error
            except OSError as error:
                raise IndexDown(f"{folder} cannot be made again: {error.strerror}") from error

    def reopen(self) -> None:
        """Make what other processes wrote findable."""
        if self._file is not None:
            self.close()

    def close(self) -> None:
        with self._gate:
            client, self._client = self._client, None
            self._known.clear()
            if client is not None:
                _let_go(client)

    @contextmanager
    def _collection(self, name: str, create: bool = False) -> Iterator[Any]:
        with self._open() as client:
            if create:
                # Only the one writer creates, so that two readers do not race to.
                yield client.get_or_create_collection(
                    name, configuration={"hnsw": _HNSW}, embedding_function=None
                )
            else:
                yield self._get(client, name)

    def _get(self, client: Any, name: str) -> Any:
        found = self._known[name] = client.get_collection(name, embedding_function=None)
        return found

    @contextmanager
    def _open(self) -> Iterator[Any]:
        with self._gate:
            try:
                if self._client is not None and self._identity() != self._opened:
                    self.close()
                if self._client is None:
                    self._client = self._connect()
                    self._opened = self._identity()
                yield self._client
            except (KeyboardInterrupt, SystemExit, GeneratorExit):
                raise
            except BaseException as error:
                # Chroma raises a score of unrelated classes, and its Rust side's panics do not
                # derive from Exception.
                self.close()
                raise IndexDown(f"{type(error).__name__}: {error}") from error

    def _identity(self) -> object:
        """Tell the database's file from another in its place: an emptied folder is noticed."""
        if self._file is None:
            return None
        try:
            found = self._file.stat()
        except FileNotFoundError:
            return "gone"
        return found.st_dev, found.st_ino

    @staticmethod
    def _names(client: Any) -> list[str]:
        return [found.name for found in client.list_collections()]


def _let_go(client: Any) -> None:
    sessions = _sessions(client)
    try:
        client.close()
    except Exception as error:
        log.warning("index_not_closed", error=type(error).__name__)
    for session in sessions:
        session.close()


def _forget_unstarted(path: str) -> None:
    """Let the next attempt start afresh: Chroma 1.5 hands out what failed to start for ever."""
    from chromadb.api.shared_system_client import SharedSystemClient

    if path not in SharedSystemClient._identifier_to_refcount:
        SharedSystemClient._identifier_to_system.pop(path, None)


def _sessions(client: Any) -> list[Any]:
    """List a server client's HTTP sessions, which Chroma 1.5 neither bounds nor closes itself."""
    halves = (client, getattr(client, "_admin_client", None))
    servers = (getattr(half, "_server", None) for half in halves)
    sessions = (getattr(server, "_session", None) for server in servers)
    return [session for session in sessions if session is not None]


def embedded_index(folder: Path) -> ChromaIndex:
    """Open Chroma inside this process, its files in `folder`."""

    def connect() -> Any:
        import chromadb
        from chromadb.config import Settings

        folder.mkdir(parents=True, exist_ok=True)
        try:
            return chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))
        except BaseException:
            _forget_unstarted(str(folder))
            raise

    return ChromaIndex(connect, folder / "chroma.sqlite3")


def server_index(url: str) -> ChromaIndex:
    """Reach a Chroma server, `http://host:port`."""

    def connect() -> Any:
        import chromadb
        from chromadb.config import Settings

        parts = urlsplit(url)
        secure = parts.scheme == "https"
        host, port = parts.hostname or "localhost", parts.port or (443 if secure else 8000)
        # Chroma's client waits for ever, for the connection and for each answer.
        socket.create_connection((host, port), timeout=SECONDS_FOR_SERVER).close()
        client = chromadb.HttpClient(
            host=host, port=port, ssl=secure, settings=Settings(anonymized_telemetry=False)
        )
        for session in _sessions(client):
            session.timeout = SECONDS_FOR_SERVER
        return client

    return ChromaIndex(connect)

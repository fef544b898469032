"""The truth about what a council has published: pages, passages and their vectors, in SQL.

A page is replaced in one transaction that also raises the council's version, so that a reader
sees the old page or the new one and can tell that something changed.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

import numpy as np
from sqlalchemy import (
    JSON,
    BindParameter,
    Column,
    Connection,
    Date,
    DateTime,
    Engine,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    RowMapping,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from knowledge_base.embed import Vectors
from knowledge_base.types import Page, Passage, passage_id

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

council_versions = Table(
    "council_versions",
    metadata,
    Column("council", String(200), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("changed", DateTime(timezone=True), nullable=False),
)

pages = Table(
    "pages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("council", String(200), nullable=False),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("source", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("language", String(20), nullable=False),
    Column("updated", Date),
    Column("seen", DateTime(timezone=True), nullable=False),
    Column("breadcrumbs", JSON, nullable=False),
    Column("details", JSON, nullable=False),
    Column("links", JSON, nullable=False),
    Column("validators", JSON, nullable=False),
    UniqueConstraint("council", "url"),
)

passages = Table(
    "passages",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("page_id", ForeignKey("pages.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("council", String(200), nullable=False),
    Column("position", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("headings", JSON, nullable=False),
    Index(None, "council", "id"),
)

embeddings = Table(
    "embeddings",
    metadata,
    Column("passage_id", ForeignKey("passages.id", ondelete="CASCADE"), primary_key=True),
    Column("model", String(64), primary_key=True),
    Column("windows", Integer, nullable=False),
    Column("vectors", LargeBinary, nullable=False),
    Column("tokens", LargeBinary, nullable=False),
)

# PostgreSQL takes 65,535 parameters in a statement and SQLite 32,766.
_AT_ONCE = 500


# What every question reads is written out once: to write it again took longer than to run it.
_SOME: BindParameter[Any] = bindparam("some", expanding=True)
_ROWS = (
    select(
        passages.c.id,
        passages.c.text,
        passages.c.url,
        passages.c.headings,
        pages.c.title,
        pages.c.url.label("page_url"),
        pages.c.language,
        pages.c.updated,
    )
    .select_from(passages.join(pages))
    .where(passages.c.council == bindparam("council"), passages.c.id.in_(_SOME))
)
_EMBEDDINGS = (
    select(
        embeddings.c.passage_id,
        embeddings.c.windows,
        embeddings.c.vectors,
        embeddings.c.tokens,
    )
    .join(passages)
    .where(passages.c.council == bindparam("council"), embeddings.c.model == bindparam("model"))
    .where(embeddings.c.passage_id.in_(_SOME))
)


@dataclass(frozen=True, slots=True)
class Stored:
    """What the catalogue knows of a page without its passages."""

    url: str
    title: str
    source: str
    kind: str
    digest: str
    updated: date | None
    seen: datetime
    details: Mapping[str, Any]
    links: tuple[str, ...]
    validators: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """A passage with its words and its page."""

    id: str
    text: str
    url: str
    headings: tuple[str, ...]
    title: str
    page_url: str
    language: str
    updated: date | None


@dataclass(frozen=True, slots=True)
class Embedding:
    """What a model has made of a passage.

    vectors: shape (windows, dimensions), see knowledge_base.windows. tokens: of all windows, as
        knowledge_base.tokens packs them; empty where the model gives none.
    """

    vectors: Vectors
    tokens: bytes = b""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Reads and writes of one database. Writes take a connection, so that callers join them."""

    engine: Engine

    def version(self, council: str) -> int:
        """Tell whether pages changed: a number that grows with every change; 0 for none yet."""
        wanted = select(council_versions.c.version).where(council_versions.c.council == council)
        with self.engine.connect() as connection:
            return connection.scalar(wanted) or 0

    def pages(self, council: str) -> dict[str, Stored]:
        wanted = select(pages).where(pages.c.council == council).order_by(pages.c.id)
        with self.engine.connect() as connection:
            return {row.url: _stored(row._mapping) for row in connection.execute(wanted)}

    def count(self, council: str) -> tuple[int, int]:
        """Count a council's pages and passages."""
        with self.engine.connect() as connection:
            counts = [
                connection.scalar(
                    select(func.count()).select_from(table).where(table.c.council == council)
                )
                for table in (pages, passages)
            ]
        return counts[0] or 0, counts[1] or 0

    def passage_ids(self, council: str) -> set[str]:
        with self.engine.connect() as connection:
            wanted = select(passages.c.id).where(passages.c.council == council)
            return set(connection.scalars(wanted))

    def rows(self, council: str, ids: Iterable[str]) -> Iterator[Row]:
        """Read visible passages; an id that is not visible is left out."""
        with self.engine.connect() as connection:
            for some in _batches(ids):
                found = connection.execute(_ROWS, {"council": council, "some": some})
                for name, text, url, headings, *of_page in found.all():
                    yield Row(name, text, url, tuple(headings), *of_page)

    def missing_vectors(self, council: str, model: str) -> list[str]:
        """Name the passages that have no vector of this model."""
        wanted = (
            select(passages.c.id)
            .where(passages.c.council == council)
            .where(
                ~select(embeddings.c.passage_id)
                .where(embeddings.c.passage_id == passages.c.id, embeddings.c.model == model)
                .exists()
            )
        )
        with self.engine.connect() as connection:
            return list(connection.scalars(wanted))

    def embeddings(self, council: str, ids: Iterable[str], model: str) -> dict[str, Embedding]:
        """Read what a model made of visible passages, by passage id."""
        found: dict[str, Embedding] = {}
        with self.engine.connect() as connection:
            for some in _batches(ids):
                wanted = {"council": council, "model": model, "some": some}
                for name, windows, vectors, tokens in connection.execute(_EMBEDDINGS, wanted).all():
                    rows = np.frombuffer(vectors, dtype="<f4").reshape(windows, -1)
                    found[name] = Embedding(rows, tokens)
        return found

    def windows(self, council: str, model: str) -> dict[str, int]:
        """Count the vectors of each visible passage that has any."""
        wanted = (
            select(embeddings.c.passage_id, embeddings.c.windows)
            .join(passages)
            .where(passages.c.council == council, embeddings.c.model == model)
        )
        with self.engine.connect() as connection:
            return {row.passage_id: row.windows for row in connection.execute(wanted)}

    def count_windows(self, council: str, model: str) -> int | None:
        """Count the vectors that an index of a council's visible passages has to hold.

        None where a passage still lacks its own.
        """
        of_model = (embeddings.c.passage_id == passages.c.id) & (embeddings.c.model == model)
        wanted = (
            select(
                func.count(passages.c.id),
                func.count(embeddings.c.passage_id),
                func.coalesce(func.sum(embeddings.c.windows), 0),
            )
            .select_from(passages.outerjoin(embeddings, of_model))
            .where(passages.c.council == council)
        )
        with self.engine.connect() as connection:
            visible, embedded, windows = connection.execute(wanted).one()
        return int(windows) if visible == embedded else None

    def put(
        self,
        council: str,
        page: Page,
        made: Mapping[str, Embedding],
        model: str,
        now: datetime,
    ) -> None:
        """Replace a page and all it says in one transaction, with what the model made of it.

        made: by passage id; what the catalogue holds already may be left out.
        """
        named = name_passages(council, page)
        with self.engine.begin() as connection:
            page_id = _put_page(connection, council, page)
            kept = set(
                connection.scalars(select(passages.c.id).where(passages.c.page_id == page_id))
            )
            _delete_passages(connection, kept - named.keys())
            _put_passages(connection, council, page_id, named, kept)
            _put_embeddings(connection, {k: v for k, v in made.items() if k in named}, model)
            _raise_version(connection, council, now)

    def put_embeddings(self, made: Mapping[str, Embedding], model: str) -> None:
        with self.engine.begin() as connection:
            _put_embeddings(connection, made, model)

    def drop(self, council: str, urls: Sequence[str], now: datetime) -> None:
        """Remove pages with all they say, in one transaction."""
        with self.engine.begin() as connection:
            for some in _batches(urls):
                doomed = select(pages.c.id).where(pages.c.council == council, pages.c.url.in_(some))
                gone = select(passages.c.id).where(passages.c.page_id.in_(doomed))
                _delete_passages(connection, set(connection.scalars(gone)))
                connection.execute(
                    delete(pages).where(pages.c.council == council, pages.c.url.in_(some))
                )
            _raise_version(connection, council, now)

    def touch(self, council: str, urls: Sequence[str], seen: datetime) -> None:
        """Note that unchanged pages were seen again; nothing that is searched changes."""
        with self.engine.begin() as connection:
            for some in _batches(urls):
                connection.execute(
                    update(pages)
                    .where(pages.c.council == council, pages.c.url.in_(some))
                    .values(seen=seen)
                )

    def forget_other_models(self, council: str, model: str) -> None:
        """Remove the vectors of models that are no longer in use."""
        ours = select(passages.c.id).where(passages.c.council == council)
        with self.engine.begin() as connection:
            connection.execute(
                delete(embeddings)
                .where(embeddings.c.model != model)
                .where(embeddings.c.passage_id.in_(ours))
            )


def name_passages(council: str, page: Page) -> dict[str, Passage]:
    """Name each passage of a page, in order; the same words twice on a page are two passages."""
    named: dict[str, Passage] = {}
    for passage in page.passages:
        ordinal = 0
        while (name := passage_id(council, page, passage, ordinal)) in named:
            ordinal += 1
        named[name] = passage
    return named


def _put_page(connection: Connection, council: str, page: Page) -> int:
    values = {
        "title": page.title,
        "source": page.source,
        "kind": page.kind,
        "digest": page.digest,
        "language": page.language,
        "updated": page.updated,
        "seen": page.seen,
        "breadcrumbs": list(page.breadcrumbs),
        "details": dict(page.metadata),
        "links": list(page.links),
        "validators": dict(page.validators),
    }
    where = (pages.c.council == council) & (pages.c.url == page.url)
    known: int | None = connection.scalar(select(pages.c.id).where(where))
    if known is not None:
        connection.execute(update(pages).where(pages.c.id == known).values(values))
        return known
    added = insert(pages).values(council=council, url=page.url, **values).returning(pages.c.id)
    key: int = connection.scalars(added).one()
    return key


def _put_passages(
    connection: Connection,
    council: str,
    page_id: int,
    named: Mapping[str, Passage],
    kept: Container[str],
) -> None:
    """Write a page's passages; of those that are kept only the place changes."""
    places = {name: position for position, name in enumerate(named)}
    if moved := [{"name": name, "place": places[name]} for name in named if name in kept]:
        where = passages.c.id == bindparam("name")
        connection.execute(update(passages).where(where).values(position=bindparam("place")), moved)
    added = [
        {
            "id": name,
            "page_id": page_id,
            "council": council,
            "position": places[name],
            "text": passage.text,
            "url": passage.url,
            "headings": list(passage.headings),
        }
        for name, passage in named.items()
        if name not in kept
    ]
    if added:
        connection.execute(insert(passages), added)


def _put_embeddings(connection: Connection, made: Mapping[str, Embedding], model: str) -> None:
    if not made:
        return
    for some in _batches(made):
        of_model = (embeddings.c.model == model) & embeddings.c.passage_id.in_(some)
        connection.execute(delete(embeddings).where(of_model))
    connection.execute(
        insert(embeddings),
        [
            {
                "passage_id": name,
                "model": model,
                "windows": len(one.vectors),
                "vectors": np.asarray(one.vectors, "<f4").tobytes(),
                "tokens": one.tokens,
            }
            for name, one in made.items()
        ],
    )


def _delete_passages(connection: Connection, ids: Iterable[str]) -> None:
    for some in _batches(ids):
        connection.execute(delete(embeddings).where(embeddings.c.passage_id.in_(some)))
        connection.execute(delete(passages).where(passages.c.id.in_(some)))


def _raise_version(connection: Connection, council: str, now: datetime) -> None:
    where = council_versions.c.council == council
    raised = connection.execute(
        update(council_versions)
        .where(where)
        .values(version=council_versions.c.version + 1, changed=now)
    )
    if raised.rowcount == 0:
        connection.execute(insert(council_versions).values(council=council, version=1, changed=now))


def _batches(items: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(items)
    while some := list(islice(rest, _AT_ONCE)):
        yield some


def _stored(row: RowMapping) -> Stored:
    return Stored(
        url=row["url"],
        title=row["title"],
        source=row["source"],
        kind=row["kind"],
        digest=row["digest"],
        updated=row["updated"],
        seen=row["seen"],
        details=row["details"],
        links=tuple(row["links"]),
        validators=row["validators"],
    )

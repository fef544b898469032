"""find · put · drop: the one class that the other packages know."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import structlog

from knowledge_base.catalogue import Catalogue, Row, Stored, name_passages
from knowledge_base.embed import Embedder, Vectors
from knowledge_base.keywords import Keywords
from knowledge_base.locks import Busy, WriterLock
from knowledge_base.rank import fuse
from knowledge_base.stems import weigh
from knowledge_base.types import Found, Match, Page
from knowledge_base.vectors import IndexDown, VectorIndex, collection_name, collection_prefix
from knowledge_base.views import VIEWS, in_place, index_ids, nearness, passages_of, views

log = structlog.get_logger(__name__)

CANDIDATES = 50
SECONDS_BETWEEN_REFRESHES = 1.0
_EMBED_AT_ONCE = 256
# More than any model reads.
_LONGEST_QUESTION = 20_000


@dataclass(slots=True)
class _View:
    """One council as this process last saw it. in_step: the index holds just what is visible."""

    keywords: Keywords = field(default_factory=Keywords)
    version: int = -1
    in_step: bool = False
    looked: float = float("-inf")


class KnowledgeBase:
    """What the councils have published. Safe for threads; processes share database and index.

    The catalogue decides what is visible. The index of meaning only names candidates: a vector
    without a visible passage is never shown, and a passage without a vector is found by words
    until `repair` has run.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        index: VectorIndex,
        embedder: Embedder,
        lock: WriterLock,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.catalogue = catalogue
        self.embedder = embedder
        self._index = index
        self._lock = lock
        self._clock = clock
        self._views: dict[str, _View] = {}
        self._refreshing = threading.Lock()

    def find(self, council: str, text: str, *, limit: int = 10) -> Found:
        """Find the passages of one council that answer a text best, by meaning and by words."""
        view = self._view(council)
        text = _readable(text)
        weights = weigh(text)
        words = view.keywords.find(weights, CANDIDATES)
        question = self.embedder.embed_questions([text])[0]
        near = self._near(council, question) if view.in_step and view.keywords else None
        candidates = words.keys() | set(near or ())
        rows = {row.id: row for row in self.catalogue.rows(council, candidates, self.model)}
        similarities = {
            name: nearness(question, row.vectors)
            for name, row in rows.items()
            if near is not None and row.vectors is not None
        }
        shared = {name: score for name, score in words.items() if name in rows}
        scores = fuse(similarities, shared)
        overlap = view.keywords.overlap(weights, scores)
        best = sorted(scores, key=lambda name: (-scores[name], name))[:limit]
        return Found(
            tuple(_match(rows[n], scores[n], similarities.get(n), overlap[n]) for n in best),
            degraded=near is None and bool(view.keywords),
        )

    @property
    def model(self) -> str:
        return self.embedder.model

    def pages(self, council: str) -> Mapping[str, Stored]:
        """List what is visible of a council, by address."""
        return self.catalogue.pages(council)

    def ready(self, council: str) -> bool:
        """Tell whether the council's pages were ever brought."""
        return self.catalogue.version(council) > 0

    @contextmanager
    def writer(self) -> Iterator[Writer]:
        """Become the one writer. Raises Busy where another process is writing."""
        with self._lock.held():
            yield Writer(self, self._index)

    def repair(self, council: str) -> bool:
        """Bring the index in step with the catalogue; False where another process is at it."""
        try:
            with self.writer() as writer:
                writer.settle(council)
        except Busy:
            return False
        self.look_again(council)
        return True

    def in_step(self, council: str) -> bool:
        """Tell whether the index holds just what is visible, by its count."""
        return self._view(council).in_step

    def look_again(self, council: str) -> None:
        """Let the next search see at once what this process has written."""
        view = self._views.get(council)
        if view is not None:
            view.looked = float("-inf")

    def close(self) -> None:
        self._index.close()

    def _view(self, council: str) -> _View:
        """Follow what other processes have written, at most once a second."""
        view = self._views.get(council)
        if view is not None and self._clock() - view.looked < SECONDS_BETWEEN_REFRESHES:
            return view
        if not self._refreshing.acquire(blocking=view is None):
            assert view is not None
            return view
        try:
            return self._refresh(council)
        finally:
            self._refreshing.release()

    def _near(self, council: str, question: Vectors) -> list[str] | None:
        try:
            collection = collection_name(council, self.model)
            found = self._index.query(collection, question, CANDIDATES * VIEWS)
        except IndexDown as error:
            log.warning("index_down", council=council, error=str(error)[:300])
            self._views[council].in_step = False
            return None
        return passages_of(name for name, _ in found)[:CANDIDATES]

    def _refresh(self, council: str) -> _View:
        old = self._views.get(council) or _View()
        version = self.catalogue.version(council)
        if version != old.version:
            self._index.reopen()
            self._follow(council, old.keywords)
        in_step = self._compare(council, len(old.keywords))
        view = _View(old.keywords, version, in_step, self._clock())
        self._views[council] = view
        return view

    def _follow(self, council: str, keywords: Keywords) -> None:
        visible, known = self.catalogue.passage_ids(council), keywords.ids
        rows = self.catalogue.rows(council, visible - known)
        keywords.update(
            ((r.id, r.page_url, in_place(r.title, r.headings, r.text)) for r in rows),
            removed=known - visible,
        )

    def _compare(self, council: str, visible: int) -> bool:
        if not visible:
            # Nothing can be missing, and a collection may not be there before the first page.
            return True
        try:
            counted = self._index.count(collection_name(council, self.model))
        except IndexDown as error:
            log.warning("index_down", council=council, error=str(error)[:300])
            return False
        # More than is visible is a writer at work, whose surplus is never shown.
        return counted >= visible * VIEWS


class Writer:
    """The one process that may write; got from KnowledgeBase.writer()."""

    def __init__(self, knowledge_base: KnowledgeBase, index: VectorIndex) -> None:
        self._knowledge_base = knowledge_base
        self._catalogue = knowledge_base.catalogue
        self._embedder = knowledge_base.embedder
        self._index = index

    def put(self, council: str, pages: Sequence[Page]) -> int:
        """Make pages visible, each in one transaction; says how many passages were embedded.

        The vectors go to the index first, where nothing shows them before the catalogue does.
        """
        texts = {
            name: views(page.title, passage.headings, passage.text)
            for page in pages
            for name, passage in name_passages(council, page).items()
        }
        held = self._catalogue.vectors(council, list(texts), self._embedder.model)
        new = [name for name in texts if name not in held]
        vectors = self._embed({name: texts[name] for name in new})
        try:
            self._index_vectors(collection_name(council, self._embedder.model), vectors)
        except IndexDown as error:
            log.warning("index_down", council=council, error=str(error)[:300])
        now = datetime.now(UTC)
        for page in pages:
            self._catalogue.put(council, page, vectors, self._embedder.model, now)
        return len(new)

    def drop(self, council: str, urls: Sequence[str]) -> None:
        if urls:
            self._catalogue.drop(council, urls, datetime.now(UTC))

    def touch(self, council: str, urls: Sequence[str], seen: datetime) -> None:
        self._catalogue.touch(council, urls, seen)

    def settle(self, council: str) -> int:
        """Give each visible passage its vector and the index just these; says how many were made.

        Raises IndexDown where the index cannot be written at all.
        """
        model = self._embedder.model
        made = 0
        missing = self._catalogue.missing_vectors(council, model)
        for start in range(0, len(missing), _EMBED_AT_ONCE):
            rows = self._catalogue.rows(council, missing[start : start + _EMBED_AT_ONCE])
            texts = {row.id: views(row.title, row.headings, row.text) for row in rows}
            self._catalogue.put_vectors(self._embed(texts), model)
            made += len(texts)
        collection = collection_name(council, model)
        self._fill_or_mend(council, collection)
        self._index.drop_others(collection_prefix(council), collection)
        self._catalogue.forget_other_models(council, model)
        return made

    def _fill_or_mend(self, council: str, collection: str) -> None:
        """Fill the index; a broken collection, then a broken index, is made again."""
        mends: tuple[Callable[[], None], ...] = (
            lambda: self._index.reset(collection),
            self._index.start_over,
        )
        for mend in mends:
            try:
                self._fill(council, collection)
                return
            except IndexDown as error:
                log.warning("index_made_again", council=council, error=str(error)[:300])
            with suppress(IndexDown):
                mend()
        self._fill(council, collection)

    def _fill(self, council: str, collection: str) -> None:
        visible = self._catalogue.passage_ids(council)
        wanted = {name for passage in visible for name in index_ids(passage)}
        indexed = self._index.ids(collection)
        self._index.remove(collection, sorted(indexed - wanted))
        absent = sorted(passages_of(wanted - indexed))
        for start in range(0, len(absent), _EMBED_AT_ONCE):
            some = absent[start : start + _EMBED_AT_ONCE]
            self._index_vectors(
                collection, self._catalogue.vectors(council, some, self._embedder.model)
            )
        self._probe(council, collection, visible)

    def _probe(self, council: str, collection: str, visible: set[str]) -> None:
        """Ask the index for one passage by its own vector; a broken index does not find it."""
        some = self._catalogue.vectors(council, sorted(visible)[:1], self._embedder.model)
        for name, seen in some.items():
            found = self._index.query(collection, seen[0], 1)
            if not found or found[0][1] < 0.999:
                raise IndexDown(f"the index does not find passage {name} by its own vector")

    def _embed(self, texts: Mapping[str, Sequence[str]]) -> dict[str, Vectors]:
        """Make the vectors of each passage's views, shape (views, dimensions)."""
        rows = self._embedder.embed_passages([text for seen in texts.values() for text in seen])
        return dict(zip(texts, rows.reshape(len(texts), VIEWS, -1), strict=True)) if texts else {}

    def _index_vectors(self, collection: str, vectors: Mapping[str, Vectors]) -> None:
        if vectors:
            ids = [name for passage in vectors for name in index_ids(passage)]
            self._index.add(collection, ids, np.concatenate(list(vectors.values())))


def _readable(text: str) -> str:
    """Give what models and databases take: no half of a character, and no book for a question."""
    return text[:_LONGEST_QUESTION].encode("utf-8", "replace").decode()


def _match(row: Row, score: float, similarity: float | None, overlap: float) -> Match:
    return Match(
        id=row.id,
        text=row.text,
        url=row.url,
        title=row.title,
        headings=row.headings,
        score=min(max(score, 0.0), 1.0),
        similarity=similarity,
        overlap=overlap,
        updated=row.updated,
        language=row.language,
        page_url=row.page_url,
    )

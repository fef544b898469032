"""find · put · drop: the one class that the other packages know."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path

import numpy as np
import structlog

from knowledge_base.catalogue import Catalogue, Embedding, Row, Stored, name_passages
from knowledge_base.embed import Embedded, Embedder, Vectors
from knowledge_base.everyday import Everyday, usual_words
from knowledge_base.keywords import Keywords
from knowledge_base.locks import Busy, WriterLock
from knowledge_base.question import Asked, read_question
from knowledge_base.rank import Signs, Weights, fold, join, with_pages
from knowledge_base.stems import plain, stem
from knowledge_base.tokens import CODE, late_interaction, nearest, pack
from knowledge_base.types import Found, Match, Page
from knowledge_base.vectors import IndexDown, VectorIndex, collection_name, collection_prefix
from knowledge_base.windows import in_place, index_ids, passages_of, windows

log = structlog.get_logger(__name__)

# Raised when what the model is given of a passage changes, so that all is made again.
_FORM = 2
SECONDS_BETWEEN_REFRESHES = 1.0
_EMBED_AT_ONCE = 256
_Met = tuple[tuple[str, float], ...]
_NO_SPANS = np.empty((0, 2), dtype=np.int64)
# More than any model reads.
_LONGEST_QUESTION = 20_000


@dataclass(slots=True)
class _View:
    """One council as this process last saw it.

    windows: how many vectors make the index whole; None while some have to be made. in_step: it
    holds as many.
    """

    keywords: Keywords = field(default_factory=Keywords)
    version: int = -1
    windows: int | None = 0
    in_step: bool = False
    looked: float = float("-inf")


@dataclass(frozen=True, slots=True)
class _Near:
    """What is known of the candidates by their meaning.

    packed: their tokens. question: the question's own.
    """

    similarities: Mapping[str, float]
    tokens: Mapping[str, float]
    packed: Mapping[str, bytes] = field(default_factory=dict)
    question: Embedded | None = None


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
        weights: Weights | None = None,
        words: Path | None = None,
    ) -> None:
        """words: a folder for copies of the councils' words, from which a process starts fast."""
        self._words = words
        self.catalogue = catalogue
        self.embedder = embedder
        self.weights = weights or Weights()
        self._everyday: dict[str, Everyday] = defaultdict(lambda: Everyday(usual_words()))
        self._index = index
        self._lock = lock
        self._clock = clock
        self._views: dict[str, _View] = {}
        self._refreshing = threading.Lock()

    def find(self, council: str, text: str, *, limit: int = 10) -> Found:
        """Find the passages of one council that answer a text best, by meaning and by words.

        text: a question of one or more lines, the last of which is what is asked.
        """
        view = self._view(council)
        asked = self._read(council, _readable(text), view.keywords)
        stems = asked.stems()
        candidates = set(view.keywords.find(stems, self.weights.candidates))
        near = None
        if view.in_step and view.keywords:
            near = self._near(council, asked, candidates)
        if near:
            candidates = set(near.similarities)
        signs = self._signs(view.keywords, stems, candidates, near)
        scores = {name: join(one, self.weights) for name, one in signs.items()}
        pages = view.keywords.siblings(scores)
        scores = {name: score for name, score in scores.items() if name in pages}
        scores = with_pages(scores, pages, self.weights.page)
        best = sorted(scores, key=lambda name: (-scores[name], name))
        rows = self._visible(council, best, limit)
        overlap = view.keywords.overlap(asked.own_stems(), [row.id for row in rows.values()])
        similarities = near.similarities if near else {}
        return Found(
            tuple(
                _match(
                    row,
                    scores[place],
                    similarities.get(row.id),
                    overlap[row.id],
                    self._met(council, asked, near, row.id),
                )
                for place, row in rows.items()
            ),
            degraded=near is None and bool(view.keywords),
        )

    def teach(self, council: str, everyday: Mapping[str, str]) -> None:
        """Let a council's citizens be understood by its own everyday words too."""
        self._everyday[council] = Everyday({**usual_words(), **everyday})

    @property
    def model(self) -> str:
        """Name what the vectors are made with; others are never compared with them."""
        return sha256(f"{_FORM} {CODE} {self.embedder.model}".encode()).hexdigest()[:32]

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

    def _read(self, council: str, text: str, keywords: Keywords) -> Asked:
        def mend(word: str) -> str | None:
            # Another form of a word that the pages hold is met by its stem.
            known = keywords.holders(stem(plain(word))) or self.embedder.knows(word)
            return None if known else keywords.nearest(word)

        return read_question(
            text,
            everyday=self._everyday[council] if self.weights.official else Everyday({}),
            aside=self.weights.aside,
            official=self.weights.official,
            mend=mend if self.weights.mend else lambda word: None,
        )

    def _near(self, council: str, asked: Asked, by_words: Iterable[str]) -> _Near | None:
        """Compare the question with the candidates of both kinds; None where the index is down."""
        question = self.embedder.embed_tokens([asked.text], questions=True)[0]
        weights = asked.weigh(_NO_SPANS if question.spans is None else question.spans)
        meant = question.pooled(weights)
        try:
            collection = collection_name(council, self.model)
            found = self._index.query(collection, meant, self.weights.candidates)
        except IndexDown as error:
            log.warning("index_down", council=council, error=str(error)[:300])
            self._views[council].in_step = False
            return None
        names = {*by_words, *passages_of(name for name, _ in found)}
        made = self.catalogue.embeddings(council, names, self.model)
        similarities = _nearest(made, meant)
        packed = {name: one.tokens for name, one in made.items() if one.tokens}
        if question.tokens is None or not len(question.tokens) or not packed:
            return _Near(similarities, {})
        tokens = late_interaction(question.tokens, weights, list(packed.values()))
        by_name = dict(zip(packed, tokens.tolist(), strict=True))
        return _Near(similarities, by_name, packed, question)

    def _met(self, council: str, asked: Asked, near: _Near | None, name: str) -> _Met:
        """Say how near a passage comes to each word of what is asked."""
        if near is None or near.question is None or name not in near.packed:
            return ()
        question = near.question
        if question.tokens is None or question.spans is None:
            return ()
        best = nearest(question.tokens, near.packed[name])
        starts, ends = question.spans[:, 0], question.spans[:, 1]
        officials = asked.official[0].start if asked.official else len(asked.text)
        official = float(max(best[starts >= officials], default=0.0))
        met = []
        for word, start, end in asked.words():
            inside = (starts >= start) & (ends <= end) & (ends > starts)
            if inside.any():
                everyday = official if self._everyday[council].knows(word) else 0.0
                met.append((word, max(float(best[inside].mean()), everyday)))
        return tuple(met)

    def _signs(
        self,
        keywords: Keywords,
        stems: Mapping[str, float],
        names: Iterable[str],
        near: _Near | None,
    ) -> dict[str, Signs]:
        say = min(keywords.mass(stems) / self.weights.mass, 1.0)
        words = keywords.score(stems, names)
        if near is None:
            return {name: Signs(score * say) for name, score in words.items()}
        return {
            name: Signs(score * say, near.similarities.get(name), near.tokens.get(name))
            for name, score in words.items()
        }

    def _visible(self, council: str, best: Sequence[str], limit: int) -> dict[str, Row]:
        """Read the best passages that are visible, without those that say the same again.

        By the id of the passage in whose place each one stands.
        """
        seen: list[Row] = []
        chosen: dict[str, Row] = {}
        for start in range(0, len(best), 2 * limit):
            some = best[start : start + 2 * limit]
            rows = {row.id: row for row in self.catalogue.rows(council, some)}
            seen += (rows[name] for name in some if name in rows)
            chosen = fold(seen)
            if len(chosen) >= limit:
                break
        return dict(islice(chosen.items(), limit))

    def _refresh(self, council: str) -> _View:
        old = self._views.get(council) or _View(self._load_words(council))
        version = self.catalogue.version(council)
        if version != old.version:
            self._index.reopen()
            self._follow(council, old.keywords)
        windows = old.windows
        if version != old.version or not old.in_step:
            windows = self.catalogue.count_windows(council, self.model)
        in_step = self._compare(council, len(old.keywords), windows)
        view = _View(old.keywords, version, windows, in_step, self._clock())
        self._views[council] = view
        return view

    def _follow(self, council: str, keywords: Keywords) -> bool:
        """Bring a council's words in step with what is visible; says whether they were not."""
        visible, known = self.catalogue.passage_ids(council), keywords.ids
        if visible == known:
            return False
        rows = self.catalogue.rows(council, visible - known)
        keywords.update(
            ((row.id, row.page_url, in_place(row.title, row.headings, row.text)) for row in rows),
            removed=known - visible,
        )
        return True

    def keep_words(self, council: str) -> None:
        """Write the copy of a council's words that the next process starts from."""
        file = self._words_file(council)
        if file is None:
            return
        keywords = self._load_words(council)
        if self._follow(council, keywords) or not file.exists():
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                keywords.save(file)
            except OSError as error:
                log.warning("words_not_kept", council=council, error=str(error)[:300])

    def _load_words(self, council: str) -> Keywords:
        file = self._words_file(council)
        return (file and Keywords.load(file)) or Keywords()

    def _words_file(self, council: str) -> Path | None:
        return self._words / collection_prefix(council).strip("-") if self._words else None

    def _compare(self, council: str, visible: int, windows: int | None) -> bool:
        if not visible:
            # Nothing can be missing, and a collection may not be there before the first page.
            return True
        if windows is None:
            return False
        try:
            counted = self._index.count(collection_name(council, self.model))
        except IndexDown as error:
            log.warning("index_down", council=council, error=str(error)[:300])
            return False
        # More than is visible is a writer at work, whose surplus is never shown.
        return counted >= windows


class Writer:
    """The one process that may write; got from KnowledgeBase.writer()."""

    def __init__(self, knowledge_base: KnowledgeBase, index: VectorIndex) -> None:
        self._knowledge_base = knowledge_base
        self._catalogue = knowledge_base.catalogue
        self._embedder = knowledge_base.embedder
        self._model = knowledge_base.model
        self._index = index

    def put(self, council: str, pages: Sequence[Page]) -> int:
        """Make pages visible, each in one transaction; says how many passages were embedded.

        The vectors go to the index first, where nothing shows them before the catalogue does.
        """
        texts = {
            name: windows(page.title, passage.headings, passage.text)
            for page in pages
            for name, passage in name_passages(council, page).items()
        }
        held = self._catalogue.embeddings(council, texts, self._model)
        new = [name for name in texts if name not in held]
        made = self._embed({name: texts[name] for name in new})
        try:
            self._index_vectors(collection_name(council, self._model), made)
        except IndexDown as error:
            log.warning("index_down", council=council, error=str(error)[:300])
        now = datetime.now(UTC)
        for page in pages:
            self._catalogue.put(council, page, made, self._model, now)
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
        model = self._model
        number = 0
        missing = self._catalogue.missing_vectors(council, model)
        for start in range(0, len(missing), _EMBED_AT_ONCE):
            rows = self._catalogue.rows(council, missing[start : start + _EMBED_AT_ONCE])
            texts = {row.id: windows(row.title, row.headings, row.text) for row in rows}
            self._catalogue.put_embeddings(self._embed(texts), model)
            number += len(texts)
        collection = collection_name(council, model)
        self._fill_or_mend(council, collection)
        self._index.drop_others(collection_prefix(council), collection)
        self._catalogue.forget_other_models(council, model)
        self._knowledge_base.keep_words(council)
        return number

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
        windows = self._catalogue.windows(council, self._model)
        wanted = {
            name for passage, number in windows.items() for name in index_ids(passage, number)
        }
        indexed = self._index.ids(collection)
        self._index.remove(collection, sorted(indexed - wanted))
        absent = sorted(passages_of(wanted - indexed))
        for start in range(0, len(absent), _EMBED_AT_ONCE):
            some = absent[start : start + _EMBED_AT_ONCE]
            self._index_vectors(collection, self._catalogue.embeddings(council, some, self._model))
        self._probe(council, collection, sorted(windows)[:1])

    def _probe(self, council: str, collection: str, some: Sequence[str]) -> None:
        """Ask the index for one passage by its own vector; a broken index does not find it."""
        for name, made in self._catalogue.embeddings(council, some, self._model).items():
            found = self._index.query(collection, made.vectors[0], 1)
            if not found or found[0][1] < 0.999:
                raise IndexDown(f"the index does not find passage {name} by its own vector")

    def _embed(self, texts: Mapping[str, Sequence[str]]) -> dict[str, Embedding]:
        """Let the model read each passage's windows."""
        given = [text for some in texts.values() for text in some]
        # A page may be a book, and unpacked its tokens take 1.5 KB each.
        read = (
            one
            for start in range(0, len(given), _EMBED_AT_ONCE)
            for one in self._embedder.embed_tokens(given[start : start + _EMBED_AT_ONCE])
        )
        return {name: _embedding([next(read) for _ in some]) for name, some in texts.items()}

    def _index_vectors(self, collection: str, made: Mapping[str, Embedding]) -> None:
        if made:
            ids = [name for key, one in made.items() for name in index_ids(key, len(one.vectors))]
            self._index.add(collection, ids, np.concatenate([one.vectors for one in made.values()]))


def _embedding(windows: Sequence[Embedded]) -> Embedding:
    tokens = [one.tokens for one in windows if one.tokens is not None and len(one.tokens)]
    packed = pack(np.concatenate(tokens)) if tokens else b""
    return Embedding(np.stack([one.vector for one in windows]), packed)


def _nearest(made: Mapping[str, Embedding], meant: Vectors) -> dict[str, float]:
    """Compare a question with the windows of passages; the nearest window stands for each."""
    if not made:
        return {}
    windows = np.concatenate([one.vectors for one in made.values()])
    starts = np.cumsum([0, *(len(one.vectors) for one in made.values())])[:-1]
    nearest = np.maximum.reduceat(windows @ meant, starts)
    return dict(zip(made, nearest.tolist(), strict=True))


def _readable(text: str) -> str:
    """Give what models and databases take: no half of a character, and no book for a question."""
    return text[:_LONGEST_QUESTION].encode("utf-8", "replace").decode()


def _match(row: Row, score: float, similarity: float | None, overlap: float, met: _Met) -> Match:
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
        met=met,
    )

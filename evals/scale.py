"""Councils of any size out of thin air: text, vectors and tokens without the model's work.

What a search costs depends on how many passages there are, how words are spread over them and
how the vectors lie, not on what they say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import insert

from evals.benchmark import make_page
from knowledge_base import catalogue as tables
from knowledge_base.catalogue import Catalogue, Embedding, name_passages
from knowledge_base.embed import Vectors
from knowledge_base.types import Page, Passage
from knowledge_base.vectors import VectorIndex, collection_name
from knowledge_base.windows import index_ids

COUNCIL = "invented"
PASSAGES_A_PAGE = 2
_WORDS = 30_000
_SENTENCE = 12
_SENTENCES = 5
_TOKENS = 80
_DIMENSIONS = 384
_PAGES_AT_ONCE = 1000
_PARTS = "ba ce di fo gu la me ni po ru sa te vi wo ken ton ham ford ley wick dale mere".split()


@dataclass(frozen=True, slots=True)
class Text:
    """Writes sentences whose words are as frequent as those of English are (Zipf)."""

    seed: int

    def sentences(self, number: int, words: int) -> list[str]:
        dice = np.random.default_rng(self.seed)
        known = np.array([_word(rank) for rank in range(_WORDS)])
        often = 1 / np.arange(2, _WORDS + 2)
        drawn = known[dice.choice(_WORDS, size=(number, words), p=often / often.sum())]
        return [f"{' '.join(row).capitalize()}." for row in drawn.tolist()]


def invent_pages(number: int, seed: int = 1) -> Iterator[Page]:
    """Write so many pages of two passages, each of five sentences."""
    for start in range(0, number, _PAGES_AT_ONCE):
        some = min(_PAGES_AT_ONCE, number - start)
        wanted = some * PASSAGES_A_PAGE * _SENTENCES
        said = Text(seed * _WORDS + start).sentences(wanted, _SENTENCE)
        for at in range(some):
            first = at * PASSAGES_A_PAGE * _SENTENCES
            yield _page(f"https://invented.example/{start + at}", said[first:])


def fill(catalogue: Catalogue, index: VectorIndex, model: str, pages: Sequence[Page]) -> None:
    """Write pages as an ingest leaves them, but many in a transaction and without the model.

    model: names what the vectors would be made with, so that a search takes them for its own.
    """
    dice = np.random.default_rng(7)
    for start in range(0, len(pages) - 1, _PAGES_AT_ONCE):
        _fill_some(catalogue, index, model, pages[: len(pages) - 1], start, dice)
    # The last page comes in the usual way, which raises the council's version.
    last = pages[-1]
    made = dict(zip(name_passages(COUNCIL, last), _invent(len(last.passages), dice), strict=True))
    _add(index, model, made)
    catalogue.put(COUNCIL, last, made, model, datetime.now(UTC))


def file_bytes(path: Path) -> int:
    """Measure a file, or all files of a folder, with what a database keeps beside its file."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))


def _fill_some(
    catalogue: Catalogue,
    index: VectorIndex,
    model: str,
    pages: Sequence[Page],
    start: int,
    dice: np.random.Generator,
) -> None:
    some = pages[start : start + _PAGES_AT_ONCE]
    named = [name_passages(COUNCIL, page) for page in some]
    names = [name for one in named for name in one]
    made = dict(zip(names, _invent(len(names), dice), strict=True))
    with catalogue.engine.begin() as connection:
        rows = [_page_row(number, page) for number, page in enumerate(some, start=start + 1)]
        connection.execute(insert(tables.pages), rows)
        passages = [
            _passage_row(number, position, name, passage)
            for number, one in enumerate(named, start=start + 1)
            for position, (name, passage) in enumerate(one.items())
        ]
        connection.execute(insert(tables.passages), passages)
    catalogue.put_embeddings(made, model)
    _add(index, model, made)


def _add(index: VectorIndex, model: str, made: dict[str, Embedding]) -> None:
    ids = [name for key, one in made.items() for name in index_ids(key, len(one.vectors))]
    index.add(
        collection_name(COUNCIL, model), ids, np.concatenate([one.vectors for one in made.values()])
    )


def _invent(number: int, dice: np.random.Generator) -> list[Embedding]:
    """Make one window each; a page's passages lie near to each other, as real ones do."""
    pages: Vectors = dice.standard_normal((number, _DIMENSIONS), dtype=np.float32)
    pages[1::PASSAGES_A_PAGE] = pages[: number - number % 2 : PASSAGES_A_PAGE]
    vectors = pages + 0.7 * dice.standard_normal((number, _DIMENSIONS), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return [
        Embedding(row[None], dice.bytes(_TOKENS * _DIMENSIONS // 8))
        for row in vectors.astype(np.float32)
    ]


def _page(url: str, said: Sequence[str]) -> Page:
    texts = [
        " ".join(said[at * _SENTENCES : (at + 1) * _SENTENCES]) for at in range(PASSAGES_A_PAGE)
    ]
    title = said[0].partition(".")[0][:40]
    return make_page(
        url, title, [Passage(text, f"{url}#{at}", ("About",)) for at, text in enumerate(texts)]
    )


def _page_row(number: int, page: Page) -> dict[str, object]:
    return {
        "id": number,
        "council": COUNCIL,
        "url": page.url,
        "title": page.title,
        "source": page.source,
        "kind": page.kind,
        "digest": page.digest,
        "language": "en",
        "updated": None,
        "seen": page.seen,
        "breadcrumbs": [],
        "details": {},
        "links": [],
        "validators": {},
    }


def _passage_row(page: int, position: int, name: str, passage: Passage) -> dict[str, object]:
    return {
        "id": name,
        "page_id": page,
        "council": COUNCIL,
        "position": position,
        "text": passage.text,
        "url": passage.url,
        "headings": list(passage.headings),
    }


def _word(rank: int) -> str:
    """Make a word that can be spoken, always the same one for a rank, the common ones short."""
    digest = hashlib.sha256(str(rank).encode()).digest()
    length = 2 + (rank > 100) + (rank > 3000)
    return "".join(_PARTS[byte % len(_PARTS)] for byte in digest[:length])

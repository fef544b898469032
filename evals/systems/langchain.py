"""LangChain, as its quick-start has it: recursive splitter, Chroma, similarity search."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from langchain_core.embeddings import Embeddings

from evals.benchmark import Corpus, Hit
from evals.system import Built, System, versions
from evals.systems.stock import CHARACTERS, OVERLAP, Text, pieces_of
from knowledge_base.embed import Embedder

PACKAGES = ("langchain-chroma", "langchain-text-splitters", "beautifulsoup4")
# More than one call of Chroma may take at once.
_AT_ONCE = 1000


class SameModel(Embeddings):
    """Our embedding model behind LangChain's interface, so that only the pipelines differ.

    langchain-huggingface itself needs an older huggingface-hub than ours.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        rows: list[list[float]] = self._embedder.embed_passages(texts).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        row: list[float] = self._embedder.embed_questions([text])[0].tolist()
        return row


def langchain(embedder: Embedder) -> System:
    return System("LangChain", partial(_open, embedder))


def open_store(embedder: Embedder, folder: Path) -> Any:
    """Open LangChain's Chroma on a folder. Raises NotInstalled."""
    versions(*PACKAGES)
    from langchain_chroma import Chroma

    return Chroma("benchmark", SameModel(embedder), persist_directory=str(folder))


def add_texts(store: Any, pieces: Sequence[Text]) -> None:
    for start in range(0, len(pieces), _AT_ONCE):
        some = pieces[start : start + _AT_ONCE]
        places = [{"url": piece.url, "page_url": piece.page_url} for piece in some]
        store.add_texts([piece.text for piece in some], places)


@contextmanager
def _open(embedder: Embedder, corpus: Corpus) -> Iterator[Built]:
    installed = versions(*PACKAGES)
    pieces = pieces_of(corpus)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(embedder, Path(folder))
        add_texts(store, pieces)

        def find(text: str, limit: int) -> list[Hit]:
            found = store.similarity_search_with_score(text, k=limit)
            return [
                Hit(one.metadata["url"], one.metadata["page_url"], -distance, one.page_content)
                for one, distance in found
            ]

        yield Built(
            find,
            len(pieces),
            {
                "characters": CHARACTERS,
                "overlap": OVERLAP,
                "model": embedder.model,
                "versions": installed,
            },
        )

"""LlamaIndex, as its quick-start has it: documents into an index in memory, then a retriever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from evals.benchmark import Corpus, Hit
from evals.system import Built, System, versions
from evals.systems.stock import texts_of
from knowledge_base.embed import Embedder

PACKAGES = ("llama-index-core", "beautifulsoup4")


def llama_index(embedder: Embedder) -> System:
    return System("LlamaIndex", partial(_open, embedder))


@contextmanager
def _open(embedder: Embedder, corpus: Corpus) -> Iterator[Built]:
    installed = versions(*PACKAGES)
    from llama_index.core import Document, VectorStoreIndex

    places = ["url", "page_url"]
    documents = [
        Document(
            text=one.text,
            metadata={"url": one.url, "page_url": one.page_url},
            excluded_embed_metadata_keys=places,
        )
        for one in texts_of(corpus)
    ]
    index = VectorStoreIndex.from_documents(documents, embed_model=_same_model(embedder))

    def find(text: str, limit: int) -> list[Hit]:
        found = index.as_retriever(similarity_top_k=limit).retrieve(text)
        return [
            Hit(one.metadata["url"], one.metadata["page_url"], one.score, one.get_content())
            for one in found
        ]

    pieces = len(index.docstore.docs)
    yield Built(find, pieces, {"model": embedder.model, "versions": installed})


def _same_model(embedder: Embedder) -> Any:
    """Put our embedding model behind LlamaIndex's interface, so that only the pipelines differ."""
    from llama_index.core.embeddings import BaseEmbedding

    class SameModel(BaseEmbedding):  # type: ignore[misc,unused-ignore]
        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            rows: list[list[float]] = embedder.embed_passages(texts).tolist()
            return rows

        def _get_query_embedding(self, query: str) -> list[float]:
            row: list[float] = embedder.embed_questions([query])[0].tolist()
            return row

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

    return SameModel()

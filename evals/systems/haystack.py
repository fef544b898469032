"""Haystack, as its quick-start has it: split by words, embedded, retrieved from memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from evals.benchmark import Corpus, Hit
from evals.system import Built, System, versions
from evals.systems.stock import texts_of
from knowledge_base.embed import Embedder

PACKAGES = ("haystack-ai", "beautifulsoup4")
WORDS = 200
OVERLAP = 20


def haystack(embedder: Embedder) -> System:
    return System("Haystack", partial(_open, embedder))


@contextmanager
def _open(embedder: Embedder, corpus: Corpus) -> Iterator[Built]:
    installed = versions(*PACKAGES)
    from haystack import Document
    from haystack.components.preprocessors import DocumentSplitter
    from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    documents = [
        Document(content=one.text, meta={"url": one.url, "page_url": one.page_url})
        for one in texts_of(corpus)
    ]
    if corpus.sources:
        splitter = DocumentSplitter(split_by="word", split_length=WORDS, split_overlap=OVERLAP)
        splitter.warm_up()
        documents = splitter.run(documents=documents)["documents"]
    rows = embedder.embed_passages([one.content for one in documents]).tolist()
    for document, row in zip(documents, rows, strict=True):
        document.embedding = row
    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    store.write_documents(documents)
    retriever = InMemoryEmbeddingRetriever(document_store=store)

    def find(text: str, limit: int) -> list[Hit]:
        asked = embedder.embed_questions([text])[0].tolist()
        found = retriever.run(query_embedding=asked, top_k=limit)["documents"]
        return [Hit(one.meta["url"], one.meta["page_url"], one.score, one.content) for one in found]

    yield Built(
        find,
        len(documents),
        {"words": WORDS, "overlap": OVERLAP, "model": embedder.model, "versions": installed},
    )

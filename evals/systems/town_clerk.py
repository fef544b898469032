"""Our own search, filled as it is filled in use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

from evals.benchmark import Corpus, Hit
from evals.system import Built, System, versions
from ingest.reading import Sandbox
from ingest.sync import sync
from knowledge_base.knowledge_base import KnowledgeBase

NAME = "Town Clerk"
_PAGES_AT_ONCE = 64

OpenKnowledgeBase = Callable[[Mapping[str, Any]], AbstractContextManager[KnowledgeBase]]
"""Opens a knowledge base whose search has these parameters instead of its own."""


class NotIngested(Exception):
    """A corpus' sources could not be read; str() says which and why."""


def town_clerk(
    open_knowledge_base: OpenKnowledgeBase, parameters: Mapping[str, Any] | None = None
) -> System:
    """Set up our search, or a variant of it for an ablation: parameters by their names."""
    changed = dict(parameters or {})
    variant = " ".join(f"{name}={value}" for name, value in changed.items())
    name = f"{NAME} ({variant})" if variant else NAME
    return System(name, partial(_open, open_knowledge_base, changed))


@contextmanager
def _open(
    open_knowledge_base: OpenKnowledgeBase, parameters: Mapping[str, Any], corpus: Corpus
) -> Iterator[Built]:
    with open_knowledge_base(parameters) as knowledge_base:
        _fill(knowledge_base, corpus)

        def find(text: str, limit: int) -> list[Hit]:
            found = knowledge_base.find(corpus.name, text, limit=limit)
            return [Hit(m.url, m.page_url, m.score, m.text) for m in found.matches]

        yield Built(
            find,
            knowledge_base.catalogue.count(corpus.name)[1],
            {
                "parameters": dict(parameters),
                "model": knowledge_base.model,
                "versions": versions("townclerk", "chromadb", "onnxruntime"),
            },
        )


def _fill(knowledge_base: KnowledgeBase, corpus: Corpus) -> None:
    """Bring a corpus in; of one that is there already nothing is embedded again."""
    if corpus.sources:
        with Sandbox() as reader:
            report = sync(corpus.name, corpus.home, corpus.sources, knowledge_base, reader)
        if report.failed:
            raise NotIngested("; ".join(f"{name}: {reason}" for name, reason in report.failed))
        return
    pages = corpus.pages
    with knowledge_base.writer() as writer:
        for start in range(0, len(pages), _PAGES_AT_ONCE):
            writer.put(corpus.name, pages[start : start + _PAGES_AT_ONCE])
        writer.settle(corpus.name)
    knowledge_base.look_again(corpus.name)

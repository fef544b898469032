"""The stock peers that we are measured beside. Nothing of the product imports them."""

from __future__ import annotations

from evals.system import System
from evals.systems.bm25 import bm25
from evals.systems.haystack import haystack
from evals.systems.langchain import langchain
from evals.systems.llama_index import llama_index
from knowledge_base.embed import Embedder


def peers(embedder: Embedder) -> tuple[System, ...]:
    """Set up every peer, whether its packages are installed or not, all with one model."""
    return (bm25(), langchain(embedder), llama_index(embedder), haystack(embedder))

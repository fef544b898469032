"""BM25 over stemmed words, as the quick-start of bm25s has it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from evals.benchmark import Corpus, Hit
from evals.system import Built, System, versions
from evals.systems.stock import pieces_of

PACKAGES = ("bm25s", "langchain-text-splitters", "beautifulsoup4", "pystemmer")


def bm25() -> System:
    return System("BM25", _open)


@contextmanager
def _open(corpus: Corpus) -> Iterator[Built]:
    installed = versions(*PACKAGES)
    import bm25s
    import Stemmer

    stemmer = Stemmer.Stemmer("english")
    pieces = pieces_of(corpus)

    def tokens(texts: list[str]) -> list[list[str]]:
        found: list[list[str]] = bm25s.tokenize(
            texts, stopwords="en", stemmer=stemmer, return_ids=False, show_progress=False
        )
        return found

    index = bm25s.BM25()
    index.index(tokens([piece.text for piece in pieces]), show_progress=False)

    def find(text: str, limit: int) -> list[Hit]:
        # bm25s fails on words that no document holds.
        known = [word for word in tokens([text])[0] if word in index.vocab_dict]
        if not known:
            return []
        scores = index.get_scores(known)
        best = sorted(range(len(pieces)), key=lambda at: -scores[at])[:limit]
        return [
            Hit(pieces[at].url, pieces[at].page_url, float(scores[at]), pieces[at].text)
            for at in best
        ]

    yield Built(find, len(pieces), {"stopwords": "en", "stemmer": "english", "versions": installed})

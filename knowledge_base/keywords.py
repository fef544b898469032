"""Find passages by their words: BM25 over stemmed words, in memory, made from the catalogue.

One implementation for every database, that follows the catalogue passage by passage.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from knowledge_base import bm25
from knowledge_base.keywords_file import read_lexicon, write_lexicon
from knowledge_base.lexicon import Lexicon, empty_lexicon
from knowledge_base.revision import Revision
from knowledge_base.segment import decode
from knowledge_base.spelling import Spelling
from knowledge_base.stems import is_stop_word, plain


class Keywords:
    """The words of one council's passages. Safe for threads: a search sees all of an update.

    weights: stems with the question's weight for each, 1 for what is simply asked.
    """

    def __init__(self, lexicon: Lexicon | None = None) -> None:
        self._lexicon = lexicon or empty_lexicon()
        self._spelling = Spelling()
        self._writing = threading.Lock()

    def __len__(self) -> int:
        return self._lexicon.passages

    @property
    def ids(self) -> set[str]:
        segments = self._lexicon.segments
        return {name for segment in segments for name in decode(segment.ids[segment.alive])}

    def update(self, added: Iterable[tuple[str, str, str]], removed: Iterable[str]) -> None:
        """Let passages go by id, and take others in as (id, page address, text).

        One that is here already is replaced. Searches go on meanwhile, in what was before.
        """
        with self._writing:
            revision = Revision(self._lexicon)
            revision.drop(removed)
            revision.take(added)
            self._lexicon = revision.settle()

    def find(self, weights: Mapping[str, float], limit: int) -> dict[str, float]:
        """Rank passages that share stems with a question, best first, by id.

        The score is BM25 as a share of the most that a passage could reach with those of the
        stems that any passage holds, 0 to 1.
        """
        return bm25.find(self._lexicon, weights, limit)

    def score(self, weights: Mapping[str, float], names: Iterable[str]) -> dict[str, float]:
        """Score passages by id as find does; 0 for one that shares nothing or is not here."""
        return bm25.score(self._lexicon, weights, list(names))

    def mass(self, weights: Mapping[str, float]) -> float:
        """Say how much a question's stems weigh together, each by how rare it is, from 0 on."""
        return bm25.mass(self._lexicon, weights)

    def overlap(self, weights: Mapping[str, float], names: Iterable[str]) -> dict[str, float]:
        """Say what share of the question's weight in stems each passage holds, 0 to 1.

        A stem that no passage holds weighs most.
        """
        return bm25.overlap(self._lexicon, weights, list(names))

    def holders(self, stem: str) -> int:
        """Count the passages that hold a stem."""
        return self._lexicon.holders(stem)

    def written(self, word: str) -> int:
        """Count how often a word stands in the pages as it is written, but for case and accents.

        Stop words are not counted, and said to be once in each passage.
        """
        word = plain(word)
        return len(self) if is_stop_word(word) else self._lexicon.times_written(word)

    def nearest(self, word: str) -> str | None:
        """Guess which of the council's words a misspelt one means; None where none is near.

        The word comes in lower case without accents. A word that is written is not misspelt.
        """
        word, lexicon = plain(word), self._lexicon
        if is_stop_word(word) or lexicon.times_written(word):
            return None
        return self._spelling.nearest(word, lexicon)

    def siblings(self, names: Iterable[str]) -> dict[str, tuple[str, int]]:
        """Name the page of each passage that is here, and how many passages that page has."""
        return self._lexicon.siblings(list(names))

    def save(self, file: Path) -> None:
        """Write a file from which load starts fast. Raises OSError."""
        write_lexicon(self._lexicon, file)

    @classmethod
    def load(cls, file: Path) -> Keywords | None:
        """Read what save wrote; None where there is no usable file.

        It may be older than the catalogue: compare ids.
        """
        lexicon = read_lexicon(file)
        return cls(lexicon) if lexicon else None

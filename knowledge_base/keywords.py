"""Find passages by their words: BM25 over stemmed words, in memory, made from the catalogue.

One implementation for every database, that follows the catalogue passage by passage.
"""

from __future__ import annotations

import math
import re
import threading
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

# Anserini's defaults, which do as well here as Robertson's k1 1.2 and b 0.75.
K1 = 0.9
B = 0.4

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_STOP_WORDS = frozenset(
    """a about after all also am an and any are as at be because been before being but by can
    could did do does doing dont for from get got had has have having he her here hers him his how
    i if im in into is it its ive just know like me mine more most much my need no not of off on
    once only or other our out over own please same she should so some such tell than that the
    their them then there these they thing this those through to too u under until up us very want
    was we were what when where which while who whom why will with would you your
    y yr ac ar am at dim ei eu fy gan i mae mewn o oes rwyf sut sy sydd wrth yn yw""".split()
)


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


# PyStemmer's stemmers must not be shared between threads that use them at once.
_stemming = threading.Lock()


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Cut a lower-case word to its stem, by Snowball's English rules."""
    with _stemming:
        stemmed: str = _stemmer().stemWord(word)
    return stemmed


def words_of(text: str) -> list[str]:
    """Cut text into stems, without accents and without words that every page holds."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c)).replace("’", "'")
    found = (word.replace("'s", "").replace("'", "") for word in _WORD.findall(plain))
    return [stem(word) for word in found if word and word not in _STOP_WORDS]


class Keywords:
    """The words of one council's passages. Safe for threads: a search sees all of an update."""

    def __init__(self) -> None:
        self._postings: dict[str, dict[str, int]] = defaultdict(dict)
        self._terms: dict[str, tuple[str, ...]] = {}
        self._lengths: dict[str, int] = {}
        self._total = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._lengths)

    @property
    def ids(self) -> set[str]:
        with self._lock:
            return set(self._lengths)

    def update(self, added: Iterable[tuple[str, str]], removed: Iterable[str]) -> None:
        """Take in passages as (id, text) and let others go."""
        counted = [(name, Counter(words_of(text))) for name, text in added]
        with self._lock:
            for name in removed:
                self._remove(name)
            for name, counts in counted:
                self._add(name, counts)

    def find(self, text: str, limit: int) -> dict[str, float]:
        """Rank passages that share words with the text, best first, by id.

        The score is BM25 as a share of the most that any passage could reach, 0 to 1.
        """
        with self._lock:
            scores = self._score(text)
        best = sorted(scores, key=lambda name: (-scores[name], name))[:limit]
        return {name: scores[name] for name in best}

    def overlap(self, text: str, names: Iterable[str]) -> dict[str, float]:
        """Say what share of the text's weight in words each passage holds, 0 to 1."""
        with self._lock:
            weights = self._weigh(text)
            total = sum(weights.values()) or 1.0
            return {
                name: sum(w for word, w in weights.items() if name in self._postings.get(word, ()))
                / total
                for name in names
            }

    def _score(self, text: str) -> dict[str, float]:
        scores: dict[str, float] = defaultdict(float)
        mean = self._total / len(self._lengths) if self._lengths else 1.0
        weights = self._weigh(text)
        most = sum(weights.values()) * (K1 + 1)
        for word, weight in weights.items():
            for name, count in self._postings.get(word, {}).items():
                norm = K1 * (1 - B + B * self._lengths[name] / mean)
                scores[name] += weight * count * (K1 + 1) / (count + norm) / most
        return scores

    def _weigh(self, text: str) -> dict[str, float]:
        """Weigh words by how few passages hold them; a word that nobody holds weighs most."""
        number = len(self._lengths)
        weights = {}
        for word in dict.fromkeys(words_of(text)):
            holders = len(self._postings.get(word, ()))
            weights[word] = math.log(1 + (number - holders + 0.5) / (holders + 0.5))
        return weights

    def _add(self, name: str, counts: Counter[str]) -> None:
        for word, count in counts.items():
            self._postings[word][name] = count
        self._terms[name] = tuple(counts)
        self._lengths[name] = counts.total()
        self._total += counts.total()

    def _remove(self, name: str) -> None:
        for word in self._terms.pop(name, ()):
            del self._postings[word][name]
            if not self._postings[word]:
                del self._postings[word]
        self._total -= self._lengths.pop(name, 0)

"""The word that a misspelt word most likely means, out of those that a council writes."""

from __future__ import annotations

import threading
from collections import defaultdict

from knowledge_base.lexicon import Lexicon, Numbering

# Shorter words have too many neighbours; longer ones may hold two mistakes.
_SHORTEST = 4
_LONG = 8
_MOST_LETTERS = 40


class Spelling:
    """Finds near words. It follows a lexicon's numbering as that grows. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: Numbering | None = None
        self._seen = 0
        self._words: dict[tuple[str, int], list[str]] = defaultdict(list)

    def nearest(self, word: str, lexicon: Lexicon) -> str | None:
        """Find the word that is one mistake away, or two in a long word; None for none.

        A mistake is a letter too many, too few or another, or two letters that changed places;
        the first letter is taken to be right. Of several words the nearest wins, then the most
        written. A word that is written but once wins only where no other is near.
        """
        if not (word.isalpha() and _SHORTEST <= len(word) <= _MOST_LETTERS):
            return None
        found = {
            near: (-distance, times)
            for near, distance in self._near(word, lexicon).items()
            if (times := lexicon.times_written(near))
        }
        sure = [near for near, (_, times) in found.items() if times > 1]
        if not sure:
            return next(iter(found)) if len(found) == 1 else None
        return min(sure, key=lambda near: (*(-n for n in found[near]), near))

    def _near(self, word: str, lexicon: Lexicon) -> dict[str, int]:
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        far = 2 if len(word) >= _LONG else 1
        near: dict[str, int] = {}
        with self._lock:
            self._follow(lexicon)
            for length in range(len(word) - far, len(word) + far + 1):
                words = self._words.get((word[0], length), [])
                found = process.extract(
                    word, words, scorer=OSA.distance, score_cutoff=far, limit=None
                )
                near.update((other, int(distance)) for other, distance, _ in found)
        return near

    def _follow(self, lexicon: Lexicon) -> None:
        if lexicon.words is not self._of:
            self._of, self._seen = lexicon.words, 0
            self._words.clear()
        for word in lexicon.words.names[self._seen :]:
            self._seen += 1
            if word.isalpha():
                self._words[word[0], len(word)].append(word)

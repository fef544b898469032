"""Read a citizen's question: what is asked, what is said beside it, what a council calls it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge_base.everyday import Everyday
from knowledge_base.stems import words_of

_ANY_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_STRETCH = re.compile(r"[^.!?\n]+[.!?]*\s*")
# Of shorter words too many are one letter away from another ("cant", "yous"). A part of a code, of
# an address or of "needn't" is no word.
_WORD = re.compile(r"(?<![\w@./'’])[^\W\d_]{5,}(?![\w@]|['’]t|[./]\w)")
# "arent" is one letter away from "agent".
_NOT = re.compile(r"(?:are|were|was|has|have|had|does|did|could|would|should|must|need|might)nt")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a text, from start to end in characters, and what its words weigh."""

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is looked for.

    text: the question with its misspellings met, and on a last line the officials' words for
        it. stretches: its parts in order, without gaps that hold words. official: those of the
        last line.
    """

    text: str
    stretches: tuple[Stretch, ...]
    official: tuple[Stretch, ...] = ()

    def stems(self) -> dict[str, float]:
        """Give the stems to look for with the weight of each, its highest."""
        return self._stems((*self.stretches, *self.official))

    def own_stems(self) -> dict[str, float]:
        """Give the citizen's own stems, with the weight of each."""
        return self._stems(self.stretches)

    def _stems(self, parts: Iterable[Stretch]) -> dict[str, float]:
        stems: dict[str, float] = {}
        for part in parts:
            for stem in words_of(self.text[part.start : part.end]):
                stems[stem] = max(stems.get(stem, 0.0), part.weight)
        return stems

    def words(self) -> Iterator[tuple[str, int, int]]:
        """Give the words of what is asked, the last line, with where each stands."""
        end = self.stretches[-1].end
        start = self.text.rstrip().rfind("\n", 0, end - 1) + 1
        for found in _ANY_WORD.finditer(self.text, start, end):
            yield found.group().lower(), found.start(), found.end()

    def weigh(self, spans: NDArray[np.int64]) -> NDArray[np.float32]:
        """Weigh tokens by where they stand. spans: shape (tokens, 2), characters from and to."""
        parts = (*self.stretches, *self.official)
        starts = np.array([part.start for part in parts])
        weights = np.array([part.weight for part in parts], dtype=np.float32)
        at: NDArray[np.intp] = np.searchsorted(starts, spans[:, 0], side="right") - 1
        weighed: NDArray[np.float32] = weights[np.maximum(at, 0)]
        return weighed


def read_question(
    text: str,
    *,
    everyday: Everyday,
    aside: float,
    official: float,
    mend: Callable[[str], str | None] = lambda word: None,
) -> Asked:
    """Read a question of one or more lines; the last line is what is asked.

    aside: weight of what is said before the last line, and beside a sentence that asks.
    official: weight of the officials' words. mend: gives the word that a misspelt one means.
    """
    text = meet_misspellings(
        text, lambda word: None if _NOT.fullmatch(word) or everyday.knows(word) else mend(word)
    )
    own = tuple(_stretches(text, aside)) or (Stretch(0, len(text), 1.0),)
    words = everyday.official(text)
    if not words:
        return Asked(text, own)
    start = len(text) + 1
    return Asked(f"{text}\n{words}", own, (Stretch(start, start + len(words), official),))


def meet_misspellings(text: str, mend: Callable[[str], str | None]) -> str:
    """Put the council's words in the place of misspelt ones."""

    def one(found: re.Match[str]) -> str:
        return mend(found.group().lower()) or found.group()

    return _WORD.sub(one, text)


def _stretches(text: str, aside: float) -> Iterator[Stretch]:
    last = text.rstrip().rfind("\n") + 1
    found = list(_STRETCH.finditer(text))
    asks = any("?" in part.group() for part in found if part.start() >= last)
    for part in found:
        beside = part.start() < last or (asks and "?" not in part.group())
        yield Stretch(part.start(), part.end(), aside if beside else 1.0)

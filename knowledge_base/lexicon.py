"""The words of a council's passages at one moment, as a search reads them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge_base.segment import Floats, Ints, Places, Segment, encode

# Anserini's defaults, which do as well here as Robertson's k1 1.2 and b 0.75.
K1 = 0.9
B = 0.4


class Numbering(dict[str, int]):
    """Gives each name that is looked up by [] its own number, counted from 0; only ever grows.

    Those who only read use get, and take a number beyond what they know of for none.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names = list(names)
        super().__init__(zip(self.names, range(len(self.names)), strict=True))

    def __missing__(self, name: str) -> int:
        number = self[name] = len(self.names)
        self.names.append(name)
        return number


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All that a search reads. Nothing in it changes but the numberings, which may grow.

    By number of a word: stem_of, the number of its stem; written, how often it stands in living
    passages. By number of a stem: held, how many living passages hold it. By number of a page:
    on_page, how many living passages it has. By segment: norms, what BM25 adds to the count of
    a stem in a passage; infinite where it is dead, so that it never scores.
    """

    segments: tuple[Segment, ...]
    words: Numbering
    stems: Numbering
    pages: Numbering
    stem_of: Ints
    written: Places
    held: Places
    on_page: Places
    norms: tuple[Floats, ...]
    passages: int

    def times_written(self, word: str) -> int:
        return _at(self.written, self.words.get(word))

    def holders(self, stem: str) -> int:
        return _at(self.held, self.stems.get(stem))

    def rarity(self, stem: str) -> float:
        """Weigh a stem by how few passages hold it; one that nobody holds weighs most."""
        holders = self.holders(stem)
        return math.log(1 + (self.passages - holders + 0.5) / (holders + 0.5))

    def asked(self, weights: Mapping[str, float]) -> list[tuple[float, int]]:
        """Weigh the stems that any passage holds, as (weight, number of the stem), most first."""
        asked = [
            (weight * self.rarity(stem), self.stems[stem])
            for stem, weight in sorted(weights.items())
            if weight > 0 and self.holders(stem)
        ]
        return sorted(asked, key=lambda one: -one[0])

    def counts(self, names: Sequence[str], terms: Sequence[int]) -> tuple[Places, Floats]:
        """Count stems in named passages, shape (names, terms), with the passages' norms.

        A passage that is not here holds nothing.
        """
        ids, size = encode(names), len(terms)
        counts = np.zeros((len(ids), size), np.int64)
        norms = np.ones(len(ids), np.float32)
        ranked = np.argsort(terms)
        ascending = np.array(terms, np.int64)[ranked]
        for segment, of_segment in zip(self.segments, self.norms, strict=True):
            places, here = segment.locate(ids)
            rows, words = segment.words_at(places[here])
            stems = self.stem_of[words]
            at = np.minimum(ascending.searchsorted(stems), size - 1)
            asked = ascending[at] == stems
            cells = rows[asked] * size + ranked[at[asked]]
            counted = np.bincount(cells, minlength=int(here.sum()) * size)
            counts[here] = counted.reshape(-1, size)
            norms[here] = of_segment[places[here]]
        return counts, norms

    def siblings(self, names: Sequence[str]) -> dict[str, tuple[str, int]]:
        """Name the page of each passage that is here, and count that page's passages."""
        ids = encode(names)
        found = {}
        for segment in self.segments:
            places, here = segment.locate(ids)
            pages = segment.pages[places[here]].tolist()
            for at, page in zip(np.flatnonzero(here).tolist(), pages, strict=True):
                found[names[at]] = (self.pages.names[page], int(self.on_page[page]))
        return found


def open_lexicon(
    segments: Sequence[Segment],
    numberings: tuple[Numbering, Numbering, Numbering],
    stem_of: Ints,
    written: Places,
    held: Places,
    on_page: Places,
) -> Lexicon:
    """Open a lexicon on segments. numberings: of words, stems and pages."""
    passages = sum(int(segment.alive.sum()) for segment in segments)
    length = sum(int(segment.lengths[segment.alive].sum()) for segment in segments)
    mean = length / passages if length else 1.0
    return Lexicon(
        tuple(segments),
        *numberings,
        stem_of,
        written,
        held,
        on_page,
        tuple(_norms(segment, mean) for segment in segments),
        passages,
    )


def empty_lexicon() -> Lexicon:
    nothing = np.zeros(0, np.int64)
    numberings = (Numbering(), Numbering(), Numbering())
    return open_lexicon((), numberings, nothing.astype(np.int32), nothing, nothing, nothing)


def _norms(segment: Segment, mean: float) -> Floats:
    norms = (K1 * (1 - B + B * segment.lengths / mean)).astype(np.float32)
    norms[~segment.alive] = np.inf
    return norms


def _at(numbers: Places, number: int | None) -> int:
    return int(numbers[number]) if number is not None and number < len(numbers) else 0

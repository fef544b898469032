"""The words of some passages as arrays that never change: built once, joined with others later.

Two ways lead through them: from a stem to the passages that hold it, for a search; and from a
passage to its words, so that a passage can be taken out, or scored by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Counts = NDArray[np.uint8]
Floats = NDArray[np.float32]
Ids = NDArray[np.bytes_]
Ints = NDArray[np.int32]
Places = NDArray[np.int64]

# A count is a byte. BM25 moves by less than .003 beyond it.
MOST = 255


@dataclass(frozen=True, slots=True)
class Segment:
    """Passages by their place here, 0 to size - 1; words, stems and pages by number.

    ids, pages, alive: one for each passage. order: the places in the order of the ids.
    words[word_starts[p] : word_starts[p + 1]]: the words of passage p as they are written.
    holders[starts[t] : starts[t + 1]]: the passages that hold stem terms[t], which ascends, in
    order; counts: how often, up to MOST.
    """

    ids: Ids
    order: Ints
    pages: Ints
    alive: Bools
    word_starts: Places
    words: Ints
    terms: Ints
    starts: Places
    holders: Ints
    counts: Counts

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def lengths(self) -> Places:
        """Count the words of each passage."""
        return np.diff(self.word_starts)

    def find(self, term: int) -> tuple[Ints, Counts]:
        """List the passages that hold a stem, dead ones too, in order, and how often."""
        at = int(self.terms.searchsorted(term))
        if at == len(self.terms) or self.terms[at] != term:
            return self.holders[:0], self.counts[:0]
        these = slice(self.starts[at], self.starts[at + 1])
        return self.holders[these], self.counts[these]

    def locate(self, ids: Ids) -> tuple[Places, Bools]:
        """Find the places of passages by id, and which of them are here and alive."""
        if not len(self):
            return np.zeros(len(ids), np.int64), np.zeros(len(ids), np.bool_)
        at = self.ids.searchsorted(ids, sorter=self.order)
        places = self.order[np.minimum(at, len(self) - 1)].astype(np.int64)
        return places, (self.ids[places] == ids) & self.alive[places]

    def words_at(self, places: Places) -> tuple[Places, Ints]:
        """Read the words of passages, one after the other: which of the places, and the word."""
        lengths = self.lengths[places]
        rows = np.repeat(np.arange(len(places)), lengths)
        return rows, self.words[_ranges(self.word_starts[places], lengths)]


def encode(ids: Iterable[str]) -> Ids:
    return np.array([name.encode("utf-8", "surrogatepass") for name in ids], np.bytes_)


def decode(ids: Ids) -> list[str]:
    return [name.decode("utf-8", "surrogatepass") for name in ids.tolist()]


def build(ids: Ids, pages: Ints, lengths: Places, words: Ints, stem_of: Ints) -> Segment:
    """Build a segment from the words of its passages, one passage after the other."""
    size = len(ids)
    # One number for a stem in a passage, so that one sort groups and counts.
    pairs = stem_of[words].astype(np.int64) * size + np.repeat(np.arange(size), lengths)
    pairs, counts = np.unique(pairs, return_counts=True)
    terms, starts = np.unique(pairs // max(size, 1), return_index=True)
    return Segment(
        ids=ids,
        order=_order(ids),
        pages=pages,
        alive=np.ones(size, np.bool_),
        word_starts=_starts(lengths),
        words=words,
        terms=terms.astype(np.int32),
        starts=np.append(starts, len(pairs)),
        holders=(pairs % max(size, 1)).astype(np.int32),
        counts=np.minimum(counts, MOST).astype(np.uint8),
    )


def join(segments: Sequence[Segment]) -> Segment:
    """Make one segment of the living passages of several, without sorting their words again."""
    living = [np.flatnonzero(segment.alive) for segment in segments]
    ids = np.concatenate([s.ids[places] for s, places in zip(segments, living, strict=True)])
    terms, starts, holders, counts = _join_holders(segments)
    return Segment(
        ids=ids,
        order=_order(ids),
        pages=np.concatenate([s.pages[p] for s, p in zip(segments, living, strict=True)]),
        alive=np.ones(len(ids), np.bool_),
        word_starts=_starts(
            np.concatenate([s.lengths[p] for s, p in zip(segments, living, strict=True)])
        ),
        words=np.concatenate([_living_words(segment) for segment in segments]),
        terms=terms,
        starts=starts,
        holders=holders,
        counts=counts,
    )


def _join_holders(segments: Sequence[Segment]) -> tuple[Ints, Places, Ints, Counts]:
    terms = np.unique(np.concatenate([segment.terms for segment in segments]))
    parts = [_living_holders(segment) for segment in segments]
    rows = [terms.searchsorted(segment.terms) for segment in segments]
    total = np.zeros(len(terms), np.int64)
    for row, (kept, _, _) in zip(rows, parts, strict=True):
        total[row] += kept
    free = _starts(total)[:-1].copy()
    holders = np.empty(int(total.sum()), np.int32)
    counts = np.empty(len(holders), np.uint8)
    before = 0
    for segment, row, (kept, some, often) in zip(segments, rows, parts, strict=True):
        into = _ranges(free[row], kept)
        holders[into] = some + np.int32(before)
        counts[into] = often
        free[row] += kept
        before += int(segment.alive.sum())
    held = total > 0
    return terms[held], _starts(total[held]), holders, counts


def _living_holders(segment: Segment) -> tuple[Places, Ints, Counts]:
    """Leave the dead out: how many hold each term, which passages, by new place, how often."""
    held = np.diff(segment.starts)
    if segment.alive.all():
        return held, segment.holders, segment.counts
    living = segment.alive[segment.holders]
    kept = np.add.reduceat(living, segment.starts[:-1], dtype=np.int64) if len(held) else held
    places = np.cumsum(segment.alive, dtype=np.int32) - np.int32(1)
    return kept, places[segment.holders[living]], segment.counts[living]


def _living_words(segment: Segment) -> Ints:
    if segment.alive.all():
        return segment.words
    return segment.words[np.repeat(segment.alive, segment.lengths)]


def _order(ids: Ids) -> Ints:
    return np.argsort(ids, kind="stable").astype(np.int32)


def _starts(lengths: Places) -> Places:
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


def _ranges(starts: Places, lengths: Places) -> Places:
    """Count from each start as far as its length: starts 5, 1 and lengths 2, 3 are 5 6 1 2 3."""
    ends = np.cumsum(lengths)
    return np.repeat(starts - (ends - lengths), lengths) + np.arange(lengths.sum())

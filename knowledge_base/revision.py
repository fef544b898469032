"""Make a council's next lexicon out of the last one, beside it, at a cost that follows the change.

A change adds a small segment and marks what is gone as dead. A segment is joined with all that
are newer where these together have half as many passages, so a search goes through few segments
(each is more than twice as large as all newer ones), and a passage is only written again when
what is newer has grown by half. A segment of which a quarter is dead is written again.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

import numpy as np

from knowledge_base.lexicon import Lexicon, Numbering, open_lexicon
from knowledge_base.segment import Bools, Ids, Ints, Places, Segment, build, encode, join
from knowledge_base.stems import stem, written_words

_NEWER = 0.5
_DEAD = 0.25
# Bounds what a first build holds besides its arrays. Twice as many are no faster.
_AT_ONCE = 16_000


class Revision:
    """A lexicon in the making, for one thread; readers keep the last one meanwhile."""

    def __init__(self, last: Lexicon) -> None:
        self._segments = list(last.segments)
        self._words, self._stems, self._pages = last.words, last.stems, last.pages
        self._stem_of = last.stem_of
        self._written = last.written.copy()
        self._held = last.held.copy()
        self._on_page = last.on_page.copy()

    def take(self, added: Iterable[tuple[str, str, str]]) -> None:
        """Add passages as (id, page address, text), each in the place of one with the same id."""
        rest = iter(added)
        while some := {name: (page, text) for name, page, text in islice(rest, _AT_ONCE)}:
            ids = encode(some)
            self._drop(ids)
            self._add(ids, some.values())

    def drop(self, removed: Iterable[str]) -> None:
        ids = encode(removed)
        if len(ids):
            self._drop(ids)

    def settle(self) -> Lexicon:
        """Join what has to be joined, and give out the lexicon."""
        segments = [segment for segment in self._segments if segment.alive.any()]
        living = [int(segment.alive.sum()) for segment in segments]
        first = next(
            (at for at in range(len(living)) if sum(living[at + 1 :]) >= _NEWER * living[at]),
            len(living),
        )
        joined = [join(segments[first:])] if first < len(living) else []
        self._segments = [*map(_without_many_dead, segments[:first]), *joined]
        self._free_numbers()
        return open_lexicon(
            self._segments,
            (self._words, self._stems, self._pages),
            self._stem_of,
            self._written,
            self._held,
            self._on_page,
        )

    def _add(self, ids: Ids, passages: Iterable[tuple[str, str]]) -> None:
        words, lengths, pages = array("i"), array("q"), array("i")
        for page, text in passages:
            found = written_words(text)
            words.extend(map(self._words.__getitem__, found))
            lengths.append(len(found))
            pages.append(self._pages[page])
        self._number_stems()
        segment = build(
            ids,
            np.array(pages, np.int32),
            np.array(lengths, np.int64),
            np.array(words, np.int32),
            self._stem_of,
        )
        self._written = _grown(self._written, self._words) + _tally(segment.words, self._words)
        self._held = _grown(self._held, self._stems)
        self._held[segment.terms] += np.diff(segment.starts)
        self._on_page = _grown(self._on_page, self._pages) + _tally(segment.pages, self._pages)
        self._segments.append(segment)

    def _drop(self, ids: Ids) -> None:
        for at, segment in enumerate(self._segments):
            places, here = segment.locate(ids)
            dead = np.unique(places[here])
            if not len(dead):
                continue
            rows, words = segment.words_at(dead)
            # A passage holds a stem once, in however many of its words.
            stems = np.unique(rows * len(self._held) + self._stem_of[words]) % len(self._held)
            self._written -= np.bincount(words, minlength=len(self._written))
            self._held -= np.bincount(stems, minlength=len(self._held))
            self._on_page -= np.bincount(segment.pages[dead], minlength=len(self._on_page))
            alive = segment.alive.copy()
            alive[dead] = False
            self._segments[at] = replace(segment, alive=alive)

    def _number_stems(self) -> None:
        new = self._words.names[len(self._stem_of) :]
        numbers = np.array([self._stems[stem(word)] for word in new], np.int32)
        self._stem_of = np.concatenate([self._stem_of, numbers])

    def _free_numbers(self) -> None:
        """Forget what no passage holds any more, whenever all that is left is in one segment."""
        kept = [numbers > 0 for numbers in (self._written, self._held, self._on_page)]
        if len(self._segments) > 1 or all(k.mean() >= 1 - _DEAD for k in kept if len(k)):
            return
        words, stems, pages = ((np.cumsum(k) - 1).astype(np.int32) for k in kept)
        self._segments = [
            replace(s, words=words[s.words], terms=stems[s.terms], pages=pages[s.pages])
            for s in map(_without_dead, self._segments)
        ]
        self._stem_of = stems[self._stem_of[kept[0]]]
        self._written, self._held, self._on_page = (
            numbers[k]
            for numbers, k in zip((self._written, self._held, self._on_page), kept, strict=True)
        )
        self._words = _only(self._words, kept[0])
        self._stems = _only(self._stems, kept[1])
        self._pages = _only(self._pages, kept[2])


def _without_many_dead(segment: Segment) -> Segment:
    return _without_dead(segment) if segment.alive.mean() < 1 - _DEAD else segment


def _without_dead(segment: Segment) -> Segment:
    return segment if segment.alive.all() else join([segment])


def _tally(numbers: Ints, names: Numbering) -> Places:
    return np.bincount(numbers, minlength=len(names))


def _grown(numbers: Places, names: Numbering) -> Places:
    return np.concatenate([numbers, np.zeros(len(names) - len(numbers), np.int64)])


def _only(names: Numbering, kept: Bools) -> Numbering:
    # An update that failed may have numbered more names than are counted.
    return Numbering(name for name, keep in zip(names.names, kept, strict=False) if keep)

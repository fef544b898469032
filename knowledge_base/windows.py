"""Cut a passage into what the embedding model reads at once, each part with where it stands.

A model reads some 200 words and leaves the rest unread without a word. Small parts also match a
short question better than a long passage does, while the citizen still reads the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

# Words in one window, title and headings aside.
WORDS = 120

_BORDER = re.compile(r"(?<=[.!?])\s+|\n+")


def in_place(title: str, headings: Sequence[str], text: str) -> str:
    """Say a text with where it stands, which is also what words are looked for in."""
    return "\n".join(filter(None, [title, " > ".join(headings), text]))


def windows(title: str, headings: Sequence[str], text: str) -> list[str]:
    """Give the texts of which a passage's vectors are made, at least one."""
    return [in_place(title, headings, part) for part in _parts(text)] or [
        in_place(title, headings, text)
    ]


def index_ids(passage: str, number: int) -> list[str]:
    """Name a passage's windows in the index of meaning."""
    return [f"{passage}:{window}" for window in range(number)]


def passages_of(ids: Iterable[str]) -> list[str]:
    """Name the passages whose windows these are, in order, each once."""
    return list(dict.fromkeys(name.partition(":")[0] for name in ids))


def _parts(text: str) -> Iterator[str]:
    """Cut at the ends of sentences and lines; a sentence without end is cut at a word."""
    held: list[str] = []
    for sentence in filter(None, _BORDER.split(text)):
        words = sentence.split()
        if held and len(held) + len(words) > WORDS:
            yield " ".join(held)
            held = []
        held += words
        while len(held) > WORDS:
            yield " ".join(held[:WORDS])
            held = held[WORDS:]
    if held:
        yield " ".join(held)

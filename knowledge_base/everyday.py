"""Say citizens' words in officials' words: a tip is a household waste recycling centre."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from knowledge_base.stems import plain, stem

_FILE = Path(__file__).parent / "everyday_words.toml"
_WORD = re.compile(r"[a-z0-9]+")


class Everyday:
    """Everyday expressions with the words that councils' pages use instead."""

    def __init__(self, official: Mapping[str, str]) -> None:
        """official: by everyday expression, which is met in any inflection ("tips", "dumping")."""
        self._official = {expression(said): words for said, words in official.items()}
        self._longest = max(map(len, self._official), default=0)
        self._words = frozenset(word for said in self._official for word in said)

    def knows(self, word: str) -> bool:
        """Tell whether a word is part of an everyday expression, and so not misspelt."""
        return not self._words.isdisjoint(_stems(word))

    def official(self, text: str) -> str:
        """Give the officials' words for what a text says, without those that it uses itself."""
        stems = _stems(text)
        found = [
            word
            for start in range(len(stems))
            for length in range(self._longest, 0, -1)
            for word in self._official.get(tuple(stems[start : start + length]), "").split()
        ]
        said = set(stems)
        return " ".join(word for word in dict.fromkeys(found) if not said.issuperset(_stems(word)))


def expression(said: str) -> tuple[str, ...]:
    """Give the stems by which an everyday expression is met; those of "the tips" are two."""
    return tuple(_stems(said))


@cache
def usual_words() -> Mapping[str, str]:
    """Read the expressions that are understood for every council."""
    words: dict[str, str] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return words


def _stems(text: str) -> list[str]:
    return [stem(word) for word in _WORD.findall(plain(text).replace("'", ""))]

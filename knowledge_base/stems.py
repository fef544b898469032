"""Cut text into words, and words into stems: what counts as a word in the search by words."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

# Whoever changes what this module gives out raises it, or saved keywords keep the old words.
_VERSION = 1

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_GAPS = str.maketrans({chr(c): " " for c in range(128) if not chr(c).isalnum() and chr(c) != "'"})
_STOP_WORDS = frozenset(
    """a about after all also am an and any are as at be because been before being but by can
    could did do does doing dont for from get got had has have having he her here hers him his how
    i if im in into is it its ive just know like me mine more most much my need no not of off on
    once only or other our out over own please same she should so some such tell than that the
    their them then there these they thing this those through to too u under until up us very want
    was we were what when where which while who whom why will with would you your
    y yr ac ar am at dim ei eu fy gan i mae mewn o oes rwyf sut sy sydd wrth yn yw""".split()
)
# "Council tax band A": the letter says which, and would be a stop word. Left out is the letter I,
# as in "which form I need", and a small "a" except after "band", as in "form a queue".
_LABELLED = frozenset(("band", "class", "form", "schedule", "type"))
_LONGEST_LABELLED = max(map(len, _LABELLED))
_LAST_WORD = re.compile(r"[^\W_]+\Z")
_LETTER = re.compile(r"\s([A-HJ-Za-hj-z])\b")


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


# PyStemmer's stemmers must not be shared between threads that use them at once.
_stemming = threading.Lock()


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Cut a lower-case word to its stem, by Snowball's English rules."""
    if "_" in word:
        return word
    with _stemming:
        stemmed: str = _stemmer().stemWord(word)
    # One string for both, where a word is its own stem, is a tenth of the memory of a vocabulary.
    return word if stemmed == word else stemmed


def words_version() -> str:
    """Name the rules by which words are cut: words cut by other rules must not be compared."""
    import Stemmer

    return f"{_VERSION}, Snowball {Stemmer.version()}"


def written_words(text: str) -> list[str]:
    """List the words of a text in lower case, without accents and words that every page holds.

    A single letter that says which band, class, form, schedule or type is meant is a word of
    its own at the end, such as "band_a", where it stands beside that word.
    """
    words = _split(text)
    if not _LABELLED.isdisjoint(words):
        words += _labels(text)
    return words


def words_of(text: str) -> list[str]:
    """Cut text into stems, without accents and without words that every page holds."""
    return list(map(stem, written_words(text)))


def is_stop_word(word: str) -> bool:
    """Tell whether a word, in lower case and without accents, is one that every page holds."""
    return word in _STOP_WORDS


def plain(text: str) -> str:
    """Put a text into lower case, without accents."""
    text = text.casefold()
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKD", text.replace("’", "'"))
    for character in _beyond_ascii(text):
        if unicodedata.combining(character):
            text = text.replace(character, "")
    return text


def _split(text: str) -> list[str]:
    """List the words of a text: what _WORD finds in it, in less than half of the time."""
    text = plain(text)
    for character in _beyond_ascii(text):
        if not character.isalnum():
            text = text.replace(character, " ")
    if not text.isascii():
        return _cleaned(_WORD.findall(text))
    words = text.translate(_GAPS).split()
    if "'" in text:
        words = [w for word in words for w in (_WORD.findall(word) if "'" in word else (word,))]
        return _cleaned(words)
    return [word for word in words if word not in _STOP_WORDS]


def _labels(text: str) -> Iterator[str]:
    for found in _LETTER.finditer(text):
        start = found.start()
        before = _LAST_WORD.search(text[max(start - _LONGEST_LABELLED - 1, 0) : start])
        word, letter = before[0].lower() if before else "", found[1]
        if word in _LABELLED and (letter != "a" or word == "band"):
            yield f"{word}_{letter.lower()}"


def _cleaned(words: Iterable[str]) -> list[str]:
    found = (word.replace("'s", "").replace("'", "") if "'" in word else word for word in words)
    return [word for word in found if word and word not in _STOP_WORDS]


def _beyond_ascii(text: str) -> set[str]:
    return set() if text.isascii() else {c for c in set(text) if c > "\x7f"}

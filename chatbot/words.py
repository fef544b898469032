"""Words, their stems, and which of them carry meaning."""

from __future__ import annotations

import re
from functools import lru_cache

import Stemmer

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_STOP = frozenset(
    """a about after all also am an and any are aren't as at be because been before being but by
    can can't cant could couldn't did didn't didnt do does doesn't doesnt doing don't dont for from
    get gets getting give go goes going got had has have haven't having he her here him his how i
    i'd i'll i'm i've id if ill im in into is isn't it its it's ive just know let like many may me
    might more much must my need needs no not now of off ok on one or other our out over own please
    put see shall she should so some someone something still tell than that that's thats the their
    them then there these they they're thing things this those to too u up us use very want wanted
    was we we're we've well were what what's whats when where which while who who's whos why will
    with won't wont would year you you'd you're your yours hi hello thanks thank yes
    a'r ac am ar at beth ble cael dw ei eich er fel fi fod fy gan gyda hyn i'r mae mewn neu ni o oes
    oedd os pa pan pryd sut sydd wedi y yn yr""".split()
)


def words(text: str) -> list[str]:
    """List the words of a text in lower case, in order."""
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())]


def content_words(text: str) -> frozenset[str]:
    """Keep the words of a text that a page about its subject would hold."""
    return frozenset(words(text)) - _STOP


def stems(text: str) -> frozenset[str]:
    """Reduce the content words of a text to their stems."""
    return frozenset(map(stem, content_words(text)))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Reduce one word to its stem, English as councils write it.

    A stemmer is made each time a new word comes, since one must not be shared between threads.
    """
    return str(Stemmer.Stemmer("english").stemWord(word.removesuffix("'s")))

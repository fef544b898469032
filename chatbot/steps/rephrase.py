"""Make a follow-up whole by the message before it; ask back where nothing is said."""

from __future__ import annotations

import re
from dataclasses import replace

from chatbot.council import Council
from chatbot.redact import unmarked
from chatbot.steps.check_question import plain
from chatbot.types import Answer, Draft, Status
from chatbot.words import content_words, words

_OPENERS = re.compile(r"(?:and|or|but|so|also|then|what about|how about|what if|a beth am)\b", re.I)
_POINTERS = frozenset("they them their theirs these those he him his she her hers".split())
_WEAK_POINTERS = frozenset(
    "it its that this there here one ones same first second third last other else".split()
)
_FEW = 4
_VERY_FEW = 2


async def rephrase(draft: Draft, *, council: Council) -> Draft | Answer:
    """Join a follow-up to the citizen's message before it, on a line of its own above it.

    A question that stands alone stays as it is. One without any word that a page could hold is
    asked back, unless an earlier message helps.
    """
    history = draft.question.history
    if history and is_follow_up(draft.text):
        before = plain(unmarked(history[-1].message))
        return replace(draft, text=f"{before[-500:]}\n{draft.text}")
    if not content_words(draft.text) - _POINTERS - _WEAK_POINTERS:
        return council.say(Status.CLARIFY_UNCLEAR, draft.question.language)
    return draft


def is_follow_up(text: str) -> bool:
    """Tell a message that needs the one before it: it opens so, points back, or says little."""
    said = words(text)
    content = len(content_words(text) - _POINTERS - _WEAK_POINTERS)
    points = not _POINTERS.isdisjoint(said) or bool(_OPENERS.match(text))
    weakly = not _WEAK_POINTERS.isdisjoint(said)
    return content <= 1 or (content <= _VERY_FEW and weakly) or (content <= _FEW and points)

"""Make a follow-up whole by what the conversation is about; ask back where nothing is said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from chatbot.asked import asks_for
from chatbot.council import Council
from chatbot.redact import unmarked
from chatbot.steps.check_question import plain
from chatbot.steps.find_passages import Search
from chatbot.threads import in_thread
from chatbot.types import Answer, Draft, Status, Turn
from chatbot.words import content_words, stems, words

_OPENERS = re.compile(
    r"(?:(?:and|or|but|so|also|then|ok(?:ay)?|now)\b[ ,]*)+|(?:what|how) about\b|what if\b"
    r"|a beth am\b",
    re.I,
)
_POINTERS = frozenset("they them their theirs these those he him his she her hers".split())
_WEAK_POINTERS = frozenset(
    "it its that this there here one ones same first second third last other else".split()
)
# What is asked of any subject: it says nothing of which.
_OF_ANYTHING = stems(
    """apply application pay payment paid cost costs price fee charge open opening closed shut close
    hours time date day days week month year deadline long quick soon late wait waiting take book
    booking cancel refund money renew renewal change send form online phone number email address
    need proof document bring documents free cheaper discount appeal end start happens find
    monday tuesday wednesday thursday friday saturday sunday weekend weekends today tomorrow
    mondays tuesdays wednesdays thursdays fridays saturdays sundays night morning evening summer
    winter please backdated back rent people adults adult child children"""
)
# "I need help with something": of no page's subject either.
_NO_SUBJECT = frozenset("help need something anything question questions ask query enquiry".split())
# What an answer to the message before it, and so the next message to a form, is taken for.
_BY_A_FORM = (Status.CLARIFY_DETAILS_NEEDED, Status.CLARIFY_CONFIRM)
_FEW = 4
_SHORT = 2
_TURNS = 4
_TITLES = 2


async def rephrase(draft: Draft, *, council: Council, search: Search) -> Draft | Answer:
    """Join a follow-up to the message that the conversation is about, on a line above it.

    A question that stands alone stays as it is, and so does one that opens like a follow-up but
    names the subject of another page. One without any word that a page could hold is asked back,
    unless an earlier message helps; "how much", which at least says what is wanted, goes on as
    vague.
    """
    history = draft.question.history
    if history and is_follow_up(draft.text):
        before = plain(unmarked(topic(history)))
        if not await _names_another_page(draft.text, before, council, search):
            return replace(draft, text=f"{before[-500:]}\n{draft.text}")
        return draft
    if not _own(draft.text) - _NO_SUBJECT:
        if asks_for(draft.text) - {"rule"} and _WEAK_POINTERS.isdisjoint(words(draft.text)):
            return replace(draft, vague=True)
        return council.say(Status.CLARIFY_UNCLEAR, draft.question.language)
    return draft


def is_follow_up(text: str) -> bool:
    """Tell a message that needs the one before it: it opens so, points back, or says little."""
    said = words(text)
    opens = bool(_OPENERS.match(text))
    points = opens or not _POINTERS.isdisjoint(said)
    weakly = not _WEAK_POINTERS.isdisjoint(said)
    specific = len(stems(" ".join(_own(text))) - _OF_ANYTHING)
    if specific <= 1:
        return specific == 0 or points or weakly or len(said) <= _SHORT
    return (specific == 2 and weakly) or (specific <= _FEW and points)


def topic(history: Sequence[Turn]) -> str:
    """Find the message that the conversation is about: the last that stands alone.

    Of a form it is the one that opened it, for the others only answer its questions.
    """
    asked = [
        turn.message
        for before, turn in zip((None, *history), history, strict=False)
        if before is None or not {before.answer.status, *before.answer.also} & {*_BY_A_FORM}
    ]
    last = asked[-_TURNS:]
    return next((message for message in reversed(last) if not is_follow_up(message)), last[-1])


async def _names_another_page(text: str, before: str, council: Council, search: Search) -> bool:
    """Tell a new subject: the message's own words are the title of a page, and not the topic's."""
    own = stems(" ".join(_own(text))) - _OF_ANYTHING
    if not own or own <= stems(before) or not _OPENERS.match(text):
        return False
    alone = _OPENERS.sub("", text, count=1).strip()
    found = await in_thread(search.find, council.slug, alone, limit=_TITLES)
    return any(
        own <= stems(match.title) and not stems(before) & stems(match.title) - own
        for match in found.matches
    )


def _own(text: str) -> frozenset[str]:
    return content_words(text) - _POINTERS - _WEAK_POINTERS

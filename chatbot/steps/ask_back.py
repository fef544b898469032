"""Ask back which of several subjects is meant, with the likely ones to choose from."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.asked import asks_for, holds
from chatbot.council import Council
from chatbot.types import Action, Answer, Draft, Status
from chatbot.words import content_words, stems
from knowledge_base.types import Match

MEANINGS = 3

_WANTED = frozenset({"money", "hour", "time", "length", "way"})
_MOST_WORDS = 2
_AS_NEAR = 0.85


async def ask_back(draft: Draft, *, council: Council) -> Draft | Answer:
    """End a question that several pages answer alike with one reply to choose for each of them."""
    meant = likely_meanings(draft)
    if len(meant) < (1 if draft.vague else 2):
        if draft.vague:
            return council.say(Status.CLARIFY_UNCLEAR, draft.question.language)
        return draft
    language = draft.question.language
    actions = tuple(
        Action(
            f"ask_{number}", "reply", match.title, input={"message": f"{match.title}: {draft.text}"}
        )
        for number, match in enumerate(meant, start=1)
    )
    return Answer(Status.CLARIFY_UNCLEAR, council.words("note.which_one", language), (), actions)


def likely_meanings(draft: Draft) -> list[Match]:
    """Find the pages that a short question may be about, best first, one match each.

    There is more than one only where no page stands out: each holds the question's few words and
    the kind of fact asked for, and not just one of them has the words in its title.
    """
    asked = asks_for(draft.text) & _WANTED
    said = frozenset[str]() if draft.vague else stems(" ".join(content_words(draft.text)))
    alone = "\n" not in draft.text and bool(asked) and len(said) <= _MOST_WORDS
    if not alone or not (said or draft.vague):
        return []
    pages: dict[str, Match] = {}
    for match in draft.matches:
        near = match.score >= _AS_NEAR * draft.matches[0].score or draft.vague
        published = stems(" ".join((match.title, *match.headings, match.text)))
        if near and said <= published and asked & holds(match.text):
            pages.setdefault(match.page_url, match)
    found = list(pages.values())
    if not draft.vague and _stands_out(said, found):
        return []
    return found[:MEANINGS]


def _stands_out(said: frozenset[str], found: Sequence[Match]) -> bool:
    return sum(said <= stems(match.title) for match in found) == 1

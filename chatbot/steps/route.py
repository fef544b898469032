"""Say where to turn with what is not the pages' to answer."""

from __future__ import annotations

from collections.abc import Mapping

from chatbot.council import Council
from chatbot.phrases import ROUTES, Book
from chatbot.steps.rephrase import is_follow_up
from chatbot.types import Action, Answer, Draft, Status

# How sure it has to be; a question for the pages that is refused costs a citizen more
# than an answer that was not wanted.
SURE = 0.5
# What a follow-up can be by itself; for the rest it says too little.
_BY_ITSELF = (Status.HANDOVER_REQUESTED, Status.ANSWERED_SMALL_TALK, Status.REFUSED_ATTACK)


async def route(draft: Draft, *, council: Council, book: Book) -> Draft | Answer:
    """End with the council's fixed words where the message is no question for its pages."""
    found = _surest(draft.signs)
    goes_on = bool(draft.question.history) and is_follow_up(draft.text)
    if found is None or (goes_on and found not in _BY_ITSELF):
        return draft
    language, at = draft.question.language, draft.question.at
    values = dict(book[found].variant(draft.text))
    if found is Status.ANSWERED_SMALL_TALK:
        said = values.get(language, values.get("en"))
        return Answer(found, (said,) if said else council.words(found, language, at=at))
    contact = Action("contact", "link", council.label("contact", language), url=council.contact.url)
    actions = [contact]
    if url := values.get("body_url"):
        actions.insert(0, Action("body", "link", values["body"], url=url))
    return council.say(found, language, at=at, actions=tuple(actions), **values)


def _surest(signs: Mapping[Status, float]) -> Status | None:
    sure = [one for one in ROUTES if signs.get(one, 0.0) >= SURE]
    return max(sure, key=lambda one: signs[one], default=None)

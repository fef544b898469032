"""Write claims from the passages found, or say that they hold no answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from chatbot.council import Council
from chatbot.types import Action, Answer, Claim, Draft, Status
from knowledge_base.types import Match

Writer = Callable[[str, Sequence[Match]], Awaitable[Sequence[Claim]]]
"""Turns the searched text and the matches, best first, into claims; none where it cannot."""


async def write_answer(draft: Draft, *, council: Council, write: Writer) -> Draft | Answer:
    """Let the writer answer from the passages only, and offer the page to read on."""
    claims = tuple(await write(draft.text, draft.matches))
    if not claims:
        return not_in_passages(draft, council)
    by_id = {match.id: match for match in draft.matches}
    first = by_id.get(claims[0].passage_id, draft.matches[0])
    return replace(
        draft, claims=claims, actions=(*draft.actions, _read_more(draft, council, first))
    )


def not_in_passages(draft: Draft, council: Council) -> Answer:
    """Say that the pages found hold no answer, with the nearest page in the
    citizen's language and the council's contact."""
    language = draft.question.language
    readable = (match for match in draft.matches if match.language.startswith(language[:2]))
    nearest = next(readable, draft.matches[0])
    contact = Action("contact", "link", council.label("contact", language), url=council.contact.url)
    return council.say(
        Status.UNANSWERABLE_NOT_IN_PASSAGES,
        language,
        actions=(_read_more(draft, council, nearest), contact),
        page_title=nearest.title,
        page_url=nearest.url,
    )


def _read_more(draft: Draft, council: Council, match: Match) -> Action:
    label = council.label("read_more", draft.question.language, page_title=match.title)
    return Action("read_more", "link", label, url=match.url)

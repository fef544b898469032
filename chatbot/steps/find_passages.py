"""Find the passages that may answer; without any there is no answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from chatbot.council import Council
from chatbot.threads import in_thread
from chatbot.types import Answer, Draft, Status
from knowledge_base.types import Found


class Search(Protocol):
    """What the chatbot needs of a knowledge base. Sync, for the processor; best match first."""

    def find(self, council: str, text: str, *, limit: int) -> Found: ...


async def find_passages(draft: Draft, *, council: Council, search: Search) -> Draft | Answer:
    """Bring what the council has published nearest to the question."""
    found = await in_thread(search.find, council.slug, draft.text, limit=council.limits.passages)
    if not found.matches:
        nothing = Status.CLARIFY_UNCLEAR if draft.vague else Status.UNANSWERABLE_NO_PASSAGES
        return council.say(nothing, draft.question.language)
    return replace(draft, matches=found.matches, degraded=draft.degraded or found.degraded)

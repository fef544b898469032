"""Measure follow-ups: do they lead to the right page, and is a new subject kept apart?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from chatbot.bot import Bot
from evals.answers import question
from evals.cases import Case

FOLLOW_UP = "follow_up"
NEW_SUBJECT = "new_subject"


async def measure_conversations(bot: Bot, cases: Sequence[Case]) -> Mapping[str, int]:
    """Ask the last message of every conversation, and count where its search has led.

    The cases are tagged as follow-ups or new subjects. A page is right if it comes first.
    """
    counts: Counter[str] = Counter()
    for case in cases:
        run = await bot.ainvoke(question(case))
        first = run.draft.matches[0].page_url if run.draft.matches else ""
        kind = NEW_SUBJECT if NEW_SUBJECT in case.tags else FOLLOW_UP
        counts[kind] += 1
        counts[f"{kind}: right page"] += first in (case.page, *case.other_pages)
        counts[f"{kind}: kept apart"] += "\n" not in run.draft.text
    return dict(counts)

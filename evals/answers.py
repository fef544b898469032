"""Measure answering: is what can be answered answered, from the right page, and the rest not?"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chatbot.bot import Bot
from chatbot.types import Question
from evals.cases import Case


@dataclass(frozen=True, slots=True)
class Answered:
    """How a bot did on cases, in numbers of cases; seconds: of each answer."""

    counts: Mapping[str, int]
    seconds: Sequence[float]


async def measure_answers(bot: Bot, cases: Sequence[Case]) -> Answered:
    """Ask every case, and count what was answered, cited, and rightly left unanswered."""
    seconds = []
    counts: Counter[str] = Counter()
    for case in cases:
        begun = time.perf_counter()
        run = await bot.ainvoke(Question(case.asked))
        seconds.append(time.perf_counter() - begun)
        answered = run.answer.status.family == "answered"
        pages = {match.url: match.page_url for match in run.draft.matches}
        cited = {pages.get(citation.url) for citation in run.answer.citations}
        counts["answerable"] += case.answerable
        counts["answered"] += case.answerable and answered
        counts["right page cited"] += case.answerable and answered and case.page in cited
        counts["not answerable"] += not case.answerable
        counts["left unanswered"] += not case.answerable and not answered
    return Answered(dict(counts), seconds)

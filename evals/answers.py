"""Measure answering: is what can be answered answered, from the right page, and the rest not?"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from chatbot.bot import Bot
from chatbot.types import Answer, Question, Run, Status, Turn
from chatbot.words import words
from evals.cases import Case

_BETWEEN_WORDS = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Answered:
    """How a bot did on cases, in numbers of cases.

    words: mean length of the answers, without bars and rules of tables. seconds: of each case.
    """

    counts: Mapping[str, int]
    words: float
    seconds: Sequence[float]


async def measure_answers(bot: Bot, cases: Sequence[Case]) -> Answered:
    """Ask every case, and count what was answered, cited, said, and rightly left unanswered."""
    seconds = []
    lengths = []
    counts: Counter[str] = Counter()
    for case in cases:
        begun = time.perf_counter()
        run = await bot.ainvoke(question(case))
        seconds.append(time.perf_counter() - begun)
        answered = run.answer.status.family == "answered"
        right = case.answerable and answered and case.page in cited_pages(run)
        counts["answerable"] += case.answerable
        counts["answered"] += case.answerable and answered
        counts["right page cited"] += right
        counts["said with its page"] += right and says(run.answer.text, case.quotes)
        counts["not answerable"] += not case.answerable
        counts["left unanswered"] += not case.answerable and not answered
        if answered:
            lengths.append(len(words(run.answer.text)))
    return Answered(dict(counts), fmean(lengths) if lengths else 0.0, seconds)


def question(case: Case) -> Question:
    """Ask a case as the conversation that it is."""
    nothing = Answer(Status.ANSWERED_FROM_PAGES, ())
    return Question(case.question, history=tuple(Turn(said, nothing) for said in case.history))


def cited_pages(run: Run) -> frozenset[str]:
    """List the pages that an answer cites, whatever their sections."""
    pages = {match.url: match.page_url for match in run.draft.matches}
    return frozenset(pages.get(citation.url, citation.url) for citation in run.answer.citations)


def says(text: str, quotes: Sequence[str]) -> bool:
    """Tell whether a text holds one of the sentences that answer, however it is set."""
    said = _plain(text)
    return any(_plain(quote) in said for quote in quotes)


def _plain(text: str) -> str:
    return f" {_BETWEEN_WORDS.sub(' ', text.casefold()).strip()} "

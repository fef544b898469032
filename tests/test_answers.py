"""Answers are counted by what could be answered, what was, and from which page."""

from __future__ import annotations

from dataclasses import replace

from chatbot.bot import build_bot
from chatbot.council import Council
from evals.answers import measure_answers
from evals.cases import Case
from tests.test_bot import MISSED, Pages, council  # noqa: F401

RIGHT = Case(
    "one", "when can i report a missed bin", True, page=MISSED.page_url, quotes=(MISSED.text,)
)


async def test_answers_are_counted_by_what_the_pages_hold(council: Council) -> None:  # noqa: F811
    other_page = replace(RIGHT, page="https://www.exampleton.example/pool")
    no_answer = replace(RIGHT, answerable=False)
    cases = [RIGHT, other_page, no_answer]
    found = await measure_answers(build_bot(council, Pages(MISSED)), cases)
    assert found.counts == {
        "answerable": 2,
        "answered": 2,
        "right page cited": 1,
        "said with its page": 1,
        "not answerable": 1,
        "left unanswered": 0,
    }
    assert len(found.seconds) == 3
    none = await measure_answers(build_bot(council, Pages()), cases)
    assert (none.counts["answered"], none.counts["left unanswered"]) == (0, 1)

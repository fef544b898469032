"""Pages that disagree: both are said, the later one first, and the citizen is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from structlog.testing import capture_logs

from chatbot.council import Council
from chatbot.meanings import Vectors
from chatbot.steps.check_answer import check_answer
from chatbot.types import Answer, Claim, Draft, Question
from chatbot.writers.extractive import Extractive
from knowledge_base.types import Match
from tests.test_bot import council  # noqa: F401
from tests.test_extractive import match

OLD = replace(
    match("A new grey bin costs £29, including delivery.", id="old", score=0.9),
    updated=date(2025, 3, 11),
)
NEW = replace(match("A new grey bin costs £32.50.", id="new"), updated=date(2026, 4, 7))
ASKED = "how much is a new grey bin"


def by_subject(texts: Sequence[str]) -> Vectors:
    rows = [[float("bin" in text), float("bin" not in text)] for text in texts]
    return np.array(rows, dtype=np.float32)


def claims(*matches: Match) -> tuple[Claim, ...]:
    return Extractive(by_subject).write(ASKED, matches)


def answer(council: Council, *matches: Match) -> Answer:  # noqa: F811
    draft = Draft(Question(ASKED), ASKED, matches, claims(*matches))
    ended = asyncio.run(check_answer(draft, council=council))
    assert isinstance(ended, Answer)
    return ended


def test_the_later_page_leads_and_both_are_cited(council: Council) -> None:  # noqa: F811
    told = answer(council, OLD, NEW)
    assert [citation.url for citation in told.citations] == [NEW.url, OLD.url]
    assert told.text.index("£32.50") < told.text.index("£29")
    assert "do not say the same" in told.text


def test_the_councils_staff_can_find_the_pages_in_the_log(council: Council) -> None:  # noqa: F811
    with capture_logs() as logged:
        answer(council, OLD, NEW)
    assert [line["pages"] for line in logged if line["event"] == "sources_differ"] == [
        [NEW.url, OLD.url]
    ]


def test_pages_that_agree_or_speak_of_something_else_do_not_differ() -> None:
    same = replace(OLD, text="A grey bin is £32.50 with delivery.")
    other = replace(OLD, text="A dropped kerb costs £410.")
    for one in (same, other, replace(OLD, page_url=NEW.page_url), replace(OLD, language="cy")):
        assert not any(claim.against for claim in claims(NEW, one))


def test_only_a_price_that_was_asked_for_is_compared() -> None:
    assert not any(c.against for c in Extractive(by_subject).write("new grey bin", [OLD, NEW]))

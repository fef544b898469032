"""A danger in a form, and in what asks for one: never unheard, and no repair is cried over."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from chatbot.bot import build_bot
from chatbot.council import Council
from chatbot.lookup_answer import LookupAnswer
from chatbot.phrases import RECOGNISED
from chatbot.steps.run_automation import Desk
from chatbot.types import Answer, Question, Run, Status, Taken, Turn
from chatbot.wanted import Wanted
from evals.dialogues.play import Book
from tests.test_bot import MISSED, Pages
from tests.test_form_machine import AUTOMATION
from tests.test_keep_safe import Sure, a_council

SIGNS = {
    "boiler": {Status.SAFETY_GAS_CO: 0.8},
    "leak": {Status.SAFETY_GAS_CO: 0.9},
    "husband": {Status.SAFETY_DOMESTIC_ABUSE: 0.7},
    "panels": {Status.SAFETY_OOH_COUNCIL_EMERGENCY: 0.95},
    "breathing": {Status.SAFETY_EMERGENCY_LIFE: 1.0},
    "faint": {Status.SAFETY_DOMESTIC_ABUSE: 0.6},
    "odd": {Status.SAFETY_FLOODING: 0.1},
}


@pytest.fixture
def council(tmp_path: Path) -> Council:
    return a_council(tmp_path)


def wants(text: str, language: str) -> tuple[Wanted, ...]:
    """Every message that reports something is a report of a street problem."""
    return (Wanted(AUTOMATION.name, 0.9, True),) if "report" in text.split() else ()


def fails(text: str, language: str) -> tuple[Wanted, ...]:
    raise OSError("the finder is down")


def ask(council: Council, text: str, find: Any = wants, **more: Any) -> Run:
    desk = Desk((AUTOMATION,), find, Book(), LookupAnswer(council))
    bot = build_bot(council, Pages(MISSED), recognise=Sure(**SIGNS), desk=desk)
    return bot.invoke(Question(text, **{"pending": {}, **more}))


def in_a_form(council: Council, text: str, **more: Any) -> Answer:
    """Answer the first question of a form."""
    opened = ask(council, "report a thing").answer
    pending: Mapping[str, Any] = opened.pending or {}
    history = (Turn("report a thing", opened),)
    return ask(council, text, pending=pending, history=history, **more).answer


def test_what_sounds_like_a_repair_opens_its_form_under_the_dangers_words(council: Council) -> None:
    answer = ask(council, "report my boiler").answer
    assert answer.status is Status.CLARIFY_DETAILS_NEEDED
    assert answer.also == (Status.SAFETY_GAS_CO,)
    assert "999" in "".join(answer.blocks[:2])


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("report a leak", Status.SAFETY_GAS_CO),
        ("report my husband", Status.SAFETY_DOMESTIC_ABUSE),
        ("the boiler", Status.SAFETY_GAS_CO),
    ],
)
def test_a_surer_danger_or_one_to_life_opens_no_form(
    council: Council, text: str, status: Status
) -> None:
    assert ask(council, text).answer.status is status


def test_what_is_surely_about_a_task_stands_under_the_words_of_a_danger_it_hardly_is(
    council: Council,
) -> None:
    answer = ask(council, "report a faint").answer
    assert answer.status is Status.CLARIFY_DETAILS_NEEDED
    assert answer.also == (Status.SAFETY_DOMESTIC_ABUSE,)
    assert ask(council, "a faint").answer.status is Status.SAFETY_DOMESTIC_ABUSE


def test_a_finder_that_fails_leaves_the_danger_one(council: Council) -> None:
    assert ask(council, "report my boiler", find=fails).answer.status is Status.SAFETY_GAS_CO


def test_an_answer_that_sounds_like_a_danger_takes_the_form_on_under_its_words(
    council: Council,
) -> None:
    answer = in_a_form(council, "two panels")
    assert answer.status is Status.CLARIFY_DETAILS_NEEDED
    assert answer.also == (Status.SAFETY_OOH_COUNCIL_EMERGENCY,)
    assert "999" in answer.blocks[0]


def test_a_danger_in_a_form_is_answered_and_the_form_stays_as_it_was(council: Council) -> None:
    answer = in_a_form(council, "hes not breathing")
    assert answer.status is Status.SAFETY_EMERGENCY_LIFE
    assert answer.pending is None
    assert not [one for one in answer.actions if one.kind in ("reply", "input")]


def test_a_faint_sign_in_an_answer_is_none(council: Council) -> None:
    assert in_a_form(council, "an odd one").also == ()


def test_the_words_of_a_button_are_no_danger(council: Council) -> None:
    taken = Taken("set:problem:pothole")
    answer = in_a_form(council, "breathing", taken=taken)
    assert answer.status is Status.CLARIFY_DETAILS_NEEDED
    assert answer.also == ()


def test_all_signs_are_of_what_is_recognised() -> None:
    assert all(set(signs) <= set(RECOGNISED) for signs in SIGNS.values())

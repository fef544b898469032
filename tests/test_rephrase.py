"""What a follow-up is, what the conversation is about, and when a new subject begins."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from chatbot.council import Council
from chatbot.steps.rephrase import is_follow_up, rephrase, topic
from chatbot.types import Answer, Draft, Question, Status, Turn
from tests.test_bot import Pages, council  # noqa: F401
from tests.test_extractive import match

TERMS = match("Schools close in July.", title="School term dates")


def turns(*messages: str) -> tuple[Turn, ...]:
    return tuple(Turn(said, Answer(Status.ANSWERED_FROM_PAGES, ())) for said in messages)


def rephrased(council: Council, text: str, *before: str) -> str:  # noqa: F811
    draft = Draft(Question(text, history=turns(*before)), text)
    made = asyncio.run(rephrase(draft, council=council, search=Pages(TERMS)))
    assert isinstance(made, Draft)
    return made.text


@pytest.mark.parametrize(
    "text", ["and Sunday?", "how much does it cost", "how long does it take", "do they need id"]
)
def test_what_could_be_asked_of_anything_is_a_follow_up(text: str) -> None:
    assert is_follow_up(text)


@pytest.mark.parametrize(
    "text", ["how much is a brown bin", "library opening hours", "report a pothole"]
)
def test_what_names_its_subject_stands_alone(text: str) -> None:
    assert not is_follow_up(text)


def test_the_topic_is_the_last_message_that_stands_alone(council: Council) -> None:  # noqa: F811
    before = ("how much is a brown bin", "and a second one?")
    assert topic(turns(*before)) == before[0]
    assert rephrased(council, "how do i pay", *before) == "how much is a brown bin\nhow do i pay"
    assert topic(turns("and then?")) == "and then?"


def test_a_new_subject_starts_afresh_though_it_opens_like_a_follow_up(
    council: Council,  # noqa: F811
) -> None:
    assert rephrased(council, "and school terms?", "where is the tip") == "and school terms?"
    same = rephrased(council, "and school terms?", "when do school terms start")
    assert same == "when do school terms start\nand school terms?"


def test_a_price_of_nothing_goes_on_as_vague(council: Council) -> None:  # noqa: F811
    draft = Draft(Question("how much"), "how much")
    made = asyncio.run(rephrase(draft, council=council, search=Pages(TERMS)))
    assert made == replace(draft, vague=True)

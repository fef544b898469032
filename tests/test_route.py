"""What is not for the pages to answer gets fixed words that say where to turn instead."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chatbot.bot import build_bot
from chatbot.council import Council
from chatbot.phrases import RECOGNISED, ROUTES
from chatbot.types import Answer, Question, Run, Status, Turn
from tests.test_bot import MISSED, Pages
from tests.test_keep_safe import CLOSED, OPEN, a_council


@pytest.fixture
def council(tmp_path: Path) -> Council:
    return a_council(tmp_path)


def ask(council: Council, text: str, signs: Mapping[Status, float], **more: Any) -> Run:
    bot = build_bot(
        council,
        Pages(MISSED),
        recognise=lambda _: {**dict.fromkeys(RECOGNISED, 0.0), **signs},
    )
    return bot.invoke(Question(text, **more))


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("language", ["en", "cy"])
def test_every_route_ends_in_words_and_says_where_to_turn(
    council: Council, route: Status, language: str
) -> None:
    answer = ask(council, "well", {route: 0.9}, language=language).answer
    assert answer.status is route
    assert answer.text.strip()
    if route.family == "refused":
        assert "https://" in answer.text
    if route is not Status.ANSWERED_SMALL_TALK:
        assert any(action.url for action in answer.actions)


def test_the_surest_route_is_taken_and_none_that_is_not_sure(council: Council) -> None:
    both = {Status.REFUSED_LEGAL_ADVICE: 0.6, Status.REFUSED_OTHER_BODY: 0.8}
    assert ask(council, "x y", both).answer.status is Status.REFUSED_OTHER_BODY
    unsure = ask(council, "when can I report a missed bin", {Status.REFUSED_OFF_TOPIC: 0.4})
    assert unsure.answer.status is Status.ANSWERED_FROM_PAGES


def test_another_bodys_business_names_the_body(council: Council) -> None:
    answer = ask(council, "renew my passport", {Status.REFUSED_OTHER_BODY: 0.9}).answer
    assert "Ask [HM Passport Office](https://www.gov.uk/browse/abroad/passports)" in answer.text
    assert answer.actions[0].url == "https://www.gov.uk/browse/abroad/passports"
    unknown = ask(council, "mend my satellite dish", {Status.REFUSED_OTHER_BODY: 0.9}).answer
    assert "GOV.UK" in unknown.text
    assert "{" not in unknown.text


def test_small_talk_gets_a_short_human_reply(council: Council) -> None:
    small_talk = {Status.ANSWERED_SMALL_TALK: 0.9}
    assert ask(council, "thanks a lot", small_talk).answer.text.startswith("You are welcome.")
    assert "not a person" in ask(council, "are you a robot", small_talk).answer.text
    assert "Croeso" in ask(council, "diolch", small_talk, language="cy").answer.text
    assert "services" in ask(council, "mmm", small_talk).answer.text


def test_who_wants_a_person_is_told_how_and_whether_now(council: Council) -> None:
    wanted = {Status.HANDOVER_REQUESTED: 0.9}
    now = ask(council, "a person please", wanted, at=OPEN).answer
    assert "Call 01632 960999. The office is open until 5pm." in now.text
    later = ask(council, "a person please", wanted, at=CLOSED).answer
    assert "closed now and opens at 9am tomorrow" in later.text
    easter = datetime(2027, 3, 26, 10, tzinfo=ZoneInfo("Europe/London"))
    assert "9am on Tuesday 30 March" in ask(council, "person", wanted, at=easter).answer.text


def test_a_question_about_ones_own_case_carries_the_way_to_sign_in(tmp_path: Path) -> None:
    numbers = '[contact]\naccount_url = "https://my.exampleton.example/"\nphone = "01632 960999"\n'
    council = a_council(tmp_path, numbers=numbers)
    answer = ask(council, "how much do I owe", {Status.REFUSED_PERSONAL_CASE_DATA: 0.9}).answer
    assert "(https://my.exampleton.example/)" in answer.text
    assert "01632 960999" in answer.text


def test_a_follow_up_says_too_little_to_be_sent_elsewhere(council: Council) -> None:
    before = Turn("when do you empty bins", Answer(Status.ANSWERED_FROM_PAGES, ("Said.",)))
    other = {Status.REFUSED_OTHER_BODY: 0.9}
    again = ask(council, "and that one?", other, history=(before,)).answer
    assert again.status is not Status.REFUSED_OTHER_BODY
    thanks = {Status.ANSWERED_SMALL_TALK: 0.9}
    assert ask(council, "thanks", thanks, history=(before,)).answer.status.family == "answered"

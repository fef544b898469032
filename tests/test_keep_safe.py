"""Someone in danger gets the council's reviewed words, first of all, whatever else is down."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chatbot.bot import build_bot
from chatbot.council import NATIONS, Council, load_council
from chatbot.phrases import DANGERS, RECOGNISED
from chatbot.recogniser import by_words
from chatbot.steps.keep_safe import LEAVE_FOR
from chatbot.types import Answer, Question, Run, Status, Turn
from tests.test_bot import MISSED, Broken, Pages

LONDON = ZoneInfo("Europe/London")
NUMBERS = """
[contact]
phone = "01632 960999"
url = "https://www.exampleton.example/contact"
[contact.hours]
monday = "09:00-17:00"
tuesday = "09:00-17:00"
wednesday = "09:00-17:00"
thursday = "09:00-17:00"
friday = "09:00-17:00"
[numbers.out_of_hours]
number = "01632 960111"
[numbers.homeless_out_of_hours]
number = "01632 960222"
[numbers.children_duty_team]
number = "01632 960333"
[numbers.adults_duty_team]
number = "01632 960444"
"""
OPEN = datetime(2026, 11, 24, 16, 59, tzinfo=LONDON)
CLOSED = datetime(2026, 11, 24, 17, 1, tzinfo=LONDON)


def a_council(folder: Path, nation: str = "england", numbers: str = NUMBERS) -> Council:
    home = folder / "exampleton"
    home.mkdir(exist_ok=True)
    (home / "council.toml").write_text(
        f'name = "Exampleton Council"\nnation = "{nation}"\nlanguages = ["en", "cy"]\n'
        f'website = "https://www.exampleton.example"\n{numbers}'
    )
    return load_council(home)


@pytest.fixture
def council(tmp_path: Path) -> Council:
    return a_council(tmp_path)


class Sure:
    """Recognises what it is told to, by a word of the message."""

    def __init__(self, **signs: float | Mapping[Status, float]) -> None:
        self.signs = signs

    def __call__(self, text: str) -> Mapping[Status, float]:
        found = dict.fromkeys(RECOGNISED, 0.0)
        for word, signs in self.signs.items():
            if word in text.split():
                assert isinstance(signs, Mapping)
                found |= signs
        return found


def ask(council: Council, text: str, *, search: Any = None, **more: Any) -> Run:
    recognise = Sure(
        gas={Status.SAFETY_GAS_CO: 0.9},
        hits={Status.SAFETY_DOMESTIC_ABUSE: 0.8, Status.SAFETY_EMERGENCY_LIFE: 0.6},
        out={Status.SAFETY_HOMELESS_TONIGHT: 0.9},
        wall={Status.SAFETY_OOH_COUNCIL_EMERGENCY: 0.9},
        low={Status.SAFETY_SUICIDE_SELF_HARM: 0.3},
    )
    bot = build_bot(council, search or Pages(MISSED), recognise=recognise)
    return bot.invoke(Question(text, **more))


def test_a_danger_is_answered_first_of_all_and_by_nothing_else(council: Council) -> None:
    run = ask(council, "gas in the hall", search=Broken())
    assert run.answer.status is Status.SAFETY_GAS_CO
    assert "0800 111 999" in run.answer.text
    assert list(run.seconds) == ["keep_safe"]
    assert run.answer.actions == ()
    assert run.answer.citations == ()


def test_the_reply_is_the_same_to_the_byte_for_a_class_and_language(council: Council) -> None:
    texts = {ask(council, f"gas {more}", at=OPEN).answer.text for more in ("here", "help x", "!")}
    assert len(texts) == 1
    assert ask(council, "gas", language="cy", at=OPEN).answer.text not in texts


def test_the_councils_line_follows_the_clock(council: Council) -> None:
    by_day, by_night = (ask(council, "out", at=at).answer.text for at in (OPEN, CLOSED))
    assert "01632 960999" in by_day
    assert "01632 960222" not in by_day
    assert "open until 5pm" in by_day
    assert "01632 960222" in by_night
    assert "01632 960999" not in by_night
    assert "opens at 9am tomorrow" in by_night
    christmas = datetime(2026, 12, 25, 12, tzinfo=LONDON)
    assert "01632 960111" in ask(council, "wall", at=christmas).answer.text


def test_without_known_hours_both_lines_are_given(tmp_path: Path) -> None:
    numbers = NUMBERS.replace('"09:00-17:00"', '"closed"')
    said = ask(a_council(tmp_path, numbers=numbers), "out").answer.text
    assert "01632 960222" in said
    assert "01632 960999" in said


def test_nobody_is_left_without_a_number_where_the_office_does_not_open_again(
    tmp_path: Path,
) -> None:
    closed = ", ".join(str(date(2026, 11, 24) + timedelta(days=ahead)) for ahead in range(40))
    numbers = NUMBERS.replace("[contact.hours]", f"[contact.hours]\nclosed = [{closed}]")
    said = ask(a_council(tmp_path, numbers=numbers), "out", at=OPEN).answer.text
    assert "01632 960222" in said


def test_of_several_dangers_all_numbers_show_the_worst_first(council: Council) -> None:
    answer = ask(council, "he hits me and I smell gas", at=OPEN).answer
    assert answer.status is Status.SAFETY_GAS_CO
    assert set(answer.also) == {Status.SAFETY_DOMESTIC_ABUSE, Status.SAFETY_EMERGENCY_LIFE}
    order = [answer.text.index(part) for part in ("press 55 when", "0800 111 999", "0808 2000 247")]
    assert order == sorted(order)
    assert len(answer.blocks) == len(set(answer.blocks))


def test_whoever_is_watched_is_offered_a_way_off_the_page(council: Council) -> None:
    (leave,) = ask(council, "he hits me").answer.actions
    assert (leave.kind, leave.url) == ("leave", LEAVE_FOR)


def test_whoever_may_be_watched_is_offered_it_too(council: Council) -> None:
    likely = Sure(he={Status.SAFETY_DOMESTIC_ABUSE: 0.3})
    bot = build_bot(council, Pages(MISSED), recognise=likely)
    answer = bot.invoke(Question("he says when can I report a missed bin collection")).answer
    assert answer.status is Status.ANSWERED_FROM_PAGES
    assert answer.actions[0].kind == "leave"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Dave Smith is hitting me", "someone is hitting me"),
        ("they took my passport 123456789", "they took my passport"),
        ("ｉ ｓｍｅｌｌ ｇａｓ", "i smell gas"),
        ("𝐢 𝐬𝐦𝐞𝐥𝐥 𝐠𝐚𝐬", "i smell gas"),
        ("i_smell_gas", "i smell gas"),
        ("i sm\u200bell\xa0gas", "i smell gas"),
    ],
)
def test_neither_marks_nor_unusual_letters_hide_a_danger(
    council: Council, text: str, read: str
) -> None:
    heard: list[str] = []

    def hears(text: str) -> Mapping[Status, float]:
        heard.append(text)
        return dict.fromkeys(RECOGNISED, 0.0)

    before = Turn("Dave Smith", Answer(Status.CLARIFY_UNCLEAR, ("?",)))
    build_bot(council, Pages(), recognise=hears).invoke(Question(text, history=(before,)))
    assert heard == [read, f"someone {read}"]


def test_a_likely_danger_stands_over_what_the_pages_answer(council: Council) -> None:
    answer = ask(council, "feeling low about my missed bin collection").answer
    assert answer.status is Status.ANSWERED_FROM_PAGES
    assert answer.also == (Status.SAFETY_SUICIDE_SELF_HARM,)
    assert "999" in answer.blocks[0]
    assert "Samaritans on 116 123" in answer.blocks[1]
    assert MISSED.text in answer.text


def test_a_likely_danger_that_no_page_answers_is_taken_for_one(council: Council) -> None:
    for search in (Pages(), Broken()):
        answer = ask(council, "low", search=search).answer
        assert answer.status is Status.SAFETY_SUICIDE_SELF_HARM
        assert "116 123" in answer.text
        assert answer.citations == answer.actions == ()


def test_a_faint_sign_only_stands_over_what_is_said(council: Council) -> None:
    faint = Sure(down={Status.SAFETY_SUICIDE_SELF_HARM: 0.1})
    run = build_bot(council, Pages(), recognise=faint).invoke(Question("feeling down about bins"))
    assert run.answer.status is Status.UNANSWERABLE_NO_PASSAGES
    assert run.answer.also == (Status.SAFETY_SUICIDE_SELF_HARM,)
    assert "999" in run.answer.blocks[0]


def test_back_to_a_normal_topic_the_answers_remind_of_the_danger(council: Council) -> None:
    danger = Turn("", Answer(Status.SAFETY_DOMESTIC_ABUSE, ("Call 999.",)))
    bins = Turn("bins", Answer(Status.ANSWERED_FROM_PAGES, ("Said.",)))
    question = "when can I report a missed bin"
    soon = ask(council, question, history=(danger, bins)).answer
    assert soon.status is Status.ANSWERED_FROM_PAGES
    assert "999" in soon.blocks[0]
    assert "999" not in ask(council, question, history=(danger, bins, bins, bins)).answer.text


def test_a_danger_said_in_fragments_is_put_together(council: Council) -> None:
    class Together:
        def __call__(self, text: str) -> Mapping[Status, float]:
            found = dict.fromkeys(RECOGNISED, 0.0)
            if text == "my husband hes on the floor":
                found[Status.SAFETY_EMERGENCY_LIFE] = 0.9
            return found

    before = Turn("my husband", Answer(Status.CLARIFY_UNCLEAR, ("?",)))
    bot = build_bot(council, Pages(MISSED), recognise=Together())
    run = bot.invoke(Question("hes on the floor", history=(before,)))
    assert run.answer.status is Status.SAFETY_EMERGENCY_LIFE
    answered = Turn("my husband", Answer(Status.SAFETY_EMERGENCY_LIFE, ("Call 999.",)))
    again = bot.invoke(Question("hes on the floor", history=(answered,)))
    assert again.answer.status.family != "safety"


@pytest.mark.parametrize("nation", NATIONS)
@pytest.mark.parametrize("language", ["en", "cy"])
def test_every_danger_has_words_and_numbers_in_every_nation(
    tmp_path: Path, nation: str, language: str
) -> None:
    council = a_council(tmp_path, nation)
    for danger in DANGERS:
        for at in (OPEN, CLOSED):
            said = council.words(danger, language, at=at)
            assert len(said) >= 3, danger
            assert "999" in " ".join(said[:2]), danger
            assert "18001" in said[-1], danger
    # What is called is another line in each nation.
    abuse = "\n".join(council.words(Status.SAFETY_DOMESTIC_ABUSE, language, at=OPEN))
    own = {
        "england": "0808 2000 247",
        "wales": "0808 80 10 800",
        "scotland": "0800 027 1234",
        "northern-ireland": "0808 802 1414",
    }
    assert [one for one in own if own[one] in abuse] == [nation]


def test_without_any_model_plain_words_of_danger_are_understood(council: Council) -> None:
    recognise = by_words({})
    for text, expected in {
        "I can smell gas in the kitchen": Status.SAFETY_GAS_CO,
        "my husband hits me": Status.SAFETY_DOMESTIC_ABUSE,
        "I want to kill myself": Status.SAFETY_SUICIDE_SELF_HARM,
        "he has stopped breathing": Status.SAFETY_EMERGENCY_LIFE,
        "we have nowhere to sleep tonight": Status.SAFETY_HOMELESS_TONIGHT,
    }.items():
        run = build_bot(council, Broken(), recognise=recognise).invoke(Question(text))
        assert run.answer.status is expected, text


def test_a_council_adds_its_own_words_of_danger(tmp_path: Path) -> None:
    council = a_council(tmp_path)
    (council.folder / "safety.toml").write_text('[flooding]\nrules = ["sluice over|topped"]\n')
    council = load_council(council.folder)
    run = build_bot(council, Broken()).invoke(Question("the sluice has topped over"))
    assert run.answer.status is Status.SAFETY_FLOODING

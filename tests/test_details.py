"""Details are read as they were meant, or asked again; never taken wrongly in silence."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.automation import KINDS, Choice, Detail, Kind, Value
from chatbot.council import DEFAULT_FOLDER
from chatbot.details import Wrong, declines, find, find_move, read, show
from chatbot.doubt import WRONG_KEYS
from chatbot.messages import placeholders, read_messages
from evals.details import measure, read_cases
from tests.conftest import ROOT

WEDNESDAY = datetime(2026, 4, 15, 9, 0, tzinfo=UTC)
TODAY = date(2026, 4, 15)
BINS = (
    Choice("brown", {"en": "Brown bin", "cy": "Bin brown"}, ("garden waste",)),
    Choice("blue", {"en": "Blue bin", "cy": "Bin glas"}, ("recycling",)),
)


def detail(
    kind: Kind,
    *,
    earliest: int | None = None,
    latest: int | None = None,
    weekdays: frozenset[int] = frozenset(),
) -> Detail:
    return Detail(
        kind, kind, {}, {}, choices=BINS, earliest=earliest, latest=latest, weekdays=weekdays
    )


def answer(one: Detail, text: str, language: str = "en") -> Value | Wrong:
    return read(one, text, at=WEDNESDAY, language=language)


AHEAD = detail("date", earliest=1, latest=60)
BEHIND = detail("date", earliest=-60, latest=0)


# The evaluation


def test_details_are_read_rightly_or_asked_again() -> None:
    score, wrong = measure(read_cases())
    assert score.silent == 0, wrong
    assert score.share >= 0.95, wrong


# Dates


def test_a_day_counts_from_the_day_in_london() -> None:
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert read(AHEAD, "tomorrow", at=late, language="en") == "2026-07-02"


@pytest.mark.parametrize(
    ("text", "key", "values"),
    [
        ("1 april", "date_early", (("earliest", "Thursday 16 April 2026"),)),
        ("1 july", "date_late", (("latest", "Sunday 14 June 2026"),)),
        ("monday 21 april", "date_mismatch", (("choices", "Tuesday 21 April 2026"),)),
        (
            "next friday",
            "date_which",
            (("choices", "Friday 17 April 2026 or Friday 24 April 2026"),),
        ),
        ("31 april", "date_impossible", ()),
        ("5/13/2026", "date_order", ()),
        ("end of the month", "date_vague", ()),
        ("the 20th or the 21st", "two", ()),
        ("maybe tuesday?", "unsure", ()),
        ("why do you need that?", "question", ()),
    ],
)
def test_a_date_that_cannot_be_taken_is_asked_again_with_the_reason(
    text: str, key: str, values: tuple[tuple[str, str], ...]
) -> None:
    assert answer(AHEAD, text) == Wrong(key, values)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("twenty first of april", "2026-04-21"),
        ("not this friday, next friday", None),
        ("friday 15th may if not 22nd", None),
        ("first monday in may", "2026-05-04"),
        ("anything but friday", None),
        ("20th-24th april", None),
        ("monday. No, I tell a lie, tuesday", "2026-04-21"),
        ("monday. sorry, not monday", None),
        ("monday no tuesday", "2026-04-21"),
        ("first monday in may, I mean second", None),
        ("Could we say Wednesday the 6th of May, please?", "2026-05-06"),
        ("last day of may", "2026-05-31"),
        ("second to last friday in may", None),
        ("early may bank holiday", "2026-05-04"),
        ("may bank holiday", None),
        ("bank holiday monday", None),
        ("whit monday", None),
        ("day after tomoz", "2026-04-17"),
        ("6 weeks today, after me op", "2026-05-27"),
    ],
)
def test_words_around_a_date_count(text: str, value: str | None) -> None:
    given = answer(AHEAD, text)
    assert (None if isinstance(given, Wrong) else given) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Born on the sixteenth of July, nineteen forty-nine", "1949-07-16"),
        ("may the 4th, nineteen oh five", "1905-05-04"),
        ("2 june two thousand and one", "2001-06-02"),
        ("6 weeks ago", "2026-03-04"),
        ("23 august", Wrong("date_year")),
        ("monday", Wrong("date_year")),
        ("3 june 'seventy-two", Wrong("date")),
    ],
)
def test_a_birth_date_needs_its_year(text: str, value: str | Wrong) -> None:
    assert answer(detail("date", latest=0), text) == value


def test_a_bank_holiday_is_the_nations_own() -> None:
    one = detail("date", earliest=1, latest=200)
    days = [
        read(one, "august bank holiday", at=WEDNESDAY, language="en", nation=nation)
        for nation in ("england", "scotland")
    ]
    assert days == ["2026-08-31", "2026-08-03"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("can you collect my sofa on monday", None),
        ("my bin was missed on monday, can you come back", "2026-04-13"),
        ("nobody has been since monday", "2026-04-13"),
    ],
)
def test_a_day_behind_is_not_found_in_a_wish(text: str, value: str | None) -> None:
    assert find(BEHIND, text, at=WEDNESDAY, language="en") == value


@pytest.mark.parametrize("text", ["I moved in on 20 april", "my lease ends on 30 april"])
def test_a_date_of_something_else_is_not_found(text: str) -> None:
    assert find(AHEAD, text, at=WEDNESDAY, language="en") is None


def test_days_of_the_week_that_are_not_served_are_named() -> None:
    tuesdays = detail("date", earliest=1, latest=60, weekdays=frozenset({1, 4}))
    assert answer(tuesdays, "20 april") == Wrong(
        "date_weekday", (("choices", "Tuesday or Friday"),)
    )


def test_a_working_day_is_no_bank_holiday_of_the_nation() -> None:
    working = detail("date", earliest=1, latest=60, weekdays=frozenset(range(5)))
    assert answer(working, "4 may") == Wrong("date_closed", (("choices", "Monday 4 May 2026"),))
    any_day = detail("date", earliest=1, latest=60)
    assert answer(any_day, "4 may") == "2026-05-04"
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    # Saint Andrew's Day.
    for nation, got in (("scotland", Wrong), ("england", str)):
        assert isinstance(read(working, "30 november", at=at, language="en", nation=nation), got)


def test_a_day_may_be_said_as_its_question_asks_for_it() -> None:
    since = Detail(
        "since", "date", {"en": "Since which day?"}, {"en": "Since"}, earliest=-2192, latest=30
    )
    assert answer(since, "since 1 march") == "2026-03-01"
    assert answer(since, "1 september") == "2025-09-01"
    assert answer(AHEAD, "since 1 may") == Wrong("date_vague")
    assert answer(since, "from 1 march to 3 march") == Wrong("date_vague")


def test_a_birth_is_found_where_a_birth_is_asked_for() -> None:
    born = Detail("born", "date", {"en": "When was the baby born?"}, {}, earliest=-365, latest=0)
    text = "I want an appointment, he was born on 12/2/2026, afternoons suit us"
    assert find(born, text, at=WEDNESDAY, language="en") == "2026-02-12"
    assert find(AHEAD, "he was born on 18/4/2026", at=WEDNESDAY, language="en") is None


@pytest.mark.parametrize("text", ["asdfgh", "you lot are useless", "qwerty"])
def test_nonsense_and_insults_are_no_place_and_no_name(text: str) -> None:
    for kind in ("text", "address", "location"):
        one = Detail("one", kind, {}, {}, characters=100)
        assert isinstance(answer(one, text), Wrong)


@pytest.mark.parametrize("text", ["Knightsbridge", "Cwmystwyth", "by the rubbish tip", "Asda"])
def test_an_unusual_place_is_one(text: str) -> None:
    assert answer(detail("location"), text) == {"words": text}


def test_what_citizens_think_of_us_is_kept_where_they_are_asked_what_went_wrong() -> None:
    assert answer(detail("text"), "you lot are useless") == "you lot are useless"


@pytest.mark.parametrize("text", ["9 Meadow View GL1 2", "9 Meadow View, BK1", "1 September"])
def test_half_a_postcode_and_a_day_are_no_address(text: str) -> None:
    assert isinstance(answer(detail("address"), text), Wrong)


@pytest.mark.parametrize("text", ["12 Mill Lane, Flat B2", "14 Castle Street, Brackenford BK1 4RJ"])
def test_a_flat_is_no_postcode(text: str) -> None:
    assert isinstance(answer(detail("address"), text), str)


@pytest.mark.parametrize("language", ["en", "cy"])
@given(day=st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_a_date_that_is_shown_reads_as_itself(language: str, day: date) -> None:
    one = detail("date")
    assert answer(one, show(one, day.isoformat(), language), language) == day.isoformat()


_WORDS = st.sampled_from(
    """next last this a the on in of week fortnight tuesday friday mon 5th 31 30 12/5 29/2 14.12.26
    may march december ago days 3 2 two tomorrow yesterday dydd mawrth nesaf yfory first or not at
    7pm 2026 1999 9999 0/0 99/99 00 christmas day end month ?""".split()
)
_TEXTS = st.one_of(
    st.lists(_WORDS, max_size=8).map(" ".join),
    st.text(max_size=80),
    st.text(alphabet="0123456789/.-: +()@oOlIpmaGLT,°NW", max_size=40),
)


@settings(max_examples=400, deadline=None)
@given(
    text=_TEXTS,
    earliest=st.one_of(st.none(), st.integers(-400, 400)),
    length=st.one_of(st.none(), st.integers(0, 400)),
    weekdays=st.frozensets(st.integers(0, 6)),
    seconds=st.integers(0, 40 * 365 * 86_400),
)
def test_no_date_is_ever_outside_its_limits(
    text: str,
    earliest: int | None,
    length: int | None,
    weekdays: frozenset[int],
    seconds: int,
) -> None:
    latest = None if length is None else (earliest or 0) + length
    one = detail("date", earliest=earliest, latest=latest, weekdays=weekdays)
    at = datetime(2020, 1, 1, 12, tzinfo=UTC) + timedelta(days=seconds // 86_400)
    for value in (
        read(one, text, at=at, language="en"),
        find(one, text, at=at, language="en"),
    ):
        if isinstance(value, str):
            day = date.fromisoformat(value)
            assert earliest is None or day >= at.date() + timedelta(earliest)
            assert latest is None or day <= at.date() + timedelta(latest)
            assert not weekdays or day.weekday() in weekdays


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=150, deadline=None)
@given(text=_TEXTS)
def test_any_text_gives_a_value_that_can_be_shown_or_a_reason(kind: Kind, text: str) -> None:
    one = detail(kind)
    for language in ("en", "cy"):
        value = answer(one, text, language)
        if isinstance(value, Wrong):
            assert f"form.wrong.{value.key}" in WRONG_KEYS
        else:
            assert show(one, value, language)
        found = find(one, text, at=WEDNESDAY, language=language)
        assert found is None or show(one, found, language)
        declines(text, language)


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_text_takes_no_time(kind: Kind) -> None:
    one = detail(kind)
    for text in ("a " * 2_000, "1 " * 2_000, "12 mill " * 500, "not the " * 500, "flat " * 800):
        started = datetime.now(UTC)
        answer(one, text)
        find(one, text, at=WEDNESDAY, language="en")
        assert datetime.now(UTC) - started < timedelta(seconds=1)


@given(hour=st.integers(0, 23), minute=st.integers(0, 59), language=st.sampled_from(["en", "cy"]))
def test_a_time_that_is_shown_reads_as_itself(hour: int, minute: int, language: str) -> None:
    one, value = detail("time"), f"{hour:02}:{minute:02}"
    assert answer(one, show(one, value, language), language) == value


# The other kinds


def test_values_are_read_back_as_people_say_them() -> None:
    assert show(AHEAD, "2026-11-24", "en") == "Tuesday 24 November 2026"
    assert show(AHEAD, "2026-11-24", "cy") == "Dydd Mawrth 24 Tachwedd 2026"
    assert show(detail("time"), "14:30", "en") == "2.30pm"
    assert show(detail("choice"), "blue", "cy") == "Bin glas"
    assert [show(detail("yes_no"), value, "en") for value in (True, False)] == ["Yes", "No"]
    assert show(detail("yes_no"), True, "cy") == "Ie"
    assert show(detail("location"), {"words": "Mill Lane"}, "en") == "Mill Lane"


def test_half_past_seven_asks_which_half_of_the_day() -> None:
    assert answer(detail("time"), "half 7") == Wrong(
        "time_half_of_day", (("choices", "7.30am or 7.30pm"),)
    )


@pytest.mark.parametrize(
    ("kind", "text", "key"),
    [
        ("phone", "07700 90012", "phone_short"),
        ("phone", "07700 9001234", "phone_long"),
        ("email", "jo@gmial.com", "email_typo"),
        ("address", "GL1 2TG", "address_number"),
        ("address", "12", "address_street"),
        ("address", "number 12 or 14", "two"),
        ("location", "48.85, 2.35", "location_outside"),
        ("choice", "the blue or the brown bin", "choice_which"),
        ("yes_no", "not sure", "unsure"),
        ("photo", "here it is", "photo"),
        ("text", " \n ", "empty"),
        ("text", "x" * 1_001, "text_long"),
    ],
)
def test_what_is_wrong_is_said(kind: Kind, text: str, key: str) -> None:
    given = answer(detail(kind), text)
    assert isinstance(given, Wrong)
    assert given.key == key


def test_a_choice_that_is_denied_is_not_taken() -> None:
    one = detail("choice")
    assert answer(one, "not the brown bin, the blue") == "blue"
    assert find(one, "I have no brown bin", at=WEDNESDAY, language="en") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("just the one", "few"),
        ("4", "some"),
        ("a sofa and two chairs", "some"),
        ("at least six", "many"),
        ("2", None),
        ("2 or 3", None),
        ("more than 2", None),
        ("a 3 seater sofa", None),
    ],
)
def test_a_number_is_taken_for_the_choice_that_holds_it(text: str, value: str | None) -> None:
    labels = {"few": "1 or 2 items", "some": "3 to 5 items", "many": "6 or more items"}
    choices = tuple(Choice(name, {"en": label}) for name, label in labels.items())
    given = answer(Detail("items", "choice", {}, {}, choices=choices), text)
    assert (None if isinstance(given, Wrong) else given) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("choice", "blue, no, brown"),
        ("time", "2pm no 3pm"),
        ("phone", "07700 900123 no 07700 900124"),
        ("email", "jo@example.com no bo@example.com"),
    ],
)
def test_an_answer_put_right_is_not_taken_as_it_was_first(kind: Kind, text: str) -> None:
    assert isinstance(answer(detail(kind), text), Wrong)


def test_do_is_yes_in_welsh_alone() -> None:
    assert answer(detail("yes_no"), "do", "cy") is True
    assert isinstance(answer(detail("yes_no"), "do"), Wrong)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("address", "how do i object to the plans for 77 Station Road"),
        ("choice", "is the blue bin for plastic?"),
        ("location", "I walk along Mill Lane to Oak Road"),
        ("location", "rubbish on Mill Lane by the swings"),
    ],
)
def test_what_is_only_asked_about_is_not_found(kind: Kind, text: str) -> None:
    assert find(detail(kind), text, at=WEDNESDAY, language="en") is None


@pytest.mark.parametrize(
    "words",
    [
        "under the railway bridge on Station Road",
        "opposite number 20 Hazel Grove",
        "the bus shelter on Spa Road",
        "outside St Johns church on high street",
    ],
)
def test_a_place_is_found_whole(words: str) -> None:
    text = f"Somebody has sprayed paint {words}."
    found = find(detail("location"), text, at=WEDNESDAY, language="en")
    assert found == {"words": words}


def test_a_move_gives_the_old_address_and_the_new() -> None:
    assert find_move("We are moving from 1 Mill Lane to 2 Oak Road on 3 May") == (
        "1 Mill Lane",
        "2 Oak Road",
    )
    for text in (
        "my mum is moving from 1 Mill Lane to 2 Oak Road",
        "I'm not moving from 1 Mill Lane to 2 Oak Road",
        "1 Mill Lane and 2 Oak Road",
    ):
        assert find_move(text) == ()


@pytest.mark.parametrize(
    "text", ["skip", "No thanks", "don't know", "none.", "dim diolch", "Dim", "I'd rather not say"]
)
def test_an_optional_detail_is_left_out_in_many_words(text: str) -> None:
    assert declines(text, "en")


@pytest.mark.parametrize(
    "text", ["skip hire on Mill Lane", "nothing was collected", "", "none left"]
)
def test_an_answer_is_no_refusal(text: str) -> None:
    assert not declines(text, "en")


# The words for what is wrong


@pytest.mark.parametrize("language", ["en", "cy"])
def test_each_reason_has_words_for_the_values_that_come_with_it(language: str) -> None:
    words = read_messages(DEFAULT_FOLDER, ["en", "cy"], [], [])[language]
    assert words.keys() >= WRONG_KEYS
    cases = read_cases()
    for case in cases:
        if case.mode == "read":
            given = read(case.detail, case.text, at=case.at, language=case.language)
            if isinstance(given, Wrong):
                told = placeholders(words[f"form.wrong.{given.key}"])
                assert told == {name for name, _ in given.values}, given


def test_each_reason_is_given_somewhere() -> None:
    names = (
        *("details", "dates", "days", "day_words", "clock"),
        *("places", "reach", "choices", "doubt"),
    )
    code = "".join(
        (ROOT / "chatbot" / f"{name}.py").read_text(encoding="utf-8").partition("_HEDGE")[2]
        if name == "doubt"
        else (ROOT / "chatbot" / f"{name}.py").read_text(encoding="utf-8")
        for name in names
    )
    for key in WRONG_KEYS:
        assert re.search(rf'"{key.removeprefix("form.wrong.")}"', code), key

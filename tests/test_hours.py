"""The office is open by its week in Europe/London, but for bank holidays and days it names."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.hours import Hours, is_bank_holiday, read_spells, spoken_day, spoken_time
from tests.test_council import load, mistakes

LONDON = ZoneInfo("Europe/London")
NINE_TO_FIVE = ((time(9), time(17)),)
HOURS = Hours((*[NINE_TO_FIVE] * 5, (), ()), "england", frozenset({date(2026, 12, 24)}))
WEEK = "\n".join(f'{day} = "09:00-17:00"' for day in ("monday", "tuesday", "wednesday"))


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LONDON)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        (local(2026, 11, 24, 8, 59), False),
        (local(2026, 11, 24, 9, 0), True),
        (local(2026, 11, 24, 16, 59), True),
        (local(2026, 11, 24, 17, 0), False),
        (local(2026, 11, 24, 17, 1), False),
        (local(2026, 11, 28, 12, 0), False),  # Saturday
        (local(2026, 12, 24, 12, 0), False),  # named by the council
        (local(2026, 12, 25, 12, 0), False),
        (local(2026, 12, 28, 12, 0), False),  # for Boxing Day, a Saturday
        (local(2028, 2, 29, 12, 0), True),
        (datetime(2026, 7, 1, 8, 30, tzinfo=UTC), True),  # 9.30 in summer
        (datetime(2026, 12, 1, 8, 30, tzinfo=UTC), False),
        (datetime(2026, 3, 30, 8, 1, tzinfo=UTC), True),  # the Monday after the clocks change
        (datetime(2026, 10, 26, 8, 59, tzinfo=UTC), False),
    ],
)
def test_the_office_is_open_in_local_time(moment: datetime, open_: bool) -> None:
    assert (HOURS.closes(moment) is not None) is open_


def test_it_says_until_when_it_is_open_and_when_it_opens_next() -> None:
    noon, friday = local(2026, 11, 24, 12), local(2026, 12, 23, 18)
    assert HOURS.closes(noon) == local(2026, 11, 24, 17)
    # Christmas Eve is named, then two holidays, a week-end in between, and Monday stands for one.
    assert HOURS.opens(friday) == local(2026, 12, 29, 9)
    assert spoken_day(HOURS.opens(friday) or noon, "en", now=friday) == (
        "9am on Tuesday 29 December"
    )
    assert spoken_day(HOURS.opens(friday) or noon, "cy", now=friday) == (
        "9yb dydd Mawrth 29 Rhagfyr"
    )
    assert spoken_day(local(2026, 11, 25, 8, 30), "en", now=noon) == "8.30am tomorrow"
    assert spoken_day(local(2026, 11, 24, 13), "cy", now=noon) == "1yp heddiw"
    assert spoken_time(local(2026, 11, 24, 0, 5), "en") == "12.05am"
    assert Hours(((),) * 7, "england").opens(noon) is None


def test_bank_holidays_are_those_of_the_nation() -> None:
    assert is_bank_holiday(date(2026, 4, 6), "england")
    assert not is_bank_holiday(date(2026, 4, 6), "scotland")
    assert is_bank_holiday(date(2026, 11, 30), "scotland")
    assert is_bank_holiday(date(2026, 3, 17), "northern-ireland")
    assert not is_bank_holiday(date(2026, 3, 17), "wales")


@given(st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC)))
def test_the_next_opening_is_a_moment_when_it_is_open(moment: datetime) -> None:
    opens = HOURS.opens(moment)
    assert opens is not None
    assert opens > moment
    assert HOURS.closes(opens) is not None


def test_a_days_hours_are_read_strictly() -> None:
    assert read_spells("09:00-12:30, 13:30-17:00") == (
        (time(9), time(12, 30)),
        (time(13, 30), time(17)),
    )
    assert read_spells("Closed") == ()
    for wrong in ("9-5", "09:00", "17:00-09:00", "09:00-13:00, 12:00-17:00", "25:00-26:00"):
        assert read_spells(wrong) is None


def test_a_council_says_its_hours_and_mistakes_are_told(tmp_path: Path) -> None:
    council = load(tmp_path, f"[contact.hours]\n{WEEK}\nclosed = [2026-12-24]\n")
    assert council.contact.hours.known
    assert council.contact.hours.closes(local(2026, 11, 24, 12)) is not None
    assert not load(tmp_path).contact.hours.known
    found = mistakes(
        tmp_path,
        'name = "X"\nnation = "england"\nwebsite = "https://x.example"\n'
        '[contact.hours]\nmonday = "nine"\nclosed = ["2026-12-24"]\nmoonday = "09:00-17:00"\n',
    )
    assert "09:00-17:00" in found["contact.hours.monday"]
    assert "dates" in found["contact.hours.closed"]
    assert "monday" in found["contact.hours.moonday"]

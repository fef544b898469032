"""What holds today: dates in headings, and years that a question asks for."""

from __future__ import annotations

from datetime import date

import pytest

from chatbot.periods import Period, out_of_time, period, unknown_year
from chatbot.writers.extractive import Extractive
from tests.test_extractive import match

TODAY = date(2026, 11, 23)
NEXT = match("It costs £60.", headings=("Fees from 1 April 2027",), id="next")
NOW = match("It costs £57.", headings=("Fees from 1 April 2026 to 31 March 2027",), id="now")
LAST = match("It costs £52.", headings=("Fees until 31 March 2026",), id="last")


def test_a_heading_says_from_when_until_when() -> None:
    assert period(NEXT) == Period(date(2027, 4, 1), None)
    assert period(NOW) == Period(date(2026, 4, 1), date(2027, 3, 31))
    assert period(match("£5")) == Period()


def test_what_is_over_and_what_is_to_come_are_out_of_time() -> None:
    assert [out_of_time("how much", one, TODAY) for one in (LAST, NOW, NEXT)] == [True, False, True]
    assert out_of_time("how much", NOW, date(2027, 4, 1))
    assert not out_of_time("how much in 2027", NEXT, TODAY)
    assert not out_of_time("how much will it be next year", NEXT, TODAY)


@pytest.mark.parametrize("today", [date(2026, 3, 31), date(2026, 11, 23), date(2027, 4, 1)])
def test_the_price_of_the_day_leads(today: date) -> None:
    current = {2026: "£52" if today.month == 3 else "£57", 2027: "£60"}[today.year]
    claims = Extractive(today=lambda: today).write("how much does it cost", [NEXT, LAST, NOW])
    assert current in claims[0].text


def test_the_year_in_which_a_price_ends_is_not_its_year() -> None:
    asked = "what will it cost in 2027"
    assert unknown_year(asked, NOW, TODAY)
    assert not unknown_year(asked, NEXT, TODAY)
    assert not unknown_year("what did it cost in 2019", NOW, TODAY)


def test_a_year_to_come_needs_a_price_where_one_is_asked_for() -> None:
    renewal = match("Renewal for the 2027 season opens in January.")
    assert unknown_year("how much is it in 2027", renewal, TODAY)
    assert not unknown_year("when can i renew for 2027", renewal, TODAY)

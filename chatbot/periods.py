"""When what a passage says holds: from which day, until which day, and is it today?"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from chatbot.asked import asks_for, holds
from chatbot.figures import MONTHS
from knowledge_base.types import Match

_DAY = rf"(\d{{1,2}}) ({'|'.join(MONTHS)}) ((?:19|20)\d\d)\b"
_UNTIL = re.compile(rf"(?:\b(?:to|until|till|up to|ended on|closed on)\b|[-–]) ?{_DAY}", re.I)
_FROM = re.compile(rf"\b(?:from|since|starting|as of) {_DAY}", re.I)
_ENDS = re.compile(
    rf"(?:\b(?:to|until|till|up to)\b|[-–]) ?(?:\d{{1,2}} )?(?:(?:{'|'.join(MONTHS)}) )?20\d\d\b",
    re.I,
)
_OPEN_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class Period:
    """From when until when something holds; None where nothing is said of it."""

    start: date | None = None
    end: date | None = None

    def is_over(self, today: date) -> bool:
        return self.end is not None and self.end < today

    def is_to_come(self, today: date) -> bool:
        return self.start is not None and self.start > today


def today_in_london() -> date:
    """Give the day that citizens and councils have."""
    return datetime.now(ZoneInfo("Europe/London")).date()


def period(match: Match) -> Period:
    """Read from a passage's headings when what stands under them holds, the innermost first."""
    return _read(match.headings)


@lru_cache(maxsize=2_000)
def _read(headings: tuple[str, ...]) -> Period:
    for heading in reversed(headings):
        ends = [_day(*found) for found in _UNTIL.findall(heading)]
        starts = [_day(*found) for found in _FROM.findall(heading)]
        if ends or starts:
            return Period(max(starts, default=None), max(ends, default=None))
    return Period()


def out_of_time(text: str, match: Match, today: date) -> bool:
    """Tell whether a passage stands under a heading whose time is over or has not come.

    A question that names a year or a month ahead may mean just that time.
    """
    held = period(match)
    asks_for_a_time = years(text) or re.search(r"\bnext\b|\blast\b", text, re.I)
    return not asks_for_a_time and (held.is_over(today) or held.is_to_come(today))


def unknown_year(text: str, match: Match, today: date) -> bool:
    """Tell whether a question asks of a year to come that the passage does not speak of.

    A price of a year stands beside that year, and not beside the one in which it ends: "until
    31 March 2027" says nothing of 2027.
    """
    asked = {year for year in years(text) if int(year) > today.year}
    published = _ENDS.sub(" ", " ".join((match.text, *match.headings)))
    unpriced = "money" in asks_for(text) and "money" not in holds(match.text)
    return bool(asked) and (unpriced or asked.isdisjoint(years(published)))


def years(text: str) -> frozenset[str]:
    """List the years that a text names."""
    return frozenset(_OPEN_YEAR.findall(text))


def _day(day: str, month: str, year: str) -> date:
    at = MONTHS.index(month.lower()) + 1
    return date(int(year), at, max(min(int(day), monthrange(int(year), at)[1]), 1))

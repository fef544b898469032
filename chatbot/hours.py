"""When the council's office is open: its week, bank holidays and days it closes besides."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
NATIONS = ("england", "wales", "scotland", "northern-ireland")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Spell = tuple[time, time]
"""From opening to closing, on one day, in local time."""

_SPELL = re.compile(r"([01]\d|2[0-3]):([0-5]\d) ?[-–] ?([01]\d|2[0-3]):([0-5]\d)")
_REGIONS = {"england": "ENG", "wales": "WLS", "scotland": "SCT", "northern-ireland": "NIR"}
# A council that does not open within these has said its hours wrongly, or has shut.
_DAYS_AHEAD = 31
_WORDS = {
    "en": (
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
        "January February March April May June July August September October November "
        "December".split(),
        "{time} on {weekday} {day} {month}",
        "{time} today",
        "{time} tomorrow",
    ),
    "cy": (
        "Llun Mawrth Mercher Iau Gwener Sadwrn Sul".split(),
        "Ionawr Chwefror Mawrth Ebrill Mai Mehefin Gorffennaf Awst Medi Hydref Tachwedd "
        "Rhagfyr".split(),
        "{time} dydd {weekday} {day} {month}",
        "{time} heddiw",
        "{time} yfory",
    ),
}


@dataclass(frozen=True, slots=True)
class Hours:
    """A week of office hours in Europe/London.

    week: by weekday from Monday, the spells of that day in order. nation: whose bank holidays
    the office keeps. closed: further days.
    """

    week: tuple[tuple[Spell, ...], ...]
    nation: str
    closed: frozenset[date] = frozenset()

    @property
    def known(self) -> bool:
        """Tell whether the council has said when it is open at all."""
        return any(self.week)

    def closes(self, moment: datetime) -> datetime | None:
        """Say until when the office is open at a moment, aware; None where it is closed."""
        local = moment.astimezone(LONDON)
        for opening, closing in self._spells(local.date()):
            if opening <= local.time() < closing:
                return _at(local.date(), closing)
        return None

    def opens(self, moment: datetime) -> datetime | None:
        """Say when the office opens next after a moment, aware; None where that is not known."""
        local = moment.astimezone(LONDON)
        for ahead in range(_DAYS_AHEAD):
            day = local.date() + timedelta(days=ahead)
            for opening, _ in self._spells(day):
                if (opened := _at(day, opening)) > moment:
                    return opened
        return None

    def _spells(self, day: date) -> Sequence[Spell]:
        away = day in self.closed or is_bank_holiday(day, self.nation)
        return () if away else self.week[day.weekday()]


NO_HOURS = Hours(week=(), nation="")


def read_spells(text: str) -> tuple[Spell, ...] | None:
    """Read a day's hours such as "09:00-12:30, 13:30-17:00"; None where they are written wrongly.

    "closed" is a day without any.
    """
    if text.strip().lower() == "closed":
        return ()
    spells: list[Spell] = []
    for part in text.split(","):
        found = _SPELL.fullmatch(part.strip())
        if found is None:
            return None
        opening, closing = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
        if closing <= opening or (spells and opening < spells[-1][1]):
            return None
        spells.append((opening, closing))
    return tuple(spells)


def is_bank_holiday(day: date, nation: str) -> bool:
    """Tell whether a day is a bank holiday in a nation of the UK."""
    return day in _bank_holidays(nation, day.year)


def bank_holidays(name: str, year: int, nation: str) -> tuple[date, ...]:
    """List the days of a year whose bank holiday has a name that ends so, as "May Day"."""
    days = _bank_holidays(nation, year).items()
    return tuple(sorted(day for day, called in days if called.endswith(name)))


@lru_cache(maxsize=64)
def _bank_holidays(nation: str, year: int) -> Mapping[date, str]:
    from holidays import country_holidays

    return country_holidays("GB", subdiv=_REGIONS[nation], years=[year])


def spoken_time(moment: datetime, language: str) -> str:
    """Say a time of day as people do: "5pm", "8.30am", "5yp"."""
    local = moment.astimezone(LONDON)
    morning, afternoon = ("yb", "yp") if language == "cy" else ("am", "pm")
    half = afternoon if local.hour >= 12 else morning
    minutes = f".{local.minute:02}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{half}"


def spoken_day(moment: datetime, language: str, *, now: datetime) -> str:
    """Say a moment with its day: "9am tomorrow", "9am on Tuesday 29 December"."""
    weekdays, months, dated, today, tomorrow = _WORDS.get(language, _WORDS["en"])
    local = moment.astimezone(LONDON)
    days = (local.date() - now.astimezone(LONDON).date()).days
    return {0: today, 1: tomorrow}.get(days, dated).format(
        time=spoken_time(local, language),
        weekday=weekdays[local.weekday()],
        day=local.day,
        month=months[local.month - 1],
    )


def spoken_date(day: date, language: str) -> str:
    """Say a day as people write it: "3 November 2026"."""
    _, months, *_ = _WORDS.get(language, _WORDS["en"])
    return f"{day.day} {months[day.month - 1]} {day.year}"


def in_london(moment: datetime) -> date:
    """Give the day that it is in London at a moment."""
    return moment.astimezone(LONDON).date()


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, LONDON).astimezone(UTC)

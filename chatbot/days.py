"""Which days the words of a date stand for, likeliest first, counted from today."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from chatbot.day_words import BANK_HOLIDAYS, WEAK, Token, tokens_in
from chatbot.hours import bank_holidays

Days = tuple[tuple[date, ...], str]
"""The days that words can be, the likeliest first, and the key that says why there is none."""


@dataclass(frozen=True, slots=True)
class Today:
    """What a date is counted from. past: it lies behind, True, or ahead, False; None where either
    may be. nation: whose bank holidays count."""

    day: date
    past: bool | None = None
    nation: str = "england"


@dataclass(frozen=True, slots=True)
class Said:
    """A date as it stands in a text.

    days: those that it can be, the likeliest first; none where `wrong` says why not. weak: in a
    text about something else it may be no date. year: the words leave no doubt about the year.
    """

    start: int
    end: int
    days: tuple[date, ...]
    wrong: str = ""
    weak: bool = False
    year: bool = False


_SHAPES = tuple(
    (name, re.compile(shape))
    for name, shape in (
        ("full", "d?h?[noe]z?my|d?h?[noe]z?mn(?![moz])|d?h?[noe]z?m(?!z)"),
        ("month_first", "d?mh?[noe](?:y|n(?!m))?(?!z?m)"),
        ("numbers", "d?h?s"),
        ("nth_weekday", "h?[oel]d[iz]h?m(?:y|n(?!m))?|h?[oel]dN"),
        ("last_day", "h?[oel]uz?my?|h?[oel]uN"),
        ("of_month", "d?h?[noe]N"),
        ("week_on", "[cn]?[kf]ld|(?:[cn]?k|[cn]?f)a?[dr]"),
        ("day_week", "a?[dr][kf](?!z)"),
        ("of_week", "dz?h?[xlt]k|[xlt]ka?d"),
        ("feast", "h?[pPB]z?y?"),
        ("day_number", "dh?[on]|dh[e]"),
        ("weekday", "[xlt]d|d(?:[xlt](?![dk]))?"),
        ("ahead", "i[cn][ukf]w?|[cn][ukf]w"),
        ("back", "[cn][ukf]gr?|[kf]gr?"),
        ("near", "h?r"),
        ("ordinal", "h?o|h[ne]"),
        ("vague", "[izxlt]?h?[kv]|[izxlt]?m|f|y|N|e(?=.?d)"),
        ("unread", "[njs]"),
    )
)
_SETTLES_YEAR = frozenset({"week_on", "day_week", "of_week", "ahead", "back", "near", "of_month"})


def dates_in(text: str, today: Today, *, mend: bool = True) -> list[Said]:
    """List the dates that a text says, in order. mend: read a day or a month with one letter
    wrong."""
    tokens = list(tokens_in(text, mend=mend))
    shape = "".join(token.kind for token in tokens)
    said: list[Said] = []
    at = 0
    while at < len(tokens):
        for name, pattern in _SHAPES:
            found = pattern.match(shape, at)
            if found:
                some = tokens[at : found.end()]
                if not (name == "vague" and len(some) == 1 and some[0].text in WEAK - {"second"}):
                    said.append(_said(name, some, today))
                at = found.end()
                break
        else:
            at += 1
    return said


def limits_in(text: str) -> bool:
    """Tell whether a text bounds a day instead of naming it, as "after the 20th" does."""
    return "w/c" in text.casefold() or any(one.kind == "b" for one in tokens_in(text, mend=False))


def _said(name: str, some: list[Token], today: Today) -> Said:
    days, wrong = _RESOLVERS[name](_Words(tuple(some)), today)
    words = {token.text for token in some}
    weak = name in ("ordinal", "unread") or (len(some) == 1 and bool(words & WEAK))
    # "5/6 bags" is no day.
    weak = weak or (name == "numbers" and len(some) == 1 and some[0].numbers[2] is None)
    numbers = [token for token in some if token.kind in "ney"]
    year = name in _SETTLES_YEAR or some[-1].kind == "y" or some[-1].numbers[2] is not None
    year = year or (some[-1].kind == "n" and len(numbers) > 1) or "l" in {one.kind for one in some}
    return Said(some[0].start, some[-1].end, days, wrong, weak, year)


@dataclass(frozen=True, slots=True)
class _Words:
    """The tokens of one date."""

    tokens: tuple[Token, ...]

    def __contains__(self, kind: str) -> bool:
        return any(token.kind == kind for token in self.tokens)

    def token(self, kinds: str) -> Token | None:
        return next((token for token in self.tokens if token.kind in kinds), None)

    def value(self, kinds: str, default: int = 0) -> int:
        found = self.token(kinds)
        return default if found is None else found.value

    @property
    def weekday(self) -> int | None:
        found = self.token("d")
        return None if found is None else found.value

    @property
    def year(self) -> int | None:
        last = self.tokens[-1]
        return last.value if last.kind == "y" else None


# Days that a month and a number give


def _dated(words: _Words, today: Today) -> Days:
    """Resolve "5 May", "Tuesday the 5th of May 2026"."""
    numbers = [token.value for token in words.tokens if token.kind in "noey"]
    year = numbers[1] if len(numbers) > 1 else None
    if year is not None and words.tokens[-1].kind == "n" and year < 10:
        return (), "date"
    return _on(words.weekday, _yearly(numbers[0], words.value("m"), year, today), year)


def _month_first(words: _Words, today: Today) -> Days:
    # "May 5 10" may be a time or a number of anything.
    numbers = [token for token in words.tokens if token.kind in "noey"]
    unclear = today.past is None and len(numbers) > 1 and numbers[-1].kind == "n"
    return ((), "date") if unclear else _dated(words, today)


def _numbers(words: _Words, today: Today) -> Days:
    day, month, year = words.tokens[-1].numbers
    if month > 12 and 0 < day <= 12 and month <= 31:
        return (), "date_order"
    return _on(words.weekday, _yearly(day, month, year, today), year)


def _on(weekday: int | None, found: Days, year: int | None) -> Days:
    """Hold days against the weekday that was said with them."""
    days, wrong = found
    if wrong or weekday is None:
        return found
    if year is None:
        fits = tuple(one for one in days if one.weekday() == weekday)
        return (fits, "") if fits else (days, "date_mismatch")
    return days, _mismatch(days, weekday)


def _mismatch(days: tuple[date, ...], weekday: int | None) -> str:
    fits = weekday is None or any(day.weekday() == weekday for day in days)
    return "" if fits else "date_mismatch"


def _yearly(day: int, month: int, year: int | None, today: Today) -> Days:
    if year is not None and year < 100:
        year += 2000
        latest = today.day + timedelta(0 if today.past else 366 * 50)
        years_on = 0 if today.past else 50
        if year > today.day.year + years_on or (_made(year, month, day) or today.day) > latest:
            year -= 100
    if year is not None:
        one = _made(year, month, day)
        known = one is not None and 1900 <= year <= 2199
        return ((one,), "") if one and known else ((), "date_impossible")
    return _in_a_year(lambda year: _made(year, month, day), today)


def _in_a_year(day_of: Callable[[int], date | None], today: Today) -> Days:
    """Resolve a day that each year has, by the year that is meant."""
    years = range(today.day.year - 8, today.day.year + 9)
    all_days = [one for year in years if (one := day_of(year))]
    ahead = min((one for one in all_days if one >= today.day), default=None)
    behind = max((one for one in all_days if one <= today.day), default=None)
    if ahead is None or behind is None:
        return (), "date_impossible"
    nearest = min((ahead, behind), key=lambda one: abs((one - today.day).days))
    if today.past is None:
        clear = abs((nearest - today.day).days) < 60
        return ((nearest,), "") if clear else ((behind, ahead), "")
    # A day just gone is not next year's: it is said to be too early.
    wanted = behind if today.past else ahead
    far = abs((wanted - today.day).days) > 270 and abs((nearest - today.day).days) < 95
    return ((nearest,) if far else (wanted,)), ""


def _by_number(words: _Words, today: Today) -> Days:
    """Resolve "the 5th" and "Tuesday the 5th", in this month or the one before or after."""
    days, wrong = _monthly(words.value("noe"), today)
    return days, wrong or _mismatch(days, words.weekday)


def _monthly(day: int, today: Today) -> Days:
    if not 1 <= day <= 31:
        return (), "date_impossible"
    for off in range(12):
        year, month = _month_from(today.day, -off if today.past else off)
        one = _made(year, month, day)
        if one and (one <= today.day if today.past else one >= today.day):
            return (one,), ""
    return (), "date_impossible"


def _of_month(words: _Words, today: Today) -> Days:
    """Resolve "the 10th of next month"."""
    one = _made(*_month_from(today.day, words.value("N")), words.value("noe"))
    if one is None:
        return (), "date_impossible"
    return (one,), _mismatch((one,), words.weekday)


def _nth_weekday(words: _Words, today: Today) -> Days:
    """Resolve "the first Monday in June"."""
    weekday = words.weekday or 0
    return _in_month(words, today, lambda year, month, nth: _nth(year, month, weekday, nth))


def _last_day(words: _Words, today: Today) -> Days:
    """Resolve "the last day of October"."""

    def day_of(year: int, month: int, nth: int) -> date | None:
        return _made(year, month, nth) if nth else _last_of(year, month)

    return _in_month(words, today, day_of)


def _in_month(words: _Words, today: Today, day_of: Callable[[int, int, int], date | None]) -> Days:
    nth = words.value("oe")
    last = words.token("l")
    # "This past Monday in June" is not the last one.
    if not nth and (last is None or last.text != "last"):
        return (), "date_vague"
    if "N" in words:
        one = day_of(*_month_from(today.day, words.value("N")), nth)
    elif (year := words.year) is not None:
        one = day_of(year, words.value("m"), nth) if 1900 <= year <= 2199 else None
    elif words.tokens[-1].kind == "n":
        return (), "date_vague"
    else:
        return _in_a_year(lambda year: day_of(year, words.value("m"), nth), today)
    return ((one,), "") if one else ((), "date_impossible")


def _nth(year: int, month: int, weekday: int, nth: int) -> date | None:
    if nth == 0:
        last = _last_of(year, month)
        return last - timedelta((last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    day = 1 + (weekday - first.weekday()) % 7 + 7 * (nth - 1)
    return _made(year, month, day)


def _last_of(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(1)


def _month_from(day: date, months: int) -> tuple[int, int]:
    month = day.year * 12 + day.month - 1 + months
    return month // 12, month % 12 + 1


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


# Days by name


def _feast(words: _Words, today: Today) -> Days:
    """Resolve Christmas Day, Good Friday, and bank holidays by their names."""
    if "p" in words:
        month, day = divmod(words.value("p"), 100)
        return _yearly(day, month, words.year, replace(today, past=bool(today.past)))
    year = words.year
    which = words.value("PB")
    if "P" in words:
        return _moved(lambda of: _days_named("Good Friday", of, today, which), year, today)
    if which < len(BANK_HOLIDAYS):
        return _bank_holiday(BANK_HOLIDAYS[which], year, today)
    early, late = (_bank_holiday(name, year, today)[0] for name in BANK_HOLIDAYS[:2])
    return tuple(sorted({*early, *late})), ""


def _bank_holiday(name: str, year: int | None, today: Today) -> Days:
    return _moved(lambda of: _days_named(name, of, today), year, today)


def _days_named(name: str, year: int, today: Today, off: int = 0) -> date | None:
    found = bank_holidays(name, year, today.nation)
    return found[0] + timedelta(off) if len(found) == 1 else None


def _moved(day_of: Callable[[int], date | None], year: int | None, today: Today) -> Days:
    if year is None:
        return _in_a_year(day_of, today)
    one = day_of(year) if 1975 <= year <= 2199 else None
    return ((one,), "") if one else ((), "date_impossible")


# Days counted from today


def _near(words: _Words, today: Today) -> Days:
    return (today.day + timedelta(words.value("r")),), ""


def _counted(words: _Words, today: Today) -> Days:
    """Resolve "in three days", "a fortnight ago"."""
    days_each = 1 if "u" in words else 14 if "f" in words else 7
    back = "g" in words
    days = words.value("cn", 1) * days_each * (-1 if back else 1)
    return (today.day + timedelta(days + words.value("r")),), ""


def _week_on(words: _Words, today: Today) -> Days:
    """Resolve "a week on Friday", "two weeks today", "Friday week", "a week last Friday"."""
    off = timedelta(words.value("cn", 1) * (14 if "f" in words else 7))
    weekday = words.weekday
    if weekday is None:
        return (today.day + timedelta(words.value("r")) + off,), ""
    if "l" in words:
        days, wrong = _weekday(words, today)
        return tuple(day - off for day in days), wrong
    ahead = (weekday - today.day.weekday() - 1) % 7 + 1
    return (today.day + timedelta(ahead) + off,), ""


def _of_week(words: _Words, today: Today) -> Days:
    """Resolve "Friday next week"."""
    monday = today.day - timedelta(today.day.weekday())
    off = 7 * (("x" in words) - ("l" in words))
    return (monday + timedelta(off + (words.weekday or 0)),), ""


def _weekday(words: _Words, today: Today) -> Days:
    """Resolve a weekday: "next Friday" is two days, said on a Wednesday, and so is "Wednesday"."""
    weekday, now = words.weekday or 0, today.day.weekday()
    ahead = today.day + timedelta((weekday - now - 1) % 7 + 1)
    behind = today.day - timedelta((now - weekday - 1) % 7 + 1)
    week = timedelta(7)
    monday = today.day - timedelta(now)
    days: tuple[date, ...]
    if (coming := words.token("x")) is not None:
        near = coming.text in ("this coming", "coming") or ahead >= monday + week
        days = (ahead,) if near else (ahead, ahead + week)
    elif (gone := words.token("l")) is not None:
        near = gone.text in ("just gone", "this past") or behind < monday
        days = (behind,) if near else (behind, behind - week)
    elif "t" in words:
        this = monday + timedelta(weekday)
        past = today.past
        off = (past is True and this > today.day) or (past is not True and this < today.day)
        days = (this, behind if past else ahead) if off else (this,)
    elif weekday == now:
        days = (today.day, behind if today.past else ahead)
    else:
        days = (behind,) if today.past else (ahead,)
    return days, ""


_RESOLVERS: Mapping[str, Callable[[_Words, Today], Days]] = {
    "full": _dated,
    "month_first": _month_first,
    "numbers": _numbers,
    "nth_weekday": _nth_weekday,
    "last_day": _last_day,
    "of_month": _of_month,
    "week_on": _week_on,
    "day_week": _week_on,
    "of_week": _of_week,
    "feast": _feast,
    "day_number": _by_number,
    "ordinal": _by_number,
    "weekday": _weekday,
    "ahead": _counted,
    "back": _counted,
    "near": _near,
    "vague": lambda *_: ((), "date_vague"),
    "unread": lambda *_: ((), "date"),
}

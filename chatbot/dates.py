"""Read dates as people in the UK say them, in English and Welsh.

dateparser reads 73 % of the dates of evals/details.jsonl and takes nine wrongly in silence ("monday
21 april" when that is a Tuesday, "after the 20th"): it guesses where it should ask.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from chatbot.automation import Detail
from chatbot.day_words import WEAK, Token, tokens_in
from chatbot.doubt import Wrong, denied, doubt, hedged, listed, plain
from chatbot.figures import MONTHS

WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "cy": (
        *("Dydd Llun", "Dydd Mawrth", "Dydd Mercher", "Dydd Iau", "Dydd Gwener"),
        *("Dydd Sadwrn", "Dydd Sul"),
    ),
}
MONTH_NAMES = {
    "en": tuple(month.capitalize() for month in MONTHS),
    "cy": (
        *("Ionawr", "Chwefror", "Mawrth", "Ebrill", "Mai", "Mehefin", "Gorffennaf", "Awst"),
        *("Medi", "Hydref", "Tachwedd", "Rhagfyr"),
    ),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A date as it stands in a text.

    days: those that it can be, the likeliest first; none where `wrong` says why not. weak: in a
    text about something else it may be no date. kind: the shape of the words.
    """

    start: int
    end: int
    days: tuple[date, ...]
    wrong: str = ""
    weak: bool = False


_SHAPES = tuple(
    (name, re.compile(shape))
    for name, shape in (
        ("full", "d?h?[noe]z?my|d?h?[noe]z?mn(?![moz])|d?h?[noe]z?m(?!z)"),
        ("month_first", "d?mh?[noe](?:y|n(?!m))?(?!z?m)"),
        ("numbers", "d?h?s"),
        ("week_on", "(?:[cn]?k|[cn]?f)a?[dr]"),
        ("day_week", "a?[dr][kf](?!z)"),
        ("of_week", "dz?h?[xlt]k|[xlt]ka?d"),
        ("day_number", "dh?[on]|dh[e]"),
        ("weekday", "[xlt]d|d(?:[xlt](?![dk]))?"),
        ("ahead", "i[cn][ukf]w?|[cn][ukf]w"),
        ("back", "[cn][ukf]g"),
        ("near", "h?r"),
        ("feast", "p"),
        ("ordinal", "h?o|h[ne]"),
        ("vague", "[izxlt]?h?[kv]|[izxlt]?m|f|y|e(?=.?d)"),
        ("unread", "[njs]"),
    )
)


def dates_in(text: str, today: date, past: bool | None, *, mend: bool = True) -> list[Said]:
    """List the dates that a text says, in order.

    past: the day lies behind, True, or ahead, False; None where either may be. mend: read a day or
    a month with one letter wrong.
    """
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
                    said.append(_said(name, some, today, past))
                at = found.end()
                break
        else:
            at += 1
    return said


def limits_in(text: str) -> bool:
    """Tell whether a text bounds a day instead of naming it, as "after the 20th" does."""
    return "w/c" in text.casefold() or any(one.kind == "b" for one in tokens_in(text, mend=False))


def _said(name: str, some: list[Token], today: date, past: bool | None) -> Said:
    days, wrong = _days(name, some, today, past)
    words = {token.text for token in some}
    weak = name in ("ordinal", "unread") or (len(some) == 1 and bool(words & WEAK))
    # "5/6 bags" is no day.
    weak = weak or (name == "numbers" and len(some) == 1 and some[0].numbers[2] is None)
    return Said(some[0].start, some[-1].end, days, wrong, weak)


def _days(  # noqa: PLR0911 - a return for each way of saying it
    name: str, some: list[Token], today: date, past: bool | None
) -> tuple[tuple[date, ...], str]:
    has = {token.kind: token for token in some}
    weekday = has["d"].value if "d" in has else None
    monday = today - timedelta(today.weekday())
    if name in ("full", "month_first", "numbers"):
        return _dated(name, some, today, past)
    if name == "feast":
        month, day = divmod(has["p"].value, 100)
        return _yearly(day, month, None, today, bool(past))
    if name in ("ordinal", "day_number"):
        number = next(token.value for token in some if token.kind in "noe")
        days, wrong = _monthly(number, today, past)
        return days, wrong or _mismatch(days, weekday)
    if name == "near":
        return (today + timedelta(has["r"].value),), ""
    if name in ("ahead", "back"):
        days_each = 1 if "u" in has else 14 if "f" in has else 7
        count = next(token.value for token in some if token.kind in "cn")
        off = timedelta(count * days_each * (-1 if name == "back" else 1))
        return (today + off,), ""
    if name in ("week_on", "day_week"):
        count = next((token.value for token in some if token.kind in "cn"), 1)
        off = timedelta(count * (14 if "f" in has else 7))
        if weekday is None:
            return (today + timedelta(has["r"].value) + off,), ""
        ahead = (weekday - today.weekday() - 1) % 7 + 1
        return (today + timedelta(ahead) + off,), ""
    if name == "of_week":
        off = 7 * (("x" in has) - ("l" in has))
        return (monday + timedelta(off + has["d"].value),), ""
    if name == "weekday":
        return _weekday(has, today, past)
    return (), "date_vague" if name == "vague" else "date"


def _weekday(  # noqa: PLR0911 - a return for each way of saying it
    has: dict[str, Token], today: date, past: bool | None
) -> tuple[tuple[date, ...], str]:
    """Resolve a weekday: "next Friday" is two days, said on a Wednesday, and so is "Wednesday"."""
    weekday, now = has["d"].value, today.weekday()
    ahead = today + timedelta((weekday - now - 1) % 7 + 1)
    behind = today - timedelta((now - weekday - 1) % 7 + 1)
    week = timedelta(7)
    monday = today - timedelta(now)
    if "x" in has:
        if has["x"].text in ("this coming", "coming"):
            return (ahead,), ""
        return ((ahead, ahead + week), "") if ahead < monday + week else ((ahead,), "")
    if "l" in has:
        if has["l"].text in ("just gone", "this past"):
            return (behind,), ""
        return ((behind, behind - week), "") if behind >= monday else ((behind,), "")
    if "t" in has:
        this = monday + timedelta(weekday)
        if (past is True and this > today) or (past is not True and this < today):
            return (this, behind if past else ahead), ""
        return (this,), ""
    if weekday == now:
        return (today, behind if past else ahead), ""
    return ((behind,) if past else (ahead,)), ""


def _dated(
    name: str, some: list[Token], today: date, past: bool | None
) -> tuple[tuple[date, ...], str]:
    weekday = some[0].value if some[0].kind == "d" else None
    if name == "numbers":
        day, month, year = some[-1].numbers
        if month > 12 and 0 < day <= 12 and month <= 31:
            return (), "date_order"
    else:
        month = next(token.value for token in some if token.kind == "m")
        at = 1 if name == "month_first" else 0
        numbers = [token.value for token in some if token.kind in "noey"]
        day, year = numbers[0], (numbers[1] if len(numbers) > 1 else None)
        if year is not None and some[-1].kind == "n" and (year < 10 or (at and past is None)):
            return (), "date"
    days, wrong = _yearly(day, month, year, today, past)
    if wrong or weekday is None:
        return days, wrong
    if year is None:
        fits = tuple(one for one in days if one.weekday() == weekday)
        return (fits, "") if fits else (days, "date_mismatch")
    return days, _mismatch(days, weekday)


def _mismatch(days: tuple[date, ...], weekday: int | None) -> str:
    fits = weekday is None or any(day.weekday() == weekday for day in days)
    return "" if fits else "date_mismatch"


def _yearly(
    day: int, month: int, year: int | None, today: date, past: bool | None
) -> tuple[tuple[date, ...], str]:
    if year is not None and year < 100:
        year += 2000
        if year > today.year + (0 if past else 50) or (_made(year, month, day) or today) > today + (
            timedelta(0) if past else timedelta(366 * 50)
        ):
            year -= 100
    if year is not None:
        one = _made(year, month, day)
        known = one is not None and 1900 <= year <= 2199
        return ((one,), "") if one and known else ((), "date_impossible")
    years = range(today.year - 8, today.year + 9)
    all_days = [one for y in years if (one := _made(y, month, day))]
    if not all_days:
        return (), "date_impossible"
    ahead = min(one for one in all_days if one >= today)
    behind = max(one for one in all_days if one <= today)
    nearest = min((ahead, behind), key=lambda one: abs((one - today).days))
    if past is None:
        clear = abs((nearest - today).days) < 60
        return ((nearest,), "") if clear else ((behind, ahead), "")
    # A day just gone is not next year's: it is said to be too early.
    wanted = behind if past else ahead
    far = abs((wanted - today).days) > 270 and abs((nearest - today).days) < 95
    return ((nearest,) if far else (wanted,)), ""


def _monthly(day: int, today: date, past: bool | None) -> tuple[tuple[date, ...], str]:
    if not 1 <= day <= 31:
        return (), "date_impossible"
    step = -1 if past else 1
    for off in range(12):
        month = today.year * 12 + today.month - 1 + step * off
        one = _made(month // 12, month % 12 + 1, day)
        if one and (one <= today if past else one >= today):
            return (one,), ""
    return (), "date_impossible"


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


# Reading


_WAS = re.compile(
    r"\b(?:was|were|wasn'?t|weren'?t|did|didn'?t|missed|happened|had|hasn'?t|haven'?t|should(?:'ve"
    r"| have| of)|supposed to|oedd|gasglwyd|chasglwyd)\b",
    re.I,
)
_BOTH = re.compile(r"\b(?:or|and|neu|a|ac)\b", re.I)


def london(at: datetime) -> date:
    """Give the day that it is in London."""
    return at.astimezone(ZoneInfo("Europe/London")).date()


def read_date(  # noqa: PLR0911 - a return for each way of saying it
    detail: Detail, text: str, at: datetime, language: str
) -> str | Wrong:
    """Read the day that a message names, as "2026-04-30"."""
    words = _without_start(detail, plain(text))
    today = london(at)
    if found := re.fullmatch(r"\W*(\d{1,2})\W*", words):
        words = f"the {found[1]}"
    said = _open(words, dates_in(words, today, _past(detail, words)))
    vague = any(one.wrong == "date_vague" for one in said)
    if not said:
        return doubt(words) or Wrong("date")
    if (unclear := doubt(words)) and not (vague and unclear.key == "unsure"):
        return unclear
    if vague or limits_in(words):
        several = sum(not one.wrong for one in said) > 1 and re.search(r"\b(?:or|neu)\b", words)
        return Wrong("two" if several else "date_vague")
    days = {one.days for one in said}
    if len(days) > 1 or (len(said) > 1 and any(one.wrong for one in said)):
        return Wrong("two")
    one = said[0]
    if one.wrong == "date_mismatch" and one.days:
        return Wrong("date_mismatch", (("choices", show_date(one.days[0], language)),))
    if one.wrong:
        return Wrong(one.wrong)
    return _within(detail, one.days, today, language)


_OF_SOMETHING_ELSE = re.compile(
    r"\b(?:mov(?:e|ed|ing) (?:in|out)|moved|lease|tenancy|party|wedding|funeral|born|birthday"
    r"|holiday|away|ends?|starts?|expires?|appointment|deadline|bill|paid|payment|letter|dated)\b",
    re.I,
)


def find_date(detail: Detail, text: str, at: datetime) -> str | None:
    """Find the one day that a message names beyond doubt, if the detail can have it."""
    words = plain(text)
    today = london(at)
    past = _past(detail, words)
    about = " ".join((*detail.questions.values(), *detail.labels.values())).casefold()
    others = {one.casefold() for one in _OF_SOMETHING_ELSE.findall(words)}
    its_own = any(re.search(rf"\b{one}\W+(?:on |the )*\d", words, re.I) for one in others if one in about)
    if hedged(words) or (not its_own and any(one not in about for one in others)):
        return None
    words = _without_start(detail, words)
    if past is not True and detail.latest is not None and _WAS.search(words):
        return None
    said = dates_in(words, today, past, mend=False)
    said = [one for one in said if not (one.weak and not _on(words[: one.start]))]
    said = [one for one in said if one.wrong != "date" or not one.weak]
    if len(said) != 1 or said[0].wrong or denied(words[: said[0].start]):
        return None
    one = said[0]
    if re.search(
        r"\b(?:since|before|after|by|until|till|from|except|or|and|ers|cyn|tan)\W+(?:the )?$",
        words[: one.start],
        re.I,
    ) or re.match(r"\W*(?:or|and|neu|to|-|floor)\b", words[one.end :]):
        return None
    day = _within(detail, one.days, today, "en")
    return None if isinstance(day, Wrong) else day


_STARTS = r"(?:since|from|starting|as of|ers)"


def _without_start(detail: Detail, words: str) -> str:
    """Leave out the "since" or "from" that the question itself has."""
    asked = " ".join(detail.questions.values())
    if not re.search(r"\b(?:since|from)\b", asked, re.I):
        return words
    return re.sub(rf"\b{_STARTS} (?=(?:the )?(?:\d|[a-z]+day\b|tomorrow|today))", "", words, flags=re.I)


def show_date(day: date, language: str) -> str:
    """Say a day in full."""
    known = language if language in WEEKDAYS else "en"
    return (
        f"{WEEKDAYS[known][day.weekday()]} {day.day} {MONTH_NAMES[known][day.month - 1]} {day.year}"
    )


def _open(words: str, said: list[Said]) -> list[Said]:
    """Leave out what is taken back, if something is left: "not the 20th, the 21st"."""
    kept = [one for one in said if not denied(words[: one.start])]
    if not kept and said:
        return [Said(0, 0, (), "date")]
    return kept


def _on(before: str) -> bool:
    return bool(re.search(r"\b(?:on|for|due|this|last|ar|ddydd)\W+(?:the )?$", before, re.I))


def _past(detail: Detail, words: str) -> bool | None:
    if detail.latest is not None and detail.latest <= 0:
        return True
    if detail.earliest is not None and detail.earliest >= 0:
        return False
    return True if _WAS.search(words) else None


def _within(detail: Detail, days: tuple[date, ...], today: date, language: str) -> str | Wrong:
    """Hold the days that were said against the detail's limits."""
    first = _day_from(today, detail.earliest)
    last = _day_from(today, detail.latest)
    in_time = [d for d in days if (not first or d >= first) and (not last or d <= last)]
    # Said on a Wednesday, "Wednesday" is next week's where today's cannot be meant.
    if len(days) > 1 and today in days and today not in in_time and len(in_time) == 1:
        days = tuple(in_time)
    if len(in_time) == 1:
        # "Next Thursday" can only be the later one where the nearer is too soon.
        days = tuple(in_time)
    if len(days) > 1 and in_time:
        return Wrong(
            "date_which",
            (("choices", listed((show_date(d, language) for d in sorted(days)), language)),),
        )
    day = days[0]
    if first and day < first:
        return Wrong("date_early", (("earliest", show_date(first, language)),))
    if last and day > last:
        return Wrong("date_late", (("latest", show_date(last, language)),))
    if detail.weekdays and day.weekday() not in detail.weekdays:
        known = language if language in WEEKDAYS else "en"
        names = [WEEKDAYS[known][at] for at in sorted(detail.weekdays) if 0 <= at < 7]
        return Wrong("date_weekday", (("choices", listed(names, language)),))
    return day.isoformat()


def _day_from(today: date, days: int | None) -> date | None:
    return None if days is None else today + timedelta(days)

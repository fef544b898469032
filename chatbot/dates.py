"""Read dates as people in the UK say them, in English and Welsh.

dateparser reads 73 % of the dates of evals/details.jsonl and takes nine wrongly in silence ("monday
21 april" when that is a Tuesday, "after the 20th"): it guesses where it should ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rapidfuzz.distance import OSA

from chatbot.automation import Detail
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


_WEEKDAY_WORDS = (
    *("monday mon", "tuesday tues tue", "wednesday weds wed wensday wednsday", "thursday thurs thur"),
    *("friday fri", "saturday sat", "sunday sun"),
)
_WELSH_WEEKDAYS = ("llun", "mawrth", "mercher", "iau", "gwener wener", "sadwrn", "sul")
_MONTH_WORDS = (
    *("january jan ionawr", "february febuary feb chwefror", "march mar mawrth fawrth"),
    *("april apr ebrill", "may mai fai", "june jun mehefin fehefin", "july jul gorffennaf orffennaf"),
    *("august aug awst", "september sept sep medi fedi", "october oct hydref"),
    *("november nov tachwedd dachwedd", "december dec rhagfyr ragfyr"),
)
_ORDINALS = (
    *("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()),
    *("thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth".split()),
    *("twentieth twenty-first twenty-second twenty-third twenty-fourth twenty-fifth".split()),
    *("twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first".split()),
)
_COUNTS = "one two three four five six seven eight nine ten eleven twelve".split()
_WELSH_COUNTS = "un|dau dwy ddau ddwy|tri tair|pedwar pedair|pum pump|chwe|saith|wyth|naw|deg"
_NEAR = {
    "today": 0, "tonight": 0, "heddiw": 0, "heno": 0, "tomorrow": 1, "tommorow": 1, "tommorrow": 1,
    "tomorow": 1, "tomoz": 1, "tmrw": 1, "tmr": 1, "2moro": 1, "2morrow": 1, "tomo": 1, "yfory": 1,
    "fory": 1, "drennydd": 2, "trennydd": 2, "yesterday": -1, "yesturday": -1, "ddoe": -1, "doe": -1,
    "neithiwr": -1, "echdoe": -2,
}  # fmt: skip
_PHRASES = {
    "day after tomorrow": ("r", 2), "day before yesterday": ("r", -2), "last night": ("r", -1),
    "this morning": ("r", 0), "this afternoon": ("r", 0), "this evening": ("r", 0),
    "just gone": ("l", 0), "christmas eve": ("p", 1224), "christmas day": ("p", 1225),
    "boxing day": ("p", 1226), "new year's eve": ("p", 1231), "new year's day": ("p", 101),
    "xmas day": ("p", 1225), "xmas eve": ("p", 1224), "dydd nadolig": ("p", 1225),
    "gŵyl san steffan": ("p", 1226), "nos galan": ("p", 1231), "dydd calan": ("p", 101),
    "from now": ("w", 0), "from today": ("w", 0), "o heddiw": ("w", 0), "yn ôl": ("g", 0),
    "yn ol": ("g", 0), "this coming": ("x", 0), "this past": ("l", 0), "a couple of": ("v", 0),
}  # fmt: skip
_KINDS = {
    "x": "next nesaf coming following", "l": "last diwethaf past", "t": "this yma hwn hon",
    "k": "week wythnos weeks", "f": "fortnight fortnights pythefnos bythefnos",
    "u": "day days diwrnod ddiwrnod", "i": "in within ymhen mewn", "g": "ago back", "w": "time",
    "a": "on i ar", "h": "the y yr", "z": "of o",
    "v": """month months year years weekend weekends summer autumn winter spring easter end start
    middle mid early late soon soonest asap whenever when-ever anytime sometime any few
    several recently ages flexible weekday weekdays christmas xmas mis penwythnos diwedd dechrau
    canol anything anyday rywbryd unrhyw couple half earliest every each usually always bob wythnosau mondays
    tuesdays wednesdays thursdays fridays saturdays sundays""",
    "b": """before after by until till from since between except excluding cyn erbyn tan ers
    rhwng heblaw earlier later latest or neu onwards commencing beginning other""",
}  # fmt: skip
_WEAK = frozenset("mon wed sat sun may mar march mai fai sul sep dec jan second medi".split())
"""Words that are as often something else: "it sat there", "it may be"."""


def _lexicon() -> dict[str, tuple[str, int]]:
    known = {word: (kind, 0) for kind, words in _KINDS.items() for word in words.split()}
    known |= {word: ("c", 1) for word in ("a", "an")}
    known |= {word: ("c", at) for at, word in enumerate(_COUNTS, 1)}
    known |= {w: ("c", at) for at, ws in enumerate(_WELSH_COUNTS.split("|"), 1) for w in ws.split()}
    known |= {word: ("e", at) for at, word in enumerate(_ORDINALS, 1)}
    known |= {word: ("r", days) for word, days in _NEAR.items()}
    for at, words in enumerate(_WELSH_WEEKDAYS):
        known |= {f"{dydd} {w}": ("d", at) for w in words.split() for dydd in ("dydd", "ddydd")}
        known |= {word: ("d", at) for word in words.split()}
    known |= {word: ("d", at) for at, ws in enumerate(_WEEKDAY_WORDS) for word in ws.split()}
    known |= {word: ("m", at) for at, ws in enumerate(_MONTH_WORDS, 1) for word in ws.split()}
    return known | _PHRASES


_LEXICON = _lexicon()
_LONG = tuple(w for w, (kind, _) in _LEXICON.items() if kind in "dmr" and len(w) >= 6)
_TIME = (
    r"(?:\b(?:at|am|by|after|before|from|around) |@ ?)?\b\d{1,2}(?:[.:]\d\d)? ?[ap]\.?m\b\.?"
    r"|(?:\bat |@ ?)\d{1,2}(?:[.:]\d\d)?\b(?![/-])|(?<![\d.:])\d{1,2}:\d\d\b"
)
_TOKEN = re.compile(
    rf"(?P<time>{_TIME})"
    r"|(?<![\d/.£-])(?P<iso>\d{4}([-/.])\d{1,2}\3\d{1,2})(?![\d/]|[.-]\d)"
    r"|(?<![\d/.£-])(?P<numbers>\d{1,2}(?: ?/ ?|-|\.)\d{1,2}(?:(?: ?/ ?|-|\.)(?:\d{4}|\d\d))?)(?![\d/£]"
    r"|[.-]\d)"
    r"|(?<![\d/.£-])(?P<run>\d{1,2} \d{1,2} (?:\d{4}|\d\d)|\d\d\d\d(?:19|20)\d\d)(?![\d/]|[.-]\d)"
    r"|(?<!\w)(?P<ordinal>\d{1,2} ?(?:st|nd|rd|th|af|ail|il|ydd|edd|ed|fed|eg|ain))(?!\w)"
    r"|(?<![\w£.])(?P<year>\d{4})(?!\w|\.\d)|(?<![\w£.])'?(?P<number>\d{1,2})(?!\w|\.\d|%)"
    rf"|(?P<phrase>(?<!\w)(?:{'|'.join(sorted((re.escape(w) for w in _LEXICON if ' ' in w), key=len, reverse=True))})(?!\w))"
    r"|(?P<word>[^\W\d_]+(?:['-][^\W\d_]+)*|\d\w+)|(?P<other>\d[\d,.]*)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    value: int
    text: str
    start: int
    end: int
    numbers: tuple[int, int, int | None] = (0, 0, None)


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


def _tokens(text: str, *, mend: bool) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text):
        group, word = found.lastgroup or "", found[0].casefold()
        kind, value, numbers = "q", 0, (0, 0, None)
        if group == "time":
            continue
        if group == "iso":
            year, month, day = map(int, re.findall(r"\d+", word))
            kind, numbers = "s", (day, month, year)
        elif group in ("numbers", "run"):
            parts = re.findall(r"\d+", word)
            parts = parts if len(parts) > 1 else [word[:2], word[2:4], word[4:]]
            year = _century(parts[2]) if len(parts) > 2 else None
            kind, numbers = "s", (int(parts[0]), int(parts[1]), year)
        elif group in ("ordinal", "year", "number"):
            kind, value = group[0], int(re.findall(r"\d+", word)[0])
        elif group == "other":
            kind = "j"
        elif word in _LEXICON:
            kind, value = _LEXICON[word]
        elif mend and len(word) >= 6 and (near := _near(word)):
            kind, value = _LEXICON[near]
        yield _Token(kind, value, word, found.start(), found.end(), numbers)


def _near(word: str) -> str:
    """Find the one day or month that a word misspells."""
    near = [w for w in _LONG if OSA.distance(word, w, score_cutoff=1) <= 1]
    return near[0] if len({_LEXICON[w] for w in near}) == 1 else ""


def _century(digits: str) -> int:
    """Give the year; of two digits, below 100, as the detail decides the century."""
    return int(digits)


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
        ("weekday", "[xlt]?d[xlt]?"),
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
    tokens = list(_tokens(text, mend=mend))
    shape = "".join(token.kind for token in tokens)
    said: list[Said] = []
    at = 0
    while at < len(tokens):
        for name, pattern in _SHAPES:
            found = pattern.match(shape, at)
            if found:
                some = tokens[at : found.end()]
                if not (name == "vague" and len(some) == 1 and some[0].text in _WEAK - {"second"}):
                    said.append(_said(name, some, today, past))
                at = found.end()
                break
        else:
            at += 1
    return said


def limits_in(text: str) -> bool:
    """Tell whether a text bounds a day instead of naming it, as "after the 20th" does."""
    return "w/c" in text.casefold() or any(one.kind == "b" for one in _tokens(text, mend=False))


def _said(name: str, some: list[_Token], today: date, past: bool | None) -> Said:
    days, wrong = _days(name, some, today, past)
    words = {token.text for token in some}
    weak = name in ("ordinal", "unread") or (len(some) == 1 and bool(words & _WEAK))
    # "5/6 bags" is no day.
    weak = weak or (name == "numbers" and len(some) == 1 and some[0].numbers[2] is None)
    return Said(some[0].start, some[-1].end, days, wrong, weak)


def _days(
    name: str, some: list[_Token], today: date, past: bool | None
) -> tuple[tuple[date, ...], str]:
    has = {token.kind: token for token in some}
    weekday = has["d"].value if "d" in has else None
    monday = today - timedelta(today.weekday())
    if name in ("full", "month_first", "numbers"):
        return _dated(name, some, today, past)
    if name == "feast":
        month, day = divmod(has["p"].value, 100)
        return _yearly(day, month, None, today, past)
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


def _weekday(
    has: dict[str, _Token], today: date, past: bool | None
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
    name: str, some: list[_Token], today: date, past: bool | None
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
        if year is not None and some[-1].kind == "n" and (year < 10 or at and past is None):
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


def read_date(detail: Detail, text: str, at: datetime, language: str) -> str | Wrong:
    """Read the day that a message names, as "2026-04-30"."""
    words = plain(text)
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
    if len(days) > 1 or len(said) > 1 and any(one.wrong for one in said):
        return Wrong("two")
    one = said[0]
    if one.wrong == "date_mismatch" and one.days:
        return Wrong("date_mismatch", (("choices", show_date(one.days[0], language)),))
    if one.wrong:
        return Wrong(one.wrong)
    return _within(detail, one.days, today, language)


def find_date(detail: Detail, text: str, at: datetime) -> str | None:
    """Find the one day that a message names beyond doubt, if the detail can have it."""
    words = plain(text)
    today = london(at)
    past = _past(detail, words)
    if hedged(words) or (past is not True and detail.latest is not None and _WAS.search(words)):
        return None
    said = dates_in(words, today, past, mend=False)
    said = [one for one in said if not (one.weak and not _on(words[: one.start]))]
    said = [one for one in said if one.wrong != "date" or not one.weak]
    if len(said) != 1 or said[0].wrong or denied(words[: said[0].start]):
        return None
    one = said[0]
    if re.search(r"\b(?:since|before|after|by|until|till|from|except|or|and|ers|cyn|tan)\W+(?:the )?$",
                 words[: one.start], re.I) or re.match(r"\W*(?:or|and|neu|to|-|floor)\b", words[one.end :]):
        return None
    day = _within(detail, one.days, today, "en")
    return None if isinstance(day, Wrong) else day


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


def _within(
    detail: Detail, days: tuple[date, ...], today: date, language: str
) -> str | Wrong:
    """Hold the days that were said against the detail's limits."""
    first = _day_from(today, detail.earliest)
    last = _day_from(today, detail.latest)
    in_time = [d for d in days if (not first or d >= first) and (not last or d <= last)]
    # Said on a Wednesday, "Wednesday" is next week's where today's cannot be meant.
    if len(days) > 1 and today in days and today not in in_time and len(in_time) == 1:
        days = tuple(in_time)
    if len(days) > 1 and in_time:
        return Wrong("date_which", (("choices", listed((show_date(d, language) for d in sorted(days)), language)),))
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

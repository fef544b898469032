"""Read dates as people in the UK say them, in English and Welsh.

dateparser reads 73 % of the dates of evals/details.jsonl and takes nine wrongly in silence ("monday
21 april" when that is a Tuesday, "after the 20th"): it guesses where it should ask.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from chatbot.automation import Detail
from chatbot.day_words import year_in_figures
from chatbot.days import Said, Today, dates_in, limits_in
from chatbot.doubt import Wrong, denied, doubt, hedged, listed, plain, taken_back
from chatbot.figures import MONTHS
from chatbot.hours import in_london, is_bank_holiday

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


# Of a service that works on those, which its bank holidays are not.
_WORKING_WEEK = frozenset(range(5))

# Reading


_WAS = re.compile(
    r"\b(?:was|were|wasn'?t|weren'?t|did|didn'?t|missed|happened|had|hasn'?t|haven'?t|should(?:'ve"
    r"| have| of)|supposed to|oedd|gasglwyd|chasglwyd)\b",
    re.I,
)
_TO_COME = re.compile(
    r"\b(?:(?:can|could|will|would|may) (?:you|u|i|we|someone|somebody|it|they)|please"
    r"|i'?d like|(?:want|need|like|hoping|looking) (?:to|it|them|this|that|you|someone|a|an|my)"
    r"|book|arrange|i'?ll|going to|allwch chi|hoffwn|os gwelwch yn dda)\b",
    re.I,
)
_GONE = re.compile(
    r"\b(?:not (?:been )?(?:collected|emptied|picked|taken|done)|since|yesterday|ago|ddoe"
    r"|last (?:mon|tue|wed|thu|fri|sat|sun|night|week)\w*|never (?:came|turned|collected|emptied)"
    r"|been|came|dumped by|left by)\b",
    re.I,
)
_BOUNDED = re.compile(
    r"\b(?:before|after|by|until|till|except|or|and|ers|cyn|tan)\W+(?:the )?$", re.I
)
_GOES_ON = re.compile(
    r"\W*(?:or|neu|to|until|till|onwards?|floor)\b|\W*-|\W*and\b(?! (?:i|it|its|it's|we|they|my|our"
    r"|nobody|no one|noone|still|now|nothing|there|the (?:bin|lid|mess|smell)\w*)\b)",
    re.I,
)
# A year that could not be read: "3 June, 'seventy-two".
_YEAR_LEFT = re.compile(
    r"\W*(?:(?:in|of) )?(?:'?\d{2,4}'?s\b|\d{4}\b|(?:nineteen|eighteen|two thousand|twenty|thirty"
    r"|forty|fifty|sixty|seventy|eighty|ninety)\b)",
    re.I,
)
_CORRECTION = (
    r"no|nope|sorry|actually|scratch that|(?:i )?tell a lie|i (?:mean|meant|should say)"
    r"|make (?:it|that)|or rather|correction|nage|sori"
)
# "The first Monday in May, I mean second".
_PUTS_RIGHT = re.compile(
    r"\b(?:scratch that|tell a lie|i (?:mean|meant|should say)|make (?:it|that)|or rather"
    r"|correction|no sorry|no wait)\b",
    re.I,
)
_CORRECTED = re.compile(
    rf"\W*(?:(?:{_CORRECTION}|wait|hang on|hold on|oh|oops|it'?s|it (?:was|is)|was|that'?s|the|on"
    r"|ha(?:ha)?|morning|afternoon|evening|night|duh|silly me|my mistake|of course"
    r"|u+m+|e+r+m*)\b\W*)+",
    re.I,
)


_ASKS_FOR_START = re.compile(r"\b(?:since|from|ers)\b", re.I)
_START = re.compile(
    r"\b(?:since|from|starting|as of|ers) (?=(?:on |the )*(?:\d|(?:last |next |this )?\w+day\b"
    r"|today|tomorrow))(?!.*\b(?:until|till|to|tan)\b)",
    re.I,
)


def read_date(detail: Detail, text: str, at: datetime, language: str, nation: str) -> str | Wrong:
    """Read the day that a message names, as "2026-04-30"."""
    words = _without_start(detail, year_in_figures(plain(text)))
    if found := re.fullmatch(r"\W*(\d{1,2})\W*", words):
        words = f"the {found[1]}"
    today = Today(in_london(at), _past(detail, words), nation)
    said = _open(words, dates_in(words, today))
    if unclear := _unclear(words, said):
        return unclear
    one = said[0]
    if one.wrong == "date_mismatch" and one.days:
        return Wrong("date_mismatch", (("choices", show_date(one.days[0], language)),))
    if one.wrong:
        return Wrong(one.wrong)
    if needs_year(detail) and not one.year:
        return Wrong("date_year")
    return _within(detail, one.days, today, language)


def _unclear(words: str, said: list[Said]) -> Wrong | None:
    """Say why a message does not name one day."""
    unclear = doubt(words)
    vague = any(one.wrong == "date_vague" for one in said)
    if not said:
        return unclear or Wrong("date")
    if unclear and not (vague and unclear.key == "unsure"):
        return unclear
    if vague or _bounds(words, said):
        several = sum(not one.wrong for one in said) > 1 and re.search(r"\b(?:or|neu)\b", words)
        return Wrong("two" if several else "date_vague")
    if _PUTS_RIGHT.search(words[said[-1].end :]) or any(
        _YEAR_LEFT.match(words[one.end :]) for one in said
    ):
        return Wrong("date")
    one_day = len({one.days for one in said}) == 1
    return None if one_day and (len(said) == 1 or not said[0].wrong) else Wrong("two")


def needs_year(detail: Detail) -> bool:
    """Tell whether a date lies so far back, as a birth does, that its year must be said."""
    if detail.earliest is None:
        return detail.latest is not None and detail.latest <= 0
    return detail.earliest < -3_700


_OF_SOMETHING_ELSE = re.compile(
    r"\b(?:mov(?:e|ed|ing) (?:in|out)|moved|lease|tenancy|party|wedding|funeral|born|birthday"
    r"|holiday|(?:am|are|be|is|m|re|go|going) away|ends?|starts?|expires?|appointment"
    r"|deadline|bill|paid|payment|letter|dated|(?:collection|bin) days?)\b",
    re.I,
)


def find_date(detail: Detail, text: str, at: datetime, nation: str) -> str | None:
    """Find the one day that a message names beyond doubt, if the detail can have it."""
    words = _without_start(detail, year_in_figures(plain(text)))
    today = Today(in_london(at), _past(detail, words), nation)
    if hedged(words) or _of_something_else(detail, words) or _of_another_time(detail, words):
        return None
    said = _corrected(words, dates_in(words, today, mend=False))
    said = [one for one in said if not (one.weak and not _on(words[: one.start]))]
    said = [one for one in said if one.wrong != "date" or not one.weak]
    if len(said) != 1 or said[0].wrong or denied(words[: said[0].start]):
        return None
    one = said[0]
    if _BOUNDED.search(words[: one.start]) or _GOES_ON.match(words[one.end :]):
        return None
    if (needs_year(detail) and not one.year) or _YEAR_LEFT.match(words[one.end :]):
        return None
    day = _within(detail, one.days, today, "en")
    return None if isinstance(day, Wrong) else day


def _of_something_else(detail: Detail, words: str) -> bool:
    """Tell whether a message speaks of a day that is not the detail's, as of a birth.

    It is the detail's where a word of its own question stands before it: "born on 12/11/2026".
    """
    about = " ".join((*detail.questions.values(), *detail.labels.values())).casefold()
    others = {one.casefold() for one in _OF_SOMETHING_ELSE.findall(words)}
    own = (one for one in others if re.search(rf"\b{one}\b", about))
    its_own = any(re.search(rf"\b{one}\W+(?:on |the )*\d", words, re.I) for one in own)
    return bool(others) and not its_own


def _of_another_time(detail: Detail, words: str) -> bool:
    """Tell whether a message speaks of what was where a day ahead is needed, or the other way."""
    was = bool(_WAS.search(words))
    if needs_year(detail):
        return False
    if _past(detail, "") is True:
        return not was and bool(_TO_COME.search(words)) and not _GONE.search(words)
    # "Out since Monday" says what was, too.
    return detail.latest is not None and (was or bool(re.search(r"\bsince\b", words, re.I)))


def _without_start(detail: Detail, words: str) -> str:
    """Leave out the "since" or "from" with which the question itself asks for its day."""
    if not any(_ASKS_FOR_START.search(one) for one in detail.questions.values()):
        return words
    return _START.sub("", words)


def show_date(day: date, language: str) -> str:
    """Say a day in full."""
    known = language if language in WEEKDAYS else "en"
    return (
        f"{WEEKDAYS[known][day.weekday()]} {day.day} {MONTH_NAMES[known][day.month - 1]} {day.year}"
    )


def _open(words: str, said: list[Said]) -> list[Said]:
    """Leave out what is taken back, if something is left: "not the 20th, the 21st"."""
    first = said[0] if said else None
    said = _corrected(words, said)
    kept = [
        one for one in said if not taken_back(words[: one.start], after_another=one is not first)
    ]
    off = {one.days for one in said if one not in kept}
    if said and (not kept or any(one.days in off for one in kept)):
        return [Said(0, 0, (), "date")]
    return kept


def _corrected(words: str, said: list[Said]) -> list[Said]:
    """Leave out what is put right at once: "Monday. No, I tell a lie, Sunday"."""
    for at in range(len(said) - 1, 0, -1):
        between = words[said[at - 1].end : said[at].start]
        corrects = re.search(rf"\b(?:{_CORRECTION})\b", between, re.I)
        if corrects and _CORRECTED.fullmatch(between):
            return said[at:]
    return said


def _bounds(words: str, said: list[Said]) -> bool:
    """Tell whether a message bounds its day; a last clause without a day in it does not."""
    *_, last = said
    rest = re.sub(
        r"^\W*[,;.(]\W*(?:after|before|since|until|till)\b.*", "", words[last.end :], flags=re.I
    )
    return limits_in(words[: last.end] + rest)


def _on(before: str) -> bool:
    return bool(
        re.search(
            r"\b(?:on|for|due|this|last|since|from|ar|ddydd)\W+(?:the )?$", before[-40:], re.I
        )
    )


def _past(detail: Detail, words: str) -> bool | None:
    if detail.latest is not None and detail.latest <= 0:
        return True
    if detail.earliest is not None and detail.earliest >= 0:
        return False
    return True if _WAS.search(words) else None


def _within(detail: Detail, days: tuple[date, ...], now: Today, language: str) -> str | Wrong:
    """Hold the days that were said against the detail's limits."""
    today = now.day
    first = _day_from(today, detail.earliest)
    last = _day_from(today, detail.latest)
    in_time = [d for d in days if (not first or d >= first) and (not last or d <= last)]
    # "Next Friday" is the one of next week where this week's cannot be meant.
    if len(in_time) == 1:
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
    if detail.weekdays == _WORKING_WEEK and is_bank_holiday(day, now.nation):
        return Wrong("date_closed", (("choices", show_date(day, language)),))
    return day.isoformat()


def _day_from(today: date, days: int | None) -> date | None:
    return None if days is None else today + timedelta(days)

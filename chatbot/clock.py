"""Read a time of day as people say it, in English and Welsh, and never guess "am" or "pm"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chatbot.doubt import Wrong, denied, doubt, hedged, listed, plain, taken_back

_HOURS = "one two three four five six seven eight nine ten eleven twelve".split()
_WELSH_HOURS = "un|dau|tri|pedwar|pump|chwech|saith|wyth|naw|deg|un ar ddeg|deuddeg".split("|")
_NAMED = {
    **{word: at for at, word in enumerate(_HOURS, 1)},
    **{word: at for at, word in enumerate(_WELSH_HOURS, 1)},
    **{"bedwar": 4, "bump": 5, "ddau": 2, "dri": 3, "ddeg": 10, "ddeuddeg": 12},
}
_NAMES = "|".join(sorted(_NAMED, key=len, reverse=True))
_HOUR = rf"(?P<hour>\d{{1,2}}|{_NAMES})"
_HALF = (
    r"(?P<half> ?(?:a\.?m|p\.?m)\b\.?| ?(?:in the |this |yn y |y |yr )?(?:morning|bore|afternoon"
    r"|b?prynhawn|pnawn|evening|hwyr|noswaith)\b| ?(?:at night|tonight|last night|y nos|heno)\b)?"
)
_PARTS = (
    r"(?P<part>half(?: past)?|(?:a )?quarter (?P<q>past|to)|(?P<minutes>five|ten|twenty(?: five)?"
    r"|\d{1,2}) (?:minutes? |mins? )?(?P<m>past|to)|hanner awr wedi|chwarter (?P<c>wedi|i))"
)
_TIMES = re.compile(
    r"\b(?P<noon>(?:(?:12|twelve) )?(?:noon|midday)|canol dydd|hanner dydd)\b"
    r"|\b(?P<midnight>(?:(?:12|twelve) )?midnight|canol nos|hanner nos)\b"
    rf"|\b{_PARTS} {_HOUR.replace('hour', 'hour1')}(?!\d)(?! ?(?:past|to)\b)"
    rf"(?: o'? ?clock)?{_HALF.replace('half>', 'half1>')}"
    r"|(?<![\d.:/£])(?P<hour2>\d{1,2})(?P<mark>[.:h]| (?=\d\d ?[ap]\.?m\b))(?P<past2>\d\d)"
    r"(?![\d:/])(?: ?hrs?\b)?"
    rf"{_HALF.replace('half>', 'half2>')}"
    r"|(?<![\d.:/£])(?P<run>\d{3,4})(?: ?(?P<hrs>h(?:ou)?rs?)\b|(?= ?[ap]\.?m\b)|(?!\d|\w))"
    rf"{_HALF.replace('half>', 'half3>')}"
    rf"|(?<![\d.:/£])\b{_HOUR.replace('hour', 'hour4')}(?!\d|[.:/]\d)"
    r"(?! (?:fifteen|twenty|thirty|forty|fifty|ten|five|min|hour|day|week))"
    r"(?: o'? ?clock| o'r gloch)?"
    rf"{_HALF.replace('half>', 'half4>')}(?!\w)",
    re.I,
)
_LIMIT = re.compile(
    r"\b(?:before|after|until|till?|between|from|by|onwards|earlier|later|any ?time|cyn|ar ôl|rhwng"
    r"|erbyn)\b|\d ?-|-ish",
    re.I,
)
_PARTS_OF_DAY = re.compile(
    r"\b(?:morning|afternoon|evening|night|tonight|lunch ?time|any ?time|whenever|asap|dawn|dusk"
    r"|early|late|bore|prynhawn|hwyr|nos)\b",
    re.I,
)
_OF_SOMETHING_ELSE = re.compile(
    r"\b(?:work|home|finish\w*|start\w*|open\w*|clos(?:e|es|ed|ing)|shuts?)\b", re.I
)
_SMALL = {"five": 5, "ten": 10, "twenty": 20, "twenty five": 25}


@dataclass(frozen=True, slots=True)
class _Time:
    """minutes: from midnight, one or both halves of the day; none where there is no such time."""

    start: int
    end: int
    minutes: tuple[int, ...]
    bare: bool = False


def read_time(text: str, language: str) -> str | Wrong:
    """Read the time that a message names, as "14:30"."""
    words = plain(text)
    said = _times(words)
    times = [one for one in said if _stands(words, one, said)]
    if unclear := _unclear(words, said, times):
        return unclear
    minutes = times[0].minutes
    if len(minutes) > 1:
        choices = listed((show_time(_clock(one)) for one in minutes), language)
        return Wrong("time_half_of_day", (("choices", choices),))
    return _clock(minutes[0])


def _stands(words: str, one: _Time, said: list[_Time]) -> bool:
    return not taken_back(words[: one.start], after_another=one is not said[0])


def _unclear(words: str, said: list[_Time], times: list[_Time]) -> Wrong | None:
    """Say why a message names no one time. times: what was said and not taken back."""
    vague = not times and _PARTS_OF_DAY.search(words)
    if not vague and (unclear := doubt(words)):
        return unclear
    if len({one.minutes for one in times}) > 1:
        return Wrong("two")
    if vague or (times and _LIMIT.search(words)):
        return Wrong("time_vague")
    rest = re.search(r"\d", "".join(_rest(words, said)))
    return Wrong("time") if not times or rest or not times[0].minutes else None


def find_time(text: str) -> str | None:
    """Find the one time in a text that says which half of the day it means."""
    words = plain(text)
    if hedged(words) or _LIMIT.search(words) or _OF_SOMETHING_ELSE.search(words):
        return None
    times = [one for one in _times(words) if not one.bare]
    sure = {one.minutes for one in times}
    if len(sure) != 1 or denied(words[: times[0].start]):
        return None
    minutes = sure.pop()
    return _clock(minutes[0]) if len(minutes) == 1 else None


def show_time(clock: str, language: str = "en") -> str:
    """Say a time as GOV.UK does: "2.30pm", "midday"."""
    hour, minute = (int(part) for part in clock.split(":"))
    if minute == 0 and hour in (0, 12):
        if language == "cy":
            return "hanner dydd" if hour else "hanner nos"
        return "midday" if hour else "midnight"
    half = "am" if hour < 12 else "pm"
    return f"{(hour - 1) % 12 + 1}{f'.{minute:02}' if minute else ''}{half}"


def _times(words: str) -> list[_Time]:
    return [_time(found) for found in _TIMES.finditer(words)]


def _time(found: re.Match[str]) -> _Time:
    start, end = found.span()
    if found["noon"] or found["midnight"]:
        return _Time(start, end, (12 * 60 if found["noon"] else 0,))
    half = (found["half1"] or found["half2"] or found["half3"] or found["half4"] or "").strip(" .")
    if found["hour1"]:
        return _Time(start, end, _past_an_hour(found, half.casefold()))
    bare = not half and not found["hour2"]
    return _Time(start, end, _on_the_clock(found, half.casefold()), bare)


def _past_an_hour(found: re.Match[str], half: str) -> tuple[int, ...]:
    """Give the minutes of "half past two", "ten to six"."""
    # "5 to 6pm" is as often from five until six.
    if found["minutes"] and found["m"] == "to" and found["minutes"] in ("5", "10", "11", "12"):
        return ()
    return _halves(_number(found["hour1"]), _past(found), half)


def _on_the_clock(found: re.Match[str], half: str) -> tuple[int, ...]:
    """Give the minutes of "14:30", "1430", "2pm", "two"."""
    if found["hour2"]:
        hour, past = int(found["hour2"]), int(found["past2"])
        exact = found["hour2"].startswith("0") or hour == 0 or hour > 12
    elif found["run"]:
        hour, past = int(found["run"][:-2]), int(found["run"][-2:])
        exact = len(found["run"]) == 4
    else:
        hour, past, exact = _number(found["hour4"]), 0, False
    whole = (hour * 60 + past,)
    if hour > 24 or past > 59 or (half and hour > 12) or (not exact and not 1 <= hour <= 12):
        odd = half and 12 < hour < 24 and past < 60 and half[0] == "p" and exact
        return whole if odd else ()
    if exact and not half:
        return whole if hour < 24 else ()
    return _halves(hour, past, half)


def _past(found: re.Match[str]) -> int:
    part = found["part"].casefold()
    if part.startswith(("half", "hanner")):
        return 30
    if found["q"] or found["c"]:
        to = (found["q"] or found["c"]).casefold() in ("to", "i")
        return -15 if to else 15
    minutes = _SMALL.get(found["minutes"].casefold()) or int(found["minutes"])
    return -minutes if found["m"].casefold() == "to" else minutes


def _halves(hour: int, past: int, half: str) -> tuple[int, ...]:
    """Give minutes from midnight in the halves of the day that the words leave."""
    if not 1 <= hour <= 12 or abs(past) > 59:
        return ()
    early = (hour % 12 * 60 + past) % (12 * 60)
    late = early + 12 * 60
    at_night = (late,) if late >= 17 * 60 else (early,) if early < 5 * 60 else (early, late)
    for words, minutes in (
        (r"^a\.?m", (early,)),
        (r"^p\.?m", (late,)),
        (r"morning|bore", (early,) if early >= 60 else (early, late)),
        (r"afternoon|prynhawn|pnawn", (late,) if late < 19 * 60 else ()),
        (r"evening|hwyr|noswaith", (late,) if late >= 15 * 60 else ()),
        (r".", at_night),
    ):
        if re.search(words, half):
            return minutes
    return (early, late)


def _number(word: str) -> int:
    return _NAMED.get(word.casefold()) or (int(word) if word.isdigit() else 0)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _rest(words: str, times: list[_Time]) -> list[str]:
    ends = [0, *(one.end for one in times)]
    starts = [*(one.start for one in times), len(words)]
    return [words[end:start] for end, start in zip(ends, starts, strict=True)]

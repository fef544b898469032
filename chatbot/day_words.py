"""Words and numbers of which dates are made, in English and Welsh, as tokens of a few kinds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz.distance import OSA

_WEEKDAY_WORDS = (
    *(
        "monday mon",
        "tuesday tues tue",
        "wednesday weds wed wensday wednsday",
        "thursday thurs thur",
    ),
    *("friday fri", "saturday sat", "sunday sun"),
)
_WELSH_WEEKDAYS = ("llun", "mawrth", "mercher", "iau", "gwener wener", "sadwrn", "sul")
_MONTH_WORDS = (
    *("january jan ionawr", "february febuary feb chwefror", "march mar mawrth fawrth"),
    *(
        "april apr ebrill",
        "may mai fai",
        "june jun mehefin fehefin",
        "july jul gorffennaf orffennaf",
    ),
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
    "fory": 1, "tomoro": 1, "tomora": 1, "tomorra": 1,
    "2mrw": 1, "drennydd": 2, "trennydd": 2, "yesterday": -1, "yesturday": -1, "ddoe": -1,
    "doe": -1, "neithiwr": -1, "echdoe": -2,
}  # fmt: skip
_PHRASES = {
    "last night": ("r", -1), "night before last": ("r", -2), "this morning": ("r", 0),
    "this afternoon": ("r", 0), "this evening": ("r", 0), "just gone": ("l", 0),
    "from now": ("w", 0), "from today": ("w", 0), "o heddiw": ("w", 0), "yn ôl": ("g", 0),
    "yn ol": ("g", 0), "this coming": ("x", 0), "this past": ("l", 0), "a couple of": ("v", 0),
    "second to last": ("v", 0), "second last": ("v", 0), "third to last": ("v", 0),
    "next to last": ("v", 0), "last but one": ("v", 0), "penultimate": ("v", 0),
    "of this month": ("N", 0), "of next month": ("N", 1), "of last month": ("N", -1),
    "next month": ("N", 1), "last month": ("N", -1), "this month": ("N", 0),
}  # fmt: skip
_FEASTS = {
    1224: "christmas eve|xmas eve|noswyl nadolig|noswyl y nadolig",
    1225: "christmas day|xmas day|dydd nadolig|ddydd nadolig",
    1226: "boxing day|gŵyl san steffan|dydd gŵyl san steffan",
    1231: "new year's eve|new year eve|nos galan",
    101: "new year's day|new year day|dydd calan",
    214: "valentine's day", 301: "st david's day|dydd gŵyl dewi", 317: "st patrick's day",
    423: "st george's day", 1031: "halloween", 1105: "bonfire night|guy fawkes night",
    1130: "st andrew's day",
}  # fmt: skip
"""By month and day."""

_MOVABLE = {
    0: "good friday|gwener y groglith|dydd gwener y groglith",
    2: "easter sunday|easter day|sul y pasg|dydd sul y pasg",
    3: "easter monday|llun y pasg|dydd llun y pasg",
}
"""By days from Good Friday."""

BANK_HOLIDAYS = ("May Day", "Spring Bank Holiday", "Summer Bank Holiday")
"""How the names of what the kind "B" stands for end, by value; one more is either of May's."""

_BANK_HOLIDAY_WORDS = (
    "may day bank holiday|early may bank holiday|first may bank holiday",
    "spring bank holiday|late may bank holiday|second may bank holiday|whitsun bank holiday"
    "|end of may bank holiday",
    "summer bank holiday|august bank holiday",
    "may bank holiday",
)
# Named by a weekday or a month, and not to be counted here.
_NAMED_BY_WEEKDAYS = (
    "ash wednesday|palm sunday|whit monday|whit sunday|shrove tuesday|pancake tuesday|black friday"
    "|mothering sunday|cyber monday|maundy thursday|remembrance sunday|bank holiday|gŵyl y banc"
    "|may day|advent sunday|holy saturday|stir up sunday|mad friday|easter saturday"
)
_KINDS = {
    "x": "next nesaf coming following", "l": "last diwethaf past", "t": "this yma hwn hon",
    "k": "week wythnos weeks", "f": "fortnight fortnights pythefnos bythefnos",
    "u": "day days diwrnod ddiwrnod", "i": "in ymhen mewn", "g": "ago back", "w": "time",
    "a": "on i ar", "h": "the y yr", "z": "of o",
    "v": """month months year years weekend weekends summer autumn winter spring easter end start
    middle mid early late soon soonest asap whenever when-ever anytime sometime any few
    several recently ages flexible weekday weekdays christmas xmas mis penwythnos diwedd dechrau
    canol anything anyday rywbryd unrhyw couple half earliest every each usually always bob
    wythnosau mondays     tuesdays wednesdays thursdays fridays saturdays sundays""",
    "b": """before after within by until till from since between except excluding cyn erbyn tan ers
    rhwng heblaw earlier later latest or neu onwards commencing beginning other""",
}  # fmt: skip
WEAK = frozenset("mon wed sat sun may mar march mai fai sul sep dec jan second medi".split())
"""Words that are as often something else: "it sat there", "it may be"."""


def _lexicon() -> dict[str, tuple[str, int]]:
    known = {word: (kind, 0) for kind, words in _KINDS.items() for word in words.split()}
    known |= dict.fromkeys(("a", "an"), ("c", 1))
    known |= {word: ("c", at) for at, word in enumerate(_COUNTS, 1)}
    known |= {w: ("c", at) for at, ws in enumerate(_WELSH_COUNTS.split("|"), 1) for w in ws.split()}
    known |= {word: ("e", at) for at, word in enumerate(_ORDINALS, 1)}
    known |= {word: ("r", days) for word, days in _NEAR.items()}
    for at, words in enumerate(_WELSH_WEEKDAYS):
        known |= {f"{dydd} {w}": ("d", at) for w in words.split() for dydd in ("dydd", "ddydd")}
        known |= dict.fromkeys(words.split(), ("d", at))
    known |= {word: ("d", at) for at, ws in enumerate(_WEEKDAY_WORDS) for word in ws.split()}
    known |= {word: ("m", at) for at, ws in enumerate(_MONTH_WORDS, 1) for word in ws.split()}
    for value, feasts in _FEASTS.items():
        known |= dict.fromkeys(feasts.split("|"), ("p", value))
    for value, feasts in _MOVABLE.items():
        known |= dict.fromkeys(feasts.split("|"), ("P", value))
    for value, words in enumerate(_BANK_HOLIDAY_WORDS):
        for word in words.split("|"):
            known |= dict.fromkeys((word, f"{word} monday"), ("B", value))
    known |= dict.fromkeys(_NAMED_BY_WEEKDAYS.split("|"), ("v", 0))
    for word, days in _NEAR.items():
        if days == 1:
            known[f"day after {word}"] = ("r", 2)
        if days == -1:
            known[f"day before {word}"] = ("r", -2)
    return {word.replace("'", ""): what for word, what in (known | _PHRASES).items()}


_LEXICON = _lexicon()
_LONG = tuple(w for w, (kind, _) in _LEXICON.items() if kind in "dmr" and len(w) >= 6)
_TWENTY_FIRST = re.compile(
    r"\b(twenty|thirty) (?=(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)\b)", re.I
)
_OF_SEVERAL_WORDS = sorted((word for word in _LEXICON if " " in word), key=len, reverse=True)
_SEVERAL_WORDS = "|".join(re.sub(r"(?=s (?:day|eve)$)", "'?", word) for word in _OF_SEVERAL_WORDS)
_UNITS = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_WORTH = {
    **{word: at for at, word in enumerate(f"{_UNITS}|{_TEENS}".split("|"), 1)},
    **{word: 10 * at for at, word in enumerate(_TENS.split("|"), 2)},
}
_MONTH = "|".join(word for words in _MONTH_WORDS for word in words.split())
_IN_ORDER = "|".join(word.replace("-", "[ -]") for word in reversed(_ORDINALS))
_YEAR_IN_WORDS = re.compile(
    rf"\b(?P<month>(?:{_MONTH})(?:,? (?:the )?(?:\d{{1,2}}(?:st|nd|rd|th)?|{_IN_ORDER}))?)"
    rf"(?P<between>,? (?:in )?)(?:(?P<century>nineteen|twenty)"
    rf"(?:[ -]hundred)?(?:[ -]and)?[ -](?:(?P<tens>{_TENS})(?:[ -](?P<unit>{_UNITS}))?"
    rf"|(?P<teen>{_TEENS})|(?:oh|o|zero)[ -](?P<small>{_UNITS}))"
    rf"|two thousand(?:(?: and)? (?:(?P<tens2>{_TENS})(?:[ -](?P<unit2>{_UNITS}))?"
    rf"|(?P<few>{_TEENS}|{_UNITS})))?)(?![\w-])",
    re.I,
)
_TIME = (
    r"(?:\b(?:at|am|by|after|before|from|around) |@ ?)?\b\d{1,2}(?:[.:]\d\d)? ?[ap]\.?m\b\.?"
    r"|(?:\bat |@ ?)\d{1,2}(?:[.:]\d\d)?\b(?![/-])|(?<![\d.:])\d{1,2}:\d\d\b"
)
_TOKEN = re.compile(
    rf"(?P<time>{_TIME})"
    r"|(?<![\d/.£-])(?P<iso>\d{4}([-/.])\d{1,2}\3\d{1,2})(?![\d/]|[.-]\d)"
    r"|(?<![\d/.£-])(?P<numbers>\d{1,2}(?: ?/ ?|-|\.)\d{1,2}(?:(?: ?/ ?|-|\.)(?:\d{4}|\d\d))?)"
    r"(?![\d/£]|[.-]\d)"
    r"|(?<![\d/.£-])(?P<run>\d{1,2} \d{1,2} (?:\d{4}|\d\d)|\d\d\d\d(?:19|20)\d\d)(?![\d/]|[.-]\d)"
    r"|(?<!\w)(?P<ordinal>\d{1,2} ?(?:st|nd|rd|th|af|ail|il|ydd|edd|ed|fed|eg|ain))(?!\w)"
    r"|(?<![\w£.])(?P<year>\d{4})(?!\w|\.\d)|(?<![\w£.])'?(?P<number>\d{1,2})(?!\w|\.\d|%)"
    rf"|(?P<phrase>(?<!\w)(?:{_SEVERAL_WORDS})(?!\w))"
    r"|(?P<word>[^\W\d_]+(?:['-][^\W\d_]+)*|\d\w+)|(?P<other>\d[\d,.]*)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Token:
    """kind: a letter, as _KINDS has them; besides, "d" a weekday, "m" a month, "n" a number, "o" an
    ordinal, "e" one in a word, "y" a year, "s" a date in numbers, "r" a day near today, "c" a
    count, "p" a feast, "P" one that moves with Easter, "B" a bank holiday, "N" a month near this
    one, "j" a number that is none of these, "q" any other word.

    value: what it stands for. numbers: of "s", day, month and year.
    """

    kind: str
    value: int
    text: str
    start: int
    end: int
    numbers: tuple[int, int, int | None] = (0, 0, None)


def year_in_figures(text: str) -> str:
    """Write a year that follows a month in figures: "July, nineteen forty-nine"."""
    return _YEAR_IN_WORDS.sub(_figures, text)


def _figures(found: re.Match[str]) -> str:
    century = {"nineteen": 1900}.get((found["century"] or "").casefold(), 2000)
    names = ("tens", "unit", "teen", "small", "tens2", "unit2", "few")
    year = century + sum(_WORTH[found[name].casefold()] for name in names if found[name])
    return f"{found['month']}{found['between']}{year}"


def tokens_in(text: str, *, mend: bool) -> Iterator[Token]:
    """Cut a text into tokens; times of day are left out. mend: put right one wrong letter."""
    text = _TWENTY_FIRST.sub(r"\1-", text)
    for found in _TOKEN.finditer(text):
        group, word = found.lastgroup or "", found[0].casefold()
        kind, value = "q", 0
        numbers: tuple[int, int, int | None] = (0, 0, None)
        if group == "time":
            continue
        if group == "iso":
            first, month, day = map(int, re.findall(r"\d+", word))
            kind, numbers = "s", (day, month, first)
        elif group in ("numbers", "run"):
            parts = re.findall(r"\d+", word)
            parts = parts if len(parts) > 1 else [word[:2], word[2:4], word[4:]]
            year = int(parts[2]) if len(parts) > 2 else None
            kind, numbers = "s", (int(parts[0]), int(parts[1]), year)
        elif group in ("ordinal", "year", "number"):
            kind, value = group[0], int(re.findall(r"\d+", word)[0])
        elif group == "other":
            kind = "j"
        elif (known := word.replace("'", "")) in _LEXICON and word != "we'd":
            kind, value = _LEXICON[known]
        elif mend and len(word) >= 6 and (near := _near(word)):
            kind, value = _LEXICON[near]
        yield Token(kind, value, word, found.start(), found.end(), numbers)


def _near(word: str) -> str:
    """Find the one day or month that a word misspells."""
    near = [w for w in _LONG if OSA.distance(word, w, score_cutoff=1) <= 1]
    return near[0] if len({_LEXICON[w] for w in near}) == 1 else ""

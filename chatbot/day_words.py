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
    "fory": 1, "drennydd": 2, "trennydd": 2, "yesterday": -1, "yesturday": -1, "ddoe": -1,
    "doe": -1, "neithiwr": -1, "echdoe": -2,
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
    return known | _PHRASES


_LEXICON = _lexicon()
_LONG = tuple(w for w, (kind, _) in _LEXICON.items() if kind in "dmr" and len(w) >= 6)
_TWENTY_FIRST = re.compile(
    r"\b(twenty|thirty) (?=(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)\b)", re.I
)
_OF_SEVERAL_WORDS = sorted((word for word in _LEXICON if " " in word), key=len, reverse=True)
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
    rf"|(?P<phrase>(?<!\w)(?:{'|'.join(map(re.escape, _OF_SEVERAL_WORDS))})(?!\w))"
    r"|(?P<word>[^\W\d_]+(?:['-][^\W\d_]+)*|\d\w+)|(?P<other>\d[\d,.]*)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Token:
    """kind: a letter, as _KINDS has them; besides, "d" a weekday, "m" a month, "n" a number, "o" an
    ordinal, "e" one in a word, "y" a year, "s" a date in numbers, "r" a day near today, "c" a
    count, "p" a feast, "j" a number that is none of these, "q" any other word.

    value: what it stands for. numbers: of "s", day, month and year.
    """

    kind: str
    value: int
    text: str
    start: int
    end: int
    numbers: tuple[int, int, int | None] = (0, 0, None)


def tokens_in(text: str, *, mend: bool) -> Iterator[Token]:
    """Cut a text into tokens; times of day are left out. mend: put right one wrong letter."""
    text = _TWENTY_FIRST.sub(r"\1-", text)
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
            year = int(parts[2]) if len(parts) > 2 else None
            kind, numbers = "s", (int(parts[0]), int(parts[1]), year)
        elif group in ("ordinal", "year", "number"):
            kind, value = group[0], int(re.findall(r"\d+", word)[0])
        elif group == "other":
            kind = "j"
        elif word in _LEXICON:
            kind, value = _LEXICON[word]
        elif mend and len(word) >= 6 and (near := _near(word)):
            kind, value = _LEXICON[near]
        yield Token(kind, value, word, found.start(), found.end(), numbers)


def _near(word: str) -> str:
    """Find the one day or month that a word misspells."""
    near = [w for w in _LONG if OSA.distance(word, w, score_cutoff=1) <= 1]
    return near[0] if len({_LEXICON[w] for w in near}) == 1 else ""

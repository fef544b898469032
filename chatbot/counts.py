"""Read how many are meant, where the choices are numbers of something: "4" of "3 to 5 items"."""

from __future__ import annotations

import math
import re

from chatbot.automation import Choice, in_language

_RANGE = re.compile(r"(?P<from>\d+) ?(?:or|to|and|-|–) ?(?P<to>\d+)(?: [^\W\d]+)?", re.I)
_OPEN = re.compile(
    r"(?P<from>\d+) ?(?:or more|\+|and over|or over)(?: [^\W\d]+)?"
    r"|(?P<from2>\d+) [^\W\d]+ or more|more than (?P<above>\d+)(?: [^\W\d]+)?",
    re.I,
)
_UP_TO = re.compile(
    r"up to (?P<to>\d+)(?: [^\W\d]+)?|fewer than (?P<below>\d+)(?: [^\W\d]+)?", re.I
)
_ONE = re.compile(r"(?:just |only )?(?P<one>\d+)(?: [^\W\d]+)?", re.I)
_ITEMS = re.compile(r"\b(?:items?|things?|pieces?)\b", re.I)
_WORDS = {
    **{
        word: at
        for at, word in enumerate(
            """one two three four five six seven eight nine ten eleven twelve thirteen fourteen
            fifteen sixteen seventeen eighteen nineteen twenty""".split(),
            1,
        )
    },
    **{"a": 1, "an": 1, "un": 1, "dau": 2, "dwy": 2, "tri": 3, "tair": 3, "pedwar": 4},
    **{"pedair": 4, "pump": 5, "chwech": 6, "saith": 7, "wyth": 8, "naw": 9, "deg": 10},
    **{"a couple": 2, "couple": 2, "half a dozen": 6, "half dozen": 6, "a dozen": 12, "dozen": 12},
}
_NUMBERS = "|".join(word for word in _WORDS if word not in ("a", "an", "un", "one"))
_COUNT = rf"(?:\d{{1,3}}|{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
_LEAD = (
    r"(?:(?:i(?:'ve| have)?|we(?:'ve| have)?|ive|weve|there(?:'s| is| are)|theres|it(?:'s| is)|its"
    r"|that(?:'s| is)|thats)(?: got)? )?(?:(?:just|only|all|exactly|the|in total|total of) )*"
)
# What has a number of its own counts otherwise: "a 3 piece suite", "a 2 seater sofa".
_NOT_THINGS = (
    r"seater|piece|drawer|door|foot|ft|inch|metre|year|years|ring|man|bed|bedroom|litre|kg|set|pair"
    r"|suite|few|some|lots?|bags?|load|loads|several|box|boxes|bits|stuff|things|rest|or|not|more"
    r"|less|than|under|over|least|most|other|others|couple|dozen|of|per|week|weeks|day|days|and|to"
)
_THING = rf"(?:(?!(?:{_NOT_THINGS}|{_COUNT})\b)[^\W\d_][^\W\d_'-]*)"
_SOME = (
    rf"(?P<count>{_COUNT})(?: (?:of them|items?|things|pieces|eitem|in total|altogether|all in))?"
)
_ALONE = re.compile(rf"{_LEAD}{_SOME}")
_EITHER = re.compile(
    rf"{_LEAD}(?:between )?(?P<low>{_COUNT}) ?(?:-|to|or|and) ?(?P<high>{_COUNT})"
    r"(?: (?:items?|things|pieces))?"
)
_AT_LEAST = re.compile(
    rf"{_LEAD}(?:(?:more than|over) (?P<above>{_COUNT})|at least (?P<least>{_COUNT})"
    rf"|(?P<least2>{_COUNT}) ?(?:or more|\+|plus))(?: (?:items?|things|pieces))?"
)
_AT_MOST = re.compile(
    rf"{_LEAD}(?:up to|at most|no more than|not more than) (?P<most>{_COUNT})"
    r"(?: (?:items?|things))?"
)
_LIST = re.compile(
    rf"{_LEAD}{_COUNT} (?:of )?{_THING}(?: {_THING})?"
    rf"(?:(?:,? (?:and|plus) | ?[,&+] ?){_COUNT} {_THING}(?: {_THING})?)*"
)
_EACH = re.compile(rf"(?:^{_LEAD}|(?:and|plus|[,&+]) ?)(?P<count>{_COUNT})(?= )")

Range = tuple[int, float]


def by_count(choices: tuple[Choice, ...], words: str) -> set[str] | None:
    """Give the choices whose numbers hold the number that an answer gives: several where it may be
    any of them, {} where it cannot be read; None where no number matters.

    words: in small letters. "A sofa and two chairs" is three.
    """
    ranges = {one.value: _range(one) for one in choices}
    known = {value: spell for value, spell in ranges.items() if spell is not None}
    if len(known) < 2 or _overlap(sorted(known.values())):
        return None
    things = any(_ITEMS.search(in_language(one.labels, "en")) for one in choices)
    said = _said(words, things=things)
    if said is None:
        return set() if re.search(rf"\b(?:\d+|{_NUMBERS})\b", words) else None
    least, most = said
    fits = {value for value, (low, high) in known.items() if least <= high and most >= low}
    # "2" may be a number of things, and the second of the choices.
    if words.isalnum() and words not in ("couple", "dozen") and 1 <= least <= len(choices):
        fits.add(choices[least - 1].value)
    return fits


def _range(choice: Choice) -> Range | None:
    label = in_language(choice.labels, "en").strip()
    if found := _RANGE.fullmatch(label):
        return int(found["from"]), int(found["to"])
    if found := _OPEN.fullmatch(label):
        least = found["from"] or found["from2"]
        return (int(least) if least else int(found["above"]) + 1), math.inf
    if found := _UP_TO.fullmatch(label):
        return 1, (int(found["to"]) if found["to"] else int(found["below"]) - 1)
    found = _ONE.fullmatch(label)
    return (int(found["one"]), int(found["one"])) if found else None


def _overlap(ranges: list[Range]) -> bool:
    return any(ranges[at][1] >= ranges[at + 1][0] for at in range(len(ranges) - 1))


def _said(words: str, *, things: bool) -> Range | None:
    """Give the least and the most that an answer says, None where it cannot be read.

    things: whatever is listed counts.
    """
    if found := _ALONE.fullmatch(words):
        return _number(found["count"]), _number(found["count"])
    if found := _EITHER.fullmatch(words):
        return _number(found["low"]), _number(found["high"])
    if found := _AT_LEAST.fullmatch(words):
        above = found["above"]
        least = _number(above) + 1 if above else _number(found["least"] or found["least2"])
        return least, math.inf
    if found := _AT_MOST.fullmatch(words):
        return 1, _number(found["most"])
    whole = sum(_number(one["count"]) for one in _EACH.finditer(words))
    return (whole, whole) if things and _LIST.fullmatch(words) else None


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _WORDS[word]

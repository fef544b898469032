"""Pull out of a statement what must stand in its source exactly: amounts, times, names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from chatbot.figures import MONTHS, contact_spans, figures
from chatbot.words import stem

_UNITS = (
    "minute hour day week fortnight month year mile metre meter kilometre km cm kg tonne litre"
).split()
_NUMBERS = {
    word: value
    for value, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
        fifteen sixteen seventeen eighteen nineteen twenty""".split()
    )
} | {
    word: 10 * value
    for value, word in enumerate("thirty forty fifty sixty seventy eighty ninety".split(), start=3)
}
_NUMBERS |= {"hundred": 100, "dozen": 12}
_ORDINALS = {
    word: value
    for value, word in enumerate(
        "second third fourth fifth sixth seventh eighth ninth tenth".split(), start=2
    )
} | {"first": 1}
_MONTH = "|".join(f"{month[:3]}(?:{month[3:]})?" for month in MONTHS if month != "may")
_MULTIPLES = {"thousand": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9}
_DAYS = {"week": 7.0, "fortnight": 14.0, "day": 1.0}
_MONTHS_IN = {"month": 1.0, "year": 12.0}

_TOKENS = re.compile(
    rf"""
    (?P<time>(?<![\d.,:£])(?P<hour>0?[1-9]|1[0-2])(?:[:.](?P<minute>\d\d))?
        \ ?(?P<half>[ap])\.?m\b\.?
      |(?<![\d.,:£])(?P<hour24>[01]?\d|2[0-3]):(?P<minute24>[0-5]\d)(?!\d)
      |\b(?P<noon>noon|midday|midnight)\b)
    |(?P<holiday>\b(?:good\ friday|(?:easter|whit)\ (?:sun|mon)day|boxing\ day
      |christmas\ (?:eve|day)|new\ year's\ (?:eve|day))\b)
    |(?P<date>(?:\b(?P<on>mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?
        ,?\ (?:the\ )?)?
      (?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\ of)?\ (?P<month>{_MONTH}|(?-i:May))\b
      |\b(?P<month2>{_MONTH}|(?-i:May))\ (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:.]))
    |(?P<month_name>\b(?:{_MONTH})\b|(?-i:\bMay\b)(?!\ (?:not|be|I|we|you)\b))
    |(?P<weekday>\b(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?\b
    |(?P<money>[£$€]\ ?(?P<pounds>\d(?:[\d,]*\d)?(?:\.\d+)?)
        (?:\ ?(?P<times>thousand|million|m|billion)\b)?
      |(?<![\w.])(?P<pence>\d{{1,3}})\ ?p\b
      |(?<![\w.])(?P<pounds2>\d(?:[\d,]*\d)?(?:\.\d+)?)\ pounds?\b)
    |(?P<percent>(?<![\w.])\d+(?:\.\d+)?\ ?(?:%|per\ ?cent\b))
    |(?P<ordinal>(?<![\w.])\d{{1,3}}(?:st|nd|rd|th)\b|\b(?:{"|".join(_ORDINALS)})\b)
    |(?P<age>\b\d{{1,3}})s\b
    |(?P<code>\b(?=[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-z0-9]+\b)
    |(?P<number>(?<![\w.])\d(?:[\d,]*\d)?(?:\.\d+)?
      |\b(?:{"|".join(_NUMBERS)})(?:[- ](?:one|two|three|four|five|six|seven|eight|nine)\b)?\b)
      (?:[\ -](?:(?P<kind>working|school|calendar|clear|business)\ )?
        (?P<unit>{"|".join(_UNITS)})s?\b)?
    """,
    re.I | re.X,
)
_KINDS = "time holiday date month_name weekday money percent ordinal age code number".split()
_SPACES = re.compile(r"[ \t\u00a0]+")
_NAME = re.compile(r"(?<![\w'’.])[A-ZÀ-Þ][^\W\d_]*(?:['’][^\W\d_]+)?(?![\w'’]*\d)")
# Ordinary words that open a sentence; a capital there says nothing.
_OPENERS = frozenset(
    """a about above according across additional adults after again all alternatively although
    always among an and another answers any anyone anything applicants applications apply
    appointments are around as ask at away be because before below between both bring businesses
    but buy by call can cannot carers charges check children choose citizens claim clean collect
    collections come complete contact copies cost costs customers deliveries despite details do
    does double drivers during each either email enter even every everyone everything except expect
    fees fill find first follow for forms free from full further garden get give go grants half have
    he help her here his hire homes how however i if in include instead is it its just keep last
    late leave less let letters like live local look made make many may members more most much
    must my neither never new next no nobody none not note nothing now of often on once one online
    only or other others our out outside over owners parents parking part pay payment payments
    people permits phone photo place places please post potholes price prices provided put rather
    read register remember renew report requests residents return ring same see sell send set she
    should since single so some someone something sometimes speak staff start stay still stop
    street students such take tell tenants than that the their them then there these they this
    those though through to today together try two under unless unmarried until up urgent use
    usually vehicles visit visitors volunteers wait we what whatever when where whether which while
    who whoever why will with within without work workers write yes yet you young your""".split()
)
_GOES_ON = re.compile(r"[\w,;)%]['’”*_]{0,3}\s{0,3}$")
_ORDINARY_ENDING = re.compile(r"(?:ing|ly|ed|ies|tion|tions|ment|ments|ness)$")


@dataclass(frozen=True, slots=True)
class Fact:
    """An exact fact in one form. start: where it stands in the text. bare: a count without unit."""

    value: str
    start: int
    bare: str = ""


def facts(text: str) -> list[Fact]:
    """List a statement's amounts, dates, times, counts, codes and contacts, in one form each."""
    text = _SPACES.sub(" ", text)
    spans = contact_spans(text)
    found = [
        Fact(value, start)
        for start, end, _ in spans
        for value in figures(text[start:end])
        if value.startswith(("link:", "email:", "phone:"))
    ]
    for start, end, _ in spans:
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    for match in _TOKENS.finditer(text):
        bare = f"{_number(match['number']):g}" if match["number"] else ""
        found += [Fact(value, match.start(), bare) for value in _values(match)]
    return found


def _values(match: re.Match[str]) -> list[str]:
    group = match.groupdict()
    kind = next(kind for kind in _KINDS if group[kind])
    if kind == "number":
        return _count(group)
    if kind == "date":
        return _date(group)
    return [f"{'number' if kind == 'age' else kind}:{_one(kind, group)}"]


def _one(kind: str, group: Mapping[str, str | None]) -> str:
    said = (group[kind] or "").lower()
    match kind:
        case "time":
            return _time(group)
        case "money":
            return f"{_money(group):.2f}"
        case "percent":
            return f"{float(re.sub(r'[^0-9.]', '', said)):g}"
        case "ordinal":
            return str(_ORDINALS.get(said) or int(re.sub(r"[a-z]", "", said)))
        case "month_name" | "weekday":
            return said[:3]
    return said


def _date(group: Mapping[str, str | None]) -> list[str]:
    month = (group["month"] or group["month2"] or "")[:3].lower()
    date = f"{int(group['day'] or group['day2'] or 0)}{month}"
    weekday = (group["on"] or "")[:3].lower()
    return [f"date:{date}", *([f"weekday:{weekday}", f"{weekday}:{date}"] if weekday else [])]


def _time(group: Mapping[str, str | None]) -> str:
    if group["noon"]:
        return "0:00" if group["noon"].lower() == "midnight" else "12:00"
    if group["hour24"]:
        return f"{int(group['hour24'])}:{group['minute24']}"
    hour = int(group["hour"] or 0) % 12 + (12 if (group["half"] or "").lower() == "p" else 0)
    return f"{hour}:{group['minute'] or '00'}"


def _money(group: Mapping[str, str | None]) -> float:
    if group["pence"]:
        return int(group["pence"]) / 100
    amount = float((group["pounds"] or group["pounds2"] or "0").replace(",", ""))
    return amount * _MULTIPLES.get((group["times"] or "").lower(), 1.0)


def _number(said: str) -> float:
    parts = re.split(r"[- ]", said.lower())
    if all(part in _NUMBERS for part in parts):
        return float(sum(_NUMBERS[part] for part in parts))
    return float(said.replace(",", ""))


def _count(group: Mapping[str, str | None]) -> list[str]:
    """Give a number, with what it counts where that is a measure: 2 weeks are 14 days."""
    said = (group["number"] or "").lower()
    value = _number(said)
    unit, kind = (group["unit"] or "").lower(), (group["kind"] or "").lower()
    if said == "one" and not unit:
        return []
    if unit in _DAYS and not kind:
        return [f"days:{value * _DAYS[unit]:g}"]
    if unit in _MONTHS_IN:
        return [f"months:{value * _MONTHS_IN[unit]:g}"]
    if unit in ("day", "week", "hour", "minute", "mile", "metre", "meter"):
        return [f"{kind}{unit}s:{value:g}"]
    return [f"number:{value:g}"]


def names(text: str) -> set[str]:
    """List the stems of the names in a statement: capital words that are not ordinary ones."""
    found: set[str] = set()
    for match in _NAME.finditer(text):
        word = match[0].lower().replace("’", "'")
        opens = not _GOES_ON.search(text[max(0, match.start() - 8) : match.start()])
        beside = re.match(r" [A-ZÀ-Þ]", text[match.end() : match.end() + 2])
        plain = word in _OPENERS or (_ORDINARY_ENDING.search(word) and not beside)
        if not (opens and plain) and word not in ("i", "i'm", "i'll") and len(word) > 1:
            found.add(stem(word))
    return found - _NOT_NAMES


_NOT_NAMES = {stem(month) for month in MONTHS} | {
    stem(f"{day}day{s}") for day in "mon tues wednes thurs fri satur sun".split() for s in ("", "s")
}

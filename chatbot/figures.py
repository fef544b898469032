"""Pull out of a text what must never be invented: figures, dates, numbers to call, addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LINK = re.compile(
    r"(?:https?://[^\s<>()\[\]\"'`|]+)"
    r"|(?<![\w.@-])(?:[a-z0-9-]++\.)++(?:uk|com|org|net|info|io|eu|wales|cymru|scot|london)\b"
    r"(?:/[^\s<>()\[\]\"'`|]*)?",
    re.I,
)
_SCHEME = re.compile(r"^(?:https?://)?(?:www\.)?", re.I)
_TARGET = re.compile(r"\]\(\s*<?([^\s()<>]{1,2000})")
_EMAIL = re.compile(r"(?<![\w.%+'-])[\w.%+'-]++@(?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24}", re.I)
_PHONE = re.compile(
    r"(?<![\w£#/.,])(?:\+44(?:(?:\)? ?\(?|-)\d){9,11}|\(?0\d\d(?:(?:\)? ?\(?|-)\d){5,8})(?!\w)"
)
MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_MONTH = rf"({'|'.join(month[:3] + f'(?:{month[3:]})?' for month in MONTHS if month != 'may')}|may)"
_DAY_MONTH = re.compile(rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}\b", re.I)
_MONTH_DAY = re.compile(rf"\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?(?!\d)", re.I)
_TIME = re.compile(r"(?<![\d.,:])(\d{1,2})(?:[:.](\d\d))? ?([ap])\.?m\b", re.I)
_NUMBER = re.compile(r"([£$€]?)(\d(?:[\d,]*\d)?(?:\.\d+)?) ?(%|per ?cent\b|p\b)?", re.I)
_WEEKDAY = re.compile(r"\b(mon|tues|wednes|thurs|fri|satur|sun)day", re.I)
_WORDS = {
    word: str(value)
    for value, word in enumerate(
        "two three four five six seven eight nine ten eleven twelve".split(), start=2
    )
} | {"fifteen": "15", "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60"}
_NUMBER_WORD = re.compile(rf"\b({'|'.join(_WORDS)})\b", re.I)
_SPACES = re.compile(r"[ \t\u00a0]+")


def figures(text: str) -> frozenset[str]:
    """List the figures of a text in one form each, so that two texts can be compared.

    Covers amounts, percentages, numbers in digits and common number words, times, dates,
    weekdays, telephone numbers, e-mail addresses and links.
    """
    text = _SPACES.sub(" ", text)
    found = {_address(link) for link in (*_LINK.findall(text), *_TARGET.findall(text))}
    text = _TARGET.sub(" ", _LINK.sub(" ", text))
    found |= {f"email:{email.lower()}" for email in _EMAIL.findall(text)}
    text = _EMAIL.sub(" ", text)
    found |= {f"phone:{_called(phone)}" for phone in _PHONE.findall(text)}
    text = _PHONE.sub(" ", text)
    found |= {f"date:{month[:3]}{int(day)}".lower() for day, month in _DAY_MONTH.findall(text)}
    found |= {f"date:{month[:3]}{int(day)}".lower() for month, day in _MONTH_DAY.findall(text)}
    found |= {
        f"time:{int(hour)}:{minute or '00'}{half}m".lower()
        for hour, minute, half in _TIME.findall(text)
    }
    text = _TIME.sub(" ", text)
    found |= {f"day:{day}".lower() for day in _WEEKDAY.findall(text)}
    found |= {_amount(*number) for number in _NUMBER.findall(text)}
    return frozenset(
        found | {f"number:{_WORDS[word.lower()]}" for word in _NUMBER_WORD.findall(text)}
    )


def contact_spans(text: str) -> Sequence[tuple[int, int, str]]:
    """Find links (L), e-mail addresses (E) and telephone numbers (P): start, end and kind."""
    found: list[tuple[int, int, str]] = []
    for pattern, group, kind in ((_TARGET, 1, "L"), (_EMAIL, 0, "E"), (_LINK, 0, "L")):
        found += [(*match.span(group), kind) for match in pattern.finditer(text)]
    found += [(*match.span(), "P") for match in _PHONE.finditer(text)]
    spans: list[tuple[int, int, str]] = []
    for start, end, kind in sorted(found, key=lambda span: (span[0], -span[1])):
        trimmed = start + len(text[start:end].rstrip(".,;:!?*_"))
        if start < trimmed and (not spans or start >= spans[-1][1]):
            spans.append((start, trimmed, kind))
    return spans


def _address(link: str) -> str:
    return f"link:{_SCHEME.sub('', link).rstrip('.,;:!?*_/').lower()}"


def _amount(currency: str, digits: str, unit: str) -> str:
    plain = digits.replace(",", "")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    unit = "%" if unit == "%" or unit.lower().startswith("per") else unit.lower()
    return f"number:{currency}{plain}{unit}"


def _called(phone: str) -> str:
    digits = "".join(character for character in phone.replace("(0)", "") if character.isdigit())
    return "0" + digits.removeprefix("44") if phone.startswith("+44") else digits

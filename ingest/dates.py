"""Find the day that a page says it was last changed."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january ionawr",
            "feb february chwefror",
            "mar march mawrth",
            "apr april ebrill",
            "may mai",
            "jun june mehefin",
            "jul july gorffennaf",
            "aug august awst",
            "sep sept september medi",
            "oct october hydref",
            "nov november tachwedd",
            "dec december rhagfyr",
        ),
        start=1,
    )
    for name in names.split()
}
_ISO = re.compile(r"\b((?:19|20)\d\d)-(\d{1,2})-(\d{1,2})(?!\d)")
_WORDS = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th)?(?: of)?[ -]([A-Za-z]{3,10})\.?,?[ -]((?:19|20)\d\d)\b"
)
_AMERICAN = re.compile(r"\b([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? ((?:19|20)\d\d)\b")
# Day first, as every British council writes it.
_NUMBERS = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.]((?:19|20)\d\d)\b")
_UPDATE = re.compile(
    r"(?:(?:page |content )?(?:was )?last (?:updated|modified|reviewed|changed|edited|amended)"
    r"|(?:page|content|information) (?:last )?(?:updated|modified|reviewed|changed)"
    r"|(?:^|\n|[|\u2022])\s*(?:updated|modified|last reviewed)"
    r"|diweddarwyd(?: ddiwethaf)?)"
    r"(?: on| at| ar)?\s*:?\s*(?:[a-z]+day,? )?",
    re.IGNORECASE,
)
_NEAR = 40


def day_in(text: str) -> date | None:
    """Read the first date in a short text: ISO, "3 March 2026" or 03/03/2026."""
    short = text[:200]
    for pattern, order in ((_ISO, "ymd"), (_WORDS, "dmy"), (_AMERICAN, "mdy"), (_NUMBERS, "dmy")):
        for match in pattern.finditer(short):
            day = _day(dict(zip(order, match.groups(), strict=True)))
            if day:
                return day
    return None


def day_of_update(text: str) -> date | None:
    """Read the date behind words such as "Last updated:"."""
    for match in _UPDATE.finditer(text):
        day = day_in(text[match.end() : match.end() + _NEAR])
        if day:
            return day
    return None


def speaks_of_update(text: str) -> bool:
    """Tell words such as "Last updated" from a date of something else."""
    return bool(_UPDATE.search(text))


def _day(parts: dict[str, str]) -> date | None:
    month = _MONTHS.get(parts["m"].lower(), 0) or (int(parts["m"]) if parts["m"].isdigit() else 0)
    try:
        return date(int(parts["y"]), month, int(parts["d"]))
    except ValueError:
        return None

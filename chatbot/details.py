"""Read a detail out of what a citizen writes: the right value, or why it is asked again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from chatbot.automation import Detail, Value
from chatbot.choices import find_choice, read_choice, read_yes_no, show_choice
from chatbot.clock import find_time, read_time, show_time
from chatbot.dates import find_date, read_date, show_date
from chatbot.doubt import Wrong, declines, doubt, plain, without_questions
from chatbot.nonsense import insults, is_gibberish
from chatbot.places import (
    find_address,
    find_location,
    find_move,
    find_postcode,
    read_address,
    read_location,
    read_postcode,
)
from chatbot.reach import find_email, find_phone, read_email, read_phone

__all__ = ["LONGEST", "Wrong", "declines", "find", "find_move", "read", "show"]

LONGEST = 2_000
"""Characters in which a detail other than a text is looked for."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a reader has to know."""

    detail: Detail
    text: str
    at: datetime
    language: str
    nation: str


_READERS: Mapping[str, Callable[[_Asked], Value | Wrong]] = {
    "choice": lambda one: read_choice(one.detail, one.text, one.language),
    "date": lambda one: read_date(one.detail, one.text, one.at, one.language, one.nation),
    "time": lambda one: read_time(one.text, one.language),
    "phone": lambda one: read_phone(one.text),
    "email": lambda one: read_email(one.text),
    "postcode": lambda one: read_postcode(one.text),
    "address": lambda one: read_address(one.text),
    "location": lambda one: read_location(one.text, one.detail.characters),
    "yes_no": lambda one: read_yes_no(one.text, one.language),
}
_FINDERS: Mapping[str, Callable[[_Asked], Value | None]] = {
    "choice": lambda one: find_choice(one.detail, one.text),
    "date": lambda one: find_date(one.detail, one.text, one.at, one.nation),
    "time": lambda one: find_time(one.text),
    "phone": lambda one: find_phone(one.text),
    "email": lambda one: find_email(one.text),
    "postcode": lambda one: find_postcode(one.text),
    "address": lambda one: find_address(one.text),
    "location": lambda one: find_location(one.text),
}


_OF_THE_CITIZEN = ("phone", "email", "postcode")
"""Kinds that a question gives as well: "when is my bin day, GL1 2TG?"."""


_NEARLY_ANYTHING = ("text", "address", "location")
# In more room than a name needs, citizens may write what they think of us.
_ROOM_FOR_A_NAME = 200


def read(
    detail: Detail, text: str, *, at: datetime, language: str, nation: str = "england"
) -> Value | Wrong:
    """Read the answer to a question that was asked: the whole message is about this detail.

    at: aware; "next Tuesday" counts from its day in London. nation: whose bank holidays count.
    """
    if not re.search(r"\w", plain(text)):
        return Wrong("empty")
    if detail.kind in _NEARLY_ANYTHING and _answers_nothing(detail, plain(text)):
        return Wrong("empty" if detail.kind == "text" else detail.kind)
    if detail.kind == "text":
        return _text(detail, text)
    # A picture comes as an upload, whose id the engine takes.
    reader = _READERS.get(detail.kind)
    asked = _Asked(detail, text[:LONGEST], at, language, nation)
    return reader(asked) if reader else Wrong("photo")


def find(
    detail: Detail, text: str, *, at: datetime, language: str, nation: str = "england"
) -> Value | None:
    """Find a detail that nobody has asked for yet in a message about something wider.

    None where it is not said beyond doubt: a wrong value is worse than one more question.
    """
    finder = _FINDERS.get(detail.kind)
    told = text[:LONGEST]
    if detail.kind not in _OF_THE_CITIZEN:
        told = without_questions(told)
    return finder(_Asked(detail, told, at, language, nation)) if finder else None


def show(detail: Detail, value: Value, language: str) -> str:
    """Say a value as it is read back, in plain text."""
    if isinstance(value, bool):
        return {"cy": ("Na", "Ie")}.get(language, ("No", "Yes"))[value]
    if isinstance(value, Mapping):
        return str(value.get("words", ""))
    if detail.kind == "date":
        return show_date(date.fromisoformat(value), language)
    if detail.kind == "time":
        return show_time(value, language)
    choice = detail.choice(value) if detail.kind == "choice" else None
    return show_choice(choice, language) if choice else value


def _answers_nothing(detail: Detail, words: str) -> bool:
    told_freely = detail.kind == "text" and detail.characters > _ROOM_FOR_A_NAME
    random = len(words) < _ROOM_FOR_A_NAME and is_gibberish(words)
    return random or (insults(words) and not told_freely)


def _text(detail: Detail, text: str) -> str | Wrong:
    words = "\n".join(line for line in (" ".join(one.split()) for one in text.splitlines()) if line)
    if len(words) > detail.characters:
        return Wrong("text_long", (("limit", str(detail.characters)),))
    unclear = doubt(words) if words.endswith("?") and len(words) < 60 else None
    return Wrong("question") if unclear and unclear.key == "question" else words

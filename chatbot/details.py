"""Read a detail out of what a citizen writes: the right value, or why it is asked again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from chatbot.automation import Detail, Value
from chatbot.choices import find_choice, read_choice, read_yes_no, show_choice
from chatbot.clock import find_time, read_time, show_time
from chatbot.dates import find_date, read_date, show_date
from chatbot.doubt import Wrong, declines, doubt, plain
from chatbot.places import (
    find_address,
    find_location,
    find_postcode,
    read_address,
    read_location,
    read_postcode,
)
from chatbot.reach import find_email, find_phone, read_email, read_phone

__all__ = ["LONGEST", "Wrong", "declines", "find", "read", "show"]

LONGEST = 2_000
"""Characters in which a detail other than a text is looked for."""


def read(detail: Detail, text: str, *, at: datetime, language: str) -> Value | Wrong:
    """Read the answer to a question that was asked: the whole message is about this detail.

    at: aware; "next Tuesday" counts from its day in London.
    """
    if not plain(text):
        return Wrong("empty")
    if detail.kind == "text":
        return _text(detail, text)
    text = text[:LONGEST]
    match detail.kind:
        case "choice":
            return read_choice(detail, text, language)
        case "date":
            return read_date(detail, text, at, language)
        case "time":
            return read_time(text, language)
        case "phone":
            return read_phone(text)
        case "email":
            return read_email(text)
        case "postcode":
            return read_postcode(text)
        case "address":
            return read_address(text)
        case "location":
            return read_location(text, detail.characters)
        case "yes_no":
            return read_yes_no(text)
    # A picture comes as an upload, whose id the engine takes.
    return Wrong("photo")


def find(detail: Detail, text: str, *, at: datetime, language: str) -> Value | None:
    """Find a detail that nobody has asked for yet in a message about something wider.

    None where it is not said beyond doubt: a wrong value is worse than one more question.
    """
    text = text[:LONGEST]
    match detail.kind:
        case "choice":
            return find_choice(detail, text)
        case "date":
            return find_date(detail, text, at)
        case "time":
            return find_time(text)
        case "phone":
            return find_phone(text)
        case "email":
            return find_email(text)
        case "postcode":
            return find_postcode(text)
        case "address":
            return find_address(text)
        case "location":
            return find_location(text)
    return None


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


def _text(detail: Detail, text: str) -> str | Wrong:
    words = "\n".join(line for line in (" ".join(one.split()) for one in text.splitlines()) if line)
    if len(words) > detail.characters:
        return Wrong("text_long", (("limit", str(detail.characters)),))
    unclear = doubt(words) if words.endswith("?") and len(words) < 60 else None
    return Wrong("question") if unclear and unclear.key == "question" else words

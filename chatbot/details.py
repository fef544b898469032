"""Read a detail out of what a citizen writes: the right value, or why it is asked again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chatbot.automation import Detail, Value


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why words give no value. key: of the words that say so, `form.wrong.<key>` in the messages.

    values: for the places in those words.
    """

    key: str
    values: tuple[tuple[str, str], ...] = ()


def read(detail: Detail, text: str, *, at: datetime, language: str) -> Value | Wrong:
    """Read the answer to a question that was asked: the whole message is about this detail.

    at: aware; "next Tuesday" counts from its day in London.
    """
    raise NotImplementedError


def find(detail: Detail, text: str, *, at: datetime, language: str) -> Value | None:
    """Find a detail that nobody has asked for yet in a message about something wider.

    None where it is not said beyond doubt: a wrong value is worse than one more question.
    """
    raise NotImplementedError


def show(detail: Detail, value: Value, language: str) -> str:
    """Say a value as it is read back, in plain text."""
    raise NotImplementedError

"""What an automation is: a task that the assistant does itself, by asking for a few details.

An automation is a value. Most are written as TOML, by staff without code
(chatbot/automations/toml.py); one that needs code is a Python file that makes the same value, found
through the entry points `townclerk.automations`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, get_args

Kind = Literal[
    "text",
    "choice",
    "date",
    "time",
    "phone",
    "email",
    "postcode",
    "address",
    "location",
    "yes_no",
    "photo",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

Value = str | bool | Mapping[str, Any]
"""A detail as it is kept, a JSON value: a date as "2026-04-30", a time as "14:30", a choice by its
`value`, a location as {"words": …} with "latitude" and "longitude" where the map gave them, a photo
by the id of its upload, all else as it was normalised to."""

Values = Mapping[str, Value]
Worded = Mapping[str, str]
"""Words by language; `in_language` takes English where a language has none."""


def in_language(words: Worded, language: str) -> str:
    """Take the words in a language, else the English ones, else none."""
    return words.get(language) or words.get("en", "")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers to a detail of kind `choice`.

    said: further words for it. body, body_url: who deals with it where the council does not; a
    form that comes to such a choice ends by saying so.
    """

    value: str
    labels: Worded
    said: tuple[str, ...] = ()
    body: str = ""
    body_url: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A detail is asked only if another has one of these values."""

    detail: str
    values: tuple[Value, ...]

    def met(self, values: Values) -> bool:
        return values.get(self.detail) in self.values


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that an automation has to know.

    labels: its name where the details are read back, as "Date". optional: may be left out by saying
    so. only_if: conditions that must all be met. earliest, latest: of a date, in days from today.
    weekdays: of a date, 0 for Monday; all where empty. characters: of a text, at most.
    """

    name: str
    kind: Kind
    questions: Worded
    labels: Worded
    hints: Worded = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    only_if: tuple[Condition, ...] = ()
    optional: bool = False
    earliest: int | None = None
    latest: int | None = None
    weekdays: frozenset[int] = frozenset()
    characters: int = 1_000

    def choice(self, value: Value | None) -> Choice | None:
        return next((one for one in self.choices if one.value == value), None)


@dataclass(frozen=True, slots=True)
class Stub:
    """Keeps the case for the council's staff, and tells nobody else."""


@dataclass(frozen=True, slots=True)
class Send:
    """Keeps the case and delivers it to a supplier that council.toml describes.

    supplier: its name there. service: what the supplier calls it, such as an Open311 service code.
    attributes: what the supplier calls the details, by their name here.
    """

    supplier: str
    service: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lookup:
    """Looks something up in a file of the council's, and keeps no case.

    file: CSV or iCalendar, relative to the council's folder. key: the detail that is looked up.
    days_valid: a file that is older, or that holds no day to come, is out of date.
    """

    file: str
    key: str
    days_valid: int = 90


Does = Stub | Send | Lookup


@dataclass(frozen=True, slots=True)
class Now:
    """What a check may need to know.

    at: aware. today: the day in London. nation: the council's.
    """

    at: datetime
    today: date
    language: str
    nation: str = "england"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has to say. words: Markdown. ends: the form ends here, nothing is submitted."""

    words: Worded
    ends: bool = False


Check = Callable[[Values, Now], Finding | None]


@dataclass(frozen=True, slots=True)
class Automation:
    """One task, from its first words to what is done.

    examples: messages that ask for it. questions: messages about the subject that are answered from
    the pages, with the form offered. done: said once it is submitted, with {reference}.
    check: looks at all details together before they are read back. same_place: the detail, of kind
    address or location, by which a report that somebody made before is shown; "" for none, and
    same_kind: the detail that must agree too.
    """

    name: str
    titles: Worded
    examples: Mapping[str, tuple[str, ...]]
    questions: Mapping[str, tuple[str, ...]]
    details: tuple[Detail, ...]
    does: Does
    done: Worded
    check: Check | None = None
    same_place: str = ""
    same_kind: str = ""

    def detail(self, name: str) -> Detail | None:
        return next((one for one in self.details if one.name == name), None)

    def wanted(self, values: Values) -> tuple[Detail, ...]:
        """List the details that count, given the values so far, in the order of asking."""
        return tuple(one for one in self.details if all(c.met(values) for c in one.only_if))

    def missing(self, values: Values) -> tuple[Detail, ...]:
        """List the details still to be asked, in order."""
        return tuple(one for one in self.wanted(values) if one.name not in values)

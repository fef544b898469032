"""Read and write iCalendar files (RFC 5545): the one door to the library that knows them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

_EVENING_BEFORE = timedelta(hours=-6)
_PRODUCT = "-//Town Clerk//Dates//EN"
_MOST_EVENTS = 5_000
_MOST_REPEATS = 400


class UnreadableCalendar(Exception):
    """A file is no iCalendar file."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """What an iCalendar file holds: its name, what it says it is for, and its days in order."""

    name: str
    about: str
    days: tuple[tuple[date, str], ...]


def read_calendar(content: bytes, first: date, last: date) -> Calendar:
    """Read a calendar's days from first to last, repeated ones too; in order.

    Raises UnreadableCalendar.
    """
    import icalendar

    try:
        calendar = icalendar.Calendar.from_ical(content)
        events = calendar.walk("VEVENT")[:_MOST_EVENTS]
        days = tuple(sorted(set(_days(events, first, last))))
        name, about = _said(calendar, "NAME"), _said(calendar, "DESC", "DESCRIPTION")
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as fault:
        raise UnreadableCalendar(type(fault).__name__) from fault
    return Calendar(name, about, days)


def _said(calendar: Any, *keys: str) -> str:
    return " ".join(
        str(calendar[key]) for one in keys for key in (one, f"X-WR-CAL{one}") if key in calendar
    )


def _days(events: Sequence[Any], first: date, last: date) -> Iterator[tuple[date, str]]:
    moved = {
        (str(event.get("UID")), _day(event["RECURRENCE-ID"].dt))
        for event in events
        if "RECURRENCE-ID" in event
    }
    for event in events:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        uid = str(event.get("UID"))
        replaced = frozenset() if "RECURRENCE-ID" in event else moved
        for day in _occurrences(event, last):
            if first <= day <= last and (uid, day) not in replaced:
                yield day, str(event.get("SUMMARY", "")).strip()


def _occurrences(event: Any, last: date) -> Iterator[date]:
    """List the days of an event up to a last one, by its rule and its exceptions."""
    from dateutil.rrule import rrulestr

    start = _day(event["DTSTART"].dt)
    without = set(_listed(event.get("EXDATE")))
    days = {start, *_listed(event.get("RDATE"))}
    if "RRULE" in event:
        rules = event["RRULE"]
        for rule in rules if isinstance(rules, list) else [rules]:
            text = _by_days(rule)
            begin = datetime(start.year, start.month, start.day)
            until = datetime(last.year, last.month, last.day)
            found = rrulestr(text, dtstart=begin).between(
                begin, until, inc=True, count=_MOST_REPEATS
            )
            days |= {moment.date() for moment in found}
    yield from sorted(day for day in days - without if day <= last)


def _by_days(rule: Any) -> str:
    """Write a rule so that it ends on a day, whatever zone its end is told in."""
    parts = {key: value for key, value in rule.items() if key.upper() != "UNTIL"}
    text = ";".join(f"{key}={_plain(value)}" for key, value in parts.items())
    for key, value in rule.items():
        if key.upper() == "UNTIL":
            until = value[0] if isinstance(value, list) else value
            text += f";UNTIL={_day(until):%Y%m%dT235959}"
    return text


def _plain(value: Any) -> str:
    return ",".join(str(one) for one in (value if isinstance(value, list) else [value]))


def _listed(value: Any) -> Iterator[date]:
    for one in value if isinstance(value, list) else [value] if value is not None else []:
        for moment in one.dts:
            yield _day(moment.dt)


def _day(moment: Any) -> date:
    from chatbot.hours import LONDON

    if isinstance(moment, tuple):
        moment = moment[0]
    if isinstance(moment, datetime):
        return (moment.astimezone(LONDON) if moment.tzinfo else moment).date()
    if isinstance(moment, date):
        return moment
    raise ValueError("no day")


def calendar(
    days: Iterable[tuple[date, str]], *, of: str, name: str, host: str, at: datetime
) -> str:
    """Write days as an iCalendar file, each with a reminder at 6pm on the evening before.

    of: what they were looked up by; with the day and the words it makes each event's id, which
    stays the same when the file is fetched again, and from which it cannot be read. name: what the
    calendar is called. host: whose ids they are. at: now, aware.
    """
    import icalendar

    written = icalendar.Calendar()
    written.add("PRODID", _PRODUCT)
    written.add("VERSION", "2.0")
    written.add("METHOD", "PUBLISH")
    written.add("X-WR-CALNAME", name)
    for day, what in sorted(set(days)):
        event = icalendar.Event()
        event.add("UID", f"{_mark(of, day, what)}@{host}")
        event.add("DTSTAMP", at)
        event.add("DTSTART", day)
        event.add("DTEND", day + timedelta(days=1))
        event.add("SUMMARY", what)
        event.add("TRANSP", "TRANSPARENT")
        reminder = icalendar.Alarm()
        reminder.add("ACTION", "DISPLAY")
        reminder.add("DESCRIPTION", what)
        reminder.add("TRIGGER", _EVENING_BEFORE)
        event.add_component(reminder)
        written.add_component(event)
    return str(written.to_ical().decode("utf-8"))


def _mark(of: str, day: date, what: str) -> str:
    plain = " ".join(of.casefold().split())
    return hashlib.sha256(f"{plain}\n{day.isoformat()}\n{what}".encode()).hexdigest()[:32]

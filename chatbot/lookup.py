"""Look something up in a file of the council's, by postcode or UPRN; never guess."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal

from chatbot.automation import Lookup, Value
from chatbot.calendars import Calendar, UnreadableCalendar, calendar, read_calendar
from chatbot.hours import LONDON

__all__ = ["Looked", "calendar", "look_up", "sure_key", "wrong_with"]

State = Literal["found", "which", "unknown", "stale", "unreadable"]

_AHEAD = timedelta(days=400)
_POSTCODE = re.compile(r"\b([a-z]{1,2}\d[a-z\d]?)\s*(\d[a-z]{2})\b", re.I)
_UPRN = re.compile(r"\b0*([1-9]\d{5,11})\b")
_WORD = re.compile(r"\w+")
_TIME = re.compile(r"[T ]\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?$")
_WEEKDAY = re.compile(r"^[A-Za-z]+,? (?=\d)")
_DAY_FORMATS = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%d/%m/%y",
    "%d %B %Y",
    "%d %b %Y",
    "%Y%m%d",
)
_COLUMNS = {
    "postcode": ("postcode", "post_code"),
    "uprn": ("uprn",),
    "address": ("address", "property"),
    "what": ("bin", "container", "type", "collection", "service"),
    "day": ("date", "day", "collection_date", "next_collection", "dates"),
    "calendar": ("calendar", "ics", "file"),
}


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of it.

    found: the days to come and what is on them, in order. state "which": the addresses there have
    different days; look it up again with one of `addresses` beside the value. "stale": the file is
    out of date. "unreadable": it cannot be used.
    """

    found: tuple[tuple[date, str], ...]
    state: State
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the file. days: None where one of them could not be read."""

    address: str
    days: tuple[tuple[date, str], ...] | None
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class _File:
    """A file by what it can be asked for.

    newest: its last day. calendars: its days stand in other files. wrong: why it cannot be used.
    """

    rows: Mapping[str, tuple[_Row, ...]]
    newest: date = date.min
    calendars: bool = False
    wrong: str = ""


def look_up(
    lookup: Lookup, folder: Path, value: Value, today: date, language: str = "en"
) -> Looked:
    """Find the days to come for a postcode, a UPRN or an address that holds one of them.

    folder: the council's. value: a detail, or several joined by a space. language: of what is on
    the days, where the file has a further column for it, such as bin_cy.
    """
    path = folder / lookup.file
    file = _read(path, today, language)
    if file.wrong:
        return Looked((), "unreadable")
    if file.newest < today or (not file.calendars and _old(path, lookup, today)):
        return Looked((), "stale")
    text = _text(value)
    rows = next((file.rows[key] for key in _keys(text) if key in file.rows), ())
    if not rows:
        return Looked((), "unknown")
    return _choose([_with_calendar(row, path, lookup, today) for row in rows], text, today)


def wrong_with(path: Path, today: date) -> str:
    """Say why a file cannot be looked anything up in, for a council officer; "" where it can."""
    return _read(path, today, "en").wrong


def _text(value: Value) -> str:
    if isinstance(value, Mapping):
        return " ".join(str(one) for one in value.values())
    return str(value)


def _keys(text: str) -> list[str]:
    """List what a text may be found by, the surest first."""
    postcodes = [_postcode(*found.groups()) for found in _POSTCODE.finditer(text)]
    return [*_UPRN.findall(text), *postcodes]


def sure_key(value: Value) -> str:
    """Give the postcode or UPRN in a value, which says where and not who; "" where it has none."""
    return next(iter(_keys(_text(value))), "")


def _postcode(outward: str, inward: str) -> str:
    return f"{outward}{inward}".upper()


def _choose(rows: Sequence[_Row | None], text: str, today: date) -> Looked:
    """Take the days of the address that is meant, if all addresses there do not have the same."""
    if any(row is None for row in rows):
        return Looked((), "stale")
    good = [row for row in rows if row is not None]
    if any(row.days is None for row in good):
        return Looked((), "unreadable")
    shared = [day for row in good if not row.address for day in row.days or ()]
    by_address: dict[str, list[tuple[date, str]]] = {}
    for row in good:
        if row.address:
            by_address.setdefault(row.address, []).extend(row.days or ())
    plans = {
        address: _to_come([*shared, *days], today)
        for address, days in (by_address or {"": []}).items()
    }
    meant = list(plans)
    if len(set(plans.values())) > 1:
        meant = _meant(list(plans), text)
    if len({plans[address] for address in meant}) != 1:
        return Looked((), "which", tuple(sorted(plans, key=_natural)))
    found = plans[meant[0]]
    return Looked(found, "found" if found else "stale")


def _to_come(days: Iterable[tuple[date, str]], today: date) -> tuple[tuple[date, str], ...]:
    return tuple(sorted({(day, what) for day, what in days if day >= today}))


def _meant(addresses: Sequence[str], text: str) -> list[str]:
    """List the addresses that a text can mean; the one that it is, if it is one word for word."""
    said = _words(_UPRN.sub(" ", _POSTCODE.sub(" ", text)))
    if not said:
        return []
    words = {address: _words(_POSTCODE.sub(" ", address)) for address in addresses}
    same = [address for address in addresses if words[address] == said]
    named = [
        address
        for address in addresses
        if _within(words[address], said) or _within(said, words[address])
    ]
    return same or named or [one for one in addresses if _spans(words[one], said)]


def _spans(address: Sequence[str], said: Sequence[str]) -> bool:
    """Tell whether a text names a house of "1 to 19 Mill Lane": "I'm at 12", but not of others."""
    one_side = {"odd", "odds", "even", "evens"} & {*address}
    if (
        one_side
        or len(address) < 4
        or address[1] != "to"
        or not (address[0] + address[2]).isdecimal()
    ):
        return False
    numbers = [int(one) for one in said if one.isdecimal()]
    if len(numbers) != 1 or not int(address[0]) <= numbers[0] <= int(address[2]):
        return False
    follows = said[said.index(str(numbers[0])) + 1 :] if str(numbers[0]) in said else ()
    return not follows or tuple(follows[: len(address) - 3]) == tuple(address[3:])


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold()))


def _within(part: Sequence[str], whole: Sequence[str]) -> bool:
    long = len(part)
    return any(whole[at : at + long] == part for at in range(len(whole) - long + 1))


def _natural(address: str) -> list[tuple[int, int, str]]:
    """Order 2 before 10, and both before a flat's."""
    return [(0, int(one), "") if one.isdecimal() else (1, 0, one) for one in _words(address)]


def _old(path: Path, lookup: Lookup, today: date) -> bool:
    changed = datetime.fromtimestamp(path.stat().st_mtime, LONDON).date()
    return today - changed > timedelta(days=lookup.days_valid)


def _with_calendar(row: _Row, path: Path, lookup: Lookup, today: date) -> _Row | None:
    """Read the days of a row whose calendar is another file; None where that is out of date."""
    if not row.calendar:
        return row
    beside = path if path.is_dir() else path.parent
    found = _calendar(beside / row.calendar, today)
    if found is None:
        return _Row(row.address, None)
    if _old(beside / row.calendar, lookup, today):
        return None
    return _Row(row.address, found.days)


# Reading files, once for each of their versions


def _read(path: Path, today: date, language: str) -> _File:
    try:
        if path.is_dir() or path.suffix == ".ics":
            return _read_calendars(path, today)
        stat = path.stat()
        return _read_csv(path, stat.st_mtime_ns, stat.st_size, language)
    except OSError as fault:
        return _File({}, wrong=f"cannot be read: {fault.strerror}")


def _calendar(path: Path, today: date) -> Calendar | None:
    try:
        stat = path.stat()
        return _read_calendar(path, stat.st_mtime_ns, stat.st_size, today)
    except (OSError, UnreadableCalendar):
        return None


@lru_cache(maxsize=256)
def _read_calendar(path: Path, changed: int, size: int, today: date) -> Calendar:
    return read_calendar(path.read_bytes(), today, today + _AHEAD)


def _read_calendars(path: Path, today: date) -> _File:
    """Read the calendars of rounds; each says in its description which postcodes it is for."""
    rows: dict[str, list[_Row]] = {}
    paths = sorted(path.glob("*.ics")) if path.is_dir() else [path]
    newest = date.min
    for one in paths:
        found = _calendar(one, today)
        if found is None:
            return _File({}, wrong=f"{one.name} is no iCalendar file")
        named = set(_keys(found.about))
        newest = max((newest, *(day for day, _ in found.days)))
        for key in named:
            row = _Row(found.name or one.stem, (), calendar=one.name)
            rows.setdefault(key, []).append(row)
    if not rows:
        words = "names no postcode and no UPRN in the description of a calendar (X-WR-CALDESC)"
        return _File({}, wrong=words)
    return _File({key: tuple(one) for key, one in rows.items()}, newest, calendars=True)


@lru_cache(maxsize=32)
def _read_csv(path: Path, changed: int, size: int, language: str) -> _File:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What a spreadsheet in Britain writes where it is not told otherwise.
        text = content.decode("cp1252", errors="replace")
    try:
        return _table(list(csv.reader(text.splitlines(), strict=True)), language)
    except csv.Error as fault:
        return _File({}, wrong=f"is no table of values with commas between: {fault}")


def _table(lines: Sequence[Sequence[str]], language: str) -> _File:
    if not lines:
        return _File({}, wrong="is empty")
    heads = [head.strip() for head in lines[0]]
    plain = ["_".join(_WORD.findall(head.casefold())) for head in heads]
    at = {
        name: next((plain.index(word) for word in words if word in plain), None)
        for name, words in _COLUMNS.items()
    }
    spoken = [f"{word}_{language}" for word in _COLUMNS["what"]]
    at["what"] = next((plain.index(word) for word in spoken if word in plain), at["what"])
    if at["postcode"] is None and at["uprn"] is None:
        return _File({}, wrong="has no column postcode and no column uprn")
    body = [line for line in lines[1:] if any(cell.strip() for cell in line)]
    if not _holds_days(body, at["day"]):
        at["day"] = None
    used = {place for place in at.values() if place is not None}
    dated = [n for n in range(len(heads)) if n not in used and _holds_days(body, n)]
    calendars = at["calendar"] is not None
    if at["day"] is None and not calendars and not dated:
        return _File({}, wrong="has no column date, no columns of dates and no column calendar")
    rows: dict[str, list[_Row]] = {}
    newest = date.max if calendars else date.min
    for line in body:
        row = _row(line, at, dated, heads)
        newest = max((newest, *(day for day, _ in row.days or ())))
        for key in _keys(f"{_cell(line, at['uprn'])} {_cell(line, at['postcode'])}"):
            rows.setdefault(key, []).append(row)
    return _File({key: tuple(one) for key, one in rows.items()}, newest, calendars)


def _row(
    line: Sequence[str], at: Mapping[str, int | None], dated: Sequence[int], heads: Sequence[str]
) -> _Row:
    cells = [(_cell(line, at["what"]), _cell(line, at["day"]))]
    cells += [(heads[n], _cell(line, n)) for n in dated]
    days: list[tuple[date, str]] = []
    for what, cell in cells:
        for text in _parts(cell):
            day = _day(text)
            if day is None:
                return _Row(_cell(line, at["address"]), None)
            days.append((day, what))
    return _Row(_cell(line, at["address"]), tuple(days), _cell(line, at["calendar"]))


def _cell(line: Sequence[str], place: int | None) -> str:
    return line[place].strip() if place is not None and place < len(line) else ""


def _holds_days(lines: Iterable[Sequence[str]], place: int | None) -> bool:
    """Tell whether a column is one of days; a few of them may be mistyped."""
    cells = list(filter(None, (_cell(line, place) for line in lines)))
    days = sum(all(map(_day, _parts(cell))) for cell in cells)
    return days * 2 > len(cells)


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in re.split(r"[;|]", cell) if part.strip()]


def _day(text: str) -> date | None:
    """Read a day as Britain writes it, or as ISO has it; never with the month first."""
    plain = _WEEKDAY.sub("", _TIME.sub("", text.strip()))
    for form in _DAY_FORMATS:
        try:
            return datetime.strptime(plain, form).date()
        except ValueError:
            continue
    return None

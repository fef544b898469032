"""Days are looked up in the council's own file: the right ones, or word that there are none."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import icalendar
import pytest

from chatbot.automation import Lookup
from chatbot.lookup import Looked, calendar, look_up, wrong_with

TODAY = date(2026, 11, 24)
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ROWS = """postcode,address,bin,date
BK1 4QZ,,Grey bin,23/11/2026
BK1 4QZ,,Grey bin,07/12/2026
BK1 4QZ,,Food caddy,2026-11-30
BK1 4QZ,,Green-lidded bin,Monday 30 November 2026
BK2 7AB,1 Mill Lane,Grey bin,2026-11-24
BK2 7AB,2 Mill Lane,Grey bin,2026-11-25
BK2 7AB,"Flat 1, 10 Mill Lane",Grey bin,2026-11-26
BK2 7AB,"Flat 2, 10 Mill Lane",Grey bin,2026-11-27
BK3 1PE,1 Corn Street,Grey bin,2026-11-25
BK3 1PE,2 Corn Street,Grey bin,2026-11-25
BK4 9WB,,Grey bin,2026-11-20
BK4 5SU,,Grey bin,2026-11-27
BK4 5SU,,Food caddy,tbc
"""
ROUND = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Exampleton//Rounds//EN
X-WR-CALNAME:Monday round
X-WR-CALDESC:BK1 4QZ\\, BK1 4RD\\, UPRN 100012345678
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261123
RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20270201T000000Z
EXDATE;VALUE=DATE:20261207
SUMMARY:Grey bin
END:VEVENT
BEGIN:VEVENT
UID:1
RECURRENCE-ID;VALUE=DATE:20261221
DTSTART;VALUE=DATE:20261222
SUMMARY:Grey bin
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20261130
STATUS:CANCELLED
SUMMARY:Blue bag
END:VEVENT
END:VCALENDAR
"""


def put(folder: Path, text: str | bytes, name: str = "days.csv", *, old: int = 0) -> Path:
    """Write a file as if it had been changed some days before TODAY."""
    path = folder / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    changed = datetime(2026, 11, 24, 8, 0, tzinfo=UTC) - timedelta(days=old)
    os.utime(path, (changed.timestamp(), changed.timestamp()))
    return path


def ask(folder: Path, value: object, name: str = "days.csv", today: date = TODAY) -> Looked:
    return look_up(Lookup(name, "postcode"), folder, value, today)  # type: ignore[arg-type]


def test_the_days_to_come_are_found_in_order(tmp_path: Path) -> None:
    put(tmp_path, ROWS)
    looked = ask(tmp_path, "BK1 4QZ")
    assert looked.state == "found"
    assert looked.found == (
        (date(2026, 11, 30), "Food caddy"),
        (date(2026, 11, 30), "Green-lidded bin"),
        (date(2026, 12, 7), "Grey bin"),
    )


@pytest.mark.parametrize("written", ["bk14qz", "BK1  4QZ", "5 Castle Street, BK1 4QZ", "Bk1 4qZ."])
def test_a_postcode_is_found_however_it_is_written(tmp_path: Path, written: str) -> None:
    put(tmp_path, ROWS)
    assert ask(tmp_path, written).state == "found"


def test_a_day_counts_until_it_is_over(tmp_path: Path) -> None:
    put(tmp_path, "postcode,bin,date\nBK1 4QZ,Grey bin,2026-11-24\n")
    assert ask(tmp_path, "BK1 4QZ").found == ((TODAY, "Grey bin"),)
    assert ask(tmp_path, "BK1 4QZ", today=TODAY + timedelta(days=1)).state == "stale"


def test_a_postcode_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    put(tmp_path, ROWS)
    for value in ("BK9 9ZZ", "", "my house", "BK1"):
        assert ask(tmp_path, value) == Looked((), "unknown")


def test_several_addresses_with_different_days_are_asked_back(tmp_path: Path) -> None:
    put(tmp_path, ROWS)
    looked = ask(tmp_path, "BK2 7AB")
    assert (looked.found, looked.state) == ((), "which")
    assert looked.addresses == (
        "1 Mill Lane",
        "2 Mill Lane",
        "Flat 1, 10 Mill Lane",
        "Flat 2, 10 Mill Lane",
    )


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("1 Mill Lane BK2 7AB", 24),
        ("BK2 7AB 2 mill lane", 25),
        ("BK2 7AB Flat 2, 10 Mill Lane", 27),
        ("flat 1 10 mill lane, Brackenford BK2 7AB", 26),
    ],
)
def test_the_address_that_is_meant_gets_its_own_days(tmp_path: Path, said: str, day: int) -> None:
    put(tmp_path, ROWS)
    assert ask(tmp_path, said).found == ((date(2026, 11, day), "Grey bin"),)


def test_every_address_that_is_offered_can_be_chosen(tmp_path: Path) -> None:
    put(tmp_path, ROWS)
    for address in ask(tmp_path, "BK2 7AB").addresses:
        assert ask(tmp_path, f"BK2 7AB {address}").state == "found"


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("BK2 9SX I'm at 12 Sallow Road", "found"),
        ("BK2 9SX 19", "found"),
        ("BK2 9SX 90 Sallow Road", "which"),
        ("BK2 9SX 12 Mill Lane", "which"),
        ("BK2 9SX between 12 and 14", "which"),
    ],
)
def test_a_house_is_found_in_a_row_of_houses(tmp_path: Path, said: str, state: str) -> None:
    rows = "BK2 9SX,1 to 19 Sallow Road,Grey bin,24/11/2026\nBK2 9SX,20 to 58 Sallow Road,Grey bin,"
    put(tmp_path, f"postcode,address,bin,date\n{rows}25/11/2026\n")
    looked = ask(tmp_path, said)
    assert looked.state == state
    assert looked.found == (((date(2026, 11, 24), "Grey bin"),) if state == "found" else ())


@pytest.mark.parametrize("said", ["10 Mill Lane BK2 7AB", "3 Mill Lane BK2 7AB", "BK2 7AB Lane"])
def test_an_address_that_is_not_certain_is_asked_back(tmp_path: Path, said: str) -> None:
    put(tmp_path, ROWS)
    assert ask(tmp_path, said).state == "which"


def test_addresses_with_the_same_days_are_not_asked_back(tmp_path: Path) -> None:
    put(tmp_path, ROWS)
    assert ask(tmp_path, "BK3 1PE").found == ((date(2026, 11, 25), "Grey bin"),)


def test_an_address_as_parts_is_read_too(tmp_path: Path) -> None:
    put(tmp_path, ROWS)
    parts = {"words": "2 Mill Lane", "postcode": "BK2 7AB"}
    assert ask(tmp_path, parts).found == ((date(2026, 11, 25), "Grey bin"),)


def test_a_uprn_is_surer_than_a_postcode(tmp_path: Path) -> None:
    rows = "uprn,postcode,bin,date\n000100012345678,BK2 7AB,Grey,2026-12-01\n2001234,BK2 7AB,Grey,"
    put(tmp_path, rows + "2026-12-02\n")
    assert ask(tmp_path, "100012345678").found == ((date(2026, 12, 1), "Grey"),)
    assert ask(tmp_path, "2001234 BK2 7AB").found == ((date(2026, 12, 2), "Grey"),)


def test_columns_of_dates_are_read_by_their_heads(tmp_path: Path) -> None:
    put(
        tmp_path,
        "Post Code,Round,Collection day,Grey bin,Blue bag\n"
        "BK1 4QZ,7,Monday,07/12/2026;21/12/2026,30/11/2026\nBK1 4RD,7,Monday,,30/11/2026\n",
    )
    assert ask(tmp_path, "BK1 4QZ").found == (
        (date(2026, 11, 30), "Blue bag"),
        (date(2026, 12, 7), "Grey bin"),
        (date(2026, 12, 21), "Grey bin"),
    )
    assert ask(tmp_path, "BK1 4RD").found == ((date(2026, 11, 30), "Blue bag"),)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("01/12/2026", date(2026, 12, 1)),
        ("1/12/26", date(2026, 12, 1)),
        ("01-12-2026", date(2026, 12, 1)),
        ("2026-12-01T00:00:00Z", date(2026, 12, 1)),
        ("01/12/2026 00:00", date(2026, 12, 1)),
        ("Tue 1 Dec 2026", date(2026, 12, 1)),
        ("20261201", date(2026, 12, 1)),
        ("12/25/2026", None),
        ("31/11/2026", None),
        ("Tuesday", None),
        ("01/12", None),
    ],
)
def test_dates_are_read_as_britain_writes_them(
    tmp_path: Path, text: str, read: date | None
) -> None:
    good = "BK1 4QZ,Grey,2026-12-03\nBK1 4QZ,Grey,2026-12-04\n"
    put(tmp_path, f"postcode,bin,date\nBK2 7AB,Grey,{text}\n{good}")
    looked = ask(tmp_path, "BK2 7AB")
    assert looked == (Looked(((read, "Grey"),), "found") if read else Looked((), "unreadable"))
    assert ask(tmp_path, "BK1 4QZ").state == "found"


def test_a_day_that_cannot_be_read_is_never_left_out_silently(tmp_path: Path) -> None:
    put(tmp_path, ROWS)
    assert ask(tmp_path, "BK4 5SU") == Looked((), "unreadable")


def test_a_file_from_windows_is_read(tmp_path: Path) -> None:
    text = "postcode,bin,date\r\nBK1 4QZ,Caf\xe9 bin,01/12/2026\r\n"
    put(tmp_path, text.encode("cp1252"))
    assert ask(tmp_path, "BK1 4QZ").found == ((date(2026, 12, 1), "Café bin"),)
    put(tmp_path, text.encode("utf-8-sig"), "bom.csv")
    assert ask(tmp_path, "BK1 4QZ", "bom.csv").state == "found"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("street,bin,date\nMill Lane,Grey,2026-12-01\n", "no column postcode"),
        ("postcode,bin\nBK1 4QZ,Grey\n", "no column date"),
        ("postcode,bin,date\nBK1 4QZ,Grey,soon\n", "no column date"),
        ('postcode,bin,date\n"BK1 4QZ,Grey,2026-12-01\n', "is no table"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, words: str) -> None:
    path = put(tmp_path, text)
    assert words in wrong_with(path, TODAY)
    assert ask(tmp_path, "BK1 4QZ") == Looked((), "unreadable")


def test_a_file_that_is_gone_is_unreadable(tmp_path: Path) -> None:
    assert ask(tmp_path, "BK1 4QZ", "gone.csv") == Looked((), "unreadable")


def test_an_old_file_is_stale_even_if_it_holds_days_to_come(tmp_path: Path) -> None:
    put(tmp_path, ROWS, old=90)
    assert ask(tmp_path, "BK1 4QZ").state == "found"
    put(tmp_path, ROWS, old=91)
    assert ask(tmp_path, "BK1 4QZ") == Looked((), "stale")


def test_a_postcode_whose_days_are_over_is_stale(tmp_path: Path) -> None:
    put(tmp_path, ROWS)
    assert ask(tmp_path, "BK4 9WB") == Looked((), "stale")


def test_a_new_version_of_the_file_counts_at_once(tmp_path: Path) -> None:
    put(tmp_path, "postcode,bin,date\nBK1 4QZ,Grey,2026-12-01\n", old=2)
    assert ask(tmp_path, "BK1 4QZ").found[0][0] == date(2026, 12, 1)
    put(tmp_path, "postcode,bin,date\nBK1 4QZ,Grey,2026-12-08\n", old=1)
    assert ask(tmp_path, "BK1 4QZ").found[0][0] == date(2026, 12, 8)


# Calendars


def test_a_calendar_of_a_round_is_read_with_its_exceptions(tmp_path: Path) -> None:
    put(tmp_path, ROUND.replace("\n", "\r\n"), "monday.ics")
    days = [date(2026, 12, 22), date(2027, 1, 4), date(2027, 1, 18), date(2027, 2, 1)]
    for value in ("BK1 4RD", "100012345678"):
        looked = ask(tmp_path, value, "monday.ics")
        assert looked == Looked(tuple((day, "Grey bin") for day in days), "found")
    assert ask(tmp_path, "BK2 7AB", "monday.ics").state == "unknown"


def test_a_folder_of_calendars_is_read(tmp_path: Path) -> None:
    put(tmp_path, ROUND, "rounds/monday.ics")
    other = ROUND.replace("BK1 4RD", "BK2 7AB").replace("Monday round", "Tuesday round")
    put(tmp_path, other.replace("20261123", "20261124"), "rounds/tuesday.ics")
    assert ask(tmp_path, "BK1 4RD", "rounds").found[0][0] == date(2026, 12, 22)
    both = ask(tmp_path, "BK1 4QZ", "rounds")
    assert (both.state, both.addresses) == ("which", ("Monday round", "Tuesday round"))
    assert ask(tmp_path, "BK1 4QZ Tuesday round", "rounds").found[0][0] == date(2026, 11, 24)


def test_a_list_says_which_calendar_a_postcode_has(tmp_path: Path) -> None:
    put(tmp_path, ROUND, "data/monday.ics")
    put(
        tmp_path, "postcode,calendar\nBK5 1AA,monday.ics\nBK5 1AB,gone.ics\n", "data/r.csv", old=900
    )
    assert ask(tmp_path, "BK5 1AA", "data/r.csv").found[0] == (date(2026, 12, 22), "Grey bin")
    assert ask(tmp_path, "BK5 1AB", "data/r.csv") == Looked((), "unreadable")
    put(tmp_path, ROUND, "data/monday.ics", old=91)
    assert ask(tmp_path, "BK5 1AA", "data/r.csv") == Looked((), "stale")


@pytest.mark.parametrize(
    "text", ["", "hello", "\x00", ROUND.replace("VALUE=DATE:20261123", "VALUE=DATE:x"), ROUND[:300]]
)
def test_a_broken_calendar_is_unreadable(tmp_path: Path, text: str) -> None:
    path = put(tmp_path, text, "monday.ics")
    assert "no iCalendar file" in wrong_with(path, TODAY)
    assert ask(tmp_path, "BK1 4QZ", "monday.ics") == Looked((), "unreadable")


def test_a_calendar_that_is_for_nobody_says_so(tmp_path: Path) -> None:
    path = put(tmp_path, ROUND.replace("X-WR-CALDESC", "X-OTHER"), "monday.ics")
    assert "names no postcode" in wrong_with(path, TODAY)


DAYS = [(date(2026, 12, 1), "Grey bin, lid closed; " + "é" * 60), (date(2026, 12, 8), "Blue bag")]


def written(at: datetime = AT, of: str = "BK1 4QZ") -> str:
    return calendar(DAYS, of=of, name="Bin days", host="www.exampleton.example", at=at)


def test_a_calendar_is_written_as_the_standard_has_it() -> None:
    text = written()
    assert text.startswith("BEGIN:VCALENDAR\r\n") and text.endswith("END:VCALENDAR\r\n")
    lines = text.encode().split(b"\r\n")
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)
    read = icalendar.Calendar.from_ical(text)
    assert (read["VERSION"], read["METHOD"], bool(read["PRODID"])) == ("2.0", "PUBLISH", True)
    events = read.walk("VEVENT")
    assert [(one["DTSTART"].dt, str(one["SUMMARY"])) for one in events] == DAYS
    assert all(one["DTSTAMP"].dt == AT for one in events)
    assert "DTSTART;VALUE=DATE:20261201\r\nDTEND;VALUE=DATE:20261202\r\n" in text


def test_each_day_is_told_on_the_evening_before() -> None:
    for event in icalendar.Calendar.from_ical(written()).walk("VEVENT"):
        (reminder,) = event.walk("VALARM")
        assert reminder["ACTION"] == "DISPLAY"
        start = datetime.combine(event["DTSTART"].dt, datetime.min.time())
        rings = start + reminder["TRIGGER"].dt
        assert (rings.date(), rings.hour) == (event["DTSTART"].dt - timedelta(days=1), 18)


def test_an_event_keeps_its_id_and_does_not_tell_the_address() -> None:
    def ids(text: str) -> list[str]:
        return [str(one["UID"]) for one in icalendar.Calendar.from_ical(text).walk("VEVENT")]

    assert ids(written()) == ids(written(AT + timedelta(days=30), "bk1  4qz"))
    assert len(set(ids(written()) + ids(written(of="BK1 4RD")))) == 4
    assert "BK1" not in written().upper().replace("BIN DAYS", "")

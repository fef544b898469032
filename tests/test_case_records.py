"""A case is kept once, with its delivery, whatever happens at the same time."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event, insert, inspect, select

from api.database import configuration, open_engine, upgrade
from chatbot.records import Cases, Conversations, NewCase, NoCase, NoMessage
from chatbot.records.reference import ALPHABET, code_of, make_reference, same
from chatbot.records.tables import case_events, deliveries, metadata, uploads
from chatbot.records.tables import cases as case_table
from chatbot.types import Question
from tests.conftest import ROOT
from tests.doors import a_run
from tests.test_records import START, Clock

COUNCIL = "exampleton"
WASTE = frozenset({(COUNCIL, "waste")})


def a_case(key: str = "form-1", **changes: Any) -> NewCase:
    new = NewCase(
        council=COUNCIL,
        key=key,
        automation="missed_bin",
        language="en",
        details={"date": "2026-03-02", "bin": "refuse"},
        shown=[("Date", "2 March 2026"), ("Bin", "Refuse")],
        supplier="waste",
        service="MISSED",
        place="12 example street",
        kind="refuse",
    )
    return replace(new, **changes)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cases(engine: Engine, clock: Clock) -> Cases:
    return Cases(engine, clock)


def rows(engine: Engine) -> dict[str, int]:
    tables = (case_table, deliveries, case_events, uploads)
    with engine.connect() as connection:
        return {t.name: len(connection.execute(select(t)).all()) for t in tables}


# Opened once


def test_a_case_comes_with_its_delivery_and_its_first_event(cases: Cases, engine: Engine) -> None:
    case = cases.open(a_case())
    assert case.state == "received"
    assert case.shown == (("Date", "2 March 2026"), ("Bin", "Refuse"))
    assert cases.find(COUNCIL, case.reference) == case
    assert rows(engine) == {"cases": 1, "deliveries": 1, "case_events": 1, "uploads": 0}


def test_a_case_without_a_supplier_has_nothing_to_deliver(cases: Cases, clock: Clock) -> None:
    cases.open(a_case(supplier=""))
    assert cases.claim(clock.now) is None


def test_a_form_confirmed_twice_opens_one_case(cases: Cases, engine: Engine) -> None:
    first = cases.open(a_case())
    assert cases.open(a_case(details={"date": "2026-03-03"})) == first
    assert rows(engine)["cases"] == rows(engine)["deliveries"] == 1


def test_the_same_key_in_another_council_is_another_case(cases: Cases) -> None:
    one, other = cases.open(a_case()), cases.open(a_case(council="otherton"))
    assert (one.council, other.council) == (COUNCIL, "otherton")
    assert cases.find("otherton", one.reference) in (None, other)


def test_confirmations_at_the_same_moment_open_one_case_each(cases: Cases, engine: Engine) -> None:
    pairs, told = 25, []
    start = Barrier(4)

    def confirm() -> None:
        start.wait()
        for number in range(pairs):
            told.append((number, cases.open(a_case(f"form-{number}")).reference))

    threads = [Thread(target=confirm) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 4 * pairs
    assert len(set(told)) == pairs
    assert rows(engine)["cases"] == rows(engine)["deliveries"] == pairs


@pytest.mark.slow
def test_two_processes_open_one_case_for_one_form(engine: Engine) -> None:
    script = (
        "import sys; from api.database import open_engine; from chatbot.records import Cases;"
        "from tests.test_case_records import a_case; cases = Cases(open_engine(sys.argv[1]));"
        "[print(cases.open(a_case(f'form-{n}')).reference) for n in range(50)]"
    )
    command = [sys.executable, "-c", script, engine.url.render_as_string(hide_password=False)]
    both = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    one, other = (process.communicate(timeout=60)[0].split() for process in both)
    assert one == other
    assert len(one) == len(set(one)) == rows(engine)["cases"] == rows(engine)["deliveries"] == 50


def test_a_reference_that_is_taken_is_not_given_again(
    engine: Engine,
) -> None:
    given = iter(["BIN-7K4M2Q", "BIN-7K4M2Q", "BIN-7K4M2Q", "BIN-000000"])
    cases = Cases(engine, refer=lambda _: next(given))
    assert cases.open(a_case("one")).reference == "BIN-7K4M2Q"
    assert cases.open(a_case("two")).reference == "BIN-000000"


# References


def test_a_reference_has_no_vowels_and_nothing_that_looks_alike() -> None:
    assert not set("AEIOULBDSZG") & set(ALPHABET)
    made = [make_reference("missed_bin") for _ in range(200)]
    assert len(set(made)) == 200
    assert all(one.startswith("MISS-") and len(one) == 11 for one in made)
    assert make_reference("bin_day")[:4] == "BIN-"
    assert make_reference("2nd-bin")[:3] == "ND-"
    assert make_reference("")[:5] == "CASE-"


@pytest.mark.parametrize(
    "written",
    [
        "miss-1k40xq",
        " MISS 1K40XQ ",
        "miss1k40xq",
        "MISS-IK4OXQ",
        "m1ss lk4oxq",
        "1K4 0XQ",
        "1k40xq.",
    ],
)
def test_a_reference_is_found_however_it_is_written(engine: Engine, written: str) -> None:
    cases = Cases(engine, refer=lambda _: "MISS-1K40XQ")
    case = cases.open(a_case())
    assert cases.find(COUNCIL, written) == case
    assert cases.find("otherton", written) is None


@pytest.mark.parametrize(
    "wrong",
    ["", "x", "1K40X", "1K40XR", "ROAD-1K40XQ", "MISS-1K40XQ9", "\x00", "\ud83d" * 8, "9" * 9999],
)
def test_something_else_finds_no_case(engine: Engine, wrong: str) -> None:
    cases = Cases(engine, refer=lambda _: "MISS-1K40XQ")
    cases.open(a_case())
    assert cases.find(COUNCIL, wrong) is None


@given(st.text(max_size=20))
def test_every_automation_makes_a_reference_that_is_its_own(automation: str) -> None:
    reference = make_reference(automation)
    assert len(reference) <= 11
    assert same(reference.lower().replace("-", " "), reference)
    assert code_of(reference) == reference[-6:]


# Found and listed


def test_reports_of_the_same_place_and_kind_are_found(cases: Cases, clock: Clock) -> None:
    old = cases.open(a_case("one"))
    clock.now += timedelta(minutes=1)
    new = cases.open(a_case("two"))
    cases.open(a_case("three", kind="recycling"))
    cases.open(a_case("four", place="elsewhere"))
    cases.open(a_case("five", automation="street_problem"))
    closed = cases.open(a_case("six"))
    cases.close(COUNCIL, closed.reference)
    alike = cases.alike(COUNCIL, "missed_bin", "12 example street", "refuse")
    assert [one.reference for one in alike] == [new.reference, old.reference]
    assert cases.alike("otherton", "missed_bin", "12 example street", "refuse") == ()
    cases.open(a_case("seven", place=""))
    assert cases.alike(COUNCIL, "missed_bin", "", "refuse") == ()


def test_a_very_long_place_is_found_too(cases: Cases) -> None:
    case = cases.open(a_case(place="x" * 5_000))
    assert cases.alike(COUNCIL, "missed_bin", "x" * 5_000, "refuse") == (case,)


def test_staff_list_cases_newest_first_and_go_on(cases: Cases, clock: Clock) -> None:
    made = []
    for number in range(7):
        made.append(cases.open(a_case(str(number))).reference)
        clock.now += timedelta(seconds=number % 2)
    listed: list[str] = []
    while page := cases.list(COUNCIL, after=listed[-1] if listed else "", limit=2):
        listed += [case.reference for case in page]
    assert sorted(listed) == sorted(made)
    assert [case.opened for case in cases.list(COUNCIL)] == sorted(
        (case.opened for case in cases.list(COUNCIL)), reverse=True
    )
    assert cases.list("otherton") == ()
    cases.close(COUNCIL, made[3])
    assert [case.reference for case in cases.list(COUNCIL, state="closed")] == [made[3]]
    assert cases.list(COUNCIL, automation="street_problem") == ()


# Delivered once


def test_a_delivery_has_one_worker_at_a_time(cases: Cases, clock: Clock) -> None:
    case = cases.open(a_case())
    delivery = cases.claim(clock.now)
    assert delivery and delivery.case == case
    assert (delivery.attempts, delivery.unsure) == (1, False)
    assert cases.claim(clock.now) is None
    assert cases.done(delivery, "W-1", "On its way")
    kept = cases.find(COUNCIL, case.reference)
    assert kept and (kept.state, kept.their_reference, kept.told) == (
        "delivered",
        "W-1",
        "On its way",
    )
    assert cases.claim(clock.now + timedelta(days=9)) is None
    assert [one.kind for one in cases.history(COUNCIL, case.reference)] == ["opened", "delivered"]


def test_what_a_killed_worker_held_is_due_again_and_said_to_be_unsure(
    cases: Cases, clock: Clock
) -> None:
    cases.open(a_case())
    lost = cases.claim(clock.now)
    assert cases.claim(clock.now + timedelta(minutes=4)) is None
    again = cases.claim(clock.now + timedelta(minutes=5))
    assert lost and again
    assert (again.id, again.attempts, again.unsure) == (lost.id, 2, True)
    assert not cases.done(lost)
    assert not cases.give_up(lost, "too late", unsure=True)
    assert cases.done(again)


def test_workers_at_the_same_moment_never_share_a_delivery(cases: Cases, clock: Clock) -> None:
    for number in range(40):
        cases.open(a_case(str(number)))
    taken: list[str] = []

    def work() -> None:
        misses = 0
        while misses < 3:
            delivery = cases.claim(clock.now)
            if delivery is None:
                misses += 1
                continue
            taken.append(delivery.id)
            cases.done(delivery)

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(Counter(taken).values()) == {1}
    assert len(taken) == 40


def test_suppliers_that_rest_keep_nobody_else_waiting(cases: Cases, clock: Clock) -> None:
    cases.open(a_case("one"))
    clock.now += timedelta(seconds=1)
    other = cases.open(a_case("two", supplier="roads"))
    delivery = cases.claim(clock.now, frozenset({(COUNCIL, "waste")}))
    assert delivery and delivery.case.reference == other.reference


def test_a_delivery_put_back_waits_for_its_time(cases: Cases, clock: Clock) -> None:
    cases.open(a_case())
    delivery = cases.claim(clock.now)
    assert delivery
    later = clock.now + timedelta(minutes=5)
    assert cases.again(delivery, later, "HTTP 503", unsure=False, token="T1")
    assert cases.claim(clock.now) is None
    again = cases.claim(later)
    assert again and (again.attempts, again.unsure, again.token) == (2, False, "T1")


def test_dead_letters_are_for_staff_who_can_send_them_again(cases: Cases, clock: Clock) -> None:
    case = cases.open(a_case())
    delivery = cases.claim(clock.now)
    assert delivery
    assert cases.give_up(delivery, "HTTP 410 Gone", unsure=True)
    failed = cases.find(COUNCIL, case.reference)
    assert failed and failed.state == "failed"
    (dead,) = cases.dead(COUNCIL)
    assert (dead.reference, dead.error, dead.attempts) == (case.reference, "HTTP 410 Gone", 1)
    assert cases.dead("otherton") == ()
    with pytest.raises(NoCase):
        cases.replay("otherton", dead.id)
    cases.replay(COUNCIL, dead.id)
    with pytest.raises(NoCase):
        cases.replay(COUNCIL, dead.id)
    assert cases.dead(COUNCIL) == ()
    again = cases.claim(clock.now)
    assert again and (again.id, again.attempts, again.unsure) == (delivery.id, 1, True)
    cases.give_up(again, "HTTP 410 Gone", unsure=True)
    cases.replay(COUNCIL, dead.id, looked=True)
    last = cases.claim(clock.now)
    assert last and not last.unsure
    assert [one.kind for one in cases.history(COUNCIL, case.reference)] == [
        "opened",
        "failed",
        "replayed",
        "failed",
        "replayed",
    ]


def test_a_closed_case_is_not_delivered_any_more(cases: Cases, clock: Clock) -> None:
    waiting = cases.open(a_case("one"))
    cases.close(COUNCIL, waiting.reference, "We came by.")
    assert cases.claim(clock.now) is None
    assert cases.dead(COUNCIL) == ()
    under_way = cases.open(a_case("two"))
    delivery = cases.claim(clock.now)
    assert delivery
    cases.close(COUNCIL, under_way.reference)
    assert cases.again(delivery, clock.now, "HTTP 503", unsure=False)
    assert cases.claim(clock.now) is None
    closed = cases.find(COUNCIL, waiting.reference)
    assert closed and (closed.state, closed.told) == ("closed", "We came by.")
    with pytest.raises(NoCase):
        cases.close(COUNCIL, "BIN-000000")


def test_what_a_supplier_says_reaches_the_case_once(cases: Cases, clock: Clock) -> None:
    case = cases.open(a_case())
    delivery = cases.claim(clock.now)
    assert delivery and cases.done(delivery, "W-1")
    clock.now += timedelta(hours=2)
    (found,) = cases.open_elsewhere(clock.now - timedelta(hours=1), WASTE)
    cases.heard(found, "A crew is on its way", closed=False)
    assert cases.open_elsewhere(clock.now - timedelta(hours=1), WASTE) == ()
    clock.now += timedelta(hours=2)
    (found,) = cases.open_elsewhere(clock.now - timedelta(hours=1), WASTE)
    cases.heard(found, "A crew is on its way", closed=False)
    cases.heard(found, "Done", closed=True)
    assert cases.open_elsewhere(clock.now + timedelta(days=1), WASTE) == ()
    kinds = [(one.kind, one.words) for one in cases.history(COUNCIL, case.reference)]
    assert kinds[2:] == [("told", "A crew is on its way"), ("closed", "Done")]


# Kept and deleted


def test_closed_cases_are_purged_and_open_ones_stay(
    cases: Cases, clock: Clock, engine: Engine
) -> None:
    conversation = Conversations(engine, clock).begin(COUNCIL, "en").conversation
    upload(engine, conversation.id, "photo-1", clock.now)
    closed = cases.open(a_case("one", conversation=conversation.id, details={"photo": "photo-1"}))
    cases.open(a_case("two"))
    cases.open(a_case("three", council="otherton"))
    cases.close(COUNCIL, closed.reference)
    assert cases.purge(COUNCIL, clock.now) == 0
    clock.now += timedelta(days=1)
    assert cases.purge(COUNCIL, clock.now) == 1
    assert rows(engine) == {"cases": 2, "deliveries": 2, "case_events": 2, "uploads": 0}


def upload(engine: Engine, conversation: str, id: str, created: datetime) -> None:
    with engine.begin() as connection:
        connection.execute(
            insert(uploads).values(
                council=COUNCIL,
                id=id,
                conversation=conversation,
                media_type="image/png",
                data=b"png",
                size=3,
                created=created,
            )
        )


@pytest.mark.parametrize("how", ["erase", "purge"])
def test_a_conversation_goes_with_its_pending_and_loose_uploads_and_leaves_the_case(
    cases: Cases, clock: Clock, engine: Engine, how: str
) -> None:
    records = Conversations(engine, clock)
    conversation = records.begin(COUNCIL, "en").conversation
    message = records.accept(conversation, "my bin").message_id
    records.finish(conversation, message, a_run(Question("")), pending={"asked": "date"})
    for name in ("kept", "loose"):
        upload(engine, conversation.id, name, clock.now)
    case = cases.open(a_case(conversation=conversation.id, details={"photo": "kept"}))
    if how == "erase":
        records.erase(conversation)
    else:
        records.purge(COUNCIL, clock.now + timedelta(days=1))
    assert records.pending(conversation) is None
    assert cases.find(COUNCIL, case.reference) == case
    with engine.connect() as connection:
        assert connection.execute(select(uploads.c.id)).scalars().all() == ["kept"]


def test_a_case_holds_no_upload_of_another_conversation(cases: Cases, engine: Engine) -> None:
    upload(engine, "theirs", "photo-1", START)
    cases.open(a_case(conversation="mine", details={"photo": "photo-1"}))
    with engine.connect() as connection:
        assert connection.execute(select(uploads.c.case)).scalars().all() == [None]


# What a form waits for


def test_what_a_form_waits_for_is_written_with_the_answer(engine: Engine) -> None:
    records = Conversations(engine)
    conversation = records.begin(COUNCIL, "en").conversation
    assert records.pending(conversation) is None
    waits = {"automation": "missed_bin", "values": {"bin": "refuse"}, "said": "\x00ŵ"}
    for pending, kept in (
        (waits, waits | {"said": "ŵ"}),
        (None, waits | {"said": "ŵ"}),
        ({}, None),
        (None, None),
    ):
        message = records.accept(conversation, "Bins?").message_id
        records.finish(conversation, message, a_run(Question("")), pending=pending)
        assert records.pending(conversation) == kept
    with pytest.raises(NoMessage):
        records.finish(conversation, message, a_run(Question("")), pending=waits)
    assert records.pending(conversation) is None


def test_of_two_messages_at_once_the_later_decides_and_what_ended_stays_ended(
    engine: Engine,
) -> None:
    records = Conversations(engine)
    form, kept, changed = {"form": "F"}, {"form": "F", "kept": "K"}, {"form": "G"}
    for waited, first, second, in_order, out_of_order in (
        (form, {}, form, None, None),
        (form, form | changed, {}, None, None),
        (kept, {"kept": "K"}, kept, {"kept": "K"}, {"kept": "K"}),
        (form, changed, {"form": "H"}, {"form": "H"}, {"form": "H"}),
        ({}, changed, {"form": "H"}, {"form": "H"}, {"form": "H"}),
    ):
        for backwards, left in ((False, in_order), (True, out_of_order)):
            conversation = records.begin(COUNCIL, "en").conversation
            message = records.accept(conversation, "Bins?").message_id
            records.finish(conversation, message, a_run(Question("")), pending=waited)
            both = [(records.accept(conversation, "?").message_id, one) for one in (first, second)]
            for message, pending in reversed(both) if backwards else both:
                run = a_run(Question(""))
                records.finish(conversation, message, run, pending=pending, waited=waited)
            assert records.pending(conversation) == left


def test_tables_and_migrations_agree_and_go_back(engine: Engine) -> None:
    Cases(engine).open(a_case("migrated"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        theirs = [
            change
            for change in compare_metadata(context, metadata)
            if change[0] not in ("remove_table", "remove_index")
        ]
    assert theirs == []


def test_a_release_can_be_taken_back_and_keeps_the_conversations(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    upgrade(engine)
    there_and_back(engine)


def there_and_back(engine: Engine) -> None:
    records = Conversations(engine)
    opened = records.begin(COUNCIL, "en")
    message = records.accept(opened.conversation, "Bins?").message_id
    records.finish(opened.conversation, message, a_run(Question("")), pending={"a": 1})
    with engine.begin() as connection:
        command.downgrade(configuration(connection), "records_0001")
    assert "cases" not in inspect(engine).get_table_names()
    upgrade(engine)
    again = records.open(COUNCIL, opened.conversation.id, opened.secret)
    assert [one.text for one in records.transcript(again)][-1] == "Bins?"
    assert records.pending(again) is None


def test_every_statement_for_a_council_names_it(cases: Cases, clock: Clock, engine: Engine) -> None:
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *a: said.append(a[2]))
    case = cases.open(a_case())
    cases.open(a_case())
    cases.alike(COUNCIL, "missed_bin", "x", "y")
    cases.list(COUNCIL, "received", "missed_bin", case.reference)
    cases.history(COUNCIL, case.reference)
    cases.dead(COUNCIL)
    cases.close(COUNCIL, case.reference)
    cases.purge(COUNCIL, clock.now)
    statements = [one for one in said if "PRAGMA" not in one]
    assert len(statements) > 12
    for statement in statements:
        assert "council = ?" in statement or "(council, " in statement, statement


@pytest.mark.postgresql
@pytest.mark.slow
def test_postgresql_keeps_the_same_promises(postgresql: str) -> None:
    engine, clock = open_engine(postgresql), Clock()
    upgrade(engine)

    def fresh() -> Cases:
        with engine.begin() as connection:
            for table in (uploads, case_events, deliveries, case_table):
                connection.execute(table.delete())
        return Cases(engine, clock)

    test_a_case_comes_with_its_delivery_and_its_first_event(fresh(), engine)
    test_a_form_confirmed_twice_opens_one_case(fresh(), engine)
    test_confirmations_at_the_same_moment_open_one_case_each(fresh(), engine)
    fresh()
    test_two_processes_open_one_case_for_one_form(engine)
    test_reports_of_the_same_place_and_kind_are_found(fresh(), clock)
    test_a_delivery_has_one_worker_at_a_time(fresh(), clock)
    test_what_a_killed_worker_held_is_due_again_and_said_to_be_unsure(fresh(), clock)
    test_workers_at_the_same_moment_never_share_a_delivery(fresh(), clock)
    test_dead_letters_are_for_staff_who_can_send_them_again(fresh(), clock)
    test_a_closed_case_is_not_delivered_any_more(fresh(), clock)
    test_staff_list_cases_newest_first_and_go_on(fresh(), clock)
    test_suppliers_that_rest_keep_nobody_else_waiting(fresh(), clock)
    test_what_a_supplier_says_reaches_the_case_once(fresh(), clock)
    test_closed_cases_are_purged_and_open_ones_stay(fresh(), clock, engine)
    fresh()
    clock.now = datetime.now(UTC)
    test_what_a_form_waits_for_is_written_with_the_answer(engine)
    test_tables_and_migrations_agree_and_go_back(engine)
    there_and_back(engine)
    engine.dispose()

"""What was accepted is kept, apart for each council, and goes when its time is up."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, event, select

from api.database import open_engine, upgrade
from chatbot.records import Conversations, NoConversation, NoMessage, RecordsDown
from chatbot.records.tables import conversations, feedback, messages, metadata
from chatbot.records.tables import events as event_table
from chatbot.records.written import answer_from_json, answer_to_json, clean, clean_json
from chatbot.types import Answer, Question, Status
from tests.doors import a_run, an_engine

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def records(engine: Engine, clock: Clock) -> Conversations:
    return Conversations(engine, clock)


def test_a_conversation_goes_on_with_its_secret(records: Conversations) -> None:
    opened = records.begin("exampleton", "en")
    again = records.open("exampleton", opened.conversation.id, opened.secret)
    assert again == opened.conversation


@pytest.mark.parametrize("wrong", ["", "x", "\x00", "\ud83d", "x" * 10_000])
def test_a_wrong_secret_and_a_wrong_id_look_the_same(records: Conversations, wrong: str) -> None:
    opened = records.begin("exampleton", "en")
    for id, secret in ((opened.conversation.id, wrong), (wrong, opened.secret)):
        with pytest.raises(NoConversation):
            records.open("exampleton", id, secret)


def test_another_council_cannot_open_a_conversation(records: Conversations) -> None:
    opened = records.begin("exampleton", "en")
    with pytest.raises(NoConversation):
        records.open("otherton", opened.conversation.id, opened.secret)


def test_secrets_are_long_and_only_their_sums_are_kept(
    records: Conversations, engine: Engine
) -> None:
    secrets = {records.begin("exampleton", "en").secret for _ in range(50)}
    assert len(secrets) == 50
    assert all(len(secret) >= 43 for secret in secrets)
    with engine.connect() as connection:
        kept = str(connection.execute(select(conversations)).all())
    assert not any(secret in kept for secret in secrets)


def test_an_accepted_message_is_in_the_transcript_without_an_answer(
    records: Conversations,
) -> None:
    conversation = records.begin("exampleton", "en").conversation
    accepted = records.accept(conversation, "When is my bin collected?")
    (message,) = records.transcript(conversation)
    assert message.id == accepted.message_id
    assert message.text == "When is my bin collected?"
    assert message.answer is None
    assert message.ended is None
    assert records.history(conversation) == ()


def test_a_finished_answer_comes_back_as_it_was(records: Conversations) -> None:
    conversation = records.begin("exampleton", "en").conversation
    accepted = records.accept(conversation, "Bins?", "cy")
    run = a_run(Question("Bins?"), degraded=True)
    records.finish(conversation, accepted.message_id, run)
    (message,) = records.transcript(conversation)
    assert message.answer == run.answer
    assert (message.degraded, message.language) == (True, "cy")
    assert message.seconds == dict(run.seconds)
    assert message.accepted == START
    assert [(turn.message, turn.answer) for turn in records.history(conversation)] == [
        ("Bins?", run.answer)
    ]


def test_history_is_the_last_turns_oldest_first(records: Conversations) -> None:
    conversation = records.begin("exampleton", "en").conversation
    for number in range(5):
        accepted = records.accept(conversation, f"question {number}")
        records.finish(conversation, accepted.message_id, a_run(Question("")))
    assert [turn.message for turn in records.history(conversation, 2)] == [
        "question 3",
        "question 4",
    ]


def test_a_cut_off_message_is_never_shown_as_answered(records: Conversations) -> None:
    conversation = records.begin("exampleton", "en").conversation
    accepted = records.accept(conversation, "Bins?")
    records.append(conversation, accepted.message_id, [("block", {"text": "half an"})])
    records.abandon(conversation, accepted.message_id, [("error", {"title": "cut off"})])
    (message,) = records.transcript(conversation)
    assert message.answer is None
    assert message.ended == START
    assert records.history(conversation) == ()
    assert [one.kind for one in records.events(conversation)] == ["accepted", "block", "error"]


def test_a_message_ends_once(records: Conversations) -> None:
    conversation = records.begin("exampleton", "en").conversation
    accepted = records.accept(conversation, "Bins?")
    records.finish(conversation, accepted.message_id, a_run(Question("")))
    for end in (records.abandon, lambda c, m: records.finish(c, m, a_run(Question("")))):
        with pytest.raises(NoMessage):
            end(conversation, accepted.message_id)
    assert records.transcript(conversation)[0].answer is not None
    assert len(records.events(conversation)) == 1


def test_what_a_killed_server_left_can_be_found(records: Conversations, clock: Clock) -> None:
    conversation = records.begin("exampleton", "en").conversation
    old = records.accept(conversation, "old")
    clock.now += timedelta(minutes=5)
    records.accept(conversation, "new")
    found = records.unfinished(conversation, clock.now - timedelta(minutes=1))
    assert found == (old.message_id,)


def test_cursors_grow_by_one_and_replay_misses_nothing(records: Conversations) -> None:
    conversation = records.begin("exampleton", "en").conversation
    for number in range(3):
        accepted = records.accept(conversation, str(number))
        blocks = [("block", {"n": 1}), ("block", {"n": 2})]
        records.append(conversation, accepted.message_id, blocks)
    assert [one.cursor for one in records.events(conversation)] == list(range(1, 10))
    assert [one.cursor for one in records.events(conversation, after=4, limit=2)] == [5, 6]


def test_writers_at_once_never_share_a_cursor(records: Conversations) -> None:
    conversation = records.begin("exampleton", "en").conversation

    def talk() -> None:
        for _ in range(10):
            accepted = records.accept(conversation, "hello")
            records.append(conversation, accepted.message_id, [("block", {})])

    threads = [Thread(target=talk) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.cursor for one in records.events(conversation)] == list(range(1, 81))
    assert [one.ordinal for one in records.transcript(conversation)] == list(range(1, 41))


def test_feedback_replaces_feedback(records: Conversations) -> None:
    conversation = records.begin("exampleton", "en").conversation
    message = records.accept(conversation, "Bins?").message_id
    records.say(conversation, message, True)
    records.say(conversation, message, False, "brown\x00 bins")
    (shown,) = records.transcript(conversation)
    assert (shown.helpful, shown.comment) == (False, "brown bins")


def test_feedback_needs_a_message_of_this_conversation(records: Conversations) -> None:
    mine, other = (records.begin("exampleton", "en").conversation for _ in range(2))
    message = records.accept(other, "Bins?").message_id
    for wrong in (message, "x", "\x00"):
        with pytest.raises(NoMessage):
            records.say(mine, wrong, True)


def test_an_erased_conversation_leaves_nothing(records: Conversations, engine: Engine) -> None:
    opened = records.begin("exampleton", "en")
    message = records.accept(opened.conversation, "Bins?").message_id
    records.say(opened.conversation, message, True, "thanks")
    records.erase(opened.conversation)
    assert _rows(engine) == {"conversations": 0, "messages": 0, "events": 0, "feedback": 0}
    with pytest.raises(NoConversation):
        records.open("exampleton", opened.conversation.id, opened.secret)
    with pytest.raises(NoConversation):
        records.accept(opened.conversation, "still there?")


def test_a_purge_deletes_what_is_too_old_of_one_council_only(
    records: Conversations, clock: Clock, engine: Engine
) -> None:
    mine = records.begin("exampleton", "en").conversation
    other = records.begin("otherton", "en").conversation
    for conversation in (mine, other):
        records.say(conversation, records.accept(conversation, "old").message_id, True)
    clock.now += timedelta(days=90)
    records.accept(mine, "new")
    gone = records.purge("exampleton", clock.now - timedelta(days=1))
    assert (gone.messages, gone.conversations) == (1, 0)
    assert [one.text for one in records.transcript(mine)] == ["new"]
    assert [one.text for one in records.transcript(other)] == ["old"]
    gone = records.purge("exampleton", clock.now + timedelta(days=1))
    assert (gone.messages, gone.conversations) == (1, 1)
    assert _rows(engine) == {"conversations": 1, "messages": 1, "events": 1, "feedback": 1}


def test_an_answer_after_the_purge_is_told_so(records: Conversations, clock: Clock) -> None:
    conversation = records.begin("exampleton", "en").conversation
    message = records.accept(conversation, "Bins?").message_id
    records.purge("exampleton", clock.now + timedelta(days=1))
    with pytest.raises(NoConversation):
        records.finish(conversation, message, a_run(Question("")))


def test_every_statement_names_the_council(records: Conversations, engine: Engine) -> None:
    said: list[str] = []

    def listen(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    opened = records.begin("exampleton", "en")
    conversation = opened.conversation
    records.open("exampleton", conversation.id, opened.secret)
    message = records.accept(conversation, "Bins?").message_id
    records.append(conversation, message, [("block", {})])
    records.unfinished(conversation, START)
    records.finish(conversation, message, a_run(Question("")), [("done", {})])
    records.say(conversation, message, True)
    records.history(conversation)
    records.transcript(conversation)
    records.events(conversation)
    records.purge("exampleton", START)
    records.erase(conversation)
    statements = [one for one in said if "PRAGMA" not in one]
    assert len(statements) > 20
    for statement in statements:
        bound = re.search(r"council = \?|INSERT INTO \w+ \(council", statement)
        assert bound, statement


def test_a_database_in_the_way_is_told_as_such(tmp_path: Path) -> None:
    records = Conversations(create_engine(f"sqlite:///{tmp_path / 'missing' / 'x.db'}"))
    for use in (records.check, lambda: records.begin("exampleton", "en")):
        with pytest.raises(RecordsDown):
            use()


def test_a_locked_database_refuses_and_recovers(tmp_path: Path) -> None:
    engine = an_engine(tmp_path)
    impatient = create_engine(engine.url, connect_args={"timeout": 0.05})
    records = Conversations(impatient)
    holder = engine.raw_connection()
    holder.cursor().execute("BEGIN EXCLUSIVE")
    with pytest.raises(RecordsDown):
        records.begin("exampleton", "en")
    holder.rollback()
    holder.close()
    assert records.begin("exampleton", "en").secret
    engine.dispose()
    impatient.dispose()


def test_tables_and_migrations_agree(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _: kind != "table" or name in metadata.tables,
            },
        )
        assert compare_metadata(context, metadata) == []


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=50))
def test_clean_text_can_be_written_anywhere(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert "\x00" not in cleaned
    assert clean(cleaned) == cleaned


def test_clean_keeps_what_people_write() -> None:
    said = "Ble mae'r ŵyl? 👩‍👩‍👧 café £5\nمرحبا\t✔️"
    assert clean(said) == said
    assert clean("a\r\nb\rc\x00\x1b[31m\ud83d") == "a\nb\nc[31m"
    nested = {"a\x00": ["\ud83d", {"b": "\x01"}, 1, None]}
    assert clean_json(nested) == {"a": ["", {"b": ""}, 1, None]}


def test_an_answer_with_keys_of_a_later_release_can_be_read() -> None:
    written = answer_to_json(a_run(Question("")).answer) | {"tone": "calm"}
    assert answer_from_json(written).status is Status.ANSWERED_FROM_PAGES


def test_hostile_text_is_stored_and_comes_back(records: Conversations) -> None:
    conversation = records.begin("exampleton", "en").conversation
    hostile = "'; DROP TABLE messages; -- \x00 \ud83d \u202e 👍"
    accepted = records.accept(conversation, hostile)
    run = a_run(Question(""), hostile)
    records.finish(conversation, accepted.message_id, run, [("done", {"\x00": hostile})])
    (message,) = records.transcript(conversation)
    assert message.text == clean(hostile)
    assert isinstance(message.answer, Answer)
    assert records.events(conversation)[-1].data == {"": clean(hostile)}


@pytest.mark.postgresql
@pytest.mark.slow
def test_postgresql_keeps_the_same_promises(postgresql: str) -> None:
    engine = open_engine(postgresql)
    upgrade(engine)
    records = Conversations(engine)
    test_a_finished_answer_comes_back_as_it_was(Conversations(engine, Clock()))
    test_hostile_text_is_stored_and_comes_back(records)
    test_writers_at_once_never_share_a_cursor(records)
    test_feedback_replaces_feedback(records)
    test_a_message_ends_once(records)
    for wrong in ("", "\x00", "\ud83d", "x" * 10_000):
        test_a_wrong_secret_and_a_wrong_id_look_the_same(records, wrong)
    test_tables_and_migrations_agree(engine)
    assert records.purge("exampleton", datetime.now(UTC) + timedelta(days=1)).messages > 0
    engine.dispose()


def _rows(engine: Engine) -> dict[str, int]:
    tables = (conversations, messages, event_table, feedback)
    with engine.connect() as connection:
        return {t.name: len(connection.execute(select(t)).all()) for t in tables}

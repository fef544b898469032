"""A database that is up to date is opened without waiting for whoever writes to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import InterfaceError, OperationalError

from api.cli import _words_for
from api.database import open_engine, upgrade


def test_a_start_does_not_wait_for_a_writer_where_nothing_is_to_be_upgraded(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'townclerk.sqlite3'}"
    upgrade(open_engine(url))
    holder = open_engine(url).raw_connection()
    holder.cursor().execute("BEGIN EXCLUSIVE")
    impatient = create_engine(url, connect_args={"timeout": 0.05})
    upgrade(impatient)
    holder.rollback()
    holder.close()


def test_a_database_that_cannot_be_reached_is_said_in_words() -> None:
    with pytest.raises(InterfaceError) as caught:
        upgrade(open_engine("postgresql+pg8000://town:hidden@127.0.0.1:9/clerk"))
    words = _words_for(caught.value)
    assert "cannot be used now" in words
    assert "hidden" not in words


def test_a_new_database_waits_for_whoever_makes_its_tables(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'townclerk.sqlite3'}"
    holder = create_engine(url).raw_connection()
    holder.cursor().execute("BEGIN EXCLUSIVE")
    impatient = create_engine(url, connect_args={"timeout": 0.05})
    with pytest.raises(OperationalError, match="locked") as caught:
        upgrade(impatient)
    assert "database is locked" in _words_for(caught.value)
    holder.rollback()
    holder.close()
    upgrade(impatient)
    assert "passages" in inspect(impatient).get_table_names()

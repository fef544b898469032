"""A plain text file is read as paragraphs and lists."""

from __future__ import annotations

from datetime import date

import pytest

from ingest.document import Unreadable
from ingest.read_text import read_text

URL = "https://www.exampleton.example/opening-hours.txt"


def test_a_short_first_line_is_the_title() -> None:
    text = (
        "Opening hours\n\nWe open at 9am\nand close at 5pm.\n\nBring:\n- a bill\n- your\n  "
        "card\n\nLast updated: 3 March 2026"
    )
    document = read_text(text.encode(), URL)
    assert document.title == "Opening hours"
    assert document.updated == date(2026, 3, 3)
    assert [(b.kind, b.text) for b in document.blocks][:3] == [
        ("paragraph", "We open at 9am and close at 5pm."),
        ("paragraph", "Bring:"),
        ("list", "- a bill\n- your card"),
    ]


def test_a_sentence_is_no_title() -> None:
    document = read_text("We open at 9am, and close at 5pm.\nCome in.".encode("cp1252"), URL)
    assert document.title == "Opening hours"
    assert document.blocks[0].text == "We open at 9am, and close at 5pm. Come in."


def test_a_file_without_words_is_said_to_be_empty() -> None:
    with pytest.raises(Unreadable, match="empty"):
        read_text(b" \n --- \n", URL)

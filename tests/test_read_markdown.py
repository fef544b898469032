"""A Markdown file of a council folder is read with its front matter."""

from __future__ import annotations

from datetime import date

import pytest

from ingest.document import Unreadable
from ingest.read_markdown import read_markdown

URL = "https://www.exampleton.example/missed-bins.md"

PAGE = """---
url: https://forms.exampleton.example/bins#missed
title: "Missed": what to do, and when
updated: 3 March 2026
owner: waste team
---
# Missed bins

Tell us **by 4pm** the next day, or [report it](/report "form").

## What we need {#need}

1. your postcode
2. the bin:
   - black
   - brown

| Bin | Day |
|-----|-----|
| Black | Monday \\| Friday |

### Hidden <b>text</b>

![a bin](bin.png) Call 020 7946 0000.
"""


def test_front_matter_gives_address_title_and_day() -> None:
    document = read_markdown(PAGE.encode(), URL)
    assert document.canonical == "https://forms.exampleton.example/bins#missed"
    assert document.title == '"Missed": what to do, and when'
    assert document.updated == date(2026, 3, 3)


def test_structure_becomes_blocks_without_marks() -> None:
    blocks = read_markdown(PAGE.encode(), URL).blocks
    assert [(b.kind, b.text, b.fragment) for b in blocks] == [
        ("heading", "Missed bins", ""),
        ("paragraph", "Tell us by 4pm the next day, or report it.", ""),
        ("heading", "What we need", "need"),
        ("list", "1. your postcode\n2. the bin:\n   - black\n   - brown", ""),
        ("table", "| Bin | Day |\n|---|---|\n| Black | Monday \\| Friday |", ""),
        ("heading", "Hidden text", ""),
        ("paragraph", "Call 020 7946 0000.", ""),
    ]


def test_the_first_heading_is_the_title_where_none_is_stated() -> None:
    document = read_markdown(b"# Parking permits\n\nA permit costs money.\n", URL)
    assert document.title == "Parking permits"
    assert [b.text for b in document.blocks] == ["A permit costs money."]


def test_a_file_without_headings_is_named_by_its_address() -> None:
    assert read_markdown(b"A permit costs money.", URL).title == "Missed bins"


def test_an_empty_file_is_said_to_be_empty() -> None:
    with pytest.raises(Unreadable, match="empty"):
        read_markdown(b"---\ntitle: Nothing\n---\n", URL)


def test_deep_nesting_does_no_harm() -> None:
    document = read_markdown(b">" * 5000 + b" deep\n\nThe tip is open today.", URL)
    assert document.blocks

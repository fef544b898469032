"""A file that does not state its language tells it by its small words."""

from __future__ import annotations

import pytest

from ingest.document import Block, Document
from ingest.language import language_of, told_by_words

WELSH = """Rydym yn gwagio'r bin sbwriel bob yn ail wythnos, ac yn casglu gwastraff bwyd bob
wythnos. Rhowch bopeth allan erbyn 6.30am ar eich diwrnod casglu."""
ENGLISH = """We empty the rubbish bin every other week, and collect your food waste every week.
Put everything out by 6.30am on the day of your collection."""


@pytest.mark.parametrize(
    ("text", "language"),
    [(WELSH, "cy"), (ENGLISH, "en"), ("01632 960123", ""), (f"{WELSH} {ENGLISH}", ""), ("", "")],
)
def test_small_words_tell_the_language_where_they_are_clear(text: str, language: str) -> None:
    assert told_by_words(text) == language


def test_what_a_file_states_counts_for_more_than_its_words() -> None:
    assert language_of(Document("Bins", (Block("paragraph", WELSH),), language="en-GB")) == "en-GB"

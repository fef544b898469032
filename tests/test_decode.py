"""A file's words are read in whatever encoding they were written."""

from __future__ import annotations

import random

import pytest

from ingest.decode import decoded, is_text

WORDS = "The caf\u00e9 costs \u00a35 for everybody who lives here \u2013 children too.\n" * 3


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"],
)
def test_words_come_back_without_a_word_about_their_encoding(encoding: str) -> None:
    body = WORDS.encode(encoding)
    assert decoded(body) == WORDS
    assert is_text(body)


def test_what_a_page_says_of_its_encoding_counts() -> None:
    assert "\u0444" in decoded("<meta charset=koi8-r>\u0444".encode("koi8-r"))
    assert decoded("\u00a35".encode("cp1252"), "iso-8859-1") == "\u00a35"
    assert decoded(b"\xc2\xa35", "no-such-charset") == "\u00a35"


@pytest.mark.parametrize("name", ["idna", "punycode", "rot13", "undefined"])
def test_a_page_that_names_no_encoding_of_pages_is_read(name: str) -> None:
    assert decoded("\u00a35".encode(), name) == "\u00a35"


def test_one_bad_byte_does_not_spoil_the_rest() -> None:
    assert decoded(b"\xff " + WORDS.encode()) == f"\ufffd {WORDS}"


def test_bytes_that_are_no_text_are_told() -> None:
    assert not is_text(random.Random(1).randbytes(5000))
    assert is_text(b"ti\x00tle")

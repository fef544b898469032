"""How a passage is cut into what the model reads at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.windows import WORDS, index_ids, passages_of, windows


def test_a_short_passage_is_one_window_with_where_it_stands() -> None:
    assert windows("Bins", ("Missed", "When"), "Tell us.") == ["Bins\nMissed > When\nTell us."]


def test_an_empty_passage_is_one_window() -> None:
    assert windows("Bins", (), "") == ["Bins"]


def test_a_long_passage_is_cut_between_sentences() -> None:
    sentence = "Put your bin out by seven in the morning. "
    seen = windows("Bins", (), sentence * 40)
    assert len(seen) > 1
    assert all(window.startswith("Bins\n") and window.endswith("morning.") for window in seen)


@given(st.lists(st.text(alphabet="ab .\n", max_size=30), max_size=60).map(" ".join))
def test_no_word_is_lost_and_no_window_too_long(text: str) -> None:
    seen = [window.split() for window in windows("", (), text)]
    assert [word for window in seen for word in window] == text.split()
    assert all(len(window) <= WORDS for window in seen)


def test_windows_are_named_by_their_passage() -> None:
    ids = [*index_ids("one", 2), *index_ids("two", 1)]
    assert passages_of(ids) == ["one", "two"]

"""One order out of several signs."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge_base.catalogue import Row
from knowledge_base.rank import Signs, Weights, fold, join, with_pages

HOME = "https://www.exampleton.example"


def test_signs_are_joined_by_their_shares() -> None:
    weights = Weights(meaning=0.2, words=0.3, tokens=0.5)
    assert join(Signs(0.5, 0.6, 0.8), weights) == pytest.approx(0.2 * 0.6 + 0.15 + 0.4)


def test_what_is_not_known_leaves_its_say_to_the_rest() -> None:
    weights = Weights(meaning=0.2, words=0.3, tokens=0.5)
    assert join(Signs(0.5), weights) == pytest.approx(0.5)
    assert join(Signs(0.5, 0.7), weights) == pytest.approx((0.15 + 0.14) / 0.5)


def test_a_passage_that_means_the_opposite_scores_no_less_than_nothing() -> None:
    assert join(Signs(0.0, -0.4, 0.0), Weights()) == 0.0


def test_a_page_that_is_about_the_question_raises_its_passages() -> None:
    scores = {"a": 0.5, "b": 0.51, "a2": 0.4, "a3": 0.4, "b2": 0.1}
    pages = {"a": ("A", 3), "a2": ("A", 3), "a3": ("A", 3), "b": ("B", 3), "b2": ("B", 3)}
    ranked = with_pages(scores, pages, 0.4)
    assert ranked["a"] > ranked["b"]
    assert max(with_pages(scores, pages, 0.0), key=scores.__getitem__) == "b"
    assert all(0 <= score <= 1 for score in ranked.values())


def test_a_page_of_one_passage_is_as_good_as_that_passage() -> None:
    alone = with_pages({"a": 0.5}, {"a": ("A", 1)}, 0.4)
    assert alone["a"] == pytest.approx(0.5)


def test_a_page_with_one_good_passage_among_many_is_not_about_it() -> None:
    scores = {"a": 0.5, "b": 0.5, "c": 0.1}
    ranked = with_pages(scores, {"a": ("A", 1), "b": ("B", 50), "c": ("C", 1)}, 0.4)
    assert ranked["a"] > ranked["b"]


def row(
    name: str,
    text: str,
    url: str = f"{HOME}/a",
    updated: date | None = None,
    *,
    title: str = "",
    headings: tuple[str, ...] = (),
) -> Row:
    return Row(name, text, url, headings, title, url, "", updated)


LONG = "Take your sticker number with you and leave the bin where it stands at your old home"


def names(*rows: Row) -> list[str]:
    return [one.id for one in fold(rows).values()]


def test_what_says_the_same_again_is_left_out() -> None:
    other = row("2", LONG, f"{HOME}/a/print")
    assert names(row("1", LONG), row("3", "Something else"), other) == ["1", "3"]


def test_the_shorter_address_stays_in_the_place_of_the_first() -> None:
    printed = row("2", LONG, f"{HOME}/a/print")
    assert names(printed, row("3", "Something else"), row("1", LONG)) == ["1", "3"]


def test_the_newer_of_two_stays() -> None:
    new = row("2", LONG, f"{HOME}/a/new", date(2026, 4, 1))
    assert names(row("1", LONG, updated=date(2025, 4, 1)), new) == ["2"]


def test_figures_in_another_order_say_something_else() -> None:
    assert names(row("1", f"{LONG} from 1 to 2"), row("2", f"{LONG} from 2 to 1")) == ["1", "2"]


def test_texts_with_other_figures_never_say_the_same() -> None:
    assert names(row("1", f"{LONG} for £52"), row("2", f"{LONG} for £53")) == ["1", "2"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("are collected", "are not collected"), ("on Monday", "on Tuesday"), ("a kg", "a lb")],
)
def test_one_other_word_says_something_else(one: str, other: str) -> None:
    assert names(row("1", f"{LONG} {one}"), row("2", f"{LONG} {other}")) == ["1", "2"]


def test_the_same_words_of_another_thing_say_something_else() -> None:
    hours = "Monday to Friday, 9am to 5pm"
    oak = row("1", hours, f"{HOME}/libraries/oakhill", title="Oakhill library")
    green = row("2", hours, f"{HOME}/green", title="Greenfield library")
    assert names(oak, green) == ["1", "2"]
    adults = row("3", hours, headings=("Adults",))
    assert names(adults, row("4", hours, headings=("Children",))) == ["3", "4"]


def test_what_stays_stands_in_the_place_of_the_first() -> None:
    new = row("2", LONG, f"{HOME}/a/new", date(2026, 4, 1))
    assert list(fold([row("1", LONG), new])) == ["1"]

"""A search is judged by the rank of the right page and by the words before the answer."""

from __future__ import annotations

from dataclasses import replace

from evals.cases import Case
from evals.retrieval import judge
from tests.test_bot import MISSED

RIGHT = Case("one", "when?", True, page=MISSED.page_url, quotes=("until 4pm, the day after",))
FILLER = replace(MISSED, text=" ".join(["words"] * 200), page_url="https://www.exampleton.example/")


def test_the_rank_counts_pages_and_not_passages() -> None:
    found = judge(RIGHT, [FILLER, FILLER, MISSED])
    assert found.rank == 2
    assert judge(RIGHT, [FILLER]).rank == 0


def test_a_quote_is_within_reach_where_it_comes_soon_enough_whatever_its_punctuation() -> None:
    assert judge(RIGHT, [MISSED]).within == {150: True, 400: True}
    assert judge(RIGHT, [FILLER, MISSED]).within == {150: False, 400: True}
    assert judge(RIGHT, [FILLER]).within == {150: False, 400: False}


def test_a_follow_up_is_asked_with_what_came_before() -> None:
    follow_up = replace(RIGHT, question="and glass?", history=("first", "my bin"))
    assert (RIGHT.asked, follow_up.asked) == ("when?", "my bin and glass?")

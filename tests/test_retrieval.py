"""A search is judged by the rank of the right page and by the words before the answer."""

from __future__ import annotations

from dataclasses import replace

from evals.cases import Case
from evals.retrieval import judge, measure, summarise
from knowledge_base.types import Match
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


def test_only_what_can_be_answered_is_measured_and_a_follow_up_with_what_came_before() -> None:
    asked: list[str] = []

    def find(text: str) -> list[Match]:
        asked.append(text)
        return [FILLER, MISSED] if "glass" in text else [MISSED]

    follow_up = replace(RIGHT, question="and glass?", history=("first", "my bin"))
    found = measure([RIGHT, follow_up, replace(RIGHT, answerable=False)], find)
    assert asked == ["when?", "my bin and glass?"]
    figures = summarise(found)
    assert (figures["page@1"], figures["page@3"], figures["MRR"]) == (0.5, 1.0, 0.75)
    assert figures["questions"] == 2


def test_no_cases_give_figures_too() -> None:
    assert set(summarise([]).values()) == {0.0}

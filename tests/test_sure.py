"""Whether to answer: what speaks for an answer on the pages, and what against it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatbot.sure import Signs, Sureness, asks_for_a_name, names_somebody, read_signs
from chatbot.weigh import Weights, weigh
from knowledge_base.types import Match
from tests.test_extractive import match

POOL = replace(
    match("The leisure centre has a pool and a gym.", title="Leisure centres"),
    met=(("does", 0.4), ("leisure", 0.9), ("centre", 0.9), ("have", 0.5), ("sauna", 0.2)),
)


def signs(question: str, *matches: Match) -> Signs:
    found = read_signs(question, matches, weigh(question, matches, Weights(), None, set()))
    assert found is not None
    return found


def test_a_word_that_no_page_comes_near_to_speaks_against_an_answer() -> None:
    asked = "does the leisure centre have a sauna"
    strange = signs(asked, POOL)
    known = signs(asked, replace(POOL, met=tuple((word, 0.9) for word, _ in POOL.met)))
    assert (strange.stranger, known.stranger) == (1.0, 0.0)
    assert Sureness().odds(strange) < Sureness().odds(known)


def test_one_strange_word_among_many_is_only_somebodys_way_to_put_it() -> None:
    met = tuple((word, 0.9) for word in "wheelie bin emptied collection street".split())
    long = replace(POOL, met=(*met, ("lorry", 0.2)))
    assert not signs("wheelie bin emptied collection street lorry", long).stranger


def test_a_place_that_no_page_knows_is_elsewhere() -> None:
    permit = replace(POOL, met=(("parking", 0.9), ("permit", 0.9), ("cardiff", 0.3)))
    assert signs("how much is a parking permit in cardiff", permit).elsewhere
    here = replace(POOL, met=(("parking", 0.9), ("permit", 0.9), ("hallowmere", 0.9)))
    assert not signs("how much is a parking permit in hallowmere", here).elsewhere


def test_nearer_pages_make_it_surer() -> None:
    far, near = (signs("pool", replace(POOL, similarity=one)) for one in (0.2, 0.8))
    assert Sureness().odds(far) < Sureness().odds(near)
    assert Sureness(least=-99).is_enough(far)
    assert not Sureness(least=99).is_enough(near)


def test_without_the_index_of_meaning_there_are_no_signs() -> None:
    bare = replace(POOL, similarity=None)
    assert read_signs("pool", [bare], weigh("pool", [bare], Weights(), None, set())) is None


@pytest.mark.parametrize(
    "asked", ["who is the manager of the tip", "whats the bin mans name", "who's the mayor"]
)
def test_a_name_is_asked_for(asked: str) -> None:
    assert asks_for_a_name(asked)


def test_what_a_thing_is_called_and_who_pays_are_no_names_of_people() -> None:
    assert not asks_for_a_name("what is the name of the form")
    assert not asks_for_a_name("who pays council tax")
    assert names_somebody("The mayor is Mary Beddoe.")
    assert not names_somebody("The mayor opens the fair.")

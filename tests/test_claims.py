"""A claim goes out only if its passage bears it out: no other figure, no lost "not" or "unless"."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.claim_check import belongs_beside, check_claim
from chatbot.facts import facts, names
from chatbot.meanings import Meanings
from chatbot.sentences import pieces
from evals.claims import (
    LabelledClaim,
    added_claims,
    changed_claims,
    foreign_claims,
    measure_claims,
    read_claims,
)
from knowledge_base.embed import Embedder

SEED = 20261124
PART = 1 if os.environ.get("TOWNCLERK_PROVE") else 3
PASSAGE = """You can only apply for a permit if your car is registered at your home address.
A permit costs £45 a year. Permits are not sold to businesses unless they are in Corn Street.

You must renew it before 31 March 2027. Call 01632 960144 or Ruthin library, Monday to Friday."""


@pytest.mark.parametrize(
    "claim",
    [
        "A permit costs £45 a year.",
        "You pay £45 per year for a permit.",
        "Your car must be registered at your home address to apply for a permit.",
        "Businesses cannot buy a permit unless they are in Corn Street.",
        "Renew your permit before 31 March 2027.",
        "You can call Ruthin library on 01632 960144 from Monday to Friday.",
    ],
)
def test_a_true_claim_holds(claim: str) -> None:
    verdict = check_claim(claim, PASSAGE)
    assert verdict.holds, verdict.why
    assert all(piece in pieces(PASSAGE) for piece in verdict.support)


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        ("A permit costs £54 a year.", "fact"),
        ("A permit costs £45 a month.", "each month"),
        ("Renew your permit before 30 March 2027.", "fact"),
        ("Renew your permit after 31 March 2027.", "opposite"),
        ("You do not have to renew it before 31 March 2027.", ""),
        ("Permits are sold to businesses.", "only"),
        ("Permits are not sold to businesses.", "denies"),
        ("You can apply for a permit.", "only"),
        ("You can call Denbigh library on 01632 960144.", "name"),
        ("You can call Ruthin library on 01632 960145.", "fact"),
        ("You can call Ruthin library on Sunday.", "fact"),
        ("Dogs are welcome in every library.", ""),
        ("Every library welcomes dogs that are quiet.", "says something else"),
        ("", "nothing"),
    ],
)
def test_a_claim_that_says_otherwise_does_not(claim: str, why: str) -> None:
    verdict = check_claim(claim, PASSAGE)
    assert not verdict.holds
    assert why in verdict.why


def test_facts_are_the_same_in_every_form() -> None:
    def values(text: str) -> set[str]:
        return {fact.value for fact in facts(text)}

    assert values("14 days") == values("two weeks") == values("fourteen days")
    assert values("5pm") == values("17:00") == values("5.00 p.m.")
    assert values("£1,200") == values("£1200.00")
    assert values("50p") == values("£0.50")
    assert values("3 June") == values("June 3rd")
    assert values("10 working days") != values("10 days")
    assert values("you may go") == set()
    assert names("You can ask Priya Nandra in Ruthin. Denbigh is closed.") == {
        "priya",
        "nandra",
        "ruthin",
        "denbigh",
    }


def test_what_stands_beside_a_sentence_and_limits_it_belongs_to_it() -> None:
    passage = "A permit costs £45. It is not sold to firms. We like trees. You must sign it."
    everything = pieces(passage)
    beside = belongs_beside(everything, {everything[0]}, passage)
    assert [passage[piece.start : piece.end] for piece in beside] == ["It is not sold to firms."]
    assert belongs_beside(everything, {everything[1]}, passage) == []


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_is_too_strange_to_be_checked(claim: str, passage: str) -> None:
    def near(text: str, others: Sequence[str]) -> Sequence[float]:
        return [0.0] * len(others)

    assert isinstance(check_claim(claim, passage, near=near).holds, bool)


def test_the_halves_share_no_sentence_and_all_claims_are_labelled() -> None:
    fitting, reporting = read_claims("fitting"), read_claims("reporting")
    assert not {one.source for one in fitting} & {one.source for one in reporting}
    assert {one.label for one in (*fitting, *reporting)} == {"holds", "flipped"}
    assert len({(one.source, one.claim) for one in (*fitting, *reporting)}) == len(
        [*fitting, *reporting]
    )


def test_a_changed_claim_is_the_true_one_but_for_one_place() -> None:
    true = {one.claim for one in read_claims("reporting")}
    made = changed_claims(read_claims("reporting"), 50)
    assert len(made) == 50
    assert not {one.claim for one in made} & true
    assert made == changed_claims(read_claims("reporting"), 50)


@pytest.mark.slow
def test_true_claims_pass_and_false_ones_are_caught(embedder: Embedder) -> None:
    """On the half that no rule was chosen on; a seeded third of it, unless all is to be proved."""
    meanings = Meanings(embedder.embed_passages)
    claims = read_claims("reporting")
    chosen: list[LabelledClaim] = random.Random(SEED).sample(claims, len(claims) // PART)
    for made in (changed_claims, foreign_claims, added_claims):
        chosen += made(claims, 500 // PART)
    checked = measure_claims(chosen, meanings.near)
    assert checked.rate("holds") <= 0.03 + (0.02 if PART > 1 else 0), checked.mistakes
    assert checked.rate("flipped") <= 0.15
    assert checked.rate("changed") <= 0.01
    assert checked.rate("foreign") <= 0.02
    assert checked.rate("added") <= 0.03

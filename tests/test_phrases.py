"""What citizens say is council-editable data: read over the usual, checked, met by rules."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.phrases import (
    DANGERS,
    RECOGNISED,
    Phrases,
    Rule,
    join_books,
    name_of,
    read_book,
    usual_book,
    words_of,
)
from chatbot.table import Mistake
from chatbot.types import Status
from evals.recognition import HELD_OUT, ORDINARY, WELSH, read_phrases


def read(
    tmp_path: Path, safety: str = "", routes: str = ""
) -> tuple[dict[Status, Phrases], list[Mistake]]:
    (tmp_path / "safety.toml").write_text(safety, encoding="utf-8")
    (tmp_path / "routes.toml").write_text(routes, encoding="utf-8")
    mistakes: list[Mistake] = []
    return dict(read_book(tmp_path, mistakes)), mistakes


def met(tmp_path: Path, rule: str, text: str) -> bool:
    book, mistakes = read(tmp_path, f"[gas_co]\nrules = ['{rule}']\n")
    assert not mistakes
    return book[Status.SAFETY_GAS_CO].rules[0].met(words_of(text))


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("smell|smells gas", "I can SMELL gas!", True),
        ("smell|smells gas", "it smells of something like gas", True),
        ("smell|smells gas", "gas meter", False),
        ("smell* gas", "smelling gas", True),
        ("smell gas -bill*", "smell gas, and about my bills", False),
        ("cant breathe", "I can’t breathe", True),
        ("smell gas", "smell " + "and then " * 12 + "gas", False),
    ],
)
def test_a_rule_is_met_by_words_that_stand_together(
    tmp_path: Path, rule: str, text: str, expected: bool
) -> None:
    assert met(tmp_path, rule, text) is expected


@given(st.lists(st.sampled_from(["smell", "gas", "hall", "x"]), max_size=40))
def test_a_rule_is_met_just_where_a_window_holds_all_its_words(words: list[str]) -> None:
    rule = Rule(tuple(map(re.compile, ("smell", "gas", "hall"))))
    windows = [set(words[at : at + 12]) for at in range(len(words))]
    assert rule.met(words) == any({"smell", "gas", "hall"} <= window for window in windows)


def test_every_class_that_can_be_recognised_has_rules_or_examples() -> None:
    book = usual_book()
    for status in RECOGNISED:
        assert len(book[status].said) >= 150, status
        assert len(book[status].not_said) >= 100, status
    assert all(book[status].rules for status in DANGERS)
    assert len(book[Status.ANSWERED_FROM_PAGES].not_said) >= 700


def test_what_is_measured_was_never_an_example() -> None:
    learnt = {
        text.casefold()
        for phrases in usual_book().values()
        for text in (*phrases.said, *phrases.not_said)
    }
    for file in (HELD_OUT, ORDINARY, WELSH):
        seen = [one.text for one in read_phrases(file) if one.text.casefold() in learnt]
        # Of a thousand ordinary messages some, such as "yes please", are everybody's.
        assert len(seen) <= (0 if file != ORDINARY else 20), seen


def test_a_councils_own_phrases_are_added_and_never_take_away(tmp_path: Path) -> None:
    routes = (
        '[[other_body.bodies]]\nbody = "Exampleshire County Council"\n'
        'body_url = "https://www.exampleshire.example"\nrules = ["pothole*"]\n'
    )
    own, mistakes = read(tmp_path, '[gas_co]\nsaid = """\nour gas holder hums\n"""\n', routes)
    assert not mistakes
    book = join_books(usual_book(), own)
    gas = book[Status.SAFETY_GAS_CO]
    assert "our gas holder hums" in gas.said
    assert len(gas.rules) == len(usual_book()[Status.SAFETY_GAS_CO].rules)
    body = book[Status.REFUSED_OTHER_BODY].variant("who mends potholes")
    assert body["body"] == "Exampleshire County Council"
    other = book[Status.REFUSED_OTHER_BODY].variant("renew my passport")
    assert other["body"] == "HM Passport Office"


def test_every_mistake_in_the_files_is_told(tmp_path: Path) -> None:
    _, mistakes = read(
        tmp_path,
        '[gas_c0]\nsaid = "x"\n[flooding]\nrules = ["(a"]\nsiad = "x"\n[hate_crime]\nsaid = 3\n'
        '[power_electrical]\nnot_said = "???"\n',
        '[[other_body.bodies]]\nbody = "X"\nbody_url = "x"\nrules = ["a"]\n',
    )
    told = {(one.file, one.key): one.words for one in mistakes}
    assert "gas_co" in told["safety.toml", "gas_c0"]
    assert "smell" in told["safety.toml", "flooding.rules"]
    assert "said" in told["safety.toml", "flooding.siad"]
    assert ("safety.toml", "hate_crime.said") in told
    assert "'???'" in told["safety.toml", "power_electrical.not_said"]
    assert "https" in told["routes.toml", "other_body.bodies[1].body_url"]


def test_classes_are_named_as_staff_would() -> None:
    assert name_of(Status.HANDOVER_REQUESTED) == "handover"
    assert name_of(Status.SAFETY_GAS_CO) == "gas_co"

"""How a citizen's question is read before anything is looked for."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge_base.everyday import Everyday, usual_words
from knowledge_base.question import Asked, read_question
from knowledge_base.stems import stem, words_of

TIP = Everyday({"tip": "household waste recycling centre", "get rid of": "dispose"})


def read(text: str, **known: str) -> Asked:
    return read_question(text, everyday=TIP, aside=0.5, official=0.25, mend=known.get)


def weights(asked: Asked) -> dict[str, float]:
    """Weigh each word of the text as a token of its own."""
    words = asked.text.split()
    starts = [asked.text.index(word) for word in words]
    spans = np.array([(at, at + len(word)) for at, word in zip(starts, words, strict=True)])
    return dict(zip(words, asked.weigh(spans).tolist(), strict=True))


def test_officials_words_stand_on_a_last_line_and_weigh_less() -> None:
    asked = read("is the tip open")
    assert asked.text == "is the tip open\nhousehold waste recycling centre"
    assert weights(asked) == {
        **dict.fromkeys(["is", "the", "tip", "open"], 1.0),
        **dict.fromkeys(["household", "waste", "recycling", "centre"], 0.25),
    }
    assert asked.stems()["tip"] == 1.0
    assert asked.stems()[words_of("recycling")[0]] == 0.25


def test_words_that_the_citizen_says_too_are_not_added() -> None:
    assert read("tip or recycling centres?").text.splitlines()[1] == "household waste"


def test_an_expression_of_several_words_is_met_in_any_inflection() -> None:
    assert read("getting rid of a sofa").text == "getting rid of a sofa\ndispose"


def test_what_is_said_beside_the_question_weighs_less() -> None:
    assert weights(read("I am 84. Can you help?")) == {
        "I": 0.5, "am": 0.5, "84.": 0.5, "Can": 1.0, "you": 1.0, "help?": 1.0,
    }  # fmt: skip
    assert weights(read("bin day\nand blue")) == {"bin": 0.5, "day": 0.5, "and": 1.0, "blue": 1.0}


def test_without_a_question_mark_all_is_asked() -> None:
    assert set(weights(read("my bin is gone. need a new bag")).values()) == {1.0}


def test_misspelt_words_are_met() -> None:
    asked = read("is the libary open", libary="library")
    assert asked.text == "is the library open"
    assert "libary" not in asked.stems()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("my bins arent collected", "arent"),
        ("need I? we needn't", "needn't"),
        ("we mustn’t go", "mustn’t"),
        ("form CTRED12", "CTRED12"),
        ("see exampel.example/mised-bin", "exampel.example/mised-bin"),
        ("write to jane.smyth@exampel.example", "jane.smyth@exampel.example"),
    ],
)
def test_a_not_a_code_and_an_address_are_never_misspelt(text: str, kept: str) -> None:
    asked = read_question(text, everyday=TIP, aside=0.5, official=0.25, mend=lambda word: "mended")
    assert kept in asked.text


@pytest.mark.parametrize("text", ["", "?", "...", "\n\n", " \n?\n"])
def test_a_question_without_words_is_read_too(text: str) -> None:
    asked = read(text)
    assert asked.stems() == {}
    assert asked.weigh(np.array([(0, 1)])).shape == (1,)
    assert asked.weigh(np.empty((0, 2), dtype=np.int64)).shape == (0,)


def test_the_usual_words_say_something_else_than_the_citizen() -> None:
    for said, words in usual_words().items():
        assert words_of(words), said
        assert Everyday({said: words}).official(said), f"{said!r} adds nothing"


def test_no_usual_expression_is_another_one_inflected() -> None:
    """The later of two would silently take the place of the first."""
    said = [tuple(words_of_expression(one)) for one in usual_words()]
    assert sorted(said) == sorted(set(said))
    assert "household waste" in Everyday(usual_words()).official("where is the dump")
    assert "eviction" not in Everyday(usual_words()).official("can I chuck out a sofa")


def words_of_expression(text: str) -> list[str]:
    return [stem(word) for word in text.replace("-", " ").split()]

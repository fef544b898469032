"""Dangers and routes are recognised in citizens' own words, by what was learnt from the phrases."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from api.compose import Installation
from api.settings import Settings
from chatbot.phrases import DANGERS, RECOGNISED, Phrases, book_digest, usual_book
from chatbot.recogniser import Learnt, Recogniser, pieces, read_learnt, write_learnt
from chatbot.types import Status
from evals.recognition import (
    HELD_OUT,
    ORDINARY,
    Phrase,
    Quota,
    dangers_only,
    examples,
    half,
    measure,
    mistyped,
    read_phrases,
    set_offsets,
    vary,
)
from knowledge_base.taught import read_additions, write_additions
from tests.conftest import MODELS

# Of the half of the held-out phrases that set no threshold.
LIFE, DANGER, SURE_OF_LIFE, ROUTES = 0.96, 0.94, 0.85, 0.7
GAS, FLOOD = Status.SAFETY_GAS_CO, Status.SAFETY_FLOODING


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    data = tmp_path_factory.mktemp("data")
    (data / "models").symlink_to(MODELS)
    return Installation(Settings(data=data))


def test_what_was_learnt_is_of_the_phrases_that_are_there() -> None:
    """Whoever changes the default phrases runs `python -m api.recognition learn`."""
    learnt = read_learnt()
    assert learnt.digest == book_digest(usual_book())
    assert learnt.classes == RECOGNISED


@pytest.mark.slow
def test_held_out_phrases_are_recognised_and_ordinary_ones_left(opened: Installation) -> None:
    recognise = opened.recogniser({})
    some = [one for one in read_phrases(HELD_OUT) if not half(one)]
    found, _ = measure(recognise, some)
    assert found.noted_life >= LIFE
    assert found.noted_danger >= DANGER
    assert found.life >= SURE_OF_LIFE
    assert found.false_alarms <= 0.05
    assert found.routes_right >= ROUTES
    ordinary, _ = measure(recognise, [one for one in read_phrases(ORDINARY) if not half(one)])
    assert ordinary.ordinary_false <= 0.04


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my husband has collapsed and i cant wake him", Status.SAFETY_EMERGENCY_LIFE),
        ("he wont let me have any money and reads all my messages", Status.SAFETY_DOMESTIC_ABUSE),
        ("hi, my husband hits me, and how do i pay my tax", Status.SAFETY_DOMESTIC_ABUSE),
        ("my mum is not breathing and my bin is full", Status.SAFETY_EMERGENCY_LIFE),
        ("want to renew my permit. also i dont want to be here any more", None),
    ],
)
def test_a_danger_is_recognised_also_in_passing(
    opened: Installation, text: str, expected: Status | None
) -> None:
    signs = opened.recogniser({})(text)
    danger = max(DANGERS, key=lambda one: signs[one])
    assert signs[danger] >= 0.5
    assert danger is (expected or Status.SAFETY_SUICIDE_SELF_HARM)


def test_without_the_model_words_and_rules_stand_in_and_the_log_says_so() -> None:
    def broken(texts: object) -> np.ndarray:
        raise OSError("no model")

    recognise = Recogniser(read_learnt(), broken, usual=usual_book(), own={})
    with capture_logs() as logged:
        signs = recognise("I can smell gas in the hall")
    assert signs[GAS] == 1.0
    assert {"event": "meaning_down", "fault": "OSError", "log_level": "warning"} in logged
    assert all(signs[one] < 0.5 for one in RECOGNISED if one not in DANGERS)


@pytest.mark.parametrize("of", [np.full((1, 384), np.nan), np.zeros((1, 768))])
def test_a_model_that_gives_nonsense_counts_as_down(of: np.ndarray) -> None:
    recognise = Recogniser(
        read_learnt(), lambda _: of.astype(np.float32), usual=usual_book(), own={}
    )
    assert recognise("I can smell gas in the hall")[GAS] == 1.0


def test_a_councils_own_examples_count_for_what_means_the_same(opened: Installation) -> None:
    own = {
        FLOOD: Phrases(said=("the weir bell is ringing",)),
        GAS: Phrases(not_said=("the gas works museum smells lovely",)),
    }
    usual, taught = opened.recogniser({}), opened.recogniser(own)
    assert usual("the weir bell is ringing now")[FLOOD] < 0.5
    assert taught("the weir bell is ringing now")[FLOOD] == 1.0
    assert taught("the gas works museum smells lovely")[GAS] == 0.0
    assert taught("when is my bin collected")[FLOOD] < 0.5


def test_what_a_council_calls_harmless_leaves_every_other_danger(opened: Installation) -> None:
    abuse = Status.SAFETY_DOMESTIC_ABUSE
    cricket, club = "he hit me with the ball at cricket", "my partner and I want to play football"
    taught = opened.recogniser({abuse: Phrases(not_said=(cricket, club))})
    assert taught("he hit me with a ball when we played cricket")[abuse] == 0.0
    assert taught("my husband hit me in the face last night")[abuse] >= 0.5
    hidden = "he slaps me about and locks me in the flat and takes my bank card when he goes out"
    assert taught(f"{f'{club}. ' * 15}{hidden}. {f'{club}. ' * 15}")[abuse] >= 0.5


@pytest.mark.parametrize("where", [0, 600, 1_200])
def test_a_danger_in_a_very_long_message_is_found_wherever_it_stands(
    opened: Installation, where: int
) -> None:
    words = ["x"] * 1_200
    words.insert(where, "i want to kill myself")
    assert opened.recogniser({})(" ".join(words))[Status.SAFETY_SUICIDE_SELF_HARM] >= 0.5


def test_a_model_that_fails_on_the_councils_examples_leaves_the_rest() -> None:
    calls = 0

    def fails_later(texts: Sequence[str]) -> np.ndarray:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise OSError("no model")
        return np.zeros((len(texts), 384), dtype=np.float32)

    own = {FLOOD: Phrases(said=("the weir bell is ringing",))}
    recognise = Recogniser(read_learnt(), fails_later, usual={}, own=own)
    with capture_logs() as logged:
        assert recognise("is the weir bell ringing").keys() == set(RECOGNISED)
    assert [line["event"] for line in logged] == ["meaning_down"]


def test_a_long_message_is_read_whole_and_in_stretches() -> None:
    assert list(pieces("Hello. My bin is full!")) == ["Hello. My bin is full!"]
    words = [f"w{at}" for at in range(300)]
    whole, *found = pieces(" ".join(words))
    assert whole == " ".join(words)
    assert {word for piece in found for word in piece.split()} == set(words)
    very_long = [f"w{at}" for at in range(5_000)]
    found = list(pieces(" ".join(very_long)))
    assert len(found) == 24
    assert found[1].startswith("w0 ")
    assert found[-1].endswith(" w4999")


def test_what_was_learnt_is_written_and_read_back(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    classes = (GAS, FLOOD)
    words = chance.normal(size=(2, 2**14)).astype(np.float32)
    meaning = chance.normal(size=(2, 4)).astype(np.float32)
    bias = np.ones((2, 2), dtype=np.float32)
    write_learnt(Learnt(classes, meaning, words, 0.3, bias, 2 * bias, "x"), tmp_path / "l.npz")
    back = read_learnt(tmp_path / "l.npz")
    assert back.classes == classes
    assert back.digest == "x"
    assert np.allclose(back.meaning, meaning, atol=0.01)
    assert np.abs(back.words - words).max() <= np.abs(words).max() / 127
    assert (back.bias == bias).all()
    assert (back.offsets == 2).all()


def test_additions_of_low_rank_come_back_nearly_as_they_were(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    before = {"a": np.zeros((20, 30), np.float32), "b": np.zeros(5, np.float32), "c": np.ones(3)}
    low = chance.normal(size=(20, 2)) @ chance.normal(size=(2, 30))
    after = {"a": low.astype(np.float32), "b": np.full(5, 0.5, np.float32), "c": np.ones(3)}
    write_additions(before, after, 2, tmp_path / "additions.npz")
    back = read_additions(tmp_path / "additions.npz")
    assert back.keys() == {"a", "b"}
    assert np.abs(back["a"] - low).max() < 0.02 * np.abs(low).max()
    assert np.allclose(back["b"], 0.5)


def test_thresholds_keep_near_misses_and_ordinary_messages_under_their_quota() -> None:
    chance = np.random.default_rng(0)
    near = [Phrase(f"n{at}", None, DANGERS[at % 12]) for at in range(400)]
    plain = [Phrase(f"o{at}", None, None) for at in range(400)]
    logits = chance.normal(size=(800, len(RECOGNISED))).astype(np.float32)
    quota = Quota(life=(0.03, 0.01), danger=(0.02, 0.01), route=(0.02, 0.01))
    route = Phrase("r", None, RECOGNISED[-1])
    offsets = set_offsets(np.vstack([logits, logits[:1]]), [*near, *plain, route], quota)
    danger = np.array([one in DANGERS for one in RECOGNISED])
    above = (logits + offsets) > 0
    assert above[:400, danger].any(axis=1).mean() <= 0.05
    assert above[400:].any(axis=1).mean() <= 0.03
    assert (dangers_only(offsets)[~danger] == -100).all()


def test_lessons_are_varied_without_changing_what_is_dangerous() -> None:
    texts, labels = examples(
        {GAS: Phrases(said=("smell of gas here",), not_said=("gas bill", "i pay for gas by card"))}
    )
    chance = np.random.default_rng(1)
    for _ in range(20):
        given, kept = vary(texts, labels, chance)
        assert kept is labels
        danger = given[texts.index("smell of gas here")]
        assert len(danger) >= len("smell of gas here") - 1
    assert mistyped("bin", np.random.default_rng(0)) != "bin"

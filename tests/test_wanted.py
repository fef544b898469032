"""A message opens the form it asks for; a question about the subject does not."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from chatbot.automation import Automation, Stub
from chatbot.wanted import LEARNT_FILE, FindWanted, Floats, read_learnt, write_learnt
from evals.wanted import Message, digest, measure, packaged, read_tasks
from knowledge_base.embed import Embedder

MISSED = Automation(
    "missed_bin",
    {"en": "Report a missed bin"},
    {
        "en": (
            "my bin wasn't emptied",
            "you missed our recycling",
            "the bin men did not come today",
            "report a missed collection",
            "nobody has taken the food waste",
        ),
        "cy": ("chafodd fy min i ddim ei wagio",),
    },
    {
        "en": (
            "how do I report a missed bin",
            "can I still tell you on Thursday about a missed bin",
            "how soon do you come back for a bin you missed",
            "why do you leave some bins behind",
            "what happens after I report it",
        )
    },
    (),
    Stub(),
    {},
)
# Of no kind that anything was learnt about.
LANTERN = Automation(
    "lantern",
    {"en": "Ask for a lantern in the winter parade"},
    {
        "en": (
            "I want a lantern for the winter parade",
            "put our family down for the lantern parade",
            "we need four paper lanterns for the parade",
            "sign my class up for the lantern procession",
            "lantern please",
        )
    },
    {
        "en": (
            "when is the lantern parade",
            "how much is a lantern",
            "where does the lantern procession start",
            "can children carry a lantern",
            "what are the lanterns made of",
        )
    },
    (),
    Stub(),
    {},
)
OFFERS = (MISSED, LANTERN)


@pytest.fixture(scope="module")
def find(embedder: Embedder) -> FindWanted:
    return FindWanted(OFFERS, embedder.embed_questions)


@pytest.fixture(scope="module")
def packaged_ones(embedder: Embedder) -> FindWanted:
    return FindWanted(packaged(), embedder.embed_questions)


def test_what_was_learnt_is_of_the_phrases_that_are_there() -> None:
    """Whoever changes wanted.toml runs `python -m api.wanted learn`."""
    assert read_learnt().digest == digest(read_tasks())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("our bin was not emptied this morning", "missed_bin"),
        ("they missed my recycling bin again", "missed_bin"),
        ("we would like two lanterns for the parade please", "lantern"),
        ("sign us up for the lantern parade", "lantern"),
    ],
)
def test_a_request_opens_its_form(find: FindWanted, text: str, name: str) -> None:
    first = find(text, "en")[0]
    assert (first.automation, first.request) == (name, True)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("how do i tell you about a missed bin", "missed_bin"),
        ("how long have i got to report a missed bin", "missed_bin"),
        ("what time does the lantern parade start", "lantern"),
    ],
)
def test_a_question_about_the_subject_offers_the_form(
    find: FindWanted, text: str, name: str
) -> None:
    first = find(text, "en")[0]
    assert (first.automation, first.request) == (name, False)


@pytest.mark.parametrize(
    "text", ["hello", "who is my councillor", "", "?!", "i want a job", "where is the town hall"]
)
def test_what_is_about_no_automation_finds_none(find: FindWanted, text: str) -> None:
    assert find(text, "en") == ()


@pytest.mark.parametrize("text", ["12", "07700 900456", "👍", "12/03/2025", "..."])
def test_what_has_no_letter_asks_for_nothing(find: FindWanted, text: str) -> None:
    assert find(text, "en") == ()


@pytest.mark.parametrize(
    "text", ["12 Mill Lane", "yesterday", "yes", "Sarah Jones", "the 3rd of June", "AB1 2CD", "ie"]
)
def test_an_answer_alone_asks_for_nothing(packaged_ones: FindWanted, text: str) -> None:
    assert packaged_ones(text, "en") == ()


def test_what_stands_among_the_examples_opens_its_form(packaged_ones: FindWanted) -> None:
    for offer in packaged():
        for text in (one for texts in offer.examples.values() for one in texts):
            assert (offer.name, True) in {
                (one.automation, one.request) for one in packaged_ones(text.upper() + " !", "en")
            }, text


def test_an_example_is_met_by_words_alone_too() -> None:
    found = FindWanted(packaged(), None)("dw i eisiau cwyno", "cy")
    assert [(one.automation, one.request) for one in found] == [("complaint", True)]


@pytest.mark.parametrize(
    "text", ["what day do they take my bins", "is it blue this week", "which bin do I put out"]
)
def test_what_is_looked_up_is_asked_for_by_a_question(packaged_ones: FindWanted, text: str) -> None:
    first = packaged_ones(text, "en")[0]
    assert (first.automation, first.request) == ("bin_day", True)


def test_each_packaged_automation_has_a_task_of_which_much_was_learnt(
    packaged_ones: FindWanted,
) -> None:
    signs, _ = packaged_ones.signs("my bin")
    assert signs.at.tolist() == list(range(len(packaged())))


def test_what_was_learnt_is_small() -> None:
    assert LEARNT_FILE.stat().st_size < 2_000_000


def test_two_that_are_as_likely_are_both_named(embedder: Embedder) -> None:
    twin = Automation(
        "twin", MISSED.titles, MISSED.examples, MISSED.questions, (), Stub(), MISSED.done
    )
    found = FindWanted((MISSED, twin, LANTERN), embedder.embed_questions)(
        "my bin wasn't emptied", "en"
    )
    assert {one.automation for one in found} == {"missed_bin", "twin"}


def test_a_council_without_automations_has_none(embedder: Embedder) -> None:
    assert FindWanted((), embedder.embed_questions)("my bin wasn't emptied", "en") == ()


def test_an_automation_without_questions_is_found(embedder: Embedder) -> None:
    bare = Automation("bare", {}, {"en": LANTERN.examples["en"]}, {}, (), Stub(), {})
    first = FindWanted((bare,), embedder.embed_questions)("sign us up for the lantern parade", "en")
    assert first[0].automation == "bare"


def test_without_the_model_words_stand_in_and_the_log_says_so() -> None:
    def broken(texts: Sequence[str]) -> np.ndarray:
        raise OSError("no model")

    with capture_logs() as logged:
        found = FindWanted(OFFERS, broken)("they missed my bin today", "en")
    assert found == FindWanted(OFFERS, None)("they missed my bin today", "en")
    assert (found[0].automation, found[0].request) == ("missed_bin", True)
    assert logged == [{"event": "wanted_by_words", "fault": "OSError", "log_level": "warning"}]


def test_welsh_is_met_by_welsh_examples(find: FindWanted) -> None:
    assert find("chafodd fy min ddim ei wagio heddiw", "cy")[0].automation == "missed_bin"


def test_a_message_takes_little_beyond_its_meaning(embedder: Embedder) -> None:
    rows = dict.fromkeys(["x"], embedder.embed_questions(["my bin wasn't emptied"])[0])
    offers = [
        Automation(f"a{at}", {}, MISSED.examples, LANTERN.questions, (), Stub(), {})
        for at in range(12)
    ]
    find = FindWanted(offers, lambda texts: np.stack([rows["x"]] * len(texts)))
    find("my bin", "en")
    started = time.perf_counter()
    for _ in range(20):
        find("my bin wasn't emptied " * 200, "en")
    assert (time.perf_counter() - started) / 20 < 0.05


def test_what_was_learnt_is_written_and_read_back(tmp_path: Path) -> None:
    learnt = read_learnt()
    write_learnt(learnt, tmp_path / "wanted.npz")
    back = read_learnt(tmp_path / "wanted.npz")
    assert back.known.texts == learnt.known.texts
    assert np.allclose(back.known.meanings, learnt.known.meanings, atol=0.01)
    assert back.both.opens == learnt.both.opens
    assert (back.words.words == learnt.words.words).all()


def test_a_form_that_opens_for_a_question_is_a_false_start(find: FindWanted) -> None:
    texts = (("my bin wasn't emptied", True), ("you missed our recycling", False))
    messages = [Message(text, "missed_bin", request) for text, request in texts]
    figures, wrong = measure((one, find(one.text, "en")) for one in messages)
    assert (figures.opened, figures.false_starts, len(wrong)) == (1.0, 1.0, 1)


def test_questions_that_come_while_the_phrases_are_embedded_wait_for_them(
    embedder: Embedder,
) -> None:
    def slow(texts: Sequence[str]) -> Floats:
        time.sleep(0.1)
        return embedder.embed_questions(texts)

    find = FindWanted(packaged(), slow)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: find("they did not empty my bin today", "en"), range(8)))
    assert len(set(found)) == 1
    assert found[0][0].automation == "missed_bin"

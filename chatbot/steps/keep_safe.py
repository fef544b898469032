"""Say at once where to turn when someone is in danger: reviewed words, before anything else."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from chatbot.council import Council
from chatbot.phrases import DANGERS
from chatbot.redact import unmarked
from chatbot.steps.check_question import plain
from chatbot.threads import in_thread
from chatbot.types import Action, Answer, Draft, Question, Status

SURE = 0.5
# Of what answers a form's question: less sure, the danger's first words stand over the next one.
# "Two panels are down" is a fence to be repaired, and "he hits me" is 1.
SURE_OF_AN_ANSWER = 0.97
# Of what asks for one of the council's tasks, where the danger is one that a repair sounds like.
SURE_OF_A_TASK = 0.85
# Of any other danger, beside so sure a task: "dwi eisiau rhoi gwybod am fin na chafodd ei wagio".
SURE_BESIDE_A_TASK = 0.7
SURELY_A_TASK = 0.9
_LIKE_A_REPAIR = (
    Status.SAFETY_GAS_CO,
    Status.SAFETY_POWER_ELECTRICAL,
    Status.SAFETY_FLOODING,
    Status.SAFETY_OOH_COUNCIL_EMERGENCY,
)
PERHAPS = 0.06
# From here on what no page answers is taken for the danger.
LIKELY = 0.2
# What a form asks with.
_OF_A_FORM = (Status.CLARIFY_DETAILS_NEEDED, Status.CLARIFY_CONFIRM)
# Two harmless messages may look like one that is not.
SURE_TOGETHER = 0.9
# Of the words for a danger that is only likely, those over the answer: 999 and who knows about it.
LINES_ABOVE = 2
# Earlier messages that a short one may go on from: "my husband" · "hes on the floor".
TURNS_JOINED = 2
WORDS_OF_A_FRAGMENT = 8
# So many turns after a danger was named, each answer reminds of it.
TURNS_REMINDED = 3
# A harmless page that anybody may have been looking at.
LEAVE_FOR = "https://www.bbc.co.uk/weather"


class Recognise(Protocol):
    """Tell how surely a message is of each class, 0 to 1. Sync, for the processor."""

    def __call__(self, text: str) -> Mapping[Status, float]: ...


class AsksForTask(Protocol):
    """Tell how surely a message is about one of the council's tasks, 0 to 1, and whether it asks
    for it. Sync, for the processor; never fails."""

    def __call__(self, text: str, language: str) -> tuple[float, bool]: ...


async def keep_safe(
    draft: Draft,
    *,
    council: Council,
    recognise: Recognise,
    asks_for_task: AsksForTask | None = None,
) -> Draft | Answer:
    """Answer a danger with the council's fixed words; note one that is only likely.

    Looks at the message as it was written, alone and, where it is a fragment, together with the
    ones before it. What comes of a danger that is only likely, `weigh_doubt` says.
    """
    question = draft.question
    if question.taken and not question.taken.values:
        # The words on a button are our own.
        return draft
    signs = await in_thread(recognise, _as_read(question.text))
    if joined := _joined(draft):
        together = await in_thread(recognise, joined)
        signs = {**signs, **{one: 1.0 for one in DANGERS if together[one] >= SURE_TOGETHER}}
    dangers = _at_least(SURE, signs)
    if len(dangers) == 1 and await _goes_on(question, dangers[0], signs[dangers[0]], asks_for_task):
        dangers = ()
    if dangers:
        return _answer(draft, council, dangers)
    draft = replace(draft, signs=signs, perhaps=_at_least(PERHAPS, signs))
    if _reminded(draft) and not draft.perhaps:
        line = council.words("note.safety", question.language, at=question.at)
        return replace(draft, above=(*draft.above, *line))
    return draft


def weigh_doubt(answer: Answer, draft: Draft, council: Council) -> Answer:
    """Decide what comes of a danger that is only likely, once it is known what the pages say.

    Where there is no answer, a likely danger was rather meant than the question; else its first
    words stand over what is said. What a form has taken for an answer to its question says little
    beside it, and so has to be likelier.
    """
    if not draft.perhaps or answer.status.family == "safety":
        return answer
    likely = draft.signs[draft.perhaps[0]] >= LIKELY
    in_form = answer.pending is not None
    if in_form and not likely and _is_an_answer(draft.question):
        return answer
    if likely and not in_form and answer.status.family in ("clarify", "unanswerable", "error"):
        return _answer(draft, council, draft.perhaps)
    words = council.words(draft.perhaps[0], draft.question.language, at=draft.question.at)
    return replace(
        answer,
        blocks=(*words[:LINES_ABOVE], *answer.blocks),
        actions=(*_leave(draft, council, draft.perhaps[:1]), *answer.actions),
        also=(*answer.also, *draft.perhaps),
    )


def _at_least(sign: float, signs: Mapping[Status, float]) -> tuple[Status, ...]:
    """Name the dangers that are so likely, the likeliest first."""
    found = [one for one in DANGERS if signs[one] >= sign]
    return tuple(sorted(found, key=lambda one: -signs[one]))


def _answer(draft: Draft, council: Council, found: Sequence[Status]) -> Answer:
    """Say the words of every class, the most dangerous first; the status is the surest class."""
    language, at = draft.question.language, draft.question.at
    by_danger = sorted(found, key=DANGERS.index)
    lines = [line for one in by_danger for line in council.words(one, language, at=at)]
    return Answer(
        found[0],
        tuple(dict.fromkeys(lines)),
        actions=_leave(draft, council, found),
        also=tuple(found[1:]),
    )


def _leave(draft: Draft, council: Council, named: Sequence[Status]) -> tuple[Action, ...]:
    """Offer whoever may be watched a way off the page."""
    if Status.SAFETY_DOMESTIC_ABUSE not in named:
        return ()
    label = council.label("leave", draft.question.language)
    return (Action("leave", "leave", label, url=LEAVE_FOR),)


def _joined(draft: Draft) -> str:
    """Put a fragment behind the messages that it goes on from, unless those were answered so.

    What answers the question of a form goes on from nothing: "no" is no emergency at the address
    that was given before.
    """
    said = _as_read(draft.question.text)
    before = [
        turn for turn in draft.question.history[-TURNS_JOINED:] if not _was_danger(turn.answer)
    ]
    if _is_an_answer(draft.question):
        return ""
    if not before or len(said.split()) > WORDS_OF_A_FRAGMENT:
        return ""
    return " ".join([*(_as_read(turn.message) for turn in before), said])


def _is_an_answer(question: Question) -> bool:
    """Tell whether a message comes after the question of a form."""
    if not question.history:
        return False
    last = question.history[-1].answer
    return not {last.status, *last.also}.isdisjoint(_OF_A_FORM)


async def _goes_on(
    question: Question, danger: Status, sign: float, asks_for_task: AsksForTask | None
) -> bool:
    """Tell whether a form goes on, or a task is met, under the first words of a danger."""
    if _is_an_answer(question):
        return sign < SURE_OF_AN_ANSWER
    if asks_for_task is None or question.pending is None or sign >= SURE_OF_A_TASK:
        return False
    about, asks = await in_thread(asks_for_task, _as_read(question.text), question.language)
    if danger in _LIKE_A_REPAIR:
        return asks
    return about >= SURELY_A_TASK and sign < SURE_BESIDE_A_TASK


def _as_read(text: str) -> str:
    """Give a message as a person reads it: usual letters, and words in place of marks.

    What was learnt has no marks in it: "[name] is hitting me" says that someone is.
    """
    usual = unicodedata.normalize("NFKC", text).replace("_", " ")
    return plain(unmarked(usual.replace("[name]", "someone")))


def _reminded(draft: Draft) -> bool:
    return any(_was_danger(turn.answer) for turn in draft.question.history[-TURNS_REMINDED:])


def _was_danger(answer: Answer) -> bool:
    return answer.status.family == "safety"

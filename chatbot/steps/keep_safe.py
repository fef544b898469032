"""Say at once where to turn when someone is in danger: reviewed words, before anything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from chatbot.council import Council
from chatbot.phrases import DANGERS
from chatbot.steps.check_question import plain
from chatbot.threads import in_thread
from chatbot.types import Action, Answer, Draft, Status

SURE = 0.5
PERHAPS = 0.25
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


async def keep_safe(draft: Draft, *, council: Council, recognise: Recognise) -> Draft | Answer:
    """Answer a danger with the council's fixed words; remind of it where it is only likely.

    Looks at the message as it was written, alone and, where it is a fragment, together with the
    ones before it.
    """
    question = draft.question
    signs = await in_thread(recognise, plain(question.text))
    if joined := _joined(draft):
        together = await in_thread(recognise, joined)
        signs = {**signs, **{one: max(signs[one], together[one]) for one in DANGERS}}
    dangers = [one for one in DANGERS if signs[one] >= SURE]
    if dangers:
        return _answer(draft, council, sorted(dangers, key=lambda one: -signs[one]))
    draft = replace(draft, signs=signs)
    if _reminded(draft) or any(signs[one] >= PERHAPS for one in DANGERS):
        line = council.words("note.safety", question.language, at=question.at)
        return replace(draft, above=(*draft.above, *line))
    return draft


def _answer(draft: Draft, council: Council, found: Sequence[Status]) -> Answer:
    """Say the words of every class, the most dangerous first; the status is the surest class."""
    language, at = draft.question.language, draft.question.at
    by_danger = sorted(found, key=DANGERS.index)
    lines = [line for one in by_danger for line in council.words(one, language, at=at)]
    leave = Action("leave", "leave", council.label("leave", language), url=LEAVE_FOR)
    return Answer(
        found[0],
        tuple(dict.fromkeys(lines)),
        actions=(leave,) if Status.SAFETY_DOMESTIC_ABUSE in found else (),
        also=tuple(found[1:]),
    )


def _joined(draft: Draft) -> str:
    """Put a fragment behind the messages that it goes on from, unless those were answered so."""
    said = plain(draft.question.text)
    before = [
        turn for turn in draft.question.history[-TURNS_JOINED:] if not _was_danger(turn.answer)
    ]
    if not before or len(said.split()) > WORDS_OF_A_FRAGMENT:
        return ""
    return " ".join([*(plain(turn.message) for turn in before), said])


def _reminded(draft: Draft) -> bool:
    return any(_was_danger(turn.answer) for turn in draft.question.history[-TURNS_REMINDED:])


def _was_danger(answer: Answer) -> bool:
    return answer.status.family == "safety"

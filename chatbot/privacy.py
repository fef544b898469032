"""Take personal data out of a question before anything else happens, and tell the citizen."""

from __future__ import annotations

from dataclasses import replace

from chatbot.council import Council
from chatbot.redact import masked, redact
from chatbot.types import Answer, Question, Unmasked


def mask_question(question: Question, council: Council) -> Question:
    """Mask the message and those before it, but not the council's own numbers and addresses.

    A mark stays a mark, so that to mask twice does no harm. What was written stays with the
    question, for a form whose questions ask for such details.
    """
    text, kinds = masked(question.text, keep=council.own_contacts)
    history = tuple(
        replace(turn, message=redact(turn.message, keep=council.own_contacts))
        for turn in question.history
    )
    return replace(
        question,
        text=text,
        history=history,
        masked=question.masked | kinds,
        unmasked=question.unmasked or Unmasked(question.text),
    )


def tell_of_masking(answer: Answer, question: Question, council: Council) -> Answer:
    """Say under an answer that personal data was taken out of its question, where it was.

    Not to someone in danger, who reads the reviewed words and nothing else, nor to someone who was
    asked for it by a form.
    """
    if not question.masked or answer.status.family == "safety" or answer.pending is not None:
        return answer
    note = council.words("note.personal_data", question.language)
    return replace(answer, blocks=(*answer.blocks, *note))


def mask_answer(answer: Answer, council: Council) -> Answer:
    """Mask what a form reads back, for whoever is not the citizen: records, tracers, staff."""
    if answer.pending is None:
        return answer
    blocks = tuple(redact(block, keep=council.own_contacts) for block in answer.blocks)
    return replace(answer, blocks=blocks, pending={})

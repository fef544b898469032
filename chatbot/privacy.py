"""Take personal data out of a question before anything else happens, and tell the citizen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chatbot.commands import cancels, goes_back, is_question
from chatbot.council import Council
from chatbot.messages import as_markdown
from chatbot.redact import masked, redact
from chatbot.types import Action, Answer, Question, Unmasked


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
    values = tuple(_written(answer.pending))
    keep = council.own_contacts
    return replace(
        answer,
        blocks=tuple(_mask_block(block, values, keep) for block in answer.blocks),
        actions=tuple(_mask_action(action, values, keep) for action in answer.actions),
        pending={},
    )


def mask_detail(text: str, asked: Mapping[str, Any], *, filled_in: bool = False) -> str:
    """Leave nothing but a mark of a masked message that may be the personal detail asked for.

    asked: the input that an action of the last answer describes, {} for none. A name is known by
    being asked for, where no list and no other word would tell. filled_in: it came as the value of
    that input, so that "How Wei Ming" is no question.
    """
    mark = next((mark for mark, known in _PERSONAL if known(asked)), "") if asked else ""
    aside = not filled_in and (is_question(text) or cancels(text) or goes_back(text))
    return f"[{mark}]" if mark and not aside else text


def mask_change(text: str, before: Mapping[str, Any], answer: Answer) -> str:
    """Leave a mark of what a message has made of the details that were read back.

    before: what waited when the message came. "Change the name to Ann" is no answer to a question
    for the name, so that nothing else tells what is personal in it.
    """
    had = set(_written(before))
    new = tuple(value for value in _written(answer.pending or {}) if value not in had)
    return _mask_values(text, new)


def _mask_values(text: str, values: Sequence[str]) -> str:
    for value in values:
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "[detail]", text)
    return text


def _written(pending: Mapping[str, Any]) -> Iterator[str]:
    """Find the details of a form that are kept as they were written, as Markdown has them."""
    for form in pending.values():
        for value in form.get("values", {}).values():
            words = value.get("words", "") if isinstance(value, Mapping) else value
            if isinstance(words, str) and len(words) >= _FEWEST_CHARACTERS:
                yield as_markdown("", " ".join(words.split()))


def _mask_block(block: str, values: Sequence[str], keep: Sequence[str]) -> str:
    lines = (_mask_line(line, keep) for line in block.split("\n"))
    return _mask_values("\n".join(lines), values)


def _mask_line(line: str, keep: Sequence[str]) -> str:
    """Mask a line; what stands after a label by what the label says it is."""
    if not (found := _READ_BACK.fullmatch(line)):
        return redact(line, keep=keep)
    lead = f"{found[1]}: "
    said = redact(f"{lead}{found[2]}", keep=keep)
    return f"- **{found[1]}**: {said.removeprefix(lead)}" if said.startswith(lead) else said


def _mask_action(action: Action, values: Sequence[str], keep: Sequence[str]) -> Action:
    if "error" not in action.input:
        return action
    error = _mask_block(str(action.input["error"]), values, keep)
    return replace(action, input={**action.input, "error": error})


_READ_BACK = re.compile(r"- \*\*(.+?)\*\*: (.*)")
# A shorter value is in too many words to be taken out of them.
_FEWEST_CHARACTERS = 3
_NAME = re.compile(r"(?:^|_)name$")
_PERSONAL: tuple[tuple[str, Callable[[Mapping[str, Any]], bool]], ...] = (
    ("address", lambda asked: asked.get("kind") in ("address", "postcode")),
    ("phone", lambda asked: asked.get("kind") == "phone"),
    ("email", lambda asked: asked.get("kind") == "email"),
    ("date of birth", lambda asked: "birth" in str(asked.get("name", ""))),
    ("name", lambda asked: bool(_NAME.search(str(asked.get("name", ""))))),
)

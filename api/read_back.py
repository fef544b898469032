"""What a form reads back: masked in the records, legible to the citizen while the form is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chatbot.records import Event, Message
from chatbot.records.written import answer_from_json, answer_to_json
from chatbot.render import render
from chatbot.types import Answer

_SHOWN = "shown"

Pending = Mapping[str, Any] | None


def to_keep(answer: Answer, message_id: str) -> Pending:
    """Give what the conversation keeps until its next message.

    While a form is open, its last answer is among it as the citizen read it; then it is gone.
    """
    if not answer.pending or "form" not in answer.pending:
        return answer.pending
    shown = {"message_id": message_id, "answer": answer_to_json(answer)}
    return {**answer.pending, _SHOWN: shown}


def legible(message: Message, pending: Pending) -> Message:
    """Show a message's answer as the citizen read it, if it is the open form's last."""
    answer = _shown(pending, message.id)
    return replace(message, answer=answer) if answer and message.answer else message


def legible_event(event: Event, pending: Pending) -> Event:
    """Show an event as it was told, if it is of the open form's last answer."""
    answer = _shown(pending, str(event.data.get("message_id", "")))
    if answer is None:
        return event
    if event.kind == "done":
        text = answer.text
    elif event.kind == "block" and 0 <= (at := event.data["index"]) < len(answer.blocks):
        text = answer.blocks[at]
    else:
        return event
    return replace(event, data={**event.data, "text": text, "html": render(text)})


def _shown(pending: Pending, message_id: str) -> Answer | None:
    shown = (pending or {}).get(_SHOWN)
    if not shown or shown["message_id"] != message_id:
        return None
    return answer_from_json(shown["answer"])

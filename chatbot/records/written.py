"""How text and answers are written down, so that they come back as they were."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from chatbot.types import Action, Answer, Citation, Status

# NUL breaks PostgreSQL text and a lone surrogate every UTF-8 encoder; the other controls and
# noncharacters print nothing and only serve to hide something. Tab and line feed stay.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def clean(text: str) -> str:
    """Make text safe to store and send anywhere; line ends become line feeds."""
    return _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def clean_json(value: Any) -> Any:
    """Make a JSON value safe to store and send anywhere, its keys included."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(key)): clean_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(item) for item in value]
    return value


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """Write an answer as a JSON object; what a form waits for is kept elsewhere."""
    written: dict[str, Any] = clean_json(asdict(answer))
    del written["pending"]
    return written


def answer_from_json(written: Mapping[str, Any]) -> Answer:
    """Read an answer back; of keys of a later release only the known ones count."""
    return Answer(
        status=Status(written["status"]),
        blocks=tuple(written["blocks"]),
        citations=tuple(_citation(one) for one in written["citations"]),
        actions=tuple(_action(one) for one in written["actions"]),
        also=tuple(Status(one) for one in written["also"]),
    )


def _citation(written: Mapping[str, Any]) -> Citation:
    return Citation(
        number=written["number"],
        url=written["url"],
        title=written["title"],
        headings=tuple(written["headings"]),
        quote=written["quote"],
    )


def _action(written: Mapping[str, Any]) -> Action:
    return Action(
        id=written["id"],
        kind=written["kind"],
        label=written["label"],
        url=written["url"],
        input=written["input"],
    )

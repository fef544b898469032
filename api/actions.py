"""What a citizen pressed or filled in: one of the actions that the last answer offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.exchange import secret_needed
from api.house import CouncilDoor, House
from api.problems import Problem
from chatbot.records import Conversation
from chatbot.threads import in_thread
from chatbot.types import Action, Taken


@dataclass(frozen=True, slots=True)
class Chosen:
    """An action that was taken. words: what stands for it in the transcript.

    taken: None where the words are all there is to it, and are asked as any message is.
    asked: the input that was filled in, {} for a button, None where nothing was offered.
    """

    words: str
    taken: Taken | None
    asked: Mapping[str, Any] | None


async def choose(
    house: House,
    door: CouncilDoor,
    action: str,
    values: Mapping[str, Any],
    conversation_id: str | None,
    secret: str | None,
) -> Chosen:
    """Take an action that the conversation's last answer offers; a Problem for any other."""
    if conversation_id is None:
        raise unknown_action()
    if secret is None:
        raise secret_needed()

    def find() -> Chosen:
        conversation = house.conversations.open(door.council.slug, conversation_id, secret)
        last = house.conversations.history(conversation, 1)
        for one in last[0].answer.actions if last else ():
            if one.id == action and one.kind == "reply":
                return _pressed(one)
            if one.id == action and one.kind == "input":
                chosen = _filled_in(one, values)
                if one.input.get("kind") == "photo":
                    _check_photo(house, conversation, chosen)
                return chosen
        raise unknown_action()

    return await in_thread(find)


def _pressed(action: Action) -> Chosen:
    message = str(action.input.get("message", ""))
    if message:
        return Chosen(message, None, {})
    return Chosen(action.label, Taken(action.id), {})


def _filled_in(action: Action, values: Mapping[str, Any]) -> Chosen:
    name = str(action.input["name"])
    for other in values:
        if other != name:
            raise wrong_value(other, f"Send a value for {name}, and no other.")
    if name not in values:
        raise wrong_value(name, "Send the value that is asked for.")
    value = values[name]
    return Chosen(_words(action, value), Taken(action.id, {name: value}), action.input)


def _check_photo(house: House, conversation: Conversation, chosen: Chosen) -> None:
    """See that a picture is one of this conversation's."""
    assert chosen.taken is not None
    for name, value in chosen.taken.values.items():
        known = isinstance(value, str) and house.uploads and house.uploads.get(conversation, value)
        if not known:
            raise wrong_value(name, "Send the `upload_id` of a picture of this conversation.")


def _words(action: Action, value: Any) -> str:
    """Say a value in the transcript, as it was written; a picture or a point by its label."""
    written = value.strip() if isinstance(value, str) else ""
    return written if written and action.input.get("kind") != "photo" else action.label


def unknown_action() -> Problem:
    """Say that an action is not, or no longer, offered."""
    words = "The last answer has offered no action with this id."
    return Problem("unknown-action", words, errors=[{"pointer": "#/action/id", "detail": words}])


def wrong_value(name: str, words: str) -> Problem:
    """Say which value of an action is wrong."""
    place = "".join(f"/{part}" for part in ("action", "values", name.replace("~", "~0")))
    mistakes = [{"pointer": f"#{place}"[:200], "detail": words}]
    return Problem("invalid", "See `errors` for each place and what it needs.", errors=mistakes)

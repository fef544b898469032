"""What the doors are built from: handed in whole, so that nothing here reads a setting."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from fastapi import Request

from chatbot.council import Council
from chatbot.pipeline import Event
from chatbot.records import Cases, Conversations
from chatbot.records.uploads import Uploads
from chatbot.types import Question
from knowledge_base.types import Found


class Answers(Protocol):
    """What the doors need of a bot."""

    def astream(self, input: Question) -> AsyncIterator[Event]: ...


class Search(Protocol):
    """What the doors need of the knowledge base; called in threads."""

    def find(self, council: str, text: str, *, limit: int = 10) -> Found: ...

    def ready(self, council: str) -> bool: ...


class Beside(Protocol):
    """Work that goes on beside the requests, from the server's start to its end."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Size:
    """How much a council has published."""

    pages: int
    passages: int


@dataclass(frozen=True, slots=True)
class CouncilDoor:
    """One council with the bot that answers for it."""

    council: Council
    bot: Answers


@dataclass(frozen=True, slots=True)
class House:
    """Everything the HTTP API serves.

    councils: by slug. size: how much a council has published, for the metrics.
    rate_limit: as `limits` reads it ("30 per minute"), per citizen's address, council and worker.
    cors_origins: the websites whose pages may call the API; none by default.
    trusted_hosts: names this server answers to, "*" for any, "*.name" for subdomains.
    seconds_per_answer: after these an answer ends as error.too_slow.
    """

    councils: Mapping[str, CouncilDoor]
    search: Search
    conversations: Conversations
    cases: Cases | None = None
    uploads: Uploads | None = None
    size: Callable[[str], Size] | None = None
    rate_limit: str | None = None
    cors_origins: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ("*",)
    max_body_bytes: int = 65_536
    max_upload_bytes: int = 10_485_760
    seconds_per_answer: float = 60.0
    turns_remembered: int = 6
    version: str = "0.0.0"
    hours_between_purges: float = 1.0


def house_of(request: Request) -> House:
    """Find the house a request came to."""
    house: House = request.app.state.house
    return house

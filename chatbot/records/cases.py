"""The cases that citizens opened, each with what is still to be delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

CaseState = Literal["received", "delivered", "failed", "closed"]
"""received: kept here, and where it has a delivery that is under way. delivered: the supplier has
it. failed: it could not be delivered, and staff have to look. closed: staff or the supplier say
that it is done."""


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case as the citizen confirmed it.

    key: of the form that it comes from; a form that is confirmed twice opens one case.
    details: by name, as `chatbot.automation.Value`. shown: label and words of each, as read back.
    supplier, service: where it is delivered, "" for nowhere. place, kind: by which
    reports of the same are found, normalised; "" for none.
    """

    council: str
    key: str
    automation: str
    language: str
    details: Mapping[str, Any]
    shown: Sequence[tuple[str, str]]
    conversation: str = ""
    supplier: str = ""
    service: str = ""
    attributes: Mapping[str, str] | None = None
    place: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it is kept. reference: what the citizen is told, like "BIN-7K4M2Q".

    their_reference: the supplier's, "" where it has given none. told: what the supplier last said.
    """

    council: str
    reference: str
    automation: str
    language: str
    details: Mapping[str, Any]
    shown: tuple[tuple[str, str], ...]
    state: CaseState
    opened: datetime
    changed: datetime
    their_reference: str = ""
    told: str = ""


class CaseBook(Protocol):
    """What the chatbot needs of the cases. Sync; raises RecordsDown."""

    def open(self, new: NewCase) -> Case:
        """Keep a case with its delivery, in one transaction; again with the same key gives it."""
        ...

    def find(self, council: str, reference: str) -> Case | None:
        """Find a case by its reference, however it is written."""
        ...

    def alike(self, council: str, automation: str, place: str, kind: str) -> tuple[Case, ...]:
        """Find the cases that are not closed, of the same place and kind, newest first."""
        ...

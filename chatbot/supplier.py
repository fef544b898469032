"""What a supplier is: a back-office system that takes in cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from chatbot.records.cases import Case, Delivery

SUPPLIER_KINDS = ("open311", "webhook")


@dataclass(frozen=True, slots=True)
class SupplierSettings:
    """One supplier as council.toml describes it.

    secret: the name of its key for us, or of what we sign with; the key itself is in the
    environment. jurisdiction: of an Open311 server that has several.
    """

    name: str
    kind: str
    url: str
    secret: str = field(default="", repr=False)
    jurisdiction: str = ""


OutcomeKind = Literal["sent", "again", "unknown", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt to deliver ended.

    sent: the supplier has it. again: it has not got it, and may take it later. unknown: it may have
    it. refused: it is not to be tried again, staff have to look; unsure: it may have it even so.
    words: why, for the council's staff; of what was sent, what the supplier says to the citizen.
    seconds: not to be tried before. token: what it gave in place of a reference, to be asked by.
    """

    kind: OutcomeKind
    words: str = ""
    their_reference: str = ""
    seconds: float = 0.0
    token: str = ""
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What a supplier says of a case that it has. words: for the citizen."""

    words: str
    closed: bool


class Supplier(Protocol):
    """Delivers cases to one back-office system. Sync; raises nothing that is foreseen.

    A case may be delivered again with the same `delivery.id`, after a kill too: what makes that
    harmless is the supplier's own affair. follows: `look` can tell something.
    """

    @property
    def follows(self) -> bool: ...

    def send(self, delivery: Delivery) -> Outcome:
        """Deliver a case, once."""
        ...

    def look(self, case: Case) -> Standing | None:
        """Ask what became of a delivered case; None where that cannot be told now."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered, whatever its status. headers: by name in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NoReply(Exception):
    """No whole answer came; str() says why. sent: the server may have read the request."""

    def __init__(self, words: str, *, sent: bool) -> None:
        super().__init__(words)
        self.sent = sent


Ask = Callable[[str, str, Mapping[str, str], bytes], Reply]
"""Send one request (method, address, headers, body) and no other: nothing is repeated, no redirect
is followed, time and size are bounded, the address is guarded. Raises NoReply."""

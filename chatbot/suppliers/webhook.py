"""A case as a signed message to an address of the council's, as Standard Webhooks has it.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chatbot.records.cases import Case, Delivery
from chatbot.supplier import Ask, NoReply, Outcome, Standing
from chatbot.suppliers.reply import not_taken, shortened

SECRET_PREFIX = "whsec_"  # noqa: S105
_GONE = 410


@dataclass(frozen=True, slots=True)
class Webhook:
    """Sends each case to one address, with the same `webhook-id` at every attempt.

    The receiver keeps the ids that it has seen, and takes a case once. key: what we sign with.
    """

    url: str
    key: bytes
    ask: Ask
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def follows(self) -> bool:
        return False

    def send(self, delivery: Delivery) -> Outcome:
        body = json.dumps(_message(delivery), ensure_ascii=False, separators=(",", ":")).encode()
        at = str(int(self.now().timestamp()))
        headers = {
            "content-type": "application/json",
            "webhook-id": delivery.id,
            "webhook-timestamp": at,
            "webhook-signature": f"v1,{self._sign(delivery.id, at, body)}",
            "idempotency-key": delivery.id,
        }
        try:
            reply = self.ask("POST", self.url, headers, body)
        except NoReply as error:
            return Outcome("unknown" if error.sent else "again", str(error))
        if 200 <= reply.status < 300:
            return Outcome("sent", their_reference=_their_reference(reply.body))
        if reply.status == _GONE:
            return Outcome("refused", "HTTP 410 Gone: this address takes no more cases")
        return not_taken(reply)

    def look(self, case: Case) -> Standing | None:
        return None

    def _sign(self, id: str, at: str, body: bytes) -> str:
        signed = b".".join((id.encode(), at.encode(), body))
        return base64.b64encode(hmac.digest(self.key, signed, hashlib.sha256)).decode()


def read_secret(secret: str) -> bytes:
    """Read a signing secret, `whsec_` and base64. Raises ValueError with words."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(SECRET_PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError(f"must be {SECRET_PREFIX} and the base64 of 24 to 64 bytes")
    return key


def _message(delivery: Delivery) -> dict[str, Any]:
    case = delivery.case
    names = delivery.attributes
    return {
        "type": "case.opened",
        "timestamp": case.opened.isoformat().replace("+00:00", "Z"),
        "data": {
            "council": case.council,
            "reference": case.reference,
            "automation": case.automation,
            "service": delivery.service,
            "language": case.language,
            "details": {names.get(name, name): value for name, value in case.details.items()},
            "shown": [{"label": label, "words": words} for label, words in case.shown],
        },
    }


def _their_reference(body: bytes) -> str:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    reference = said.get("reference") if isinstance(said, dict) else None
    return shortened(str(reference), 200) if isinstance(reference, str | int) else ""

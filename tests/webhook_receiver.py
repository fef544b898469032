"""A receiver of webhooks as a council would write one, with a ledger of what came.

It verifies with the reference library of Standard Webhooks, and takes each id once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.loopback import Answer, Loopback

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class WebhookReceiver(Loopback):
    """ledger: every verified message that came, with its id, again and again if it came so."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.ledger: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[Mapping[str, str]] = []
        self.refused = 0

    @property
    def cases(self) -> dict[str, dict[str, Any]]:
        """What it took in: each id once."""
        return {id: message["data"] for id, message in reversed(self.ledger)}

    def take(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            Webhook(SECRET).verify(body, dict(headers))
        except WebhookVerificationError:
            self.refused += 1
            return 400, {}, b"signature"
        message = json.loads(body)
        id = headers["webhook-id"]
        assert headers["idempotency-key"] == id
        self.headers.append(headers)
        self.ledger.append((id, message))
        number = list(self.cases).index(id) + 1
        said = json.dumps({"reference": f"CRM-{number}"}).encode()
        return 200, {"content-type": "application/json"}, said

"""How suppliers are asked: by the fetcher that guards every address, without what it repeats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from chatbot.supplier import Ask, NoReply, Reply, SupplierSettings
from ingest.fetch import Fetcher, FetchError, Limits

LIMITS = Limits(bytes=4_000_000, seconds=20.0, attempts=1)


def ask_supplier(
    supplier: SupplierSettings, allow_private: Iterable[str] = (), limits: Limits = LIMITS
) -> Ask:
    """Open the way to one supplier's host, and no other."""
    host, private = urlsplit(supplier.url).hostname or "", frozenset(allow_private)

    def ask(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        try:
            # A connection of its own: one that was kept open and that the server closes just now
            # would leave unknown whether it took the case.
            with Fetcher([host], allow_private=private, limits=limits) as fetcher:
                response = fetcher.send(method, url, headers, body)
        except FetchError as error:
            raise NoReply(str(error), sent=error.sent) from error
        return Reply(response.status, response.headers, response.body)

    return ask

"""Make the suppliers that a council's folder describes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from urllib.parse import SplitResult, urlsplit

from chatbot.supplier import Ask, Supplier, SupplierSettings
from chatbot.suppliers.open311 import Open311
from chatbot.suppliers.webhook import Webhook, read_secret

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SupplierMistakes(Exception):
    """Suppliers cannot be used as they are described; str() says all that is to be mended."""


def make_suppliers(
    described: Iterable[SupplierSettings],
    secrets: Mapping[str, str],
    open_ask: Callable[[SupplierSettings], Ask],
    allow_private: Collection[str] = (),
) -> dict[str, Supplier]:
    """Make each supplier by its name. Raises SupplierMistakes.

    secrets: by name in lower case. open_ask: opens the way to a supplier's host.
    allow_private: "host:port" on this machine that may be asked without TLS.
    """
    made: dict[str, Supplier] = {}
    mistakes: list[str] = []
    for one in described:
        try:
            made[one.name] = _make(one, secrets, open_ask, allow_private)
        except ValueError as error:
            mistakes.append(f"suppliers.{one.name}: {error}")
    if mistakes:
        raise SupplierMistakes("\n".join(mistakes))
    return made


def _make(
    one: SupplierSettings,
    secrets: Mapping[str, str],
    open_ask: Callable[[SupplierSettings], Ask],
    allow_private: Collection[str],
) -> Supplier:
    if not _may_be_asked(urlsplit(one.url), allow_private):
        raise ValueError(
            f"url {one.url!r} must be https, or http on this machine where "
            "TOWNCLERK_ALLOW_PRIVATE lists its host:port"
        )
    secret = secrets.get(one.secret.lower(), "") if one.secret else ""
    if one.secret and not secret:
        raise ValueError(f"the secret {one.secret!r} is not in the environment")
    match one.kind:
        case "webhook":
            try:
                key = read_secret(secret)
            except ValueError as error:
                raise ValueError(f"the secret {one.secret!r} {error}") from error
            return Webhook(one.url, key, open_ask(one))
        case "open311":
            return Open311(one.url, secret, one.jurisdiction, open_ask(one))
        case _:
            raise ValueError(f"kind {one.kind!r} is not known")


def _may_be_asked(url: SplitResult, allow_private: Collection[str]) -> bool:
    if url.scheme == "https":
        return bool(url.hostname)
    place = url.netloc.lower() if url.port else f"{url.netloc.lower()}:80"
    return url.scheme == "http" and url.hostname in _LOOPBACK and place in allow_private

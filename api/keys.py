"""Which council a request is for, and whether it may come in."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from typing import Annotated

from fastapi import Depends, Path, Request

from api.house import CouncilDoor, House, house_of
from api.observe import note
from api.problems import Problem

TheHouse = Annotated[House, Depends(house_of)]


def council_door(
    request: Request,
    house: TheHouse,
    council: Annotated[str, Path(description="Name of the council's folder.")],
) -> CouncilDoor:
    """Find the door of the council in the address."""
    door = house.councils.get(council)
    if door is None:
        raise Problem("no-such-council")
    note(request.scope, council=door.council.slug)
    return door


def opened_door(
    request: Request, door: Annotated[CouncilDoor, Depends(council_door)]
) -> CouncilDoor:
    """Find the council's door and, where the council wants it so, check the caller's key."""
    if door.council.require_api_key:
        need_key(request, door)
    return door


def need_key(request: Request, door: CouncilDoor) -> None:
    """Turn away whoever has none of the council's API keys."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not is_known(key.strip(), door.council.api_key_sha256):
        raise Problem("key-needed", headers={"WWW-Authenticate": 'Bearer realm="Town Clerk"'})


def is_known(key: str, sha256: Collection[str]) -> bool:
    """Compare a key with all known ones, in a time that tells nothing about them."""
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
    return sum([hmac.compare_digest(digest, known) for known in sha256]) > 0


def json_only(request: Request) -> None:
    """Take nothing but JSON, so that no form of another website can be sent here."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        words = "Send the body as application/json."
        raise Problem("unsupported-media-type", words, {"Accept": "application/json"})


OpenDoor = Annotated[CouncilDoor, Depends(opened_door)]

"""What is turned away before it costs anything: wrong hosts, large bodies, too many requests."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Mapping
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, refuse

_LIMITED = re.compile(
    r"(?:/v1)?/councils/([^/]+)/(?:chat|uploads|calendars|search|feedback)(?:/.*)?"
)
_UPLOADS = re.compile(r"/v1/councils/[^/]+/uploads|/councils/[^/]+/chat/photo")


class Hosts:
    """Answer only to the server's own names, so that no link is ever built on a forged one."""

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self.app = app
        self.names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._ours(Headers(scope=scope).get("host", "")):
            await self.app(scope, receive, send)
        else:
            await refuse(Problem("wrong-host"), scope, receive, send)

    def _ours(self, host: str) -> bool:
        name = re.sub(r":\d+$", "", host.lower())
        above = "*." + name.partition(".")[2]
        return bool({"*", name, above} & self.names)


class BodyLimit:
    """Refuse a body over the limit, told or streamed, before more than the limit is held.

    most_of_upload: for the doors that take a picture.
    """

    def __init__(self, app: ASGIApp, most: int, most_of_upload: int) -> None:
        self.app = app
        self.most = most
        self.most_of_upload = most_of_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self.most_of_upload if _UPLOADS.fullmatch(scope["path"]) else self.most
        told = Headers(scope=scope).get("content-length", "0")
        if not told.isdecimal():
            await refuse(Problem("bad-request"), scope, receive, send)
        elif len(told) > 15 or int(told) > most:
            await self._refuse(most, scope, receive, send)
        else:
            await self._count(most, scope, receive, send)

    async def _count(self, most: int, scope: Scope, receive: Receive, send: Send) -> None:
        taken, answering = 0, False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most and not answering:
                raise _TooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            await self.app(scope, counted, watched)
        except _TooLarge:
            await self._refuse(most, scope, receive, send)

    async def _refuse(self, most: int, scope: Scope, receive: Receive, send: Send) -> None:
        words = f"A request may hold at most {most} bytes."
        # The rest of the body is never read, so the connection cannot serve another request.
        problem = Problem("too-large", words, {"Connection": "close"})
        await refuse(problem, scope, receive, send)


class _TooLarge(BaseException):
    """Leaves through all handlers of errors, which would answer for a request not read."""


class RateLimits:
    """Share the service out fairly: so many requests per citizen's address and council.

    limit: as `limits` reads it. Each worker counts for itself, so that n workers let up to n
    times the limit through.
    """

    def __init__(self, app: ASGIApp, limit: str, councils: Collection[str]) -> None:
        self.app = app
        self.limit: RateLimitItem = parse(limit)
        self.councils = councils
        self.limiter = MovingWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        council = self._council(scope)
        if council is None:
            await self.app(scope, receive, send)
            return
        key = (council, client_network(scope))
        allowed = self.limiter.hit(self.limit, *key)
        headers = self._headers(key)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        if allowed:
            await self.app(scope, receive, told)
            return
        scope.setdefault("townclerk.notes", {})["council"] = council
        problem = Problem(
            "too-many-requests",
            f"At most {self.limit.amount} requests in {self.limit.get_expiry()} seconds.",
            {"Retry-After": headers["RateLimit"].rpartition("t=")[2]},
        )
        await refuse(problem, scope, receive, told)

    def _council(self, scope: Scope) -> str | None:
        if scope["type"] != "http" or scope["method"] == "OPTIONS":
            return None
        # Reading the page costs as little as its stylesheet; only what is sent on it counts.
        if scope["method"] == "GET" and not scope["path"].startswith("/v1/"):
            return None
        found = _LIMITED.fullmatch(scope["path"])
        return found[1] if found and found[1] in self.councils else None

    def _headers(self, key: tuple[str, str]) -> Mapping[str, str]:
        """The fields of draft-ietf-httpapi-ratelimit-headers."""
        stats = self.limiter.get_window_stats(self.limit, *key)
        seconds = max(1, round(stats.reset_time - time.time()))
        window = self.limit.get_expiry()
        return {
            "RateLimit-Policy": f'"default";q={self.limit.amount};w={window}',
            "RateLimit": f'"default";r={stats.remaining};t={seconds}',
        }


def client_network(scope: Scope) -> str:
    """Name who is asking: an IPv4 address, or the /64 that one IPv6 household has to itself."""
    host = scope["client"][0] if scope.get("client") else ""
    try:
        address = ip_address(host)
    except ValueError:
        return str(host)
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return ":".join(address.exploded.split(":")[:4])

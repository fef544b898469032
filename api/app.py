"""Put the doors into one application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import (
    calendars,
    cases,
    chat,
    conversations,
    councils,
    health,
    page,
    problems,
    search,
    uploads,
)
from api.house import Beside, CouncilDoor, House
from api.limits import BodyLimit, Hosts, RateLimits
from api.observe import Figures, Observed
from api.problems import Problem
from api.wire import ProblemOut
from chatbot.threads import in_thread

__all__ = ["CouncilDoor", "House", "create_app"]

log = structlog.get_logger(__name__)

DESCRIPTION = """\
Town Clerk answers citizens' questions from their council's own web pages, with the sentences \
that say so.

Every error is a problem (RFC 9457, `application/problem+json`): branch on its `type`, show its \
`title` and `detail`. How a question ended is no error: look at `status`, whose family stands \
before the dot. Times are RFC 3339 in UTC. Unknown keys may be added to responses at any time.

Under a rate limit the headers `RateLimit` and `RateLimit-Policy` tell what is left, and \
`Retry-After` when to come back."""
TAGS = [
    {"name": "chat", "description": "Ask and be answered."},
    {"name": "search", "description": "Find passages without an answer."},
    {
        "name": "conversations",
        "description": "What was said; each needs the conversation's secret.",
    },
    {"name": "cases", "description": "For a council's staff; each needs an API key."},
    {"name": "councils", "description": "Who is served here."},
    {"name": "operations", "description": "For those who run the service."},
]
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def create_app(house: House, beside: Beside | None = None) -> FastAPI:
    """Make the HTTP API of a house. beside: started and stopped with the server."""
    figures = Figures(house)
    app = FastAPI(
        title="Town Clerk",
        version=house.version,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        docs_url=None,
        redoc_url=None,
        # A redirect would be built on the Host header, which anybody can set.
        redirect_slashes=False,
        lifespan=_lifespan,
        middleware=_middleware(house, figures),
    )
    app.state.house, app.state.figures, app.state.beside = house, figures, beside
    problems.install(app, page.as_page)
    for door in (chat, uploads, calendars, search, conversations, cases, councils, health, page):
        app.include_router(door.router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    app.openapi = _description(app)  # type: ignore[method-assign]
    return app


def _middleware(house: House, figures: Figures) -> list[Middleware]:
    """List what every request goes through, outermost first; none of it buffers a stream."""
    limits = [Middleware(RateLimits, house.rate_limit, house.councils)] if house.rate_limit else []
    return [
        Middleware(SafeHeaders),
        *([_cors(house)] if house.cors_origins else []),
        Middleware(Observed, figures),
        Middleware(Hosts, house.trusted_hosts),
        *limits,
        Middleware(BodyLimit, house.max_body_bytes, house.max_upload_bytes),
        Middleware(Heads),
    ]


def _cors(house: House) -> Middleware:
    return Middleware(
        Cors,
        allow_origins=house.cors_origins,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Conversation-Secret", "X-Request-ID"],
        expose_headers=["RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID"],
        max_age=600,
    )


class Cors(CORSMiddleware):
    """Let the listed websites in; never with a citizen's cookies."""

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code < 400:
            return response
        refused = Problem("forbidden", "This website may not call the API that way.").response({})
        refused.headers["Vary"] = "Origin"
        return refused


class Heads:
    """Answer HEAD as GET without its body, for the probes of load balancers and link checkers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            await send({**message, "body": b""} if "body" in message else message)

        # A copy, as the server itself looks at the method while it sends.
        asked = {**scope, "method": "GET"}
        try:
            await self.app(asked, receive, without_body)
        finally:
            scope.update(asked | {"method": "HEAD"})


class SafeHeaders:
    """Tell browsers to trust nothing that this server did not send itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                html = headers.get("content-type", "").startswith("text/html")
                headers.update(_HEADERS)
                headers["Content-Security-Policy"] = _PAGE_POLICY if html else _DATA_POLICY
            await send(message)

        await self.app(scope, receive, guarded)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    beside: Beside | None = app.state.beside
    if beside:
        beside.start()
    purging = asyncio.create_task(_purge_for_ever(app.state.house))
    try:
        yield
    finally:
        purging.cancel()
        with suppress(asyncio.CancelledError):
            await purging
        if beside:
            await in_thread(beside.stop)


async def _purge_for_ever(house: House) -> None:
    while True:
        await in_thread(purge, house)
        await asyncio.sleep(house.hours_between_purges * 3600)


def purge(house: House) -> None:
    """Delete what each council no longer keeps, and log how much that was."""
    for slug, door in house.councils.items():
        before = datetime.now(UTC) - timedelta(days=door.council.days_kept)
        try:
            gone = house.conversations.purge(slug, before)
            closed = house.cases.purge(slug, before) if house.cases else 0
        except Exception as error:
            # Tried again within the hour; ended in silence, it would keep everything for ever.
            log.error("purge_failed", council=slug, fault=type(error).__name__)
            continue
        if gone.messages or gone.conversations or closed:
            log.info(
                "purged",
                council=slug,
                messages=gone.messages,
                conversations=gone.conversations,
                cases=closed,
            )


def _description(app: FastAPI) -> Callable[[], dict[str, Any]]:
    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            described = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                tags=app.openapi_tags,
                routes=app.routes,
            )
            schemas = described.setdefault("components", {}).setdefault("schemas", {})
            problem = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(problem.pop("$defs", {}))
            schemas["ProblemOut"] = problem
            app.openapi_schema = described
        return app.openapi_schema

    return describe

"""Every error in one shape: problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from chatbot.records import NoConversation, NoMessage, RecordsDown
from chatbot.records.written import clean

MEDIA_TYPE = "application/problem+json"

# Names are part of the outside: a client may branch on `type`, so none is ever renamed.
KINDS: Mapping[str, tuple[int, str]] = {
    "bad-request": (400, "The request cannot be read"),
    "key-needed": (401, "An API key is needed"),
    "secret-needed": (401, "The secret of the conversation is needed"),
    "forbidden": (403, "This is not allowed"),
    "not-found": (404, "There is nothing here"),
    "no-such-council": (404, "There is no such council"),
    "no-such-conversation": (404, "There is no such conversation"),
    "no-such-message": (404, "There is no such message"),
    "no-such-case": (404, "There is no such case"),
    "no-such-calendar": (404, "There is no such calendar"),
    "method-not-allowed": (405, "This method is not allowed here"),
    "too-large": (413, "The request is too large"),
    "unsupported-media-type": (415, "This media type is not understood"),
    "wrong-host": (421, "This server does not answer to that name"),
    "invalid": (422, "Something in the request is not valid"),
    "unknown-action": (422, "There is no such action"),
    "not-a-picture": (422, "This is no picture that can be taken"),
    "too-many-uploads": (422, "The conversation has sent as many pictures as it may"),
    "too-many-requests": (429, "Too many requests"),
    "unexpected": (500, "Something went wrong"),
    "unavailable": (503, "The service cannot answer just now"),
    "shutting-down": (503, "The server is restarting"),
    "cut-off": (503, "The answer was cut off"),
}


class Problem(Exception):
    """A request that ends without its answer. kind: a key of KINDS; its words are for people."""

    def __init__(
        self,
        kind: str,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(kind)
        self.kind = kind
        self.status, self.title = KINDS[kind]
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more

    def body(self, request_id: str = "") -> dict[str, Any]:
        """Write the problem as its JSON object; instance names the line in the log."""
        body: dict[str, Any] = {
            "type": f"urn:townclerk:problem:{self.kind}",
            "title": self.title,
            "status": self.status,
        }
        if self.detail:
            body["detail"] = self.detail
        if request_id:
            body["instance"] = f"urn:townclerk:request:{request_id}"
        return body | self.more

    def response(self, scope: Scope) -> Response:
        headers = self.headers | {"Cache-Control": "no-store"}
        body = self.body(scope.get("townclerk.request_id", ""))
        return JSONResponse(body, self.status, headers, media_type=MEDIA_TYPE)


AsPage = Callable[[Request, Problem], Awaitable[Response | None]]


def install(app: FastAPI, as_page: AsPage) -> None:
    """Answer every foreseen error as a problem; as_page may show it to a person instead."""

    def handle(kind: type[Exception], translate: Callable[[Any], Problem]) -> None:
        async def handler(request: Request, error: Exception) -> Response:
            problem = translate(error)
            return await as_page(request, problem) or problem.response(request.scope)

        app.add_exception_handler(kind, handler)

    app.state.as_page = as_page
    handle(Problem, lambda problem: problem)
    handle(HTTPException, _from_http)
    handle(RequestValidationError, _from_validation)
    handle(RecordsDown, lambda _: unavailable())
    handle(NoConversation, lambda _: no_such_conversation())
    handle(NoMessage, lambda _: Problem("no-such-message"))


async def refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a problem before any route was found, as the handlers would."""
    page = await scope["app"].state.as_page(Request(scope), problem)
    await (page or problem.response(scope))(scope, receive, send)


def documented(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """Describe problems in the API's description, each with an example."""
    described: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        status, title = KINDS[kind]
        problem = Problem(kind)
        if kind == "invalid":
            problem.more["errors"] = [{"pointer": "#/message", "detail": "Write something."}]
        example = {"summary": title, "value": problem.body("4f1d2c3b5a697887")}
        entry = described.setdefault(status, _response(title))
        entry["content"][MEDIA_TYPE]["examples"][kind] = example
    return described


def _response(title: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemOut"}
    return {"description": title, "content": {MEDIA_TYPE: {"schema": schema, "examples": {}}}}


def unavailable() -> Problem:
    """Say that a part is down and when to come back."""
    return Problem("unavailable", "Please try again in a few seconds.", {"Retry-After": "5"})


def no_such_conversation() -> Problem:
    """Say no more than this, whether the conversation or its secret was wrong."""
    return Problem("no-such-conversation", "Or it has been deleted, or its secret is another.")


def _from_http(error: HTTPException) -> Problem:
    by_status = {
        400: "bad-request",
        401: "key-needed",
        403: "forbidden",
        404: "not-found",
        405: "method-not-allowed",
        413: "too-large",
        415: "unsupported-media-type",
        503: "unavailable",
    }
    kind = by_status.get(
        error.status_code, "bad-request" if error.status_code < 500 else "unexpected"
    )
    said = error.detail if error.detail != HTTPStatus(error.status_code).phrase else ""
    return Problem(kind, said, error.headers)


def _from_validation(error: RequestValidationError) -> Problem:
    mistakes = [_mistake(one["loc"], one["msg"]) for one in error.errors()]
    return Problem("invalid", "See `errors` for each place and what it needs.", errors=mistakes)


def _mistake(place: Iterable[int | str], words: str) -> dict[str, str]:
    """Say where and what, and never the value: it may be what a citizen wrote."""
    where, *path = place
    said = clean(words.removeprefix("Value error, "))
    if where == "body":
        return {"pointer": "#" + "".join(f"/{_escape(str(part))}" for part in path), "detail": said}
    return {str(where): clean(".".join(map(str, path))), "detail": said}


def _escape(part: str) -> str:
    return clean(part)[:100].replace("~", "~0").replace("/", "~1")

"""A council's website on loopback, for the tests of what fetches one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the site answers. A reply with an etag answers 304 to whoever holds it."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    type: str = HTML


Act = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived. headers: by name in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]


def page(title: str, *links: str, head: str = "") -> Reply:
    """A small page with a title and links."""
    anchors = "".join(f'<p><a href="{link}">{link}</a></p>' for link in links)
    return Reply(
        f"<!DOCTYPE html><html lang=en><head><title>{title}</title>{head}</head>"
        f"<body><main><h1>{title}</h1>{anchors}</main></body></html>".encode()
    )


def redirect(location: str, status: int = 301) -> Reply:
    return Reply(status=status, headers={"Location": location})


class Site:
    """Serves `replies` by path (with its query), 404 for the rest, and keeps what was asked.

    A reply may be a list (one after the other, the last again and again) or a function.
    """

    def __init__(self, replies: Mapping[str, Reply | list[Reply] | Act] | None = None) -> None:
        self.replies: dict[str, Reply | list[Reply] | Act] = dict(replies or {})
        self.asked: list[Asked] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                site.asked.append(Asked(self.command, self.path, headers))
                site._answer(self)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                self.do_GET()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
        self.place = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.place}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    @property
    def paths(self) -> list[str]:
        """Every path that was asked for, in order."""
        return [asked.path for asked in self.asked]

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        reply = self.replies.get(handler.path, Reply(b"not found", 404))
        if isinstance(reply, list):
            reply = reply.pop(0) if len(reply) > 1 else reply[0]
        if isinstance(reply, Reply):
            _send(handler, reply)
        else:
            reply(handler)


def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    headers = {"Content-Type": reply.type, **reply.headers}
    etag = headers.get("ETag")
    unchanged = etag is not None and handler.headers.get("If-None-Match") == etag
    handler.send_response(304 if unchanged else reply.status)
    body = b"" if unchanged else reply.body
    for name, value in headers.items():
        handler.send_header(name, value)
    if "Content-Length" not in headers and not unchanged:
        handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)

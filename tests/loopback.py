"""An HTTP server on loopback that does as its test says, with the faults that real ones have."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Answer = tuple[int, Mapping[str, str], bytes]

FAULTS = ("slow", "cut_before", "cut_after", "half", "garbage", "500_before", "500_after")


class Loopback:
    """Calls `take` with each request, and answers what it gives.

    fault: what goes wrong, for requests whose method stands in `faulty`. "…_after" and "half" and
    "garbage" happen once the request was taken. port: 0 takes a free one.
    """

    faulty = ("POST",)
    slow_seconds = 3.0

    def __init__(self, port: int = 0) -> None:
        self.fault = ""
        self.asked: list[str] = []
        self.lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer._answer(self)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 64

            def handle_error(self, *_: object) -> None:
                pass

        self._server = Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        raise NotImplementedError

    def _answer(self, handler: Any) -> None:
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        fault = self.fault if handler.command in self.faulty else ""
        with self.lock:
            self.asked.append(f"{handler.command} {handler.path}")
        if fault == "cut_before":
            handler.close_connection = True
            return
        if fault == "500_before" or fault.isdecimal():
            refused = (int(fault[:3]), {"retry-after": "7200"} if fault.isdecimal() else {}, b"no")
            _send(handler, refused)
            return
        with self.lock:
            answer = self.take(handler.command, handler.path, headers, body)
        with suppress(OSError):
            self._say(handler, answer, fault)

    def _say(self, handler: Any, answer: Answer, fault: str) -> None:
        if fault == "slow":
            time.sleep(self.slow_seconds)
        elif fault == "cut_after":
            handler.close_connection = True
            return
        elif fault == "half":
            status, _, body = answer
            handler.send_response(status)
            handler.send_header("content-length", str(len(body) + 50))
            handler.end_headers()
            handler.wfile.write(body[: len(body) // 2])
            handler.close_connection = True
            return
        elif fault == "garbage":
            answer = (200, {}, b"\x00\xff<html>not what you think")
        elif fault == "500_after":
            answer = (500, {}, b"oh")
        _send(handler, answer)


def _send(handler: Any, answer: Answer) -> None:
    status, headers, body = answer
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)

"""An OpenAI-protocol server on loopback that answers, or fails, as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Handler = Callable[["ModelServer", asyncio.StreamWriter], Any]

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
)


@dataclass
class ModelServer:
    """Says its words token by token. fault: see FAULTS; "" for none."""

    words: str = ""
    fault: str = ""
    pause: float = 0.0
    asked: list[dict[str, Any]] = field(default_factory=list)
    left: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def told(self) -> str:
        """All that a model was told with the last question."""
        return "\n".join(message["content"] for message in self.asked[-1]["messages"])

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            )
            self.asked.append(json.loads(await reader.readexactly(length)))
            answering = asyncio.create_task(self._answer(writer))
            leaving = asyncio.create_task(reader.read())
            await asyncio.wait([answering, leaving], return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                self.left += 1
            for task in (answering, leaving):
                task.cancel()
                with suppress(asyncio.CancelledError, ConnectionError):
                    await task
        writer.close()

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        if self.fault in STATUS:
            await _status(writer, *STATUS[self.fault])
        elif self.fault == "silent":
            await asyncio.sleep(60)
        else:
            writer.write(HEAD)
            await FAULTS.get(self.fault, _normal)(self, writer)

    async def say(self, writer: asyncio.StreamWriter, words: str) -> None:
        """Send words as tokens."""
        for token in words.split(" "):
            await _send(writer, _chunk(f"{token} "))
            await asyncio.sleep(self.pause)


async def _status(writer: asyncio.StreamWriter, line: str, kind: str, body: str) -> None:
    head = f"HTTP/1.1 {line}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body.encode())
    await writer.drain()


async def _raw(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    await writer.drain()


async def _send(writer: asyncio.StreamWriter, event: dict[str, Any] | str) -> None:
    data = event if isinstance(event, str) else json.dumps(event)
    await _raw(writer, f"data: {data}\n\n".encode())


def _chunk(text: str, finish: str | None = None) -> dict[str, Any]:
    delta = {"content": text} if finish is None else {}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
    }


async def _end(writer: asyncio.StreamWriter) -> None:
    writer.write(b"0\r\n\r\n")
    await writer.drain()


async def _normal(server: ModelServer, writer: asyncio.StreamWriter) -> None:
    await server.say(writer, server.words)
    await _send(writer, _chunk("", "stop"))
    await _send(writer, "[DONE]")
    await _end(writer)


async def _half(server: ModelServer, writer: asyncio.StreamWriter) -> None:
    await server.say(writer, server.words[: len(server.words) // 2])


async def _stall(server: ModelServer, writer: asyncio.StreamWriter) -> None:
    await _half(server, writer)
    await asyncio.sleep(60)


async def _drip(server: ModelServer, writer: asyncio.StreamWriter) -> None:
    while True:
        await _send(writer, _chunk("a"))
        await asyncio.sleep(0.02)


async def _pings(server: ModelServer, writer: asyncio.StreamWriter) -> None:
    while True:
        await _raw(writer, b": ping\n\n")
        await asyncio.sleep(0.02)


async def _cut(server: ModelServer, writer: asyncio.StreamWriter) -> None:
    await _half(server, writer)
    writer.write(b"ff\r\ndata: {")
    await writer.drain()
    writer.transport.abort()


async def _ends_early(server: ModelServer, writer: asyncio.StreamWriter) -> None:
    await _half(server, writer)
    await _end(writer)


async def _done_without_finish(server: ModelServer, writer: asyncio.StreamWriter) -> None:
    await _half(server, writer)
    await _send(writer, "[DONE]")
    await _end(writer)


async def _broken_json(server: ModelServer, writer: asyncio.StreamWriter) -> None:
    await _half(server, writer)
    await _send(writer, '{"id": "c", "choices": [{')
    await _end(writer)


async def _error_event(server: ModelServer, writer: asyncio.StreamWriter) -> None:
    await _half(server, writer)
    await _send(writer, {"error": {"message": "boom", "type": "server_error"}})
    await _end(writer)


async def _huge(server: ModelServer, writer: asyncio.StreamWriter) -> None:
    for _ in range(1_000):
        await _send(writer, _chunk("a" * 10_000))
    await _send(writer, _chunk("", "stop"))
    await _end(writer)


async def _unclean(server: ModelServer, writer: asyncio.StreamWriter) -> None:
    """Answer as a whole, with NUL, half surrogates and characters that cannot be seen."""
    for token in server.words.split(" "):
        await _send(writer, _chunk(f"{token}\x00\ud83d\u200b\U000e0041 "))
    await _send(writer, _chunk("", "stop"))
    await _send(writer, "[DONE]")
    await _end(writer)


STATUS = {
    "500": ("500 Server Error", "application/json", '{"error": {"message": "boom"}}'),
    "429": ("429 Too Many Requests", "application/json", '{"error": {"message": "slow down"}}'),
    "html": ("200 OK", "text/html", "<html><body>Please log in</body></html>"),
}
FAULTS = {
    "stall": _stall,
    "drip": _drip,
    "pings": _pings,
    "cut": _cut,
    "ends_early": _ends_early,
    "done_without_finish": _done_without_finish,
    "broken_json": _broken_json,
    "error_event": _error_event,
    "huge": _huge,
    "unclean": _unclean,
}
KINDS = (*STATUS, "silent", *(kind for kind in FAULTS if kind != "unclean"))


@asynccontextmanager
async def model_server(words: str = "", fault: str = "") -> AsyncIterator[ModelServer]:
    """Serve on a free port of loopback until the end of the block."""
    server = ModelServer(words, fault)
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()

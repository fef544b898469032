"""A serving process from outside: when ready, how it answers, what it holds. Loopback only."""

from __future__ import annotations

import http.client
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

# A process that has not answered by then has failed, however slow the machine.
PATIENCE_SECONDS = 60.0


class NotServed(Exception):
    """A server ended, or did not answer; str() says what it said."""


@contextmanager
def serve(command: Sequence[str], workers: int, log: Path) -> Iterator[tuple[int, int, float]]:
    """Serve on loopback; gives port, process and the seconds until it was ready.

    command: without port and workers. Raises NotServed.
    """
    port = free_port()
    told = [*command, "--port", str(port), "--workers", str(workers)]
    begun = time.perf_counter()
    with log.open("wb") as said:
        server = subprocess.Popen(told, stdout=said, stderr=said)
    try:
        while not _is_ready(port):
            if server.poll() is not None or time.perf_counter() - begun > PATIENCE_SECONDS:
                raise NotServed(log.read_text(errors="replace")[-2000:])
            time.sleep(0.02)
        yield port, server.pid, time.perf_counter() - begun
    finally:
        server.terminate()
        server.wait(timeout=30)


def ask_for(port: int, path: str, text: str) -> None:
    """Ask once, on a connection of its own, so that every worker gets its share."""
    status = _get(port, path + quote(text), PATIENCE_SECONDS)
    if status != 200:
        raise NotServed(f"{path} was answered with {status}")


def resident(kind: str, process: int) -> float:
    """Read how much memory a process holds, in megabytes. kind: as /proc/PID/status names it."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(f"{kind}:"))


def has_loaded(process: int, library: str) -> bool:
    """Tell whether a shared library is in a process, by a part of its name."""
    return library in Path(f"/proc/{process}/maps").read_text()


def _is_ready(port: int) -> bool:
    try:
        return _get(port, "/readyz", 1.0) == 200
    except (OSError, http.client.HTTPException):
        return False


def _get(port: int, path: str, seconds: float) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def free_port() -> int:
    """Find a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port

"""Open connections to checked addresses only, and none that outlives its time.

A name is resolved once, every address it has is judged, and the connection goes to one of
exactly these addresses; so a name that answers differently a moment later gains nothing. The
name itself stays in the Host header and in the TLS handshake, where the certificate is checked
against it.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ssl import SSLContext
from typing import Any

import httpcore

from ingest.public_address import reach

Resolve = Callable[[str, int], Iterable[str]]
SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)

_CONNECT_SECONDS = 10.0

_ends: ContextVar[float] = ContextVar("ends")


class NotPublic(Exception):
    """A name leads to an address that may not be asked; str() says which."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Bound everything that is sent and received inside, however slowly it drips."""
    token = _ends.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends.reset(token)


def resolve(host: str, port: int) -> list[str]:
    """Ask the system for every address of a name."""
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in infos))


class CheckedBackend(httpcore.NetworkBackend):
    """The sockets of an httpcore pool, behind the check of addresses.

    allow_private: "host:port" that may lead to a private address.
    inner: opens the sockets; it is only ever given literal, checked IP addresses.
    """

    def __init__(
        self,
        allow_private: frozenset[str],
        *,
        resolve: Resolve = resolve,
        inner: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._inner = inner or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._checked(host, port):
            try:
                return self._connect(address, port, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def _connect(
        self, address: str, port: int, options: Iterable[SocketOption] | None
    ) -> httpcore.NetworkStream:
        seconds = min(_left(httpcore.ConnectTimeout), _CONNECT_SECONDS)
        stream = self._inner.connect_tcp(address, port, timeout=seconds, socket_options=options)
        return _TimedStream(stream)

    def _checked(self, host: str, port: int) -> list[str]:
        addresses = self._addresses(host, port)
        for address in addresses:
            self._check(address, host, port)
        return addresses

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            return list(self._resolve(host.strip("[]"), port))
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} cannot be resolved: {error}") from error

    def _check(self, address: str, host: str, port: int) -> None:
        judged = reach(address)
        listed = place(host, port) in self._allow_private
        if judged == "never" or (judged == "private" and not listed):
            raise NotPublic(f"{host} leads to {address}, which is not on the public web")


def place(host: str, port: int) -> str:
    """Write host and port as an allow-list does; an IPv6 host stands in brackets."""
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every wait is cut to what is left of the request's time."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        seconds = _left(httpcore.ConnectTimeout)
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, seconds))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(too_late: type[Exception]) -> float:
    seconds = _ends.get() - time.monotonic()
    if seconds <= 0:
        raise too_late("the time for this request is over")
    return seconds

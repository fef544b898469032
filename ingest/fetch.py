"""The only way out to the web: hosts by list, every address checked, everything bounded.

No cookies, no proxies or passwords from outside, no retries of what is not a GET. What goes
wrong is one of the errors drawn in `fetch_errors`.
"""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from functools import cache, cached_property
from importlib import metadata
from types import TracebackType
from typing import Self

import httpcore
import httpx

from ingest.dial import CheckedBackend, NotPublic, Resolve, place, resolve, time_limit
from ingest.fetch_errors import (
    FetchError,
    Forbidden,
    ForbiddenAddress,
    ForbiddenHost,
    HttpStatus,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Unreachable,
    WrongType,
)
from ingest.gunzip import gunzip

__all__ = [
    "REDIRECTS",
    "FetchError",
    "Fetcher",
    "Forbidden",
    "ForbiddenAddress",
    "ForbiddenHost",
    "HttpStatus",
    "Limits",
    "Response",
    "TooLarge",
    "TooManyRedirects",
    "TooSlow",
    "Unreachable",
    "WrongType",
    "name_ourselves",
]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({429, 503})
_DEFAULT_PORTS = {"http": 80, "https": 443}
# What a request may carry on to another host; anything else may be a secret of the first one.
_HARMLESS = frozenset({"accept", "accept-language", "accept-encoding", "user-agent"})


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may take.

    seconds: for one try with its redirects, from the first packet to the last.
    attempts: tries in all where the server is busy or the connection breaks, GET only.
    longest_wait: seconds; a server that asks for a longer pause is not asked again.
    """

    bytes: int = 10_000_000
    seconds: float = 30.0
    redirects: int = 5
    attempts: int = 3
    longest_wait: float = 60.0


@dataclass(frozen=True, slots=True)
class Response:
    """What came back. url: after redirects. headers: by name in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The type without its parameters, lower case; "" where none is stated."""
        return media_type_of(self.headers)

    @property
    def charset(self) -> str:
        """The charset that the server states, lower case, or ""."""
        header = Message()
        header["content-type"] = self.headers.get("content-type", "")
        return (header.get_content_charset() or "").strip()


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request and what its answer may be."""

    url: httpx.URL
    headers: Mapping[str, str]
    types: frozenset[str] | None
    max_bytes: int
    follow: Callable[[str], bool] = field(default=lambda _: True)
    method: str = "GET"
    body: bytes = b""
    any_status: bool = False


class Fetcher:
    """Asks a council's hosts, and nobody else.

    allowed_hosts: names as they stand in addresses, lower case, without port.
    allow_private: "host:port" that may lead to a private address or use another port than
        80 and 443: a council's intranet, a server on loopback. Link-local and metadata
        addresses stay forbidden.
    tls: trusts other authorities than the public ones, for an intranet.
    resolve, backend, sleep: the world outside, by argument.
    """

    def __init__(
        self,
        allowed_hosts: Iterable[str],
        *,
        allow_private: frozenset[str] = frozenset(),
        limits: Limits | None = None,
        user_agent: str = "",
        tls: ssl.SSLContext | None = None,
        resolve: Resolve = resolve,
        backend: httpcore.NetworkBackend | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.allowed_hosts = frozenset(host.lower() for host in allowed_hosts)
        self.limits = limits or Limits()
        self.user_agent = user_agent or name_ourselves()
        self._allow_private = frozenset(entry.lower() for entry in allow_private)
        self._tls = tls
        self._backend = CheckedBackend(self._allow_private, resolve=resolve, inner=backend)
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what is kept open between requests; the fetcher can be used again."""
        if "_pool" in self.__dict__:
            self._pool.close()
            del self.__dict__["_pool"]

    def get(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        types: Iterable[str] | None = None,
        max_bytes: int | None = None,
        follow: Callable[[str], bool] = lambda _: True,
    ) -> Response:
        """Fetch a page: redirects followed, a busy server asked again after its own pause.

        types: media types to accept; others end in WrongType before their bytes are read.
        follow: asked with each redirect's target; where it says no, the redirect itself comes
            back: its status, with the target as url and no body.
        """
        ask = self._ask(url, headers, types, max_bytes, follow)
        attempt = 1
        while True:
            try:
                return self._try(ask)
            except (HttpStatus, Unreachable) as trouble:
                wait = self._pause(trouble, attempt)
                if wait is None:
                    raise
            self._sleep(wait)
            attempt += 1

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        max_bytes: int | None = None,
    ) -> Response:
        """Send something once, and hand back whatever came: a refusal's body, a redirect.

        Nothing is sent twice and no redirect is followed; raises FetchError but for HttpStatus.
        """
        ask = replace(
            self._ask(url, headers, None, max_bytes, lambda _: False),
            method=method,
            body=body,
            any_status=True,
        )
        with time_limit(self.limits.seconds):
            return self._once(ask, ask.url, ask.headers)

    def _ask(
        self,
        url: str,
        headers: Mapping[str, str] | None,
        types: Iterable[str] | None,
        max_bytes: int | None,
        follow: Callable[[str], bool],
    ) -> _Ask:
        return _Ask(
            url=_parse(url),
            headers={name.lower(): value for name, value in (headers or {}).items()},
            types=None if types is None else frozenset(types),
            max_bytes=self.limits.bytes if max_bytes is None else max_bytes,
            follow=follow,
        )

    def _pause(self, trouble: HttpStatus | Unreachable, attempt: int) -> float | None:
        if attempt >= self.limits.attempts:
            return None
        backoff = float(2 ** (attempt - 1))
        if isinstance(trouble, Unreachable):
            return backoff
        if trouble.status not in _BUSY:
            return None
        wait = backoff if trouble.wait is None else trouble.wait
        return wait if wait <= self.limits.longest_wait else None

    def _try(self, ask: _Ask) -> Response:
        url, headers = ask.url, ask.headers
        with time_limit(self.limits.seconds):
            for _ in range(self.limits.redirects + 1):
                response = self._once(ask, url, headers)
                target = _target(url, response)
                if target is None:
                    return response
                self._check(target)
                if not ask.follow(str(target)):
                    return Response(str(target), response.status, response.headers, b"")
                headers = headers if _same_origin(url, target) else _harmless(headers)
                url = target
        raise TooManyRedirects(
            str(ask.url), f"redirects more than {self.limits.redirects} times, last to {url}"
        )

    def _once(self, ask: _Ask, url: httpx.URL, headers: Mapping[str, str]) -> Response:
        self._check(url)
        with (
            _translated(str(url)),
            self._pool.stream(
                ask.method,
                httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=self._headers(url, headers),
                content=ask.body or None,
            ) as answer,
        ):
            return _read(ask, str(url), answer)

    def _check(self, url: httpx.URL) -> None:
        if url.scheme not in _DEFAULT_PORTS:
            raise Forbidden(str(url), f"{url.scheme or 'no scheme'}: only http and https are asked")
        if url.userinfo:
            raise Forbidden(str(url), "carries a user name or password")
        host = url.raw_host.decode("ascii").lower()
        if host not in self.allowed_hosts:
            raise ForbiddenHost(str(url), f"{host or 'no host'} is not one of the council's hosts")
        port = url.port or _DEFAULT_PORTS[url.scheme]
        if port not in _DEFAULT_PORTS.values() and place(host, port) not in self._allow_private:
            raise Forbidden(str(url), f"port {port} is not allowed")

    def _headers(self, url: httpx.URL, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
        ours = {
            "host": url.netloc.decode("ascii"),
            "user-agent": self.user_agent,
            "accept-encoding": "gzip",
            "accept": "*/*",
        }
        # As `_lowered` read it: an ETag may hold any byte, and goes back as it came.
        return [
            (name.encode("latin-1"), value.encode("latin-1", "replace"))
            for name, value in (ours | dict(headers)).items()
        ]

    @cached_property
    def _pool(self) -> httpcore.ConnectionPool:
        return httpcore.ConnectionPool(
            ssl_context=self._tls or _public_authorities(),
            max_connections=8,
            keepalive_expiry=15.0,
            network_backend=self._backend,
        )


@cache
def _public_authorities() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def name_ourselves(website: str = "") -> str:
    """Say honestly who asks, and where the council behind it is found."""
    try:
        version = metadata.version("townclerk")
    except metadata.PackageNotFoundError:
        version = "0"
    return f"TownClerk/{version} (+{website})" if website else f"TownClerk/{version}"


def media_type_of(headers: Mapping[str, str]) -> str:
    """Read the media type without its parameters, lower case; "" where none is stated."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _parse(url: str) -> httpx.URL:
    try:
        return httpx.URL(url).copy_with(fragment=None)
    except (httpx.InvalidURL, UnicodeError, ValueError, TypeError) as error:
        raise Forbidden(str(url), f"is not a web address: {error}") from error


def _target(url: httpx.URL, response: Response) -> httpx.URL | None:
    location = response.headers.get("location")
    if response.status not in REDIRECTS or not location:
        return None
    try:
        return url.join(location).copy_with(fragment=None)
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise Forbidden(str(url), f"redirects to a broken address: {error}") from error


def _same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    return (one.scheme, one.netloc) == (other.scheme, other.netloc)


def _harmless(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name in _HARMLESS}


def _read(ask: _Ask, url: str, answer: httpcore.Response) -> Response:
    headers = _lowered(answer.headers)
    if answer.status >= 400 and not ask.any_status:
        raise HttpStatus(url, answer.status, _wait(headers))
    if answer.status >= 300 and not ask.any_status:
        return Response(url, answer.status, headers, b"")
    _check_type(ask, url, headers)
    return Response(url, answer.status, headers, _body(ask, url, headers, answer))


def _lowered(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _check_type(ask: _Ask, url: str, headers: Mapping[str, str]) -> None:
    stated = media_type_of(headers)
    if ask.types is not None and stated not in ask.types:
        raise WrongType(url, f"is {stated or 'of no stated type'}, not a page")


def _body(ask: _Ask, url: str, headers: Mapping[str, str], answer: httpcore.Response) -> bytes:
    limit = ask.max_bytes
    stated = headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > limit:
        raise TooLarge(url, f"holds {int(stated):,} bytes, more than {limit:,}")
    try:
        return _unpack(_counted(answer, limit), headers.get("content-encoding", ""), limit)
    except OverflowError as error:
        raise TooLarge(url, f"holds more than {limit:,} bytes") from error
    except (EOFError, zlib.error) as error:
        raise Unreachable(url, "sent broken gzip") from error
    except LookupError as error:
        raise WrongType(url, f"is packed in an unknown way: {error}") from error


def _counted(answer: httpcore.Response, limit: int) -> Iterator[bytes]:
    count = 0
    for chunk in answer.iter_stream():
        count += len(chunk)
        if count > limit:
            raise OverflowError
        yield chunk


def _unpack(chunks: Iterator[bytes], encoding: str, limit: int) -> bytes:
    match encoding.strip().lower():
        case "" | "identity":
            return b"".join(chunks)
        case "gzip" | "x-gzip":
            return gunzip(chunks, limit)
        case other:
            raise LookupError(other)


def _wait(headers: Mapping[str, str]) -> float | None:
    stated = headers.get("retry-after", "").strip()
    # Unlike isdigit, isdecimal knows no "²", which float does not read.
    if stated.isdecimal():
        return float(stated)
    try:
        until = parsedate_to_datetime(stated)
    except (ValueError, OverflowError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


@contextmanager
def _translated(url: str) -> Iterator[None]:
    try:
        yield
    except NotPublic as error:
        raise ForbiddenAddress(url, str(error)) from error
    except (httpcore.ConnectTimeout, httpcore.PoolTimeout) as error:
        raise TooSlow(url, "did not answer in time").before_sending() from error
    except httpcore.TimeoutException as error:
        raise TooSlow(url, "did not answer in time") from error
    except httpcore.ConnectError as error:
        raise Unreachable(url, f"cannot be reached: {error}").before_sending() from error
    except httpcore.LocalProtocolError as error:
        raise Forbidden(url, f"is not a lawful request: {error}") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        raise Unreachable(url, f"cannot be reached: {error}") from error

"""The only way out to the web: hosts by list, every address checked, everything bounded.

    FetchError                  .url  .passing: the trouble may pass, ask again another day
    ├── Forbidden               not asked: scheme, user name in the address, port, broken address
    │   ├── ForbiddenHost       not one of the hosts this fetcher may ask
    │   └── ForbiddenAddress    leads into a private network
    ├── Unreachable             no name, no connection, no trust, or cut off in the middle
    ├── TooSlow                 not whole within the time
    ├── TooLarge                more bytes than allowed, packed or unpacked
    ├── TooManyRedirects
    ├── WrongType               of another media type than asked for, or packed in an unknown way
    └── HttpStatus              .status  4xx and 5xx

No cookies, no proxies or passwords from the environment, no retries of what is not a GET.
"""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from functools import cache, cached_property
from http import HTTPStatus
from importlib import metadata
from types import TracebackType
from typing import Self

import httpcore
import httpx

from ingest.dial import CheckedBackend, NotPublic, Resolve, place, resolve, time_limit

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({429, 503})
_GZIP = b"\x1f\x8b"
_DEFAULT_PORTS = {"http": 80, "https": 443}
# What a request may carry on to another host; anything else may be a secret of the first one.
_HARMLESS = frozenset({"accept", "accept-language", "accept-encoding", "user-agent"})


class FetchError(Exception):
    """An address could not be fetched; str() says why, in words for a council's report."""

    passing = False

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(reason)
        self.url = url


class Forbidden(FetchError):
    """The address may not be asked at all."""


class ForbiddenHost(Forbidden):
    """The host is not one of those that this fetcher may ask."""


class ForbiddenAddress(Forbidden):
    """The host leads into a private network; a broken name server may be the cause."""

    passing = True


class Unreachable(FetchError):
    """No connection, or it broke before the end."""

    passing = True


class TooSlow(FetchError):
    """The answer was not whole within the time."""

    passing = True


class TooLarge(FetchError):
    """The answer holds more bytes than allowed."""


class TooManyRedirects(FetchError):
    """One redirect led to the next, and on."""

    passing = True


class WrongType(FetchError):
    """The answer is of a type that was not asked for."""


class HttpStatus(FetchError):
    """The server answered with 4xx or 5xx. wait: seconds by Retry-After, None without."""

    def __init__(self, url: str, status: int, wait: float | None = None) -> None:
        super().__init__(url, _status_words(status))
        self.status = status
        self.wait = wait
        self.passing = status not in (404, 410)


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
    """One GET and what its answer may be."""

    url: httpx.URL
    headers: Mapping[str, str]
    types: frozenset[str] | None
    max_bytes: int
    follow: Callable[[str], bool] = field(default=lambda _: True)
    method: str = "GET"
    body: bytes = b""


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
        ask = self._ask("GET", url, headers, types, max_bytes, follow)
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
        """Send something once: no redirect is followed and nothing is sent twice."""
        ask = self._ask(method, url, headers, None, max_bytes, lambda _: False, body)
        return self._try(ask)

    def _ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        types: Iterable[str] | None,
        max_bytes: int | None,
        follow: Callable[[str], bool],
        body: bytes = b"",
    ) -> _Ask:
        return _Ask(
            url=_parse(url),
            headers={name.lower(): value for name, value in (headers or {}).items()},
            types=None if types is None else frozenset(types),
            max_bytes=self.limits.bytes if max_bytes is None else max_bytes,
            follow=follow,
            method=method,
            body=body,
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
                headers=list(self._headers(url, headers).items()),
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

    def _headers(self, url: httpx.URL, headers: Mapping[str, str]) -> dict[str, str]:
        ours = {
            "host": url.netloc.decode("ascii"),
            "user-agent": self.user_agent,
            "accept-encoding": "gzip",
            "accept": "*/*",
        }
        return ours | dict(headers)

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


def gunzip(chunks: Iterable[bytes], limit: int) -> bytes:
    """Unpack gzip, and stop one byte after the limit, however well it was packed.

    Raises OverflowError past the limit, EOFError where the end is missing, zlib.error where
    it is not gzip.
    """
    unpacked = bytearray()
    member = zlib.decompressobj(wbits=31)
    whole = True
    for chunk in chunks:
        rest = chunk
        while rest:
            unpacked += member.decompress(rest, limit + 1 - len(unpacked))
            if len(unpacked) > limit:
                raise OverflowError
            whole, rest = member.eof, member.unused_data
            if rest[:2] != _GZIP:
                break
            member = zlib.decompressobj(wbits=31)
    if not whole:
        raise EOFError
    return bytes(unpacked)


def _parse(url: str) -> httpx.URL:
    try:
        return httpx.URL(url).copy_with(fragment=None)
    except (httpx.InvalidURL, UnicodeError, ValueError, TypeError) as error:
        raise Forbidden(str(url), f"is not a web address: {error}") from error


def _target(url: httpx.URL, response: Response) -> httpx.URL | None:
    location = response.headers.get("location")
    if response.status not in _REDIRECTS or not location:
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
    if answer.status >= 400 and ask.method == "GET":
        raise HttpStatus(url, answer.status, _wait(headers))
    if answer.status >= 300:
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
    if stated.isdigit() and int(stated) > limit:
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
    if stated.isdigit():
        return float(stated)
    try:
        until = parsedate_to_datetime(stated)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def _status_words(status: int) -> str:
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


@contextmanager
def _translated(url: str) -> Iterator[None]:
    try:
        yield
    except NotPublic as error:
        raise ForbiddenAddress(url, str(error)) from error
    except httpcore.TimeoutException as error:
        raise TooSlow(url, "did not answer in time") from error
    except httpcore.LocalProtocolError as error:
        raise Forbidden(url, f"is not a lawful request: {error}") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        raise Unreachable(url, f"cannot be reached: {error}") from error

"""Why an address could not be fetched; foreign errors become these in `fetch`, and only there.

FetchError                  .url  .passing: the trouble may pass, ask again another day
│                           .sent: the server may have read the request
├── Forbidden               not asked: scheme, user name in the address, port, broken address
│   ├── ForbiddenHost       not one of the hosts this fetcher may ask
│   └── ForbiddenAddress    leads into a private network
├── Unreachable             no name, no connection, no trust, or cut off in the middle
├── TooSlow                 not whole within the time
├── TooLarge                more bytes than allowed, packed or unpacked
├── TooManyRedirects
├── WrongType               of another media type than asked for, or packed in an unknown way
└── HttpStatus              .status  4xx and 5xx
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Self


class FetchError(Exception):
    """An address could not be fetched; str() says why, in words for a council's report."""

    passing = False
    sent = True

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(reason)
        self.url = url

    def before_sending(self) -> Self:
        """Say that no connection came about, so that nothing was sent."""
        self.sent = False
        return self


class Forbidden(FetchError):
    """The address may not be asked at all."""

    sent = False


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


def _status_words(status: int) -> str:
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"

"""What a server's answer means for a delivery, where the kinds of supplier agree."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from chatbot.records.written import clean
from chatbot.supplier import Outcome, Reply

# Refusals that say of themselves that they pass.
_PASSING = frozenset({408, 425, 429})
_MOST_WORDS = 500
_LONGEST_WAIT = 24 * 3600.0


def not_taken(reply: Reply, words: str = "") -> Outcome:
    """Judge an answer that is not 2xx. words: what the server says itself."""
    said = status_words(reply.status, words)
    if 300 <= reply.status < 400:
        # Mended in council.toml, so worth another try; a case is never sent where that points.
        return Outcome("again", f"{said}: redirects are not followed; mend the address")
    if reply.status in _PASSING:
        return Outcome("again", said, seconds=retry_after(reply.headers))
    if 400 <= reply.status < 500:
        return Outcome("refused", said)
    return Outcome("unknown", said, seconds=retry_after(reply.headers))


def status_words(status: int, words: str = "") -> str:
    """Write a status for the council's staff, with what the server says itself."""
    try:
        named = f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        named = f"HTTP {status}"
    return f"{named}: {shortened(words)}" if words else named


def shortened(words: str, characters: int = _MOST_WORDS) -> str:
    """Cut what a server says to a length that can be kept."""
    return clean(" ".join(words.split()))[:characters]


def retry_after(headers: Mapping[str, str]) -> float:
    """Read how many seconds a server asks to be left in peace, a day at most."""
    stated = headers.get("retry-after", "").strip()
    # Unlike isdigit, isdecimal knows no "²", which float does not read.
    if stated.isdecimal():
        return min(float(stated), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(stated)
    except (ValueError, OverflowError):
        return 0.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(0.0, (until - datetime.now(UTC)).total_seconds()), _LONGEST_WAIT)

"""Read one table of a TOML file, collecting every mistake instead of stopping at the first."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,63}")
_SHORT = frozenset({"999", "112", "101", "105", "111", "116123", "116111", "18000", "08001111"})
_LONG = re.compile(r"(?:18001)?0(?:[1237]\d{8,9}|800\d{6,7}|8[047]\d{8}|9\d{9}|5\d{9})")
_TEXT_CODE = re.compile(r"[6-8]\d{4}")
_RETIRED = {"08459881188": "0345 988 1188"}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to put right in a council's folder. words: for a council officer."""

    file: str
    key: str
    words: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.key, self.words) if part)


def read_toml(path: Path, mistakes: list[Mistake]) -> dict[str, Any]:
    """Read a TOML file; a missing one is empty, an unreadable one is a mistake."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as fault:
        mistakes.append(Mistake(path.name, "", f"is not valid TOML: {fault}"))
    except UnicodeDecodeError as fault:
        words = f"is not UTF-8 text (byte {fault.start}): save it again as UTF-8"
        mistakes.append(Mistake(path.name, "", words))
    except OSError as fault:
        mistakes.append(Mistake(path.name, "", f"cannot be read: {fault.strerror}"))
    return {}


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Offer the nearest known word, or nothing."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def uk_number(number: str) -> str:
    """Say what is wrong with a UK telephone number, "" where nothing is."""
    digits = re.sub(r"[\s()-]", "", number).replace("+44", "0", 1)
    if digits in _RETIRED:
        return f"{number!r} is out of service, use {_RETIRED[digits]}"
    if digits in _SHORT or _LONG.fullmatch(digits) or _TEXT_CODE.fullmatch(digits):
        return ""
    return f"{number!r} is not a UK telephone number"


class Table:
    """Read a table key by key; `done` then reports the keys that nobody knows.

    Every reader returns None where the key is missing or wrong, and notes what is wrong.
    """

    def __init__(
        self, content: Mapping[str, Any], file: str, mistakes: list[Mistake], prefix: str = ""
    ) -> None:
        self._content = content
        self._file = file
        self._mistakes = mistakes
        self._prefix = prefix
        self._known: set[str] = set()

    def mistake(self, key: str, words: str) -> None:
        self._mistakes.append(Mistake(self._file, self._prefix + key, words))

    def need(self, *keys: str) -> None:
        """Note the keys that must be there and are not."""
        for key in keys:
            if key not in self._content:
                self.mistake(key, "is missing")

    def anything(self, key: str) -> Any:
        """Take a key as it is, to be checked elsewhere."""
        self._known.add(key)
        return self._content.get(key)

    def text(self, key: str) -> str | None:
        value: str | None = self._typed(key, str, "must be text in quotes")
        if value is not None and not value.strip():
            self.mistake(key, "is empty")
            return None
        return value

    def flag(self, key: str) -> bool | None:
        value: bool | None = self._typed(key, bool, "must be true or false, without quotes")
        return value

    def day(self, key: str) -> date | None:
        value = self._typed(key, date, "must be a date like 2026-04-30, without quotes")
        return date(value.year, value.month, value.day) if value else None

    def days(self, key: str) -> tuple[date, ...] | None:
        words = "must be a list of dates like [2026-12-24, 2026-12-31], without quotes"
        values = self._typed(key, list, words)
        if values is None:
            return None
        if not all(isinstance(value, date) for value in values):
            self.mistake(key, words)
            return None
        return tuple(date(value.year, value.month, value.day) for value in values)

    def whole(self, key: str, least: int, most: int) -> int | None:
        words = f"must be a whole number from {least} to {most}"
        value: int | None = self._typed(key, int, words)
        if value is None:
            return None
        if isinstance(value, bool) or not least <= value <= most:
            self.mistake(key, words)
            return None
        return value

    def choice(self, key: str, choices: Collection[str]) -> str | None:
        value = self.text(key)
        if value is not None and value not in choices:
            must = f"must be one of {', '.join(choices)}"
            self.mistake(key, f"{must}, not {value!r}{did_you_mean(value, choices)}")
            return None
        return value

    def matching(self, key: str, pattern: re.Pattern[str], words: str) -> str | None:
        value = self.text(key)
        if value is not None and not pattern.fullmatch(value):
            self.mistake(key, f"{words}, not {value!r}")
            return None
        return value

    def email(self, key: str) -> str | None:
        return self.matching(key, _EMAIL, "must be an e-mail address")

    def phone(self, key: str) -> str | None:
        value = self.text(key)
        if value is not None and (wrong := uk_number(value)):
            self.mistake(key, wrong)
            return None
        return value

    def https(self, key: str) -> str | None:
        value = self.text(key)
        if value is not None and not is_https(value):
            words = "must be an https address like https://www.name.gov.uk"
            self.mistake(key, f"{words}, not {value!r}")
            return None
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        words = 'must be a list of texts like ["one", "two"]'
        values = self._typed(key, list, words)
        if values is None:
            return None
        if not all(isinstance(value, str) and value.strip() for value in values):
            self.mistake(key, words)
            return None
        for value in {value for value in values if values.count(value) > 1}:
            self.mistake(key, f"names {value!r} more than once")
        return tuple(dict.fromkeys(values))

    def table(self, key: str) -> Table:
        """Open the table under a key; a missing or wrong one reads as empty."""
        content = self._typed(key, dict, f"must be a table: [{self._prefix}{key}]") or {}
        return Table(content, self._file, self._mistakes, f"{self._prefix}{key}.")

    def tables(self, key: str) -> tuple[Table, ...]:
        """Open the tables of a list, [[key]]; a missing or wrong one reads as none."""
        words = f"must be tables, each under its own [[{self._prefix}{key}]]"
        values = self._typed(key, list, words) or []
        if not all(isinstance(value, dict) for value in values):
            self.mistake(key, words)
            return ()
        return tuple(
            Table(value, self._file, self._mistakes, f"{self._prefix}{key}[{at}].")
            for at, value in enumerate(values, start=1)
        )

    @property
    def content(self) -> Mapping[str, Any]:
        return self._content

    def names(self) -> tuple[str, ...]:
        return tuple(self._content)

    def done(self) -> None:
        """Report the keys that nobody asked for."""
        for key in self._content:
            if key not in self._known:
                self.mistake(key, f"is not known{did_you_mean(key, self._known)}")

    def _typed(self, key: str, kind: type, words: str) -> Any:
        self._known.add(key)
        value = self._content.get(key)
        if value is None or isinstance(value, kind):
            return value
        self.mistake(key, words)
        return None


def is_https(address: str) -> bool:
    """Tell whether an address is a plain https address with a host that can be public."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = not re.search(r"[\s\"'<>\\{}|^`]", address) and "@" not in parts.netloc
    return parts.scheme == "https" and "." in host.strip(".") and plain

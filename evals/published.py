"""Read the files of a benchmark as they were published; a mistake is named by file and line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class CaseMistake(Exception):
    """A file of cases cannot be used; str() names the file, the line and what to mend."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a file. place: the file and where in it, for whoever has to mend it."""

    place: str
    fields: Mapping[str, Any]

    def text(self, key: str) -> str:
        """Give a text that must be there. Raises CaseMistake."""
        value = self.fields.get(key)
        if not isinstance(value, str):
            raise CaseMistake(f"{self.place}: needs a text under {key!r}, and has {value!r}")
        return value

    def text_if_any(self, key: str) -> str:
        """Give a text, "" where there is none."""
        return self.text(key) if self.fields.get(key) is not None else ""

    def texts(self, key: str) -> tuple[str, ...]:
        """Give a list of texts that must be there. Raises CaseMistake."""
        values = self.fields.get(key)
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise CaseMistake(f"{self.place}: needs a list of texts under {key!r}")
        return tuple(values)


def read_text(file: Path) -> str:
    """Read a whole file. Raises CaseMistake."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise CaseMistake(f"{file} is not there; the benchmark needs it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CaseMistake(f"{file} cannot be read as UTF-8 text: {error}") from error


def read_object(file: Path) -> Mapping[str, Any]:
    """Read a file that is one JSON object. Raises CaseMistake."""
    found = _parse(read_text(file), str(file))
    if not isinstance(found, dict):
        raise CaseMistake(f"{file}: must be one JSON object")
    return found


def read_entries(file: Path) -> Iterator[Entry]:
    """Read a file of JSON lines, or of one JSON list. Raises CaseMistake."""
    text = read_text(file)
    if text.lstrip().startswith("["):
        for number, value in enumerate(_parse(text, str(file)), start=1):
            yield _entry(f"{file} entry {number}", value)
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            place = f"{file} line {number}"
            yield _entry(place, _parse(line, place))


def read_rows(file: Path, columns: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Read a tab-separated file under its line of heads: each row with its place.

    Raises CaseMistake.
    """
    heads, *lines = read_text(file).splitlines() or [""]
    if heads.split("\t") != list(columns):
        raise CaseMistake(f"{file} line 1: must be {' '.join(columns)}, parted by tabs")
    for number, line in enumerate(lines, start=2):
        place, row = f"{file} line {number}", line.split("\t")
        if len(row) != len(columns):
            raise CaseMistake(f"{place}: needs {len(columns)} columns, and has {len(row)}")
        yield place, row


def find_file(folder: Path, *patterns: str) -> Path:
    """Find the one file of a folder that a pattern names. Raises CaseMistake."""
    for pattern in patterns:
        if found := sorted(folder.glob(pattern)):
            return found[0]
    raise CaseMistake(f"{folder} holds no {' and no '.join(patterns)}; the benchmark needs it")


def _entry(place: str, value: Any) -> Entry:
    if not isinstance(value, dict):
        raise CaseMistake(f"{place}: must be a JSON object")
    return Entry(place, value)


def _parse(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise CaseMistake(f"{place}: is not JSON: {error}") from error

"""What is asked and what should come back: the cases of an evaluation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class CaseMistake(Exception):
    """A file of cases cannot be read; str() names the file, the line and what to mend."""


@dataclass(frozen=True, slots=True)
class Case:
    """One question of a citizen, with what the council's pages say to it.

    page: address (or file, where a manifest names its address) of the page that answers.
    quotes: the sentences of that page that answer, verbatim; any one of them will do.
    history: what the citizen wrote before, oldest first.
    """

    id: str
    question: str
    answerable: bool
    page: str = ""
    quotes: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def read_cases(file: Path, addresses: Mapping[str, str] | None = None) -> tuple[Case, ...]:
    """Read cases as JSON lines. addresses: of pages that the cases name by file.

    Raises CaseMistake.
    """
    cases = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            try:
                cases.append(_case(json.loads(line), addresses or {}))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                words = f"{file} line {number}: {type(error).__name__} {error}"
                raise CaseMistake(words) from error
    return tuple(cases)


def read_addresses(manifest: Path) -> dict[str, str]:
    """Read a manifest's address of each file."""
    lines = manifest.read_text(encoding="utf-8").splitlines()
    return {entry["file"]: entry["url"] for entry in map(json.loads, filter(str.strip, lines))}


def _case(entry: Mapping[str, Any], addresses: Mapping[str, str]) -> Case:
    page = entry.get("page") or ""
    said = (turn["content"] for turn in entry.get("history") or () if turn["role"] == "user")
    return Case(
        id=str(entry["id"]),
        question=entry["question"],
        answerable=bool(entry["answerable"]),
        page=addresses.get(page, page),
        quotes=tuple(entry.get("answer_quotes") or ()),
        history=tuple(said),
        tags=tuple(entry.get("tags") or ()),
    )

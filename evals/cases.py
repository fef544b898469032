"""What is asked and what should come back: the cases of an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evals.published import CaseMistake, Entry, read_entries


@dataclass(frozen=True, slots=True)
class Case:
    """One question of a citizen, with what the council's pages say to it.

    page: address (or file, where a manifest names its address) of the page that answers.
    quotes: the sentences of that page that answer, verbatim; any one of them will do.
    history: what the citizen wrote before, oldest first.
    other_pages: addresses of pages that answer as well.
    """

    id: str
    question: str
    answerable: bool
    page: str = ""
    quotes: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    other_pages: tuple[str, ...] = ()

    @property
    def asked(self) -> str:
        """Say what is searched for: a follow-up is asked with the turn before it."""
        return " ".join([*self.history[-1:], self.question])


def read_cases(file: Path, addresses: Mapping[str, str] | None = None) -> tuple[Case, ...]:
    """Read cases as JSON lines. addresses: of pages that the cases name by file.

    Raises CaseMistake.
    """
    return tuple(_case(entry, addresses or {}) for entry in read_entries(file))


def read_addresses(manifest: Path) -> dict[str, str]:
    """Read a manifest's address of each file. Raises CaseMistake."""
    return {entry.text("file"): entry.text("url") for entry in read_entries(manifest)}


def _case(entry: Entry, addresses: Mapping[str, str]) -> Case:
    fields = entry.fields
    page = entry.text_if_any("page")
    try:
        said = [turn["content"] for turn in fields.get("history") or () if turn["role"] == "user"]
    except (KeyError, TypeError) as error:
        words = 'each turn of the history needs "role" and "content"'
        raise CaseMistake(f"{entry.place}: {words}") from error
    if not isinstance(fields.get("answerable"), bool):
        raise CaseMistake(f"{entry.place}: `answerable` must be true or false")
    return Case(
        id=entry.text("id"),
        question=entry.text("question"),
        answerable=fields["answerable"],
        page=addresses.get(page, page),
        quotes=entry.texts("answer_quotes") if fields.get("answer_quotes") else (),
        history=tuple(said),
        tags=entry.texts("tags") if fields.get("tags") else (),
        other_pages=entry.texts("other_pages") if fields.get("other_pages") else (),
    )

"""Find the automations that a council has switched on, and lay its own settings over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from chatbot.automation import Automation, Choice, Does, Lookup, Send
from chatbot.automations.contract import flaws
from chatbot.automations.toml import DEED_KEYS, read_automation, read_deed
from chatbot.hours import LONDON
from chatbot.lookup import wrong_with
from chatbot.messages import LANGUAGES
from chatbot.supplier import SupplierSettings
from chatbot.table import Mistake, Table, did_you_mean

GROUP = "townclerk.automations"
"""The entry points by which a package brings automations: the name, and where it is made."""

PACKAGED = Path(__file__).parents[1] / "default_council" / "automations"
_COUNCIL = "council.toml"


@dataclass(frozen=True, slots=True)
class _Read:
    """An automation with the file that it stands in, and the keys that could not be read."""

    automation: Automation
    file: str
    unread: tuple[str, ...] = ()

    def could_read(self, key: str) -> bool:
        """Tell whether nothing is wrong already with a key, what it holds and what holds it."""
        return not any(one.startswith(key) or key.startswith(one) for one in self.unread)


def find_automations(
    switched_on: Sequence[str],
    folder: Path,
    languages: Sequence[str],
    nation: str,
    settings: Table,
    suppliers: Mapping[str, SupplierSettings],
    mistakes: list[Mistake],
) -> tuple[Automation, ...]:
    """Find each automation by its name: the council's own, then the packaged, then others' code.

    settings: the table [automation] of council.toml. What is wrong is noted; what could not be
    found is left out.
    """
    known = names_known(folder)
    for name in settings.names():
        settings.anything(name)
        if name not in known:
            settings.mistake(name, f"is the name of no automation{did_you_mean(name, known)}")
    found = []
    for name in switched_on:
        if name not in known:
            near = did_you_mean(name, known)
            mistakes.append(Mistake(_COUNCIL, "automations", f"{name!r} is unknown{near}"))
            continue
        read = _read(name, folder, nation, mistakes)
        if read is not None:
            table = settings.table(name)
            found.append(_settled(read, table, folder, languages, suppliers, mistakes))
            table.done()
    return tuple(found)


def names_known(folder: Path) -> tuple[str, ...]:
    """List the automations that a council could switch on."""
    own = (path.stem for path in (folder / "automations").glob("*.toml"))
    packaged = (path.stem for path in PACKAGED.glob("*.toml"))
    return tuple(sorted({*own, *packaged, *(entry.name for entry in _entries())}))


def _entries() -> Iterator[EntryPoint]:
    yield from entry_points(group=GROUP)


def _read(name: str, folder: Path, nation: str, mistakes: list[Mistake]) -> _Read | None:
    own = folder / "automations" / f"{name}.toml"
    packaged = PACKAGED / f"{name}.toml"
    if own.is_file():
        file = f"automations/{name}.toml"
        noted: list[Mistake] = []
        read = read_automation(own, noted, nation=nation, file=file)
        mistakes += noted
        return _Read(read, file, tuple(one.key for one in noted))
    if packaged.is_file():
        return _Read(_read_packaged(packaged, nation), f"the packaged {name}.toml")
    entry = next(one for one in _entries() if one.name == name)
    made = _make(entry, mistakes)
    return _Read(made, f"{entry.name} = {entry.value}") if made else None


@cache
def _read_packaged(path: Path, nation: str) -> Automation:
    return read_packaged(path, nation)


def read_packaged(path: Path, nation: str = "england") -> Automation:
    """Read an automation that is part of a package, with whatever languages it has.

    For code that keeps its words in a TOML file beside it. Raises ValueError with all mistakes.
    """
    mistakes: list[Mistake] = []
    automation = read_automation(path, mistakes, nation=nation)
    languages = [one for one in LANGUAGES if one in automation.titles]
    mistakes += [Mistake(path.name, key, words) for key, words in flaws(automation, languages)]
    if mistakes:
        raise ValueError("\n".join(map(str, mistakes)))
    return automation


def _make(entry: EntryPoint, mistakes: list[Mistake]) -> Automation | None:
    """Take an automation from the package that brings it; its faults are told as mistakes."""
    place = f"{entry.name} = {entry.value}"
    try:
        made = entry.load()
        made = made() if callable(made) else made
    except Exception as fault:
        words = f"could not be made: {type(fault).__name__}: {fault}"
        mistakes.append(Mistake(place, "", words))
        return None
    if not isinstance(made, Automation):
        mistakes.append(Mistake(place, "", f"gives a {type(made).__name__}, no Automation"))
        return None
    if made.name != entry.name:
        words = f"gives an automation of another name, {made.name!r}"
        mistakes.append(Mistake(place, "", words))
        return None
    return made


def _settled(
    read: _Read,
    table: Table,
    folder: Path,
    languages: Sequence[str],
    suppliers: Mapping[str, SupplierSettings],
    mistakes: list[Mistake],
) -> Automation:
    """Lay a council's settings over an automation, and check what comes of it."""
    does = read_deed(table, read.automation.does)
    automation = _elsewhere(replace(read.automation, does=does), table.table("elsewhere"))
    overridden = not set(table.names()).isdisjoint(DEED_KEYS)
    for key, words in (*flaws(automation, languages), *_astray(does, folder, suppliers)):
        if key in DEED_KEYS and overridden:
            table.mistake(key, words)
        elif read.could_read(key):
            mistakes.append(Mistake(read.file, key, words))
    return automation


def _astray(
    does: Does, folder: Path, suppliers: Mapping[str, SupplierSettings]
) -> Iterator[tuple[str, str]]:
    """Find what a deed leads to and the council has not."""
    match does:
        case Send(supplier=name) if name and name not in suppliers:
            words = f"{name!r} is not described in council.toml, as [suppliers.{name}]"
            yield "supplier", f"{words}{did_you_mean(name, suppliers)}"
        case Lookup(file=file) if file:
            path = (folder / file).resolve()
            if not path.is_relative_to(folder.resolve()):
                yield "file", f"must lie in the council's folder, not at {file!r}"
            elif not path.exists():
                yield "file", f"{file!r} is not in the council's folder"
            elif wrong := wrong_with(path, datetime.now(LONDON).date()):
                yield "file", f"{file!r} {wrong}"


def _elsewhere(automation: Automation, table: Table) -> Automation:
    """Say of choices that another body deals with them."""
    for value in table.names():
        one = table.table(value)
        one.need("body")
        body, url = one.text("body") or "", one.https("body_url") or ""
        one.done()
        known = [each.value for detail in automation.details for each in detail.choices]
        if value not in known:
            words = f"is no choice in {automation.name}{did_you_mean(value, known)}"
            table.mistake(value, words)
        if body:
            automation = _with_body(automation, value, body, url)
    return automation


def _with_body(automation: Automation, value: str, body: str, url: str) -> Automation:
    """Set the body of a choice; of the first detail that has it, which is what it is about."""
    details = list(automation.details)
    for at, detail in enumerate(details):
        if detail.choice(value):
            choices = tuple(_of(one, value, body, url) for one in detail.choices)
            details[at] = replace(detail, choices=choices)
            break
    return replace(automation, details=tuple(details))


def _of(choice: Choice, value: str, body: str, url: str) -> Choice:
    return replace(choice, body=body, body_url=url) if choice.value == value else choice

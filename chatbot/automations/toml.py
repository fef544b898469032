"""Read an automation that a council's staff wrote as TOML, without code."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from chatbot.automation import (
    KINDS,
    Automation,
    Choice,
    Condition,
    Detail,
    Does,
    Lookup,
    Send,
    Stub,
    Worded,
)
from chatbot.hours import DAYS, NATIONS
from chatbot.messages import LANGUAGES
from chatbot.table import Mistake, Table, did_you_mean, read_toml

DEEDS = ("stub", "send", "lookup")
_ONLY_FOR = {
    "supplier": "send",
    "service": "send",
    "attributes": "send",
    "file": "lookup",
    "key": "lookup",
    "days_valid": "lookup",
}
DEED_KEYS = ("does", *_ONLY_FOR)
_NEEDED = {"stub": (), "send": ("supplier",), "lookup": ("file", "key")}
_DAYS_VALID = 90
_DAYS_AWAY = 3_650
_CHARACTERS = 1_000
_NO_NAME = re.compile(r"[^a-z0-9]+")


def read_automation(
    path: Path, mistakes: list[Mistake], *, nation: str, file: str = ""
) -> Automation:
    """Read one automation; its name is the file's.

    What cannot be read is noted and left out. Whether the whole makes sense is for
    `chatbot.automations.contract`. nation: which body counts, where that differs by nation.
    file: what a mistake calls it; the path's name if "".
    """
    found: list[Mistake] = []
    content = read_toml(path, found)
    called = file or path.name
    mistakes += [Mistake(called, one.key, one.words) for one in found]
    table = Table(content, called, mistakes)
    automation = Automation(
        name=path.stem,
        titles=_worded(table, "title"),
        examples=_lists(table, "examples"),
        questions=_lists(table, "questions"),
        details=tuple(_detail(one, nation) for one in table.tables("details")),
        does=read_deed(table),
        done=_worded(table, "done"),
        same_place=table.text("same_place") or "",
        same_kind=table.text("same_kind") or "",
    )
    table.done()
    return automation


def read_deed(table: Table, usual: Does | None = None) -> Does:
    """Read what an automation does, over what it does as it stands."""
    base: dict[str, Any] = written_deed(usual) if usual else {"does": "stub"}
    chosen = table.choice("does", DEEDS)
    if chosen is None and table.anything("does") is not None:
        for key in _ONLY_FOR:
            table.anything(key)
        return usual or Stub()
    kind = chosen or base["does"]
    if kind != base["does"]:
        base = {"does": kind}
    for key, only in _ONLY_FOR.items():
        if table.anything(key) is not None and only != kind:
            table.mistake(key, f'is only for does = "{only}"')
    for key in _NEEDED[kind]:
        if key not in base:
            table.need(key)
    if kind == "send":
        return Send(
            supplier=table.text("supplier") or base.get("supplier", ""),
            service=table.text("service") or base.get("service", ""),
            attributes=_attributes(table) or base.get("attributes", {}),
        )
    if kind == "lookup":
        return Lookup(
            file=table.text("file") or base.get("file", ""),
            key=table.text("key") or base.get("key", ""),
            days_valid=table.whole("days_valid", 1, _DAYS_AWAY)
            or base.get("days_valid", _DAYS_VALID),
        )
    return Stub()


def written_deed(does: Does) -> dict[str, Any]:
    """Say what an automation does with the keys that it is written with."""
    match does:
        case Send():
            return {
                "does": "send",
                "supplier": does.supplier,
                "service": does.service,
                "attributes": does.attributes,
            }
        case Lookup():
            return {
                "does": "lookup",
                "file": does.file,
                "key": does.key,
                "days_valid": does.days_valid,
            }
    return {"does": "stub"}


def _attributes(table: Table) -> dict[str, str]:
    inner = table.table("attributes")
    return {name: inner.text(name) or "" for name in inner.names()}


def _detail(table: Table, nation: str) -> Detail:
    table.need("name", "kind")
    kind = table.choice("kind", KINDS)
    detail = Detail(
        name=table.text("name") or "",
        kind=kind or "",  # type: ignore[arg-type]
        questions=_worded(table, "question"),
        labels=_worded(table, "label"),
        hints=_worded(table, "hint"),
        choices=_choices(table, nation),
        only_if=_conditions(table),
        optional=table.flag("optional") or False,
        earliest=_days_away(table, "earliest"),
        latest=_days_away(table, "latest"),
        weekdays=_weekdays(table),
        characters=table.whole("characters", 1, 10_000) or _CHARACTERS,
    )
    for key, only in (("earliest", "date"), ("latest", "date"), ("weekdays", "date")):
        if kind and kind != only and table.anything(key) is not None:
            table.mistake(key, f'is only for kind = "{only}"')
    if kind and kind != "text" and table.anything("characters") is not None:
        table.mistake("characters", 'is only for kind = "text"')
    table.done()
    return detail


def _worded(table: Table, key: str) -> Worded:
    """Read words: text, which is English, or a table of texts by language."""
    value = table.anything(key)
    if value is None:
        return {}
    if isinstance(value, str):
        text = table.text(key)
        return {"en": text.strip()} if text else {}
    if not isinstance(value, Mapping):
        table.mistake(
            key, "must be text in quotes, or a text for each language: " + _languages(key)
        )
        return {}
    inner = table.table(key)
    _check_languages(inner, key)
    said = {language: inner.text(language) for language in LANGUAGES if language in value}
    return {language: text.strip() for language, text in said.items() if text}


def _lists(table: Table, key: str) -> dict[str, tuple[str, ...]]:
    """Read messages: a list, which is English, or a table of lists by language."""
    value = table.anything(key)
    if value is None:
        return {}
    if isinstance(value, list):
        return {"en": table.texts(key) or ()}
    if not isinstance(value, Mapping):
        table.mistake(
            key, f'must be a list like ["one", "two"], or one for each language: {key}.cy'
        )
        return {}
    inner = table.table(key)
    _check_languages(inner, key)
    said = {language: inner.texts(language) for language in LANGUAGES if language in value}
    return {language: texts for language, texts in said.items() if texts}


def _check_languages(table: Table, key: str) -> None:
    for name in table.names():
        if name not in LANGUAGES:
            table.mistake(name, f"is no language here; they are {_languages(key)}")


def _languages(key: str) -> str:
    return " and ".join(f"{key}.{language}" for language in LANGUAGES)


def _choices(table: Table, nation: str) -> tuple[Choice, ...]:
    """Read choices: texts, whose values are made of their words, or tables."""
    values = table.anything("choices")
    if values is None:
        return ()
    if isinstance(values, list) and values and all(isinstance(one, str) for one in values):
        texts = table.texts("choices") or ()
        return tuple(Choice(value_of(text), {"en": text.strip()}) for text in texts)
    if isinstance(values, list) and values and all(isinstance(one, dict) for one in values):
        return tuple(_choice(one, nation) for one in table.tables("choices"))
    words = 'must be a list of texts, ["Grey bin", "Blue bag"], or of tables, {value = "grey", …}'
    table.mistake("choices", words)
    return ()


def _choice(table: Table, nation: str) -> Choice:
    labels = _worded(table, "label")
    choice = Choice(
        value=table.text("value") or value_of(labels.get("en", "")),
        labels=labels,
        said=_said(table),
        body=_by_nation(table, "body", nation),
        body_url=_by_nation(table, "body_url", nation),
    )
    table.done()
    return choice


def _by_nation(table: Table, key: str, nation: str) -> str:
    """Read text, or the text for the council's nation out of a table."""
    if not isinstance(table.anything(key), Mapping):
        return table.text(key) or ""
    inner = table.table(key)
    said = {name: inner.text(name) or "" for name in NATIONS}
    inner.done()
    return said.get(nation, "")


def _said(table: Table) -> tuple[str, ...]:
    by_language = _lists(table, "said")
    return tuple(dict.fromkeys(text for texts in by_language.values() for text in texts))


def value_of(label: str) -> str:
    """Make a choice's value of its label: "Fly-tipping" -> "fly_tipping"."""
    return _NO_NAME.sub("_", label.casefold()).strip("_")


def _conditions(table: Table) -> tuple[Condition, ...]:
    """Read `only_if = {type = "pothole", lamp = ["out", "flickering"]}`."""
    words = 'must look like {type = "pothole"} or {type = ["pothole", "graffiti"]}'
    value = table.anything("only_if")
    if value is None:
        return ()
    if not isinstance(value, Mapping) or not value:
        table.mistake("only_if", words)
        return ()
    conditions = []
    for name, wanted in value.items():
        values = wanted if isinstance(wanted, list) else [wanted]
        if not values or not all(isinstance(one, str | bool) for one in values):
            table.mistake(f"only_if.{name}", words)
        else:
            conditions.append(Condition(name, tuple(values)))
    return tuple(conditions)


def _days_away(table: Table, key: str) -> int | None:
    value = table.anything(key)
    if value == "today":
        return 0
    if isinstance(value, str):
        table.mistake(key, f'must be "today" or days from today, as -7 or 90, not {value!r}')
        return None
    return table.whole(key, -_DAYS_AWAY * 12, _DAYS_AWAY)


def _weekdays(table: Table) -> frozenset[int]:
    days = table.texts("weekdays") or ()
    for day in days:
        if day not in DAYS:
            known: Collection[str] = DAYS
            words = f"{day!r} is no weekday like monday{did_you_mean(day, known)}"
            table.mistake("weekdays", words)
    return frozenset(DAYS.index(day) for day in days if day in DAYS)

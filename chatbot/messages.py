"""The fixed words of a council, by language and key; statuses are keys among others."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from chatbot.doubt import WRONG_KEYS
from chatbot.table import Mistake, did_you_mean, read_toml
from chatbot.types import Status

LANGUAGES = ("en", "cy")

Messages = Mapping[str, Mapping[str, str]]

LABELS = frozenset(
    {
        "label.read_more",
        "label.contact",
        "label.leave",
        "note.english_only",
        "note.sources_differ",
        "note.which_one",
        "note.safety",
        "note.personal_data",
        "label.confirm",
        "label.change",
        "label.cancel",
        "label.back",
        "label.skip",
        "label.same",
        "label.different",
        "label.resume",
        "label.calendar",
        "label.photo",
    }
)
FORM_WORDS = frozenset(
    {
        "form.understood",
        "form.which_task",
        "form.which_change",
        "form.patience",
        "form.resume",
        "form.kept",
        "form.alike",
        "form.known_already",
        "form.case",
        "form.ask_reference",
        "form.lookup.found",
        "form.lookup.which",
        "form.lookup.unknown",
        "form.lookup.stale",
        "form.lookup.unreadable",
        "form.wrong.confirm",
        "form.wrong.alike",
        "form.state.received",
        "form.state.delivered",
        "form.state.failed",
        "form.state.closed",
    }
)
KEYS = frozenset(status.value for status in Status) | LABELS | FORM_WORDS | WRONG_KEYS

PLACEHOLDERS = frozenset(
    {
        "council",
        "website",
        "contact_url",
        "account_url",
        "phone",
        "email",
        "opening_hours",
        "opens",
        "closes",
        "body",
        "body_url",
        "page_title",
        "page_url",
        "reference",
        "limit",
        "title",
        "detail",
        "what",
        "day",
        "choices",
        "earliest",
        "latest",
    }
)
WHEN = ("open", "closed", "unknown")
_WHEN = re.compile(r"\[([a-z]+)\] +(?=\S)")
_PLACEHOLDER = re.compile(r"\{([a-z_.0-9]{1,60})\}")
_UNSAFE_IN_LINK = re.compile(r"[\s()<>\[\]\\\"'`]")
_MARKDOWN = re.compile(r"[\\`*_\[\]<>#|]")
_BRACES = re.compile(r"[{}]")


def fill(words: str, values: Mapping[str, str], when: str = "unknown") -> tuple[str, ...]:
    """Put values in their places and return one block a line.

    A line with a placeholder that has no value is left out, so that words for a council with a
    telephone number also serve one without. A line that begins with "[open] ", "[closed] " or
    "[unknown] " is said only then. when: the council's office is open, closed, or it has not
    said when.
    """
    lines = (_said_when(line.strip(), when) for line in words.splitlines())
    full = (line for line in lines if line and all(values.get(p) for p in placeholders(line)))
    return tuple(_PLACEHOLDER.sub(lambda place: values[place[1]], line) for line in full)


def _said_when(line: str, when: str) -> str:
    """Take the condition off a line; "" where it does not hold."""
    found = _WHEN.match(line)
    if found is None or found[1] not in WHEN:
        return line
    return line[found.end() :] if found[1] == when else ""


def as_markdown(name: str, value: str) -> str:
    """Make a value safe to stand in Markdown, an address also inside a link."""
    if name == "website" or name.endswith("_url"):
        return _UNSAFE_IN_LINK.sub(lambda found: quote(found[0]), value)
    return _MARKDOWN.sub(r"\\\g<0>", value)


def placeholders(words: str) -> frozenset[str]:
    """List the placeholders that occur in a message."""
    return frozenset(_PLACEHOLDER.findall(words))


def read_messages(
    folder: Path, languages: Collection[str], numbers: Collection[str], mistakes: list[Mistake]
) -> dict[str, dict[str, str]]:
    """Read a folder's `messages.<language>.toml`, noting what cannot be used."""
    messages: dict[str, dict[str, str]] = {}
    allowed = PLACEHOLDERS | {f"numbers.{number}" for number in numbers}
    for path in sorted(folder.glob("messages.*.toml")):
        language = path.name.removeprefix("messages.").removesuffix(".toml")
        if language not in languages:
            words = f"is for {language!r}, which is not in the council's languages"
            mistakes.append(Mistake(path.name, "", words))
            continue
        flat = _flat(read_toml(path, mistakes))
        mistakes += [
            Mistake(path.name, key, wrong)
            for key, words in flat.items()
            if (wrong := _wrong(key, words, allowed))
        ]
        messages[language] = {key: words for key, words in flat.items() if isinstance(words, str)}
    return messages


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        nested = isinstance(value, Mapping)
        flat |= _flat(value, f"{prefix}{key}.") if nested else {f"{prefix}{key}": value}
    return flat


def _wrong(key: str, words: Any, allowed: Collection[str]) -> str:
    if key not in KEYS:
        return f"is no status or label{did_you_mean(key, KEYS)}"
    if not isinstance(words, str) or not words.strip():
        return "must be text in quotes, and not empty"
    for unknown in sorted(placeholders(words) - frozenset(allowed)):
        return f"has an unknown placeholder {{{unknown}}}{did_you_mean(unknown, allowed)}"
    for line in words.splitlines():
        found = _WHEN.match(line.strip())
        if found and found[1] not in WHEN:
            return f"has an unknown condition [{found[1]}]{did_you_mean(found[1], WHEN)}"
    if _BRACES.search(_PLACEHOLDER.sub("", words)):
        return "has a brace that belongs to no placeholder; placeholders look like {council}"
    return ""

"""The prompts of a language model: Markdown that a council may replace in its own folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chatbot.table import Mistake, did_you_mean

_DIVIDER = re.compile(r"^---[ \t]*$", re.M)
_PLACEHOLDER = re.compile(r"\{([a-z_]{1,40})\}")
_BRACES = re.compile(r"[{}]")

# What each prompt must hold, and what it may hold besides.
_NEEDED = {"answer": ("passages", "question")}
_ALLOWED = {"answer": ("council", "language", "passages", "question")}
# Words that citizens and pages write must not stand among the rules.
_UNTRUSTED = frozenset({"passages", "question"})


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is told. rules: the system message. request: the message with the question."""

    rules: str
    request: str


def read_prompts(default: Path, own: Path, mistakes: list[Mistake]) -> Mapping[str, Prompt]:
    """Read the default folder's prompts, each replaced by the council's own where it has one."""
    for path in sorted((own / "prompts").glob("*")):
        if path.stem not in _NEEDED or path.suffix != ".md":
            known = [f"{name}.md" for name in _NEEDED]
            words = f"is not read{did_you_mean(path.name, known)}"
            mistakes.append(Mistake(f"prompts/{path.name}", "", words))
    prompts = {}
    for name in _NEEDED:
        mine = own / "prompts" / f"{name}.md"
        path = mine if mine.is_file() else default / "prompts" / f"{name}.md"
        prompts[name] = _read(path, name, mistakes)
    return prompts


def _read(path: Path, name: str, mistakes: list[Mistake]) -> Prompt:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        mistakes.append(Mistake(f"prompts/{path.name}", "", "cannot be read as UTF-8 text"))
        return Prompt("", "")
    rules, *request = (part.strip() for part in _DIVIDER.split(text))
    for wrong in _wrong(rules, request, name):
        mistakes.append(Mistake(f"prompts/{path.name}", "", wrong))
    return Prompt(rules, request[0] if request else "")


def _wrong(rules: str, request: list[str], name: str) -> list[str]:
    wrong = []
    if len(request) != 1 or not rules or not request[0]:
        wrong.append("must be two parts with one line --- between them: rules, then the request")
    told = " ".join(request)
    used = set(_PLACEHOLDER.findall(rules + told))
    for unknown in sorted(used - set(_ALLOWED[name])):
        hint = did_you_mean(unknown, _ALLOWED[name])
        wrong.append(f"has an unknown placeholder {{{unknown}}}{hint}")
    for needed in _NEEDED[name]:
        if f"{{{needed}}}" not in told:
            wrong.append(f"lacks the placeholder {{{needed}}} in its second part")
    for outside in sorted(_UNTRUSTED.intersection(_PLACEHOLDER.findall(rules))):
        wrong.append(f"has {{{outside}}} among the rules; it belongs into the second part")
    if _BRACES.search(_PLACEHOLDER.sub("", rules + told)):
        wrong.append("has a brace that belongs to no placeholder; they look like {council}")
    return wrong

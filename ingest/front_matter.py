"""Read the few lines at the head of a Markdown file that say what the page is."""

from __future__ import annotations

import re

_FENCE = "---"
_FIELD = re.compile(r"([A-Za-z][\w-]*)[ \t]*:(.*)")


def read_front_matter(text: str) -> tuple[dict[str, str], str]:
    """Split a Markdown text into its front matter, keys in lower case, and the rest.

    Not YAML: a field is `key: the rest of the line`, colons and quotes included. A text that
    opens with a rule (`---`) and prose has no front matter, and comes back whole.
    """
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    end = _closing_fence(lines)
    if end is None:
        return {}, "".join(lines)
    return _fields(lines[1:end]), "".join(lines[end + 1 :])


def _closing_fence(lines: list[str]) -> int | None:
    if not lines or lines[0].rstrip() != _FENCE:
        return None
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    first = next((line for line in lines[1:] if line.strip()), "")
    opens = first.rstrip() == _FENCE or _FIELD.match(first)
    return end if opens else None


def _fields(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in map(_FIELD.match, lines):
        if field:
            found.setdefault(field[1].lower(), field[2].strip())
    return found

"""Read the few lines at the head of a Markdown file that say what the page is."""

from __future__ import annotations

import re

_FENCE = "---"
_CLOSING = {_FENCE, "..."}
_FIELD = re.compile(r"([A-Za-z][\w-]*)[ \t]*:(.*)")


def read_front_matter(text: str) -> tuple[dict[str, str], str]:
    """Split a Markdown text into its front matter, keys in lower case, and the rest.

    Not YAML: a field is `key: the rest of the line`, colons and quotes included. A text that
    opens with a rule (`---`) and prose has no front matter, and comes back whole. Where the
    closing fence is missing, an empty line ends the fields: no prose is ever lost.
    """
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    end = _end(lines)
    if end is None:
        return {}, "".join(lines)
    return _fields(lines[1:end]), "".join(lines[end + 1 :])


def _end(lines: list[str]) -> int | None:
    """Find the line that ends the front matter: its fence, or else the first empty line."""
    end = _closing_fence(lines)
    empty = next((n for n, line in enumerate(lines) if not line.strip()), len(lines))
    if end is not None and _holds_only_fields(lines[1:end], empty - 1):
        return end
    opened = bool(lines) and lines[0].rstrip() == _FENCE
    ends_empty = opened and 1 < empty < len(lines) and all(map(_FIELD.match, lines[1:empty]))
    return empty if ends_empty else None


def _holds_only_fields(lines: list[str], empty: int) -> bool:
    """Tell fields, with what goes on below their keys, from prose before a rule further down.

    empty: the first empty line, behind which a "#" or "-" is the page's own.
    """
    marks = [" \t-#]}" if at < empty else " \t" for at in range(len(lines))]
    return all(
        not line.strip() or _FIELD.match(line) or line[0] in mark
        for line, mark in zip(lines, marks, strict=True)
    )


def _closing_fence(lines: list[str]) -> int | None:
    if not lines or lines[0].rstrip() != _FENCE:
        return None
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() in _CLOSING), None)
    first = next((line for line in lines[1:] if line.strip()), "")
    opens = first.rstrip() == _FENCE or _FIELD.match(first)
    return end if opens else None


def _fields(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in map(_FIELD.match, lines):
        if field:
            found.setdefault(field[1].lower(), field[2].strip())
    return found

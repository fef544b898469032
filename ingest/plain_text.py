"""Turn the text of a page into clean words: no invisible characters, no decoration."""

from __future__ import annotations

import re

# Joiners make words in Arabic and Indic scripts, so they only go where they follow other letters.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e0fff\U0001d173-\U0001d17a]"
    "|[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]|(?<![\u0600-\u0dff])[\u200c\u200d]"
)
_CROSS = re.compile("[\u2715\u2716\u2717\u2718\u274c\u274e\U0001f6ab\u26d4]\ufe0f?")
_TICK = re.compile("[\u2713\u2714\u2705\u2611]\ufe0f?")
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u26ff\u2700-\u2712\u2719-\u27bf\u2b00-\u2bff\u23e9-\u23ff"
    "\u2190-\u2199\u21a9\u21aa\u25a0-\u25ff\u20e3\ufe0e\ufe0f\ue000-\uf8ff]"
)
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3")
_ARROWS = "\u2190\u2191\u2192\u2193\u2196\u2197\u2198\u2199"
_DECORATION = re.compile(rf"(?![{_ARROWS}\u2713\u2717]){_EMOJI.pattern}")
_LEADING = re.compile(rf"^(?:[{_ARROWS}\u203a\u00bb>]+\s*)+")
_TRAILING = re.compile(rf"(?:\s*[{_ARROWS}\u203a\u00bb]+|\s+>)+$")
_NEGATIVE = re.compile(
    r"\b(?:not|no|non|never|cannot|can'?t|don'?t|won'?t|without|except|excluded?|avoid|reject\w*"
    r"|unaccept\w*|unsuitable|wrong|prohibit\w*|ban(?:ned)?|forbidden|refused?|leave out|keep out"
    r"|peidiwch|nid|dim)\b",
    re.IGNORECASE,
)

YES, NO = "\u2713", "\u2717"


def is_negative(text: str) -> bool:
    """Tell whether words alone say that something is not wanted or not so."""
    return bool(_NEGATIVE.search(text.replace("\u2019", "'")))


def is_cross(text: str) -> bool:
    """Tell a cross that stands alone, which says no to what comes after it."""
    return _CROSS.sub(NO, clean(text)).strip() == NO


def clean(text: str) -> str:
    """Drop invisible characters and collapse white space; line breaks (\\n) stay."""
    lines = (" ".join(line.split()) for line in _INVISIBLE.sub("", text).split("\n"))
    return "\n".join(line for line in lines if line)


def undecorated(text: str) -> str:
    """Clean text without emoji and arrows at its ends; a cross that carries a meaning stays.

    A list may tell what is refused by a cross alone: without it "mirrors" reads as accepted.
    """
    marked = _TICK.sub(YES, _CROSS.sub(NO, _KEYCAP.sub("", text)))
    plain = clean(_DECORATION.sub(" ", marked))
    plain = _TRAILING.sub("", _LEADING.sub("", plain)).strip()
    return _without_needless_mark(plain)


def _without_needless_mark(text: str) -> str:
    rest = text.lstrip(f"{YES}{NO} ")
    if text.startswith(NO) and rest and not is_negative(rest):
        return f"{NO} {rest}"
    return rest.rstrip(f" {YES}") if rest else ""


def cell_text(text: str) -> str:
    """One table cell as one line; a tick or a cross that stands alone becomes a word."""
    marked = clean(_TICK.sub(YES, _CROSS.sub(NO, text)))
    if marked and not marked.strip(f"{YES}{NO} "):
        return "No" if NO in marked else "Yes"
    return undecorated(text).replace("\n", ", ")


def leading_number(text: str | None, otherwise: int) -> int:
    """Read the whole number that an attribute opens with, as browsers do; of its first digits."""
    found = re.match(r"\s*(\d{1,6})", text or "")
    return int(found[1]) if found else otherwise


def word_count(text: str) -> int:
    """Count words, numbers and amounts."""
    return len(re.findall(r"\w+(?:[.,'\u2019-]\w+)*", text))

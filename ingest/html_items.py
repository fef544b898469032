"""Read one item of a list or one cell of a table as one line."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from ingest.html_inline import flat
from ingest.html_shape import TITLE_CLASS
from ingest.plain_text import NO, is_cross, undecorated, word_count

_REFUSED = re.compile(
    r"(?:[a-z]+-+)*(?:rejected|not-accepted|unaccepted|refused|do-not|dont|negative|excluded"
    r"|list-+cross|cross-+list|list-+no|no-+list)(?:-+(?:items?|list|grid))?"
)


def joined_lines(element: HtmlElement, text: str) -> str:
    """Put the lines of one item or cell on one line, as a reader would say them."""
    lines = [line for raw in text.split("\n") if (line := undecorated(raw) or _mark(raw))]
    head = undecorated(_first_words(element))
    out = ""
    for line in lines:
        if not out or out == NO:
            out = f"{out} {line}".strip()
        elif out[-1] in ".:;,!?\u2014\u2013-(" or word_count(line) == 0:
            out += f" {line}"
        elif head and out.endswith(head) and len(out) - len(head) <= 4:
            out += f": {line}"
        elif (word_count(out) <= 2 and out[:1].isdigit()) or out[:1] == "£":
            out += f" {line}"
        else:
            out += f", {line}" if word_count(line) <= 8 else f". {line}"
    return out


def is_refused(item: HtmlElement) -> bool:
    """Tell by its class an item that a style sheet marks with a red cross."""
    classes = f"{item.get('class') or ''} {item.getparent().get('class') or ''}".lower()
    return any(map(_REFUSED.fullmatch, classes.replace("_", "-").split()))


def _mark(line: str) -> str:
    """Give a cross that stands on a line of its own: it speaks of the next."""
    return NO if is_cross(line) else ""


def _first_words(element: HtmlElement) -> str:
    """Give the bold words, heading or title that an item opens with."""
    for inner in element.iterdescendants():
        if not isinstance(inner.tag, str) or not (text := flat(inner.text_content()).strip()):
            continue
        titled = TITLE_CLASS.search(inner.get("class") or "")
        if inner.tag in {"strong", "b", "h2", "h3", "h4", "h5", "h6"} or titled:
            return text
    return ""

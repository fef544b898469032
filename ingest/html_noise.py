"""Tell what passes (a placeholder, a live status, a look-up's output) from what a page says."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from ingest.html_chrome import asks_for_feedback, is_way_back
from ingest.html_shape import HEADING
from ingest.html_visible import names

_NOISE = re.compile(
    r"^(?:(?:please wait|loading|processing|searching|fetching)\b.{0,60}(?:\.\.\.|\u2026)"
    r"|(?:please wait|loading(?: content| results| data)?)\W*|[.\u2026\s]+"
    r"|(?=.*\d)(?:last |page last |page )?(?:updated|reviewed|published)(?: on)?:?\s[\w ,/.-]{4,30}"
    r"|\W*(?:todo|fixme|tbc|lorem ipsum)\b.*|\[(?:todo|tbc|insert|placeholder|xx+)\b.*\]"
    r"|skip to .{1,40}|javascript (?:is|must be) .{1,80}|please (?:enable|turn on) javascript.*"
    r"|.{0,60}\{\{.{0,80}\}\}.{0,60}|undefined|null|nan|n/?a)$",
    re.IGNORECASE | re.DOTALL,
)
_PLACEHOLDER = re.compile(
    r"\b[A-Z0-9]{1,6}(?:[-/][A-Z0-9]{1,6})*[-/]?X{4,}\b|:\s*(?:\.\.\.|\u2026)$"
)
_LOADING = re.compile(r"^(?:please wait|loading|searching|fetching)\b", re.IGNORECASE)
_ALL_WELL = re.compile(
    r"\b(?:running|operating|working) (?:as )?normal(?:ly)?\b"
    r"|\bno (?:reported |known |current )?(?:issues|problems|disruptions?|delays)\b",
    re.IGNORECASE,
)


def is_noise(text: str) -> bool:
    """Tell a line that says nothing: a placeholder, a way back, a question for feedback."""
    return bool(
        _NOISE.match(text)
        or _PLACEHOLDER.search(text)
        or is_way_back(text)
        or asks_for_feedback(text)
        or not any(c.isalnum() for c in text)
    )


def is_waiting(text: str) -> bool:
    """Tell a line that stands where a script will write."""
    return bool(_LOADING.match(text)) and is_noise(text)


def is_passing(element: HtmlElement, words: int) -> bool:
    """Tell a box on how a service runs today: read from an index, it would be wrong any day."""
    if words > 40:
        return False
    if (element.get("aria-live") and _is_output(element)) or _is_bare_control(element, words):
        return True
    if "status" not in names(element) or HEADING.match(str(element.tag)):
        return False
    return bool(_ALL_WELL.search(element.text_content()))


def _is_bare_control(element: HtmlElement, words: int) -> bool:
    """Tell a box with a control and its labels from one that also explains something."""
    if element.tag != "div" or words > 12:
        return False
    return bool(element.xpath(".//input[not(@type='hidden')] | .//select | .//textarea"))


def _is_output(element: HtmlElement) -> bool:
    """Tell what a calculator or a look-up shows: it holds for its first setting alone."""
    near = list(element.iterancestors())[:2]
    return any(box.tag != "main" and box.xpath(".//input | .//select") for box in near)


def hints_of_controls(root: HtmlElement) -> frozenset[str]:
    """Name the hints that belong to a control and say nothing without it."""
    ids: set[str] = set()
    for control in root.iter("input", "select", "textarea"):
        ids.update((control.get("aria-describedby") or "").split())
    return frozenset(ids)

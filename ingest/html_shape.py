"""Judge the shape of HTML: what is drawn as a heading, where a box ends, what links point to."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from ingest.document import Block
from ingest.html_inline import flat
from ingest.html_visible import controls, names
from ingest.plain_text import word_count

HEADING = re.compile(r"^h([1-6])$")
HEADINGS = ".//h1|.//h2|.//h3|.//h4|.//h5|.//h6"
TITLE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:heading|headline|subheading|title|subtitle|sub-title|header-text)(?:$|[\s_])"
    r"|(?:heading|title)(?:$|\s)",
    re.IGNORECASE,
)
LONGEST_HEADING = 14

_HEAD_BOX = re.compile(r"\b(?:header|head|heading|intro|title|top|hgroup|summary|lede)\b")


def opens_with_heading(panel: HtmlElement) -> bool:
    first = next((e for e in panel.iter() if e.tag != "div" and flat(e.text).strip()), panel)
    above = [first, *first.iterancestors()]
    return any(HEADING.match(str(e.tag)) for e in above[: above.index(panel)])


def is_box_of(box: HtmlElement, inner: Block, outer_level: int) -> bool:
    if not 2 <= outer_level < inner.level:
        return False
    return box.tag in {"div", "section", "aside", "li"} and not _HEAD_BOX.search(names(box))


def can_be_heading(text: str) -> bool:
    words = word_count(text)
    return 1 <= words <= LONGEST_HEADING and text[-1] not in ".,;!" and any(map(str.isalpha, text))


def is_all_bold(element: HtmlElement, text: str) -> bool:
    """Tell a short line of bold words that opens a part of the page from a bold statement."""
    bold = "".join(flat(b.text_content()) for b in element.xpath("./strong | ./b"))
    if word_count(bold) < word_count(text) or text.endswith(":") or any(map(str.isdigit, text)):
        return False
    return word_count(text) <= 8


def has_more_after(element: HtmlElement) -> bool:
    after = element.getnext()
    while after is not None and not isinstance(after.tag, str):
        after = after.getnext()
    if after is None or HEADING.match(str(after.tag)):
        return False
    return bool(flat(after.text_content()).strip())


def is_in_item(element: HtmlElement) -> bool:
    return next(element.iterancestors("li", "td", "th", "dd", "dt"), None) is not None


def is_in_heading(element: HtmlElement) -> bool:
    return next(element.iterancestors("h1", "h2", "h3", "h4", "h5", "h6"), None) is not None


def has_list_between(inner: HtmlElement, item: HtmlElement) -> bool:
    above = inner.getparent()
    while above is not None and above is not item:
        if above.tag in {"ul", "ol"}:
            return True
        above = above.getparent()
    return False


def fragment_of(heading: HtmlElement) -> str:
    """Find the id a link can point to: the heading's own, an anchor in it, its box's."""
    own = heading.get("id") or next(
        (
            a.get("id") or a.get("name")
            for a in heading.iter("a", "span")
            if a.get("id") or a.get("name")
        ),
        "",
    )
    before = heading.getprevious()
    if not own and before is not None and before.tag == "a" and not before.text_content().strip():
        own = before.get("id") or before.get("name") or ""
    return own or _box_id(heading)


def _box_id(heading: HtmlElement) -> str:
    """Give the id of the nearest box that this heading opens."""
    box = heading.getparent()
    while box is not None and box.tag in {"div", "section", "article", "header", "button"}:
        first = next((e for e in box.iter() if HEADING.match(str(e.tag))), heading)
        if first is not heading and heading not in first.iter():
            return ""
        if box.get("id") and box.tag != "button":
            return str(box.get("id"))
        box = box.getparent()
    return ""


def tab_labels(root: HtmlElement) -> dict[str, str]:
    """Name the panels of tabs by the tabs that open them."""
    labels: dict[str, str] = {}
    for tab in root.xpath("//*[@role='tab']"):
        for panel in controls(tab):
            labels[panel] = " ".join(tab.text_content().split())
    return labels


def without_bare_headings(blocks: list[Block]) -> list[Block]:
    kept: list[Block] = []
    for block in reversed(blocks):
        bare = block.kind == "heading" and (not kept or kept[-1].kind == "heading")
        deeper = bool(kept) and kept[-1].level > block.level
        if not bare or deeper:
            kept.append(block)
    return kept[::-1]

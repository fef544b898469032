"""Gather the words of an element as a reader sees them, with a space where the eye sees a gap."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from lxml.html import HtmlElement

from ingest.html_style import Styles
from ingest.plain_text import NO, YES

BLOCK_TAGS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div"),
        *("dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4"),
        *("h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav"),
        *("ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead"),
        *("tr", "ul", "caption", "option"),
    }
)
_APART = ("block", "flex", "grid", "list-item", "table")
_TITLES = re.compile(r"\b(?:title|heading|label|name|term)\b|(?:title|heading|label)\b")
_ICON = re.compile(r"\b(?:icons?|fa|fas|far|fab|fal|glyphicon|material-icons|bi|svg)\b|-icon\b")
_ICON_NO = re.compile(r"\b(?:times|xmark|x-mark|cross|remove|ban|x-lg|not-allowed|close)\b")
_ICON_YES = re.compile(r"\b(?:check|tick|checkmark|ok)\b")
_ALT_NO = re.compile(r"^(?:a |red |black )*(?:no|cross|x|not (?:accepted|allowed)|rejected)$", re.I)
_ALT_YES = re.compile(
    r"^(?:a |green |black )*(?:yes|tick|check ?mark|check|accepted|allowed)$", re.I
)
_DROP_CAP = re.compile(r"drop-?cap|first-letter|initial|char\b")
_AMOUNT = re.compile(r"£\d[\d,.]*$")
_UNIT = re.compile(r"(?:an?|per|each|every|[A-Za-z]{4,})\b")
_LAID_OUT = re.compile(r"(?:^|[\s-])(?:flex|grid)(?:[\s-]|$)")
_SUFFIX = re.compile(r"^(?:st|nd|rd|th|s|'s|\u2019s|p|pm|am|k|m|g|kg|km|cm|mm|l|%)\b", re.I)
_NEW_WINDOW = re.compile(
    r"[\s(,\u2013-]*(?:this link )?\(?(?:link )?opens? (?:up )?in (?:a )?new (?:window|tab)\)?|"
    r"\s*\((?:external link|external website|pdf opens in new tab)\)",
    re.I,
)

Shown = Callable[[HtmlElement], bool]


class Inline:
    """Reads runs of text. shown: whether an element is content that citizens see."""

    def __init__(self, styles: Styles, shown: Shown) -> None:
        self._styles = styles
        self._shown = shown

    def text(self, element: HtmlElement, without: frozenset[str] = frozenset()) -> str:
        """Give all the text in an element, \\n for line breaks; not from tags in `without`."""
        pieces: list[str] = []
        self.gather(element, pieces, without)
        return spaced(pieces)

    def gather(self, element: HtmlElement, pieces: list[str], without: frozenset[str]) -> None:
        """Append the content of an element: its text, its children and their tails."""
        pieces.append(flat(element.text))
        for child in element:
            if isinstance(child.tag, str) and child.tag not in without:
                self.child(child, pieces, without)
            pieces.append(flat(child.tail))

    def child(
        self, child: HtmlElement, pieces: list[str], without: frozenset[str] = frozenset()
    ) -> None:
        """Append one child with the gaps that its place on the page gives it."""
        if child.tag in {"br", "hr"}:
            pieces.append("\n")
        elif _is_icon(child):
            pieces.append(self._icon(child))
        elif self._shown(child):
            pieces.append(self._gap(child, pieces))
            if child.tag == "sup" and _is_footnote(child, pieces):
                return
            inner = self._inner(child, without)
            pieces.append(_NEW_WINDOW.sub("", spaced(inner, trim=False)))
            pieces.append(self._after(child, pieces))

    def _inner(self, child: HtmlElement, without: frozenset[str]) -> list[str]:
        if child.get("data-cfemail"):
            return [_unscrambled(child.get("data-cfemail") or "")]
        inner: list[str] = []
        self.gather(child, inner, without)
        return [*inner, _contact_only_in_link(child, spaced(inner))]

    def is_apart(self, element: HtmlElement) -> bool:
        """Tell whether an element is drawn as a box of its own, by its tag or its styles."""
        display = self._styles(element).get("display", "")
        if display in {"inline", "contents"}:
            return False
        return element.tag in BLOCK_TAGS or display.endswith(_APART) or display == "inline-block"

    def _gap(self, child: HtmlElement, pieces: list[str]) -> str:
        if child.tag in _LINES:
            return "\n"
        return " " if self._stands_apart(child, pieces) else ""

    def _after(self, child: HtmlElement, pieces: list[str]) -> str:
        """Give the gap after a child; bold words on a line of their own introduce the next."""
        if not self.is_apart(child):
            return ""
        leads = child.tag in {"strong", "b"} and pieces[-1].rstrip()[-1:].isalnum()
        return ": " if leads and flat(child.tail).strip() else _end(child)

    def _stands_apart(self, child: HtmlElement, pieces: list[str]) -> bool:
        if self.is_apart(child):
            return True
        parent = child.getparent()
        if parent is not None and self._styles(parent).get("display", "").endswith(_APART[1:3]):
            return True
        return _touches(child, pieces)

    def _icon(self, element: HtmlElement) -> str:
        """Give an icon as a mark where it says yes or no; any other icon says nothing."""
        drawn = "".join(element.itertext()).strip()
        if drawn and not any(c.isalnum() for c in drawn):
            return f"{drawn} "
        said = f"{element.get('class') or ''} {element.get('aria-label') or ''}".lower()
        label = element.get("alt") or element.get("title") or element.get("aria-label") or ""
        if _ALT_NO.match(label.strip()) or (not label and _ICON_NO.search(said)):
            return f"{NO} "
        if _ALT_YES.match(label.strip()) or (not label and _ICON_YES.search(said)):
            return f"{YES} "
        return ""


_LINES = frozenset({"p", "div", "li", "dt", "dd", "tr", "address", *(f"h{n}" for n in range(1, 7))})


def flat(text: str | None) -> str:
    """Give text with every white space as a plain space: line breaks come from tags alone."""
    return re.sub(r"\s+", " ", text or "")


def spaced(pieces: list[str], *, trim: bool = True) -> str:
    """Join pieces; white space collapsed, line breaks kept."""
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", re.sub(r"[ \t]+", " ", "".join(pieces)))
    return text.strip() if trim else text


def _is_icon(element: HtmlElement) -> bool:
    """Tell a drawn sign, also one that a font makes of a name ("expand_more"), from words."""
    if element.tag in {"img", "svg"}:
        return True
    named = element.get("class") or ""
    words = "".join(element.itertext()).strip()
    if "material" in named and re.fullmatch(r"[a-z_]+", words):
        return True
    is_sign = element.tag == "i" or bool(_ICON.search(named))
    return is_sign and not any(c.isalnum() for c in words)


def _end(child: HtmlElement) -> str:
    return "\n" if child.tag in _LINES else " "


def _touches(child: HtmlElement, pieces: list[str]) -> bool:
    """Find two inline elements that touch in the source but cannot be one word.

    "<span class=amount>£60</span><span class=period>per year</span>" has its gap from a style
    sheet; "<b>re</b>cycle" and "1<sup>st</sup>" have none.
    """
    before = next((p for p in reversed(pieces) if p), "")
    words = child.text_content().strip()
    if not before or not words or before[-1:].isspace() or _SUFFIX.match(words):
        return False
    if not before[-1].isalnum() and before[-1] not in ":;)!?,.%":
        return False
    previous = child.getprevious()
    touching = previous is not None and not previous.tail
    links = touching and previous.tag == child.tag == "a"
    amount = touching and _AMOUNT.search(before) and _UNIT.match(words)
    announced = before[-1] == ":" and words[0].isalpha()
    if links or amount or announced or (touching and _is_laid_out(child)):
        return True
    named = child.get("class") and not _DROP_CAP.search(child.get("class") or "")
    if not named or (not words[0].isalnum() and words[0] not in "£("):
        return False
    if touching and previous.get("class"):
        return not _DROP_CAP.search(previous.get("class") or "") and len(before.strip()) > 1
    return len(words.split()) >= 2


def _is_laid_out(child: HtmlElement) -> bool:
    """Tell a child of a flex or grid box, which stands apart from its neighbours."""
    parent = child.getparent()
    return parent is not None and bool(_LAID_OUT.search(parent.get("class") or ""))


def _is_footnote(sup: HtmlElement, pieces: list[str]) -> bool:
    """Tell "£60¹" from "1st" and "m²": a note's number must not become part of an amount."""
    mark = sup.text_content().strip(" []()")
    before = "".join(pieces[-3:]).rstrip()
    if not mark or not re.fullmatch(r"\d{1,2}|[*\u2020\u2021]|[a-f]", mark):
        return False
    return not re.search(r"(?:^|[\s\d])(?:[ckm]?m|ft|in|km|yd|10|x)$", before)


def is_only_for_the_eye(element: HtmlElement) -> bool:
    """Tell decoration, or "Mon" that stands beside "Monday" for screen readers, from content."""
    if element.get("aria-hidden") != "true":
        return False
    text = "".join(element.itertext()).strip()
    marks = {YES, NO}
    if not any(c.isalnum() for c in text):
        return not marks & set(text) and not any(
            c in text for c in "\u2715\u2716\u2714\u274c\u2705"
        )
    if len(text) <= 2 or re.fullmatch(r"[a-z]+(?:_[a-z]+)+", text):
        return True
    parent = element.getparent()
    said = " ".join(c.get("class") or "" for c in parent) if parent is not None else ""
    return bool(re.search(r"sr-only|visually-?hidden|screen-?reader", said))


def _contact_only_in_link(element: HtmlElement, shown: str) -> str:
    """Give a telephone number or an e-mail address that only the link's target holds."""
    target = unquote(element.get("href") or "") if element.tag == "a" else ""
    kind, _, rest = target.partition(":")
    contact = rest.partition("?")[0].strip()
    if kind.lower() == "mailto" and "@" in contact and "@" not in shown:
        return f" ({contact})"
    digits = re.sub(r"\D", "", contact)
    if kind.lower() == "tel" and digits and len(re.sub(r"\D", "", shown)) < min(6, len(digits)):
        return f" ({contact})"
    return ""


def _unscrambled(code: str) -> str:
    """Read an address that Cloudflare keeps from harvesters: first byte is the key for all."""
    try:
        key, *rest = bytes.fromhex(code)
    except ValueError:
        return ""
    return bytes(b ^ key for b in rest).decode("utf-8", "replace")

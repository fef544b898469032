"""Tell what of a page citizens get to see: folded panels yes, status panels and tricks no."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from ingest.html_style import Style, Styles, inline_style

_PANEL = re.compile(
    r"accordion|collaps|expand|tab-?(?:panel|pane|content)|tabs__|panel-?(?:body|content)"
    r"|\bfaq|answer|toggle-?(?:content|body|panel|target)|(?:read|show)-?more|disclosure|details-"
    r"|\breveal",
)
_TRIGGER = re.compile(
    r"accordion|collaps|expand|toggle|trigger|\bfaq|question|(?:read|show)-?more|disclosure|\btab\b"
)
_STATUS = re.compile(
    r"\b(?:success|fail(?:ed|ure)?|error|cancel(?:led)?|pending|results?|loading|loader|spinner"
    r"|toast|snackbar|thanks|thank|cookies?|consent|validation|offline|timeout)\b"
)
_LAYER = re.compile(r"\b(?:modal|dialog|popup|lightbox|overlay|toast|snackbar|cookie|offcanvas)\b")
_HIDDEN_CLASS = re.compile(
    r"(?:^|\s)(?:hidden|hide|is-hidden|d-none|display-none|js-hidden|govuk-!-display-none"
    r"|invisible|u-hidden|hidden-xs-up)(?:\s|$)"
)
_WIDE_CLASS = re.compile(r"\b(?:sm|md|lg|xl|2xl)(?::|-)(?:block|flex|grid|inline|table)")
_QUIET_CLASS = re.compile(r"visually-?hidden|sr-only|screen-?reader|\bvh\b|element-invisible|a11y-")
_ZERO = re.compile(r"^0+(?:\.0+)?(?:px|em|rem|%|pt|vw|vh)?$")
_FAR = re.compile(r"-\d{3,}(?:px|em|rem|pt|%)?")
_MOVING = re.compile(r"\b(?:animat\w*|fade\w*|aos|wow|reveal|data-w-id|slide\w*)\b")
_OWN_SIZE = ".//*[contains(@style, 'font-size')]"
_NEVER_SHOWN = {"dialog", "template"}
# Pages hide these until their scripts have run, never for good.
_ALWAYS_SHOWN = {"html", "body", "main"}
_NOT_CONTROLS = {"input", "select", "option", "textarea", "form", "fieldset"}
# A label for screen readers is a few words; more than this off the screen is text to mislead.
_LONGEST_LABEL = 40


def names(element: HtmlElement) -> str:
    """Give class and id in lower case with - between words, to be searched by name."""
    return f"{element.get('class') or ''} {element.get('id') or ''}".lower().replace("_", "-")


class Visibility:
    """Decides for the elements of one page."""

    def __init__(self, root: HtmlElement, styles: Styles) -> None:
        self._styles = styles
        self._controlled = _controlled_ids(root)

    def shows(self, element: HtmlElement) -> bool:
        """Tell whether citizens see an element at once, or by opening what holds it."""
        if not isinstance(element.tag, str) or element.tag in _NEVER_SHOWN:
            return False
        if element.tag in _ALWAYS_SHOWN:
            return True
        if (element.get("role") or "").lower() in {"dialog", "alertdialog", "progressbar"}:
            return False
        if _is_trick(element):
            return False
        return not self._folded(element) or self.is_panel(element)

    def _folded(self, element: HtmlElement) -> bool:
        style = self._styles(element)
        return (
            style.get("display") == "none"
            or style.get("visibility") in {"hidden", "collapse"}
            or element.get("hidden") is not None
            or _is_hidden_by_name(element.get("class") or "")
            or _has_no_height(style)
        )

    def is_panel(self, element: HtmlElement) -> bool:
        """Tell a folded panel, which has something to open it, from a status panel."""
        said = names(element)
        if element.get("aria-modal") or _LAYER.search(said):
            return False
        if (element.get("id") or "") in self._controlled or element.get("role") == "tabpanel":
            return True
        if element.get("hidden") == "until-found":
            return True
        if _STATUS.search(said) or element.get("role") in {"alert", "status"}:
            return False
        return bool(_PANEL.search(said)) or _follows_a_trigger(element)


def _controlled_ids(root: HtmlElement) -> frozenset[str]:
    found: set[str] = set()
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag not in _NOT_CONTROLS:
            found.update(controls(element))
    return frozenset(found)


def controls(element: HtmlElement) -> list[str]:
    """Name the ids of the panels that a button, tab or link opens; dialogs and menus are none."""
    opens = (element.get("aria-haspopup") or "").lower()
    toggle = (element.get("data-toggle") or element.get("data-bs-toggle") or "").lower()
    if opens not in {"", "false"} or toggle in {"modal", "dropdown", "offcanvas", "tooltip"}:
        return []
    targets = (element.get("aria-controls") or "").split()
    selectors = [element.get("data-target"), element.get("data-bs-target")]
    if toggle or element.get("role") == "tab" or element.get("aria-expanded") is not None:
        selectors.append(element.get("href"))
    return targets + [s[1:] for s in selectors if s and s.startswith("#") and len(s) > 1]


def _follows_a_trigger(element: HtmlElement) -> bool:
    before = element.getprevious()
    while before is not None and not isinstance(before.tag, str):
        before = before.getprevious()
    if before is None or before.tag in _NOT_CONTROLS:
        return False
    return any(_is_trigger(e) for e in before.iter() if isinstance(e.tag, str))


def _is_trigger(element: HtmlElement) -> bool:
    if element.tag in _NOT_CONTROLS:
        return False
    return (
        element.get("aria-expanded") is not None
        or bool(_TRIGGER.search(names(element)))
        or "nextelementsibling" in (element.get("onclick") or "").lower()
    )


def _is_hidden_by_name(classes: str) -> bool:
    """Tell "hidden" from "hidden lg:block", which hides on small screens only."""
    return bool(_HIDDEN_CLASS.search(classes)) and not _WIDE_CLASS.search(classes)


def _has_no_height(style: Style) -> bool:
    height = style.get("max-height") or style.get("height") or ""
    return bool(_ZERO.match(height)) and "hidden" in style.get("overflow", "")


def _is_trick(element: HtmlElement) -> bool:
    """Find text that is on the page for machines alone."""
    style = inline_style(element)
    if not style:
        return _is_long_label(element)
    if _ZERO.match(style.get("opacity", "")) and not _fades_in(element, style):
        return True
    if _ZERO.match(style.get("font-size", "")) and not element.xpath(_OWN_SIZE):
        return True
    if _is_off_screen(style):
        return len(element.text_content().split()) > 12
    return _is_background_coloured(element, style) or _is_long_label(element)


def _fades_in(element: HtmlElement, style: dict[str, str]) -> bool:
    named = " ".join([names(element), *element.keys()])
    return bool(_MOVING.search(named)) or bool(style.keys() & {"transform", "transition"})


def _is_long_label(element: HtmlElement) -> bool:
    quiet = _QUIET_CLASS.search(element.get("class") or "")
    return bool(quiet) and len(element.text_content().split()) > _LONGEST_LABEL


def _is_off_screen(style: dict[str, str]) -> bool:
    moved = " ".join(style.get(k, "") for k in ("left", "top", "right", "text-indent", "transform"))
    clipped = "rect(0" in style.get("clip", "") or "inset(50%" in style.get("clip-path", "")
    return bool(_FAR.search(moved)) or clipped


def _is_background_coloured(element: HtmlElement, style: dict[str, str]) -> bool:
    """Compare with the nearest background that the page itself states.

    A class or an id on the way means that a style sheet we do not see may give a background.
    """
    colour = _colour(style.get("color", ""))
    if not colour:
        return False
    at: HtmlElement | None = element
    while at is not None and at.tag not in {"body", "html", "main"}:
        stated = inline_style(at)
        background = stated.get("background-color", stated.get("background", ""))
        if background:
            return _colour(background) == colour
        if at.get("class") or at.get("id"):
            return False
        at = at.getparent()
    return colour == "fff"


def _colour(value: str) -> str:
    compact = value.replace(" ", "")
    for white in ("#ffffff", "#fff", "white", "rgb(255,255,255)", "rgba(255,255,255,1)"):
        if compact == white:
            return "fff"
    return compact if re.match(r"^(#[0-9a-f]{3,8}|[a-z]+|rgba?\([\d.,%]+\))$", compact) else ""

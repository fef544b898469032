"""What the styles inside a page say about an element: shown or not, block or inline.

External style sheets are not fetched; where they decide, the readers go by names and structure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml.html import HtmlElement

_RULE_LIMIT = 600
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_AT_LINE = re.compile(r"@(?:import|charset|namespace)[^;{}]*;", re.IGNORECASE)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_DECLARATION = re.compile(r"(?:^|[;{\s])(display|visibility)\s*:\s*([a-z-]+)", re.IGNORECASE)
_COMPOUND = re.compile(r"^([a-zA-Z][a-zA-Z0-9-]*|\*)?((?:[.#][\w-]+)*)$")

Style = Mapping[str, str]


class Styles:
    """The styles of one page, embedded rules below the element's own style attribute."""

    def __init__(self, root: HtmlElement) -> None:
        self._embedded = _embedded(root)

    def __call__(self, element: HtmlElement) -> Style:
        """Give display and visibility from everywhere, and all declarations made inline."""
        found = dict(self._embedded.get(element, {}))
        found.update(inline_style(element))
        return found


def inline_style(element: HtmlElement) -> dict[str, str]:
    """Read a style attribute; names and values in lower case."""
    text = element.get("style") or ""
    pairs = (part.partition(":") for part in text.lower().split(";") if ":" in part)
    return {name.strip(): value.replace("!important", "").strip() for name, _, value in pairs}


def _embedded(root: HtmlElement) -> dict[HtmlElement, dict[str, str]]:
    rules = sorted(_rules(root), key=lambda rule: rule[0])
    found: dict[HtmlElement, dict[str, str]] = {}
    for _, path, declarations in rules[:_RULE_LIMIT]:
        for element in root.xpath(path):
            found.setdefault(element, {}).update(declarations)
    return found


def _rules(root: HtmlElement) -> Iterator[tuple[tuple[int, int, int], str, dict[str, str]]]:
    for style in root.iter("style"):
        if "print" in (style.get("media") or "").lower():
            continue
        for selectors, body in _RULE.findall(_without_at_rules(style.text or "")):
            declarations = {k.lower(): v.lower() for k, v in _DECLARATION.findall(body)}
            if declarations:
                yield from _selected(selectors, declarations)


def _selected(
    selectors: str, declarations: dict[str, str]
) -> Iterator[tuple[tuple[int, int, int], str, dict[str, str]]]:
    for selector in selectors.split(","):
        path = _xpath(selector.split())
        if path:
            weight = (selector.count("#"), selector.count("."), len(selector.split()))
            yield weight, path, declarations


def _xpath(compounds: list[str]) -> str:
    """Translate descendant selectors of tags, classes and ids; "" for any other selector."""
    steps = []
    for compound in compounds:
        match = _COMPOUND.match(compound)
        if not match:
            return ""
        steps.append((match[1] or "*").lower() + "".join(_test(m) for m in _names(match[2])))
    return "//" + "//".join(steps) if steps else ""


def _names(text: str) -> list[str]:
    return re.findall(r"[.#][\w-]+", text)


def _test(name: str) -> str:
    if name.startswith("#"):
        return f"[@id='{name[1:]}']"
    return f"[contains(concat(' ',normalize-space(@class),' '),' {name[1:]} ')]"


def _without_at_rules(css: str) -> str:
    """Drop @media and other nested blocks: they are for other screens, or for print."""
    kept, depth, skipping = [], 0, False
    for part in re.split(r"([{}])", _AT_LINE.sub("", _COMMENT.sub("", css))):
        skipping = skipping or (depth == 0 and part.lstrip().startswith("@"))
        if not skipping:
            kept.append(part)
        depth = max(0, depth + (part == "{") - (part == "}"))
        skipping = skipping and not (part == "}" and depth == 0)
    return "".join(kept)

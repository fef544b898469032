"""Turn an answer's Markdown into HTML that can stand in any page."""

from __future__ import annotations

import re
from functools import cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_TAGS = {
    "a",
    "br",
    "code",
    "em",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "s",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
    "blockquote",
    "pre",
}
_ATTRIBUTES = {"a": {"href", "class"}, "ol": {"start"}, "th": {"scope"}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_MARK = re.compile(r"\[(\d{1,3})\]")


def render(markdown: str) -> str:
    """Render and sanitise: no raw HTML, no images, links to the web, e-mail and telephone only.

    A citation mark `[1]` becomes a link to `#citation-1` with the class "citation".
    """
    html = _markdown().render(markdown)
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


@cache
def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
    parser.disable(["html_block", "html_inline", "reference"])
    parser.core.ruler.push("citations", _citations)
    return parser


def _citations(state: StateCore) -> None:
    """Make citation marks links, on parsed text only, so that no mark can break out of it."""
    for block in state.tokens:
        if block.type == "th_open":
            block.attrSet("scope", "col")
        if block.type == "inline":
            block.children = _linked(block.children or [])


def _linked(tokens: list[Token]) -> list[Token]:
    linked: list[Token] = []
    depth = 0
    for token in tokens:
        depth += token.nesting if token.type.startswith("link_") else 0
        linked += [token] if depth or token.type != "text" else _split(token)
    return linked


def _split(token: Token) -> list[Token]:
    pieces = _MARK.split(token.content)
    tokens: list[Token] = []
    for at, piece in enumerate(pieces):
        if at % 2:
            number = str(int(piece))
            attributes: dict[str, str | int | float] = {
                "href": f"#citation-{number}",
                "class": "citation",
            }
            tokens.append(Token("link_open", "a", 1, attrs=attributes))
            tokens.append(Token("text", "", 0, content=f"[{number}]"))
            tokens.append(Token("link_close", "a", -1))
        elif piece:
            tokens.append(Token("text", "", 0, content=piece, level=token.level))
    return tokens


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Keep only what is safe: absolute links and our own marks; the class of a mark alone."""
    if name == "class":
        return value if value == "citation" else None
    if name == "href":
        mark = re.fullmatch(r"#citation-\d{1,3}", value)
        scheme = value.partition(":")[0].lower()
        return value if mark or (":" in value and scheme in _SCHEMES) else None
    if name == "start":
        return value if value.isdecimal() else None
    return value if name in ("rel", "scope") else None

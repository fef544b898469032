"""Read a Markdown file, with front matter between --- lines, into a Document."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from ingest.dates import day_in
from ingest.decode import decoded
from ingest.document import Block, Document, Unreadable
from ingest.front_matter import read_front_matter
from ingest.html_about import title_from_address
from ingest.pipe_table import pipe_table
from ingest.plain_text import cell_text, clean, undecorated, word_count
from ingest.read_html import LARGEST

_EXPLICIT_ID = re.compile(r"\s*\{#([\w-]+)\}\s*$")
_TAG = re.compile(r"<[^>]{0,500}>")


def read_markdown(body: bytes, url: str, charset: str = "") -> Document:
    """Read title and blocks; the front matter's url comes back as the canonical address."""
    if len(body) > LARGEST:
        raise Unreadable(f"too large: over {LARGEST // 1_000_000} MB of Markdown")
    text = decoded(body, charset).replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    stated, rest = read_front_matter(text)
    root = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(rest))
    blocks = tuple(_blocks(root))
    first = next((b for b in blocks if b.kind == "heading" and b.level == 1), None)
    title = clean(stated.get("title", "")) or (first.text if first else title_from_address(url))
    kept = tuple(b for b in blocks if b is not first or b.text.casefold() != title.casefold())
    if not any(word_count(b.text) for b in kept):
        raise Unreadable("empty: the file holds no words")
    return Document(
        title=title,
        blocks=kept,
        language=stated.get("language", stated.get("lang", "")),
        updated=day_in(stated.get("updated", "")),
        canonical=stated.get("url", ""),
    )


def _blocks(node: SyntaxTreeNode) -> Iterator[Block]:
    for child in node.children:
        yield from _block(child)


def _block(node: SyntaxTreeNode) -> Iterator[Block]:
    if node.type == "heading":
        yield from _heading(node)
    elif node.type in {"bullet_list", "ordered_list"}:
        lines = _items(node, 0)
        if lines:
            yield Block("list", "\n".join(lines))
    elif node.type == "table":
        rows = [[cell_text(_text(c)) for c in row.children] for row in _rows(node)]
        table = pipe_table(rows[0], rows[1:])
        if table:
            yield Block("table", table)
    elif node.type == "html_block":
        yield from _paragraph(_TAG.sub(" ", node.content))
    elif node.type in {"paragraph", "inline"} or node.type in {"fence", "code_block"}:
        yield from _paragraph(node.content if not node.children else _text(node))
    else:
        yield from _blocks(node)


def _heading(node: SyntaxTreeNode) -> Iterator[Block]:
    text = _text(node)
    own = _EXPLICIT_ID.search(text)
    words = undecorated(_EXPLICIT_ID.sub("", text)).replace("\n", " ")
    if words:
        yield Block("heading", words, int(node.tag[1]), own[1] if own else "")


def _paragraph(text: str) -> Iterator[Block]:
    words = undecorated(text)
    if words:
        yield Block("paragraph", words)


def _rows(table: SyntaxTreeNode) -> list[SyntaxTreeNode]:
    return [row for part in table.children for row in part.children]


def _items(node: SyntaxTreeNode, depth: int) -> list[str]:
    lines: list[str] = []
    number = int(node.attrs.get("start", 1) or 1)
    for item in node.children:
        mark = f"{number}. " if node.type == "ordered_list" else "- "
        own = [c for c in item.children if c.type not in {"bullet_list", "ordered_list"}]
        text = undecorated(" ".join(_text(c) for c in own)).replace("\n", " ")
        if text:
            lines.append("   " * depth + mark + text)
            number += 1
        for inner in item.children:
            if inner.type in {"bullet_list", "ordered_list"}:
                lines += _items(inner, depth + 1)
    return lines


def _text(node: SyntaxTreeNode) -> str:
    """Give the words of inline content: no marks, no addresses, no pictures, no HTML."""
    if node.type in {"text", "code_inline", "fence", "code_block"}:
        return node.content
    if node.type == "hardbreak":
        return "\n"
    if node.type == "softbreak":
        return " "
    if node.type in {"image", "html_inline"}:
        return ""
    return "".join(_text(child) for child in node.children)

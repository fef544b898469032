"""Walk the content of a page and make blocks of it: headings, paragraphs, lists, tables."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from lxml.html import HtmlElement

from ingest.document import Block
from ingest.html_chrome import asks_for_feedback, is_way_back
from ingest.html_inline import BLOCK_TAGS, Inline, flat, is_only_for_the_eye, spaced
from ingest.html_items import is_refused, joined_lines
from ingest.html_noise import hints_of_controls, is_noise, is_passing, is_waiting
from ingest.html_page import HtmlPage
from ingest.html_shape import (
    HEADING,
    HEADINGS,
    LONGEST_HEADING,
    TITLE_CLASS,
    can_be_heading,
    fragment_of,
    has_list_between,
    has_more_after,
    is_all_bold,
    is_box_of,
    is_in_heading,
    is_in_item,
    opens_with_heading,
    tab_labels,
    without_bare_headings,
)
from ingest.html_table import is_layout, own_rows, table_pieces
from ingest.html_visible import controls, names
from ingest.plain_text import NO, is_negative, leading_number, undecorated, word_count

# What a heading states (a price, a limit, a number to ring) must be quotable from the text too.
_FACT = re.compile(
    r"£\s?\d|\d\s?[ap]m\b|\d%|@|\d{5,}|\b0\d{2,4} \d{3}|\b\d+ (?:working )?(?:day|week|month|hour"
    r"|year|minute)s?\b"
    r"|\b\d{1,2}(?:st|nd|rd|th)? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)",
    re.IGNORECASE,
)
_LABELS = {"label", "legend", "button", "optgroup", "option"}
_HINT = re.compile(r"\b(?:form-help|hint|help-text|field-description|error-message|validation)\b")
_LONGEST_ITEM = 60
_BLOCKS = ".//p | .//div | .//ul | .//ol | .//table | .//h2 | .//h3 | .//h4"
_RICH = ".//h1|.//h2|.//h3|.//h4|.//h5|.//h6|.//ul|.//ol|.//table|.//form|.//dl|.//details|.//input"


class Walk:
    """One walk through one page. blocks: what it found so far, in the order of the page."""

    def __init__(self, page: HtmlPage, *, title: str = "", keep_menus: bool = False) -> None:
        self.blocks: list[Block] = []
        self.awaited: list[str] = []
        self._page, self._keep_menus = page, keep_menus
        self._skipped: set[HtmlElement] = set()
        self._judged: dict[HtmlElement, bool] = {}
        self._inline = Inline(page.styles, self._is_content)
        self._pieces: list[str] = []
        self._lead = ""
        self._level = 1
        self._open: Block | None = None
        self._reopen: Block | None = None
        self._top = Block("heading", title, 1)
        self._tabs = tab_labels(page.root)
        self._hints = hints_of_controls(page.root)
        self._drawn_ones: dict[int, Block] = {}
        self._emptied: dict[int, Block] = {}

    def skip(self, elements: Iterable[HtmlElement]) -> None:
        """Leave these elements out: what they say has its place elsewhere."""
        self._skipped.update(elements)

    def take(self, element: HtmlElement) -> None:
        """Add the content of an element, and end its last paragraph."""
        self._element(element)
        self._flush()
        self._release_lead()
        self._drop_emptied()

    def _drop_emptied(self) -> None:
        following = [*self.blocks[1:], self._top]
        self.blocks = [
            block
            for block, after in zip(self.blocks, following, strict=False)
            if not (
                id(block) in self._emptied
                and after.kind == "heading"
                and after.level <= block.level
            )
        ]

    def text(self, element: HtmlElement) -> str:
        """Give the words of one element on one or more lines."""
        return undecorated(self._inline.text(element))

    def _is_content(self, element: HtmlElement) -> bool:
        if element not in self._judged:
            self._judged[element] = self._judge(element)
        return self._judged[element]

    def _judge(self, element: HtmlElement) -> bool:
        if element in self._skipped or (element.tag in _LABELS and not self._is_card(element)):
            return element.tag == "button" and is_in_heading(element)
        if not self._page.visible.shows(element) or is_only_for_the_eye(element):
            return False
        return not self._page.furniture.holds(element, keep_menus=self._keep_menus)

    def _element(self, element: HtmlElement) -> None:
        if element.tag == "button" and not self._is_card(element):
            self._button(element)
        elif (
            not self._is_content(element)
            or self._is_hint(element)
            or is_passing(element, self._page.weights.words(element))
        ):
            self._missed(element)
        elif heading := HEADING.match(str(element.tag)):
            self._heading(element, int(heading[1]))
        elif element.get("role") == "heading":
            self._heading(element, leading_number(element.get("aria-level"), 0) or self._level + 1)
        else:
            self._other(element)

    def _missed(self, element: HtmlElement) -> None:
        """Remember a heading whose content is left out, so that it can be left out too."""
        worded = word_count(element.text_content()) > 0 and element.get("aria-hidden") != "true"
        if worded and self.blocks and self.blocks[-1].kind == "heading":
            self._emptied[id(self.blocks[-1])] = self.blocks[-1]

    def _other(self, element: HtmlElement) -> None:
        reader = {
            "ul": self._list,
            "ol": self._list,
            "menu": self._list,
            "dl": self._terms,
            "table": self._table,
            "details": self._details,
            "form": self._form,
        }.get(str(element.tag))
        if reader:
            self._flush()
            reader(element)
        elif element.get("role") == "list" or self._is_row_of_cards(element):
            self._flush()
            self._list(element)
        else:
            self._container(element)

    def _container(self, element: HtmlElement) -> None:
        """Read an element whose children follow each other down the page."""
        self._flush()
        if self._is_drawn_heading(element):
            self._drawn_heading(element)
            return
        self._tab(element)
        outer, lead = self._open, self._lead
        self._pieces.append(flat(element.text))
        for child in element:
            if isinstance(child.tag, str):
                self._child(child)
            self._pieces.append(flat(child.tail))
        self._flush()
        if self._lead != lead:
            self._release_lead()
        self._close(element, outer)

    def _close(self, box: HtmlElement, outer: Block | None) -> None:
        """End a heading with the box it stands in, so that what follows is not read under it.

        A note after a red "Do not put in" box speaks of the bin, not of what must stay out.
        """
        inner = self._open
        if inner is None or inner is outer or self.blocks[-1] is inner:
            return
        drawn = outer is not None and self._drawn(outer)
        if self._drawn(inner):
            self._reopen, self._open = outer or self._top, outer
        elif outer is not None and is_box_of(box, inner, outer.level - drawn):
            self._reopen, self._open, self._level = outer, outer, outer.level - drawn

    def _child(self, child: HtmlElement) -> None:
        if self._is_block(child):
            self._element(child)
        elif self._is_lead(child):
            self._flush()
            self._release_lead()
            self._lead = self.text(child)
        else:
            self._inline.child(child, self._pieces)

    def _is_block(self, child: HtmlElement) -> bool:
        if child.tag in BLOCK_TAGS or child.get("role") in {"heading", "list", "tabpanel"}:
            return True
        if child.tag == "button":
            return True
        return self._page.weights.holds_boxes(child)

    # Headings

    def _heading(self, element: HtmlElement, level: int) -> None:
        self._flush()
        self._release_lead()
        text = self.text(element).replace("\n", " ")
        if not text or asks_for_feedback(text):
            return
        self._level = min(level, 6)
        self._add_heading(text, self._level, fragment_of(element))
        if _FACT.search(text):
            self._add("paragraph", text)

    def _add_heading(self, text: str, level: int, fragment: str) -> None:
        self._reopen = None
        self._open = Block("heading", text, min(level, 6), fragment)
        self.blocks.append(self._open)

    def _drawn_heading(self, element: HtmlElement) -> None:
        """Add what is drawn like a heading, for as long as the box it stands in lasts."""
        self._release_lead()
        text = self.text(element).replace("\n", " ").rstrip(":")
        self._add_drawn(text, self._level + 1, fragment_of(element))

    def _add_drawn(self, text: str, level: int, fragment: str) -> None:
        self._add_heading(text, level, fragment)
        self._drawn_ones[id(self.blocks[-1])] = self.blocks[-1]

    def _drawn(self, heading: Block) -> bool:
        return id(heading) in self._drawn_ones

    def _is_drawn_heading(self, element: HtmlElement) -> bool:
        if element.tag not in {"div", "p", "span", "strong", "summary"} or is_in_item(element):
            return False
        if self._page.weights.words(element) > 3 * LONGEST_HEADING:
            return False
        text = self.text(element)
        if not can_be_heading(text) or not has_more_after(element):
            return False
        named = TITLE_CLASS.search(element.get("class") or "") and not element.xpath(_BLOCKS)
        return bool(named) or (element.tag == "p" and is_all_bold(element, text))

    def _is_lead(self, child: HtmlElement) -> bool:
        """Find bold words over a card's text: they are its lead-in, and can be quoted."""
        if child.tag not in {"strong", "b"} or any(piece.strip() for piece in self._pieces):
            return False
        if not self._is_content(child) or (child.tail or "").strip():
            return False
        after = child.getnext()
        text = self.text(child)
        return bool(text) and after is not None and self._is_block(after) and not text.endswith(".")

    def _button(self, element: HtmlElement) -> None:
        """Read a button that folds a part of the page open as the heading of that part."""
        panels = controls(element)
        folds = element.get("aria-expanded") is not None or bool(panels)
        text = self.text(element).replace("\n", " ")
        if element in self._skipped or not folds or not text or is_way_back(text):
            return
        if self._page.root.xpath("//*[@id=$i]", i=panels[0]) if panels else has_more_after(element):
            self._flush()
            self._release_lead()
            panel = self._page.root.get_element_by_id(panels[0]) if panels else None
            fragment = element.get("id") or (panels or [""])[0]
            self._add_drawn(text, self._level_over(panel), fragment)

    def _tab(self, panel: HtmlElement) -> None:
        label = self._tabs.get(panel.get("id") or "", "")
        if label and not opens_with_heading(panel):
            self._release_lead()
            self._add_drawn(undecorated(label), self._level_over(panel), panel.get("id") or "")

    def _level_over(self, box: HtmlElement | None) -> int:
        """Choose the level of a heading over a box, so that headings in the box stay under it."""
        inside = [] if box is None else [int(str(h.tag)[1]) for h in box.xpath(HEADINGS)]
        return min([self._level + 1, *(max(level - 1, 1) for level in inside)])

    def _details(self, element: HtmlElement) -> None:
        summary = next((c for c in element if c.tag == "summary"), None)
        outer, level = self._open, self._level
        if summary is not None:
            inner = next((h for h in summary.iter() if HEADING.match(str(h.tag))), None)
            self._release_lead()
            self._level = int(str(inner.tag)[1]) if inner is not None else self._level_over(element)
            text = self.text(summary).replace("\n", " ")
            if text:
                self._add_heading(text, self._level, element.get("id") or fragment_of(summary))
        for child in element:
            if child is not summary and isinstance(child.tag, str):
                self._child(child)
            self._pieces.append(flat(child.tail))
        self._flush()
        self._release_lead()
        self._reopen, self._open, self._level = outer or self._top, outer, level

    # Paragraphs

    def _flush(self) -> None:
        text = undecorated(spaced(self._pieces))
        self._pieces.clear()
        if not text:
            return
        if is_noise(text):
            self.awaited += [text] if is_waiting(text) else []
        else:
            self._add("paragraph", self._with_lead(text))

    def _with_lead(self, text: str) -> str:
        lead, self._lead = self._lead, ""
        if not lead:
            return text
        if lead[-1] in ":.?!":
            return f"{lead} {text}"
        return f"{lead}. {text}" if ":" in lead else f"{lead}: {text}"

    def _release_lead(self, *, over: bool = False) -> None:
        """Write a lead-in that no paragraph took up as a line of its own."""
        lead, self._lead = self._lead, ""
        if lead and not is_noise(lead):
            self._add("paragraph", lead if not over or lead[-1] in ":.?!" else f"{lead}:")

    def _add(self, kind: Literal["paragraph", "list", "table"], text: str) -> None:
        if self._reopen is not None:
            self._open, self._reopen = self._reopen, None
            self.blocks.append(self._open)
        if self.blocks and self.blocks[-1].kind == kind and self.blocks[-1].text == text:
            return
        self.blocks.append(Block(kind, text))

    # Lists

    def _list(self, element: HtmlElement) -> None:
        items = [c for c in element if isinstance(c.tag, str) and self._is_content(c)]
        if self._is_only_jumps(element):
            return
        if any(self._is_too_rich(item) for item in items):
            self._container_of(items)
            return
        self._release_lead(over=True)
        lines = self._lines(element, 0)
        if lines:
            self._add("list", "\n".join(lines))

    def _container_of(self, items: list[HtmlElement]) -> None:
        for item in items:
            self._container(item)

    def _is_too_rich(self, item: HtmlElement) -> bool:
        """Tell an item that is a small page of its own from a line of a list."""
        if item.xpath(".//table | .//details | .//dl | .//*[@aria-expanded]"):
            return True
        headed = item.xpath(HEADINGS)
        words = self._page.weights.words(item)
        linked = any(h.xpath(".//a | ancestor::a") for h in headed)
        return bool(headed) and (words > _LONGEST_ITEM or not linked)

    def _is_only_jumps(self, element: HtmlElement) -> bool:
        """Find a list of links within the page: its targets say the same."""
        links = element.xpath(".//a[@href]")
        if not links or not all((a.get("href") or "").startswith("#") for a in links):
            return False
        return self._page.weights.linked(element) >= self._page.weights.words(element)

    def _lines(self, element: HtmlElement, depth: int) -> list[str]:
        lines: list[str] = []
        number = leading_number(element.get("start"), 1)
        for item in element:
            if not isinstance(item.tag, str) or not self._is_content(item):
                continue
            if item.tag in {"ul", "ol"}:
                lines += self._lines(item, depth + 1)
                continue
            mark = f"{number}. " if element.tag == "ol" else "- "
            text = self._item(item)
            if element.tag == "ol":
                text = re.sub(rf"^{number}[.):]? (?=\D)", "", text)
            if text:
                lines.append("   " * depth + mark + text)
                number += 1
            for inner in self._inner_lists(item):
                lines += self._lines(inner, depth + 1)
        return lines

    def _inner_lists(self, item: HtmlElement) -> list[HtmlElement]:
        found = item.xpath("descendant::*[self::ul or self::ol]")
        return [e for e in found if not has_list_between(e, item) and self._is_content(e)]

    def _item(self, item: HtmlElement) -> str:
        text = joined_lines(item, self._inline.text(item, frozenset({"ul", "ol"})))
        text = undecorated(text)
        if not text or is_noise(text):
            return ""
        said = f"{self._context()} {text}"
        if is_refused(item) and not text.startswith(NO) and not is_negative(said):
            return f"{NO} {text}"
        return text

    def _context(self) -> str:
        """Give the words over a list: its heading and its lead-in."""
        above = self._reopen or self._open
        last = self.blocks[-1].text if self.blocks else ""
        return f"{above.text if above else ''} {last}"

    def _is_row_of_cards(self, element: HtmlElement) -> bool:
        """Find boxes of one kind with a few words each: a list by its looks."""
        if element.tag not in {"div", "section", "span"} or (element.text or "").strip():
            return False
        cards = [c for c in element if isinstance(c.tag, str) and self._page.visible.shows(c)]
        if len(cards) < 2 or any((c.tail or "").strip() for c in cards):
            return False
        shared = set.intersection(*(set((c.get("class") or "").split()) for c in cards))
        if not shared or len({c.tag for c in cards}) > 1:
            return False
        return all(self._is_small_card(card) for card in cards)

    def _is_small_card(self, card: HtmlElement) -> bool:
        if card.tag not in {"div", "a", "article", "li"}:
            return False
        if not 0 < self._page.weights.words(card) <= 25 or card.xpath(_RICH):
            return False
        return len(card.xpath("./div | ./p | ./div/div | ./div/p")) <= 3

    def _terms(self, element: HtmlElement) -> None:
        self._release_lead(over=True)
        lines: list[str] = []
        terms: list[str] = []
        for part in element.iter("dt", "dd"):
            if not self._is_content(part):
                continue
            text = undecorated(joined_lines(part, self._inline.text(part)))
            if part.tag == "dt":
                terms = [*(terms if lines and lines[-1] == "" else []), text.rstrip(":")]
            elif text and not is_noise(text):
                lines.append(f"- {': '.join([*terms, text])}" if any(terms) else f"- {text}")
        if lines:
            self._add("list", "\n".join(lines))

    # Tables and forms

    def _table(self, table: HtmlElement) -> None:
        if is_layout(table):
            for row in own_rows(table):
                self._container_of([c for c in row if c.tag in {"td", "th"}])
            return
        self._release_lead(over=True)
        self._caption(table)
        for piece in table_pieces(table, self._cell):
            if piece.kind == "table" or not is_noise(piece.text):
                self._add(piece.kind, piece.text)

    def _caption(self, table: HtmlElement) -> None:
        caption = next((c for c in table if c.tag == "caption"), None)
        text = self.text(caption).replace("\n", " ") if caption is not None else ""
        if text and can_be_heading(text) and word_count(text) <= LONGEST_HEADING:
            self._add_heading(text, self._level + 1, table.get("id") or "")
        elif text:
            self._add("paragraph", text)

    def _cell(self, cell: HtmlElement) -> str:
        text = joined_lines(cell, self._inline.text(cell))
        if text:
            return text
        images = cell.xpath(".//img[@alt]")
        marks = self._inline.text(cell).strip()
        return marks or (images[0].get("alt") or "" if images else "")

    def _form(self, form: HtmlElement) -> None:
        """Keep what a form explains; a step that only asks leaves no heading behind."""
        if form.xpath(".//main") or not form.xpath(".//input[not(@type='hidden')] | .//select"):
            self._container(form)
            return
        start, outer, level = len(self.blocks), self._open, self._level
        self._container(form)
        kept = without_bare_headings(self.blocks[start:])
        self.blocks[start:] = kept
        self._reopen, self._open, self._level = outer or self._top, outer, level

    def _is_hint(self, element: HtmlElement) -> bool:
        known = (element.get("id") or "") in self._hints
        return known or bool(_HINT.search(names(element)) and element.xpath("ancestor::form"))

    def _is_card(self, element: HtmlElement) -> bool:
        """Tell a button that is a card with content ("flip card") from a control."""
        return element.tag == "button" and bool(element.xpath(".//h2|.//h3|.//h4|.//h5|.//p"))

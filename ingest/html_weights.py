"""Count the words under every element of a page once, so that no rule has to count again."""

from __future__ import annotations

from itertools import chain

from lxml.html import HtmlElement

from ingest.html_inline import BLOCK_TAGS
from ingest.plain_text import word_count


class Weights:
    """How much stands under each element: all words, words in links, and whether boxes do."""

    def __init__(self, root: HtmlElement) -> None:
        self._words: dict[HtmlElement, int] = {}
        self._linked: dict[HtmlElement, int] = {}
        self._boxed: set[HtmlElement] = set()
        # Children come before their parents in a reversed walk, so one pass is enough.
        for element in reversed(list(root.iter())):
            if isinstance(element.tag, str):
                self._weigh(element)

    def words(self, element: HtmlElement) -> int:
        """Count the words in an element, hidden ones included."""
        return self._words.get(element, 0)

    def linked(self, element: HtmlElement) -> int:
        """Count the words that are links."""
        return self._linked.get(element, 0)

    def holds_boxes(self, element: HtmlElement) -> bool:
        """Tell whether anything in an element is a box of its own by its tag."""
        return element in self._boxed

    def _weigh(self, element: HtmlElement) -> None:
        texts = chain([element.text], (child.tail for child in element))
        own = sum(word_count(text) for text in texts if text)
        inside = own + sum(self._words.get(child, 0) for child in element)
        self._words[element] = 0 if element.tag in {"script", "style"} else inside
        links = sum(self._linked.get(child, 0) for child in element)
        self._linked[element] = inside if element.tag == "a" else links
        if any(child.tag in BLOCK_TAGS or child in self._boxed for child in element):
            self._boxed.add(element)

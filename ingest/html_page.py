"""One parsed page with what every rule about it asks for, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from lxml.html import HtmlElement

from ingest.html_chrome import Furniture
from ingest.html_style import Styles
from ingest.html_visible import Visibility
from ingest.html_weights import Weights


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """The elements of a page, and what is known of them."""

    root: HtmlElement
    styles: Styles
    visible: Visibility
    weights: Weights
    furniture: Furniture

    @classmethod
    def of(cls, root: HtmlElement) -> Self:
        styles, weights = Styles(root), Weights(root)
        return cls(root, styles, Visibility(root, styles), weights, Furniture(weights))

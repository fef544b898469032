"""Meanings of pieces of pages, remembered, as the same pages answer again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
"""Texts -> vectors, shape (texts, dimensions), each row of length 1."""


class Meanings:
    """Compares a text with others by meaning; embeds each of the others once.

    most: how many vectors are remembered; at 384 dimensions 10,000 take 15 MB.
    """

    def __init__(self, embed: Embed, most: int = 10_000) -> None:
        self._embed = embed
        self._most = most
        self._known: dict[str, Vectors] = {}

    def near(self, text: str, others: Sequence[str]) -> Vectors:
        """Cosine of a text with each of the others, none below 0."""
        known = self._known
        new = [other for other in dict.fromkeys(others) if other not in known]
        text_row, *new_rows = self._embed([text, *new])
        found = dict(zip(new, new_rows, strict=True))
        rows = [found[other] if other in found else known[other] for other in others]
        if len(known) + len(found) > self._most:
            self._known = {}
        self._known |= found
        cosines: Vectors = np.maximum(np.stack(rows) @ text_row, 0.0)
        return cosines

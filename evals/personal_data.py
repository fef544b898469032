"""Measure masking: is what is personal found, and is what is not left alone?"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatbot.redact import Found, find_personal_data

STRINGS = Path(__file__).with_name("personal_data.txt")
OWN_CONTACTS = ("01632 960000", "01632 960110", "help@exampleton.example")

_LABEL = re.compile(r"⟦([a-z]+):([^⟧]+)⟧")


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a citizen may write, with what is personal in it, each of the kind its label says."""

    text: str
    spans: tuple[Found, ...]

    @property
    def held_out(self) -> bool:
        """Tell the half that the patterns were not written by, drawn by the text's digest."""
        return hashlib.sha256(self.text.encode()).digest()[0] % 2 == 1


@dataclass(frozen=True, slots=True)
class Masking:
    """How masking did on labelled strings, in numbers of spans.

    found, there: by kind. A span is found if all its characters are masked.
    masks: all that were set; false: those that cover nothing personal. mistakes: strings, for a
    person to read, where something was missed or masked falsely.
    """

    found: Mapping[str, int]
    there: Mapping[str, int]
    masks: int
    false: int
    mistakes: Sequence[str]

    @property
    def recall(self) -> float:
        return sum(self.found.values()) / max(1, sum(self.there.values()))

    @property
    def precision(self) -> float:
        return 1 - self.false / max(1, self.masks)


def read_labelled(file: Path = STRINGS) -> tuple[Labelled, ...]:
    """Read strings with their labels, one a line; lines that begin with # are for people."""
    lines = file.read_text("utf-8").splitlines()
    return tuple(_labelled(line) for line in lines if line and not line.startswith("#"))


def measure_masking(strings: Iterable[Labelled], keep: Collection[str] = OWN_CONTACTS) -> Masking:
    """Mask every string and count by span."""
    found: Counter[str] = Counter()
    there: Counter[str] = Counter()
    masks = false = 0
    mistakes: list[str] = []
    for one in strings:
        set_here = find_personal_data(one.text, keep=keep)
        covered = {at for mask in set_here for at in range(mask.start, mask.end)}
        missed = [span for span in one.spans if not covered.issuperset(_places(span))]
        personal = {at for span in one.spans for at in _places(span)}
        wrong = [mask for mask in set_here if personal.isdisjoint(_places(mask))]
        there.update(span.kind for span in one.spans)
        found.update(span.kind for span in one.spans if span not in missed)
        masks += len(set_here)
        false += len(wrong)
        mistakes += [f"missed {one.text[s.start : s.end]!r} in {one.text!r}" for s in missed]
        mistakes += [f"masked {one.text[w.start : w.end]!r} in {one.text!r}" for w in wrong]
    return Masking(found, there, masks, false, mistakes)


def _labelled(line: str) -> Labelled:
    spans: list[Found] = []
    text = ""
    for at, piece in enumerate(_LABEL.split(line.replace("↵", "\n"))):
        if at % 3 == 1:
            kind = piece
            continue
        if at % 3 == 2:
            spans.append(Found(len(text), len(text) + len(piece), kind))
        text += piece
    return Labelled(text, tuple(spans))


def _places(span: Found) -> range:
    return range(span.start, span.end)


def _tell(name: str, masking: Masking) -> str:
    kinds = ", ".join(f"{kind} {masking.found[kind]}/{n}" for kind, n in masking.there.items())
    return (
        f"{name}: recall {masking.recall:.4f}, precision {masking.precision:.4f} "
        f"({masking.false} of {masking.masks} masks false); {kinds}"
    )


if __name__ == "__main__":
    strings = read_labelled()
    halves = {
        "development": [one for one in strings if not one.held_out],
        "held out": [one for one in strings if one.held_out],
        "all": strings,
    }
    for name, part in halves.items():
        print(_tell(f"{name} ({len(part)} strings)", measure_masking(part)))
    print(*measure_masking(halves["development"]).mistakes, sep="\n")

"""Recognise by its meaning and its words what a message is, where it is no question for the pages.

Two classifiers that learnt from the same examples are added up: one over the meaning that the
embedding model gives once it has been taught the classes, one over words and parts of words.
Where the model is down the second answers alone. Rules, and what a council's own folder adds, come
on top (docs/decisions/0013).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from chatbot.meanings import Embed
from chatbot.phrases import DANGERS, Book, usual_book, words_of
from chatbot.types import Status

log = structlog.get_logger(__name__)

Floats = NDArray[np.float32]

TAUGHT_FILE = Path(__file__).parent / "default_council" / "taught.npz"
LEARNT_FILE = Path(__file__).parent / "default_council" / "recogniser.npz"
PLACES = 2**14
"""Words and parts of words share so many places; where two meet, they are learnt as one."""

# Words. A danger told in passing is recognised in so much; a longer message is read in pieces as
# well. In shorter ones pieces brought only false alarms.
_LONG, _PIECE, _STEP = 120, 60, 30
_MOST_PIECES = 24
# Of a longer message the middle is not read for its meaning.
_READ_WHOLE = _STEP * _MOST_PIECES
_CLAUSE = re.compile(r"[.,;:!?]+|\b(?:and|also|but|because)\b", re.I)
# So near to an example of the council's own counts as said, or as what is not meant.
_SAME = 0.8
# What was taught puts all of a class near together: "he hit me at cricket" is .9 from "he hit me".
_SAME_AND_HARMLESS = 0.92
_EVEN = 0.5
# From here on a rule tips the scales.
_HESITATES = 0.1


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt from the examples that every council starts from.

    classes: the statuses, in the order of the rows. meaning: (classes, dimensions), over meanings
    of length 1. words: (classes, PLACES). share: how much words count beside meaning. bias:
    (classes, 2), of meaning and of words alone. offsets: (classes, 2), for the two together and
    for words alone, so that 0 is as good as sure. digest: of the book that it was learnt from.
    """

    classes: tuple[Status, ...]
    meaning: Floats
    words: Floats
    share: float
    bias: Floats
    offsets: Floats
    digest: str

    def logits(self, meanings: Floats, texts: Sequence[str]) -> Floats:
        """Score texts by meaning and words, shape (texts, classes)."""
        by_meaning: Floats = meanings @ self.meaning.T + (self.bias + self.offsets)[:, 0]
        return by_meaning + self.share * self._by_words(texts)

    def logits_by_words(self, texts: Sequence[str]) -> Floats:
        """Score texts by their words alone, shape (texts, classes)."""
        by_words: Floats = self._by_words(texts) + (self.bias + self.offsets)[:, 1]
        return by_words

    def _by_words(self, texts: Sequence[str]) -> Floats:
        # A text with many words counts no more than one with few.
        rows = [
            self.words[:, some].sum(axis=1) / np.sqrt(max(len(some), 1))
            for some in map(sorted, map(places_of, texts))
        ]
        return np.stack(rows).astype(np.float32)


def read_learnt(path: Path = LEARNT_FILE) -> Learnt:
    """Read what was learnt, as `write_learnt` wrote it."""
    with np.load(path, allow_pickle=False) as file:
        return Learnt(
            tuple(map(Status, file["classes"].tolist())),
            file["meaning"].astype(np.float32),
            file["words"].astype(np.float32) * file["scale"],
            float(file["share"]),
            file["bias"],
            file["offsets"],
            str(file["digest"]),
        )


def write_learnt(learnt: Learnt, path: Path = LEARNT_FILE) -> None:
    """Write what was learnt; the weights of words in 8 bits."""
    scale = np.float32(np.abs(learnt.words).max() / 127)
    np.savez_compressed(
        path,
        classes=np.array([one.value for one in learnt.classes]),
        meaning=learnt.meaning.astype(np.float16),
        bias=learnt.bias.astype(np.float32),
        words=np.round(learnt.words / scale).astype(np.int8),
        scale=scale,
        share=np.float32(learnt.share),
        offsets=learnt.offsets.astype(np.float32),
        digest=np.array(learnt.digest),
    )


class Recogniser:
    """Tells how surely a message is of each class, 0 to 1.

    embed: the meaning of texts by the model that was taught; None where there is only words.
    usual: what every council starts from; its rules stand in for the model where that is down,
    and decide where it hesitates. own: what the council's folder adds: its rules hold by
    themselves, and its examples, which were not learnt, are met by coming near to them.
    """

    def __init__(self, learnt: Learnt, embed: Embed | None, *, usual: Book, own: Book) -> None:
        self._learnt = learnt
        self._embed = embed
        self._usual = usual
        self._own = own
        self._examples = [
            (one, text, counts)
            for one, phrases in own.items()
            for texts, counts in ((phrases.said, 1.0), (phrases.not_said, 0.0))
            for text in texts
        ]
        self._meanings: Floats | None = None

    def __call__(self, text: str) -> Mapping[Status, float]:
        """Say how surely a message is of each class."""
        logits, meanings = self.logits(text)
        # Beyond these a sign is 0 or 1, and the exponential would overflow.
        scores = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
        signs = dict(zip(self._learnt.classes, scores.tolist(), strict=True))
        if meanings is None:
            # What words alone find only likely is noise.
            signs = {one: sign if sign >= _EVEN else 0.0 for one, sign in signs.items()}
        elif self._examples:
            signs |= self._as_own(meanings)
        words = words_of(text)
        by_itself = meanings is None or len(words) > _READ_WHOLE
        least = 0.0 if by_itself else _HESITATES
        met = {one for one in _met(self._usual, words) if signs.get(one, 0.0) >= least}
        return signs | dict.fromkeys(met | _met(self._own, words), 1.0)

    def logits(self, text: str) -> tuple[Floats, Floats | None]:
        """Score a message for each class, before rules, shape (classes,).

        Also gives the meanings of its pieces, None where the model is down. A danger scores as its
        surest piece does; the rest is what the message is as a whole.
        """
        some = [*pieces(text), *self._alarming(text)]
        meanings = self._meant(some)
        learnt = self._learnt
        rows = learnt.logits_by_words(some) if meanings is None else learnt.logits(meanings, some)
        danger = np.array([one in DANGERS for one in learnt.classes])
        return np.where(danger, rows.max(axis=0), rows[0]), meanings

    def _alarming(self, text: str) -> list[str]:
        """List the clauses of a short message that meet a rule by themselves.

        Beside "and how do I pay my council tax" the model hears no "my husband hits me".
        """
        clauses = _CLAUSE.split(text)
        if len(clauses) == 1 or len(text.split()) > _LONG:
            return []
        return [one.strip() for one in clauses if _met(self._usual, words_of(one))]

    def _meant(self, texts: Sequence[str]) -> Floats | None:
        """Give the meanings of texts; None where there is no model, or it is down."""
        if self._embed is None:
            return None
        try:
            meanings = self._embed(texts)
            if not np.isfinite(meanings @ self._learnt.meaning.T).all():
                raise ArithmeticError("no numbers came of it")
            return meanings
        except Exception as fault:
            # A danger must be met with whatever is left.
            log.warning("meaning_down", fault=type(fault).__name__)
            return None

    def _as_own(self, meanings: Floats) -> Mapping[Status, float]:
        """Say what the nearest of the council's own examples says, where one is near enough.

        A piece is enough for what is said; what is harmless is so in every piece.
        """
        if self._meanings is None:
            self._meanings = self._meant([text for _, text, _ in self._examples])
        if self._meanings is None:
            return {}
        near = meanings @ self._meanings.T
        said = np.array([counts > 0 for _, _, counts in self._examples])
        near = np.where(said, near.max(axis=0), near.min(axis=0))
        enough = near >= np.where(said, _SAME, _SAME_AND_HARMLESS)
        # The nearest one of a class comes last, and has the last word.
        nearest = [at for at in np.argsort(near).tolist() if enough[at]]
        return {self._examples[at][0]: self._examples[at][2] for at in nearest}


def _met(book: Book, words: Sequence[str]) -> set[Status]:
    return {one for one, said in book.items() if any(rule.met(words) for rule in said.rules)}


def by_words(own: Book) -> Recogniser:
    """Make a recogniser without a model, which knows a danger by its words alone."""
    return Recogniser(read_learnt(), None, usual=usual_book(), own=own)


def pieces(text: str) -> Iterator[str]:
    """Give a message as a whole, and where it is long also stretches of it that overlap.

    Of a very long one these are its beginning and its end, where it says what matters.
    """
    yield text
    words = text.split()
    if len(words) > _LONG:
        starts = list(range(0, len(words) - _PIECE + _STEP, _STEP))
        if len(starts) >= _MOST_PIECES:
            starts = starts[: _MOST_PIECES // 2 - 1] + starts[-_MOST_PIECES // 2 :]
        for start in starts:
            yield " ".join(words[start : start + _PIECE])


def places_of(text: str) -> Collection[int]:
    """Give the places of a text's words, pairs of words and parts of words."""
    words = ["0" if word.isdigit() else word for word in words_of(text)]
    found = [f"w:{word}" for word in words]
    found += [f"b:{one}_{two}" for one, two in zip(["^", *words], [*words, "$"], strict=True)]
    found += [f"s:{one}_{two}" for one, two in zip(words, words[2:], strict=False)]
    for word in words:
        whole = f"<{word}>"
        sizes = ((size, len(whole) - size + 1) for size in (3, 4, 5))
        found += [f"c:{whole[at : at + size]}" for size, count in sizes for at in range(count)]
    return frozenset(zlib.crc32(one.encode()) % PLACES for one in found)

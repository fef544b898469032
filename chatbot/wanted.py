"""Find which automation a message is about, and whether it asks for that to be done now.

A council's automations are known by a few examples only. So nothing is learnt about any one of
them: what was learnt, from many kinds of tasks, is how near a message must come to an automation's
examples, beside all else that it is near to; and how people ask for something, whatever it is.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from chatbot.automation import Automation
from chatbot.meanings import Embed
from chatbot.phrases import words_of
from chatbot.recogniser import PLACES, places_of

log = structlog.get_logger(__name__)

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]

WANTED_FILE = Path(__file__).parent / "default_council" / "wanted.toml"
LEARNT_FILE = Path(__file__).parent / "default_council" / "wanted.npz"
NO_TASK = "none"

# So much of the best one's sureness makes another about as likely.
_AS_LIKELY = 0.6
# A message is read so far; what comes later is rarely what it is about.
_MOST_CHARACTERS = 1_000
# A task of the book is an automation's own where so many of its phrases come nearest to it.
_OURS = 0.5
_NEAREST = 3
# Of one task: what a phrase of the book may be nearer to a message than to the automation.
_FURTHER = 0.25
# Of the straight line that tells an automation's phrases from all others, fitted for each council.
_OWN_WEIGHT, _RIDGE = 3.0, 1.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """An automation that a message is about.

    sure: that it is, 0 to 1. request: the message reports or asks for it, so that its form opens;
    else it is a question, which the pages answer with the form offered.
    """

    automation: str
    sure: float
    request: bool


@dataclass(frozen=True, slots=True)
class Known:
    """Phrases of many kinds of tasks, and of none, beside which an automation's are seen.

    tasks: by phrase, NO_TASK where it is of none. meanings: (phrases, dimensions).
    """

    texts: tuple[str, ...]
    tasks: tuple[str, ...]
    meanings: Floats


@dataclass(frozen=True, slots=True)
class Judge:
    """What was learnt, either for meaning and words together or for words alone.

    meaning, words: how a request is said, (dimensions,) and (PLACES,). subject: weights of
    `Signs.subject`; act: of `Signs.act`; the bias last in both. least: how surely a message must be
    about an automation; opens: how surely it must be a request about it for its form to open.
    """

    meaning: Floats
    words: Floats
    bias: float
    subject: Floats
    act: Floats
    least: float
    opens: float

    def asking(self, text: str, meaning: Floats | None) -> float:
        """Score how much a message sounds like a request, of whatever it is; 0 is even."""
        some = sorted(asking_places(text))
        found: float = self.bias + float(self.words[some].sum()) / math.sqrt(max(len(some), 1))
        return found if meaning is None else found + float(self.meaning @ meaning)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What is packaged. digest: of the phrases it was learnt from."""

    known: Known
    both: Judge
    words: Judge
    digest: str


@dataclass(frozen=True, slots=True)
class Signs:
    """What a message looks like beside each automation.

    subject: (automations, signs), how near it is to what is the automation's and to what is not.
    act: (automations, signs), how much it sounds like a request, and whether it is nearer to the
    automation's examples than to its questions.
    """

    subject: Floats
    act: Floats


class FindWanted:
    """Tells which of a council's automations a message is about.

    embed: the meaning of texts, by the packaged model as it is; None where there is only words.
    """

    def __init__(
        self, offers: Sequence[Automation], embed: Embed | None, learnt: Learnt | None = None
    ) -> None:
        self._offers = tuple(offers)
        self._embed = embed
        self._learnt = learnt or read_learnt()
        own = [
            (at, asks, text)
            for at, offer in enumerate(self._offers)
            for asks, phrases in ((True, offer.examples), (False, offer.questions))
            for some in phrases.values()
            for text in some
        ]
        self._own = tuple(text for _, _, text in own)
        self._asks = [_rows(at == n and asks for at, asks, _ in own) for n in self._numbers]
        self._questions = [
            _rows(at == n and not asks for at, asks, _ in own) for n in self._numbers
        ]
        self._of = np.array([at for at, _, _ in own], dtype=np.intp)
        self._words = _Words((*self._own, *self._learnt.known.texts))
        self._by_words = self._beside([self._words.near(text) for text in self._own])
        self._meanings: Floats | None = None
        self._by_meaning: tuple[_Beside, ...] = ()
        self._lines: Floats | None = None

    def __call__(self, text: str, language: str) -> tuple[Wanted, ...]:
        """Find what a message is about, the likeliest first; more than one where they are about as
        likely, none where it is no automation. language: of the conversation; an automation's
        phrases of every language count, as citizens mix them."""
        if not self._own or not words_of(text):
            return ()
        text = text[:_MOST_CHARACTERS]
        signs, judge = self.signs(text)
        about, acts = share(signs.subject, judge.subject), share(signs.act, judge.act)
        best = float(about.max())
        if best < judge.least:
            return ()
        return tuple(
            Wanted(
                self._offers[at].name,
                float(about[at]),
                bool(about[at] * acts[at] >= judge.opens),
            )
            for at in np.argsort(-about).tolist()
            if about[at] >= max(judge.least, best * _AS_LIKELY)
        )

    def signs(self, text: str) -> tuple[Signs, Judge]:
        """Give what a message looks like, with the judge for it: of words alone where the model is
        down."""
        meaning = self._meant(text)
        judge = self._learnt.words if meaning is None else self._learnt.both
        near = [(self._words.near(text), self._by_words)]
        lines = []
        if meaning is not None and self._meanings is not None and self._lines is not None:
            near.insert(0, (self._meanings @ meaning, self._by_meaning))
            lines.append((np.append(meaning, 1.0) @ self._lines)[:, None])
        asking = np.full(len(self._offers), judge.asking(text, meaning))
        subject = [np.stack([one.signs(some) for one in beside]) for some, beside in near]
        act = [[self._leaning(some, n) for n in self._numbers] for some, _ in near]
        return (
            Signs(
                np.concatenate([*subject, *lines], axis=1),
                np.concatenate([asking[:, None], *map(np.array, act)], axis=1),
            ),
            judge,
        )

    @property
    def _numbers(self) -> range:
        return range(len(self._offers))

    def _leaning(self, near: Floats, number: int) -> tuple[float, float]:
        """Say how much nearer a message is to an automation's examples than to its questions."""
        asks, questions = near[self._asks[number]], near[self._questions[number]]
        if not asks.size or not questions.size:
            return 0.0, 0.0
        return float(asks.max() - questions.max()), float(_few(asks) - _few(questions))

    def _meant(self, text: str) -> Floats | None:
        """Give a message's meaning; None where there is no model, or it is down."""
        if self._embed is None:
            return None
        try:
            if self._meanings is None:
                known = self._learnt.known.meanings
                self._meanings = np.concatenate([self._embed(self._own), known])
                own = self._meanings[: len(self._own)]
                self._by_meaning = self._beside(list(own @ self._meanings.T))
                self._lines = self._draw(self._meanings)
            meaning: Floats = self._embed([text])[0]
            return meaning
        except Exception as fault:
            # A form can be opened by words as well.
            log.warning("wanted_by_words", fault=type(fault).__name__)
            return None

    def _draw(self, meanings: Floats) -> Floats:
        """Fit a line for each automation, over meanings, (dimensions + 1, automations): by ridge
        regression, with its own phrases at 1, those of its task at their likeness, others at 0."""
        rows = np.column_stack([meanings, np.ones(len(meanings))])
        weights = np.where(np.arange(len(rows)) < len(self._own), _OWN_WEIGHT, 1.0)[:, None]
        targets = np.zeros((len(rows), len(self._offers)))
        for number, beside in enumerate(self._by_meaning):
            targets[beside.own, number] = 1.0
            targets[beside.shared, number] = beside.likeness
        drawn = np.linalg.solve(
            (rows * weights).T @ rows + _RIDGE * np.eye(rows.shape[1]), (rows * weights).T @ targets
        )
        return drawn.astype(np.float32)

    def _beside(self, near: Sequence[Floats]) -> tuple[_Beside, ...]:
        """Say for each automation what is its own and what is not. near: of each own phrase to all
        phrases, those of the council first."""
        count = len(self._own)
        tasks = np.array(self._learnt.known.tasks)
        nearest = np.array([tasks[one[count:].argmax()] for one in near])
        found = []
        for number in self._numbers:
            own = np.flatnonzero(self._of == number)
            named, times = np.unique(nearest[own], return_counts=True)
            ours = named[(times >= _OURS * len(own)) & (named != NO_TASK)]
            shared = np.isin(tasks, ours)
            likeness = (
                np.max([near[at][count:] for at in own.tolist()], axis=0)
                if own.size
                else tasks == ""
            )
            found.append(
                _Beside(
                    own=own,
                    shared=count + np.flatnonzero(shared),
                    likeness=np.asarray(likeness, dtype=np.float32)[shared],
                    others=np.concatenate(
                        [np.flatnonzero(self._of != number), count + np.flatnonzero(~shared)]
                    ),
                )
            )
        return tuple(found)


@dataclass(frozen=True, slots=True)
class _Beside:
    """Which phrases are an automation's own, which of the book's tasks it shares, each as like it
    as its nearest own phrase is, and which are others'."""

    own: Rows
    shared: Rows
    likeness: Floats
    others: Rows

    def signs(self, near: Floats) -> Floats:
        own, others = near[self.own], near[self.others]
        through = np.minimum(near[self.shared], self.likeness + _FURTHER)
        return np.array(
            [
                own.max(initial=0.0),
                _few(own),
                through.max(initial=0.0),
                others.max(initial=0.0),
                _few(others),
            ],
            dtype=np.float32,
        )


class _Words:
    """Compares a text with others by words and parts of words, the rarer the more they tell."""

    def __init__(self, texts: Sequence[str]) -> None:
        rows = [np.array(sorted(places_of(text)), dtype=np.intp) for text in texts]
        places = np.concatenate([*rows, np.zeros(0, dtype=np.intp)])
        owners = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        times = np.bincount(places, minlength=PLACES)
        self._tells = np.log(1 + len(rows) / (1 + times)) ** 2
        self._starts = np.concatenate([[0], np.cumsum(times)])
        self._owners = owners[np.argsort(places, kind="stable")]
        self._lengths = np.array([self._length(row) for row in rows])

    def near(self, text: str) -> Floats:
        """Cosine of a text with each of the others."""
        places = np.array(sorted(places_of(text)), dtype=np.intp)
        some = [self._owners[self._starts[at] : self._starts[at + 1]] for at in places]
        times = [len(one) for one in some]
        found = np.bincount(
            np.concatenate([*some, np.zeros(0, dtype=np.intp)]),
            weights=np.repeat(self._tells[places], times),
            minlength=len(self._lengths),
        )
        near: Floats = (found / (self._lengths * self._length(places))).astype(np.float32)
        return near

    def _length(self, places: Rows) -> float:
        return math.sqrt(max(float(self._tells[places].sum()), 1e-6))


def asking_places(text: str) -> Collection[int]:
    """Give the places of a text's words, pairs of words, first words and question mark."""
    words = ["0" if word.isdigit() else word for word in words_of(text)]
    found = [f"w:{word}" for word in words]
    found += [f"b:{one}_{two}" for one, two in zip(["^", *words], [*words, "$"], strict=True)]
    found += ["f:" + "_".join(words[:many]) for many in (1, 2, 3)]
    found += ["q:?"] * text.rstrip().endswith("?")
    return {zlib.crc32(one.encode()) % PLACES for one in found}


def read_learnt(path: Path = LEARNT_FILE) -> Learnt:
    """Read what was learnt, as `write_learnt` wrote it."""
    with np.load(path, allow_pickle=False) as file:
        known = Known(
            tuple(file["texts"].tolist()),
            tuple(file["tasks"].tolist()),
            file["meanings"].astype(np.float32) * file["scale"],
        )
        both, words = (
            Judge(
                file[f"{name}_meaning"].astype(np.float32),
                file[f"{name}_words"].astype(np.float32),
                float(file[f"{name}_bias"]),
                file[f"{name}_subject"],
                file[f"{name}_act"],
                float(file[f"{name}_least"]),
                float(file[f"{name}_opens"]),
            )
            for name in ("both", "words")
        )
        return Learnt(known, both, words, str(file["digest"]))


def write_learnt(learnt: Learnt, path: Path = LEARNT_FILE) -> None:
    """Write what was learnt; meanings in 8 bits."""
    known = learnt.known
    scale = np.float32(np.abs(known.meanings).max() / 127)
    judges: dict[str, Any] = {
        f"{name}_{key}": value
        for name, judge in (("both", learnt.both), ("words", learnt.words))
        for key, value in (
            ("meaning", judge.meaning.astype(np.float16)),
            ("words", judge.words.astype(np.float16)),
            ("bias", np.float32(judge.bias)),
            ("subject", judge.subject.astype(np.float32)),
            ("act", judge.act.astype(np.float32)),
            ("least", np.float32(judge.least)),
            ("opens", np.float32(judge.opens)),
        )
    }
    np.savez_compressed(
        path,
        texts=np.array(known.texts),
        tasks=np.array(known.tasks),
        meanings=np.round(known.meanings / scale).astype(np.int8),
        scale=scale,
        digest=np.array(learnt.digest),
        **judges,
    )


def share(signs: Floats, weights: Floats) -> Floats:
    """Weigh signs, shape (some, signs), to how likely each is, 0 to 1."""
    scores = np.clip(signs @ weights[:-1] + weights[-1], -30, 30)
    likely: Floats = 1 / (1 + np.exp(-scores))
    return likely


def _few(near: Floats) -> float:
    """Give the mean of the nearest few."""
    if not near.size:
        return 0.0
    many = min(_NEAREST, near.size)
    return float(np.partition(near, -many)[-many:].mean())


def _rows(some: Iterable[bool]) -> Rows:
    return np.flatnonzero(list(some))

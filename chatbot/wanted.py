"""Find which automation a message is about, and whether it asks for that to be done now.

A council's own automations are known by a few examples only. So nothing is learnt about any one of
them: what was learnt, from many kinds of tasks, is how near a message must come to an automation's
examples, beside all else that it is near to; and how people ask for something, whatever it is. Of
the tasks that come with Town Clerk there are many phrases, and a classifier of each says more.
"""

from __future__ import annotations

import math
import re
import threading
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from chatbot.automation import Automation, Lookup
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
_OURS = 0.4
_NEAREST = 3
_ENDS = re.compile(r"[^.,;?!\n]+[.,;?!\n]*")
_MOST_PARTS = 12
_LAST = (5, 8)
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

    def asking(self, text: str, meaning: Floats | None) -> tuple[float, float]:
        """Score how much a message sounds like a request, of whatever it is, and how much the part
        of it does that sounds most like a question; 0 is even."""
        whole = self._by_words(text)
        if meaning is not None:
            whole += float(self.meaning @ meaning)
        return whole, min(map(self._by_words, parts(text)))

    def _by_words(self, text: str) -> float:
        some = sorted(asking_places(text))
        return self.bias + float(self.words[some].sum()) / math.sqrt(max(len(some), 1))


@dataclass(frozen=True, slots=True)
class Tasks:
    """What was learnt about single tasks, by meaning and words together.

    names: of the tasks. meaning, words, bias: three scores of each, (tasks, 3, dimensions),
    (tasks, 3, PLACES) and (tasks, 3): that a message is about it, that it asks for it, and that it
    asks rather than enquires. about, opens: weights of all signs of an automation and these scores,
    bias last; least, opens_from: how likely the one and the other must be.
    """

    names: tuple[str, ...]
    meaning: Floats
    words: Floats
    bias: Floats
    about: Floats
    opens: Floats
    least: float
    opens_from: float

    def scores(self, text: str, meaning: Floats) -> Floats:
        """Score a message for each task, (tasks, 3)."""
        some = sorted(task_places(text))
        by_words = self.words[:, :, some].sum(axis=2) / math.sqrt(max(len(some), 1))
        scores: Floats = self.bias + self.meaning @ meaning + by_words
        return scores


@dataclass(frozen=True, slots=True)
class Learnt:
    """What is packaged. digest: of the phrases it was learnt from."""

    known: Known
    both: Judge
    words: Judge
    tasks: Tasks
    digest: str


@dataclass(frozen=True, slots=True)
class Signs:
    """What a message looks like beside each automation.

    subject: (automations, signs), how near it is to what is the automation's and to what is not.
    act: (automations, signs), how much it sounds like a request, and whether it is nearer to the
    automation's examples than to its questions. at: the automations of which a task was learnt;
    task: (these, 3), its scores.
    """

    subject: Floats
    act: Floats
    at: Rows
    task: Floats

    @property
    def all(self) -> Floats:
        """All signs of the automations of which a task was learnt, (these, signs)."""
        return np.concatenate([self.subject[self.at], self.act[self.at], self.task], axis=1)


@dataclass(frozen=True, slots=True)
class Among:
    """How likely a message is about each automation, and opens its form; each (automations,).

    least, opens_from: from when on it counts as about one, and its form opens.
    """

    about: Floats
    opens: Floats
    least: Floats
    opens_from: Floats

    @classmethod
    def judged(cls, signs: Signs, judge: Judge) -> Among:
        """Weigh signs of automations of whose tasks nothing was learnt."""
        about = share(signs.subject, judge.subject)
        opens = about * share(signs.act, judge.act)
        return cls(about, opens, np.full_like(about, judge.least), np.full_like(opens, judge.opens))

    @classmethod
    def tasks(cls, signs: Signs, tasks: Tasks) -> Among:
        """Weigh signs of those automations of whose tasks much was learnt."""
        about, opens = share(signs.all, tasks.about), share(signs.all, tasks.opens)
        least, opens_from = np.full_like(about, tasks.least), np.full_like(opens, tasks.opens_from)
        return cls(about, opens, least, opens_from)

    def but(self, at: Rows, others: Among) -> Among:
        """Give the same, with others in some places."""
        rows = [np.array(row) for row in (self.about, self.opens, self.least, self.opens_from)]
        new = (others.about, others.opens, others.least, others.opens_from)
        for row, some in zip(rows, new, strict=True):
            row[at] = some
        return Among(*rows)

    def wanted(self, names: Sequence[str]) -> tuple[Wanted, ...]:
        """Name what a message is about, the likeliest first."""
        requests = self.opens >= self.opens_from
        met = requests | (self.about >= self.least)
        least = float(self.about[met].max(initial=0.0)) * _AS_LIKELY
        return tuple(
            Wanted(names[at], float(self.about[at]), bool(requests[at]))
            for at in np.argsort(-self.about, kind="stable").tolist()
            if met[at] and self.about[at] >= least
        )


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
        self._said: dict[tuple[str, ...], dict[int, bool]] = {}
        for at, asks, text in own:
            same = self._said.setdefault(tuple(words_of(text)), {})
            same[at] = same.get(at, False) or asks
        self._looks_up = [isinstance(one.does, Lookup) for one in self._offers]
        self._asks = [_rows(at == n and asks for at, asks, _ in own) for n in self._numbers]
        self._questions = [
            _rows(at == n and not asks for at, asks, _ in own) for n in self._numbers
        ]
        self._of = np.array([at for at, _, _ in own], dtype=np.intp)
        self._words = _Words((*self._own, *self._learnt.known.texts))
        self._by_words = self._beside([self._words.near(text) for text in self._own])
        self._met: _Met | None = None
        # Questions that come while the phrases are being embedded wait for that.
        self._meeting = threading.Lock()

    def __call__(self, text: str, language: str) -> tuple[Wanted, ...]:
        """Find what a message is about, the likeliest first; more than one where they are about as
        likely, none where it is no automation. language: of the conversation; an automation's
        phrases of every language count, as citizens mix them."""
        if not self._own or not any(letter.isalpha() for letter in text):
            return ()
        text = text[:_MOST_CHARACTERS]
        same = self._said.get(tuple(words_of(text)))
        if same:
            return tuple(Wanted(self._offers[at].name, 1.0, asks) for at, asks in same.items())
        signs, judge = self.signs(text)
        among = Among.judged(signs, judge)
        if signs.at.size:
            among = among.but(signs.at, Among.tasks(signs, self._learnt.tasks))
        return among.wanted([one.name for one in self._offers])

    def signs(self, text: str) -> tuple[Signs, Judge]:
        """Give what a message looks like, with the judge for it: of words alone where the model is
        down."""
        meant = self._meant(text)
        meaning = None if meant is None else meant[1]
        judge = self._learnt.words if meaning is None else self._learnt.both
        near = [(self._words.near(text), self._by_words)]
        lines = []
        task = np.zeros((0, 3), dtype=np.float32)
        at = np.zeros(0, dtype=np.intp)
        if meant is not None:
            met, meaning = meant
            near.insert(0, (met.meanings @ meaning, met.beside))
            lines.append((np.append(meaning, 1.0) @ met.lines)[:, None])
            at = _rows(some.size > 0 for some in met.tasks)
            if at.size:
                scores = self._learnt.tasks.scores(text, meaning)
                task = np.stack([scores[met.tasks[one]].max(axis=0) for one in at])
        asking = np.tile(judge.asking(text, meaning), (len(self._offers), 1))
        # What is looked up is asked for by a question.
        asking[self._looks_up] = 0.0
        subject = [np.stack([one.signs(some) for one in beside]) for some, beside in near]
        act = [[self._leaning(some, n) for n in self._numbers] for some, _ in near]
        return (
            Signs(
                np.concatenate([*subject, *lines], axis=1),
                np.concatenate([asking, *map(np.array, act)], axis=1),
                at,
                task,
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

    def _meant(self, text: str) -> tuple[_Met, Floats] | None:
        """Give a message's meaning, with the phrases'; None where there is no model, or it is
        down."""
        if self._embed is None:
            return None
        try:
            with self._meeting:
                if self._met is None:
                    self._met = self._meet(self._embed(self._own))
            return self._met, self._embed([text])[0]
        except Exception as fault:
            # A form can be opened by words as well.
            log.warning("wanted_by_words", fault=type(fault).__name__)
            return None

    def _meet(self, own: Floats) -> _Met:
        """Lay the meanings of the council's own phrases beside those of the book."""
        meanings = np.concatenate([own, self._learnt.known.meanings])
        beside = self._beside(list(own @ meanings.T))
        names = self._learnt.tasks.names
        tasks = tuple(_rows(name in one.tasks for name in names) for one in beside)
        return _Met(meanings, beside, tasks, self._draw(meanings, beside))

    def _draw(self, meanings: Floats, by_meaning: Sequence[_Beside]) -> Floats:
        """Fit a line for each automation, over meanings, (dimensions + 1, automations): by ridge
        regression, with its own phrases at 1, those of its task at their likeness, others at 0."""
        rows = np.column_stack([meanings, np.ones(len(meanings))])
        weights = np.where(np.arange(len(rows)) < len(self._own), _OWN_WEIGHT, 1.0)[:, None]
        targets = np.zeros((len(rows), len(self._offers)))
        for number, beside in enumerate(by_meaning):
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
            near_by = named[(times >= _OURS * len(own)) & (named != NO_TASK)].tolist()
            # A council's copy of a packaged automation keeps its name.
            ours = {*near_by, self._offers[number].name} - {NO_TASK}
            shared = np.isin(tasks, sorted(ours))
            likeness = (
                np.max([near[at][count:] for at in own.tolist()], axis=0)
                if own.size
                else tasks == ""
            )
            found.append(
                _Beside(
                    tasks=frozenset(ours),
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
    """Which of the book's tasks an automation shares; which phrases are its own, which are of those
    tasks, each as like it as its nearest own phrase is, and which are others'."""

    tasks: frozenset[str]
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


@dataclass(frozen=True, slots=True)
class _Met:
    """A council's phrases by their meaning. meanings: (phrases, dimensions), its own first. beside,
    tasks, lines: of each automation what is its own, which of the book's tasks it shares, and the
    line that tells it."""

    meanings: Floats
    beside: tuple[_Beside, ...]
    tasks: tuple[Rows, ...]
    lines: Floats


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


def parts(text: str) -> Sequence[str]:
    """Cut a message where its sentences end, and give its last words too: what is asked often comes
    after what happened."""
    some = [part for part in _ENDS.findall(text) if part.strip(" .,;:?!\n")]
    words = text.split()
    return [text, *some[:_MOST_PARTS], *(" ".join(words[-many:]) for many in _LAST)]


def asking_places(text: str) -> Collection[int]:
    """Give the places of a text's words, pairs of words, first words and question mark."""
    words = ["0" if word.isdigit() else word for word in words_of(text)]
    found = [f"w:{word}" for word in words]
    found += [f"b:{one}_{two}" for one, two in zip(["^", *words], [*words, "$"], strict=True)]
    found += ["f:" + "_".join(words[:many]) for many in (1, 2, 3)]
    found += ["q:?"] * text.rstrip().endswith("?")
    return {zlib.crc32(one.encode()) % PLACES for one in found}


def task_places(text: str) -> Collection[int]:
    """Give the places of a text's words, parts of words, first words and question mark."""
    return {*places_of(text), *asking_places(text)}


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
        tasks = Tasks(
            tuple(file["task_names"].tolist()),
            file["task_meaning"].astype(np.float32),
            file["task_words"].astype(np.float32) * file["task_scale"],
            file["task_bias"],
            file["task_about"],
            file["task_opens"],
            float(file["task_least"]),
            float(file["task_opens_from"]),
        )
        return Learnt(known, both, words, tasks, str(file["digest"]))


def write_learnt(learnt: Learnt, path: Path = LEARNT_FILE) -> None:
    """Write what was learnt; meanings, and the weights of the tasks' words, in 8 bits."""
    known, tasks = learnt.known, learnt.tasks
    task_scale = np.float32(np.abs(tasks.words).max() / 127)
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
        task_names=np.array(tasks.names),
        task_meaning=tasks.meaning.astype(np.float16),
        task_words=np.round(tasks.words / task_scale).astype(np.int8),
        task_scale=task_scale,
        task_bias=tasks.bias.astype(np.float32),
        task_about=tasks.about.astype(np.float32),
        task_opens=tasks.opens.astype(np.float32),
        task_least=np.float32(tasks.least),
        task_opens_from=np.float32(tasks.opens_from),
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

"""Let the recogniser learn from the phrases of the default council, and measure what it knows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatbot.phrases import DANGERS, RECOGNISED, Book, name_of
from chatbot.recogniser import PLACES, places_of
from chatbot.types import Status

Floats = NDArray[np.float32]

HELD_OUT = Path(__file__).parent / "phrases.jsonl"
ORDINARY = Path(__file__).parent / "ordinary.jsonl"
WELSH = Path(__file__).parent / "phrases.cy.jsonl"

LIFE = (
    Status.SAFETY_EMERGENCY_LIFE,
    Status.SAFETY_CHILD_SAFEGUARDING,
    Status.SAFETY_ADULT_SAFEGUARDING,
    Status.SAFETY_DOMESTIC_ABUSE,
    Status.SAFETY_SUICIDE_SELF_HARM,
    Status.SAFETY_GAS_CO,
)
"""Dangers to life, as docs/safety.md names them."""

_JOINS = (". ", ", ", " also ", " and ", "\n", " ps ", ". sorry one more thing ", " by the way ")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A labelled phrase. label: None where it is of no class. near: what it may be taken for."""

    text: str
    label: Status | None
    near: Status | None


def read_phrases(path: Path) -> tuple[Phrase, ...]:
    """Read labelled phrases, a line {"text", "label": "gas_co" or "none", "near"?} each."""
    named = {name_of(status): status for status in RECOGNISED}
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    return tuple(
        Phrase(
            row["text"], named.get(row.get("label")), named.get(row.get("near") or row.get("label"))
        )
        for row in rows
    )


def examples(book: Book) -> tuple[tuple[str, ...], Floats]:
    """Give a book's examples with their labels, shape (texts, RECOGNISED), 1 where one is said."""
    said: dict[str, set[Status]] = {}
    for status, phrases in book.items():
        for text in phrases.said:
            said.setdefault(text, set()).add(status)
        for text in phrases.not_said:
            said.setdefault(text, set())
    labels = [[status in said[text] for status in RECOGNISED] for text in said]
    return tuple(said), np.array(labels, dtype=np.float32)


def vary(
    texts: Sequence[str], labels: Floats, chance: np.random.Generator
) -> tuple[Sequence[str], Floats]:
    """Join some texts to one that is of no class, as people say two things in one message, and
    mistype some."""
    harmless = np.flatnonzero(labels.sum(axis=1) == 0)
    given: list[str] = []
    for text in texts:
        new = text
        if chance.random() < 0.15:
            other = texts[int(chance.choice(harmless))]
            join = _JOINS[int(chance.integers(len(_JOINS)))]
            new = join.join([new, other] if chance.random() < 0.5 else [other, new])
        if chance.random() < 0.1:
            new = mistyped(new, chance)
        given.append(new)
    return given, labels


def mistyped(text: str, chance: np.random.Generator) -> str:
    """Drop, double or swap one letter, as thumbs do."""
    at = int(chance.integers(max(len(text) - 1, 1)))
    one, two = text[at : at + 1], text[at + 1 : at + 2]
    return text[:at] + ("", one + one + two, two + one)[int(chance.integers(3))] + text[at + 2 :]


def learn_words(texts: Sequence[str], labels: Floats) -> Floats:
    """Fit the classifiers over words, shape (classes, PLACES)."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    rows = [sorted(places_of(text)) for text in texts]
    ends = np.cumsum([0, *map(len, rows)])
    values = np.concatenate([np.full(len(row), len(row) ** -0.5) for row in rows if row])
    matrix = csr_matrix((values, np.concatenate(rows), ends), shape=(len(rows), PLACES))
    fits = [
        LogisticRegression(C=10, solver="liblinear").fit(matrix, labels[:, at] > 0)
        for at in range(labels.shape[1])
    ]
    return np.stack([fit.coef_[0] for fit in fits]).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Quota:
    """How many of the near misses may be taken for something, by group of classes."""

    life: float = 0.03
    danger: float = 0.02
    route: float = 0.02


def set_offsets(logits: Floats, phrases: Sequence[Phrase], quota: Quota) -> Floats:
    """Find what to add to each class so that 0 is as good as sure, shape (classes,).

    logits: of the phrases. One number for each group: so that no more than its quota of the
    group's near misses, and of ordinary messages, come out above 0.
    """
    offsets = np.zeros(logits.shape[1], dtype=np.float32)
    groups = (
        (LIFE, DANGERS, quota.life),
        ([one for one in DANGERS if one not in LIFE], DANGERS, quota.danger),
        ([one for one in RECOGNISED if one not in DANGERS], None, quota.route),
    )
    for group, near, share in groups:
        columns = [RECOGNISED.index(one) for one in group]
        wrong = [
            at
            for at, one in enumerate(phrases)
            if one.label is None and (one.near in DANGERS) == (near is not None)
        ]
        highest = np.sort(logits[np.ix_(wrong, columns)].max(axis=1))
        offsets[columns] = -highest[int(np.ceil((1 - share) * len(wrong))) - 1] - 1e-3
    return offsets


@dataclass(frozen=True, slots=True)
class Recognised:
    """How well phrases are recognised; each a share from 0 to 1, NaN where there are none.

    caught: of any danger (or any route), right: of the right class, false_alarms: of near misses.
    """

    life: float
    danger: float
    right: float
    false_alarms: float
    routes_right: float
    routes_false: float


def measure(
    recognise: Callable[[str], Mapping[Status, float]],
    phrases: Iterable[Phrase],
    sure: float = 0.5,
) -> tuple[Recognised, tuple[tuple[Phrase, Status | None, float], ...]]:
    """Measure a recogniser, and list what it took wrongly with what it took it for."""
    seen: dict[str, list[float]] = {name: [] for name in Recognised.__dataclass_fields__}
    wrong: list[tuple[Phrase, Status | None, float]] = []
    for one in phrases:
        signs = recognise(one.text)
        danger = max(DANGERS, key=lambda status: signs[status])
        routes = [status for status in RECOGNISED if status not in DANGERS]
        route = max(routes, key=lambda status: signs[status])
        is_danger, is_route = signs[danger] >= sure, signs[route] >= sure
        found = danger if is_danger else route if is_route else None
        if one.label in DANGERS:
            seen["life" if one.label in LIFE else "danger"].append(is_danger)
            seen["right"].append(danger is one.label)
        elif one.label is None and one.near in DANGERS:
            seen["false_alarms"].append(is_danger)
        elif one.label is None:
            seen["routes_false"].append(found is not None)
        else:
            seen["routes_right"].append(found is one.label)
        if found is not one.label and not (
            one.label is None and one.near in DANGERS and not is_danger
        ):
            wrong.append((one, found, signs[found] if found else signs[danger]))
    figures = {name: float(np.mean(some)) if some else float("nan") for name, some in seen.items()}
    return Recognised(**figures), tuple(wrong)


def half(phrase: Phrase) -> int:
    """Put a phrase into one of two halves, by its text."""
    return sha256(phrase.text.encode()).digest()[0] % 2

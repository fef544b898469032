"""Let the recogniser learn from the phrases of the default council, and measure what it knows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatbot.phrases import DANGERS, RECOGNISED, ROUTES, Book, name_of
from chatbot.recogniser import PLACES, places_of
from chatbot.steps.keep_safe import PERHAPS, SURE
from chatbot.steps.route import SURE as SURE_OF_A_ROUTE
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
    """Join some texts to one that is of no class, as people say two things in one message; mistype
    some; and cut stretches out of what is harmless, as the recogniser looks at them too."""
    is_harmless = labels.sum(axis=1) == 0
    harmless = np.flatnonzero(is_harmless)
    given: list[str] = []
    for text, safe in zip(texts, is_harmless, strict=True):
        new = text
        if safe and chance.random() < 0.2:
            new = _stretch(new, chance)
        elif chance.random() < 0.15:
            other = texts[int(chance.choice(harmless))]
            join = _JOINS[int(chance.integers(len(_JOINS)))]
            new = join.join([new, other] if chance.random() < 0.5 else [other, new])
        if chance.random() < 0.1:
            new = mistyped(new, chance)
        given.append(new)
    return given, labels


def _stretch(text: str, chance: np.random.Generator) -> str:
    words = text.split()
    start = int(chance.integers(len(words)))
    return " ".join(words[start : start + int(chance.integers(3, 15))])


def mistyped(text: str, chance: np.random.Generator) -> str:
    """Drop, double or swap one letter, as thumbs do."""
    at = int(chance.integers(max(len(text) - 1, 1)))
    one, two = text[at : at + 1], text[at + 1 : at + 2]
    return text[:at] + ("", one + one + two, two + one)[int(chance.integers(3))] + text[at + 2 :]


def learn_words(texts: Sequence[str], labels: Floats) -> tuple[Floats, Floats]:
    """Fit the classifiers over words: weights (classes, PLACES) and biases (classes,)."""
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
    return (
        np.stack([fit.coef_[0] for fit in fits]).astype(np.float32),
        np.array([fit.intercept_[0] for fit in fits], dtype=np.float32),
    )


@dataclass(frozen=True, slots=True)
class Quota:
    """How much may be taken for something by mistake, by group: dangers to life, the other dangers,
    routes. Of its near misses, and of ordinary messages."""

    life: tuple[float, float] = (0.015, 0.01)
    danger: tuple[float, float] = (0.015, 0.01)
    route: tuple[float, float] = (0.05, 0.015)


BY_WORDS = Quota(life=(0.02, 0.002), danger=(0.01, 0.002))
"""Words alone are a poor judge: they stand in only where they are sure."""


def set_offsets(logits: Floats, phrases: Sequence[Phrase], quota: Quota) -> Floats:
    """Find what to add to each class so that 0 is as good as sure, shape (classes,).

    logits: of the phrases, shape (phrases, classes). One number for each group of classes, so that
    neither the near misses nor the ordinary messages go over their quota.
    """
    offsets = np.zeros(logits.shape[1], dtype=np.float32)
    ordinary = [at for at, one in enumerate(phrases) if one.near is None]
    others = [one for one in DANGERS if one not in LIFE]
    for group, near, share in (
        (LIFE, DANGERS, quota.life),
        (others, DANGERS, quota.danger),
        (ROUTES, ROUTES, quota.route),
    ):
        columns = [RECOGNISED.index(one) for one in group]
        misses = [at for at, one in enumerate(phrases) if one.label is None and one.near in near]
        offsets[columns] = -max(
            _highest(logits[np.ix_(misses, columns)], share[0]),
            _highest(logits[np.ix_(ordinary, columns)], share[1]),
        )
    return offsets


def _highest(logits: Floats, share: float) -> float:
    """Find the logit that only so many rows reach."""
    best = np.sort(logits.max(axis=1))
    return float(best[int(np.ceil((1 - share) * len(best))) - 1]) + 1e-3


def dangers_only(offsets: Floats) -> Floats:
    """Leave routes out: by words alone a question that is refused by mistake costs more than one
    that is searched for in vain."""
    danger = np.array([one in DANGERS for one in RECOGNISED])
    return np.where(danger, offsets, np.float32(-100.0))


@dataclass(frozen=True, slots=True)
class Recognised:
    """How well phrases are recognised; each a share from 0 to 1, NaN where there are none.

    life, danger: of phrases of dangers to life, and of the others, for which some danger was sure.
    right: of both, for which it was the right one that came first. false_alarms: of their near
    misses. The same with `noted_` counts dangers that were likely without being sure.
    routes_right: of phrases that are not for the pages, recognised as what they are. routes_false:
    of their near misses, taken for anything. ordinary_false, ordinary_noted: of ordinary messages.
    """

    life: float
    danger: float
    right: float
    false_alarms: float
    noted_life: float
    noted_danger: float
    noted_false: float
    routes_right: float
    routes_false: float
    ordinary_false: float
    ordinary_noted: float


def measure(
    recognise: Callable[[str], Mapping[Status, float]], phrases: Iterable[Phrase]
) -> tuple[Recognised, tuple[tuple[Phrase, Status | None, float], ...]]:
    """Measure a recogniser, and list what it took wrongly with what it took it for."""
    seen: dict[str, list[float]] = {name: [] for name in Recognised.__dataclass_fields__}
    wrong: list[tuple[Phrase, Status | None, float]] = []
    for one in phrases:
        signs = recognise(one.text)
        danger = max(DANGERS, key=lambda status: signs[status])
        route = max(ROUTES, key=lambda status: signs[status])
        sure, noted = signs[danger] >= SURE, signs[danger] >= PERHAPS
        found = danger if sure else route if signs[route] >= SURE_OF_A_ROUTE else None
        if one.label in DANGERS:
            kind = "life" if one.label in LIFE else "danger"
            seen[kind].append(sure)
            seen[f"noted_{kind}"].append(noted)
            seen["right"].append(danger is one.label)
        elif one.label is not None:
            seen["routes_right"].append(found is one.label)
        elif one.near is None:
            seen["ordinary_false"].append(found is not None)
            seen["ordinary_noted"].append(noted)
        elif one.near in DANGERS:
            seen["false_alarms"].append(sure)
            seen["noted_false"].append(noted)
        else:
            seen["routes_false"].append(found is not None)
        if found is not one.label:
            wrong.append((one, found, signs[found] if found else signs[danger]))
    figures = {name: float(np.mean(some)) if some else float("nan") for name, some in seen.items()}
    return Recognised(**figures), tuple(wrong)


def half(phrase: Phrase) -> int:
    """Put a phrase into one of two halves, by its text."""
    return sha256(phrase.text.encode()).digest()[0] % 2

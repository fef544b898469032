"""Let it be learnt what citizens want done and what they only ask about, and measure it."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.automation import Automation, Stub
from chatbot.automations.found import PACKAGED, read_packaged
from chatbot.meanings import Embed
from chatbot.recogniser import PLACES
from chatbot.wanted import (
    NO_TASK,
    WANTED_FILE,
    Among,
    FindWanted,
    Judge,
    Known,
    Learnt,
    Signs,
    Tasks,
    Wanted,
    asking_places,
    share,
    task_places,
)

Floats = NDArray[np.float32]

HELD_OUT = Path(__file__).parent / "wanted.jsonl"
"""Written by others than those who wrote what is learnt, who never saw it."""
FALSE_STARTS = 0.02
"""Of questions, at most, for which a form opens: one that opens unasked is worse than one that is
offered."""
WRONG_STARTS = 0.06
"""Of requests for what no automation is for, at most, for which a form opens."""
FALSE_OFFERS = 0.1
"""Of messages that are about no automation, at most, for which one is found."""
FOLDS = 7
TASK_FALSE_STARTS, TASK_QUESTIONS, TASK_WRONG_STARTS, TASK_FALSE_OFFERS = 0.05, 0.06, 0.08, 0.2
"""The same for the tasks of which there are many phrases: of what is about no task, at most, for
which a form opens; of questions; of requests for other tasks; and of what is about none, for which
one is offered. Most under [none] was written to be mistaken: of what citizens write it is less."""
TASK_FOLDS = 5

# A task of which there are so many requests gets classifiers of its own.
_MANY = 100
# Beside which phrases a message is seen: so many of a task and kind, more of none.
_FEW, _FEW_OF_NONE = 45, 550
# Of the classifiers of a task: how much meaning counts beside words, and how freely they fit.
_TASK_MEANING, _TASK_FREEDOM = 3.0, 3.0
# Beside words, in the classifier of requests.
_MEANING = 0.5
# Councils that are made up from the tasks, to learn from: so many automations, each with so many
# examples and questions, as a council writes them.
_COUNCILS, _OFFERS, _EXAMPLES, _MESSAGES = 21, 10, 8, 160
# What a task's page is asked by "when" is a question there and the task itself here.
_LOOKED_UP = ("bin_day",)


@dataclass(frozen=True, slots=True)
class Message:
    """What a citizen wrote. task: NO_TASK where it is of none. request: to be done now; None where
    it is neither that nor a question, or nobody said."""

    text: str
    task: str
    request: bool | None


def read_tasks(path: Path = WANTED_FILE) -> tuple[Message, ...]:
    """Read phrases by task, as wanted.toml holds them."""
    tasks = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(
        Message(line, name, request)
        for name, table in tasks.items()
        for key, request in (("asks", True), ("questions", False), ("others", None))
        for line in table.get(key, "").splitlines()
        if line
    )


def read_held_out(path: Path = HELD_OUT) -> tuple[Message, ...]:
    """Read messages that nothing was learnt from, a line {"text", "automation": name or null,
    "request"} each."""
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return tuple(Message(one["text"], one["automation"] or NO_TASK, one["request"]) for one in rows)


def digest(messages: Sequence[Message]) -> str:
    """Name the messages, so that what was learnt from others is told apart."""
    return sha256(repr(messages).encode()).hexdigest()


def remembering(embed: Embed, texts: Sequence[str]) -> Embed:
    """Embed texts once, for all the times that they are asked for."""
    parts = [embed(texts[at : at + 64]) for at in range(0, len(texts), 64)]
    rows = dict(zip(texts, np.concatenate(parts), strict=True))
    return lambda some: np.stack([rows[text] for text in some])


def learn(messages: Sequence[Message], embed: Embed) -> Learnt:
    """Learn from messages. What weighs the signs is learnt from councils made up of them, of whose
    tasks the classifier of requests, and in half of them the book, knows nothing; and for the tasks
    of which there are many phrases from the packaged automations, beside phrases left out."""
    embed = remembering(embed, _texts(messages))
    some = few(messages)
    chance = np.random.default_rng(0)
    judges = []
    for by_meaning in (True, False):
        used = embed if by_meaning else None
        seen = [
            _see(some, used, embed, fold, chance)
            for fold in range(FOLDS)
            for _ in range(_COUNCILS // FOLDS)
        ]
        judges.append(_weigh(_asking(messages, used, embed), seen))
    tasks = _weigh_tasks(_tell(messages, embed), see_packaged(messages, embed))
    return Learnt(_known(some, embed), judges[0], judges[1], tasks, digest(messages))


def packaged() -> tuple[Automation, ...]:
    """Read the automations that come with Town Clerk."""
    folders = (PACKAGED, PACKAGED.parents[1] / "automations")
    return tuple(read_packaged(path) for one in folders for path in sorted(one.glob("*.toml")))


def few(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Take about as many messages of each task and kind, spread over all that there are."""
    groups: dict[tuple[str, bool | None], list[int]] = {}
    for at, one in enumerate(messages):
        groups.setdefault((one.task, one.request), []).append(at)
    taken = []
    for (task, _), rows in groups.items():
        most = min(_FEW_OF_NONE if task == NO_TASK else _FEW, len(rows))
        taken += [rows[at * len(rows) // most] for at in range(most)]
    return tuple(messages[at] for at in sorted(taken))


def _texts(messages: Sequence[Message]) -> list[str]:
    """List all texts that are embedded to learn from messages, each once."""
    own = (
        text
        for offer in packaged()
        for phrases in (offer.examples, offer.questions)
        for texts in phrases.values()
        for text in texts
    )
    return list(dict.fromkeys([*(one.text for one in messages), *own]))


@dataclass(frozen=True, slots=True)
class Beside:
    """A message and what it looks like beside the packaged automations, of whose tasks nothing was
    learnt from it. fold: in which it was left out."""

    message: Message
    fold: int
    names: tuple[str, ...]
    signs: Signs


def see_packaged(messages: Sequence[Message], embed: Embed) -> tuple[Beside, ...]:
    """See each message beside the packaged automations, by classifiers that did not learn it."""
    offers = packaged()
    own = set(_texts(())) - {""}
    folds = np.zeros(len(messages), dtype=np.intp)
    chance = np.random.default_rng(2)
    for kind in sorted({(one.task, str(one.request)) for one in messages}):
        rows = [at for at, one in enumerate(messages) if (one.task, str(one.request)) == kind]
        folds[chance.permutation(rows)] = np.arange(len(rows)) % TASK_FOLDS
    seen = []
    for fold in range(TASK_FOLDS):
        rest = [one for one, left in zip(messages, folds, strict=True) if left != fold]
        asking = _asking(rest, embed, embed)
        learnt = Learnt(_known(few(rest), embed), asking, asking, _tell(rest, embed), "")
        find = FindWanted(offers, embed, learnt)
        for one in (one for one, left in zip(messages, folds, strict=True) if left == fold):
            signs, _ = find.signs(one.text)
            names = tuple(offers[at].name for at in signs.at)
            if one.text not in own:
                seen.append(Beside(one, fold, names, signs))
    return tuple(seen)


def _tell(messages: Sequence[Message], embed: Embed) -> Tasks:
    """Fit the classifiers of the tasks of which there are many phrases; their weights are blank."""
    from scipy.sparse import csr_matrix, hstack

    counts = Counter(one.task for one in messages if one.request)
    names = tuple(
        name for name, count in counts.items() if count >= _MANY * 0.75 and name != NO_TASK
    )
    meanings = csr_matrix(_TASK_MEANING * embed([one.text for one in messages]))
    rows = hstack([_places(messages, task_places), meanings]).tocsr()
    task = np.array([one.task for one in messages])
    asks = np.array([one.request is True for one in messages])
    weights = np.stack(
        [
            np.stack(
                [
                    _fit(rows, task == name, _TASK_FREEDOM),
                    _fit(rows, (task == name) & asks, _TASK_FREEDOM),
                    _fit(rows[task == name], asks[task == name], _TASK_FREEDOM),
                ]
            )
            for name in names
        ]
    )
    blank = np.zeros(0, dtype=np.float32)
    return Tasks(
        names,
        weights[:, :, PLACES:-1] * _TASK_MEANING,
        weights[:, :, :PLACES],
        weights[:, :, -1],
        blank,
        blank,
        0.5,
        0.5,
    )


def _weigh_tasks(tasks: Tasks, seen: Sequence[Beside]) -> Tasks:
    """Fit the weights of the signs of packaged automations, and set from when they are meant."""
    rows = np.concatenate([one.signs.all for one in seen])
    about = np.array([name == one.message.task for one in seen for name in one.names])
    asks = np.array([one.message.request is True for one in seen for _ in one.names])
    tasks = replace(tasks, about=_fit(rows, about), opens=_fit(rows, about & asks))
    none, questions, others, offered = [], [], [], []
    for one in seen:
        opens = float(share(one.signs.all, tasks.opens).max())
        if one.message.task == NO_TASK:
            none.append(opens)
            offered.append(float(share(one.signs.all, tasks.about).max()))
        elif one.message.task not in one.names:
            others.append(opens)
        elif one.message.request is False:
            questions.append(opens)
    limits = ((none, TASK_FALSE_STARTS), (questions, TASK_QUESTIONS), (others, TASK_WRONG_STARTS))
    return replace(
        tasks,
        least=float(np.quantile(offered, 1 - TASK_FALSE_OFFERS)),
        opens_from=float(max(np.quantile(some, 1 - most) for some, most in limits)),
    )


def no_tasks() -> Tasks:
    """Give what is learnt of single tasks where it is of none."""
    blank = np.zeros(0, dtype=np.float32)
    return Tasks((), blank, blank, blank, blank, blank, 0.5, 0.5)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What messages look like beside the automations of a made-up council, a row for each pair, the
    pairs of a message together. about: that it is the message's. request: of the message; told:
    that somebody said what it is."""

    subject: Floats
    act: Floats
    about: NDArray[np.bool_]
    request: NDArray[np.bool_]
    told: NDArray[np.bool_]
    message: NDArray[np.intp]


def _see(
    messages: Sequence[Message],
    used: Embed | None,
    embed: Embed,
    fold: int,
    chance: np.random.Generator,
) -> _Seen:
    """Make a council up whose automations are of tasks in a fold, and see messages beside them."""
    council = make_up(messages, fold, chance)
    blank = _asking(council.taught, used, embed)
    learnt = Learnt(_known(council.book, embed), blank, blank, no_tasks(), "")
    find = FindWanted(council.offers, used, learnt)
    names = [one.name for one in council.offers]
    signs = [find.signs(one.text)[0] for one in council.messages]
    return _Seen(
        np.concatenate([one.subject for one in signs]),
        np.concatenate([one.act for one in signs]),
        np.array([name == one.task for one in council.messages for name in names]),
        np.array([one.request is True for one in council.messages for _ in names]),
        np.array([one.request is not None for one in council.messages for _ in names]),
        np.repeat(np.arange(len(signs)), len(names)),
    )


@dataclass(frozen=True, slots=True)
class MadeUp:
    """A council made up from tasks. taught: from which its classifier of requests may learn. book:
    phrases beside which it is seen. messages: of its citizens, in none of these."""

    offers: tuple[Automation, ...]
    taught: tuple[Message, ...]
    book: tuple[Message, ...]
    messages: tuple[Message, ...]


def make_up(messages: Sequence[Message], fold: int, chance: np.random.Generator) -> MadeUp:
    """Make a council up that offers the tasks of a fold and some others."""
    tasks = list(dict.fromkeys(one.task for one in messages if one.task != NO_TASK))
    unseen = tasks[fold::FOLDS]
    others = chance.permutation([task for task in tasks if task not in unseen]).tolist()
    offered = [*unseen, *others[: _OFFERS - len(unseen)]]
    hidden = set(offered) if chance.random() < 0.5 else set()
    shuffled = [messages[at] for at in chance.permutation(len(messages))]
    some = {one.text for one in shuffled[:_MESSAGES]}
    offers, used = [], set()
    for task in offered:
        phrases: dict[bool, tuple[str, ...]] = {}
        for request in (True, False):
            able = [
                one.text
                for one in shuffled
                if one.task == task and one.request == request and one.text not in some
            ]
            phrases[request] = tuple(able[: int(chance.integers(5, _EXAMPLES + 3))])
            used |= set(phrases[request])
        offers.append(
            Automation(task, {}, {"en": phrases[True]}, {"en": phrases[False]}, (), Stub(), {})
        )
    rest = [one for one in messages if one.text not in some]
    return MadeUp(
        tuple(offers),
        tuple(one for one in rest if one.task not in unseen),
        tuple(one for one in rest if one.text not in used and one.task not in hidden),
        # Where an automation is unknown to the classifier, all its messages tell.
        tuple(one for one in messages if one.text in some)
        + tuple(one for one in rest if one.task in unseen and one.text not in used and hidden),
    )


def _known(messages: Sequence[Message], embed: Embed) -> Known:
    texts = tuple(one.text for one in messages)
    return Known(texts, tuple(one.task for one in messages), embed(texts))


def _asking(messages: Sequence[Message], used: Embed | None, embed: Embed) -> Judge:
    """Fit the classifier of requests; the rest of the judge is blank."""
    from scipy.sparse import csr_matrix, hstack

    some = [one for one in messages if one.task not in _LOOKED_UP and one.request is not None]
    weight = _MEANING if used else 0.0
    words = _places(some, asking_places)
    meanings = weight * embed([one.text for one in some])
    weights = _fit(
        hstack([words, csr_matrix(meanings)]).tocsr(), np.array([one.request for one in some])
    )
    blank = np.zeros(0, dtype=np.float32)
    return Judge(
        meaning=weights[PLACES:-1] * weight,
        words=weights[:PLACES],
        bias=float(weights[-1]),
        subject=blank,
        act=blank,
        least=0.5,
        opens=0.5,
    )


def _places(messages: Sequence[Message], places: Callable[[str], Collection[int]]) -> Any:
    """Give the places of messages as sparse rows of length 1, (messages, PLACES)."""
    from scipy.sparse import csr_matrix

    rows = [sorted(places(one.text)) for one in messages]
    ends = np.cumsum([0, *map(len, rows)])
    values = np.concatenate([np.full(len(row), max(len(row), 1) ** -0.5) for row in rows])
    return csr_matrix((values, np.concatenate(rows).astype(int), ends), (len(rows), PLACES))


def _weigh(judge: Judge, seen: Sequence[_Seen]) -> Judge:
    """Fit the weights of the signs, and set from when on an automation and its form are meant."""
    subject, act = (
        np.concatenate([getattr(one, key) for one in seen]) for key in ("subject", "act")
    )
    about = np.concatenate([one.about for one in seen])
    request = np.concatenate([one.request for one in seen])
    judge = replace(judge, subject=_fit(subject, about), act=_fit(act[about], request[about]))
    others, questions, requests = [], [], []
    for one in seen:
        likely = share(one.subject, judge.subject)
        opens = likely * share(one.act, judge.act)
        for at in range(int(one.message[-1]) + 1):
            pairs = one.message == at
            if not one.told[pairs].any():
                continue
            if not one.about[pairs].any():
                others.append(likely[pairs].max())
            if not one.request[pairs].any():
                questions.append(opens[pairs].max())
            elif not one.about[pairs].any():
                requests.append(opens[pairs].max())
    return replace(
        judge,
        least=float(np.quantile(others, 1 - FALSE_OFFERS)),
        opens=float(
            max(np.quantile(questions, 1 - FALSE_STARTS), np.quantile(requests, 1 - WRONG_STARTS))
        ),
    )


def _fit(signs: Any, labels: NDArray[np.bool_], freedom: float = 10) -> Floats:
    """Fit a logistic regression; the weights, the bias last."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=freedom, solver="liblinear", intercept_scaling=10).fit(
        signs, labels
    )
    return np.append(fitted.coef_[0], fitted.intercept_[0]).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Found:
    """How well it is found what is wanted; each a share from 0 to 1, NaN where there are none.

    right: of messages about an automation, for which that came first; likely: for which it was
    among the likely ones. opened: of requests, for which the right form opens. wrongly: of
    requests, for which another does. false_starts: of questions, and of all that is about no
    automation, for which a form opens. offered: of what is about none, for which one is found.
    several: of all, for which more than one is found.
    """

    right: float
    likely: float
    opened: float
    wrongly: float
    false_starts: float
    offered: float
    several: float


def measure(
    found_for: Iterable[tuple[Message, tuple[Wanted, ...]]],
) -> tuple[Found, tuple[tuple[Message, tuple[Wanted, ...]], ...]]:
    """Measure what was found for messages, and list what was wrong. A message's task is NO_TASK
    where no automation is for it."""
    seen: dict[str, list[bool]] = {name: [] for name in Found.__dataclass_fields__}
    wrong = []
    for one, found in found_for:
        first = found[0].automation if found else NO_TASK
        opens = bool(found) and found[0].request
        seen["several"].append(len(found) > 1)
        if one.task == NO_TASK:
            seen["offered"].append(bool(found))
        else:
            seen["right"].append(first == one.task)
            seen["likely"].append(one.task in [some.automation for some in found])
        if one.task != NO_TASK and one.request:
            seen["opened"].append(opens and first == one.task)
            seen["wrongly"].append(opens and first != one.task)
        else:
            seen["false_starts"].append(opens)
        if first != one.task or (one.task != NO_TASK and opens != one.request):
            wrong.append((one, found))
    figures = {name: float(np.mean(some)) if some else float("nan") for name, some in seen.items()}
    return Found(**figures), tuple(wrong)


def measure_unseen(
    messages: Sequence[Message], learnt: Learnt, embed: Embed, *, by_meaning: bool
) -> tuple[Found, tuple[tuple[Message, tuple[Wanted, ...]], ...]]:
    """Measure on made-up councils with tasks from which the classifier of requests did not learn,
    and on messages that stand neither in the book nor among the automations' phrases."""
    embed = remembering(embed, list(dict.fromkeys(one.text for one in messages)))
    used = embed if by_meaning else None
    chance = np.random.default_rng(1)
    answered: list[tuple[Message, tuple[Wanted, ...]]] = []
    for fold in range(FOLDS):
        council = make_up(messages, fold, chance)
        asking = _asking(council.taught, used, embed)
        judge = replace(
            learnt.both if by_meaning else learnt.words,
            meaning=asking.meaning,
            words=asking.words,
            bias=asking.bias,
        )
        find = FindWanted(
            council.offers,
            used,
            Learnt(_known(council.book, embed), judge, judge, no_tasks(), ""),
        )
        names = {one.name for one in council.offers}
        answered += [
            (one if one.task in names else replace(one, task=NO_TASK), find(one.text, "en"))
            for one in council.messages
        ]
    return measure(answered)


def measure_packaged(
    messages: Sequence[Message], embed: Embed
) -> tuple[Found, tuple[tuple[Message, tuple[Wanted, ...]], ...]]:
    """Measure how the packaged automations are found by messages of which nothing was learnt, with
    weights from the other messages. Requests for the book's other tasks are about none."""
    seen = see_packaged(messages, remembering(embed, _texts(messages)))
    answered = []
    for fold in range(TASK_FOLDS):
        tasks = _weigh_tasks(no_tasks(), [one for one in seen if one.fold != fold])
        for one in (one for one in seen if one.fold == fold):
            task = one.message.task if one.message.task in one.names else NO_TASK
            found = Among.tasks(one.signs, tasks).wanted(one.names)
            answered.append((replace(one.message, task=task), found))
    return measure(answered)


def measure_held_out(
    learnt: Learnt, embed: Embed
) -> tuple[Found, tuple[tuple[Message, tuple[Wanted, ...]], ...]]:
    """Measure how the packaged automations are found by messages of which nothing was learnt, nor
    any threshold set."""
    find = FindWanted(packaged(), embed, learnt)
    return measure((one, find(one.text, "en")) for one in read_held_out())

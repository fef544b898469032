"""Play scripted dialogues with a bot, and tell where it did otherwise."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chatbot.bot import Bot
from chatbot.commands import says_yes
from chatbot.records.cases import Case, NewCase
from chatbot.steps.run_automation import Desk
from chatbot.types import Answer, Question, Run, Status, Taken, Turn

FOLDER = Path(__file__).parent
KINDS = ("happy", "corrected", "interrupted", "cancelled", "resumed", "hostile")


@dataclass(frozen=True, slots=True)
class Line:
    """One turn. say: words, or press: the id of an action, with value for one of kind input.

    minutes: that have passed since the turn before. status: the answer's, or its family. asks: the
    detail that is asked for, "" for none. says, never_says: what the answer's text holds. offers:
    the ids of actions. also: further statuses. None where a thing does not matter.
    """

    say: str = ""
    press: str = ""
    value: Any = None
    minutes: int = 0
    status: str = ""
    asks: str | None = None
    says: str = ""
    never_says: str = ""
    offers: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A scripted dialogue. cases: what is opened, in order; none for nothing."""

    name: str
    kind: str
    language: str
    at: datetime
    lines: tuple[Line, ...]
    cases: tuple[Mapping[str, Any], ...]


def read_dialogues(folder: Path = FOLDER) -> tuple[Dialogue, ...]:
    """Read all dialogues of a folder. Raises KeyError or TypeError for one that is ill made."""
    return tuple(
        _dialogue(one)
        for path in sorted(folder.glob("*.toml"))
        for one in tomllib.loads(path.read_text("utf-8"))["dialogue"]
    )


def _dialogue(written: Mapping[str, Any]) -> Dialogue:
    at: datetime = written["at"]
    lines = tuple(_line(**line) for line in written["turns"])
    return Dialogue(
        name=written["name"],
        kind=written["kind"],
        language=written.get("language", "en"),
        at=at if at.tzinfo else at.replace(tzinfo=UTC),
        lines=lines,
        cases=(*([written["case"]] if "case" in written else []), *written.get("cases", [])),
    )


def _line(offers: Sequence[str] = (), also: Sequence[str] = (), **rest: Any) -> Line:
    return Line(offers=tuple(offers), also=tuple(also), **rest)


@dataclass(slots=True)
class Book:
    """Cases in memory, for dialogues that need no database."""

    cases: dict[str, Case] = field(default_factory=dict)
    news: list[NewCase] = field(default_factory=list)

    def open(self, new: NewCase) -> Case:
        if new.key not in self.cases:
            self.news.append(new)
            now = datetime.now(UTC)
            self.cases[new.key] = Case(
                new.council,
                f"TST-{len(self.cases):06}",
                new.automation,
                new.language,
                new.details,
                tuple(new.shown),
                "received",
                now,
                now,
            )
        return self.cases[new.key]

    def find(self, council: str, reference: str) -> Case | None:
        wanted = reference.replace("-", "").upper()
        found = (c for c in self.cases.values() if c.reference.replace("-", "") == wanted)
        return next(found, None)

    def alike(self, council: str, automation: str, place: str, kind: str) -> tuple[Case, ...]:
        same = (
            one
            for one in self.news
            if (one.automation, one.place, one.kind) == (automation, place, kind)
        )
        return tuple(self.cases[one.key] for one in same)


async def play(dialogue: Dialogue, bot: Bot, book: Book) -> tuple[str, ...]:
    """Play a dialogue and list what went otherwise; empty where all is as scripted.

    bot: with a desk that keeps its cases in the book. Also listed: a case that is opened without
    the confirmation of what was read back, and one that differs from the script's.
    """
    wrong: list[str] = []
    history: tuple[Turn, ...] = ()
    pending: Mapping[str, Any] = {}
    last: Answer | None = None
    at = dialogue.at
    before = len(book.news)
    for number, line in enumerate(dialogue.lines, start=1):
        at += timedelta(minutes=line.minutes)
        offered = {one.id: one for one in last.actions} if last else {}
        if line.press and line.press not in offered:
            return (*wrong, f"turn {number}: {line.press!r} was not offered, but {sorted(offered)}")
        taken = None
        text = line.say
        if line.press:
            action = offered[line.press]
            name = line.press.partition(":")[2]
            values = {name: line.value} if action.kind == "input" else {}
            text = str(line.value) if values else action.label
            taken = Taken(line.press, values)
        count = len(book.news)
        question = Question(text, dialogue.language, history, pending, at, taken=taken)
        run = await bot.ainvoke(question)
        answer = run.answer
        if len(book.news) > count and not _confirms(line, last):
            wrong.append(f"turn {number}: a case was opened without confirmation")
        wrong += [f"turn {number}: {one}" for one in _otherwise(line, run)]
        if answer.pending is not None:
            pending = answer.pending
        history = (*history, Turn(run.draft.question.text, replace(answer, pending=None)))
        last = answer
    opened = book.news[before:]
    return (*wrong, *_case_otherwise(dialogue, opened))


def _confirms(line: Line, last: Answer | None) -> bool:
    if last is None or Status.CLARIFY_CONFIRM not in (last.status, *last.also):
        return False
    return line.press == "confirm" or says_yes(line.say)


def _otherwise(line: Line, run: Run) -> Iterator[str]:
    answer = run.answer
    did, said = line.say or line.press, answer.text[:300]
    if line.status and not f"{answer.status.value}.".startswith(f"{line.status}."):
        yield f"{did!r}: {answer.status.value}, not {line.status}: {said}"
    if line.asks is not None and (asked := asked_for(answer)) != line.asks:
        yield f"{did!r}: asks for {asked!r}, not {line.asks!r}: {said}"
    if line.says and line.says.casefold() not in answer.text.casefold():
        yield f"does not say {line.says!r}: {answer.text[:300]}"
    if line.never_says and line.never_says.casefold() in answer.text.casefold():
        yield f"says {line.never_says!r}"
    missing = set(line.offers) - {one.id for one in answer.actions}
    if missing:
        yield f"does not offer {sorted(missing)}"
    if not {*line.also} <= {one.value for one in answer.also}:
        yield f"also {[one.value for one in answer.also]}, not {line.also}"


def asked_for(answer: Answer) -> str:
    """Name the detail that an answer asks for, "" for none."""
    for one in answer.actions:
        verb, _, rest = one.id.partition(":")
        if verb in ("answer", "set"):
            return rest.partition(":")[0]
    return ""


def _case_otherwise(dialogue: Dialogue, opened: Sequence[NewCase]) -> Iterator[str]:
    if len(opened) != len(dialogue.cases):
        which = [f"{one.automation} {dict(one.details)}" for one in opened]
        yield f"{len(opened)} cases were opened, not {len(dialogue.cases)}: {which}"
        return
    for case, scripted in zip(opened, dialogue.cases, strict=True):
        yield from _one_otherwise(scripted, case)


def _one_otherwise(scripted: Mapping[str, Any], case: NewCase) -> Iterator[str]:
    if case.automation != scripted["automation"]:
        yield f"the case is of {case.automation}, not {scripted['automation']}"
    for name, value in scripted.get("details", {}).items():
        got = case.details.get(name)
        if isinstance(got, Mapping):
            got = got.get("words")
        if got != value:
            yield f"{name} is {got!r}, not {value!r}"


def desk_in_memory(desk: Desk, book: Book) -> Desk:
    """Give a desk that keeps its cases in a book."""
    return replace(desk, cases=book)

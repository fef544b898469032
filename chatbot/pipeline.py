"""Run the steps until one of them answers; time each; turn a fault into an answer."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from secrets import token_hex
from time import perf_counter

import structlog

from chatbot.types import Answer, Draft, Run, Step

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step has begun. name: as in `Run.seconds`."""

    name: str


@dataclass(frozen=True, slots=True)
class Block:
    """One checked piece of the answer, Markdown. index: its place in `Answer.blocks`, from 0."""

    text: str
    index: int


Event = StepStarted | Block | Run

OnStep = Callable[[str], None]
SayUnexpected = Callable[[Draft, str], Answer]


def step_name(step: Step) -> str:
    """Name a step as its file and function are named, also when its arguments are bound."""
    while isinstance(step, partial):
        step = step.func
    return getattr(step, "__name__", type(step).__name__)


async def run_steps(
    steps: Sequence[Step],
    draft: Draft,
    *,
    say_unexpected: SayUnexpected,
    on_step: OnStep | None = None,
) -> Run:
    """Play a question through the steps until one answers.

    say_unexpected: makes the answer for a fault from the draft and the fault's reference, which
        is also in the log. Cancellation is no fault and passes through.
    """
    seconds: dict[str, float] = {}
    for step in steps:
        name = step_name(step)
        if on_step:
            on_step(name)
        begun = perf_counter()
        try:
            result = await step(draft)
        except Exception as fault:
            result = say_unexpected(draft, _logged(fault, name))
        seconds[name] = perf_counter() - begun
        if isinstance(result, Answer):
            return _ended(result, draft, seconds)
        draft = result
    nothing = LookupError("no step answered")
    return _ended(say_unexpected(draft, _logged(nothing, "")), draft, seconds)


def _ended(answer: Answer, draft: Draft, seconds: Mapping[str, float]) -> Run:
    if draft.above:
        answer = replace(answer, blocks=(*draft.above, *answer.blocks))
    return Run(answer, draft, seconds)


def _logged(fault: BaseException, step: str) -> str:
    """Log a fault by kind and place; its message is left out, as it may quote the citizen."""
    reference = token_hex(4)
    log.error(
        "step_failed", step=step, fault=type(fault).__name__, at=places(fault), reference=reference
    )
    return reference


def places(fault: BaseException) -> list[str]:
    """Say where a fault came from, innermost last, without a word of its message."""
    frames = traceback.extract_tb(fault.__traceback__)[-8:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]

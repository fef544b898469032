"""What an automation must keep to, however it is written: in TOML or in Python."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from chatbot.automation import (
    KINDS,
    Automation,
    Choice,
    Condition,
    Detail,
    Lookup,
    Send,
    Value,
    Worded,
)
from chatbot.messages import placeholders
from chatbot.table import did_you_mean, is_https

Flaw = tuple[str, str]
"""The key as TOML has it, counted from 1 (`details[2].question.cy`), and words for an officer."""

FEWEST_EXAMPLES = 3
MOST_CHOICES = 25
MOST_DETAILS = 20
TITLE = 80
LABEL = 100
QUESTION = 300
HINT = 500
DONE = 2_000
MESSAGE = 300
RESERVED = frozenset(
    "action answer cancel change confirm conversation_id conversation_secret language message "
    "reference submit values".split()
)
"""Names of details that would be taken for parts of the form itself."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_VALUE = re.compile(r"[a-z0-9][a-z0-9_]{0,62}")


def flaws(automation: Automation, languages: Sequence[str]) -> Iterator[Flaw]:
    """Find all that keeps an automation from working for a council with these languages."""
    yield from _words("title", automation.titles, languages, TITLE)
    yield from _messages(automation, languages)
    yield from _done(automation, languages)
    yield from _details(automation, languages)
    yield from _same(automation)
    yield from _deed(automation)


def _words(key: str, words: Worded, languages: Sequence[str], most: int) -> Iterator[Flaw]:
    for language in languages:
        text = words.get(language, "")
        place = _in(key, language, words)
        if not text:
            yield place, "is missing"
        elif len(text) > most:
            yield place, f"has {len(text)} characters; {most} are the most that is read"


def _in(key: str, language: str, words: Mapping[str, object]) -> str:
    """Name the place of words: `title` where it is English alone, else `title.cy`."""
    return key if language == "en" and set(words) <= {"en"} else f"{key}.{language}"


def _messages(automation: Automation, languages: Sequence[str]) -> Iterator[Flaw]:
    for language in languages:
        examples = automation.examples.get(language, ())
        key = _in("examples", language, automation.examples)
        if len(examples) < FEWEST_EXAMPLES:
            words = f"needs {FEWEST_EXAMPLES} messages or more that ask for it, in citizens' words"
            yield key, f"{words}; it has {len(examples)}"
        for text in automation.questions.get(language, ()):
            if text in examples:
                words = f"has {text!r}, which is in examples too; it cannot be both"
                yield _in("questions", language, automation.questions), words
    for key, messages in (("examples", automation.examples), ("questions", automation.questions)):
        for language, texts in messages.items():
            for text in texts:
                if len(text) > MESSAGE:
                    words = f"has a message of {len(text)} characters; {MESSAGE} are the most"
                    yield _in(key, language, messages), words


def _done(automation: Automation, languages: Sequence[str]) -> Iterator[Flaw]:
    if isinstance(automation.does, Lookup):
        return
    yield from _words("done", automation.done, languages, DONE)
    for language, text in automation.done.items():
        key = _in("done", language, automation.done)
        if unknown := sorted(placeholders(text) - {"reference"}):
            yield key, f"has an unknown place {{{unknown[0]}}}; there is only {{reference}}"
        elif "{reference}" not in text:
            yield key, "must tell the citizen the {reference}"


def _details(automation: Automation, languages: Sequence[str]) -> Iterator[Flaw]:
    details = automation.details
    if not 1 <= len(details) <= MOST_DETAILS:
        yield "details", f"must be 1 to {MOST_DETAILS}, not {len(details)}"
    names = [one.name for one in details]
    for at, detail in enumerate(details):
        key = f"details[{at + 1}]"
        if not _NAME.fullmatch(detail.name):
            yield f"{key}.name", f"must look like collection_date, not {detail.name!r}"
        elif detail.name in RESERVED:
            yield f"{key}.name", f"{detail.name!r} is taken by the form itself: choose another"
        elif detail.name in names[:at]:
            yield f"{key}.name", f"{detail.name!r} is the name of an earlier detail"
        yield from _detail(key, detail, languages)
        for condition in detail.only_if:
            yield from _condition(f"{key}.only_if", condition, details[:at], names)


def _detail(key: str, detail: Detail, languages: Sequence[str]) -> Iterator[Flaw]:
    if detail.kind not in KINDS:
        yield f"{key}.kind", f"{detail.kind!r} is no kind{did_you_mean(detail.kind, KINDS)}"
    yield from _words(f"{key}.question", detail.questions, languages, QUESTION)
    yield from _words(f"{key}.label", detail.labels, languages, LABEL)
    if detail.hints:
        yield from _words(f"{key}.hint", detail.hints, languages, HINT)
    if (
        detail.earliest is not None
        and detail.latest is not None
        and detail.earliest > detail.latest
    ):
        yield f"{key}.latest", f"= {detail.latest} is before earliest = {detail.earliest}"
    if detail.kind == "choice":
        yield from _choices(f"{key}.choices", detail.choices, languages)
    elif detail.choices and detail.kind in KINDS:
        yield f"{key}.choices", f'are only for kind = "choice", not "{detail.kind}"'


def _choices(key: str, choices: Sequence[Choice], languages: Sequence[str]) -> Iterator[Flaw]:
    if not 2 <= len(choices) <= MOST_CHOICES:
        yield key, f"must be 2 to {MOST_CHOICES}, not {len(choices)}"
    for at, choice in enumerate(choices, start=1):
        one = f"{key}[{at}]"
        if not _VALUE.fullmatch(choice.value):
            yield f"{one}.value", f"must look like fly_tipping, not {choice.value!r}"
        yield from _words(f"{one}.label", choice.labels, languages, LABEL)
        if choice.body_url and not choice.body:
            yield f"{one}.body", "is missing: who has the address body_url?"
        if choice.body_url and not is_https(choice.body_url):
            yield f"{one}.body_url", f"must be an https address, not {choice.body_url!r}"
    repeated = dict(_repeated([one.value for one in choices]))
    for at, value in repeated.items():
        yield f"{key}[{at}].value", f"{value!r} is the value of an earlier choice"
    yield from _ambiguous(key, choices)
    for language in languages:
        said = [one.labels.get(language, "").casefold() for one in choices]
        for at, label in _repeated(said):
            if label and at not in repeated:
                words = f"reads as an earlier choice does: {label!r}"
                yield f"{key}[{at}].label.{language}", words


def _ambiguous(key: str, choices: Sequence[Choice]) -> Iterator[Flaw]:
    """Find words that would choose two things at once."""
    owner: dict[str, int] = {}
    for at, choice in enumerate(choices, start=1):
        for words in {text.casefold() for text in (*choice.labels.values(), *choice.said)}:
            first = owner.setdefault(words, at)
            if first != at and words in {text.casefold() for text in choice.said}:
                yield f"{key}[{at}].said", f"has {words!r}, which means choice {first} too"


def _repeated(values: Sequence[str]) -> Iterator[tuple[int, str]]:
    for at, value in enumerate(values):
        if value in values[:at]:
            yield at + 1, value


def _condition(
    key: str, condition: Condition, earlier: Sequence[Detail], names: Sequence[str]
) -> Iterator[Flaw]:
    name = condition.detail
    if name not in names:
        yield key, f"names {name!r}, which is no detail{did_you_mean(name, names)}"
        return
    on = next((one for one in earlier if one.name == name), None)
    if on is None:
        yield key, f"names {name!r}, which is asked later: put it first"
        return
    if on.kind not in KINDS:
        return
    if on.kind not in ("choice", "yes_no"):
        yield key, f"names {name!r}, which is a {on.kind}; only a choice or yes_no can decide"
        return
    known = possible(on)
    for value in condition.values:
        if value not in known:
            hint = did_you_mean(str(value), [str(one) for one in known])
            shown = ", ".join(str(one).lower() for one in known)
            yield key, f"{name} can never be {value!r}; it is one of {shown}{hint}"


def possible(detail: Detail) -> tuple[Value, ...]:
    """List the values that a choice or a yes_no can take."""
    if detail.kind == "yes_no":
        return (True, False)
    return tuple(one.value for one in detail.choices)


def _same(automation: Automation) -> Iterator[Flaw]:
    names = [one.name for one in automation.details]
    for key, name, kinds in (
        ("same_place", automation.same_place, ("address", "location")),
        ("same_kind", automation.same_kind, ("choice",)),
    ):
        detail = automation.detail(name) if name else None
        if name and detail is None:
            yield key, f"names {name!r}, which is no detail{did_you_mean(name, names)}"
        elif detail and detail.kind not in kinds:
            yield key, f"names {name!r}, which is a {detail.kind}, not {' or '.join(kinds)}"
    if automation.same_kind and not automation.same_place:
        yield "same_kind", "means nothing without same_place"


def _deed(automation: Automation) -> Iterator[Flaw]:
    names = [one.name for one in automation.details]
    match automation.does:
        case Send(attributes=attributes):
            for name in attributes:
                if name not in names:
                    words = f"names {name!r}, which is no detail{did_you_mean(name, names)}"
                    yield "attributes", words
            called = [called for called in attributes.values() if called]
            if len(set(called)) < len(called):
                repeated = next(a for a, b in pairwise(sorted(called)) if a == b)
                yield "attributes", f"call two details {repeated!r}"
        case Lookup(key=key) if key and key not in names:
            yield "key", f"names {key!r}, which is no detail{did_you_mean(key, names)}"

"""A form as a conversation: what was said takes it one turn further.

Pure: nothing here reads a clock or a database. What is no part of the form is handed back, and the
conversation goes on with the form still open.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from chatbot.automation import Automation, Choice, Detail, Value
from chatbot.commands import (
    after_no,
    cancels,
    changed_to,
    changes,
    changes_first,
    goes_back,
    is_question,
    says_different,
    says_no,
    says_same,
    says_yes,
)
from chatbot.details import Wrong, declines, find, find_move, read

# Kinds of which nearly any words can be a value.
AS_THEY_COME = ("text", "address", "location")
# Kinds of which other words are none.
PLAIN = ("choice", "date", "time")

Stage = Literal["asking", "confirming", "alike", "changing"]

# After so many answers that were none, a person is offered.
PATIENCE = 3


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is being filled in.

    key: names it for good, so that it is submitted once. values: of details by name, "" for one
    that was left out. asked: the detail that was asked last. stage: asking for a detail, confirming
    all of them, showing what looks alike, or asking which detail is to be changed.
    wrong: how often in a row an answer was none. unlike: what looks alike is known to be another.
    """

    automation: str
    key: str
    values: Mapping[str, Value] = field(default_factory=dict)
    asked: str = ""
    stage: Stage = "asking"
    wrong: int = 0
    unlike: bool = False

    def to_json(self) -> dict[str, Any]:
        """Write it as a JSON object."""
        return {
            "automation": self.automation,
            "key": self.key,
            "values": dict(self.values),
            "asked": self.asked,
            "stage": self.stage,
            "wrong": self.wrong,
            "unlike": self.unlike,
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> Form:
        """Read it back."""
        return cls(**{name: written[name] for name in cls.__slots__ if name in written})


@dataclass(frozen=True, slots=True)
class Said:
    """What a citizen did. text: as written. action: of ours, "" for words. value: that came with
    an action of kind "input". nation: whose bank holidays days are named by."""

    text: str
    at: datetime
    language: str
    action: str = ""
    value: Any = None
    nation: str = "england"

    def read(self, detail: Detail, words: str = "") -> Value | Wrong:
        """Read a detail in the words, by default in all of them."""
        text = words or self.text
        return read(detail, text, at=self.at, language=self.language, nation=self.nation)

    def find(self, detail: Detail) -> Value | None:
        """Find a detail that nobody asked for in the words."""
        return find(detail, self.text, at=self.at, language=self.language, nation=self.nation)


@dataclass(frozen=True, slots=True)
class Moved:
    """The form goes on. taken: details that were understood just now; wrong: why one was not."""

    form: Form
    taken: tuple[str, ...] = ()
    wrong: Wrong | None = None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The citizen has confirmed what was read back."""

    form: Form


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The citizen wants no more of it."""


@dataclass(frozen=True, slots=True)
class KnownAlready:
    """It is the one that somebody else has reported."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Somebody else deals with what was chosen."""

    choice: Choice


@dataclass(frozen=True, slots=True)
class Aside:
    """What was said is no part of the form, which waits meanwhile."""


Outcome = Moved | Confirmed | Cancelled | KnownAlready | Elsewhere | Aside


def begin(automation: Automation, key: str, said: Said) -> Moved | Elsewhere:
    """Open a form with what was said already."""
    form = Form(automation.name, key)
    found = _found(automation, form, said)
    return _ended_elsewhere(automation, form, found) or _next(automation, form, found)


def go_on(automation: Automation, form: Form, said: Said) -> Outcome:
    """Take a form one turn further."""
    if said.action:
        return _act(automation, form, said)
    if cancels(said.text):
        return Cancelled()
    if goes_back(said.text):
        return _back(automation, form)
    return _change(automation, form, said) or _heard(automation, form, said)


def _heard(automation: Automation, form: Form, said: Said) -> Outcome:
    match form.stage:
        case "asking":
            return _answered(automation, form, said)
        case "alike":
            return _judged(automation, form, said)
        case _:
            return _checked(automation, form, said)


def _act(automation: Automation, form: Form, said: Said) -> Outcome:
    """Do what an action stands for. The caller has made sure that it was offered."""
    verb, _, rest = said.action.partition(":")
    name, _, value = rest.partition(":")
    detail = automation.detail(name)
    if detail is not None:
        return _act_on(automation, form, detail, verb, value, said)
    outcomes: dict[tuple[str, str], Outcome] = {
        ("confirm", "confirming"): _confirmed(automation, form),
        ("same", "alike"): KnownAlready(),
        ("different", "alike"): _next(automation, replace(form, unlike=True), {}),
        ("cancel", form.stage): Cancelled(),
        ("back", form.stage): _back(automation, form),
    }
    return outcomes.get((verb, form.stage), Aside())


def _act_on(
    automation: Automation, form: Form, detail: Detail, verb: str, value: str, said: Said
) -> Outcome:
    """Do what an action stands for that is about one detail."""
    match verb:
        case "change":
            return Moved(replace(form, stage="asking", asked=detail.name, wrong=0))
        case "skip" if detail.optional:
            return _next(automation, form, {detail.name: ""})
        case "set":
            return _take(automation, form, detail, value, said)
        case "answer":
            return _take(automation, form, detail, said.value, said)
    return Aside()


def _take(automation: Automation, form: Form, detail: Detail, value: Any, said: Said) -> Outcome:
    """Read a value that came with an action as strictly as one in words."""
    got = _value(detail, value, said)
    if isinstance(got, Wrong):
        wrong = form.wrong + 1 if form.asked == detail.name else 1
        return Moved(replace(form, asked=detail.name, stage="asking", wrong=wrong), wrong=got)
    form = replace(form, asked=detail.name)
    found = {detail.name: got}
    return _ended_elsewhere(automation, form, found) or _next(automation, form, found)


def _value(detail: Detail, value: Any, said: Said) -> Value | Wrong:
    if detail.kind == "photo":
        held = isinstance(value, str) and _UPLOAD.fullmatch(value)
        return value if held else Wrong("photo")
    if detail.kind == "location" and isinstance(value, Mapping):
        value = f"{value.get('latitude')}, {value.get('longitude')}"
    if detail.kind == "yes_no" and value in (True, False, "true", "false"):
        return value in (True, "true")
    if not isinstance(value, str):
        return Wrong("empty")
    return said.read(detail, value) if value else Wrong("empty")


def _answered(automation: Automation, form: Form, said: Said) -> Outcome:
    """Take a message as the answer to what was asked, or find what else it says."""
    detail = automation.detail(form.asked)
    if detail is None:
        return _next(automation, form, {})
    if detail.optional and declines(said.text, said.language):
        return _next(automation, form, {detail.name: ""})
    asks = is_question(said.text)
    if asks and detail.kind in AS_THEY_COME:
        return Aside()
    got = said.read(detail)
    others = _found(automation, form, said, but=detail.name)
    if not isinstance(got, Wrong) and not (others and _is_only_a_number(detail, said.text)):
        found = {detail.name: got}
        ended = _ended_elsewhere(automation, form, found)
        return ended or _next(automation, form, {**others, **found})
    if others or not isinstance(got, Wrong):
        return _next(automation, form, others)
    return Aside() if asks else Moved(replace(form, wrong=form.wrong + 1), wrong=got)


def _is_only_a_number(detail: Detail, text: str) -> bool:
    """Tell a number or an e-mail address and nothing else, where words were asked for."""
    return detail.kind == "text" and not re.search(r"[^\W\d_]{2,}", re.sub(r"\S+@\S+", " ", text))


def _change(automation: Automation, form: Form, said: Said) -> Moved | None:
    """Go back to a detail that the citizen wants to change, or take what it is changed to.

    While another detail is asked for, only words that open so mean that: "actually, the blue one".
    """
    opens = form.stage == "asking"
    first = changes_first(said.text)
    if not first and (opens or not changes(said.text) or is_question(said.text)):
        return None
    said = replace(said, text=after_no(said.text))
    known = [one for one in automation.wanted(form.values) if one.name in form.values]
    found = {one.name: value for one in known if (value := said.find(one)) is not None}
    if not found and (words := changed_to(said.text)):
        read = {one.name: said.read(one, words) for one in known if one.kind in PLAIN}
        found = {name: value for name, value in read.items() if not isinstance(value, Wrong)}
    new = {name: value for name, value in found.items() if value != form.values[name]}
    if len(new) == 1:
        return _next(automation, form, new)
    named = [one for one in known if _names(one, said)]
    if len(named) != 1:
        return None
    words = changed_to(said.text)
    got = said.read(named[0], words) if words else Wrong("empty")
    if not isinstance(got, Wrong):
        return _next(automation, form, {named[0].name: got})
    return Moved(replace(form, stage="asking", asked=named[0].name, wrong=0))


def _checked(automation: Automation, form: Form, said: Said) -> Outcome:
    """Take a message as what the citizen says to the details that were read back."""
    if form.stage == "changing":
        named = [one for one in automation.wanted(form.values) if _names(one, said)]
        if len(named) == 1:
            return Moved(replace(form, stage="asking", asked=named[0].name, wrong=0))
    elif says_yes(said.text):
        return _confirmed(automation, form)
    if says_no(said.text):
        return Moved(replace(form, stage="changing", wrong=0))
    if is_question(said.text):
        return Aside()
    return Moved(replace(form, wrong=form.wrong + 1), wrong=Wrong("confirm"))


def _judged(automation: Automation, form: Form, said: Said) -> Outcome:
    """Take a message as whether what looks alike is the same."""
    if says_same(said.text):
        return KnownAlready()
    if says_different(said.text):
        return _next(automation, replace(form, unlike=True), {})
    if is_question(said.text):
        return Aside()
    return Moved(replace(form, wrong=form.wrong + 1), wrong=Wrong("alike"))


def _back(automation: Automation, form: Form) -> Moved:
    """Ask again what was asked before; its answer counts until it is given anew."""
    wanted = [one.name for one in automation.wanted(form.values)]
    at = wanted.index(form.asked) if form.stage == "asking" and form.asked in wanted else None
    earlier = wanted[:at] if at is not None else wanted
    known = [name for name in earlier if name in form.values]
    asked = known[-1] if known else form.asked or wanted[0]
    return Moved(replace(form, stage="asking", asked=asked, wrong=0))


def _next(automation: Automation, form: Form, found: Mapping[str, Value]) -> Moved:
    """Take details in, and ask for the next that is missing, or have all confirmed."""
    values = {**form.values, **found}
    # What was said under a condition that no longer holds must not be sent.
    for _ in automation.details:
        wanted = {one.name for one in automation.wanted(values)}
        values = {name: value for name, value in values.items() if name in wanted}
    missing = automation.missing(values)
    taken = tuple(name for name in found if name in values)
    if missing:
        asked = missing[0].name
        return Moved(replace(form, values=values, asked=asked, stage="asking", wrong=0), taken)
    moved = replace(form, values=values, asked="", stage="confirming", wrong=0)
    changed = {automation.same_place, automation.same_kind} & set(taken)
    return Moved(replace(moved, unlike=moved.unlike and not changed), taken)


def _found(automation: Automation, form: Form, said: Said, but: str = "") -> dict[str, Value]:
    """Find the details that a message gives without having been asked for them.

    but: what it was asked for. Other details of its kind are not looked for in the same words, and
    what two details would take from the same words is neither's.
    """
    asked = automation.detail(but)
    taken = {_family(asked)} if asked is not None else set()
    found: dict[str, Value] = {}
    for _ in automation.details:
        # What one detail says decides whether another counts.
        for one in automation.missing({**form.values, **found}):
            if _family(one) in taken:
                continue
            value = said.find(one)
            if value is not None:
                found[one.name] = value
                break
        else:
            break
    return {**_unshared(automation, found), **_moves(automation, form, found, said)}


def _family(detail: Detail) -> str:
    """Name what a detail's words may be mistaken for: an address is a place as well."""
    if detail.kind in ("choice", "yes_no", "text"):
        return detail.name
    return "address" if detail.kind == "location" else detail.kind


def _unshared(automation: Automation, found: Mapping[str, Value]) -> dict[str, Value]:
    """Keep the details that take their words alone."""
    families = [_family(one) for one in automation.details if one.name in found]
    return {
        one.name: found[one.name]
        for one in automation.details
        if one.name in found and families.count(_family(one)) == 1
    }


def _moves(
    automation: Automation, form: Form, found: Mapping[str, Value], said: Said
) -> dict[str, Value]:
    """Fill an old and a new address from "from 1 Mill Lane to 2 Mill Lane"."""
    missing = automation.missing({**form.values, **found})
    addresses = [one.name for one in missing if one.kind == "address"]
    if len(addresses) != 2 or not (addresses[0].startswith("old_")):
        return {}
    if addresses[1] != f"new_{addresses[0].removeprefix('old_')}":
        return {}
    return dict(zip(addresses, find_move(said.text), strict=False))


def _ended_elsewhere(
    automation: Automation, form: Form, found: Mapping[str, Value]
) -> Elsewhere | None:
    for name, value in found.items():
        detail = automation.detail(name)
        choice = detail.choice(value) if detail and detail.kind == "choice" else None
        if choice is not None and choice.body:
            return Elsewhere(choice)
    return None


def _confirmed(automation: Automation, form: Form) -> Confirmed | Moved:
    """Take a confirmation; what the council asks for since the form was begun is asked first."""
    missing = automation.missing(form.values)
    return _next(automation, form, {}) if missing else Confirmed(form)


def _names(detail: Detail, said: Said) -> bool:
    """Tell whether a message names a detail by a word of its label."""
    text = set(re.findall(r"\w{3,}", said.text.casefold()))
    labels = [*detail.labels.values(), detail.name.replace("_", " ")]
    words: set[str] = set()
    for label in labels:
        words.update(re.findall(r"\w{3,}", label.casefold()))
    return bool((words - _IN_MANY_LABELS) & text)


_UPLOAD = re.compile(r"[A-Za-z0-9_-]{8,64}")
_IN_MANY_LABELS = frozenset(
    "the your you and for what which when where number kind type eich".split()
)


def known(automation: Automation, form: Form) -> Sequence[Detail]:
    """List the details that are known, in the order in which they are read back."""
    return [one for one in automation.wanted(form.values) if form.values.get(one.name, "") != ""]

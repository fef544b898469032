"""A form as a conversation: what was said takes it one turn further.

Pure: nothing here reads a clock, a database or a message's meaning beyond the form's own words. What
is no part of the form is handed back, and the conversation goes on with the form still open.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from chatbot.automation import Automation, Choice, Detail, Value
from chatbot.details import Wrong, declines, find, read

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
    an action of kind "input"."""

    text: str
    at: datetime
    language: str
    action: str = ""
    value: Any = None


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
    command = _command(said.text)
    if command == "cancel":
        return Cancelled()
    if command == "back":
        return _back(automation, form)
    if form.stage == "asking":
        return _answered(automation, form, said)
    if form.stage == "alike":
        return _judged(automation, form, said)
    return _checked(automation, form, said)


def _act(automation: Automation, form: Form, said: Said) -> Outcome:
    """Do what an action stands for. The caller has made sure that it was offered."""
    verb, _, rest = said.action.partition(":")
    detail = automation.detail(rest.partition(":")[0])
    match verb:
        case "cancel":
            return Cancelled()
        case "back":
            return _back(automation, form)
        case "confirm" if form.stage == "confirming" and _complete(automation, form):
            return Confirmed(form)
        case "same" if form.stage == "alike":
            return KnownAlready()
        case "different" if form.stage == "alike":
            return _next(automation, replace(form, unlike=True), {})
        case "change" if detail is not None:
            return Moved(replace(form, stage="asking", asked=detail.name, wrong=0))
        case "skip" if detail is not None and detail.optional:
            return _next(automation, form, {detail.name: ""})
        case "set" if detail is not None and (choice := rest.partition(":")[2]):
            return _take(automation, form, detail, choice, said)
        case "answer" if detail is not None:
            return _take(automation, form, detail, said.value, said)
    return Aside()


def _take(automation: Automation, form: Form, detail: Detail, value: Any, said: Said) -> Outcome:
    """Read a value that came with an action as strictly as one in words."""
    got = _value(detail, value, said)
    if isinstance(got, Wrong):
        return Moved(replace(form, asked=detail.name, stage="asking"), wrong=got)
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
        return Wrong("text")
    return read(detail, value, at=said.at, language=said.language)


def _answered(automation: Automation, form: Form, said: Said) -> Outcome:
    """Take a message as the answer to what was asked, or find what else it says."""
    detail = automation.detail(form.asked)
    if detail is None:
        return _next(automation, form, {})
    if (change := _change(automation, form, said)) is not None:
        return change
    if detail.optional and declines(said.text, said.language):
        return _next(automation, form, {detail.name: ""})
    asks = is_question(said.text)
    if asks and detail.kind in ("text", "address", "location"):
        return Aside()
    got = read(detail, said.text, at=said.at, language=said.language)
    if not isinstance(got, Wrong):
        found = {detail.name: got}
        if ended := _ended_elsewhere(automation, form, found):
            return ended
        return _next(automation, form, {**_found(automation, form, said, but=detail.name), **found})
    others = _found(automation, form, said, but=detail.name)
    if others:
        return _next(automation, form, others)
    if asks:
        return Aside()
    return Moved(replace(form, wrong=form.wrong + 1), wrong=got)


def _change(automation: Automation, form: Form, said: Said) -> Moved | None:
    """Go back to a detail that the citizen wants to change, or take what it is changed to.

    While another detail is asked for, only words that open so mean that: "actually, the blue one".
    """
    opens = form.stage == "asking"
    if not (_CHANGES_FIRST.match(said.text.strip()) if opens else _CHANGES.search(said.text)):
        return None
    known = [one for one in automation.wanted(form.values) if one.name in form.values]
    new = {}
    for one in known:
        value = find(one, said.text, at=said.at, language=said.language)
        if value is not None and value != form.values[one.name]:
            new[one.name] = value
    if len(new) == 1:
        return _next(automation, form, new)
    named = [one for one in known if _names(one, said)]
    if len(named) != 1:
        return None
    words = _CHANGED_TO.search(said.text)
    value = words and read(named[0], words[1], at=said.at, language=said.language)
    if value is not None and not isinstance(value, Wrong):
        return _next(automation, form, {named[0].name: value})
    return Moved(replace(form, stage="asking", asked=named[0].name, wrong=0))


def _checked(automation: Automation, form: Form, said: Said) -> Outcome:
    """Take a message as what the citizen says to the details that were read back."""
    if (change := _change(automation, form, said)) is not None:
        return change
    if form.stage == "changing":
        named = [one for one in automation.wanted(form.values) if _names(one, said)]
        if len(named) == 1:
            return Moved(replace(form, stage="asking", asked=named[0].name, wrong=0))
    elif _YES.fullmatch(_bare(said.text)) and _complete(automation, form):
        return Confirmed(form)
    if _NO.fullmatch(_bare(said.text)):
        return Moved(replace(form, stage="changing", wrong=0))
    if is_question(said.text):
        return Aside()
    return Moved(replace(form, wrong=form.wrong + 1), wrong=Wrong("confirm"))


def _judged(automation: Automation, form: Form, said: Said) -> Outcome:
    """Take a message as whether what looks alike is the same."""
    bare = _bare(said.text)
    if _YES.fullmatch(bare) or _SAME.fullmatch(bare):
        return KnownAlready()
    if _NO.fullmatch(bare) or _DIFFERENT.search(bare):
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
    """Find the details that a message gives without having been asked for them."""
    found: dict[str, Value] = {}
    for _ in automation.details:
        # What one detail says decides whether another counts.
        for one in automation.missing({**form.values, **found}):
            if one.name == but:
                continue
            value = find(one, said.text, at=said.at, language=said.language)
            if value is not None:
                found[one.name] = value
                break
        else:
            return found
    return found


def _ended_elsewhere(
    automation: Automation, form: Form, found: Mapping[str, Value]
) -> Elsewhere | None:
    for name, value in found.items():
        detail = automation.detail(name)
        choice = detail.choice(value) if detail and detail.kind == "choice" else None
        if choice is not None and choice.body:
            return Elsewhere(choice)
    return None


def _complete(automation: Automation, form: Form) -> bool:
    return not automation.missing(form.values)


def _names(detail: Detail, said: Said) -> bool:
    """Tell whether a message names a detail by a word of its label."""
    text = set(re.findall(r"\w{3,}", said.text.casefold()))
    labels = [*detail.labels.values(), detail.name.replace("_", " ")]
    words: set[str] = set()
    for label in labels:
        words.update(re.findall(r"\w{3,}", label.casefold()))
    return bool((words - _IN_MANY_LABELS) & text)


def is_question(text: str) -> bool:
    """Tell whether a message asks something, by its form."""
    return text.rstrip().endswith("?") or bool(_ASKS.match(text.strip()))


def _command(text: str) -> str:
    bare = _bare(text)
    if _CANCEL.fullmatch(bare):
        return "cancel"
    return "back" if _BACK.fullmatch(bare) else ""


def _bare(text: str) -> str:
    return " ".join(re.sub(r"[^\w' ]+", " ", text.casefold().replace("’", "'")).split())


_UPLOAD = re.compile(r"[A-Za-z0-9_-]{8,64}")
_PLEASE = r"(?: please| thanks| thank you| now| os gwelwch yn dda)*"
_CANCEL = re.compile(
    r"(?:no |ok |please |just |can you |i want to |i'd like to |lets |let's )*"
    r"(?:cancel(?: (?:it|this|that|the form|my report|report|request|everything|the whole thing))?"
    r"|stop(?: (?:it|this|the form|here))?|quit|exit|abort|forget (?:it|about it|this)"
    r"|never ?mind|(?:i )?(?:don't|dont|do not) want (?:to do )?(?:this|it)(?: any ?more)?"
    r"|i(?:'ve| have) changed my mind|(?:don't|dont|do not) (?:bother|send (?:it|this|anything))"
    r"|leave it|canslo|canslwch|stopiwch|peidiwch|anghofiwch(?: e)?)" + _PLEASE
)
_BACK = re.compile(
    r"(?:no |ok |please |can (?:i|we) |i want to )*(?:go back|back|previous|undo|one back"
    r"|back a step|go back a step|step back|the question before|yn ôl|nôl|ewch yn ôl)" + _PLEASE
)
_YES = re.compile(
    r"(?:yes|yep|yeah|yup|ye|aye|ok|okay|sure|correct|confirm(?:ed)?|right|fine|perfect|great"
    r"|(?:that'?s|it'?s|that is|it is|all|its|thats) (?:all )?(?:right|correct|fine|good|ok|okay)"
    r"|(?:all |looks |that looks )(?:good|fine|ok|okay|right|correct)|go ahead|send(?: it)?|submit"
    r"|(?:send|submit) (?:it|this|that)|please do|do it|definitely|indeed|i confirm"
    r"|ydw|ie|iawn|cywir|oes|anfonwch(?: e)?|cadarnhau|mae'n iawn)"
    r"(?: (?:yes|please|that'?s (?:right|correct|fine|it)|thats (?:right|correct|fine|it)|it is"
    r"|send(?: it)?|submit(?: it)?|go ahead|correct|thanks|thank you|ta|mate|do|confirm"
    r"|all (?:good|correct|right)|looks (?:good|right|fine)|os gwelwch yn dda|diolch))*"
)
_NO = re.compile(
    r"(?:no|nope|nah|na|not (?:yet|right|quite|correct)|wrong|that'?s (?:not right|wrong)"
    r"|it'?s (?:not right|wrong)|incorrect|something(?: is|'s)? wrong|nage|nac ydw|naddo|ddim yn iawn)"
    r"(?: (?:that'?s (?:wrong|not right)|it'?s (?:wrong|not right)|not yet|wrong|thanks|sorry"
    r"|it isn'?t|something(?: is|'s)? wrong))*"
)
_SAME = re.compile(
    r"(?:it(?:'?s| is) |that'?s |probably |i think so )*(?:the )?same(?: one)?|yr un"
)
_DIFFERENT = re.compile(r"\b(?:different|another|not the same|new one|gwahanol|arall)\b")
_CHANGES = re.compile(
    r"\b(?:change|edit|correct|amend|fix|wrong|mistake|actually|sorry|meant|mean|instead|should be"
    r"|should have been|not right|rather|update|newid|anghywir|camgymeriad)\b|^no\b",
    re.I,
)
_CHANGES_FIRST = re.compile(
    r"(?:oh|oops|wait|hang on|hold on|sorry|no)?[ ,.!]*(?:can i |could i |i want to |i need to |i'd like to"
    r" |please |let me )?(?:change|edit|correct|amend|actually|i meant|i mean|sorry|i made a mistake"
    r"|made a mistake|that'?s wrong|wrong|newid)\b|(?:the|my) (?:\w+ ){1,3}(?:is|was) (?:wrong|not right)"
    r"|(?:oops|sorry|no)\b",
    re.I,
)
_CHANGED_TO = re.compile(
    r"\b(?:to|is|should be|should have been|meant|it's|its|i|yn)\s+(.{1,200}?)\s*[.!]*$", re.I
)
_ASKS = re.compile(
    r"(?:(?:and|but|so|ok|okay|wait|hang on|hold on|sorry|also|btw|by the way|before that|first"
    r"|just|erm|um)[ ,]+)*"
    r"(?:how|what|whats|when|whens|where|wheres|which|who|whos|why|whose|can (?:i|you|we|they|u)"
    r"|could (?:i|you|we)|do (?:i|you|we|they|u)|does|did (?:you|they)|is (?:it|there|this|that|the)"
    r"|are (?:you|there|they|we|the)|will (?:you|it|they|i|there|the)|would (?:you|it)"
    r"|should (?:i|we)|am i|have (?:you|i to)|has|must i|pryd|sut|ble|beth|pam|pwy|faint|a oes"
    r"|oes modd|ydych chi|ga i|alla i)\b",
    re.I,
)
_IN_MANY_LABELS = frozenset(
    "the your you and for what which when where number kind type eich".split()
)


def known(automation: Automation, form: Form) -> Sequence[Detail]:
    """List the details that are known, in the order in which they are read back."""
    return [one for one in automation.wanted(form.values) if form.values.get(one.name, "") != ""]

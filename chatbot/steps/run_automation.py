"""Do a task in the conversation: open its form, take it further, submit it once it is confirmed.

Begun only by what a citizen says or presses, never by a page or a language model; submitted only by
the confirmation of what was read back.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

import structlog

from chatbot.automation import (
    KINDS,
    Automation,
    Detail,
    Finding,
    Lookup,
    Now,
    Send,
    Value,
    in_language,
)
from chatbot.commands import cancels, goes_on, switches
from chatbot.council import Council
from chatbot.details import Wrong, find, show
from chatbot.form import (
    AS_THEY_COME,
    PATIENCE,
    Aside,
    Cancelled,
    Confirmed,
    Elsewhere,
    Form,
    KnownAlready,
    Moved,
    Outcome,
    Said,
    begin,
    go_on,
    known,
)
from chatbot.hours import in_london, spoken_date
from chatbot.messages import as_markdown
from chatbot.records.cases import Case, CaseBook, NewCase
from chatbot.records.transaction import RecordsDown
from chatbot.steps.check_question import plain
from chatbot.steps.route import SURE
from chatbot.threads import in_thread
from chatbot.types import Action, Answer, Draft, Question, Status
from chatbot.wanted import Wanted

log = structlog.get_logger(__name__)

# A form that nothing was said to for so long is left alone; it is offered again for so many days.
LEFT_AFTER = timedelta(minutes=30)
KEPT_FOR = timedelta(days=7)
# What a message may be in the middle of a form that takes words as they come.
_TURNED_AWAY = (Status.HANDOVER_REQUESTED, Status.REFUSED_ATTACK)
# How surely it has to be that, for an answer may use such words: "cancel the fine and say sorry".
_SURELY_TURNED_AWAY = 0.9
# What a question about one of the council's own tasks is not, whatever else it sounds like.
_NOT_OURS = (
    Status.REFUSED_LEGAL_ADVICE,
    Status.REFUSED_MEDICAL_ADVICE,
    Status.REFUSED_IMMIGRATION_ADVICE,
    Status.REFUSED_OTHER_BODY,
    Status.REFUSED_OFF_TOPIC,
)
# How surely it has to be about it.
_OURS = 0.8
# Why an answer is asked again that may have been none: any other reason has read something in it.
_UNREAD = (*KINDS, "empty", "question", "unsure", "two", "confirm", "alike")
# How surely a message asks for another task that turns away from an open form, and in how many
# words at least: "my bins" and a number out of place are answers gone wrong.
_SURE_OF_ANOTHER = 0.9
_WORDS_FOR_ANOTHER = 2

# Without vowels, which keeps words out; O and I are how people write 0 and 1.
REFERENCE = re.compile(r"\b([A-Za-z]{2,4})[- ]?([0-9B-DF-HJ-NP-TV-ZIOilo]{6})\b", re.I)
_ASKS_FOR_STATE = re.compile(
    r"\b(?:what(?:'?s| is| has|s)? (?:happen(?:ed|ing)|become|the (?:status|progress))"
    r"|any (?:news|update)|(?:status|progress|update) (?:of|on|for)|track|chas(?:e|ing)"
    r"|beth ddigwyddodd)\b"
    r"(?=.{0,60}\b(?:report|request|case|reference|application|form|complaint|adroddiad|cais)\b)",
    re.I,
)

_CALL = re.compile(
    r"\b(?:call ?-?back|(?:call|ring|phone) me|(?:phone|ring|call) (?:me )?about|phone call"
    r"|to (?:phone|ring|call) me|alwad yn ôl|fy ffonio)\b",
    re.I,
)


class FindWanted(Protocol):
    """Tell which automation a message is about, the likeliest first. Sync, for the processor."""

    def __call__(self, text: str, language: str) -> Sequence[Wanted]: ...


class LookUp(Protocol):
    """Answer a lookup in Markdown, with what can be done next. Sync, reads a file."""

    def __call__(
        self, automation: Automation, values: Mapping[str, Any], question: Question
    ) -> tuple[tuple[str, ...], tuple[Action, ...]]: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What tasks are done with: the forms on offer, who finds them, where cases are kept."""

    offers: tuple[Automation, ...]
    find: FindWanted
    cases: CaseBook
    look_up: LookUp
    new_key: Callable[[], str] = secrets.token_hex

    def offer(self, name: str) -> Automation | None:
        return next((one for one in self.offers if one.name == name), None)

    def asks_for_task(self, text: str, language: str) -> tuple[float, bool]:
        """Tell how surely a message is about one of the tasks, and whether it asks for it; a fault
        of the finder is a no."""
        try:
            found = self.find(text, language)
        except Exception as fault:
            log.error("wanted_failed", fault=type(fault).__name__)
            return 0.0, False
        return max((one.sure for one in found), default=0.0), any(one.request for one in found)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the records keep between two messages.

    form: that is being filled in. touched: when it was last spoken to. kept: one that was left.
    """

    form: Form | None = None
    touched: datetime | None = None
    kept: Form | None = None
    kept_since: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """Write it as a JSON object, {} where nothing waits."""
        written: dict[str, Any] = {}
        for name, form, since in (
            ("form", self.form, self.touched),
            ("kept", self.kept, self.kept_since),
        ):
            if form is not None and since is not None:
                written[name] = {**form.to_json(), "since": since.isoformat()}
        return written

    @classmethod
    def from_json(cls, written: Mapping[str, Any] | None, at: datetime) -> Waiting:
        """Read it back; a form that was left alone waits aside, and one that is too old is gone."""
        form, touched = _read(written or {}, "form")
        kept, since = _read(written or {}, "kept")
        if form is not None and touched is not None and at - touched > LEFT_AFTER:
            form, touched, kept, since = None, None, form, touched
        if since is not None and at - since > KEPT_FOR:
            kept, since = None, None
        return cls(form, touched, kept, since)


def _read(written: Mapping[str, Any], name: str) -> tuple[Form | None, datetime | None]:
    one = written.get(name)
    if not one:
        return None, None
    return Form.from_json(one), datetime.fromisoformat(one["since"])


async def run_automation(draft: Draft, *, council: Council, desk: Desk | None) -> Draft | Answer:
    """Take the open form a turn further, open another, or say what became of a case."""
    question = draft.question
    if desk is None or not desk.offers or question.pending is None:
        return draft
    if len(question.text) > council.limits.message_characters:
        return draft
    try:
        return await in_thread(_Turn(draft, council, desk).play)
    except RecordsDown:
        return _Turn(draft, council, desk).down()


def resume_form(answer: Answer, draft: Draft, council: Council, desk: Desk | None) -> Answer:
    """Under an answer to something else, offer the forms it is about, or go on with the open one.

    Not to someone in danger, who reads the reviewed words and nothing else.
    """
    question = draft.question
    if desk is None or question.pending is None or answer.pending is not None:
        return answer
    if answer.status.family in ("safety", "error"):
        return answer
    given = {one.id for one in answer.actions}
    offers = tuple(one for one in draft.actions if one.id not in given)
    answer = replace(answer, actions=(*answer.actions, *offers))
    return _Turn(draft, council, desk).resumed(answer) if question.pending else answer


def _is_unread(wrong: Wrong | None) -> bool:
    """Tell whether a message was no answer at all, and may be about something else."""
    return wrong is not None and wrong.key in _UNREAD


class _Turn:
    """One message to a council that has forms on offer."""

    def __init__(self, draft: Draft, council: Council, desk: Desk) -> None:
        self.draft = draft
        self.council = council
        self.desk = desk
        question = self.question = draft.question
        self.at = question.at
        self.language = question.language
        self.waiting = Waiting.from_json(question.pending, question.at)
        self.playing: Form | None = None
        self.text = plain(question.unmasked.reveal() if question.unmasked else question.text)

    @cached_property
    def wanted(self) -> Sequence[Wanted]:
        """Which automations the message is about; what finds them is asked once."""
        return self.desk.find(self.text, self.language)

    def play(self) -> Draft | Answer:
        """Do what the message says."""
        if self.question.taken and (answer := self._taken(self.question.taken.id)):
            return answer
        if case := self._case_asked_for():
            return case
        form = self.waiting.form or (self.waiting.kept if self.question.taken else None)
        automation = self.desk.offer(form.automation) if form else None
        if form is not None and automation is not None:
            return self._go_on(automation, form, self._said())
        return self._maybe_begin()

    def resumed(self, answer: Answer) -> Answer:
        """Put the open question under an answer, or the offer to go on with what was left."""
        form = self.waiting.form
        automation = self.desk.offer(form.automation) if form else None
        if form is not None and automation is not None:
            shown = self._shown(automation, form)
            line = self._words("form.resume", title=self._title(automation))
            return replace(
                answer,
                blocks=(*answer.blocks, *line, *shown.blocks),
                actions=(*answer.actions, *shown.actions),
                also=(*answer.also, shown.status),
                pending=replace(self.waiting, touched=self.at).to_json(),
            )
        return self._offering_kept(answer)

    def down(self) -> Answer:
        """Say that the records are down; the form stays as it was, to be sent again."""
        answer = self.council.say(Status.ERROR_COUNCIL_SYSTEM, self.language, at=self.at)
        form = self.waiting.form
        automation = self.desk.offer(form.automation) if form else None
        if form is None or automation is None or form.stage == "alike":
            return answer
        shown = self._shown(automation, form)
        return replace(
            shown,
            status=answer.status,
            blocks=(*answer.blocks, *shown.blocks),
            also=(shown.status,),
        )

    def _said(self) -> Said:
        taken = self.question.taken
        if taken is None:
            return Said(self.text, self.at, self.language, nation=self.council.nation)
        name = taken.id.partition(":")[2]
        return Said(
            "", self.at, self.language, taken.id, taken.values.get(name), self.council.nation
        )

    def _taken(self, action: str) -> Answer | None:
        """Do what an action outside the open form stands for."""
        verb, _, name = action.partition(":")
        if verb == "start" and (automation := self.desk.offer(name)):
            said = Said("", self.at, self.language)
            return self._begin(automation, said)
        kept = self.waiting.kept
        if verb == "resume" and kept and (automation := self.desk.offer(kept.automation)):
            self.waiting = Waiting(kept, self.at, self.waiting.form, self.waiting.touched)
            return self._shown(automation, kept)
        return None

    def _go_on(self, automation: Automation, form: Form, said: Said) -> Draft | Answer:
        self.playing = form
        if answer := self._looked_up_there(automation, form):
            return answer
        outcome = go_on(automation, form, said)
        if isinstance(outcome, Confirmed) and not said.action and not self._was_read_back():
            return self._shown(automation, form)
        aside = isinstance(outcome, Aside)
        if said.action:
            return self._shown(automation, form) if aside else self._told(automation, form, outcome)
        wrong = isinstance(outcome, Moved) and _is_unread(outcome.wrong)
        detail = automation.detail(form.asked)
        as_they_come = detail is not None and detail.kind in AS_THEY_COME
        if (aside or wrong or as_they_come) and self._turned_away():
            return self.draft
        if (aside or wrong or switches(self.text)) and (other := self._other(automation)):
            return self._switch(form, other)
        return self._asked_about() if aside else self._told(automation, form, outcome)

    def _asked_about(self) -> Draft:
        """Hand on a question; one about a task on offer is the council's to answer."""
        return self._without_refusals(self.draft, self.wanted)

    def _without_refusals(self, draft: Draft, wanted: Sequence[Wanted]) -> Draft:
        if all(one.sure < _OURS for one in wanted):
            return draft
        signs = {one: sign for one, sign in draft.signs.items() if one not in _NOT_OURS}
        return replace(draft, signs=signs)

    def _was_read_back(self) -> bool:
        """Tell whether the answer before this message, which may say yes to it, was the details."""
        if not self.question.history:
            return True
        last = self.question.history[-1].answer
        return Status.CLARIFY_CONFIRM in (last.status, *last.also)

    def _turned_away(self) -> bool:
        """Tell whether a message is one that no form takes for its own."""
        least = _SURELY_TURNED_AWAY if self.playing else SURE
        return any(self.draft.signs.get(one, 0.0) >= least for one in _TURNED_AWAY)

    def _other(self, automation: Automation) -> Automation | None:
        """Find another task that is asked for beyond doubt."""
        wanted = self.wanted
        best = wanted[0] if len(wanted) == 1 and wanted[0].request else None
        if best is None or best.automation == automation.name or best.sure < _SURE_OF_ANOTHER:
            return None
        if len(re.findall(r"[^\W\d_]{2,}(?![\w.]*@)", self.text)) < _WORDS_FOR_ANOTHER:
            return None
        return self.desk.offer(best.automation)

    def _switch(self, form: Form, other: Automation) -> Answer:
        left = self.desk.offer(form.automation)
        self.waiting = Waiting(kept=form, kept_since=self.at)
        answer = self._begin(other, self._said())
        title = self._title(left) if left else ""
        line = self._words("form.kept", title=title, limit=str(KEPT_FOR.days))
        return replace(answer, blocks=(*line, *answer.blocks))

    def _maybe_begin(self) -> Draft | Answer:
        if self.waiting.kept and cancels(self.text):
            self.playing = self.waiting.kept
            return self._end(self.council.say(Status.ANSWERED_CANCELLED, self.language))
        if goes_on(self.text) and (answer := self._taken("resume")):
            return answer
        if self._turned_away():
            return self._called_back()
        wanted = self.wanted
        asked = [
            one.automation for one in wanted if one.request or self._can_look_up(one.automation)
        ]
        if not asked:
            offering = self._with_offers([one.automation for one in wanted])
            return self._without_refusals(offering, wanted)
        if len(asked) == 1 and (automation := self.desk.offer(asked[0])):
            return self._begin(automation, self._said())
        return Answer(
            Status.CLARIFY_UNCLEAR,
            self._words("form.which_task"),
            actions=self._starts(asked),
            pending=self.waiting.to_json(),
        )

    def _called_back(self) -> Draft | Answer:
        """Open the form for a call where one is asked for, and offer it to who wants a person."""
        automation = self.desk.offer("call_back")
        if automation is None or self.draft.signs.get(Status.HANDOVER_REQUESTED, 0.0) < SURE:
            return self.draft
        if _CALL.search(self.text):
            return self._begin(automation, self._said())
        return self._with_offers([automation.name])

    def _can_look_up(self, name: str) -> bool:
        """Tell whether a message gives what a lookup needs, which sends nothing, just answers."""
        one = self.desk.offer(name)
        key = one.detail(one.does.key) if one and isinstance(one.does, Lookup) else None
        if key is None:
            return False
        return find(key, self.text, at=self.at, language=self.language) is not None

    def _with_offers(self, names: Sequence[str]) -> Draft:
        return replace(self.draft, actions=(*self.draft.actions, *self._starts(names)))

    def _starts(self, names: Sequence[str]) -> tuple[Action, ...]:
        offers = [one for name in names if (one := self.desk.offer(name))]
        return tuple(Action(f"start:{one.name}", "reply", self._title(one)) for one in offers)

    def _begin(self, automation: Automation, said: Said) -> Answer:
        form = self.waiting.form
        if form is not None and form.automation != automation.name:
            self.waiting = Waiting(kept=form, kept_since=self.at)
        self.playing = None
        outcome = begin(automation, self.desk.new_key(), said)
        answer = self._told(automation, Form(automation.name, ""), outcome)
        if answer.status.family != "clarify":
            return answer
        return replace(
            answer, blocks=(f"**{as_markdown('', self._title(automation))}**", *answer.blocks)
        )

    def _told(self, automation: Automation, before: Form, outcome: Outcome) -> Answer:
        """Say what came of a turn."""
        match outcome:
            case Moved(form, taken, wrong):
                return self._moved(automation, before, form, taken, wrong)
            case Confirmed(form):
                return self._submit(automation, form)
            case Cancelled():
                return self._end(self.council.say(Status.ANSWERED_CANCELLED, self.language))
            case KnownAlready():
                words = self._words("form.known_already")
                return self._end(Answer(Status.ANSWERED_BY_AUTOMATION, words))
            case Elsewhere(choice):
                return self._end(self._elsewhere(choice.body, choice.body_url))
        raise TypeError(outcome)

    def _elsewhere(self, body: str, url: str) -> Answer:
        link = Action("body", "link", body, url=url)
        return self.council.say(
            Status.REFUSED_OTHER_BODY,
            self.language,
            at=self.at,
            actions=(link,) if url else (),
            body=body,
            body_url=url,
        )

    def _moved(
        self,
        automation: Automation,
        before: Form,
        form: Form,
        taken: Sequence[str],
        wrong: Wrong | None,
    ) -> Answer:
        early = self._finding(automation, form) if form.stage == "asking" and taken else None
        if early is not None and early.ends:
            return self._ended_by(early)
        if form.stage == "confirming" and not wrong:
            if isinstance(automation.does, Lookup):
                return self._looked_up(automation, form)
            if finding := self._checked(automation, form):
                return finding
            if alike := self._alike(automation, form):
                form = replace(form, stage="alike")
                return self._show_alike(automation, form, alike)
        answer = self._shown(automation, form)
        above: tuple[str, ...] = ()
        if wrong is not None and isinstance(automation.does, Lookup) and form.values:
            # Which of the addresses there is meant was asked, not the postcode.
            wrong = Wrong("address")
        if wrong is not None:
            above = self._words(f"form.wrong.{wrong.key}", **dict(wrong.values))
            answer = replace(answer, actions=_with_error(answer.actions, "\n".join(above)))
            if form.wrong >= PATIENCE:
                above += self._words("form.patience")
        elif form.stage == "asking":
            beside = [name for name in taken if name != before.asked]
            if beside:
                said = ", ".join(self._value(automation, form, name) for name in beside)
                above = self._words("form.understood", what=said)
        also = (Status.HANDOVER_OFFERED,) if form.wrong >= PATIENCE else ()
        return replace(answer, blocks=(*above, *answer.blocks), also=also)

    def _shown(self, automation: Automation, form: Form) -> Answer:
        """Ask what the form waits for."""
        if isinstance(automation.does, Lookup) and not automation.missing(form.values):
            return self._looked_up(automation, form)
        if form.stage == "asking":
            detail = automation.detail(form.asked)
            assert detail is not None
            return self._ask(automation, form, detail)
        if form.stage == "alike":
            return self._show_alike(automation, form, self._alike(automation, form))
        changes = tuple(
            Action(f"change:{one.name}", "reply", self._label("change", detail=self._name(one)))
            for one in known(automation, form)
        )
        cancel = Action("cancel", "reply", self._label("cancel"))
        if form.stage == "changing":
            words = self._words("form.which_change")
            return self._asking(Status.CLARIFY_DETAILS_NEEDED, form, words, (*changes, cancel))
        confirm = Action("confirm", "reply", self._label("confirm"))
        words = (*self._words(Status.CLARIFY_CONFIRM), self._summary(automation, form))
        return self._asking(Status.CLARIFY_CONFIRM, form, words, (confirm, *changes, cancel))

    def _ask(self, automation: Automation, form: Form, detail: Detail) -> Answer:
        question = in_language(detail.questions, self.language)
        hint = in_language(detail.hints, self.language)
        blocks = tuple(as_markdown("", one) for one in (question, hint) if one)
        actions: list[Action] = []
        if detail.kind == "choice":
            actions += [
                Action(
                    f"set:{detail.name}:{one.value}",
                    "reply",
                    in_language(one.labels, self.language),
                )
                for one in detail.choices
            ]
        elif detail.kind == "yes_no":
            actions += [
                Action(f"set:{detail.name}:yes", "reply", show(detail, True, self.language)),
                Action(f"set:{detail.name}:no", "reply", show(detail, False, self.language)),
            ]
        else:
            actions.append(self._input(detail, question, hint))
        if detail.optional:
            actions.append(Action(f"skip:{detail.name}", "reply", self._label("skip")))
        if form.values:
            actions.append(Action("back", "reply", self._label("back")))
        actions.append(Action("cancel", "reply", self._label("cancel")))
        return self._asking(Status.CLARIFY_DETAILS_NEEDED, form, blocks, tuple(actions))

    def _input(self, detail: Detail, question: str, hint: str) -> Action:
        today = in_london(self.at)
        about: dict[str, Any] = {
            "name": detail.name,
            "kind": detail.kind,
            "label": question,
            "hint": hint,
            "required": not detail.optional,
        }
        if detail.kind == "text":
            about["characters"] = detail.characters
        for name, days in (("earliest", detail.earliest), ("latest", detail.latest)):
            if detail.kind == "date" and days is not None:
                about[name] = (today + timedelta(days=days)).isoformat()
        return Action(f"answer:{detail.name}", "input", self._name(detail), input=about)

    def _summary(self, automation: Automation, form: Form) -> str:
        rows = (
            f"- **{as_markdown('', label)}**: {as_markdown('', said)}"
            for label, said in self._read_back(automation, form)
        )
        return "\n".join(rows)

    def _read_back(self, automation: Automation, form: Form) -> tuple[tuple[str, str], ...]:
        return tuple(
            (self._name(one), " ".join(self._show(one, form.values[one.name]).split()))
            for one in known(automation, form)
        )

    def _checked(self, automation: Automation, form: Form) -> Answer | None:
        """Say what the automation finds in all details together."""
        finding = self._finding(automation, form)
        if finding is None:
            return None
        if finding.ends:
            return self._ended_by(finding)
        words = in_language(finding.words, self.language)
        answer = self._shown(automation, form)
        return replace(answer, blocks=(words, *answer.blocks))

    def _finding(self, automation: Automation, form: Form) -> Finding | None:
        """Let the automation look at the details so far."""
        if automation.check is None:
            return None
        now = Now(self.at, in_london(self.at), self.language, nation=self.council.nation)
        return automation.check(form.values, now)

    def _ended_by(self, finding: Finding) -> Answer:
        words = in_language(finding.words, self.language)
        return self._end(Answer(Status.ANSWERED_BY_AUTOMATION, (words,)))

    def _alike(self, automation: Automation, form: Form) -> Case | None:
        """Find what somebody has reported at the same place."""
        if not automation.same_place or form.unlike:
            return None
        place, kind = self._place(automation, form)
        if not place:
            return None
        found = self.desk.cases.alike(self.council.slug, automation.name, place, kind)
        return found[0] if found else None

    def _place(self, automation: Automation, form: Form) -> tuple[str, str]:
        value = form.values.get(automation.same_place, "")
        words = value.get("words", "") if isinstance(value, Mapping) else str(value)
        kind = str(form.values.get(automation.same_kind, ""))
        return " ".join(re.findall(r"\w+", words.casefold())), kind

    def _show_alike(self, automation: Automation, form: Form, case: Case | None) -> Answer:
        if case is None:
            return self._shown(automation, replace(form, stage="confirming"))
        names = {automation.same_place, automation.same_kind} - {""}
        labels = {self._name(one) for one in automation.details if one.name in names}
        what = ", ".join(said for label, said in case.shown if label in labels)
        words = self._words(
            "form.alike", what=what, day=spoken_date(in_london(case.opened), self.language)
        )
        actions = (
            Action("same", "reply", self._label("same")),
            Action("different", "reply", self._label("different")),
            Action("cancel", "reply", self._label("cancel")),
        )
        return self._asking(Status.CLARIFY_DETAILS_NEEDED, form, words, actions)

    def _submit(self, automation: Automation, form: Form) -> Answer:
        """Keep the case with its delivery; again with the same form it is the same case."""
        does = automation.does
        place, kind = self._place(automation, form) if automation.same_place else ("", "")
        case = self.desk.cases.open(
            NewCase(
                council=self.council.slug,
                key=form.key,
                automation=automation.name,
                language=self.language,
                details={name: value for name, value in form.values.items() if value != ""},
                shown=self._read_back(automation, form),
                conversation=self.question.conversation,
                supplier=does.supplier if isinstance(does, Send) else "",
                service=does.service if isinstance(does, Send) else "",
                attributes=does.attributes if isinstance(does, Send) else None,
                place=place,
                kind=kind,
            )
        )
        if done := in_language(automation.done, self.language):
            said = done.replace("{reference}", case.reference)
            words = tuple(line.strip() for line in said.splitlines() if line.strip())
        else:
            words = self._words(Status.ANSWERED_BY_AUTOMATION, reference=case.reference)
        return self._end(Answer(Status.ANSWERED_BY_AUTOMATION, words))

    def _looked_up(self, automation: Automation, form: Form) -> Answer:
        blocks, actions = self.desk.look_up(automation, form.values, self.question)
        if any(one.kind == "reply" for one in actions):
            assert isinstance(automation.does, Lookup)
            # Which of several is meant: the form stays open for it.
            again = replace(form, stage="asking", asked=automation.does.key)
            cancel = Action("cancel", "reply", self._label("cancel"))
            status = Status.CLARIFY_DETAILS_NEEDED
            return self._asking(status, again, blocks, (*actions, cancel))
        return self._end(Answer(Status.ANSWERED_BY_AUTOMATION, blocks, actions=actions))

    def _looked_up_there(self, automation: Automation, form: Form) -> Answer | None:
        """Look up again with one of the addresses that the last answer named, None for none."""
        does, taken = automation.does, self.question.taken
        if not isinstance(does, Lookup) or automation.missing(form.values):
            return None
        said = taken.id.removeprefix("look:") if taken else self.text
        if not said or (taken and said == taken.id):
            return None
        values = {**form.values, does.key: f"{form.values[does.key]} {said}"}
        blocks, actions = self.desk.look_up(automation, values, self.question)
        if any(one.kind == "reply" for one in actions):
            return None
        return self._end(Answer(Status.ANSWERED_BY_AUTOMATION, blocks, actions=actions))

    def _case_asked_for(self) -> Answer | None:
        """Say what became of a case that is named by its reference."""
        for found in REFERENCE.finditer(self.text):
            case = self.desk.cases.find(self.council.slug, "".join(found.groups()))
            if case is not None:
                return self._state(case)
        unknown = REFERENCE.fullmatch(self.text.strip(" .!?")) and "-" in self.text
        if not unknown and not _ASKS_FOR_STATE.search(self.text):
            return None
        return Answer(Status.CLARIFY_DETAILS_NEEDED, self._words("form.ask_reference"))

    def _state(self, case: Case) -> Answer:
        automation = self.desk.offer(case.automation)
        words = self._words(
            "form.case",
            title=self._title(automation) if automation else case.automation,
            reference=case.reference,
            day=spoken_date(in_london(case.opened), self.language),
        )
        words += self._words(f"form.state.{case.state}")
        if case.told:
            words += (as_markdown("", case.told),)
        return Answer(Status.ANSWERED_BY_AUTOMATION, words)

    def _asking(
        self, status: Status, form: Form, blocks: tuple[str, ...], actions: tuple[Action, ...]
    ) -> Answer:
        waiting = replace(self._without(form), form=form, touched=self.at)
        return Answer(status, blocks, actions=actions, pending=waiting.to_json())

    def _without(self, form: Form | None) -> Waiting:
        """Give what waits beside a form."""
        waiting = replace(self.waiting, form=None, touched=None)
        kept = waiting.kept
        same = form is not None and kept is not None and kept.key == form.key
        return Waiting() if same else waiting

    def _end(self, answer: Answer) -> Answer:
        """Close the form; one that was left for it is offered again."""
        self.waiting = self._without(self.playing)
        return self._offering_kept(replace(answer, pending=self.waiting.to_json()))

    def _offering_kept(self, answer: Answer) -> Answer:
        kept = self.waiting.kept
        automation = self.desk.offer(kept.automation) if kept else None
        if automation is None:
            return answer
        label = self._label("resume", title=self._title(automation))
        resume = Action("resume", "reply", label)
        return replace(answer, actions=(*answer.actions, resume), pending=self.waiting.to_json())

    def _value(self, automation: Automation, form: Form, name: str) -> str:
        detail = automation.detail(name)
        value = form.values.get(name, "")
        return self._show(detail, value) if detail and value != "" else ""

    def _show(self, detail: Detail, value: Value) -> str:
        # A picture is kept by its id, which says nothing to anybody.
        photo = detail.kind == "photo"
        return self._label("photo") if photo else show(detail, value, self.language)

    def _title(self, automation: Automation) -> str:
        return in_language(automation.titles, self.language)

    def _name(self, detail: Detail) -> str:
        return in_language(detail.labels, self.language)

    def _label(self, key: str, **values: str) -> str:
        return self.council.label(key, self.language, **values)

    def _words(self, key: str, **values: str) -> tuple[str, ...]:
        return self.council.words(key, self.language, at=self.at, **values)


def _with_error(actions: Sequence[Action], words: str) -> tuple[Action, ...]:
    """Say at the input itself why its value was wrong, for whoever shows it as a field."""
    return tuple(
        replace(one, input={**one.input, "error": words}) if one.kind == "input" else one
        for one in actions
    )

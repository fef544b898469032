"""The nouns of the chatbot. A step takes a Draft and returns a fuller Draft, or an Answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal

from knowledge_base.types import Match


class Status(StrEnum):
    """How a question ended. The value starts with its family; its words are data."""

    ANSWERED_FROM_PAGES = "answered.from_pages"
    ANSWERED_PARTLY = "answered.partly"
    ANSWERED_BY_AUTOMATION = "answered.by_automation"
    ANSWERED_CANCELLED = "answered.cancelled"
    ANSWERED_SMALL_TALK = "answered.small_talk"
    CLARIFY_DETAILS_NEEDED = "clarify.details_needed"
    CLARIFY_CONFIRM = "clarify.confirm"
    CLARIFY_UNCLEAR = "clarify.unclear"
    SAFETY_EMERGENCY_LIFE = "safety.emergency_life"
    SAFETY_CHILD_SAFEGUARDING = "safety.child_safeguarding"
    SAFETY_ADULT_SAFEGUARDING = "safety.adult_safeguarding"
    SAFETY_DOMESTIC_ABUSE = "safety.domestic_abuse"
    SAFETY_HOMELESS_TONIGHT = "safety.homeless_tonight"
    SAFETY_SUICIDE_SELF_HARM = "safety.suicide_self_harm"
    SAFETY_GAS_CO = "safety.gas_co"
    SAFETY_POWER_ELECTRICAL = "safety.power_electrical"
    SAFETY_FLOODING = "safety.flooding"
    SAFETY_HATE_CRIME = "safety.hate_crime"
    SAFETY_MODERN_SLAVERY = "safety.modern_slavery"
    SAFETY_OOH_COUNCIL_EMERGENCY = "safety.ooh_council_emergency"
    HANDOVER_REQUESTED = "handover.requested"
    HANDOVER_OFFERED = "handover.offered"
    REFUSED_LEGAL_ADVICE = "refused.legal_advice"
    REFUSED_MEDICAL_ADVICE = "refused.medical_advice"
    REFUSED_IMMIGRATION_ADVICE = "refused.immigration_advice"
    REFUSED_POLITICAL_OPINION = "refused.political_opinion"
    REFUSED_ELECTION_PERIOD = "refused.election_period"
    REFUSED_COUNCILLOR_COMPLAINT = "refused.councillor_complaint"
    REFUSED_PERSONAL_CASE_DATA = "refused.personal_case_data"
    REFUSED_OTHER_BODY = "refused.other_body"
    REFUSED_OFF_TOPIC = "refused.off_topic"
    REFUSED_ATTACK = "refused.attack"
    REFUSED_TOO_LONG = "refused.too_long"
    UNANSWERABLE_NO_PASSAGES = "unanswerable.no_passages"
    UNANSWERABLE_NOT_IN_PASSAGES = "unanswerable.not_in_passages"
    ERROR_TOO_SLOW = "error.too_slow"
    ERROR_MODEL = "error.model"
    ERROR_COUNCIL_SYSTEM = "error.council_system"
    ERROR_UNEXPECTED = "error.unexpected"

    @property
    def family(self) -> str:
        return self.value.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a claim is said. quote: verbatim from the passage at url. number: its mark, from 1."""

    number: int
    url: str
    title: str
    headings: tuple[str, ...]
    quote: str


@dataclass(frozen=True, slots=True)
class Action:
    """Something a citizen can do next.

    kind: "link" (url), "reply" (sent back by its id), "input" (sent back by its id with a value
    under the `name` of its input), or "leave" (a link that takes whoever is watched to a harmless
    page, and lets the widget clear what was said).
    """

    id: str
    kind: Literal["link", "reply", "input", "leave"]
    label: str
    url: str = ""
    input: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of an answer, Markdown, with the passage it rests on and its exact words.

    text: what is said, without citation marks. quote: verbatim from the passage.
    against: id of the passage that says otherwise of the same thing, and counts; "" for none.
    """

    text: str
    passage_id: str
    quote: str
    against: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """How one question ended, ready to be shown.

    blocks: Markdown with citation marks `[1]`, one checked piece each, in order.
    also: further statuses that hold, `status` being the most specific.
    pending: what a form waits for from now on, {} for nothing; None where no form had a part in it.
    """

    status: Status
    blocks: tuple[str, ...]
    citations: tuple[Citation, ...] = ()
    actions: tuple[Action, ...] = ()
    also: tuple[Status, ...] = ()
    pending: Mapping[str, Any] | None = None

    @property
    def text(self) -> str:
        return "\n\n".join(self.blocks)


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation, from our own records."""

    message: str
    answer: Answer


class Unmasked:
    """A message as it was written, which nothing that logs, traces or stores gets to see."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Give the text, to what reads personal details because the citizen was asked for them."""
        return self._text

    def __repr__(self) -> str:
        return "Unmasked(…)"


@dataclass(frozen=True, slots=True)
class Taken:
    """An action that the last answer offered, taken. values: by the `name` of its input."""

    id: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """What a citizen asked.

    text: the message, masked. unmasked: as it was written. taken: an action instead of words.
    history: earlier turns, oldest first; from our records, so that a client cannot forge it.
    pending: what an automation still waits for, as the records keep it, {} for nothing; None where
    nothing can be kept, and so no automation runs.
    language: BCP 47 tag of the answer's fixed words, one of the council's.
    at: when it was asked, aware; decides which of the council's numbers is answered now.
    masked: kinds of personal data that marks such as [phone] stand for in text.
    conversation: its id in the records, "" where nothing is kept.
    """

    text: str
    language: str = "en"
    history: tuple[Turn, ...] = ()
    pending: Mapping[str, Any] | None = field(default=None, repr=False)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    masked: frozenset[str] = frozenset()
    unmasked: Unmasked | None = field(default=None, repr=False, compare=False)
    taken: Taken | None = field(default=None, repr=False)
    conversation: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A question on its way to an answer; each step returns a fuller one.

    text: the question as it is searched for: personal data left out, a follow-up made whole.
    degraded: some part was down and a lesser one stood in for it.
    vague: it says what is wanted, such as a price, but not of what.
    signs: how surely the message is of each class that is not a question about the pages, 0 to 1.
    perhaps: dangers that are likely without being sure, the likeliest first.
    above: blocks that stand over the answer, whatever it is.
    left_out: the writer left out a claim that its passage does not bear out.
    tell: hears of the draft each time that a further claim of it has been checked.
    """

    question: Question
    text: str
    matches: tuple[Match, ...] = ()
    claims: tuple[Claim, ...] = ()
    actions: tuple[Action, ...] = ()
    degraded: bool = False
    signs: Mapping[Status, float] = field(default_factory=dict)
    perhaps: tuple[Status, ...] = ()
    above: tuple[str, ...] = ()
    vague: bool = False
    left_out: bool = False
    tell: Callable[[Draft], None] | None = field(default=None, repr=False, compare=False)


Step = Callable[[Draft], Awaitable[Draft | Answer]]


@dataclass(frozen=True, slots=True)
class Run:
    """One question played through the steps. seconds: by step name, in order."""

    answer: Answer
    draft: Draft
    seconds: Mapping[str, float]

    @property
    def degraded(self) -> bool:
        return self.draft.degraded

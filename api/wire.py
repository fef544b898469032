"""The shapes that go over the wire. Each has an example, which the tests send and receive."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    model_validator,
)

from chatbot.automation import Kind
from chatbot.records.cases import CaseState
from chatbot.records.written import clean
from chatbot.types import Action, Citation, Status

# A council's own limit answers with words where to turn; this one only keeps the schema finite.
MESSAGE_CHARACTERS = 100_000
COMMENT_CHARACTERS = 2_000
QUERY_CHARACTERS = 1_000


def _cleaned(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


def something(text: str) -> str:
    if not text.strip():
        raise ValueError("Write something: there is nothing to answer.")
    return text.strip()


def _is_none(value: Any) -> bool:
    return value is None


Cleaned = BeforeValidator(_cleaned)
Id = Annotated[str, Cleaned, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
LanguageTag = Annotated[str, Cleaned, Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]
Said = Annotated[
    str,
    Cleaned,
    Field(min_length=1, max_length=MESSAGE_CHARACTERS),
    AfterValidator(something),
]

CITATION: dict[str, Any] = {
    "number": 1,
    "url": "https://www.exampleton.example/bins/missed#report",
    "title": "Missed bin collections",
    "headings": ["Report a missed bin"],
    "quote": "Report a missed bin within two working days of the collection day.",
}
ANSWER: dict[str, Any] = {
    "conversation_id": "5f0c6d3a9b1e4c7d8a2b3c4d5e6f7081",
    "conversation_secret": "Qm9vay1vZi1rZWxscy1hbmQtb3RoZXItdGhpbmdz",
    "message_id": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    "status": "answered.from_pages",
    "also": [],
    "text": "Report a missed bin within two working days of the collection day. [1]",
    "html": "<p>Report a missed bin within two working days of the collection day. [1]</p>",
    "citations": [CITATION],
    "actions": [
        {
            "id": "read_more",
            "kind": "link",
            "label": "Read more: Missed bin collections",
            "url": "https://www.exampleton.example/bins/missed",
        }
    ],
    "degraded": False,
    "seconds": {"total": 0.143, "find_passages": 0.061, "write_answer": 0.044},
}
INPUT: dict[str, Any] = {
    "name": "collection_date",
    "kind": "date",
    "label": "When should it have been emptied?",
    "hint": "For example, 27 March or last Thursday.",
    "required": True,
    "earliest": "2026-02-28",
    "latest": "2026-03-02",
}
FORM_ANSWER: dict[str, Any] = {
    "conversation_id": ANSWER["conversation_id"],
    "message_id": "1b2c3d4e5f60718293a4b5c6d7e8f90a",
    "status": "clarify.details_needed",
    "also": [],
    "text": "When should it have been emptied?\n\nFor example, 27 March or last Thursday.",
    "html": "<p>When should it have been emptied?</p>"
    "<p>For example, 27 March or last Thursday.</p>",
    "citations": [],
    "actions": [
        {
            "id": "answer:collection_date",
            "kind": "input",
            "label": "Collection date",
            "input": INPUT,
        },
        {"id": "back", "kind": "reply", "label": "Go back"},
        {"id": "cancel", "kind": "reply", "label": "Stop, send nothing"},
    ],
    "degraded": False,
    "seconds": {"total": 0.021, "run_automation": 0.004},
}
LATER_ANSWER = {key: value for key, value in ANSWER.items() if key != "conversation_secret"}


class Wire(BaseModel):
    """What goes out."""

    model_config = ConfigDict(frozen=True)


class Asked(BaseModel):
    """What comes in; a key nobody knows is a mistake worth telling."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ActionTaken(Asked):
    """One of the actions an answer offered, sent back."""

    id: Annotated[str, Cleaned, Field(min_length=1, max_length=200)]
    values: dict[str, JsonValue] = Field(
        default_factory=dict,
        max_length=20,
        description="For an action of kind `input`: what was filled in, under its `name`. Text as "
        'it was written; a location also as `{"latitude": …, "longitude": …}`; a photo by the '
        "`upload_id` of its upload.",
    )


class ChatRequest(Asked):
    """What a citizen says: a message, or an action that an answer offered."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"message": "My bin was not emptied, what can I do?"},
                {
                    "message": "And for the garden waste bin?",
                    "conversation_id": ANSWER["conversation_id"],
                    "language": "en",
                },
                {
                    "action": {"id": "confirm"},
                    "conversation_id": ANSWER["conversation_id"],
                },
                {
                    "action": {
                        "id": "answer:collection_date",
                        "values": {"collection_date": "last Thursday"},
                    },
                    "conversation_id": ANSWER["conversation_id"],
                },
            ],
            "oneOf": [{"required": ["message"]}, {"required": ["action"]}],
        }
    )

    message: Said | None = Field(None, description="Plain text.")
    action: ActionTaken | None = None
    conversation_id: Id | None = Field(
        None, description="Goes on with a conversation; needs the header Conversation-Secret."
    )
    language: LanguageTag | None = Field(
        None, description="One of the council's languages; its first one by default."
    )

    @model_validator(mode="after")
    def _one_thing(self) -> ChatRequest:
        if (self.message is None) == (self.action is None):
            raise ValueError("Send either a message or an action.")
        return self


class CitationOut(Wire):
    """Where something in the answer is said."""

    number: int = Field(description="The mark in the text: 1 for `[1]`.")
    url: str
    title: str
    headings: list[str]
    quote: str = Field(description="Verbatim from the council's page.")


class ReplyOut(Wire):
    """What a reply says."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"message": "Garden waste: price"}]})

    message: str = Field(description="The message that the reply stands for.")


class InputOut(Wire):
    """What is asked for, so that it can be shown as a field."""

    model_config = ConfigDict(json_schema_extra={"examples": [INPUT]})

    name: str = Field(description="Key of the value in `values`.")
    kind: Kind = Field(description="What is asked for; later releases may add kinds: show text.")
    label: str = Field(description="The question, plain text.")
    hint: str = Field(description="Help with it, plain text; may be empty.")
    required: bool = Field(description="Where it is false, an action to skip it stands beside it.")
    characters: int | None = Field(
        None, exclude_if=_is_none, description="Of a text: how long it may be."
    )
    earliest: date | None = Field(
        None, exclude_if=_is_none, description="Of a date: the first that is taken."
    )
    latest: date | None = Field(
        None, exclude_if=_is_none, description="Of a date: the last that is taken."
    )
    error: str | None = Field(
        None,
        exclude_if=_is_none,
        description="Why the value that was sent last is not taken, Markdown; part of `text` too.",
    )


class ActionOut(Wire):
    """Something the citizen can do next."""

    id: str
    kind: Literal["link", "reply", "input", "leave"] = Field(
        description="link: go to `url`. reply: send the id back as `action`. input: send it back "
        "with the value that `input` asks for. leave: go to `url`, and clear what was said."
    )
    label: str
    url: str | None = Field(None, exclude_if=_is_none)
    input: InputOut | ReplyOut | None = Field(None, exclude_if=_is_none)


class ChatAnswer(Wire):
    """How a message ended."""

    model_config = ConfigDict(json_schema_extra={"examples": [ANSWER, LATER_ANSWER, FORM_ANSWER]})

    conversation_id: str
    conversation_secret: str | None = Field(
        None,
        exclude_if=_is_none,
        description="Only in the first reply of a conversation: keep it to go on.",
    )
    message_id: str
    status: Status = Field(description="How it ended; what stands before the dot is the family.")
    also: list[Status] = Field(description="Further statuses that hold.")
    text: str = Field(description="Markdown with citation marks like `[1]`.")
    html: str = Field(description="The text, rendered and sanitised.")
    citations: list[CitationOut]
    actions: list[ActionOut]
    degraded: bool = Field(description="Some part was down and a lesser one stood in for it.")
    seconds: dict[str, float] = Field(description="In all (`total`) and by step.")


class PassageOut(Wire):
    """A passage of one of the council's pages."""

    text: str
    url: str
    title: str
    headings: list[str]
    score: float = Field(description="Higher is better; comparable within one search only.")
    updated: date | None


class SearchAnswer(Wire):
    """The passages found, best first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "passages": [
                        {
                            "text": CITATION["quote"],
                            "url": CITATION["url"],
                            "title": CITATION["title"],
                            "headings": CITATION["headings"],
                            "score": 0.83,
                            "updated": "2026-03-02",
                        }
                    ],
                    "degraded": False,
                }
            ]
        }
    )

    passages: list[PassageOut]
    degraded: bool = Field(description="The index of meaning was down; words alone decided.")


class ContactOut(Wire):
    """How to reach the council's staff; what it does not give is empty."""

    url: str
    phone: str
    email: str
    opening_hours: str


class LookOut(Wire):
    """The colours of the widget, as #rrggbb, and its title."""

    colour: str
    text_colour: str
    title: str


COUNCIL: dict[str, Any] = {
    "id": "exampleton",
    "name": "Exampleton Borough Council",
    "nation": "england",
    "languages": ["en"],
    "website": "https://www.exampleton.example",
    "look": {"colour": "#1d70b8", "text_colour": "#ffffff", "title": ""},
    "contact": {
        "url": "https://www.exampleton.example/contact",
        "phone": "01632 960000",
        "email": "",
        "opening_hours": "Monday to Friday, 9am to 5pm",
    },
    "message_characters": 2000,
    "days_kept": 90,
    "requires_api_key": False,
}


class CouncilOut(Wire):
    """The public facts of a council."""

    model_config = ConfigDict(json_schema_extra={"examples": [COUNCIL]})

    id: str = Field(description="Stands in the addresses of this API.")
    name: str
    nation: str
    languages: list[str] = Field(description="The first one is the default.")
    website: str
    look: LookOut
    contact: ContactOut
    message_characters: int = Field(description="Longer messages are refused.")
    days_kept: int = Field(description="Days after which a message is deleted.")
    requires_api_key: bool


class CouncilList(Wire):
    """The councils that this server answers for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"councils": [COUNCIL]}]})

    councils: list[CouncilOut]


class FeedbackRequest(Asked):
    """What a citizen says of an answer; saying it again replaces it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "conversation_id": ANSWER["conversation_id"],
                    "message_id": ANSWER["message_id"],
                    "helpful": False,
                    "comment": "I asked about brown bins.",
                }
            ]
        }
    )

    conversation_id: Id
    message_id: Id
    helpful: bool = Field(strict=True)
    comment: Annotated[str, Cleaned, Field(max_length=COMMENT_CHARACTERS)] = Field(
        "", description="Personal data in it is masked before it is kept."
    )


class FeedbackOut(Wire):
    """The feedback as it was kept."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "message_id": ANSWER["message_id"],
                    "helpful": False,
                    "comment": "I asked about brown bins.",
                }
            ]
        }
    )

    message_id: str
    helpful: bool
    comment: str


EXCHANGE: dict[str, Any] = {
    "message_id": ANSWER["message_id"],
    "language": "en",
    "message": "My bin was not emptied, what can I do?",
    "accepted": "2026-03-02T09:30:00Z",
    "state": "finished",
    "answer": LATER_ANSWER,
    "feedback": None,
}


class Helpful(Wire):
    """What the citizen said of an answer."""

    helpful: bool
    comment: str


class ExchangeOut(Wire):
    """One message with its answer."""

    message_id: str
    language: str
    message: str = Field(description="With personal data masked, as it is kept.")
    accepted: datetime
    state: Literal["answering", "finished", "incomplete"] = Field(
        description="incomplete: the answer was cut off and will never come; ask again."
    )
    answer: ChatAnswer | None = Field(description="Only where the state is `finished`.")
    feedback: Helpful | None


class Transcript(Wire):
    """What was said in a conversation, oldest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "conversation_id": ANSWER["conversation_id"],
                    "council": "exampleton",
                    "messages": [EXCHANGE],
                    "next_after": None,
                }
            ]
        }
    )

    conversation_id: str
    council: str
    messages: list[ExchangeOut]
    next_after: int | None = Field(description="Where to go on, null at the end.")


class EventOut(Wire):
    """One event, as the stream sent it or would have."""

    id: int = Field(description="The cursor; grows by one with each event of the conversation.")
    event: str
    data: dict[str, Any]
    at: datetime


class EventList(Wire):
    """The events after a cursor, in order."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "events": [
                        {
                            "id": 1,
                            "event": "accepted",
                            "data": {
                                "conversation_id": ANSWER["conversation_id"],
                                "message_id": ANSWER["message_id"],
                            },
                            "at": "2026-03-02T09:30:00Z",
                        }
                    ],
                    "next_after": 1,
                    "more": False,
                }
            ]
        }
    )

    events: list[EventOut]
    next_after: int = Field(description="The cursor to ask with next.")
    more: bool = Field(description="There are more events already.")


CASE: dict[str, Any] = {
    "reference": "MISS-7K4M2Q",
    "automation": "missed_bin",
    "language": "en",
    "state": "delivered",
    "opened": "2026-03-02T09:30:00Z",
    "changed": "2026-03-02T09:30:04Z",
    "supplier": "waste",
    "their_reference": "SR-10023",
    "told": "Assigned to a crew.",
    "not_delivered": "",
}


class CaseOut(Wire):
    """A case, without what the citizen gave."""

    model_config = ConfigDict(json_schema_extra={"examples": [CASE]})

    reference: str
    automation: str
    language: str
    state: CaseState = Field(
        description="received: kept, and on its way if it has a supplier. delivered: the supplier "
        "has it. failed: it could not be delivered, and staff have to look. closed: it is done."
    )
    opened: datetime
    changed: datetime
    supplier: str = Field(description="Where it is delivered; empty for nowhere.")
    their_reference: str = Field(description="The supplier's; empty where it has given none.")
    told: str = Field(description="What the supplier, or staff, said last.")
    not_delivered: str = Field(description="Why it was not delivered, where it was not.")


class CaseList(Wire):
    """The cases of a council, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"cases": [CASE], "next_after": None}]}
    )

    cases: list[CaseOut]
    next_after: str | None = Field(description="Where to go on, null at the end.")


class LineOut(Wire):
    """A detail as it was read back to the citizen."""

    label: str
    text: str


class CaseEventOut(Wire):
    """Something that happened to a case."""

    kind: str
    words: str
    at: datetime


class CaseDetailOut(CaseOut):
    """A case with all that the citizen gave, and all that has happened to it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **CASE,
                    "details": {"bin": "rubbish", "collected": "2026-03-02"},
                    "shown": [{"label": "Bin", "text": "Rubbish"}],
                    "events": [{"kind": "opened", "words": "", "at": "2026-03-02T09:30:00Z"}],
                }
            ]
        }
    )

    details: dict[str, JsonValue] = Field(description="By name, as a machine reads them.")
    shown: list[LineOut]
    events: list[CaseEventOut]


class UploadOut(Wire):
    """A picture that was taken."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"upload_id": "3c4d5e6f708192a3b4c5d6e7f8091a2b"}]}
    )

    upload_id: str = Field(description="The value of an action that asks for a photo.")


class Alive(Wire):
    """The process answers."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "alive", "version": "1.0.0"}]}
    )

    status: Literal["alive"]
    version: str


class Ready(Wire):
    """The service can answer citizens."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "ready", "councils": {"exampleton": True}}]}
    )

    status: Literal["ready"]
    councils: dict[str, bool] = Field(description="Which councils have pages to answer from.")


class Mistake(BaseModel):
    """What is wrong, and where: in the body (pointer), the query, the path or a header."""

    pointer: str | None = None
    query: str | None = None
    path: str | None = None
    header: str | None = None
    detail: str


class ProblemOut(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = Field(description="Stable: branch on this.")
    title: str
    status: int
    detail: str | None = None
    instance: str | None = Field(None, description="Names the request in the server's log.")
    errors: list[Mistake] | None = Field(None, description="With 422.")


def citation_out(citation: Citation) -> CitationOut:
    """Show a citation."""
    return CitationOut(
        number=citation.number,
        url=citation.url,
        title=citation.title,
        headings=list(citation.headings),
        quote=citation.quote,
    )


def action_out(action: Action) -> ActionOut:
    """Show an action."""
    return ActionOut(
        id=action.id,
        kind=action.kind,
        label=action.label,
        url=action.url or None,
        input=_input_out(action),
    )


def _input_out(action: Action) -> InputOut | ReplyOut | None:
    if action.kind == "input":
        return InputOut(**action.input)
    return ReplyOut(message=str(action.input["message"])) if action.input else None

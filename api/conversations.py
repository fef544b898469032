"""What was said: transcripts, replay by cursor, feedback, and deletion."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api.chat import ConversationSecret
from api.exchange import chat_answer, masked, secret_needed, settle
from api.keys import OpenDoor, TheHouse, json_only
from api.problems import documented
from api.read_back import legible, legible_event
from api.wire import (
    ChatAnswer,
    EventList,
    EventOut,
    ExchangeOut,
    FeedbackOut,
    FeedbackRequest,
    Helpful,
    Transcript,
)
from chatbot.records import Conversation, Message
from chatbot.threads import in_thread
from chatbot.types import Draft, Question, Run

router = APIRouter(prefix="/v1/councils/{council}", tags=["conversations"])

# The largest whole number that every client's JSON and every database here can hold.
MOST = 2**31 - 1
_KINDS = (
    "key-needed",
    "secret-needed",
    "no-such-council",
    "no-such-conversation",
    "invalid",
    "unavailable",
)
_PROBLEMS = documented(*_KINDS)


async def opened(
    house: TheHouse,
    door: OpenDoor,
    id: Annotated[str, Path(description="The conversation's `conversation_id`.")],
    conversation_secret: ConversationSecret = None,
) -> Conversation:
    """Open the conversation in the address with its secret."""
    if conversation_secret is None:
        raise secret_needed()
    return await in_thread(house.conversations.open, door.council.slug, id, conversation_secret)


OpenConversation = Annotated[Conversation, Depends(opened)]


@router.get(
    "/conversations/{id}",
    operation_id="get_conversation",
    summary="Read a conversation",
    response_model_exclude_none=False,
    responses=_PROBLEMS,
)
async def get_conversation(
    house: TheHouse,
    conversation: OpenConversation,
    after: Annotated[int, Query(ge=0, le=MOST, description="`next_after` of the last page.")] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> Transcript:
    """Bring back what was said, oldest first, with personal data masked.

    Only the last answer of an open form is as the citizen read it, until the form ends.
    """

    def read() -> tuple[Message, ...]:
        settle(house, conversation)
        said = house.conversations.transcript(conversation, after, limit)
        pending = house.conversations.pending(conversation)
        return tuple(legible(message, pending) for message in said)

    messages = await in_thread(read)
    return Transcript(
        conversation_id=conversation.id,
        council=conversation.council,
        messages=[exchange_out(conversation, message) for message in messages],
        next_after=messages[-1].ordinal if len(messages) == limit else None,
    )


@router.get(
    "/conversations/{id}/events",
    operation_id="get_events",
    summary="Replay a conversation's events",
    responses=_PROBLEMS,
)
async def get_events(
    house: TheHouse,
    conversation: OpenConversation,
    after: Annotated[int, Query(ge=0, le=MOST, description="The last cursor you have seen.")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> EventList:
    """Bring what happened after a cursor: after a broken stream, nothing is missed."""

    def read() -> EventList:
        settle(house, conversation)
        events = house.conversations.events(conversation, after, limit + 1)
        pending = house.conversations.pending(conversation)
        shown = [
            EventOut(id=event.cursor, event=event.kind, data=dict(event.data), at=event.at)
            for event in (legible_event(one, pending) for one in events[:limit])
        ]
        last = shown[-1].id if shown else after
        return EventList(events=shown, next_after=last, more=len(events) > limit)

    return await in_thread(read)


@router.delete(
    "/conversations/{id}",
    operation_id="erase_conversation",
    summary="Delete a conversation",
    status_code=204,
    responses=_PROBLEMS,
)
async def erase_conversation(house: TheHouse, conversation: OpenConversation) -> Response:
    """Delete a conversation with all its messages and feedback, for good."""
    await in_thread(house.conversations.erase, conversation)
    return Response(status_code=204)


@router.post(
    "/feedback",
    operation_id="give_feedback",
    summary="Say whether an answer helped",
    dependencies=[Depends(json_only)],
    responses=documented(
        *_KINDS,
        "bad-request",
        "no-such-message",
        "too-large",
        "unsupported-media-type",
        "too-many-requests",
    ),
)
async def give_feedback(
    house: TheHouse,
    door: OpenDoor,
    said: FeedbackRequest,
    conversation_secret: ConversationSecret = None,
) -> FeedbackOut:
    """Keep what a citizen says of an answer, in place of what was said before."""
    if conversation_secret is None:
        raise secret_needed()
    comment = masked(door, said.comment)
    conversation = await in_thread(
        house.conversations.open, door.council.slug, said.conversation_id, conversation_secret
    )
    await in_thread(house.conversations.say, conversation, said.message_id, said.helpful, comment)
    return FeedbackOut(message_id=said.message_id, helpful=said.helpful, comment=comment)


def exchange_out(conversation: Conversation, message: Message) -> ExchangeOut:
    """Show one message with what became of it."""
    said = None
    if message.helpful is not None:
        said = Helpful(helpful=message.helpful, comment=message.comment)
    return ExchangeOut(
        message_id=message.id,
        language=message.language,
        message=message.text,
        accepted=message.accepted,
        state=_state(message),
        answer=_answer(conversation, message),
        feedback=said,
    )


def _state(message: Message) -> Literal["answering", "finished", "incomplete"]:
    if message.answer is not None:
        return "finished"
    return "answering" if message.ended is None else "incomplete"


def _answer(conversation: Conversation, message: Message) -> ChatAnswer | None:
    if message.answer is None:
        return None
    question = Question(message.text, message.language)
    draft = Draft(question, message.text, degraded=message.degraded)
    run = Run(message.answer, draft, message.seconds)
    return chat_answer(conversation.id, message.id, run)

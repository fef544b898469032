"""What must not be lost: conversations, their messages, events and feedback."""

from chatbot.records.conversations import (
    Accepted,
    Conversation,
    Conversations,
    Event,
    Message,
    NoConversation,
    NoMessage,
    Opened,
    Purged,
    RecordsDown,
)

__all__ = [
    "Accepted",
    "Conversation",
    "Conversations",
    "Event",
    "Message",
    "NoConversation",
    "NoMessage",
    "Opened",
    "Purged",
    "RecordsDown",
]

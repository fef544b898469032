"""What must not be lost: conversations with all that hangs on them, cases with their deliveries."""

from chatbot.records.cases import (
    Case,
    CaseBook,
    CaseEvent,
    Cases,
    DeadLetter,
    Delivery,
    NewCase,
    NoCase,
)
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
)
from chatbot.records.transaction import RecordsDown

__all__ = [
    "Accepted",
    "Case",
    "CaseBook",
    "CaseEvent",
    "Cases",
    "Conversation",
    "Conversations",
    "DeadLetter",
    "Delivery",
    "Event",
    "Message",
    "NewCase",
    "NoCase",
    "NoConversation",
    "NoMessage",
    "Opened",
    "Purged",
    "RecordsDown",
]

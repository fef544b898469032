"""Refuse a question that is too long or empty; leave the marks of personal data out of the rest."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from chatbot.council import Council
from chatbot.redact import unmarked
from chatbot.types import Answer, Draft, Status


async def check_question(draft: Draft, *, council: Council) -> Draft | Answer:
    """Bring the question into a form that later steps can rely on: short, plain, one line."""
    language = draft.question.language
    limit = council.limits.message_characters
    if len(draft.question.text) > limit:
        return council.say(Status.REFUSED_TOO_LONG, language, limit=str(limit))
    text = plain(unmarked(draft.question.text))
    if not any(character.isalnum() for character in text):
        return council.say(Status.CLARIFY_UNCLEAR, language)
    return replace(draft, text=text)


def plain(text: str) -> str:
    """Drop characters that cannot be seen (controls, zero-width, tags, half surrogates).

    They hide words from a reader of the records, and can carry orders to a language model.
    """
    composed = unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode())
    spaced = (" " if character.isspace() else character for character in composed)
    seen = (c for c in spaced if c == " " or unicodedata.category(c) not in _UNSEEN)
    return " ".join("".join(seen).split())


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})

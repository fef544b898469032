"""Take in the picture that a form asks for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import APIRouter, Request

from api.chat import ConversationSecret
from api.exchange import secret_needed
from api.house import House
from api.keys import OpenDoor, TheHouse
from api.problems import Problem, documented, unavailable
from api.wire import UploadOut
from chatbot.photos import NotAPhoto, take_in
from chatbot.records import Conversation
from chatbot.records.uploads import TooManyUploads
from chatbot.records.written import clean
from chatbot.threads import in_thread

router = APIRouter(prefix="/v1/councils/{council}", tags=["chat"])

# A picture is unpacked to 4 bytes a pixel, 200 MB at most.
_TAKEN_IN_AT_ONCE = 2
_SECONDS_WAITING = 5.0
_room = threading.BoundedSemaphore(_TAKEN_IN_AT_ONCE)

_WORDS = {
    "empty": "The file is empty.",
    "too_large": "The file is too large.",
    "not_a_picture": "Send a picture as JPEG, PNG or WebP.",
    "too_many_pixels": "The picture has too many pixels.",
    "broken": "The picture is damaged.",
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["conversation_id", "file"],
                    "properties": {
                        "conversation_id": {"type": "string"},
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "One picture: JPEG, PNG or WebP.",
                        },
                    },
                },
                "example": {
                    "conversation_id": "5f0c6d3a9b1e4c7d8a2b3c4d5e6f7081",
                    "file": "(the bytes of a picture)",
                },
            }
        },
    }
}


@router.post(
    "/uploads",
    operation_id="upload",
    summary="Send a picture",
    openapi_extra=_BODY,
    responses=documented(
        "bad-request",
        "key-needed",
        "secret-needed",
        "no-such-council",
        "no-such-conversation",
        "too-large",
        "unsupported-media-type",
        "invalid",
        "not-a-picture",
        "too-many-uploads",
        "too-many-requests",
        "unavailable",
    ),
)
async def upload(
    request: Request,
    house: TheHouse,
    door: OpenDoor,
    conversation_secret: ConversationSecret = None,
) -> UploadOut:
    """Keep a picture for the form of a conversation, without what the camera wrote into it.

    Its id is the value of the action that asks for a photo. A picture that no case takes up goes
    with its conversation.
    """
    if conversation_secret is None:
        raise secret_needed()
    texts, files = await read_form(request)
    if not texts.get("conversation_id"):
        raise _missing("conversation_id", "Send the id of the conversation.")
    if "file" not in files:
        raise _missing("file", "Send one file.")
    conversation = await in_thread(
        house.conversations.open, door.council.slug, texts["conversation_id"], conversation_secret
    )
    return UploadOut(upload_id=await keep_picture(house, conversation, files["file"]))


async def read_form(request: Request) -> tuple[dict[str, str], dict[str, bytes]]:
    """Read a form with one file: its texts, and the file that was chosen."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        words = "Send the body as multipart/form-data."
        raise Problem("unsupported-media-type", words, {"Accept": "multipart/form-data"})
    texts: dict[str, str] = {}
    files: dict[str, bytes] = {}
    async with request.form(max_files=1, max_fields=10) as form:
        for name, value in form.items():
            if isinstance(value, str):
                texts[clean(name)] = clean(value)
            elif value.filename:
                files[clean(name)] = await value.read()
    return texts, files


async def keep_picture(house: House, conversation: Conversation, data: bytes) -> str:
    """Check a picture, write it anew and keep it; gives its id. A Problem for what is none."""
    records = house.uploads
    if records is None:
        raise Problem("not-found")

    def write() -> str:
        with _waiting():
            try:
                photo = take_in(data, most_bytes=house.max_upload_bytes)
            except NotAPhoto as error:
                raise Problem("not-a-picture", _WORDS[error.why], why=error.why) from error
        try:
            return records.put(conversation, photo.media_type, photo.data)
        except TooManyUploads as error:
            raise Problem("too-many-uploads") from error

    return await in_thread(write)


@contextmanager
def _waiting() -> Iterator[None]:
    if not _room.acquire(timeout=_SECONDS_WAITING):
        raise unavailable()
    try:
        yield
    finally:
        _room.release()


def _missing(name: str, words: str) -> Problem:
    mistakes = [{"pointer": f"#/{name}", "detail": words}]
    return Problem("invalid", "See `errors` for each place and what it needs.", errors=mistakes)

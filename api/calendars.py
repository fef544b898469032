"""The days that a citizen looked up, as a calendar that a telephone keeps up to date."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.house import CouncilDoor
from api.keys import OpenDoor
from api.problems import Problem, documented
from chatbot.automation import Lookup, in_language
from chatbot.calendars import calendar
from chatbot.hours import in_london
from chatbot.lookup import look_up
from chatbot.threads import in_thread

router = APIRouter(prefix="/v1/councils/{council}/calendars", tags=["chat"])

MEDIA_TYPE = "text/calendar"
_EXAMPLE = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Town Clerk//Dates//EN
BEGIN:VEVENT
SUMMARY:Garden waste
DTSTART;VALUE=DATE:20260305
END:VEVENT
END:VCALENDAR
"""

_CALENDAR: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The days to come, each with a reminder on the evening before.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": _EXAMPLE}},
    }
}


@router.get(
    "/{automation}.ics",
    operation_id="get_calendar",
    summary="Subscribe to the days",
    response_class=Response,
    responses=_CALENDAR
    | documented(
        "key-needed",
        "no-such-council",
        "no-such-calendar",
        "invalid",
        "too-many-requests",
        "unavailable",
    ),
)
async def get_calendar(
    door: OpenDoor,
    automation: Annotated[str, Path(max_length=64, description="Name of the lookup.")],
    key: Annotated[str, Query(min_length=1, max_length=100, description="A postcode or UPRN.")],
    language: Annotated[str, Query(max_length=35, description="Of the calendar's name.")] = "en",
) -> Response:
    """Bring the days to come for a place, for a calendar to subscribe to."""
    text = await in_thread(_written, door, automation, key, language)
    headers = {
        "Content-Disposition": f'inline; filename="{automation}.ics"',
        "Cache-Control": "private, max-age=3600",
    }
    return Response(text, media_type=MEDIA_TYPE, headers=headers)


def _written(door: CouncilDoor, name: str, key: str, language: str) -> str:
    council, now = door.council, datetime.now(UTC)
    found = next((one for one in council.offers if one.name == name), None)
    if found is None or not isinstance(found.does, Lookup):
        raise Problem("no-such-calendar")
    looked = look_up(found.does, council.folder, key, in_london(now))
    if looked.state in ("stale", "unreadable"):
        # A calendar that is emptied for a file that is late would lose its reminders.
        raise Problem("unavailable", "The council's list of days is out of date just now.")
    if looked.state != "found":
        raise Problem("no-such-calendar", "There is nothing under this key.")
    return calendar(
        looked.found,
        of=key,
        name=f"{in_language(found.titles, language)}, {council.name}",
        host=urlsplit(council.website).hostname or council.slug,
        at=now,
    )

"""The public facts of the councils."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from api.house import CouncilDoor
from api.keys import TheHouse, council_door
from api.problems import documented
from api.wire import ContactOut, CouncilList, CouncilOut, LookOut
from chatbot.council import Council

router = APIRouter(prefix="/v1/councils", tags=["councils"])


@router.get("", operation_id="list_councils", summary="List the councils")
async def list_councils(house: TheHouse) -> CouncilList:
    """List the councils that this server answers for."""
    return CouncilList(councils=[council_out(door.council) for door in house.councils.values()])


@router.get(
    "/{council}",
    operation_id="get_council",
    summary="Look at one council",
    responses=documented("no-such-council", "invalid"),
)
async def get_council(door: Annotated[CouncilDoor, Depends(council_door)]) -> CouncilOut:
    """Bring the public facts of a council: its languages, its contact, the look of its widget."""
    return council_out(door.council)


def council_out(council: Council) -> CouncilOut:
    """Show what everybody may know of a council, and no more."""
    contact, look = council.contact, council.look
    return CouncilOut(
        id=council.slug,
        name=council.name,
        nation=council.nation,
        languages=list(council.languages),
        website=council.website,
        look=LookOut(colour=look.colour, text_colour=look.text_colour, title=look.title),
        contact=ContactOut(
            url=contact.url,
            phone=contact.phone,
            email=contact.email,
            opening_hours=contact.opening_hours,
        ),
        message_characters=council.limits.message_characters,
        days_kept=council.days_kept,
        requires_api_key=council.require_api_key,
    )

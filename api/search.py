"""Search a council's pages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator

from api.keys import OpenDoor, TheHouse
from api.problems import documented
from api.wire import QUERY_CHARACTERS, Cleaned, PassageOut, SearchAnswer, something
from chatbot.threads import in_thread
from knowledge_base.types import Match

router = APIRouter(prefix="/v1/councils/{council}", tags=["search"])

Wanted = Annotated[
    str,
    Cleaned,
    Query(min_length=1, max_length=QUERY_CHARACTERS, description="What to look for."),
    AfterValidator(something),
]


@router.get(
    "/search",
    operation_id="search",
    summary="Find passages",
    responses=documented(
        "key-needed", "no-such-council", "invalid", "too-many-requests", "unavailable"
    ),
)
async def search(
    house: TheHouse,
    door: OpenDoor,
    q: Wanted,
    limit: Annotated[int, Query(ge=1, le=50, description="How many at most.")] = 10,
) -> SearchAnswer:
    """Find the passages of the council's pages that answer best, in the council's own words."""
    found = await in_thread(house.search.find, door.council.slug, q, limit=limit)
    passages = [passage_out(match) for match in found.matches]
    return SearchAnswer(passages=passages, degraded=found.degraded)


def passage_out(match: Match) -> PassageOut:
    """Show a passage."""
    return PassageOut(
        text=match.text,
        url=match.url,
        title=match.title,
        headings=list(match.headings),
        score=match.score,
        updated=match.updated,
    )

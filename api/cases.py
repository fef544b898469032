"""The cases of a council, for its staff's own systems: never without one of its API keys."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.house import CouncilDoor
from api.keys import TheHouse, council_door, need_key
from api.problems import Problem, documented
from api.wire import CaseDetailOut, CaseList, CaseOut
from chatbot.records import Case, Cases, DeadLetter
from chatbot.records.cases import CaseState
from chatbot.threads import in_thread

router = APIRouter(prefix="/v1/councils/{council}/cases", tags=["cases"])

_BYTES = {"schema": {"type": "string", "format": "binary"}, "example": "(the bytes of a picture)"}
_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The picture.", "content": {"image/jpeg": _BYTES, "image/png": _BYTES}}
}
_PROBLEMS = documented("key-needed", "no-such-council", "invalid", "unavailable")


def staff_door(
    request: Request, door: Annotated[CouncilDoor, Depends(council_door)]
) -> CouncilDoor:
    """Find the council's door for its staff, who always need a key: cases name people."""
    need_key(request, door)
    return door


def case_book(house: TheHouse) -> Cases:
    """Find the cases of this installation."""
    if house.cases is None:
        raise Problem("not-found")
    return house.cases


StaffDoor = Annotated[CouncilDoor, Depends(staff_door)]
CaseBook = Annotated[Cases, Depends(case_book)]


@router.get("", operation_id="list_cases", summary="List the cases", responses=_PROBLEMS)
async def list_cases(
    door: StaffDoor,
    book: CaseBook,
    state: Annotated[CaseState | None, Query(description="Only these.")] = None,
    after: Annotated[str, Query(max_length=64, description="`next_after` of the last page.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> CaseList:
    """Bring a council's cases, newest first, with what has become of their delivery."""

    return await in_thread(list_out, book, door.council.slug, state, after, limit)


@router.get(
    "/{reference}",
    operation_id="get_case",
    summary="Read a case",
    responses=_PROBLEMS | documented("no-such-council", "no-such-case"),
)
async def get_case(
    door: StaffDoor,
    book: CaseBook,
    reference: Annotated[str, Path(max_length=64, description="However it is written.")],
) -> CaseDetailOut:
    """Bring one case with all that the citizen gave, and all that has happened to it."""

    def read() -> CaseDetailOut:
        case = book.find(door.council.slug, reference)
        if case is None:
            raise Problem("no-such-case")
        return case_detail_out(book, case)

    return await in_thread(read)


@router.get(
    "/{reference}/pictures/{id}",
    operation_id="get_case_picture",
    summary="See a picture of a case",
    response_class=Response,
    responses=_PICTURE | _PROBLEMS | documented("no-such-council", "no-such-case"),
)
async def get_case_picture(
    house: TheHouse,
    door: StaffDoor,
    reference: Annotated[str, Path(max_length=64, description="As the case has it.")],
    id: Annotated[str, Path(max_length=64, description="The value of a detail that is a photo.")],
) -> Response:
    """Bring a picture that a citizen sent with a case."""
    if house.uploads is None:
        raise Problem("not-found")
    held = await in_thread(house.uploads.of_case, door.council.slug, reference, id)
    if held is None:
        raise Problem("no-such-case")
    return Response(held.data, media_type=held.media_type, headers={"Cache-Control": "no-store"})


def list_out(
    book: Cases, council: str, state: CaseState | None, after: str, limit: int
) -> CaseList:
    """Show a council's cases, newest first, after a reference."""
    found = book.list(council, state, after=after, limit=limit)
    dead = {one.reference: one for one in book.dead(council)}
    return CaseList(
        cases=[case_out(one, dead.get(one.reference)) for one in found],
        next_after=found[-1].reference if len(found) == limit else None,
    )


def case_out(case: Case, dead: DeadLetter | None = None) -> CaseOut:
    """Show a case without what the citizen gave."""
    return CaseOut.model_validate(_about(case, dead))


def case_detail_out(book: Cases, case: Case) -> CaseDetailOut:
    """Show a case as staff need it."""
    dead = next((one for one in book.dead(case.council) if one.reference == case.reference), None)
    history = book.history(case.council, case.reference)
    given = {
        "details": case.details,
        "shown": [{"label": label, "text": text} for label, text in case.shown],
        "events": [{"kind": one.kind, "words": one.words, "at": one.at} for one in history],
    }
    return CaseDetailOut.model_validate(_about(case, dead) | given)


def _about(case: Case, dead: DeadLetter | None) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "automation": case.automation,
        "language": case.language,
        "state": case.state,
        "opened": case.opened,
        "changed": case.changed,
        "supplier": case.supplier,
        "their_reference": case.their_reference,
        "told": case.told,
        "not_delivered": dead.error if dead else "",
    }

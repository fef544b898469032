"""Whether the service lives, can answer, and how it does."""

from __future__ import annotations

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from api.house import House
from api.keys import TheHouse
from api.observe import Figures
from api.problems import Problem, documented
from api.wire import Alive, Ready
from chatbot.threads import in_thread

router = APIRouter(tags=["operations"])


@router.get("/healthz", operation_id="alive", summary="Is the process alive?")
async def alive(house: TheHouse) -> Alive:
    """Answer as long as the process does; touches nothing else."""
    return Alive(status="alive", version=house.version)


@router.get(
    "/readyz",
    operation_id="ready",
    summary="Can it answer citizens?",
    responses=documented("unavailable"),
)
async def ready(house: TheHouse) -> Ready:
    """Answer 200 while the database can be read and some council has pages."""
    councils = await in_thread(_ready, house)
    if not any(councils.values()):
        raise Problem("unavailable", "No council has pages to answer from.", councils=councils)
    return Ready(status="ready", councils=councils)


def _ready(house: House) -> dict[str, bool]:
    house.conversations.check()
    return {slug: house.search.ready(slug) for slug in house.councils}


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request) -> Response:
    """Count for this worker process alone, since it started."""
    figures: Figures = request.app.state.figures
    return Response(await in_thread(figures.text), media_type=CONTENT_TYPE_LATEST)

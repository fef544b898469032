"""What operators see, and what nobody may see."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from api.app import create_app, purge
from api.house import Size
from api.observe import log_as_json
from chatbot.records import Conversations
from tests.doors import a_client, a_council, a_house
from tests.test_api_chat import CHAT, STREAM, breaks, is_problem

SECRET_WORDS = "Wilhelmina Featherstonehaugh"


async def test_each_request_is_one_line_without_the_citizens_words(tmp_path: Path) -> None:
    with capture_logs() as lines:
        async with a_client(a_house(tmp_path)) as client:
            first = await client.post(CHAT, json={"message": SECRET_WORDS}, headers=STREAM)
            await client.get("/v1/councils/exampleton/search", params={"q": SECRET_WORDS})
            await client.get(f"/v1/{SECRET_WORDS}")
    shown = json.dumps(lines, default=str)
    assert "Wilhelmina" not in shown
    secret = first.text.partition('conversation_secret": "')[2].partition('"')[0]
    assert secret
    assert secret not in shown
    chat, search, lost = lines
    assert chat | {"seconds": 0, "request_id": ""} == {
        "event": "request",
        "log_level": "info",
        "method": "POST",
        "route": "/v1/councils/{council}/chat",
        "status": 200,
        "seconds": 0,
        "council": "exampleton",
        "answer": "answered.from_pages",
        "request_id": "",
    }
    assert search["route"] == "/v1/councils/{council}/search"
    assert lost["route"] == "unknown"


async def test_a_fault_is_logged_by_place_and_never_by_its_words(tmp_path: Path) -> None:
    with capture_logs() as lines:
        async with a_client(a_house(tmp_path, breaks)) as client:
            await client.post(CHAT, json={"message": SECRET_WORDS})
    assert "Wilhelmina" not in json.dumps(lines)
    (fault,) = [line for line in lines if line["event"] == "request_failed"]
    assert fault["fault"] == "RuntimeError"
    assert any("breaks" in place for place in fault["at"])


class Broken(Conversations):
    def open(self, *_: Any) -> Any:
        raise ZeroDivisionError(SECRET_WORDS)


async def test_a_fault_nobody_foresaw_is_a_problem_like_any_other(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    house = replace(house, conversations=Broken(house.conversations._engine))
    path = "/v1/councils/exampleton/conversations/x"
    with capture_logs() as lines:
        async with a_client(house, headers={"Conversation-Secret": "x"}) as client:
            response = await client.get(path)
            body = is_problem(response, "unexpected", 500)
            assert response.headers["x-content-type-options"] == "nosniff"
            page = await client.get(
                "/councils/exampleton/chat",
                headers={"Accept": "text/html", "Cookie": "townclerk_conversation=x.y"},
            )
    assert page.status_code == 500
    assert "01632 960000" in page.text
    assert "Wilhelmina" not in json.dumps(lines) + json.dumps(body)
    assert {line["fault"] for line in lines if "fault" in line} == {"ZeroDivisionError"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("abc-123.X", True), ("a b", False), ("x" * 65, False), ("", False), ("<x>", False)],
)
async def test_a_sane_request_id_goes_through(tmp_path: Path, sent: str, kept: bool) -> None:
    async with a_client(a_house(tmp_path)) as client:
        got = (await client.get("/healthz", headers={"X-Request-ID": sent})).headers["x-request-id"]
    assert (got == sent) is kept
    assert got


async def test_the_figures_count_answers_requests_and_pages(tmp_path: Path) -> None:
    house = replace(a_house(tmp_path), size=lambda slug: Size(pages=7, passages=21))
    async with a_client(house) as client:
        await client.post(CHAT, json={"message": "Bins?"})
        await client.post(CHAT, json={"message": "Bins?"}, headers=STREAM)
        await client.get("/v1/nothing")
        response = await client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }
    answered = (("council", "exampleton"), ("status", "answered.from_pages"))
    assert samples["townclerk_answers_total", answered] == 2
    chat = (("method", "POST"), ("route", "/v1/councils/{council}/chat"), ("status", "200"))
    assert samples["townclerk_requests_total", chat] == 2
    assert samples["townclerk_pages", (("council", "exampleton"),)] == 7
    assert samples["townclerk_passages", (("council", "exampleton"),)] == 21
    assert samples["townclerk_build_info", (("version", "1.2.3"),)] == 1
    assert samples["townclerk_step_seconds_count", (("step", "find_passages"),)] == 2


async def test_two_apps_count_apart(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    async with a_client(house) as one, a_client(house) as other:
        await one.post(CHAT, json={"message": "Bins?"})
        assert (
            'townclerk_answers_total{council="exampleton"' not in (await other.get("/metrics")).text
        )


async def test_ready_as_soon_as_one_council_has_pages(tmp_path: Path) -> None:
    both = (a_council(tmp_path, "exampleton"), a_council(tmp_path, "emptyton"))
    async with a_client(a_house(tmp_path, councils=both)) as client:
        ready = await client.get("/readyz")
        assert ready.json() == {
            "status": "ready",
            "councils": {"exampleton": True, "emptyton": False},
        }
    house = a_house(tmp_path, councils=both[1:])
    async with a_client(house) as client:
        is_problem(await client.get("/readyz"), "unavailable", 503)


def test_what_is_too_old_is_deleted_council_by_council_and_logged(tmp_path: Path) -> None:
    councils = (
        a_council(tmp_path, "exampleton", "days_kept = 10"),
        a_council(tmp_path, "otherton", "days_kept = 100"),
    )
    house = a_house(tmp_path, councils=councils)
    long_ago = datetime.now(UTC) - timedelta(days=50)
    past = Conversations(house.conversations._engine, lambda: long_ago)
    for council in councils:
        past.accept(past.begin(council.slug, "en").conversation, "Bins?")
    with capture_logs() as lines:
        purge(house)
    assert [(line["council"], line["messages"], line["conversations"]) for line in lines] == [
        ("exampleton", 1, 1)
    ]


class Steward:
    def __init__(self) -> None:
        self.heard: list[str] = []

    def start(self) -> None:
        self.heard.append("start")

    def stop(self) -> None:
        self.heard.append("stop")


async def test_work_beside_the_server_starts_and_stops_with_it(tmp_path: Path) -> None:
    steward = Steward()
    app = create_app(a_house(tmp_path), beside=steward)
    async with app.router.lifespan_context(app):
        assert steward.heard == ["start"]
    assert steward.heard == ["start", "stop"]


def test_the_log_is_json_on_standard_error() -> None:
    before = structlog.get_config()
    written = io.StringIO()
    try:
        with redirect_stderr(written):
            log_as_json("warning")
            structlog.get_logger("x").info("quiet")
            structlog.get_logger("x").warning("loud", council="exampleton")
    finally:
        structlog.reset_defaults()
        structlog.configure(**before)
    line = json.loads(written.getvalue())
    assert (line["event"], line["level"], line["council"]) == ("loud", "warning", "exampleton")

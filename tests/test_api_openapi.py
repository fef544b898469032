"""The API's description: complete, stable, and true."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from api import wire
from api.app import create_app
from api.problems import KINDS, MEDIA_TYPE, Problem
from tests.doors import a_client, a_house

OPERATIONS = {
    "chat",
    "upload",
    "get_calendar",
    "list_cases",
    "get_case",
    "get_case_picture",
    "search",
    "get_conversation",
    "get_events",
    "erase_conversation",
    "give_feedback",
    "list_councils",
    "get_council",
    "alive",
    "ready",
    "metrics",
}


@pytest.fixture
def described(tmp_path: Path) -> dict[str, Any]:
    return create_app(a_house(tmp_path)).openapi()


def operations(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in described["paths"].values():
        yield from path.values()


def test_every_operation_has_a_stable_name_and_words(described: dict[str, Any]) -> None:
    assert {one["operationId"] for one in operations(described)} == OPERATIONS
    for one in operations(described):
        assert one["summary"]
        assert one["description"]
        assert one["tags"]


def test_every_request_and_response_has_an_example(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    for one in operations(described):
        bodies = [one["requestBody"]] if "requestBody" in one else []
        for body in [*bodies, *one["responses"].values()]:
            for kind, content in body.get("content", {}).items():
                name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
                has = "example" in content or "examples" in content
                assert has or "examples" in schemas.get(name, {}) or kind == "text/plain", body


def test_every_error_is_described_as_a_problem(described: dict[str, Any]) -> None:
    for one in operations(described):
        for status, response in one["responses"].items():
            if int(status) >= 400:
                assert list(response["content"]) == [MEDIA_TYPE]
    assert "HTTPValidationError" not in described["components"]["schemas"]


def test_what_goes_to_a_council_may_go_to_one_that_is_not_there(described: dict[str, Any]) -> None:
    for path, doors in described["paths"].items():
        for one in doors.values() if "{council}" in path else ():
            told = one["responses"]["404"]["content"][MEDIA_TYPE]["examples"]
            assert "no-such-council" in told, path


def test_the_stream_is_described(described: dict[str, Any]) -> None:
    chat = described["paths"]["/v1/councils/{council}/chat"]["post"]
    content = chat["responses"]["200"]["content"]
    assert "event: done" in content["text/event-stream"]["example"]
    assert content["application/json"]["schema"]["$ref"].endswith("/ChatAnswer")


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    for reference in references(described):
        assert reference.rpartition("/")[2] in described["components"]["schemas"], reference


@pytest.mark.parametrize(
    "model",
    [one for one in vars(wire).values() if isinstance(one, type) and hasattr(one, "model_config")],
)
def test_every_example_is_valid(model: Any) -> None:
    extra = model.model_config.get("json_schema_extra") or {}
    for example in extra.get("examples", []):
        TypeAdapter(model).validate_python(example)


@pytest.mark.parametrize("kind", KINDS)
def test_every_problem_can_be_shown(kind: str) -> None:
    body = Problem(kind, "Words.").body("abc")
    assert wire.ProblemOut.model_validate(body).status == KINDS[kind][0]


async def test_councils_and_search_answer_as_described(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path)) as client:
        listed = await client.get("/v1/councils")
        one = await client.get("/v1/councils/exampleton")
        found = await client.get("/v1/councils/exampleton/search", params={"q": "bin", "limit": 3})
        for wrong in ({}, {"q": ""}, {"q": "\x00"}, {"q": "x", "limit": 0}, {"q": "x" * 1001}):
            response = await client.get("/v1/councils/exampleton/search", params=wrong)
            assert response.status_code == 422, wrong
            assert response.json()["errors"][0]["query"] in ("q", "limit")
    assert listed.json()["councils"] == [one.json()]
    assert "api_key" not in one.text.replace("requires_api_key", "")
    wire.CouncilOut.model_validate(one.json())
    (passage,) = found.json()["passages"]
    assert set(passage) == {"text", "url", "title", "headings", "score", "updated"}
    assert passage["updated"] == "2026-03-02"

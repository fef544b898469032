"""What is turned away at the door, and how the citizen is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from api.limits import client_network
from tests.doors import ScriptedBot, a_client, a_council, a_house
from tests.test_api_chat import CHAT, is_problem

WEBSITE = "https://www.exampleton.example"


async def test_too_many_requests_are_told_when_to_come_back(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path, rate_limit="2 per minute")) as client:
        left = []
        for _ in range(2):
            response = await client.post(CHAT, json={"message": "Bins?"})
            assert response.status_code == 200
            left.append(response.headers["ratelimit"])
            assert response.headers["ratelimit-policy"] == '"default";q=2;w=60'
        assert [one.split(";")[1] for one in left] == ["r=1", "r=0"]
        response = await client.post(CHAT, json={"message": "Bins?"})
        is_problem(response, "too-many-requests", 429)
        assert 0 < int(response.headers["retry-after"]) <= 60
        assert response.headers["ratelimit"].startswith('"default";r=0;t=')
        page = await client.post(
            "/councils/exampleton/chat",
            data={"message": "Bins?"},
            headers={"Accept": "text/html"},
        )
        assert page.status_code == 429
        assert "01632 960000" in page.text


async def test_councils_and_addresses_are_counted_apart(tmp_path: Path) -> None:
    councils = (a_council(tmp_path, "exampleton"), a_council(tmp_path, "otherton"))
    house = a_house(tmp_path, councils=councils, rate_limit="1 per minute")
    async with a_client(house) as client:
        for council, status in (("exampleton", 200), ("otherton", 200), ("exampleton", 429)):
            path = f"/v1/councils/{council}/search"
            assert (await client.get(path, params={"q": "bins"})).status_code == status


@pytest.mark.parametrize(
    "path", ["/healthz", "/metrics", "/v1/councils", "/councils/exampleton/chat", "/"]
)
async def test_looking_around_is_not_limited(tmp_path: Path, path: str) -> None:
    async with a_client(a_house(tmp_path, rate_limit="1 per minute")) as client:
        for _ in range(3):
            assert (await client.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:0db8:0001:0002"),
        ("2001:db8:1:2:bbbb::9", "2001:0db8:0001:0002"),
        ("testclient", "testclient"),
    ],
)
def test_one_household_counts_as_one(host: str, network: str) -> None:
    assert client_network({"client": (host, 1)}) == network
    assert client_network({"client": None}) == ""


@pytest.mark.parametrize("path", [CHAT, "/councils/exampleton/chat", "/v1/nothing", "/healthz"])
async def test_a_large_body_is_refused_before_it_is_read(tmp_path: Path, path: str) -> None:
    house = a_house(tmp_path, max_body_bytes=1_000)
    read = 0

    async def pours() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(10_000):
            read += 100
            yield b"x" * 100

    json_in = {"Content-Type": "application/json"}
    async with a_client(house) as client:
        told = await client.post(path, content=b"x" * 1_001, headers=json_in)
        is_problem(told, "too-large", 413)
        assert told.headers["connection"] == "close"
        if path == CHAT:
            is_problem(await client.post(path, content=pours(), headers=json_in), "too-large", 413)
            assert read <= 1_200
        assert (await client.post(CHAT, json={"message": "x" * 900})).status_code == 200
    bot = house.councils["exampleton"].bot
    assert isinstance(bot, ScriptedBot)
    assert len(bot.asked) == 1


@pytest.mark.parametrize("length", ["-1", "x", "9" * 30, "1e9"])
async def test_a_strange_content_length_is_refused(tmp_path: Path, length: str) -> None:
    async with a_client(a_house(tmp_path)) as client:
        response = await client.post(CHAT, content=b"{}", headers={"Content-Length": length})
    assert response.status_code in (400, 413)


async def test_only_own_names_are_answered_to(tmp_path: Path) -> None:
    house = a_house(tmp_path, trusted_hosts=("clerk.example", "*.councils.example"))
    async with a_client(house) as client:
        for host in ("clerk.example", "CLERK.example:8000", "a.councils.example"):
            assert (await client.get("/healthz", headers={"Host": host})).status_code == 200
        for host in ("evil.example", "councils.example", "clerk.example.evil.example", "", "[::1]"):
            is_problem(await client.get("/healthz", headers={"Host": host}), "wrong-host", 421)


async def test_no_website_is_let_in_by_default(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path)) as client:
        response = await client.post(CHAT, json={"message": "x"}, headers={"Origin": WEBSITE})
    assert not [name for name in response.headers if name.startswith("access-control")]


async def test_only_listed_websites_are_let_in_and_never_with_cookies(tmp_path: Path) -> None:
    house = a_house(tmp_path, cors_origins=(WEBSITE,), rate_limit="1 per minute")
    ask = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,conversation-secret",
    }
    async with a_client(house) as client:
        mine = await client.options(CHAT, headers=ask | {"Origin": WEBSITE})
        assert mine.status_code == 200
        assert mine.headers["access-control-allow-origin"] == WEBSITE
        for status in (200, 429):
            got = await client.post(CHAT, json={"message": "x"}, headers={"Origin": WEBSITE})
            assert got.status_code == status
            assert got.headers["access-control-allow-origin"] == WEBSITE
            assert "RateLimit" in got.headers["access-control-expose-headers"]
            assert "access-control-allow-credentials" not in got.headers
        for other in ("https://evil.example", f"{WEBSITE}.evil.example", "null", f"{WEBSITE}:8443"):
            refused = await client.options(CHAT, headers=ask | {"Origin": other})
            assert refused.status_code == 403
            assert refused.json()["type"] == "urn:townclerk:problem:forbidden"
            assert "access-control-allow-origin" not in refused.headers


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override"])
async def test_a_method_cannot_be_overridden(tmp_path: Path, header: str) -> None:
    async with a_client(a_house(tmp_path)) as client:
        assert (await client.get(CHAT, headers={header: "POST"})).status_code == 405


async def test_every_response_carries_safe_headers(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path, max_body_bytes=10)) as client:
        for response in (
            await client.get("/healthz"),
            await client.get("/v1/nothing"),
            await client.post(CHAT, content=b"x" * 11),
            await client.get("/councils/exampleton/chat"),
            await client.get("/static/page.css"),
        ):
            assert response.headers["x-content-type-options"] == "nosniff"
            assert response.headers["content-security-policy"].startswith("default-src 'none'")
            assert "unsafe" not in response.headers["content-security-policy"]

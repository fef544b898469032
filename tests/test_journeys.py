"""What citizens live through, with every real part: pages, index, model, bot, records, HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.compose import Installation, build_app, open_council
from api.settings import Settings
from ingest.sync import sync
from knowledge_base.embed import Embedder
from tests.conftest import MODELS
from tests.test_sync import InProcess

COUNCIL = Path(__file__).parent / "exampleton"
CHAT = "/v1/councils/exampleton/chat"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Installation]:
    data = tmp_path_factory.mktemp("data")
    (data / "models").symlink_to(MODELS)
    settings = Settings(councils=COUNCIL.parent, data=data, rate_limit="off")
    opened = Installation(settings)
    council, sources = open_council(COUNCIL, settings)
    sync(council.slug, council.website, sources, opened.knowledge_base, InProcess())
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def citizen(opened: Installation) -> Iterator[TestClient]:
    council, _ = open_council(COUNCIL, opened.settings)
    with TestClient(build_app(opened, [council])) as client:
        yield client


def ask(citizen: TestClient, message: str, **more: Any) -> dict[str, Any]:
    headers = more.pop("headers", {})
    reply = citizen.post(CHAT, json={"message": message, **more}, headers=headers)
    assert reply.status_code == 200, reply.text
    told: dict[str, Any] = reply.json()
    return told


def test_a_citizen_asks_about_a_missed_bin_and_reads_where_it_is_said(citizen: TestClient) -> None:
    told = ask(citizen, "the bin lorry drove past us this morning, till when can I tell you?")
    assert told["status"] == "answered.from_pages"
    assert "within 2 working days" in told["text"]
    assert "[1]" in told["text"]
    citation = told["citations"][0]
    assert citation["url"].startswith("https://www.exampleton.example/bins/missed")
    assert citation["title"] == "Missed bin collections"
    passages = citizen.get("/v1/councils/exampleton/search", params={"q": "missed bin"}).json()
    assert any(citation["quote"] in p["text"] for p in passages["passages"])


def test_a_citizen_reads_one_row_of_a_table_with_its_column_heads(citizen: TestClient) -> None:
    told = ask(citizen, "how much is a second brown bin")
    assert "£41.50" in told["text"]
    assert "A year" in told["text"]


def test_what_must_not_go_in_is_not_read_as_what_may(citizen: TestClient) -> None:
    told = ask(citizen, "can i put turf in the brown bin")
    assert "Soil or turf" in told["text"]
    assert told["text"].index("Do not put in") < told["text"].index("Soil or turf")


def test_a_citizen_goes_on_where_the_last_answer_ended(citizen: TestClient) -> None:
    first = ask(citizen, "when is Exampleton library open on a Saturday?")
    secret = {"Conversation-Secret": first["conversation_secret"]}
    second = ask(citizen, "and Sunday?", conversation_id=first["conversation_id"], headers=secret)
    assert "conversation_secret" not in second
    assert "Closed" in second["text"]


def test_a_citizen_hears_that_the_pages_do_not_say_and_who_can(citizen: TestClient) -> None:
    told = ask(citizen, "how many swans live on the town lake")
    assert told["status"] in ("unanswerable.not_in_passages", "unanswerable.no_passages")
    assert not told["citations"]
    assert "https://www.exampleton.example/contact" in json.dumps(told)


def test_a_very_long_message_is_refused_in_words(citizen: TestClient) -> None:
    assert ask(citizen, "bin " * 2000)["status"] == "refused.too_long"


def test_what_a_citizen_tells_of_themselves_is_masked_before_it_is_kept(
    citizen: TestClient,
) -> None:
    told = ask(citizen, "my bin was missed, mail me at jo.bloggs@mail.example or 07700 900123")
    secret = {"Conversation-Secret": told["conversation_secret"]}
    url = f"/v1/councils/exampleton/conversations/{told['conversation_id']}"
    kept = citizen.get(url, headers=secret).text
    assert "bin was missed" in kept
    assert "jo.bloggs" not in kept
    assert "900123" not in kept


def test_a_conversation_is_closed_to_others(citizen: TestClient) -> None:
    told = ask(citizen, "when is the library open")
    url = f"/v1/councils/exampleton/conversations/{told['conversation_id']}"
    assert citizen.get(url).status_code == 401
    wrong = citizen.get(url, headers={"Conversation-Secret": "x" * 43})
    assert wrong.status_code in (403, 404)
    assert wrong.headers["content-type"] == "application/problem+json"


def test_a_stream_tells_checked_blocks_and_ends_with_the_whole(citizen: TestClient) -> None:
    events: list[tuple[str, dict[str, Any]]] = []
    accept = {"Accept": "text/event-stream"}
    with citizen.stream(
        "POST", CHAT, json={"message": "how much is a brown bin"}, headers=accept
    ) as (reply):
        kind = ""
        for line in reply.iter_lines():
            if line.startswith("event:"):
                kind = line.removeprefix("event:").strip()
            elif line.startswith("data:"):
                events.append((kind, json.loads(line.removeprefix("data:"))))
    kinds = [kind for kind, _ in events]
    assert kinds[0] == "accepted"
    assert kinds[-2:] == ["citations", "done"]
    done = events[-1][1]
    blocks = [data["text"] for kind, data in events if kind == "block"]
    assert "\n\n".join(blocks) == done["text"]
    assert "£57.00" in done["text"]


def test_a_citizen_without_javascript_asks_reads_and_asks_again(citizen: TestClient) -> None:
    page = "/councils/exampleton/chat"
    assert "<form" in citizen.get(page).text
    first = citizen.post(page, data={"message": "when is the library open on Saturday"})
    assert "10am to 4pm" in first.text
    assert "https://www.exampleton.example/libraries/exampleton" in first.text
    second = citizen.post(page, data={"message": "how many books can I borrow"})
    assert "Borrow up to 20 books" in second.text
    assert "10am to 4pm" in second.text
    assert "<script" not in second.text


def test_a_welsh_question_is_answered_from_the_welsh_page(citizen: TestClient) -> None:
    told = ask(citizen, "faint mae bin brown yn costio?", language="cy")
    assert told["status"] == "answered.from_pages"
    assert told["citations"][0]["url"] == "https://www.exampleton.example/cy/gwastraff-gardd"


def test_status_panels_and_feedback_are_never_said(citizen: TestClient) -> None:
    for words in ("payment failed", "was this page helpful"):
        found = citizen.get("/v1/councils/exampleton/search", params={"q": words, "limit": 50})
        assert words not in found.text.casefold()


def test_the_house_is_ready_and_says_whom_it_serves(citizen: TestClient) -> None:
    assert citizen.get("/healthz").status_code == 200
    assert citizen.get("/readyz").status_code == 200
    council = citizen.get("/v1/councils/exampleton").json()
    assert (council["name"], council["languages"]) == ("Exampleton Borough Council", ["en", "cy"])
    assert "townclerk" in citizen.get("/metrics").text


def test_someone_in_danger_is_answered_at_once_and_what_they_wrote_is_not_kept(
    citizen: TestClient, opened: Installation
) -> None:
    said = "my husband punched me again and i am hiding in the bathroom"
    told = ask(citizen, said)
    assert told["status"] == "safety.domestic_abuse"
    assert "999" in told["text"].splitlines()[0]
    assert [action["kind"] for action in told["actions"]] == ["leave"]
    assert list(told["seconds"]) == ["total", "keep_safe"]
    headers = {"Conversation-Secret": told["conversation_secret"]}
    path = f"/v1/councils/exampleton/conversations/{told['conversation_id']}"
    (message,) = citizen.get(path, headers=headers).json()["messages"]
    assert message["message"] == ""
    assert message["answer"]["status"] == "safety.domestic_abuse"
    after = ask(
        citizen,
        "when is Exampleton library open on a Saturday?",
        conversation_id=told["conversation_id"],
        headers=headers,
    )
    assert after["status"] == "answered.from_pages"
    assert "call 999" in after["text"].splitlines()[0]


def test_what_is_not_the_councils_is_sent_on_to_who_can_help(citizen: TestClient) -> None:
    told = ask(citizen, "i need to renew my passport before august")
    assert told["status"] == "refused.other_body"
    assert "HM Passport Office" in told["text"]
    told = ask(citizen, "which party should i vote for")
    assert told["status"] == "refused.political_opinion"
    told = ask(citizen, "thank you so much")
    assert told["status"] == "answered.small_talk"

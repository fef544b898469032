"""The page that needs no JavaScript: ask, answer, source, feedback, delete."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import httpx
import pytest

from api.page import TEMPLATES, TURNS_SHOWN
from chatbot.council import LANGUAGES
from chatbot.pipeline import StepStarted
from chatbot.types import Action, Answer, Draft, Question, Run, Status
from tests.doors import QUOTE, ScriptedBot, a_client, a_council, a_house, a_run
from tests.test_api_chat import Happening

PAGE = "/councils/exampleton/chat"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Site": "same-origin"}


def visible(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page))


async def ask(client: httpx.AsyncClient, message: str, language: str = "en") -> httpx.Response:
    sent = {"message": message, "language": language}
    return await client.post(PAGE, data=sent, headers=BROWSER)


async def test_what_is_kept_is_said_before_the_first_question(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path)) as client:
        response = await client.get(PAGE)
    text = visible(response.text)
    assert "not a person" in text
    assert "kept for 90 days" in text
    assert "call 999" in text
    assert "01632 960000" in text
    assert "set-cookie" not in response.headers
    assert '<html lang="en">' in response.text
    assert response.text.count("<h1") == 1


async def test_a_citizen_asks_reads_the_source_and_says_it_helped(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path)) as client:
        sent = await ask(client, "My bin was missed")
        assert sent.status_code == 303
        assert sent.headers["location"] == f"{PAGE}?lang=en#latest"
        cookie = sent.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert f"Path={PAGE}" in cookie
        assert "Secure" not in cookie
        page = (await client.get(sent.headers["location"])).text
        assert f"<blockquote>{QUOTE}</blockquote>" in page
        assert 'href="https://www.exampleton.example/bins/missed#report"' in page
        mark = re.search(r'href="#([0-9a-f]+-citation-1)"', page)
        assert mark
        assert f'id="{mark[1]}"' in page
        message = re.search(r'name="message_id" value="(\w+)"', page)
        assert message
        said = {"message_id": message[1], "helpful": "yes", "language": "en"}
        thanked = await client.post(f"{PAGE}/feedback", data=said, headers=BROWSER)
        assert thanked.status_code == 303
        assert "Your feedback has been kept" in (await client.get(PAGE)).text


async def test_a_reload_does_not_ask_again(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    async with a_client(house) as client:
        sent = await ask(client, "Bins?")
        for _ in range(3):
            await client.get(sent.headers["location"])
        await ask(client, "And garden waste?")
        page = (await client.get(PAGE)).text
    bot = house.councils["exampleton"].bot
    assert isinstance(bot, ScriptedBot)
    assert [question.text for question in bot.asked] == ["Bins?", "And garden waste?"]
    assert len(bot.asked[1].history) == 1
    assert page.index("Bins?") < page.index("And garden waste?")
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("message", ["", "   ", "\x00\x01"])
async def test_an_empty_question_is_explained(tmp_path: Path, message: str) -> None:
    async with a_client(a_house(tmp_path)) as client:
        response = await ask(client, message)
    assert response.status_code == 422
    assert "<title>Error: " in response.text
    assert '<a href="#message">Write your question</a>' in response.text
    assert 'aria-describedby="hint error"' in response.text


async def test_the_whole_page_speaks_welsh(tmp_path: Path) -> None:
    council = a_council(tmp_path, more='languages = ["en", "cy"]')
    house = a_house(tmp_path, councils=(council,))
    async with a_client(house) as client:
        start = (await client.get(PAGE, params={"lang": "cy"})).text
        assert '<html lang="cy">' in start
        assert '<a lang="en" hreflang="en"' in start
        sent = await ask(client, "Biniau?", "cy")
        page = (await client.get(sent.headers["location"])).text
        assert '<html lang="cy">' in page
        assert '<li class="turn" lang="cy"' in page
        english = (await client.get(PAGE, params={"lang": "en"})).text
        assert '<html lang="en">' in english
        assert '<li class="turn" lang="cy"' in english
    bot = house.councils["exampleton"].bot
    assert isinstance(bot, ScriptedBot)
    assert bot.asked[0].language == "cy"


def test_every_word_of_the_page_exists_in_every_language() -> None:
    words = {
        language: tomllib.loads((TEMPLATES / f"page.{language}.toml").read_text())
        for language in LANGUAGES
    }
    keys = {language: set(known) for language, known in words.items()}
    assert all(known == keys["en"] for known in keys.values())
    used = "".join(path.read_text() for path in TEMPLATES.glob("*.html"))
    used += (TEMPLATES.parent / "page.py").read_text()
    for key in keys["en"]:
        assert key in used or key.startswith("problem_"), key
    for key, said in words["en"].items():
        assert set(re.findall(r"\{\w+\}", said)) == set(re.findall(r"\{\w+\}", words["cy"][key]))


async def test_a_citizen_can_delete_the_conversation(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path)) as client:
        await ask(client, "Bins?")
        gone = await client.post(f"{PAGE}/delete", data={"language": "en"}, headers=BROWSER)
        assert gone.status_code == 303
        page = (await client.get(gone.headers["location"])).text
    assert "has been deleted" in page
    assert "Bins?" not in page


async def test_another_website_cannot_ask_for_a_citizen(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    async with a_client(house) as client:
        for site in ("cross-site", "same-site"):
            headers = {"Sec-Fetch-Site": site}
            for tail in ("", "/delete", "/feedback"):
                response = await client.post(
                    f"{PAGE}{tail}", data={"message": "x"}, headers=headers
                )
                assert response.status_code == 403


@pytest.mark.parametrize("cookie", ["", ".", "x.y", "a" * 5000, "%00.%ff", "\u00e9.\u00e9"])
async def test_a_broken_cookie_starts_afresh(tmp_path: Path, cookie: str) -> None:
    headers = BROWSER | {"Cookie": f"townclerk_conversation={cookie}"}
    async with a_client(a_house(tmp_path)) as client:
        encoded = {key: value.encode("latin-1") for key, value in headers.items()}
        response = await client.get(PAGE, headers=encoded)
        assert response.status_code == 200
        sent = await client.post(PAGE, data={"message": "Bins?"}, headers=encoded)
        assert sent.status_code == 303
        assert "set-cookie" in sent.headers


async def test_the_cookie_is_for_https_alone_where_there_is_https(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path)) as client:
        sent = await client.post(f"https://clerk.example{PAGE}", data={"message": "Bins?"})
    assert "Secure" in sent.headers["set-cookie"]


async def test_markup_of_any_origin_stays_text(tmp_path: Path) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)>[x](javascript:alert(1))'

    async def echoes(question: Question) -> Happening:
        yield StepStarted("write_answer")
        yield a_run(question, f"{question.text} [1]")

    async with a_client(a_house(tmp_path, echoes)) as client:
        await ask(client, evil)
        page = (await client.get(PAGE)).text
    assert "<script" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page
    assert "style=" not in page
    assert "onerror=alert" not in re.sub("&[a-z#0-9]+;[^<]*", "", page)


async def test_nothing_is_loaded_from_elsewhere(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path)) as client:
        for path in (PAGE, "/", "/docs"):
            response = await client.get(path)
            loaded = re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', response.text)
            assert loaded
            assert all(one.startswith(("/static/", "/councils/", "data:,")) for one in loaded)
            assert "<style" not in response.text
            assert "<script" not in response.text
            for one in loaded:
                if one.startswith("/"):
                    sheet = await client.get(one)
                    assert sheet.headers["content-type"].startswith("text/css")


async def test_the_councils_colours_come_as_a_file(tmp_path: Path) -> None:
    council = a_council(tmp_path, more='[look]\ncolour = "#5b2d8e"\ntext_colour = "#ffffff"')
    async with a_client(a_house(tmp_path, councils=(council,))) as client:
        sheet = (await client.get("/councils/exampleton/look.css")).text
    assert "--brand: #5b2d8e" in sheet


async def test_a_person_sees_a_page_where_a_program_sees_a_problem(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path), headers=BROWSER) as client:
        lost = await client.get("/councils/exampleton/nothing")
        assert lost.status_code == 404
        assert lost.headers["content-type"].startswith("text/html")
        assert "01632 960000" in lost.text
        assert "In an emergency, call 999." in lost.text
        nowhere = await client.get("/councils/nowhere/chat")
        assert nowhere.headers["content-type"].startswith("text/html")
        api = await client.get("/v1/councils/nowhere")
        assert api.headers["content-type"] == "application/problem+json"


async def test_an_answer_under_way_or_cut_off_is_told_as_such(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    opened = house.conversations.begin("exampleton", "en")
    cut = house.conversations.accept(opened.conversation, "first")
    house.conversations.abandon(opened.conversation, cut.message_id)
    house.conversations.accept(opened.conversation, "second")
    cookie = f"townclerk_conversation={opened.conversation.id}.{opened.secret}"
    async with a_client(house, headers={"Cookie": cookie}) as client:
        text = visible((await client.get(PAGE)).text)
    assert "This answer was cut off" in text
    assert "still being written" in text


async def test_a_very_long_conversation_shows_its_newest_messages(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    opened = house.conversations.begin("exampleton", "en")
    for number in range(TURNS_SHOWN + 1):
        house.conversations.accept(opened.conversation, f"question {number} of many")
    cookie = f"townclerk_conversation={opened.conversation.id}.{opened.secret}"
    async with a_client(house, headers={"Cookie": cookie}) as client:
        text = visible((await client.get(PAGE)).text)
    assert f"question {TURNS_SHOWN} of many" in text
    assert "question 1 of many" in text
    assert "question 0 of many" not in text


async def test_the_front_page_lists_the_councils(tmp_path: Path) -> None:
    councils = (a_council(tmp_path, "exampleton"), a_council(tmp_path, "otherton"))
    async with a_client(a_house(tmp_path, councils=councils)) as client:
        page = (await client.get("/")).text
    assert 'href="/councils/otherton/chat"' in page
    assert 'href="/docs"' in page


async def keeps_safe(question: Question) -> Happening:
    leave = Action("leave", "leave", "Leave this page", url="https://harmless.example/")
    answer = Answer(Status.SAFETY_DOMESTIC_ABUSE, ("Call 999.",), actions=(leave,))
    yield Run(answer, Draft(question, question.text), {"keep_safe": 0.01})


@pytest.mark.parametrize("kept", [False, True])
async def test_someone_in_danger_sees_the_words_a_way_off_and_no_survey(
    tmp_path: Path, kept: bool
) -> None:
    more = f"keep_safety_messages = {str(kept).lower()}"
    council = a_council(tmp_path / "councils", more=more)
    async with a_client(a_house(tmp_path, keeps_safe, councils=(council,))) as client:
        sent = await ask(client, "he hits me again")
        page = (await client.get(sent.headers["location"])).text
    assert "Call 999." in page
    assert '<a href="https://harmless.example/" rel="noopener">Leave this page</a>' in page
    assert "helpful" not in page
    assert ("he hits me again" in page) is kept
    assert ("not kept" in page) is not kept

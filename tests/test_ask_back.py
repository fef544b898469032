"""A question that may mean several things is asked back, and the reply chosen is understood."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from chatbot.bot import build_bot
from chatbot.council import Council
from chatbot.pipeline import Block, StepStarted
from chatbot.types import Action, Answer, Draft, Question, Run, Status
from knowledge_base.types import Match
from tests.doors import a_client, a_house, says_it_all
from tests.test_api_chat import CHAT, is_problem
from tests.test_bot import MISSED, Pages, council  # noqa: F401
from tests.test_extractive import match

TAXI = match("A licence costs £312.", id="taxi", title="Taxi licences", score=0.5)
ALCOHOL = match("A licence costs £37.", id="alcohol", title="Alcohol licences", score=0.49)
PAGE = "/councils/exampleton/chat"


def ask(council: Council, question: str, *matches: Match) -> Answer:  # noqa: F811
    return asyncio.run(build_bot(council, Pages(*matches)).ainvoke(Question(question))).answer


def test_pages_that_answer_alike_are_offered_as_replies(council: Council) -> None:  # noqa: F811
    told = ask(council, "how much is a licence", TAXI, ALCOHOL)
    assert told.status is Status.CLARIFY_UNCLEAR
    assert "Which one do you mean?" in told.text
    assert [action.label for action in told.actions] == ["Taxi licences", "Alcohol licences"]
    assert told.actions[0].kind == "reply"
    assert told.actions[0].input == {"message": "Taxi licences: how much is a licence"}


def test_the_reply_is_not_asked_back_again(council: Council) -> None:  # noqa: F811
    told = ask(council, "Taxi licences: how much is a licence", TAXI, ALCOHOL)
    assert told.status is not Status.CLARIFY_UNCLEAR


def test_a_page_that_stands_out_is_answered_from(council: Council) -> None:  # noqa: F811
    far = replace(ALCOHOL, score=0.3)
    other = replace(ALCOHOL, title="Events")
    for second in (far, other, replace(ALCOHOL, text="Licences are issued in the Guildhall.")):
        assert ask(council, "how much is a licence", TAXI, second).status.family != "clarify"


def test_a_question_of_nothing_offers_what_the_pages_can_say(council: Council) -> None:  # noqa: F811
    told = ask(council, "how much", TAXI, ALCOHOL)
    assert told.status is Status.CLARIFY_UNCLEAR
    assert len(told.actions) == 2
    assert ask(council, "how much", MISSED).status is Status.CLARIFY_UNCLEAR
    assert ask(council, "how much").status is Status.CLARIFY_UNCLEAR
    assert ask(council, "what about the second one", TAXI).status is Status.CLARIFY_UNCLEAR


async def asks_back(question: Question) -> AsyncIterator[StepStarted | Block | Run]:
    if question.text != "how much is a licence":
        async for happened in says_it_all(question):
            yield happened
        return
    reply = Action("ask_1", "reply", "Taxi licences", input={"message": "Taxi: how much"})
    answer = Answer(Status.CLARIFY_UNCLEAR, ("Which one?",), (), (reply,))
    yield Run(answer, Draft(question, question.text), {})


async def test_a_reply_is_sent_back_by_its_id(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path, asks_back)) as client:
        first = (await client.post(CHAT, json={"message": "how much is a licence"})).json()
        assert first["actions"][0]["input"] == {"message": "Taxi: how much"}
        secret = {"Conversation-Secret": first["conversation_secret"]}
        known = {"conversation_id": first["conversation_id"]}
        chosen = {"action": {"id": "ask_1"}, **known}
        assert (await client.post(CHAT, json=chosen)).status_code == 401
        unknown = {"action": {"id": "ask_2"}, **known}
        is_problem(await client.post(CHAT, json=unknown, headers=secret), "unknown-action", 422)
        second = await client.post(CHAT, json=chosen, headers=secret)
        assert second.json()["status"] == "answered.from_pages"
        url = CHAT.replace("/chat", f"/conversations/{first['conversation_id']}")
        kept = (await client.get(url, headers=secret)).json()
        assert [one["message"] for one in kept["messages"]][-1] == "Taxi: how much"
        # The last answer offers nothing, so what an earlier one has offered is gone.
        is_problem(await client.post(CHAT, json=chosen, headers=secret), "unknown-action", 422)


async def test_a_page_without_javascript_shows_replies_as_buttons(tmp_path: Path) -> None:
    async with a_client(a_house(tmp_path, asks_back)) as client:
        asked = {"message": "how much is a licence"}
        shown = (await client.post(PAGE, data=asked, follow_redirects=True)).text
        assert 'name="action" value="ask_1"' in shown
        assert "Taxi licences</button>" in shown
        chosen = await client.post(PAGE, data={"action": "ask_1"}, follow_redirects=True)
        assert "Taxi: how much" in chosen.text
        assert 'value="ask_1"' not in chosen.text

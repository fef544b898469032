"""A whole form over the API alone, from the first words to the case; and what is kept of it."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, select

from api import cli
from api.compose import installation
from api.house import CouncilDoor, House
from api.settings import read_settings
from chatbot.automation import Automation, Choice, Condition, Detail, Lookup, Stub
from chatbot.bot import build_bot
from chatbot.lookup_answer import LookupAnswer
from chatbot.records import Cases, Conversations, NewCase, RecordsDown
from chatbot.records.tables import events, messages
from chatbot.records.uploads import Uploads
from chatbot.steps.run_automation import Desk
from chatbot.types import Run, Status
from chatbot.wanted import Wanted
from tests.doors import KEY, KEY_SHA256, Shelf, a_client, a_council, a_house, an_engine, read_events
from tests.test_api_chat import STREAM, is_problem
from tests.test_photos import CANARY, a_picture

CHAT = "/v1/councils/exampleton/chat"
PAGE = "/councils/exampleton/chat"
BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}

PHONE, NAME, EMAIL = "07700 900123", "Quillfeather Thistlewood", "q.thistle@mail.example"
ADDRESS = "14 Canarybird Cottages, EX1 2AB"
PERSONAL = (PHONE, PHONE.replace(" ", ""), NAME, "Quillfeather", EMAIL, "Canarybird")


def words(text: str) -> dict[str, str]:
    return {"en": text}


MISSED = Automation(
    name="missed_bin",
    titles=words("Report a missed bin"),
    examples={},
    questions={},
    details=(
        Detail(
            "bin",
            "choice",
            words("Which bin was missed?"),
            words("Bin"),
            choices=(
                Choice("rubbish", words("Rubbish")),
                Choice("garden", words("Garden waste")),
                Choice("clinical", words("Clinical"), (), "The NHS", "https://nhs.example"),
            ),
        ),
        Detail("collected", "date", words("When?"), words("Day"), words("Say a day."), latest=0),
        Detail("address", "address", words("Where do you live?"), words("Address")),
        Detail("name", "text", words("What is your name?"), words("Name"), characters=100),
        Detail("phone", "phone", words("Your phone number?"), words("Phone")),
        Detail("email", "email", words("Your email?"), words("Email"), optional=True),
        Detail("photo", "photo", words("A picture?"), words("Photo"), optional=True),
        Detail(
            "crate",
            "text",
            words("What was in it?"),
            words("Contents"),
            only_if=(Condition("bin", ("garden",)),),
        ),
    ),
    does=Stub(),
    done=words("Thank you. Your reference is **{reference}**."),
)
DATES = Automation(
    name="bin_day",
    titles=words("Find your bin days"),
    examples={},
    questions={},
    details=(Detail("place", "postcode", words("Where?"), words("Postcode")),),
    does=Lookup("days.csv", "place"),
    done={},
)


def find(text: str, language: str) -> Sequence[Wanted]:
    """Stand in for the recognition, which has tests of its own."""
    if "missed my bin" in text:
        return (Wanted("missed_bin", 0.99, True),)
    if "bin day" in text:
        return (Wanted("bin_day", 0.99, True),)
    return (Wanted("missed_bin", 0.6, False),) if "missed bin" in text else ()


def a_form_house(
    folder: Path, *, cases: Cases | None = None, engine: Engine | None = None, **more: Any
) -> House:
    council = more.pop("council", None) or a_council(folder / "councils")
    engine = engine or an_engine(folder)
    desk = Desk((MISSED, DATES), find, cases or Cases(engine), LookupAnswer(council))
    door = CouncilDoor(council, build_bot(council, Shelf(), desk=desk))
    house = a_house(folder, councils=(council,), engine=engine, **more)
    return replace(
        house,
        councils={council.slug: door},
        cases=cases or Cases(engine),
        uploads=Uploads(engine),
    )


class Citizen:
    """Talks to the API, and remembers the conversation for what comes next."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.known: dict[str, str] = {}
        self.secret = ""
        self.last: dict[str, Any] = {}

    async def send(self, body: dict[str, Any], **headers: str) -> httpx.Response:
        sent = {"Conversation-Secret": self.secret} if self.secret else {}
        return await self.client.post(CHAT, json=body | self.known, headers=sent | headers)

    async def told(self, body: dict[str, Any]) -> dict[str, Any]:
        response = await self.send(body)
        assert response.status_code == 200, response.text
        self.last = response.json()
        self.known = {"conversation_id": self.last["conversation_id"]}
        self.secret = self.last.get("conversation_secret", self.secret)
        return self.last

    async def say(self, message: str) -> dict[str, Any]:
        return await self.told({"message": message})

    async def press(self, action: str) -> dict[str, Any]:
        assert action in [one["id"] for one in self.last["actions"]]
        return await self.told({"action": {"id": action}})

    async def fill(self, value: Any) -> dict[str, Any]:
        (asked,) = (one for one in self.last["actions"] if one["kind"] == "input")
        values = {asked["input"]["name"]: value}
        return await self.told({"action": {"id": asked["id"], "values": values}})


async def filled_in(citizen: Citizen) -> dict[str, Any]:
    """Go through the form up to what is read back."""
    await citizen.say("you missed my bin")
    await citizen.press("set:bin:rubbish")
    for value in ("yesterday", ADDRESS, NAME, PHONE, EMAIL):
        assert citizen.last["status"] == "clarify.details_needed", citizen.last["text"]
        await citizen.fill(value)
    return await citizen.press("skip:photo")


def kept(engine: Engine) -> str:
    with engine.connect() as connection:
        rows = [*connection.execute(select(messages)), *connection.execute(select(events))]
    return "\n".join(map(str, rows))


async def test_a_whole_form_by_buttons_and_fields(tmp_path: Path) -> None:
    house = a_form_house(tmp_path)
    async with a_client(house) as client:
        citizen = Citizen(client)
        opened = await citizen.say("you missed my bin")
        assert opened["status"] == "clarify.details_needed"
        assert "Which bin was missed?" in opened["text"]
        labels = {one["id"]: one["label"] for one in opened["actions"]}
        assert labels["set:bin:garden"] == "Garden waste"
        asked = await citizen.press("set:bin:rubbish")
        field = next(one for one in asked["actions"] if one["kind"] == "input")
        assert field["id"] == "answer:collected"
        assert field["input"]["kind"] == "date"
        assert field["input"]["hint"] == "Say a day."
        assert field["input"]["latest"] == date.today().isoformat()
        read_back = await filled_in(Citizen(client))
        assert read_back["status"] == "clarify.confirm"
        for said in (NAME, EMAIL, "Canarybird", "Rubbish"):
            assert said in read_back["text"]
        citizen = Citizen(client)
        await filled_in(citizen)
        done = await citizen.press("confirm")
    assert done["status"] == "answered.by_automation"
    reference = re.search(r"\b(MISS-\w{6})\b", done["text"])
    assert reference
    assert house.cases is not None
    case = house.cases.find("exampleton", reference[1])
    assert case is not None
    assert case.details["name"] == NAME
    assert case.details["bin"] == "rubbish"
    assert dict(case.shown)["Email"] == EMAIL


async def test_nothing_is_submitted_before_it_is_confirmed(tmp_path: Path) -> None:
    house = a_form_house(tmp_path)
    async with a_client(house) as client:
        citizen = Citizen(client)
        await filled_in(citizen)
        assert house.cases is not None
        assert house.cases.list("exampleton") == ()
        stopped = await citizen.press("cancel")
        assert stopped["status"] == "answered.cancelled"
        is_problem(await citizen.send({"action": {"id": "confirm"}}), "unknown-action", 422)
    assert house.cases.list("exampleton") == ()


@pytest.mark.parametrize("stream", [False, True], ids=["object", "stream"])
async def test_personal_details_are_told_and_not_kept(tmp_path: Path, stream: bool) -> None:
    house = a_form_house(tmp_path)
    engine = an_engine(tmp_path)
    async with a_client(house) as client:
        citizen = Citizen(client)
        if stream:

            async def told(body: dict[str, Any]) -> dict[str, Any]:
                response = await citizen.send(body, **STREAM)
                sent = read_events(response.text)
                citizen.last = done = sent[-1].data
                blocks = [one.data["text"] for one in sent if one.event == "block"]
                assert "\n\n".join(blocks) == done["text"]
                citizen.known = {"conversation_id": done["conversation_id"]}
                citizen.secret = done.get("conversation_secret", citizen.secret)
                return done

            citizen.told = told  # type: ignore[method-assign]
        read_back = await filled_in(citizen)
        for said in (NAME, EMAIL, "Canarybird"):
            assert said in read_back["text"]
            assert said in read_back["html"]
        held = kept(engine)
        assert not [one for one in PERSONAL if one in held]
        await citizen.press("confirm")
    held = kept(engine)
    assert "MISS-" in held
    assert not [one for one in PERSONAL if one in held]


async def test_words_in_place_of_fields_are_not_kept_either(tmp_path: Path) -> None:
    house = a_form_house(tmp_path)
    async with a_client(house) as client:
        citizen = Citizen(client)
        await citizen.say("you missed my bin")
        for said in ("rubbish", "yesterday", ADDRESS, NAME, PHONE, EMAIL):
            await citizen.say(said)
        await citizen.say("skip")
        assert citizen.last["status"] == "clarify.confirm", citizen.last["text"]
        await citizen.say("yes")
        assert citizen.last["status"] == "answered.by_automation"
    held = kept(an_engine(tmp_path))
    assert not [one for one in PERSONAL if one in held]


async def test_a_name_like_a_question_is_not_kept_from_its_field(tmp_path: Path) -> None:
    engine = an_engine(tmp_path)
    async with a_client(a_form_house(tmp_path, engine=engine)) as client:
        citizen = Citizen(client)
        await citizen.say("you missed my bin")
        await citizen.press("set:bin:rubbish")
        for value in ("yesterday", ADDRESS, "How Canarybird"):
            await citizen.fill(value)
    assert "Canarybird" not in kept(engine)


async def test_what_a_detail_is_changed_to_is_not_kept(tmp_path: Path) -> None:
    engine = an_engine(tmp_path)
    async with a_client(a_form_house(tmp_path, engine=engine)) as client:
        citizen = Citizen(client)
        await filled_in(citizen)
        changed = await citizen.say("change the name to Aardvark Wibble")
        assert "Aardvark Wibble" in changed["text"]
        assert "Aardvark" not in kept(engine)
        assert "change the name to [detail]" in kept(engine)


async def test_what_is_read_back_stays_legible_while_the_form_is_open(tmp_path: Path) -> None:
    house = a_form_house(tmp_path)
    async with a_client(house) as client:
        citizen = Citizen(client)
        read_back = await filled_in(citizen)
        secret = {"Conversation-Secret": citizen.secret}
        where = f"/v1/councils/exampleton/conversations/{citizen.known['conversation_id']}"
        said = (await client.get(where, headers=secret)).json()["messages"]
        assert said[-1]["answer"]["text"] == read_back["text"]
        assert NAME not in str(said[:-1])
        replayed = (await client.get(f"{where}/events", headers=secret)).json()["events"]
        assert replayed[-1]["data"]["text"] == read_back["text"]
        blocks = [one["data"] for one in replayed if one["event"] == "block"]
        mine = [one["text"] for one in blocks if one["message_id"] == read_back["message_id"]]
        assert "\n\n".join(mine) == read_back["text"]
        await citizen.press("confirm")
        said = (await client.get(where, headers=secret)).json()["messages"]
        assert NAME not in str(said)
        replayed = (await client.get(f"{where}/events", headers=secret)).json()["events"]
        assert NAME not in str(replayed)


async def test_a_form_goes_on_in_a_new_process(tmp_path: Path) -> None:
    async with a_client(a_form_house(tmp_path)) as client:
        first = Citizen(client)
        await filled_in(first)
    house = a_form_house(tmp_path)
    async with a_client(house) as client:
        second = Citizen(client)
        second.known, second.secret, second.last = first.known, first.secret, first.last
        done = await second.press("confirm")
    assert done["status"] == "answered.by_automation"
    assert house.cases is not None
    assert len(house.cases.list("exampleton")) == 1


async def test_a_question_in_the_middle_is_answered_and_the_form_goes_on(tmp_path: Path) -> None:
    async with a_client(a_form_house(tmp_path)) as client:
        citizen = Citizen(client)
        await citizen.say("you missed my bin")
        await citizen.press("set:bin:rubbish")
        aside = await citizen.say("how many days do I have to report a missed bin collection?")
        assert "Report a missed bin" in aside["text"]
        assert "Back to: Report a missed bin" in aside["text"]
        assert "clarify.details_needed" in [aside["status"], *aside["also"]]
        after = await citizen.fill("yesterday")
    assert "Where do you live?" in after["text"]


async def test_only_what_the_last_answer_offers_can_be_taken(tmp_path: Path) -> None:
    async with a_client(a_form_house(tmp_path)) as client:
        citizen = Citizen(client)
        no_conversation = await citizen.send({"action": {"id": "start:missed_bin"}})
        is_problem(no_conversation, "unknown-action", 422)
        await citizen.say("you missed my bin")
        for action in ("confirm", "set:bin:nothing", "answer:phone", "start:missed_bin"):
            is_problem(await citizen.send({"action": {"id": action}}), "unknown-action", 422)
        await citizen.press("set:bin:rubbish")
        field = {"id": "answer:collected"}
        wrong = is_problem(await citizen.send({"action": field}), "invalid", 422)
        assert wrong["errors"][0]["pointer"] == "#/action/values/collected"
        more = {"collected": "today", "phone": PHONE}
        wrong = is_problem(await citizen.send({"action": field | {"values": more}}), "invalid", 422)
        assert wrong["errors"][0]["pointer"] == "#/action/values/phone"
        for odd in (None, 3, ["today"], {"latitude": 1}):
            asked = await citizen.told({"action": field | {"values": {"collected": odd}}})
            assert asked["status"] == "clarify.details_needed"
            assert asked["actions"][0]["input"]["error"]


async def test_what_is_wrong_is_said_at_the_field(tmp_path: Path) -> None:
    async with a_client(a_form_house(tmp_path)) as client:
        citizen = Citizen(client)
        await citizen.say("you missed my bin")
        await citizen.press("set:bin:rubbish")
        again = await citizen.fill("31 February")
    assert again["status"] == "clarify.details_needed"
    error = again["actions"][0]["input"]["error"]
    assert error
    assert error in again["text"]


class Leaky(Conversations):
    """Records that fail once, after the case was opened."""

    fails = False

    def finish(self, *args: Any, **more: Any) -> Any:
        if self.fails:
            raise RecordsDown("down")
        return super().finish(*args, **more)


async def test_a_confirmation_repeated_after_a_fault_is_the_same_case(tmp_path: Path) -> None:
    records = Leaky(an_engine(tmp_path))
    house = replace(a_form_house(tmp_path), conversations=records)
    async with a_client(house) as client:
        citizen = Citizen(client)
        await filled_in(citizen)
        records.fails = True
        is_problem(await citizen.send({"action": {"id": "confirm"}}), "unavailable", 503)
        records.fails = False
        done = await citizen.press("confirm")
    assert done["status"] == "answered.by_automation"
    assert house.cases is not None
    (case,) = house.cases.list("exampleton")
    assert case.reference in done["text"]


async def test_two_confirmations_at_once_are_one_case(tmp_path: Path) -> None:
    house = a_form_house(tmp_path)
    async with a_client(house) as client:
        citizen = Citizen(client)
        await filled_in(citizen)
        confirm = {"action": {"id": "confirm"}}
        both = await asyncio.gather(*(citizen.send(confirm) for _ in range(2)))
    assert house.cases is not None
    (case,) = house.cases.list("exampleton")
    done = [one.json() for one in both if one.status_code == 200]
    assert done
    assert all(case.reference in one["text"] for one in done)


class Held(Conversations):
    """Records that let the answers to ordinary questions wait."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.reached, self.free = threading.Event(), threading.Event()

    def finish(self, conversation: Any, message_id: str, run: Run, *args: Any, **more: Any) -> Any:
        if Status.CLARIFY_CONFIRM in run.answer.also:
            self.reached.set()
            assert self.free.wait(10)
        return super().finish(conversation, message_id, run, *args, **more)


async def test_a_form_that_was_confirmed_is_not_opened_again_by_an_earlier_question(
    tmp_path: Path,
) -> None:
    records = Held(an_engine(tmp_path))
    house = replace(a_form_house(tmp_path), conversations=records)
    async with a_client(house) as client:
        citizen = Citizen(client)
        await filled_in(citizen)
        asking = asyncio.create_task(citizen.send({"message": "When does the library open?"}))
        await asyncio.to_thread(records.reached.wait, 10)
        done = await citizen.press("confirm")
        assert done["status"] == "answered.by_automation"
        records.free.set()
        assert (await asking).status_code == 200
    conversation = records.open("exampleton", citizen.known["conversation_id"], citizen.secret)
    assert records.pending(conversation) is None


class Down(Cases):
    """Cases that cannot be opened just now."""

    down = True

    def open(self, *args: Any, **more: Any) -> Any:
        if self.down:
            raise RecordsDown("down")
        return super().open(*args, **more)


async def test_cases_that_are_down_keep_the_form(tmp_path: Path) -> None:
    cases = Down(an_engine(tmp_path))
    async with a_client(a_form_house(tmp_path, cases=cases)) as client:
        citizen = Citizen(client)
        await filled_in(citizen)
        failed = await citizen.press("confirm")
        assert failed["status"] == "error.council_system"
        assert NAME in failed["text"]
        cases.down = False
        done = await citizen.press("confirm")
    assert done["status"] == "answered.by_automation"


# The page without JavaScript


def fields(page: str) -> dict[str, str]:
    """Read what the form of the field sends besides the value."""
    form = re.search(r'<form class="fill".*?</form>', page, re.S)
    assert form, page
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))


async def sent(client: httpx.AsyncClient, **data: str) -> str:
    response = await client.post(PAGE, data=data, headers=BROWSER)
    assert response.status_code == 303, response.text
    return (await client.get(PAGE)).text


async def test_a_whole_form_on_the_page_without_javascript(tmp_path: Path) -> None:
    house = a_form_house(tmp_path)
    async with a_client(house) as client:
        page = await sent(client, message="you missed my bin")
        assert re.search(r'name="action" value="set:bin:rubbish">Rubbish</button>', page)
        assert '<form class="fill"' not in page
        page = await sent(client, action="set:bin:rubbish")
        assert '<p class="text">Rubbish</p>' in page
        for value, kind in (
            ("yesterday", 'type="text"'),
            (ADDRESS, 'autocomplete="street-address"'),
            (NAME, 'autocomplete="name"'),
            (PHONE, 'type="tel" autocomplete="tel"'),
            (EMAIL, 'type="email" autocomplete="email"'),
        ):
            assert kind in page
            assert page.count('class="field') == 2
            page = await sent(client, value=value, **fields(page))
        assert 'type="file" accept="image/jpeg' in page
        page = await sent(client, action="skip:photo")
        assert NAME in page
        assert page.count('class="reply main"') == 1
        assert '<form class="fill"' not in page
        page = await sent(client, action="confirm")
        assert re.search(r"Your reference is <strong>MISS-\w{6}</strong>", page)
        assert NAME not in page
    assert house.cases is not None
    assert len(house.cases.list("exampleton")) == 1


async def test_pressing_twice_on_the_page_shows_the_conversation_as_it_stands(
    tmp_path: Path,
) -> None:
    async with a_client(a_form_house(tmp_path)) as client:
        await sent(client, message="you missed my bin")
        await sent(client, action="set:bin:rubbish")
        page = await sent(client, action="set:bin:rubbish")
        assert page.count('<p class="text">Rubbish</p>') == 1
        assert '<form class="fill"' in page


async def test_a_wrong_value_is_told_beside_its_field(tmp_path: Path) -> None:
    async with a_client(a_form_house(tmp_path)) as client:
        await sent(client, message="you missed my bin")
        page = await sent(client, action="set:bin:rubbish")
        assert 'aria-describedby="field-hint"' in page
        assert page.count("When?") == 1
        page = await sent(client, value="31 February", **fields(page))
        assert 'aria-describedby="field-hint field-error" aria-invalid="true"' in page
        assert "<title>Error: " in page
        empty = await client.post(PAGE, data={**fields(page), "value": " "}, headers=BROWSER)
        assert empty.status_code == 422
        assert 'id="field-error">Write an answer' in empty.text
        page = await sent(client, value="yesterday", **fields(page))
        assert "Error: " not in page
        assert "Where do you live?" in page


async def test_a_question_on_the_page_leaves_the_form_open(tmp_path: Path) -> None:
    async with a_client(a_form_house(tmp_path)) as client:
        await sent(client, message="you missed my bin")
        await sent(client, action="set:bin:rubbish")
        page = await sent(client, message="how many days do I have to report a missed bin?")
        assert "Back to: Report a missed bin" in page
        page = await sent(client, value="yesterday", **fields(page))
        assert "Where do you live?" in page


# Lookups

DAYS = "postcode,address,bin,date\n"


def with_days(folder: Path, rows: str) -> Path:
    home = folder / "councils" / "exampleton"
    home.mkdir(parents=True)
    (home / "days.csv").write_text(DAYS + rows)
    return home


async def test_days_are_looked_up_and_can_be_subscribed_to(tmp_path: Path) -> None:
    with_days(tmp_path, "EX1 2AB,,Rubbish,2035-03-06\nEX1 2AB,,Garden waste,2035-03-13\n")
    council = a_council(tmp_path / "councils")
    house = a_form_house(tmp_path, council=replace(council, offers=(DATES,)))
    async with a_client(house) as client:
        citizen = Citizen(client)
        await citizen.say("bin day please")
        told = await citizen.fill("ex1 2ab")
        assert told["status"] == "answered.by_automation"
        assert "- **Tuesday 6 March 2035**: Rubbish" in told["text"]
        (link,) = (one for one in told["actions"] if one["id"] == "calendar")
        assert link["url"] == "/v1/councils/exampleton/calendars/bin_day.ics?key=EX12AB"
        fetched = await client.get(link["url"])
        assert fetched.headers["content-type"] == "text/calendar; charset=utf-8"
        assert "SUMMARY:Garden waste" in fetched.text
        other = "/v1/councils/exampleton/calendars/missed_bin.ics?key=EX12AB"
        is_problem(await client.get(other), "no-such-calendar", 404)
        nowhere = link["url"].replace("EX12AB", "ZZ99ZZ")
        is_problem(await client.get(nowhere), "no-such-calendar", 404)


async def test_where_addresses_differ_one_is_asked_for(tmp_path: Path) -> None:
    rows = "".join(
        f'EX1 2AB,"{number} Canarybird Cottages",Rubbish,2035-03-{number:02}\n'
        for number in (12, 14)
    )
    with_days(tmp_path, rows)
    async with a_client(a_form_house(tmp_path)) as client:
        citizen = Citizen(client)
        await citizen.say("bin day please")
        asked = await citizen.fill("EX1 2AB")
        assert asked["status"] == "clarify.details_needed"
        assert [one["label"] for one in asked["actions"]][:2] == [
            "12 Canarybird Cottages",
            "14 Canarybird Cottages",
        ]
        told = await citizen.press(asked["actions"][1]["id"])
        assert "- **Wednesday 14 March 2035**: Rubbish" in told["text"]
        await citizen.say("bin day please")
        await citizen.fill("EX1 2AB")
        told = await citizen.say("12 Canarybird Cottages")
    assert "- **Monday 12 March 2035**: Rubbish" in told["text"]


async def test_a_list_that_is_out_of_date_is_not_read_from(tmp_path: Path) -> None:
    with_days(tmp_path, "EX1 2AB,,Rubbish,2020-03-06\n")
    async with a_client(a_form_house(tmp_path)) as client:
        citizen = Citizen(client)
        await citizen.say("bin day please")
        told = await citizen.fill("EX1 2AB")
    assert "out of date" in told["text"]
    assert "Rubbish" not in told["text"]


# Staff


async def test_staff_read_cases_with_a_key_and_never_without(tmp_path: Path) -> None:
    council = a_council(tmp_path / "councils", more=f'api_key_sha256 = ["{KEY_SHA256}"]')
    house = a_form_house(tmp_path, council=council)
    cases, key = "/v1/councils/exampleton/cases", {"Authorization": f"Bearer {KEY}"}
    async with a_client(house) as client:
        citizen = Citizen(client)
        await filled_in(citizen)
        await citizen.press("confirm")
        for wrong in ({}, {"Authorization": "Bearer nonsense"}):
            is_problem(await client.get(cases, headers=wrong), "key-needed", 401)
        (case,) = (await client.get(cases, headers=key)).json()["cases"]
        assert case["state"] == "received"
        assert NAME not in str(case)
        one = await client.get(f"{cases}/{case['reference'].lower()}", headers=key)
        assert {"label": "Name", "text": NAME} in one.json()["shown"]
        assert [event["kind"] for event in one.json()["events"]] == ["opened"]
        is_problem(await client.get(f"{cases}/BIN-000000", headers=key), "no-such-case", 404)
        assert (await client.get(cases, params={"state": "closed"}, headers=key)).json() == {
            "cases": [],
            "next_after": None,
        }
        figures = (await client.get("/metrics")).text
    assert 'townclerk_cases{council="exampleton",state="received"} 1.0' in figures
    assert 'townclerk_deliveries_dead{council="exampleton"} 0.0' in figures


async def test_a_council_without_keys_shows_its_cases_to_nobody(tmp_path: Path) -> None:
    async with a_client(a_form_house(tmp_path)) as client:
        for wrong in ({}, {"Authorization": f"Bearer {KEY}"}, {"Authorization": "Bearer "}):
            response = await client.get("/v1/councils/exampleton/cases", headers=wrong)
            is_problem(response, "key-needed", 401)


# Pictures

UPLOADS = "/v1/councils/exampleton/uploads"


async def up_to_the_picture(citizen: Citizen) -> None:
    await citizen.say("you missed my bin")
    await citizen.press("set:bin:rubbish")
    for value in ("yesterday", ADDRESS, NAME, PHONE, EMAIL):
        await citizen.fill(value)


async def upload(citizen: Citizen, picture: bytes, **more: Any) -> httpx.Response:
    headers = more.get("headers", {"Conversation-Secret": citizen.secret})
    files = {"file": ("bin.jpg", picture, "image/jpeg")}
    return await citizen.client.post(UPLOADS, data=citizen.known, files=files, headers=headers)


async def test_a_picture_is_sent_with_a_form(tmp_path: Path) -> None:
    council = a_council(tmp_path / "councils", more=f'api_key_sha256 = ["{KEY_SHA256}"]')
    house = a_form_house(tmp_path, council=council)
    async with a_client(house) as client:
        citizen = Citizen(client)
        await up_to_the_picture(citizen)
        sent = await upload(citizen, a_picture("JPEG"))
        assert sent.status_code == 200, sent.text
        await citizen.fill(sent.json()["upload_id"])
        assert citizen.last["status"] == "clarify.confirm"
        assert "- **Photo**: One picture" in citizen.last["text"]
        done = await citizen.press("confirm")
        assert house.cases is not None
        (case,) = house.cases.list("exampleton")
        assert case.reference in done["text"]
        where = f"/v1/councils/exampleton/cases/{case.reference}/pictures/{case.details['photo']}"
        is_problem(await client.get(where), "key-needed", 401)
        key = {"Authorization": f"Bearer {KEY}"}
        held = await client.get(where, headers=key)
        assert held.headers["content-type"] == "image/jpeg"
        assert CANARY.encode() not in held.content
        is_problem(await client.get(f"{where}0", headers=key), "no-such-case", 404)


async def test_what_is_no_picture_of_this_conversation_is_refused(tmp_path: Path) -> None:
    async with a_client(a_form_house(tmp_path, max_upload_bytes=20_000)) as client:
        citizen, other = Citizen(client), Citizen(client)
        await up_to_the_picture(citizen)
        await up_to_the_picture(other)
        is_problem(await upload(citizen, b"GIF89a nonsense"), "not-a-picture", 422)
        is_problem(await upload(citizen, b"x" * 20_001), "too-large", 413)
        is_problem(await upload(citizen, b"x", headers={}), "secret-needed", 401)
        wrong = {"Conversation-Secret": "wrong"}
        is_problem(await upload(citizen, b"x", headers=wrong), "no-such-conversation", 404)
        as_json = await client.post(UPLOADS, json={}, headers={"Conversation-Secret": "x"})
        is_problem(as_json, "unsupported-media-type", 415)
        theirs = (await upload(other, a_picture("JPEG"))).json()["upload_id"]
        for value in (theirs, "0" * 32, "", 3, None):
            action = {"id": "answer:photo", "values": {"photo": value}}
            is_problem(await citizen.send({"action": action}), "invalid", 422)


async def test_pictures_count_against_the_rate_limit(tmp_path: Path) -> None:
    async with a_client(a_form_house(tmp_path, rate_limit="1 per minute")) as client:
        citizen = Citizen(client)
        await citizen.say("you missed my bin")
        is_problem(await upload(citizen, a_picture("JPEG")), "too-many-requests", 429)


async def test_a_picture_is_sent_on_the_page(tmp_path: Path) -> None:
    house = a_form_house(tmp_path)
    async with a_client(house) as client:
        page = await sent(client, message="you missed my bin")
        page = await sent(client, action="set:bin:rubbish")
        for value in ("yesterday", ADDRESS, NAME, PHONE, EMAIL):
            page = await sent(client, value=value, **fields(page))

        async def choose(name: str, picture: bytes) -> httpx.Response:
            files = {"photo": (name, picture, "image/jpeg")}
            return await client.post(
                f"{PAGE}/photo", data=fields(page), files=files, headers=BROWSER
            )

        for name, picture in (("", b""), ("bin.gif", b"GIF89a nonsense")):
            refused = await choose(name, picture)
            assert refused.status_code == 422
            assert 'id="field-error">Choose' in refused.text
        assert (await choose("bin.jpg", a_picture("JPEG"))).status_code == 303
        page = (await client.get(PAGE)).text
        assert "Yes, send it" in page


# The command line


def a_case(key: str) -> NewCase:
    return NewCase(
        council="exampleton",
        key=key,
        automation="missed_bin",
        language="en",
        details={"name": NAME},
        shown=(("Name", NAME),),
        supplier="waste",
        service="missed",
    )


def test_staff_look_after_cases_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    a_council(tmp_path / "councils", more='[[sources]]\nkind = "folder"\npath = "."')
    monkeypatch.setenv("TOWNCLERK_COUNCILS", str(tmp_path / "councils"))
    monkeypatch.setenv("TOWNCLERK_DATA", str(tmp_path / "data"))
    with installation(read_settings()) as opened:
        first = opened.cases.open(a_case("1"))
        opened.cases.open(a_case("2"))
        delivery = opened.cases.claim(datetime.now(UTC))
        assert delivery is not None
        opened.cases.give_up(delivery, "It says no.", unsure=False)
    assert delivery.case.reference == first.reference

    def told(*asked: str) -> Any:
        cli.app(["cases", "exampleton", *asked, "--json"], standalone_mode=False)
        return json.loads(capsys.readouterr().out)

    assert len(told()["cases"]) == 2
    (failed,) = told("--state", "failed")["cases"]
    assert (failed["reference"], failed["not_delivered"]) == (first.reference, "It says no.")
    assert told("--show", first.reference.lower())["shown"] == [{"label": "Name", "text": NAME}]
    assert told("--replay", first.reference)["state"] == "received"
    assert told("--state", "failed")["cases"] == []
    assert told("--close", first.reference)["state"] == "closed"
    for wrong in (("--show", "BIN-000000"), ("--replay", first.reference), ("--state", "lost")):
        with pytest.raises(SystemExit):
            told(*wrong)

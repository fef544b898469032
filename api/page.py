"""A page to chat on that needs no JavaScript."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.actions import Chosen, choose
from api.chat import play_out
from api.exchange import enter, request_id, settle
from api.house import CouncilDoor, House
from api.keys import TheHouse, council_door
from api.problems import Problem
from api.read_back import legible
from api.uploads import keep_picture, read_form
from api.wire import MESSAGE_CHARACTERS
from chatbot.council import Council
from chatbot.messages import as_markdown
from chatbot.records import Conversation, Message, NoConversation, NoMessage
from chatbot.records.written import clean
from chatbot.render import render
from chatbot.threads import in_thread
from chatbot.types import Action, Answer

router = APIRouter(include_in_schema=False)

TEMPLATES = Path(__file__).parent / "templates"
ENDONYMS = {"en": "English", "cy": "Cymraeg"}
# Of a conversation that went on for days, the newest.
TURNS_SHOWN = 200
_COOKIE = "townclerk_conversation"
_PAGE = re.compile(r"/councils/([^/]+)/.*")
_EXPLAINED = (403, 404, 413, 429, 503)


@dataclass(frozen=True, slots=True)
class TurnShown:
    """One exchange as the page shows it. family: of the answer's status."""

    id: str
    language: str
    message: str
    html: str
    answer: Answer | None
    family: str
    ended: datetime | None
    helpful: bool | None


@dataclass(frozen=True, slots=True)
class Field:
    """What the last answer asks for, as a field. tag: "input", "textarea" or "file".

    error: why it was not taken, HTML, "" where nothing was wrong yet.
    """

    action: str
    label: str
    hint: str
    error: str
    tag: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a council's page: where, in which language, in which conversation."""

    house: House
    council: Council
    language: str
    conversation: Conversation | None
    secret: str


def public_door(door: Annotated[CouncilDoor, Depends(council_door)]) -> CouncilDoor:
    """Find a council's door for citizens, who have no API key."""
    if door.council.require_api_key:
        raise Problem("forbidden")
    return door


PublicDoor = Annotated[CouncilDoor, Depends(public_door)]


@router.get("/")
async def front(house: TheHouse) -> Response:
    """List the councils for a person."""
    councils = [door.council for door in house.councils.values()]
    return _html(
        "front.html", version=house.version, council=None, language="en", councils=councils
    )


@router.get("/docs")
async def docs(request: Request, house: TheHouse) -> Response:
    """Describe the API on a page that loads nothing from elsewhere."""
    return _html(
        "docs.html",
        version=house.version,
        council=None,
        language="en",
        api=request.app.openapi(),
        examples=_examples,
        render=render,
    )


@router.get("/councils/{council}/look.css")
async def look(door: Annotated[CouncilDoor, Depends(council_door)]) -> Response:
    """Give the page the council's colours; in a file, as its policy forbids inline styles."""
    colours = door.council.look
    css = f":root {{ --brand: {colours.colour}; --on-brand: {colours.text_colour}; }}\n"
    return Response(css, media_type="text/css", headers={"Cache-Control": "max-age=300"})


@router.get("/councils/{council}/chat")
async def read(request: Request, house: TheHouse, door: PublicDoor) -> Response:
    """Show the conversation so far, and a form to go on with."""
    visit = await _visit(request, house, door, request.query_params.get("lang"))
    return await _chat(visit, deleted=request.query_params.get("said") == "deleted")


@router.post("/councils/{council}/chat")
async def ask(request: Request, house: TheHouse, door: PublicDoor) -> Response:
    """Answer a question, then send the browser on, so that a reload does not ask again."""
    form = await _form(request)
    visit = await _visit(request, house, door, form.get("language"))
    chosen = Chosen(form.get("message", "").strip(), None, None)
    if form.get("action") and visit.conversation:
        action, written = form["action"], form.get("value", "").strip()
        if action.startswith("answer:") and not written:
            return await _chat(visit, missing="error_field", status=422)
        taken = await _choose(visit, door, action, written)
        if taken is None:
            return _send_on(visit, "#latest")
        chosen = taken
    if not chosen.words:
        words = page_words(visit.language)
        return await _chat(visit, error=words["error_empty"], status=422)
    return await _play(request, visit, door, chosen)


@router.post("/councils/{council}/chat/photo")
async def photo(request: Request, house: TheHouse, door: PublicDoor) -> Response:
    """Take the picture that a form asks for, and go on with it."""
    _same_site(request)
    sent, files = await read_form(request)
    visit = await _visit(request, house, door, sent.get("language"))
    if visit.conversation is None:
        raise Problem("not-found")
    if "photo" not in files:
        return await _chat(visit, missing="error_no_photo", status=422)
    try:
        kept = await keep_picture(house, visit.conversation, files["photo"])
    except Problem as problem:
        if problem.kind not in ("not-a-picture", "too-many-uploads"):
            raise
        return await _chat(visit, missing="error_photo", status=422)
    chosen = await _choose(visit, door, sent.get("action", ""), kept)
    if chosen is None:
        return _send_on(visit, "#latest")
    return await _play(request, visit, door, chosen)


async def _choose(visit: Visit, door: CouncilDoor, action: str, value: str) -> Chosen | None:
    """Take an action; None for one that is no longer offered, such as a button pressed twice."""
    assert visit.conversation is not None
    name = action.removeprefix("answer:")
    values = {name: value} if name != action else {}
    try:
        return await choose(visit.house, door, action, values, visit.conversation.id, visit.secret)
    except Problem as problem:
        if problem.kind != "unknown-action":
            raise
        return None


async def _play(request: Request, visit: Visit, door: CouncilDoor, chosen: Chosen) -> Response:
    """Have a message answered, then send the browser on."""
    if len(chosen.words) > MESSAGE_CHARACTERS:
        raise Problem("too-large")
    known = visit.conversation
    exchange = await enter(
        visit.house,
        door,
        request.app.state.figures,
        request.scope,
        chosen.words,
        language=visit.language,
        conversation_id=known.id if known else None,
        secret=visit.secret if known else None,
        taken=chosen.taken,
        asked_for=chosen.asked,
    )
    with suppress(Problem):
        await play_out(exchange, request)
    sent_on = _send_on(visit, "#latest")
    if exchange.secret:
        _remember(request, sent_on, exchange.conversation, exchange.secret)
    return sent_on


@router.post("/councils/{council}/chat/feedback")
async def feedback(request: Request, house: TheHouse, door: PublicDoor) -> Response:
    """Keep whether an answer helped."""
    form = await _form(request)
    visit = await _visit(request, house, door, form.get("language"))
    if visit.conversation is None:
        raise Problem("not-found")
    helpful = form.get("helpful") == "yes"
    with suppress(NoMessage):
        await in_thread(
            house.conversations.say, visit.conversation, form.get("message_id", ""), helpful
        )
    return _send_on(visit, "#latest")


@router.post("/councils/{council}/chat/delete")
async def erase(request: Request, house: TheHouse, door: PublicDoor) -> Response:
    """Delete the conversation and forget its cookie."""
    form = await _form(request)
    visit = await _visit(request, house, door, form.get("language"))
    if visit.conversation is not None:
        with suppress(NoConversation):
            await in_thread(house.conversations.erase, visit.conversation)
    sent_on = _send_on(visit, said="deleted")
    sent_on.delete_cookie(_COOKIE, path=_path(visit.council.slug), httponly=True, samesite="strict")
    return sent_on


async def as_page(request: Request, problem: Problem) -> Response | None:
    """Show a problem to a person on a page, with the council's contact in its usual place."""
    path = request.scope["path"]
    if path.startswith("/v1/") or "text/html" not in request.headers.get("accept", ""):
        return None
    house: House = request.app.state.house
    found = _PAGE.fullmatch(path)
    door = house.councils.get(found[1]) if found else None
    language = door.council.languages[0] if door else "en"
    wanted = request.query_params.get("lang")
    if door and wanted in door.council.languages:
        language = str(wanted)
    words = page_words(language)
    known = f"problem_{problem.status}" if problem.status in _EXPLAINED else "problem_other"
    page = _html(
        "problem.html",
        problem.status,
        version=house.version,
        council=door.council if door else None,
        language=language,
        words=words,
        endonyms=ENDONYMS,
        explanation=words[known],
        status=problem.status,
        request_id=request_id(request.scope),
    )
    page.headers.update(problem.headers)
    return page


@cache
def page_words(language: str) -> Mapping[str, str]:
    """Read the page's words in a language."""
    words: dict[str, str] = tomllib.loads((TEMPLATES / f"page.{language}.toml").read_text("utf-8"))
    return words


async def _visit(request: Request, house: House, door: CouncilDoor, language: str | None) -> Visit:
    _same_site(request)
    id, _, secret = clean(request.cookies.get(_COOKIE, "")).partition(".")
    conversation = None
    if id and secret:
        with suppress(NoConversation):
            conversation = await in_thread(house.conversations.open, door.council.slug, id, secret)
    spoken = conversation.language if conversation else door.council.languages[0]
    wanted = language if language in door.council.languages else spoken
    return Visit(house, door.council, wanted or spoken, conversation, secret)


def _same_site(request: Request) -> None:
    """Take no form that another website has sent; browsers too old to tell send no cookie."""
    site = request.headers.get("sec-fetch-site", "none")
    if request.method == "POST" and site not in ("same-origin", "none"):
        raise Problem("forbidden")


async def _form(request: Request) -> dict[str, str]:
    form = await request.form(max_files=0, max_fields=10)
    return {clean(key): clean(value) for key, value in form.items() if isinstance(value, str)}


async def _chat(
    visit: Visit,
    *,
    error: str = "",
    missing: str = "",
    deleted: bool = False,
    status: int = 200,
) -> Response:
    """Show the page.

    error: of the question. missing: key of the words for a field that was not filled in.
    """
    turns = await in_thread(_turns, visit) if visit.conversation else ()
    words = page_words(visit.language)
    field = _field(turns[-1].answer) if turns else None
    if field and missing:
        field = replace(field, error=escape(words[missing]))
    return _html(
        "chat.html",
        status,
        version=visit.house.version,
        council=visit.council,
        language=visit.language,
        words=words,
        title=visit.council.look.title or words["assistant"],
        endonyms=ENDONYMS,
        turns=turns,
        field=field,
        error=error,
        deleted=deleted,
    )


def _turns(visit: Visit) -> tuple[TurnShown, ...]:
    assert visit.conversation is not None
    settle(visit.house, visit.conversation)
    said: list[Message] = []
    transcript = visit.house.conversations.transcript
    while more := transcript(visit.conversation, said[-1].ordinal if said else 0):
        said += more
    pending = visit.house.conversations.pending(visit.conversation)
    shown = [legible(message, pending) for message in said[-TURNS_SHOWN:]]
    return tuple(_turn(one, last=one is shown[-1]) for one in shown)


def _turn(message: Message, *, last: bool) -> TurnShown:
    answer = message.answer
    asks = _asks(answer) if last else None
    html = render(_beside_field(answer, asks) if asks else answer.text) if answer else ""
    return TurnShown(
        id=message.id,
        language=message.language,
        message=message.text,
        # Each answer counts its citations from 1, but an id stands only once in a page.
        html=html.replace('href="#citation-', f'href="#{message.id}-citation-'),
        answer=answer,
        family=answer.status.family if answer else "",
        ended=message.ended,
        helpful=message.helpful,
    )


def _asks(answer: Answer | None) -> Action | None:
    return next((one for one in answer.actions if one.kind == "input"), None) if answer else None


def _beside_field(answer: Answer, asks: Action) -> str:
    """Give what stands above a field: neither what it says itself, nor what was wrong with it."""
    told = {as_markdown("", str(asks.input.get(key, ""))) for key in ("label", "hint")}
    told.update(str(asks.input.get("error", "")).split("\n"))
    return "\n\n".join(block for block in answer.blocks if block not in told)


def _field(answer: Answer | None) -> Field | None:
    """Make a field of what an answer asks for, so that a browser helps to fill it in."""
    asks = _asks(answer)
    if asks is None:
        return None
    about = asks.input
    tag, attributes = _FIELDS.get(about["kind"], ("input", {}))
    if about["kind"] == "text" and about.get("characters", 0) > _ONE_LINE:
        tag = "textarea"
    if _NAMES.search(about["name"]):
        attributes = {**attributes, "autocomplete": "name", "spellcheck": "false"}
    return Field(
        action=asks.id,
        label=str(about["label"]),
        hint=str(about.get("hint", "")),
        error=render(str(about.get("error", ""))),
        tag=tag,
        attributes=attributes,
    )


_ONE_LINE = 200
_NAMES = re.compile(r"^(?:(?:full|your|contact)_)?name$")
_FIELDS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "phone": ("input", {"type": "tel", "autocomplete": "tel"}),
    "email": ("input", {"type": "email", "autocomplete": "email", "spellcheck": "false"}),
    "postcode": ("input", {"autocomplete": "postal-code", "spellcheck": "false", "size": "10"}),
    "address": ("textarea", {"autocomplete": "street-address"}),
    "date": ("input", {"size": "20"}),
    "time": ("input", {"size": "10"}),
    "photo": ("file", {"accept": "image/jpeg,image/png,image/webp"}),
}


def _send_on(visit: Visit, fragment: str = "", said: str = "") -> RedirectResponse:
    query = urlencode({"lang": visit.language} | ({"said": said} if said else {}))
    return RedirectResponse(f"{_path(visit.council.slug)}?{query}{fragment}", status_code=303)


def _remember(
    request: Request, response: Response, conversation: Conversation, secret: str
) -> None:
    response.set_cookie(
        _COOKIE,
        f"{conversation.id}.{secret}",
        path=_path(conversation.council),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def _path(slug: str) -> str:
    return f"/councils/{slug}/chat"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _html(template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
    page = _environment().get_template(template).render(values)
    return HTMLResponse(page, status, headers={"Cache-Control": "no-store"})


def _examples(described: Mapping[str, Any] | None) -> list[str]:
    """Collect the examples of a request or response in the API's description, as text."""
    shown: list[str] = []
    for content in (described or {}).get("content", {}).values():
        values = [one["value"] for one in content.get("examples", {}).values()]
        values += [content["example"]] if "example" in content else []
        values += content.get("schema", {}).get("examples", [])
        shown += [v if isinstance(v, str) else json.dumps(v, indent=2) for v in values]
    return shown

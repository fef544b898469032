"""The command `townclerk`."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.metadata import version
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import structlog
import typer

from api import terminal
from api.settings import Settings, SettingsMistake, hand_down, read_settings

if TYPE_CHECKING:
    from ingest.sync import SyncReport

NEW_COUNCIL = Path(__file__).parent / "new_council"
DEMO_COUNCILS = Path(__file__).parent.parent / "councils"
DEMO_QUESTIONS = (
    "My bin wasn't emptied this morning, what do I do?",
    "how much is the garden waste subscription",
    "how much to get rid of a wasps nest",
)

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Citizen-service chatbots for UK councils, answering from the council's own pages.",
)
CouncilName = Annotated[
    str, typer.Argument(metavar="COUNCIL", help="A folder in TOWNCLERK_COUNCILS, or a path to one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")]


def main() -> None:
    """Run the command; a mistake that has words is said in them, without a traceback."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("warning"),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        app()
    except Exception as error:
        if words := _words_for(error):
            _fail(words)
        raise


@app.callback(invoke_without_command=True)
def _version(
    context: typer.Context,
    show: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if show:
        typer.echo(version("townclerk"))
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def demo(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    once: Annotated[bool, typer.Option("--once", help="End after the answers.")] = False,
) -> None:
    """Bring the demo council up: ingest its pages, ask three questions, serve."""
    settings = read_settings()
    if not (settings.councils / "demo" / "council.toml").is_file():
        settings = settings.model_copy(update={"councils": DEMO_COUNCILS})
    terminal.say("[bold]Reading the demo council's pages[/bold]")
    report = _ingest(settings, "demo", show=True)
    terminal.show_report(report)
    for question in DEMO_QUESTIONS:
        terminal.show_answer(question, asyncio.run(_ask(settings, "demo", question)))
    if not once:
        _serve(settings, host, port, look_at="/councils/demo/chat")


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="The folder to make.")]) -> None:
    """Make a new council folder, ready to edit."""
    if folder.exists() and any(folder.iterdir()):
        _fail(f"{folder} exists and is not empty; nothing was written")
    shutil.copytree(NEW_COUNCIL, folder, dirs_exist_ok=True)
    typer.echo(f"Made {folder}. Next: edit {folder}/council.toml, then")
    typer.echo(f"  townclerk check {folder}\n  townclerk ingest {folder}")
    typer.echo(f'  townclerk ask {folder} "when do I report a missed bin?"')


@app.command()
def check(council: CouncilName) -> None:
    """Name every mistake in a council's folder at once."""
    from api.compose import find_council, open_council

    settings = read_settings()
    found, sources = open_council(find_council(settings, council), settings)
    typer.echo(f"{found.name}: no mistakes; {len(sources)} source(s).")


@app.command()
def ingest(council: CouncilName, as_json: AsJson = False) -> None:
    """Bring the index in step with the council's sources."""
    report = _ingest(read_settings(), council, show=not as_json)
    if as_json:
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        terminal.show_report(report)
    if report.failed:
        raise typer.Exit(1)


@app.command()
def ask(council: CouncilName, question: str, as_json: AsJson = False) -> None:
    """Ask one question: the steps with their times, the passages, the answer."""
    told = asyncio.run(_ask(read_settings(), council, question))
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        terminal.show_run(question, told)


@app.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer.")] = 1,
    work: Annotated[
        bool,
        typer.Option(
            "--work/--no-work",
            help="Deliver cases and do the scheduled ingests too, or leave them to others.",
        ),
    ] = True,
) -> None:
    """Serve the HTTP API for every council, with the delivery of cases and scheduled ingests."""
    _serve(read_settings(), host, port, workers, work=work)


@app.command()
def work(
    parent: Annotated[int, typer.Option(hidden=True, help="End when this process has.")] = 0,
) -> None:
    """Deliver cases and do the scheduled ingests, for deployments with many API replicas."""
    from api.compose import installation
    from api.observe import log_as_json
    from api.work import end_with, find_suppliers, keep_delivering, keep_fresh
    from chatbot.records import Cases

    settings = read_settings()
    log_as_json(settings.log_level)
    if parent:
        end_with(parent)
    with installation(settings) as opened:
        delivering = (lambda: Cases(opened.engine), find_suppliers(settings))
        Thread(target=keep_delivering, args=delivering, name="delivery", daemon=True).start()
        keep_fresh(settings, lambda folder: _ingest(settings, str(folder), show=False))


@app.command()
def cases(
    council: CouncilName,
    state: Annotated[
        str, typer.Option(help="Only these: received, delivered, failed or closed.")
    ] = "",
    show: Annotated[str, typer.Option(metavar="REF", help="One case in full.")] = "",
    close: Annotated[str, typer.Option(metavar="REF", help="Say that a case is done.")] = "",
    replay: Annotated[
        str, typer.Option(metavar="REF", help="Deliver again what could not be delivered.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List the cases that citizens opened, or look after one of them."""
    from chatbot.records import NoCase

    if sum(map(bool, (show, close, replay, state))) > 1:
        _fail("give one of --state, --show, --close and --replay")
    try:
        told = _cases(read_settings(), council, state, show, close, replay)
    except NoCase:
        _fail(f"there is no such case, or nothing of it to do: {show or close or replay}")
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    elif "cases" in told:
        terminal.show_cases(told["cases"])
    else:
        terminal.show_case(told)


@app.command()
def key() -> None:
    """Make an API key: the key for the caller, its digest for the council's folder."""
    made = f"tc_{secrets.token_urlsafe(32)}"
    typer.echo(f"Give this key to the caller; it is not kept anywhere:\n  {made}")
    digest = hashlib.sha256(made.encode()).hexdigest()
    typer.echo(f'Add its digest to api_key_sha256 in council.toml:\n  "{digest}"')


def _ingest(settings: Settings, name: str, *, show: bool) -> SyncReport:
    from api.compose import find_council, installation, open_council, processors
    from ingest.reading import Sandbox
    from ingest.sync import sync

    council, sources = open_council(find_council(settings, name), settings)
    with (
        installation(settings, threads=processors()) as opened,
        Sandbox() as reader,
        terminal.progress() if show else nullcontext(lambda progress: None) as tell,
    ):
        return sync(council.slug, council.website, sources, opened.knowledge_base, reader, tell)


def _cases(
    settings: Settings, name: str, state: str, show: str, close: str, replay: str
) -> dict[str, Any]:
    """Do what is asked of a council's cases. Raises NoCase."""
    from api.cases import case_detail_out, list_out
    from api.compose import find_council, installation, open_council
    from chatbot.records import NoCase
    from chatbot.records.cases import STATES

    if state and state not in STATES:
        _fail(f"{state!r} is no state of a case; they are {', '.join(STATES)}")
    council, _ = open_council(find_council(settings, name), settings)
    with installation(settings) as opened:
        book, slug = opened.cases, council.slug
        wanted = show or close or replay
        if not wanted:
            only = next((one for one in STATES if one == state), None)
            return list_out(book, slug, only, "", _MOST_CASES).model_dump(mode="json")
        case = book.find(slug, wanted)
        if case is None:
            raise NoCase(wanted)
        if close:
            case = book.close(slug, case.reference)
        if replay:
            dead = [one for one in book.dead(slug) if one.reference == case.reference]
            if not dead:
                raise NoCase(wanted)
            for one in dead:
                book.replay(slug, one.id)
            case = book.find(slug, wanted) or case
        return case_detail_out(book, case).model_dump(mode="json")


_MOST_CASES = 200


async def _ask(settings: Settings, name: str, question: str) -> dict[str, Any]:
    from api.compose import find_council, installation, open_council
    from api.exchange import chat_answer
    from api.search import passage_out
    from chatbot.types import Question

    council, _ = open_council(find_council(settings, name), settings)
    with installation(settings) as opened:
        # Loaded beforehand: it is no part of how long an answer takes.
        await asyncio.to_thread(opened.embedder.embed_questions, [question])
        begun = time.perf_counter()
        # A form opens and shows its first question; nothing is submitted by one message.
        asked = Question(question, council.languages[0], pending={})
        run = await opened.bot(council).ainvoke(asked)
        total = time.perf_counter() - begun
    # Nothing typed here is kept, so there is no conversation to name.
    told = chat_answer(secrets.token_hex(16), secrets.token_hex(16), run)
    passages = [passage_out(match) for match in run.draft.matches]
    return {
        **told.model_dump(mode="json", exclude_none=True),
        "seconds": {"total": round(total, 6), **told.seconds},
        "passages": [passage.model_dump(mode="json") for passage in passages],
    }


def _serve(
    settings: Settings,
    host: str,
    port: int,
    workers: int = 1,
    *,
    work: bool = True,
    look_at: str = "/",
) -> None:
    import uvicorn

    from api.compose import find_councils, installation, open_council, open_suppliers

    councils = [open_council(folder, settings)[0] for folder in find_councils(settings)]
    if not councils:
        _fail(
            f"there is no council in {settings.councils}; `townclerk init "
            f"{settings.councils}/NAME` makes one, `townclerk demo` shows one"
        )
    open_suppliers(councils, settings)
    with installation(settings) as opened:
        # Before the workers start, so that they do not race to do it.
        _ = opened.engine, opened.embedder, opened.language_model
    _refuse_taken(host, port)
    hand_down(settings)
    shown = "localhost" if host in ("0.0.0.0", "127.0.0.1", "::") else host  # noqa: S104
    terminal.say(
        f"Serving {len(councils)} council(s). Look at [bold]http://{shown}:{port}{look_at}"
    )
    terminal.say(f"The API is described at http://{shown}:{port}/docs. Stop with Ctrl+C.")
    to_do = any(council.ingest_every_hours or council.suppliers for council in councils)
    with _working() if work and to_do else nullcontext():
        uvicorn.run(
            "api.compose:serving_app",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=10,
            server_header=False,
        )


@contextmanager
def _working() -> Iterator[None]:
    """Run `townclerk work` beside the server, in a process that ends with it."""
    command = [sys.executable, "-m", "api", "work", "--parent", str(os.getpid())]
    process = subprocess.Popen(command)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def _refuse_taken(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            _fail(f"cannot listen on {host} port {port}: {error.strerror}; try --port")


def _words_for(error: Exception) -> str:
    """Say a mistake in words; "" for what is a fault of ours and keeps its traceback."""
    from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

    from api.compose import NoCouncil
    from chatbot.council import CouncilMistakes
    from chatbot.llm import ModelNotInstalled
    from chatbot.suppliers.configured import SupplierMistakes
    from knowledge_base.locks import Busy
    from knowledge_base.model_folder import ModelMissing
    from knowledge_base.vectors import IndexDown

    match error:
        case CouncilMistakes(mistakes=mistakes):
            words = "\n".join(map(str, mistakes))
            return f"{len(mistakes)} mistake(s) in the council's folder:\n{words}"
        case IndexDown():
            return f"the index cannot be written, so answers come from words alone: {error}"
        case IntegrityError() | ProgrammingError():
            return ""
        case DBAPIError():
            return f"the database cannot be used now: {error.orig}; what it holds is safe"
        case (
            SupplierMistakes()
            | SettingsMistake()
            | NoCouncil()
            | Busy()
            | ModelMissing()
            | ModelNotInstalled()
        ):
            return str(error)
    return ""


def _fail(words: str) -> NoReturn:
    terminal.complain(words)
    sys.exit(1)

"""The one place that wires: settings become engines, a knowledge base, bots, an app."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path

import structlog
from fastapi import FastAPI
from sqlalchemy import Engine

from api.app import create_app
from api.caretaker import Caretaker
from api.database import open_engine, upgrade
from api.house import CouncilDoor, House, Size
from api.observe import log_as_json
from api.settings import Settings, read_secrets, read_settings
from api.supplier_http import ask_supplier
from chatbot.bot import Bot, build_bot
from chatbot.council import Council, CouncilMistakes, load_council
from chatbot.llm import Clocks, LanguageModel, open_model
from chatbot.lookup_answer import LookupAnswer
from chatbot.meanings import Embed
from chatbot.phrases import Book, usual_book
from chatbot.recogniser import TAUGHT_FILE, Learnt, Recogniser, read_learnt
from chatbot.records import Cases, Conversations
from chatbot.records.uploads import Uploads
from chatbot.steps.run_automation import Desk
from chatbot.supplier import Supplier
from chatbot.suppliers.configured import SupplierMistakes, make_suppliers
from chatbot.table import Mistake, read_toml
from chatbot.wanted import FindWanted
from chatbot.writers.extractive import Extractive
from chatbot.writers.llm import ModelWriter
from ingest.source import Source
from ingest.sources.tables import load_sources
from knowledge_base.catalogue import Catalogue
from knowledge_base.embed import DEFAULT_MODEL, Embedder, find_model, load_embedder
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.locks import writer_lock
from knowledge_base.rank import Weights
from knowledge_base.taught import make_taught
from knowledge_base.vectors import ChromaIndex, embedded_index, server_index

log = structlog.get_logger(__name__)


Place = tuple[str, str]


class NoCouncil(Exception):
    """A council's folder cannot be found; str() says where it was looked for."""


@dataclass(frozen=True)
class Installation:
    """Everything one process needs, each part made when it is first asked for.

    threads: for the embedding model; ingest uses them all, a serving worker one.
    """

    settings: Settings
    threads: int = 1

    @cached_property
    def engine(self) -> Engine:
        engine = open_engine(self.settings.database)
        upgrade(engine)
        return engine

    @cached_property
    def embedder(self) -> Embedder:
        return load_embedder(
            self.settings.embedding_model, self.settings.data / "models", self.threads
        )

    @cached_property
    def index(self) -> ChromaIndex:
        if self.settings.chroma_url:
            return server_index(self.settings.chroma_url)
        return embedded_index(self.settings.data / "chroma")

    @cached_property
    def language_model(self) -> LanguageModel | None:
        """The one that councils' answers are written with; one breaker for all of them."""
        settings = self.settings
        if not settings.llm:
            return None
        clocks = Clocks(
            settings.llm_connect_seconds,
            settings.llm_first_token_seconds,
            settings.llm_total_seconds,
        )
        return open_model(settings.llm, clocks=clocks)

    @cached_property
    def knowledge_base(self) -> KnowledgeBase:
        return self.open_knowledge_base()

    def open_knowledge_base(self, weights: Weights | None = None) -> KnowledgeBase:
        """Open the knowledge base, with other weights than its own where they are measured."""
        keep_numpy_to_one_thread()
        return KnowledgeBase(
            Catalogue(self.engine),
            self.index,
            self.embedder,
            writer_lock(self.engine, self.settings.data),
            weights=weights,
            words=self.settings.data / "words",
        )

    @cached_property
    def taught_embed(self) -> Embed | None:
        """Gives meanings by the packaged model as it was taught to recognise what people say; None
        where it cannot be made, which must not keep anybody from being answered."""
        models = self.settings.data / "models"
        try:
            folder = make_taught(find_model(DEFAULT_MODEL), TAUGHT_FILE, models)
            return load_embedder(str(folder), models, self.threads).embed_questions
        except Exception as fault:
            log.error("taught_model_missing", fault=type(fault).__name__)
            return None

    @cached_property
    def usual_embed(self) -> Embed | None:
        """Gives meanings by the packaged model, whatever the search is set to; None where it cannot
        be made, and what is wanted is told by words alone."""
        if self.settings.embedding_model == DEFAULT_MODEL:
            return self.embedder.embed_questions
        try:
            models = self.settings.data / "models"
            return load_embedder(DEFAULT_MODEL, models, self.threads).embed_questions
        except Exception as fault:
            log.error("packaged_model_missing", fault=type(fault).__name__)
            return None

    @cached_property
    def learnt(self) -> Learnt:
        return read_learnt()

    def recogniser(self, own: Book) -> Recogniser:
        """Make what tells dangers, with what a council's own folder adds."""
        return Recogniser(self.learnt, self.taught_embed, usual=usual_book(), own=own)

    @cached_property
    def cases(self) -> Cases:
        return Cases(self.engine)

    def desk(self, council: Council) -> Desk | None:
        """Make what a council's tasks are done with; None where none is switched on."""
        if not council.offers:
            return None
        find = FindWanted(council.offers, self.usual_embed)
        return Desk(council.offers, find, self.cases, LookupAnswer(council))

    def bot(self, council: Council) -> Bot:
        self.knowledge_base.teach(council.slug, council.everyday)
        embed, model = self.embedder.embed_passages, self.language_model
        return build_bot(
            council,
            self.knowledge_base,
            recognise=self.recogniser(council.phrases),
            write=Extractive(embed),
            ask_model=ModelWriter(model, council, embed) if model else None,
            desk=self.desk(council),
        )

    def close(self) -> None:
        """Let go of files and connections of the parts that were made."""
        made = vars(self)
        if "index" in made:
            self.index.close()
        if "engine" in made:
            self.engine.dispose()


@contextmanager
def installation(settings: Settings, threads: int = 1) -> Iterator[Installation]:
    """Open an installation for one command."""
    opened = Installation(settings, threads)
    try:
        yield opened
    finally:
        opened.close()


def keep_numpy_to_one_thread() -> None:
    """Let questions share the cores instead of each spreading over all of them.

    What a search multiplies takes 2 ms. Threads that OpenBLAS starts for it wait by spinning: on
    two busy cores a search took 33 ms with them, 13 without.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")


def find_council(settings: Settings, name: str) -> Path:
    """Find a council's folder by its name among the councils, or by path. Raises NoCouncil."""
    for folder in (settings.councils / name, Path(name)):
        if (folder / "council.toml").is_file():
            return folder.resolve()
    raise NoCouncil(
        f"there is no council {name!r}: neither {settings.councils / name} nor {Path(name)} "
        "holds a council.toml; `townclerk init` makes one"
    )


def find_councils(settings: Settings) -> tuple[Path, ...]:
    """List the folders of all councils of this installation."""
    return tuple(sorted(path.parent.resolve() for path in settings.councils.glob("*/council.toml")))


def open_council(folder: Path, settings: Settings) -> tuple[Council, tuple[Source, ...]]:
    """Load a council with its sources. Raises CouncilMistakes with all that is wrong in both."""
    mistakes: list[Mistake] = []
    council: Council | None = None
    try:
        council = load_council(folder)
    except CouncilMistakes as error:
        mistakes += error.mistakes
    written = read_toml(folder / "council.toml", [])
    sources, wrong = load_sources(
        written.get("sources"),
        folder,
        website=council.website if council else "",
        allow_private=frozenset(settings.allow_private),
    )
    mistakes += [Mistake("council.toml", key, words) for key, words in wrong]
    # Both look at what `sources` is, and may say the same of it.
    mistakes = list(dict.fromkeys(mistakes))
    if mistakes or council is None:
        raise CouncilMistakes(mistakes)
    return council, sources


def open_suppliers(councils: Sequence[Council], settings: Settings) -> dict[Place, Supplier]:
    """Make the councils' suppliers, by council and name. Raises SupplierMistakes."""
    secrets, private = read_secrets(), settings.allow_private
    ask = partial(ask_supplier, allow_private=private)
    opened: dict[Place, Supplier] = {}
    mistakes: list[str] = []
    for council in councils:
        try:
            made = make_suppliers(council.suppliers.values(), secrets, ask, private)
        except SupplierMistakes as error:
            mistakes += [f"{council.slug}: {line}" for line in str(error).splitlines()]
        else:
            opened |= {(council.slug, name): supplier for name, supplier in made.items()}
    if mistakes:
        raise SupplierMistakes("\n".join(mistakes))
    return opened


def build_app(opened: Installation, councils: Sequence[Council]) -> FastAPI:
    """Make the HTTP API for councils, with the thread that keeps it in step."""
    settings = opened.settings
    bots = {council.slug: opened.bot(council) for council in councils}
    # The examples of a council's forms are embedded at the first message otherwise.
    warm = [
        partial(bot.desk.find, "where do I begin", bot.council.languages[0])
        for bot in bots.values()
        if bot.desk
    ]
    caretaker = Caretaker(opened.knowledge_base, list(bots), warm)
    house = House(
        councils={
            council.slug: CouncilDoor(council=council, bot=bots[council.slug])
            for council in councils
        },
        search=opened.knowledge_base,
        conversations=Conversations(opened.engine),
        cases=opened.cases,
        uploads=Uploads(opened.engine),
        size=lambda slug: Size(*opened.knowledge_base.catalogue.count(slug)),
        rate_limit=settings.rate,
        cors_origins=settings.cors_origins,
        trusted_hosts=settings.trusted_hosts,
        max_body_bytes=settings.max_body_bytes,
        max_upload_bytes=settings.max_upload_bytes,
        seconds_per_answer=settings.seconds_per_answer,
        version=version("townclerk"),
    )
    return create_app(house, beside=caretaker)


def serving_app() -> FastAPI:
    """Make the app of one worker from the environment; what uvicorn calls in each process."""
    opened = Installation(read_settings())
    log_as_json(opened.settings.log_level)
    councils = [
        open_council(folder, opened.settings)[0] for folder in find_councils(opened.settings)
    ]
    return build_app(opened, councils)


def processors() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0))

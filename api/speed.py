"""Measure how fast, how small and how large, beside the stock way. Never a verdict.

`make bench` runs this module after `api.bench`; it wires what `evals` measures.
"""

from __future__ import annotations

import logging
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain, groupby
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from threadpoolctl import threadpool_limits

from api.bench import DEMO, throwaway
from api.compose import Installation, open_council, processors
from api.settings import Settings, hand_down, read_settings
from evals.benchmark import make_page
from evals.benchmarks.council_folder import QUESTIONS
from evals.cases import read_cases
from evals.plot import draw_speed
from evals.report import BEGIN_SPEED, write_page
from evals.scale import COUNCIL, PASSAGES_A_PAGE, Text, file_bytes, fill, invent_pages
from evals.serving import ask_for, has_loaded, resident, serve
from evals.speed import (
    Figure,
    Part,
    ask_at_once,
    ask_at_rate,
    describe,
    quantile,
    ratio,
    spread,
    take_turns,
)
from evals.system import NotInstalled
from evals.systems.langchain import add_texts, open_store
from evals.systems.stock import Text as Stock
from evals.systems.stock import split
from ingest.reading import Sandbox
from ingest.sync import sync
from knowledge_base.embed import load_in_torch
from knowledge_base.types import Page, Passage
from knowledge_base.windows import in_place, windows

_PASSAGES_AT_ONCE = 128
_LOAD = 300
# Passages of the council that is asked by many at once, or the next smaller one.
_ASKED_MUCH = 20_000
_COMMAND = (sys.executable, "-m", "api", "serve", "--no-work")
_TOWN = """name = "Invented Borough Council"
nation = "england"
languages = ["en"]
website = "https://invented.example"
[[sources]]
kind = "folder"
path = "pages"
base_url = "https://invented.example/"
"""


def speed(
    scale: Annotated[
        list[int] | None, typer.Option(help="Passages of an invented council; repeatable.")
    ] = None,
    rounds: Annotated[int, typer.Option(help="How often each question is asked.")] = 5,
    page: Annotated[
        Path | None, typer.Option(help="A Markdown page to write the figures into, with a plot.")
    ] = None,
) -> None:
    """Measure searches, an ingest, serving processes, and councils of several sizes."""
    settings = read_settings()
    sizes = sorted(scale or [2_000, 20_000])
    growth: dict[int, tuple[float, float]] = {}
    parts = []
    for part in chain(_compared(settings, rounds), _sizes(settings, sizes, rounds, growth)):
        typer.echo(f"\n{describe([part])}")
        parts.append(part)
    if page is not None:
        plot = page.with_name(f"{page.stem}-speed.svg")
        draw_speed(parts[0], growth, plot)
        told = f"![A search beside the model alone and LangChain; growth with size]({plot.name})"
        write_page(page, f"{describe(parts)}\n\n{told}", BEGIN_SPEED)


def _compared(settings: Settings, rounds: int) -> Iterator[Part]:
    """Compare with the bare model and the stock way, on the demo council."""
    questions = [case.asked for case in read_cases(DEMO / "evals" / QUESTIONS)]
    with (
        throwaway(settings, 1) as opened,
        throwaway(settings, processors()) as other,
        tempfile.TemporaryDirectory() as folder,
    ):
        knowledge_base = opened.knowledge_base
        council, pages = _read_demo(opened)
        stock = load_in_torch(settings.embedding_model)
        ways: dict[str, Callable[[str], object]] = {
            "find": partial(knowledge_base.find, council),
            "bare": lambda text: opened.embedder.embed_questions([text]),
        }
        not_run = ""
        store = None
        try:
            store = open_store(stock, Path(folder))
        except NotInstalled as missing:
            not_run = f"{missing} for the stock way"
        ingest = _ingest(other, pages, store, not_run)
        # The model in torch too answers on one thread, as each of many workers would.
        threadpool_limits(1)
        if store is not None:
            ways["stock"] = partial(store.similarity_search_with_score, k=10)
        seconds = take_turns(ways, questions, rounds)
        figures = [
            *spread("a search", seconds["find"]),
            *spread("the model alone", seconds["bare"]),
            ratio("search / model alone", seconds["find"], seconds["bare"], "at most 2.5"),
        ]
        if "stock" in seconds:
            figures += spread("LangChain with torch", seconds["stock"])
            figures.append(
                ratio("search / LangChain", seconds["find"], seconds["stock"], "at most 0.33")
            )
        yield Part("One search, demo council", tuple(figures), not_run)
        yield ingest


def _read_demo(opened: Installation) -> tuple[str, list[Page]]:
    """Ingest the demo council; gives its name and its pages as they were read."""
    council, sources = open_council(DEMO.resolve(), opened.settings)
    knowledge_base = opened.knowledge_base
    knowledge_base.teach(council.slug, council.everyday)
    with Sandbox() as reader:
        sync(council.slug, council.website, sources, knowledge_base, reader)
    catalogue = knowledge_base.catalogue
    rows = sorted(
        catalogue.rows(council.slug, catalogue.passage_ids(council.slug)),
        key=lambda row: (row.page_url, row.title, row.id),
    )
    return council.slug, [
        make_page(url, title, [Passage(row.text, row.url, row.headings) for row in of_page])
        for (url, title), of_page in groupby(rows, key=lambda row: (row.page_url, row.title))
    ]


def _ingest(opened: Installation, pages: Sequence[Page], store: Any, not_run: str) -> Part:
    """Time pages that are read already, in turns with the bare model and the stock way."""
    taken: dict[str, list[float]] = defaultdict(list)
    opened.embedder.embed_passages(["loaded before the clock starts"])
    with opened.knowledge_base.writer() as writer:
        for some in _by_passages(pages):
            texts = [
                text
                for page in some
                for passage in page.passages
                for text in windows(page.title, passage.headings, passage.text)
            ]
            with _timed(taken["bare"]):
                opened.embedder.embed_passages(texts)
            with _timed(taken["put"]):
                writer.put(COUNCIL, some)
            if store is not None:
                with _timed(taken["stock"]):
                    add_texts(store, split(_as_texts(some)))
    total = {name: sum(seconds) for name, seconds in taken.items()}
    figures = [
        Figure("pages", len(pages)),
        Figure("put, pages a second", len(pages) / total["put"]),
        Figure("put / the model alone", total["put"] / total["bare"], "x", "at most 1.3"),
    ]
    if store is not None:
        figures += [
            Figure("LangChain with torch, pages a second", len(pages) / total["stock"]),
            Figure(
                "pages a second / LangChain's", total["stock"] / total["put"], "x", "at least 2.5"
            ),
        ]
    return Part("An ingest, demo council", tuple(figures), not_run)


@contextmanager
def _timed(into: list[float]) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    into.append(time.perf_counter() - begun)


def _sizes(
    settings: Settings, sizes: Sequence[int], rounds: int, growth: dict[int, tuple[float, float]]
) -> Iterator[Part]:
    questions = Text(99).sentences(40, 8)
    asked_much = max((size for size in sizes if size <= _ASKED_MUCH), default=sizes[0])
    for size in sizes:
        with throwaway(settings, 1) as opened:
            yield _size(opened, size, questions, rounds, growth)
            yield from _serving(opened, size, questions, loaded=size == asked_much)
    if len(growth) > 1:
        small, large = growth[sizes[0]], growth[sizes[-1]]
        yield Part(
            f"From {sizes[0]:,} to {sizes[-1]:,} passages",
            (
                Figure("a search, median", large[0] / small[0], "x"),
                Figure("a search, p95", large[1] / small[1], "x", "at most 4"),
            ),
        )


def _size(
    opened: Installation,
    size: int,
    questions: Sequence[str],
    rounds: int,
    growth: dict[int, tuple[float, float]],
) -> Part:
    knowledge_base, data = opened.knowledge_base, opened.settings.data
    pages = list(invent_pages(max(2, size // PASSAGES_A_PAGE)))
    begun = time.perf_counter()
    fill(knowledge_base.catalogue, opened.index, knowledge_base.model, pages)
    with knowledge_base.writer() as writer:
        writer.settle(COUNCIL)
    filled = time.perf_counter() - begun
    with opened.engine.connect() as connection:
        # What waits in the log beside the file belongs into the file.
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    files = {
        name: file_bytes(data / place) / size
        for name, place in (
            ("SQLite", "townclerk.sqlite3"),
            ("Chroma", "chroma"),
            ("words", "words"),
        )
    }
    find = {"find": partial(knowledge_base.find, COUNCIL)}
    seconds = take_turns(find, questions, rounds)["find"]
    growth[size] = (statistics.median(seconds), quantile(seconds, 0.95))
    return Part(
        f"{size:,} passages",
        (
            *spread("a search", seconds),
            Figure("to fill without the model", filled, "s"),
            *_again(opened, pages),
            *(Figure(f"on disk, {name}, a passage", value, "B") for name, value in files.items()),
        ),
    )


def _again(opened: Installation, pages: Sequence[Page]) -> tuple[Figure, ...]:
    """Change a hundredth of the pages, with the model, and reckon it as a share of an ingest."""
    changed = list(invent_pages(max(1, len(pages) // 100), seed=2))
    begun = time.perf_counter()
    with opened.knowledge_base.writer() as writer:
        for some in _by_passages(changed):
            writer.put(COUNCIL, some)
        put = time.perf_counter() - begun
        writer.settle(COUNCIL)
    whole = time.perf_counter() - begun
    opened.knowledge_base.look_again(COUNCIL)
    follow = time.perf_counter()
    opened.knowledge_base.find(COUNCIL, "after the change")
    follow = time.perf_counter() - follow
    ingest = put * len(pages) / len(changed) + whole - put
    return (
        Figure("1% of pages changed", whole, "s"),
        Figure("as a share of an ingest, reckoned", 100 * whole / ingest, "%"),
        Figure("first search after it", follow * 1000, "ms"),
    )


def _serving(
    opened: Installation, size: int, questions: Sequence[str], *, loaded: bool
) -> Iterator[Part]:
    """Serve the council in processes of its own, as `townclerk serve` does."""
    councils = opened.settings.data / "councils"
    (councils / COUNCIL / "pages").mkdir(parents=True)
    (councils / COUNCIL / "council.toml").write_text(_TOWN)
    opened.close()
    hand_down(opened.settings.model_copy(update={"councils": councils, "rate_limit": "off"}))
    rates = {}
    for workers in (1, 2) if loaded else (1,):
        with serve(_COMMAND, workers, opened.settings.data / "log") as (port, server, ready):
            ask = partial(ask_for, port, f"/v1/councils/{COUNCIL}/search?q=")
            texts = [questions[at % len(questions)] for at in range(_LOAD)]
            for text in texts[:20]:
                ask(text)
            if workers == 1:
                yield Part(
                    f"A serving process, {size // PASSAGES_A_PAGE:,} pages",
                    (
                        Figure("until /readyz says 200", ready, "s", "at most 3"),
                        Figure("resident", resident("VmRSS", server), "MB", "at most 500"),
                        Figure("of it its own", resident("RssAnon", server), "MB"),
                        Figure("torch is loaded", float(has_loaded(server, "libtorch")), "", "0"),
                    ),
                )
            if loaded:
                rates[workers] = ask_at_once(ask, texts, 2 * workers)
                if workers == 2:
                    late = ask_at_rate(ask, texts, 0.8 * rates[2], 32)
                    yield Part(
                        "Two workers, asked over HTTP on the same cores",
                        (
                            Figure("cores", processors()),
                            Figure("one worker, searches a second", rates[1]),
                            Figure("two workers, searches a second", rates[2]),
                            Figure("two / one", rates[2] / rates[1], "x"),
                            *spread("at 80% load", late),
                            Figure(
                                "at 80% load, p99 / median",
                                quantile(late, 0.99) / statistics.median(late),
                                "x",
                                "at most 5",
                            ),
                        ),
                    )


def _by_passages(pages: Sequence[Page]) -> Iterator[list[Page]]:
    """Put pages together as an ingest does."""
    some: list[Page] = []
    for page in pages:
        some.append(page)
        if sum(len(one.passages) for one in some) >= _PASSAGES_AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _as_texts(pages: Sequence[Page]) -> list[Stock]:
    return [
        Stock(
            page.url,
            page.url,
            "\n\n".join(in_place(page.title, one.headings, one.text) for one in page.passages),
        )
        for page in pages
    ]


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))
    logging.disable(logging.WARNING)
    typer.run(speed)


if __name__ == "__main__":
    main()

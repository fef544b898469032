"""Measure how well questions are answered, and how fast: `python -m api.answers [FOLDER …]`.

A folder is a council's, or one of pages with `manifest.jsonl` and `questions.jsonl`. The demo
council is the default.
"""

from __future__ import annotations

import asyncio
import json
import logging
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import structlog
import typer

from api.bench import DEMO, throwaway
from api.compose import Installation, open_council, processors
from api.settings import SettingsMistake, read_settings
from chatbot.bot import Bot
from chatbot.council import CouncilMistakes
from chatbot.types import Question
from evals.answers import Answered, measure_answers
from evals.benchmarks.council_folder import MANIFEST, QUESTIONS
from evals.cases import Case, read_addresses, read_cases
from evals.conversations import measure_conversations
from evals.published import CaseMistake
from evals.report import figure, table
from evals.speed import take_turns
from ingest.reading import Sandbox
from ingest.sync import sync

FURTHER = "further_questions.jsonl"
CONVERSATIONS = "conversations.jsonl"
ROUNDS = 2

_HEADS = (
    "questions",
    "said with its page",
    "right page",
    "not answered, though answerable",
    "left, not answerable",
    "words",
)


def answers(
    folders: Annotated[list[Path] | None, typer.Argument(help="Default: the demo.")] = None,
) -> None:
    """Ask each council's questions, and say what came of them."""
    settings = read_settings()
    rows: list[list[str]] = []
    with throwaway(settings, processors()) as opened:
        for folder in folders or [DEMO]:
            rows += _ask(opened, folder.resolve())
    typer.echo(table(_HEADS, rows))


def _ask(opened: Installation, folder: Path) -> list[list[str]]:
    with TemporaryDirectory() as made:
        described = (folder / "council.toml").is_file()
        council, sources = open_council(
            folder if described else _describe(folder, Path(made)), opened.settings
        )
        with Sandbox() as reader:
            sync(council.slug, council.website, sources, opened.knowledge_base, reader)
    bot = opened.bot(council)
    kept = folder / "evals" if described else folder
    addresses = {} if described else read_addresses(folder / MANIFEST)
    rows = []
    for name in (QUESTIONS, FURTHER):
        if (kept / name).is_file():
            cases = read_cases(kept / name, addresses)
            rows.append(_row(f"{folder.name}, {name}", asyncio.run(measure_answers(bot, cases))))
    if (kept / CONVERSATIONS).is_file():
        counts = asyncio.run(measure_conversations(bot, read_cases(kept / CONVERSATIONS)))
        typer.echo(f"{folder.name}, {CONVERSATIONS}: {counts}")
    _tell_speed(opened, bot, read_cases(kept / QUESTIONS, addresses))
    return rows


def _row(name: str, found: Answered) -> list[str]:
    counts = found.counts
    answerable, other = max(counts["answerable"], 1), max(counts["not answerable"], 1)
    return [
        name,
        figure(counts["said with its page"] / answerable),
        figure(counts["right page cited"] / answerable),
        figure(1 - counts["answered"] / answerable),
        figure(counts["left unanswered"] / other),
        f"{found.words:.0f}",
    ]


def _tell_speed(opened: Installation, bot: Bot, cases: Sequence[Case]) -> None:
    """Time the search and the whole answer in turns, when each piece has been read once."""
    find, slug = opened.knowledge_base.find, bot.council.slug
    limit = bot.council.limits.passages
    runner = asyncio.Runner()
    ways = {
        "search": lambda text: find(slug, text, limit=limit),
        "answer": lambda text: runner.run(bot.ainvoke(Question(text))),
    }
    with runner:
        timed = take_turns(ways, [case.question for case in cases], ROUNDS)
    search, whole = (statistics.median(timed[name]) * 1000 for name in ways)
    told = f"a search {search:.1f} ms, an answer {whole:.1f} ms, {whole / search:.2f} times"
    typer.echo(f"{slug}, median: {told}")


def _describe(folder: Path, made: Path) -> Path:
    """Describe a folder of pages as a council, in a folder of its own."""
    council = made / folder.name
    council.mkdir()
    website = json.dumps(f"https://{folder.name}.example")
    source = f"kind = 'folder'\npath = {json.dumps(str(folder))}\nmanifest = '{MANIFEST}'"
    text = f"name = 'The council'\nnation = 'england'\nwebsite = {website}\n[[sources]]\n{source}\n"
    (council / "council.toml").write_text(text, encoding="utf-8")
    return council


def main() -> None:
    """Run the command; a mistake that has words is said in them."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))
    logging.disable(logging.WARNING)
    try:
        typer.run(answers)
    except (CaseMistake, CouncilMistakes, SettingsMistake) as mistake:
        typer.echo(str(mistake), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()

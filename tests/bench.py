"""How good and how fast, on the demo council and its questions. Figures, never a verdict.

usage: python -m tests.bench [COUNCIL_FOLDER [QUESTIONS [MANIFEST]]]

QUESTIONS: JSON lines as in councils/demo/evals/questions.jsonl. MANIFEST: gives the address of
each file that the questions name as their page.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from api.compose import Installation, open_council, processors
from api.settings import Settings
from chatbot.bot import Bot
from chatbot.types import Question
from evals.cases import Case, read_addresses, read_cases
from evals.retrieval import measure, summarise
from ingest.reading import Sandbox
from ingest.sync import sync
from tests.conftest import MODELS, ROOT


def main(folder: Path, questions: Path, manifest: Path | None) -> None:
    cases = read_cases(questions, read_addresses(manifest) if manifest else None)
    with tempfile.TemporaryDirectory() as data:
        (Path(data) / "models").symlink_to(MODELS)
        opened = Installation(Settings(data=Path(data)), threads=processors())
        council, sources = open_council(folder, opened.settings)
        opened.embedder.embed_passages(["loaded before the clock starts"])
        with Sandbox() as reader:
            arguments = (council.slug, council.website, sources, opened.knowledge_base, reader)
            first, second = sync(*arguments), sync(*arguments)
        print(f"ingest   {len(first.created)} pages, {first.passages} passages", end=", ")
        print(f"{first.passages / first.seconds:.1f} passages a second; again, nothing changed:")
        print(f"         {second.seconds:.2f} s of {first.seconds:.2f} s")
        _search(opened, council.slug, cases)
        asyncio.run(_answers(opened.bot(council), cases))
        opened.close()


def _search(opened: Installation, slug: str, cases: Sequence[Case]) -> None:
    seconds = []

    def find(text: str) -> Sequence[object]:
        begun = time.perf_counter()
        found = opened.knowledge_base.find(slug, text)
        seconds.append(time.perf_counter() - begun)
        return found.matches

    figures = summarise(measure(cases, find))  # type: ignore[arg-type]
    print("search  ", "  ".join(f"{name} {value:.3f}" for name, value in figures.items()))
    print("        ", _times(seconds))


async def _answers(bot: Bot, cases: Sequence[Case]) -> None:
    seconds = []
    counted: Counter[str] = Counter()
    for case in cases:
        begun = time.perf_counter()
        run = await bot.ainvoke(Question(" ".join([*case.history[-1:], case.question])))
        seconds.append(time.perf_counter() - begun)
        answered = run.answer.status.family == "answered"
        pages = {match.url: match.page_url for match in run.draft.matches}
        cited = {pages.get(citation.url) for citation in run.answer.citations}
        counted["answerable"] += case.answerable
        counted["answered"] += case.answerable and answered
        counted["right page cited"] += case.answerable and answered and case.page in cited
        counted["not answerable"] += not case.answerable
        counted["left unanswered"] += not case.answerable and not answered
    print("answers ", "  ".join(f"{name} {number}" for name, number in counted.items()))
    print("        ", _times(seconds))


def _times(seconds: Sequence[float]) -> str:
    last = statistics.quantiles(seconds, n=20)[-1]
    return f"median {statistics.median(seconds) * 1000:.0f} ms, p95 {last * 1000:.0f} ms"


if __name__ == "__main__":
    demo = ROOT / "councils" / "demo"
    given = [Path(word) for word in sys.argv[1:]]
    chosen = given or [demo]
    main(
        chosen[0],
        chosen[1] if len(chosen) > 1 else chosen[0] / "evals" / "questions.jsonl",
        chosen[2] if len(chosen) > 2 else None,
    )

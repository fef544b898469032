"""A council's own pages and the questions that its citizens ask, ingested as councils' are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from evals.benchmark import Benchmark, Corpus, Topic
from evals.cases import Case, read_addresses, read_cases
from evals.published import CaseMistake
from evals.retrieval import Answering
from ingest.source import Source
from ingest.sources import Folder

MANIFEST = "manifest.jsonl"
QUESTIONS = "questions.jsonl"


def read_pages_folder(folder: Path) -> tuple[Benchmark, ...]:
    """Read a folder of pages with their manifest and questions. Raises CaseMistake."""
    cases = read_cases(folder / QUESTIONS, read_addresses(folder / MANIFEST))
    source = Folder(name="pages", path=folder, manifest=MANIFEST)
    name = folder.resolve().name
    return (council_benchmark(name, cases, [source], home=f"https://{name}.example"),)


def council_benchmark(
    name: str, cases: Sequence[Case], sources: Sequence[Source], home: str
) -> Benchmark:
    """Make a benchmark of a council's sources and cases; what has no answer is not searched for.

    name: the council's slug, under which its bot finds what was ingested. Raises CaseMistake.
    """
    answerable = [case for case in cases if case.answerable]
    counted = Counter(case.id for case in answerable)
    if twice := [one for one, number in counted.items() if number > 1]:
        raise CaseMistake(f"{name}: several questions have the id {twice[0]!r}")
    topics = tuple(Topic(case.id, case.asked, group=case.page) for case in answerable)
    corpus = Corpus(name, sources=tuple(sources), home=home)
    return Benchmark(name, corpus, topics, (Answering(tuple(answerable)),))

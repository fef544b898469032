"""OR-ShARC: which of many rules of government answers a citizen's case (Gao et al. 2021)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from evals.benchmark import Benchmark, Corpus, Topic, make_page
from evals.published import CaseMistake, read_entries, read_object
from evals.relevance import Relevance
from knowledge_base.types import Page, Passage

NAME = "or_sharc"
MEASURES = {"top-1": "Success@1", "top-5": "Success@5", "nDCG@10": "nDCG@10"}


def read_or_sharc(folder: Path) -> tuple[Benchmark, ...]:
    """Read the snippets and the development questions. Raises CaseMistake.

    A case is told with its scenario, as the authors' own retrievers are; cases that differ in
    the dialogue that follows are one topic, which weighs as many.
    """
    snippets = _read_snippets(folder / "id2snippet.json")
    counted: Counter[tuple[str, str]] = Counter()
    for entry in read_entries(folder / "open_retrieval_sharc_dev.json"):
        gold = entry.text("gold_snippet_id")
        if gold not in snippets:
            raise CaseMistake(f"{entry.place}: names snippet {gold!r}, which is not there")
        told = [entry.text_if_any("scenario"), entry.text("question")]
        counted["\n".join(filter(None, told)), gold] += 1
    topics, grades = [], {}
    for number, ((text, gold), weight) in enumerate(counted.items(), start=1):
        topics.append(Topic(str(number), text, weight, group=gold))
        grades[str(number)] = {gold: 1}
    corpus = Corpus(NAME, tuple(_page(name, text) for name, text in snippets.items()))
    return (Benchmark(NAME, corpus, tuple(topics), (Relevance(grades, MEASURES),)),)


def _read_snippets(file: Path) -> Mapping[str, str]:
    snippets = read_object(file)
    for name, text in snippets.items():
        if not isinstance(text, str):
            raise CaseMistake(f"{file}: snippet {name!r} is not a text")
    return snippets


def _page(name: str, snippet: str) -> Page:
    """Take the headings that a snippet opens with for its title and heading path."""
    lines = snippet.strip().splitlines()
    heads = []
    while lines and (lines[0].startswith("#") or not lines[0].strip()):
        heads.append(lines.pop(0).strip("# \t"))
    title, *headings = filter(None, heads) if any(heads) else [""]
    return make_page(name, title, [Passage("\n".join(lines) or title, name, tuple(headings))])

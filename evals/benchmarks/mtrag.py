"""MTRAG: conversations about government pages, turn by turn (Katsis et al. 2025)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from evals.benchmark import Benchmark, Corpus, Topic, make_page
from evals.published import CaseMistake, Entry, find_file, read_entries, read_rows
from evals.relevance import Relevance
from knowledge_base.types import Page, Passage

NAME = "mtrag"
MEASURES = {"R@5": "R@5", "nDCG@10": "nDCG@10"}
# What is asked: the last turn as typed, the last turn rewritten to stand alone, or all turns.
ASKED = ("lastturn", "rewrite", "questions")

_SPEAKER = re.compile(r"^\s*\|user\|:\s*", re.MULTILINE)
_TURN = "<::>"


def read_mtrag(folder: Path) -> tuple[Benchmark, ...]:
    """Read one domain's passages, judgements and its three sets of queries. Raises CaseMistake.

    The passages may be a pool: all that is judged, without the rest of the corpus.
    """
    pages = _read_pages(find_file(folder, "*_passages.jsonl"))
    grades = _read_grades(find_file(folder, "qrels_dev.tsv", "qrels/dev.tsv"))
    corpus = Corpus(NAME, pages)
    known = {passage.url for page in pages for passage in page.passages}
    if missing := sorted({one for of_topic in grades.values() for one in of_topic} - known):
        words = f"{len(missing)} passages are judged and not there, such as {missing[0]}"
        raise CaseMistake(f"{folder}: {words}")
    return tuple(
        Benchmark(
            f"{NAME}-{asked}",
            corpus,
            _read_topics(find_file(folder, f"*_{asked}.jsonl"), grades),
            (Relevance(grades, MEASURES, unit="passage"),),
        )
        for asked in ASKED
    )


def _read_pages(file: Path) -> tuple[Page, ...]:
    """Make a page of each document; a passage is named by its document, from and to."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in read_entries(file):
        found[entry.text("_id").rsplit("-", 2)[0]].append(entry)
    return tuple(_page(document, entries) for document, entries in found.items())


def _page(document: str, entries: Sequence[Entry]) -> Page:
    """Make a page of passages; a first line that says its title is not said twice."""
    title = entries[0].text_if_any("title")
    texts = {entry.text("_id"): entry.text("text").strip() for entry in entries}
    if title in texts.values():
        title = ""
    passages = [Passage(_without(title, text), name) for name, text in texts.items()]
    return make_page(document, title, passages)


def _without(title: str, text: str) -> str:
    first, _, rest = text.partition("\n")
    return rest.strip() if title and first.strip() == title else text


def _read_grades(file: Path) -> Mapping[str, Mapping[str, int]]:
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for place, (topic, document, grade) in read_rows(file, ("query-id", "corpus-id", "score")):
        if not grade.isdecimal():
            raise CaseMistake(f"{place}: the grade must be a whole number, and is {grade!r}")
        grades[topic][document] = int(grade)
    return grades


def _read_topics(file: Path, grades: Mapping[str, object]) -> tuple[Topic, ...]:
    topics = []
    for entry in read_entries(file):
        name = entry.text("_id")
        if name in grades:
            text = _SPEAKER.sub("", entry.text("text")).strip()
            topics.append(Topic(name, text, group=name.partition(_TURN)[0]))
    return tuple(topics)

"""ConditionalQA: citizens' cases over pages of a government's website (Sun et al. 2022)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from evals.benchmark import Benchmark, Corpus, Topic, make_page
from evals.published import CaseMistake, Entry, read_entries
from evals.relevance import Relevance
from knowledge_base.types import Page, Passage

NAME = "conditionalqa"
PAGE_MEASURES = {"page@1": "Success@1", "page@3": "Success@3", "MRR": "RR"}
PASSAGE_MEASURES = {"passage R@5": "R@5", "passage nDCG@10": "nDCG@10"}
# Words in a passage, as in a short section of a council's page.
WORDS = 110

_TAG = re.compile(r"</?\w+>")


def read_conditionalqa(folder: Path) -> tuple[Benchmark, ...]:
    """Read the pages' sentences and the training questions. Raises CaseMistake.

    A question that the page does not answer is left out: there is nothing to be found for it.
    """
    pages: dict[str, Page] = {}
    holders: dict[str, Mapping[str, str]] = {}
    for entry in read_entries(folder / "derived_evidence_pages.jsonl"):
        url = entry.text("url")
        pages[url], holders[url] = _page(url, entry.texts("sentences"))
    topics, by_page, by_passage = [], {}, {}
    for entry in read_entries(folder / "train.json"):
        name, url = entry.text("id"), entry.text("url")
        if url not in pages:
            raise CaseMistake(f"{entry.place}: names the page {url}, which is not there")
        if held := _held(entry, holders[url]):
            text = "\n".join([entry.text_if_any("scenario"), entry.text("question")]).strip()
            topics.append(Topic(name, text, group=url))
            by_page[name] = {url: 1}
            by_passage[name] = dict.fromkeys(held, 1)
    judgements = (
        Relevance(by_page, PAGE_MEASURES),
        Relevance(by_passage, PASSAGE_MEASURES, unit="passage"),
    )
    corpus = Corpus(NAME, tuple(pages.values()))
    return (Benchmark(NAME, corpus, tuple(topics), judgements),)


def _page(url: str, sentences: Sequence[str]) -> tuple[Page, Mapping[str, str]]:
    """Make a page of its sentences, and say which passage holds each of them."""
    passages: list[Passage] = []
    holders: dict[str, str] = {}
    for some in _by_length(sentences):
        address = f"{url}#{len(passages) + 1}"
        passages.append(Passage("\n".join(map(_plain, some)), address))
        holders.update(dict.fromkeys(some, address))
    return make_page(url, _title(url), passages), holders


def _by_length(sentences: Sequence[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    words = 0
    for sentence in sentences:
        length = len(sentence.split())
        if parts[-1] and words + length > WORDS:
            parts.append([])
            words = 0
        parts[-1].append(sentence)
        words += length
    return [part for part in parts if part]


def _plain(sentence: str) -> str:
    return ("- " if sentence.startswith("<li>") else "") + _TAG.sub("", sentence).strip()


def _title(url: str) -> str:
    """Say a page's title as its address does."""
    return url.rstrip("/").rpartition("/")[2].replace("-", " ").capitalize()


def _held(entry: Entry, holders: Mapping[str, str]) -> list[str]:
    evidence = entry.texts("evidences")
    if missing := [sentence for sentence in evidence if sentence not in holders]:
        raise CaseMistake(f"{entry.place}: its page does not hold the evidence {missing[0]!r}")
    return [holders[sentence] for sentence in evidence]

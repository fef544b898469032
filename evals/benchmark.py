"""What a benchmark is: documents to search, topics to search for, and what is right for each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from ingest.source import Source
from knowledge_base.types import Page, Passage

# Hand-made pages were never fetched; a fixed day keeps them equal from run to run.
_SEEN = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents that are searched: either pages or sources.

    name: also the council's in an index; benchmarks of one corpus share what is built of it.
    pages: taken as they are; each passage is a document, which no system splits.
    sources: read and split by each system in its own way, ours as for any council.
    home: the council's address, for sources.
    """

    name: str
    pages: tuple[Page, ...] = ()
    sources: tuple[Source, ...] = ()
    home: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """One question to search for.

    weight: how many identical questions it stands for.
    group: what it shares with others (a conversation, a page), so that a cross-validation keeps
        them in one fold; "" for nothing.
    """

    id: str
    text: str
    weight: int = 1
    group: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a system brought back. score: higher is better, within one search.

    url: of the passage, or of its page where the system does not know passages.
    """

    url: str
    page_url: str
    score: float
    text: str


Rankings = Mapping[str, Sequence[Hit]]
"""What was brought back for each topic, by its id, best first."""

Scores = Mapping[str, Mapping[str, float]]
"""The value of each measure, by its name, for each topic, by its id."""


class Judgements(Protocol):
    """What is right for each topic. measures: the names under which figures are reported."""

    @property
    def measures(self) -> tuple[str, ...]: ...

    def score(self, rankings: Rankings) -> Scores:
        """Give every judged topic its values; a topic without a ranking gets 0."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One task with its figures. The first measure is the one that stands for it in a summary."""

    name: str
    corpus: Corpus
    topics: tuple[Topic, ...]
    judgements: tuple[Judgements, ...]

    @property
    def measures(self) -> tuple[str, ...]:
        return tuple(name for judged in self.judgements for name in judged.measures)

    @property
    def questions(self) -> int:
        """Count the questions that the topics stand for."""
        return sum(topic.weight for topic in self.topics)

    def score(self, rankings: Rankings) -> Scores:
        """Judge rankings, topic by topic, without searching again."""
        scores: dict[str, Mapping[str, float]] = {}
        for judged in self.judgements:
            scores.update(judged.score(rankings))
        return scores

    def figures(self, scores: Scores) -> dict[str, float]:
        """Give each measure's mean over all questions."""
        number = self.questions or 1
        return {
            name: sum(values[topic.id] * topic.weight for topic in self.topics) / number
            for name, values in scores.items()
        }


def make_page(url: str, title: str, passages: Sequence[Passage]) -> Page:
    """Make a page of a benchmark's text, as if a reader had understood it so."""
    told = "\x1f".join([title, *(text for one in passages for text in (*one.headings, one.text))])
    digest = hashlib.sha256(told.encode()).hexdigest()
    return Page(url, title, "benchmark", digest, _SEEN, tuple(passages))

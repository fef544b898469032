"""Judge rankings by published grades: the only door to ir-measures, the field's own measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evals.benchmark import Hit, Rankings, Scores


@dataclass(frozen=True, slots=True)
class Relevance:
    """The grade of each document that is right for a topic, as published.

    grades: by topic id, then by document's address.
    named: the name in ir-measures of each measure, by the name under which it is reported.
    unit: what a document is. Of several passages of one page the best one counts.
    """

    grades: Mapping[str, Mapping[str, int]]
    named: Mapping[str, str]
    unit: Literal["page", "passage"] = "page"

    @property
    def measures(self) -> tuple[str, ...]:
        return tuple(self.named)

    def score(self, rankings: Rankings) -> Scores:
        import ir_measures

        measures = {name: ir_measures.parse_measure(theirs) for name, theirs in self.named.items()}
        judged = [
            ir_measures.Qrel(topic, document, grade)
            for topic, grades in self.grades.items()
            for document, grade in grades.items()
        ]
        # Places instead of scores: ir-measures orders ties its own way, and ours must stand.
        placed = [
            ir_measures.ScoredDoc(topic, document, -float(place))
            for topic, hits in rankings.items()
            for place, document in enumerate(self._documents(hits))
        ]
        scores = {name: dict.fromkeys(self.grades, 0.0) for name in measures}
        by_measure = {measure: name for name, measure in measures.items()}
        for found in ir_measures.iter_calc(list(by_measure), judged, placed):
            scores[by_measure[found.measure]][found.query_id] = float(found.value)
        return scores

    def _documents(self, hits: Sequence[Hit]) -> list[str]:
        addresses = (hit.page_url if self.unit == "page" else hit.url for hit in hits)
        return list(dict.fromkeys(addresses))

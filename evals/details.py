"""How details are read out of what people write: is the value right, and never silently wrong?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from chatbot.automation import Choice, Detail, Value
from chatbot.details import Wrong, find, read

CASES = Path(__file__).parent / "details.jsonl"


@dataclass(frozen=True, slots=True)
class Case:
    """One message about a detail. mode: "read" or "find". value: None where it must be asked."""

    detail: Detail
    mode: str
    text: str
    at: datetime
    language: str
    value: Value | None

    def given(self) -> Value | None:
        """Give what the code makes of it; None where the detail is asked again."""
        if self.mode == "find":
            return find(self.detail, self.text, at=self.at, language=self.language)
        value = read(self.detail, self.text, at=self.at, language=self.language)
        return None if isinstance(value, Wrong) else value


@dataclass(frozen=True, slots=True)
class Score:
    """right: the value, or asked again where it must be. silent: wrong values, taken as said."""

    cases: int
    right: int
    silent: int

    @property
    def share(self) -> float:
        return self.right / self.cases if self.cases else float("nan")


def read_cases(path: Path = CASES) -> tuple[Case, ...]:
    """Read cases as JSON lines; the first line describes the details by the names they go by."""
    first, *rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    details = {name: _detail(name, settings) for name, settings in first["details"].items()}
    return tuple(
        Case(
            details[row["detail"]],
            row["mode"],
            row["text"],
            datetime.fromisoformat(row["at"]),
            row.get("language", "en"),
            row.get("value"),
        )
        for row in rows
    )


def _detail(name: str, settings: Mapping[str, Any]) -> Detail:
    choices = tuple(
        Choice(one["value"], one["labels"], tuple(one.get("said", ())))
        for one in settings.get("choices", ())
    )
    weekdays = frozenset(settings.get("weekdays", ()))
    rest = {key: one for key, one in settings.items() if key not in ("choices", "weekdays")}
    return Detail(name, questions={}, labels={}, choices=choices, weekdays=weekdays, **rest)


def measure(cases: Iterable[Case]) -> tuple[Score, tuple[tuple[Case, Value | None], ...]]:
    """Score cases, and list those that went wrong with what came of them."""
    given = [(case, case.given()) for case in cases]
    wrong = tuple((case, value) for case, value in given if value != case.value)
    silent = sum(value is not None for _, value in wrong)
    return Score(len(given), len(given) - len(wrong), silent), wrong


def main() -> int:
    """Print how each kind fares, and what went wrong; exit 1 below 95 % or at any silent value.

    All cases have been looked at while the readers were written: they show what gets worse, not how
    well new words are read.
    """
    cases = read_cases()
    for kind in sorted({case.detail.kind for case in cases}):
        score, _ = measure(case for case in cases if case.detail.kind == kind)
        print(f"{kind:10} {score.cases:4}  right {score.share:.3f}  silent {score.silent}")
    whole, wrong = measure(cases)
    for case, value in wrong:
        print(f"  {case.mode} {case.detail.name} {case.text[:80]!r}: {value!r}, not {case.value!r}")
    print(f"{'all':10} {whole.cases:4}  right {whole.share:.3f}  silent {whole.silent}")
    return int(whole.share < 0.95 or whole.silent > 0)


if __name__ == "__main__":
    sys.exit(main())

"""Cases are read as they were written, and a mistake in one is found by its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.cases import read_addresses, read_cases
from evals.published import CaseMistake
from tests.conftest import ROOT

CASE = {
    "id": "one",
    "question": "and on Sunday?",
    "answerable": True,
    "page": "library.pdf",
    "answer_quotes": ["Closed on Sunday."],
    "history": [
        {"role": "user", "content": "when is the library open"},
        {"role": "assistant", "content": "On weekdays."},
    ],
}


def test_a_page_named_by_its_file_gets_its_address(tmp_path: Path) -> None:
    manifest, questions = tmp_path / "manifest.jsonl", tmp_path / "questions.jsonl"
    address = "https://www.exampleton.example/library"
    manifest.write_text(json.dumps({"file": "library.pdf", "url": address}) + "\n\n")
    questions.write_text(f"{json.dumps(CASE)}\n\n")
    (case,) = read_cases(questions, read_addresses(manifest))
    assert (case.page, case.quotes) == (address, ("Closed on Sunday.",))
    assert case.history == ("when is the library open",)


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "two", "answerable": true}'])
def test_a_mistake_names_its_line(tmp_path: Path, line: str) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text(f"{json.dumps(CASE)}\n{line}\n")
    with pytest.raises(CaseMistake, match=r"questions\.jsonl line 2"):
        read_cases(questions)


def test_the_demos_questions_are_what_the_readme_says_of_them() -> None:
    cases = read_cases(ROOT / "councils" / "demo" / "evals" / "questions.jsonl")
    answerable = [case for case in cases if case.answerable]
    assert (len(cases), len(answerable), len({case.id for case in cases})) == (80, 60, 80)
    assert all(case.page and case.quotes for case in answerable)

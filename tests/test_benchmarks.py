"""Benchmarks are read as they were published, and a mistake in one is named by its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from evals.benchmark import Benchmark, Hit
from evals.benchmarks.conditionalqa import read_conditionalqa
from evals.benchmarks.council_folder import read_pages_folder
from evals.benchmarks.mtrag import read_mtrag
from evals.benchmarks.or_sharc import read_or_sharc
from evals.data_folder import read_data_folder
from evals.published import CaseMistake

Write = Callable[..., Path]


def lines(entries: Sequence[object]) -> str:
    return "".join(f"{json.dumps(entry)}\n" for entry in entries)


# OR-ShARC

SNIPPETS = {
    "0": "# Free bins\n\n## Who can ask\n\nYou can ask if you are over 80.",
    "1": "No heading stands here.",
    "2": "# Only a heading",
}


def sharc(**changed: str) -> dict[str, object]:
    case = {"gold_snippet_id": "0", "question": "Can I ask?", "scenario": "I am 90."}
    return {**case, "history": [], "answer": "Yes", **changed}


@pytest.fixture
def or_sharc(tmp_path: Path) -> Path:
    folder = tmp_path / "or_sharc"
    folder.mkdir()
    (folder / "id2snippet.json").write_text(json.dumps(SNIPPETS))
    other = sharc(scenario="", question="Does a heading stand here?", gold_snippet_id="1")
    questions = [sharc(), sharc(answer="Are you at home?"), other]
    (folder / "open_retrieval_sharc_dev.json").write_text(lines(questions))
    return folder


def test_a_snippets_headings_become_its_title_and_heading_path(or_sharc: Path) -> None:
    pages = {page.url: page for page in read_or_sharc(or_sharc)[0].corpus.pages}
    assert pages["0"].title == "Free bins"
    (passage,) = pages["0"].passages
    assert (passage.headings, passage.text) == (("Who can ask",), "You can ask if you are over 80.")
    assert (pages["1"].title, pages["1"].passages[0].text) == ("", "No heading stands here.")
    assert (pages["2"].title, pages["2"].passages[0].text) == ("Only a heading", "Only a heading")


def test_identical_cases_are_one_topic_that_weighs_as_many(or_sharc: Path) -> None:
    (benchmark,) = read_or_sharc(or_sharc)
    assert [(one.text, one.weight, one.group) for one in benchmark.topics] == [
        ("I am 90.\nCan I ask?", 2, "0"),
        ("Does a heading stand here?", 1, "1"),
    ]
    assert (benchmark.questions, benchmark.measures) == (3, ("top-1", "top-5", "nDCG@10"))


def test_the_questions_may_be_one_list_too(or_sharc: Path) -> None:
    file = or_sharc / "open_retrieval_sharc_dev.json"
    file.write_text(json.dumps([sharc()]))
    assert len(read_or_sharc(or_sharc)[0].topics) == 1


@pytest.mark.parametrize(
    ("questions", "words"),
    [
        (lines([sharc(), sharc(gold_snippet_id="9")]), r"dev\.json line 2: names snippet '9'"),
        (lines([{"gold_snippet_id": "0"}]), r"dev\.json line 1: needs a text under 'question'"),
        (json.dumps([sharc(), 3]), r"dev\.json entry 2: must be a JSON object"),
        ("{", r"dev\.json line 1: is not JSON"),
    ],
)
def test_a_mistake_in_the_questions_is_named(or_sharc: Path, questions: str, words: str) -> None:
    (or_sharc / "open_retrieval_sharc_dev.json").write_text(questions)
    with pytest.raises(CaseMistake, match=words):
        read_or_sharc(or_sharc)


@pytest.mark.parametrize(
    ("snippets", "words"),
    [("[]", "must be one JSON object"), ('{"0": 1}', "snippet '0' is not a text")],
)
def test_a_mistake_in_the_snippets_is_named(or_sharc: Path, snippets: str, words: str) -> None:
    (or_sharc / "id2snippet.json").write_text(snippets)
    with pytest.raises(CaseMistake, match=words):
        read_or_sharc(or_sharc)


# MTRAG

POOL = [
    {"_id": "a-1", "text": "Floods\nMove to the upper floor.", "title": "Floods", "url": None},
    {"_id": "b-1", "text": "Storms are named.", "title": None},
    {"_id": "c-1", "text": "Heat", "title": "Heat"},
]
TURNS = {
    "lastturn": "|user|: and at night?",
    "rewrite": "|user|: What should I do in a flood at night?",
    "questions": "|user|: What about floods?\n|user|: and at night?",
}
GRADES = "query-id\tcorpus-id\tscore\nq<::>2\ta-1\t1\nq<::>2\tb-1\t2\n"


@pytest.fixture
def mtrag(tmp_path: Path) -> Path:
    folder = tmp_path / "mtrag_govt"
    folder.mkdir()
    (folder / "govt_pool_passages.jsonl").write_text(lines(POOL))
    (folder / "qrels_dev.tsv").write_text(GRADES)
    for asked, text in TURNS.items():
        queries = [{"_id": "q<::>2", "text": text}, {"_id": "q<::>3", "text": "|user|: thanks"}]
        (folder / f"govt_{asked}.jsonl").write_text(lines(queries))
    return folder


def test_the_three_ways_to_ask_share_a_corpus(mtrag: Path) -> None:
    found = read_mtrag(mtrag)
    assert [one.name for one in found] == ["mtrag-lastturn", "mtrag-rewrite", "mtrag-questions"]
    assert len({id(one.corpus) for one in found}) == 1
    assert [one.topics[0].text for one in found] == [
        "and at night?",
        "What should I do in a flood at night?",
        "What about floods?\nand at night?",
    ]
    # What nobody judged is left out.
    assert [(topic.id, topic.group) for topic in found[0].topics] == [("q<::>2", "q")]


def test_a_passage_does_not_say_its_title_twice(mtrag: Path) -> None:
    pages = read_mtrag(mtrag)[0].corpus.pages
    assert [(page.title, page.passages[0].text) for page in pages] == [
        ("Floods", "Move to the upper floor."),
        ("", "Storms are named."),
        ("", "Heat"),
    ]


@pytest.mark.parametrize(
    ("grades", "words"),
    [
        ("a\tb\n", r"qrels_dev\.tsv line 1: must be query-id corpus-id score"),
        ("", r"qrels_dev\.tsv line 1"),
        (GRADES + "q\tx\n", r"qrels_dev\.tsv line 4: needs 3 columns, and has 2"),
        (GRADES + "q\ta-1\tyes\n", r"line 4: the grade must be a whole number, and is 'yes'"),
        (GRADES + "q\tz-9\t1\n", r"1 passages are judged and not there, such as z-9"),
    ],
)
def test_a_mistake_in_the_judgements_is_named(mtrag: Path, grades: str, words: str) -> None:
    (mtrag / "qrels_dev.tsv").write_text(grades)
    with pytest.raises(CaseMistake, match=words):
        read_mtrag(mtrag)


@pytest.mark.parametrize(
    "name", ["govt_pool_passages.jsonl", "qrels_dev.tsv", "govt_rewrite.jsonl"]
)
def test_a_file_that_is_not_there_is_named(mtrag: Path, name: str) -> None:
    (mtrag / name).unlink()
    with pytest.raises(CaseMistake, match=r"mtrag_govt holds no "):
        read_mtrag(mtrag)


# ConditionalQA

PAGE = "https://www.gov.example/free-bins"
SENTENCES = ["<h2>Who can ask</h2>", "<p>You must be over 80.</p>", "<li>or live alone</li>"]


def conditional(**changed: object) -> dict[str, object]:
    case = {"id": "dev-1", "url": PAGE, "scenario": "I am 90.", "question": "Can I ask?"}
    return {**case, "evidences": [SENTENCES[1]], "not_answerable": False, **changed}


@pytest.fixture
def conditionalqa(tmp_path: Path) -> Path:
    folder = tmp_path / "conditionalqa"
    folder.mkdir()
    long = [f"<p>{' '.join([f'word{number}'] * 60)}</p>" for number in range(2)]
    page = {"url": PAGE, "sentences": [*SENTENCES, *long], "splits": ["train"]}
    (folder / "derived_evidence_pages.jsonl").write_text(lines([page]))
    cases = [conditional(), conditional(id="dev-2", evidences=[])]
    cases.append(conditional(id="dev-3", evidences=[SENTENCES[2], long[1]]))
    (folder / "train.json").write_text(json.dumps(cases))
    return folder


def test_a_page_is_split_in_order_and_named_by_its_address(conditionalqa: Path) -> None:
    (page,) = read_conditionalqa(conditionalqa)[0].corpus.pages
    assert page.title == "Free bins"
    first, second = page.passages
    assert first.text.startswith("Who can ask\nYou must be over 80.\n- or live alone\nword0")
    assert (first.url, second.url) == (f"{PAGE}#1", f"{PAGE}#2")
    assert second.text.split() == ["word1"] * 60


def test_page_and_passages_are_judged_and_what_has_no_answer_is_left_out(
    conditionalqa: Path,
) -> None:
    (benchmark,) = read_conditionalqa(conditionalqa)
    assert [topic.id for topic in benchmark.topics] == ["dev-1", "dev-3"]
    ranking = [hit(f"{PAGE}#2", PAGE)]
    figures = benchmark.figures(benchmark.score({"dev-1": ranking, "dev-3": ranking}))
    assert (figures["page@1"], figures["MRR"]) == (1.0, 1.0)
    assert figures["passage R@5"] == 0.25  # neither of one, and one of two


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (conditional(url="https://www.gov.example/x"), r"entry 1: names the page .*, which is not"),
        (conditional(evidences=["<p>Made up.</p>"]), r"entry 1: its page does not hold"),
        (conditional(evidences="none"), r"entry 1: needs a list of texts under 'evidences'"),
    ],
)
def test_a_mistake_in_a_case_is_named(conditionalqa: Path, case: object, words: str) -> None:
    (conditionalqa / "train.json").write_text(json.dumps([case]))
    with pytest.raises(CaseMistake, match=words):
        read_conditionalqa(conditionalqa)


# A council's folder

CASES = [
    {
        "id": "one",
        "question": "and in winter?",
        "answerable": True,
        "page": "pool.html",
        "answer_quotes": ["opens at 6am"],
        "history": [{"role": "user", "content": "when does the pool open"}],
    },
    {"id": "two", "question": "who won the cup?", "answerable": False},
]
ADDRESS = "https://www.exampleton.example/pool"


def write_council(folder: Path, cases: Sequence[object] = CASES) -> Path:
    folder.mkdir(parents=True)
    text = "<p>The swimming pool opens at 6am on weekdays, all the year round.</p>"
    (folder / "pool.html").write_text(f"<html><title>Pool</title><main><h1>Pool</h1>{text}</main>")
    entry = {"file": "pool.html", "url": ADDRESS, "title": "Pool"}
    (folder / "manifest.jsonl").write_text(lines([entry]))
    (folder / "questions.jsonl").write_text(lines(cases))
    return folder


def test_a_councils_folder_asks_what_its_pages_answer(tmp_path: Path) -> None:
    (benchmark,) = read_pages_folder(write_council(tmp_path / "exampleton"))
    (topic,) = benchmark.topics
    assert (topic.text, topic.group) == ("when does the pool open and in winter?", ADDRESS)
    assert benchmark.measures[0] == "page@1"
    assert (benchmark.name, benchmark.corpus.name) == ("exampleton", "exampleton")


def test_two_questions_of_one_id_are_a_mistake(tmp_path: Path) -> None:
    folder = write_council(tmp_path / "exampleton", [CASES[0], CASES[0]])
    with pytest.raises(CaseMistake, match="several questions have the id 'one'"):
        read_pages_folder(folder)


# All of them


def test_a_folder_is_searched_for_what_it_holds(
    tmp_path: Path, or_sharc: Path, mtrag: Path, conditionalqa: Path
) -> None:
    write_council(tmp_path / "councils" / "exampleton")
    (tmp_path / "councils" / "without-questions").mkdir()
    assert [one.name for one in read_data_folder(tmp_path)] == [
        "exampleton",
        "or_sharc",
        "mtrag-lastturn",
        "mtrag-rewrite",
        "mtrag-questions",
        "conditionalqa",
    ]
    assert read_data_folder(tmp_path / "councils") == ()


# Figures, by hand


def hit(url: str, page_url: str = "", score: float = 1.0, text: str = "") -> Hit:
    return Hit(url, page_url or url, score, text)


def test_measures_are_those_of_the_field(mtrag: Path) -> None:
    benchmark: Benchmark = read_mtrag(mtrag)[0]
    (topic,) = benchmark.topics
    # Gains of 2 and 1 are there; brought back: nothing right, then the one of gain 1. Scores
    # that rise say that places count, not scores.
    ranking = [hit("c-1", score=0.1), hit("a-1", score=0.9)]
    figures = benchmark.figures(benchmark.score({topic.id: ranking}))
    discount = 0.6309297535714575  # 1 / log2(3)
    assert figures["R@5"] == 0.5
    assert figures["nDCG@10"] == pytest.approx(discount / (2 + discount))


def test_a_topic_that_nothing_was_brought_back_for_counts_as_nothing(or_sharc: Path) -> None:
    (benchmark,) = read_or_sharc(or_sharc)
    first, second = benchmark.topics
    figures = benchmark.figures(benchmark.score({first.id: [hit("1"), hit("0")], second.id: []}))
    # The first topic stands for two of three questions.
    assert figures["top-1"] == 0.0
    assert figures["top-5"] == pytest.approx(2 / 3)
    assert benchmark.figures(benchmark.score({}))["nDCG@10"] == 0.0


def test_of_several_passages_of_a_page_the_best_counts(tmp_path: Path) -> None:
    (benchmark,) = read_pages_folder(write_council(tmp_path / "exampleton"))
    other = "https://www.exampleton.example/"
    ranking = [
        hit(f"{other}#1", other, text="words " * 100),
        hit(f"{other}#2", other, text="words " * 100),
        hit(f"{ADDRESS}#1", ADDRESS, text="It is open from 6am."),
    ]
    figures = benchmark.figures(benchmark.score({"one": ranking}))
    assert (figures["page@1"], figures["page@3"], figures["MRR"]) == (0.0, 1.0, 0.5)
    assert (figures["quote@150"], figures["quote@400"]) == (0.0, 0.0)
    better = [*ranking[:2], hit(f"{ADDRESS}#1", ADDRESS, text="It opens, at 6am.")]
    figures = benchmark.figures(benchmark.score({"one": better}))
    assert (figures["quote@150"], figures["quote@400"]) == (0.0, 1.0)

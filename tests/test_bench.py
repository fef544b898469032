"""A run is kept and judged again, a lead comes with its bounds, and a report tells all of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from api.bench import ABLATIONS, read_variant
from evals.benchmark import Benchmark, Corpus, Hit, Topic
from evals.benchmarks.council_folder import read_pages_folder
from evals.benchmarks.or_sharc import read_or_sharc
from evals.bootstrap import compare
from evals.peers import peers
from evals.plot import draw
from evals.published import CaseMistake
from evals.relevance import Relevance
from evals.report import BEGIN, END, Results, ablate, describe, figure, summarise, write_page
from evals.runs import DEPTH, Run, judge_again, play, read_latest, read_run, save_run
from evals.system import Built, NotInstalled, System, versions
from evals.systems.stock import texts_of
from evals.systems.town_clerk import OpenKnowledgeBase, town_clerk
from knowledge_base.embed import Embedder
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.rank import Weights
from tests.conftest import MODELS, ROOT
from tests.test_benchmarks import or_sharc, write_council  # noqa: F401


@pytest.fixture
def benchmark(or_sharc: Path) -> Benchmark:  # noqa: F811
    return read_or_sharc(or_sharc)[0]


def opener(knowledge_base: KnowledgeBase) -> OpenKnowledgeBase:
    @contextmanager
    def open_one(parameters: Mapping[str, Any]) -> Iterator[KnowledgeBase]:
        yield knowledge_base

    return open_one


def always(name: str, *urls: str) -> System:
    """A system that brings back the same whatever is asked."""

    @contextmanager
    def open_corpus(corpus: Corpus) -> Iterator[Built]:
        hits = [Hit(url, url, 1.0, "its text") for url in urls]
        yield Built(lambda text, limit: hits[:limit], len(hits), {"versions": {"always": "1"}})

    return System(name, open_corpus)


def run_of(benchmark: Benchmark, name: str, *urls: str) -> Run:
    (run,) = play(always(name, *urls), [benchmark])
    return run


# Runs


def test_a_run_is_read_as_it_was_saved(benchmark: Benchmark, tmp_path: Path) -> None:
    run = run_of(benchmark, "Always (a=1)", "1", "0")
    file = save_run(run, tmp_path / "runs")
    assert file.name.startswith("or-sharc--always-a=1--20")
    assert read_run(file) == run
    assert run.configuration["depth"] == DEPTH


def test_a_run_is_judged_again_without_searching(benchmark: Benchmark, tmp_path: Path) -> None:
    run = read_run(save_run(run_of(benchmark, "Always", "1", "0"), tmp_path))
    assert judge_again(run, benchmark) == run
    everything = {topic.id: {"1": 1} for topic in benchmark.topics}
    changed = replace(benchmark, judgements=(Relevance(everything, {"top-1": "Success@1"}),))
    assert judge_again(run, changed).figures == {"top-1": 1.0}


def test_a_corpus_text_is_not_kept_with_a_run(benchmark: Benchmark) -> None:
    hits = run_of(benchmark, "Always", "1").rankings["1"]
    assert [hit.text for hit in hits] == [""]


def test_the_latest_run_of_each_system_counts(benchmark: Benchmark, tmp_path: Path) -> None:
    old = replace(run_of(benchmark, "One", "0"), passages=7)
    new = run_of(benchmark, "One", "1")
    other = run_of(benchmark, "Other", "1")
    for run in (replace(old, date=old.date.replace(year=2001)), new, other):
        save_run(run, tmp_path)
    found = read_latest(tmp_path, [benchmark.name])
    assert sorted((run.system, run.passages) for run in found) == [("One", 1), ("Other", 1)]
    assert read_latest(tmp_path, ["another"]) == []


@pytest.mark.parametrize("text", ["{}", '{"benchmark": 1', "[]"])
def test_a_file_that_is_no_run_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "one--two--3.json"
    file.write_text(text)
    with pytest.raises(CaseMistake, match=r"one--two--3\.json"):
        read_run(file)


# Leads


def test_a_lead_counts_questions_and_says_the_same_each_time() -> None:
    topics = [Topic(str(number), "", weight=1 + number % 2) for number in range(40)]
    ours = {topic.id: 1.0 for topic in topics}
    theirs = {topic.id: float(topic.weight == 1) for topic in topics}
    found = compare(topics, ours, theirs)
    assert found.mean == pytest.approx(2 / 3)
    assert 0.4 < found.low < found.mean < found.high < 0.9
    assert compare(topics, ours, theirs) == found
    same = compare(topics, ours, ours)
    assert (same.mean, same.low, same.high) == (0.0, 0.0, 0.0)


def test_topics_of_one_group_are_one_draw() -> None:
    alone = [Topic(str(number), "") for number in range(40)]
    together = [replace(topic, group=str(int(topic.id) // 10)) for topic in alone]
    ours = {topic.id: float(int(topic.id) < 10) for topic in alone}
    none = dict.fromkeys(ours, 0.0)
    sure, unsure = compare(alone, ours, none), compare(together, ours, none)
    assert sure.mean == unsure.mean == 0.25
    assert unsure.high - unsure.low > sure.high - sure.low


def test_no_topics_give_no_lead() -> None:
    assert compare([], {}, {}).mean == 0.0


# Systems


def test_our_search_is_run_on_passages_as_they_are(
    benchmark: Benchmark, knowledge_base: KnowledgeBase
) -> None:
    (run,) = play(town_clerk(opener(knowledge_base)), [benchmark])
    assert run.figures["top-1"] == 1.0
    assert (run.system, run.passages) == ("Town Clerk", 3)
    assert run.configuration["model"] == knowledge_base.model


def test_a_variant_is_named_by_what_it_changes(
    benchmark: Benchmark, knowledge_base: KnowledgeBase
) -> None:
    asked: list[Mapping[str, Any]] = []

    @contextmanager
    def open_one(parameters: Mapping[str, Any]) -> Iterator[KnowledgeBase]:
        asked.append(parameters)
        yield knowledge_base

    (run,) = play(town_clerk(open_one, {"words": 0.2}), [benchmark])
    assert run.system == "Town Clerk (words=0.2)"
    assert run.configuration["parameters"] == asked[0] == {"words": 0.2}


def test_a_councils_folder_is_ingested_as_in_use(
    tmp_path: Path, knowledge_base: KnowledgeBase
) -> None:
    (benchmark,) = read_pages_folder(write_council(tmp_path / "exampleton"))
    (run,) = play(town_clerk(opener(knowledge_base)), [benchmark])
    assert (run.figures["page@1"], run.figures["quote@150"]) == (1.0, 1.0)
    assert run.rankings["one"][0].text.startswith("The swimming pool opens at 6am")


def test_a_peer_that_is_not_installed_says_what_it_needs() -> None:
    with pytest.raises(NotInstalled, match="no-such-package"):
        versions("numpy", "no-such-package")


def test_peers_get_passages_whole(benchmark: Benchmark) -> None:
    texts = texts_of(benchmark.corpus)
    assert texts[0].text == "Free bins\nWho can ask\nYou can ask if you are over 80."
    assert [(one.url, one.page_url) for one in texts[:2]] == [("0", "0"), ("1", "1")]


@pytest.mark.slow
def test_each_peer_that_is_installed_finds_what_it_was_given(
    benchmark: Benchmark, embedder: Embedder, tmp_path: Path
) -> None:
    council = read_pages_folder(write_council(tmp_path / "exampleton"))[0]
    for system in peers(embedder):
        try:
            runs = [run for one in (benchmark, council) for run in play(system, [one])]
        except NotInstalled:
            continue
        assert runs[0].figures["top-5"] == 1.0, system.name
        assert runs[1].figures["page@1"] == 1.0, system.name


# The report


def test_a_report_tells_figures_leads_and_who_is_missing(benchmark: Benchmark) -> None:
    runs = (run_of(benchmark, "Town Clerk", "0", "1"), run_of(benchmark, "Other", "1", "0"))
    results = Results((benchmark,), runs, {"Absent": "absent-package"})
    assert results.systems == ("Town Clerk", "Other", "Absent")
    table = summarise(results)
    assert "| Town Clerk | .667" in table
    assert "| Absent     | not installed: absent-package |" in table
    whole = describe(results, "benchmarks.svg")
    assert "| Other      | .333  | 1.000 " in whole
    assert "+.333 [" in whole
    assert "![" in whole
    assert "always 1" in whole


def test_a_variant_is_told_by_what_it_loses_and_not_as_a_system(benchmark: Benchmark) -> None:
    runs = (
        run_of(benchmark, "Town Clerk", "0", "1"),
        run_of(benchmark, "Town Clerk (tokens=0.0)", "1", "0"),
    )
    results = Results((benchmark,), runs, {})
    assert results.systems == ("Town Clerk",)
    # A third less in top-1, .123 less in nDCG@10, the same in top-5.
    assert "| tokens=0.0 | -.152" in ablate(results)
    assert ablate(results) in describe(results)


def test_every_part_of_the_search_is_left_out_once() -> None:
    changed = [next(iter(read_variant(words))) for words in ABLATIONS]
    parts = {field.name for field in fields(Weights)} - {"mass", "candidates"}
    assert sorted(changed) == sorted(parts)


@pytest.mark.parametrize(
    ("words", "mistake"), [("tokens", "must look like"), ("token=0", "no weight 'token'")]
)
def test_a_weight_that_is_none_is_named(words: str, mistake: str) -> None:
    with pytest.raises(CaseMistake, match=mistake):
        read_variant(words)


def test_figures_are_written_as_the_field_does() -> None:
    assert [figure(value) for value in (0.0, 0.5, 1.0)] == [".000", ".500", "1.000"]


def test_a_page_keeps_what_stands_around_the_figures(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"# Before\n\n{BEGIN}\nold\n{END}\n\nAfter\n")
    write_page(page, "new")
    write_page(page, "newer")
    assert page.read_text() == f"# Before\n\n{BEGIN}\n\nnewer\n\n{END}\n\nAfter\n"
    page.write_text("no marks")
    with pytest.raises(CaseMistake, match=r"benchmarks\.md: needs the lines"):
        write_page(page, "new")


def test_the_same_results_are_drawn_alike(benchmark: Benchmark, tmp_path: Path) -> None:
    results = Results((benchmark,), (run_of(benchmark, "Town Clerk", "0"),), {"Absent": "x"})
    for name in ("one.svg", "two.svg"):
        draw(results, tmp_path / name)
    drawn = (tmp_path / "one.svg").read_bytes()
    assert drawn == (tmp_path / "two.svg").read_bytes()
    assert b"Town Clerk" in drawn
    assert b"Absent" not in drawn


# The command


@pytest.mark.slow
def test_the_command_runs_saves_and_judges_again(
    tmp_path: Path,
    or_sharc: Path,  # noqa: F811
    embedder: Embedder,
) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"{BEGIN}\n{END}\n")
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "models").symlink_to(MODELS)
    words = [str(or_sharc.parent), "--system", "town", "--page", str(page)]
    first = bench(tmp_path, *words)
    assert "| Town Clerk | 1.000 " in first.stdout, first.stderr
    (saved,) = (tmp_path / "var" / "bench").glob("*.json")
    assert json.loads(saved.read_text())["figures"]["top-1"] == 1.0
    assert "| Town Clerk | 1.000" in page.read_text()
    assert (tmp_path / "benchmarks.svg").is_file()
    again = bench(tmp_path, *words, "--saved")
    assert again.stdout == first.stdout
    none = bench(tmp_path, str(tmp_path / "var"))
    assert (none.returncode, none.stderr.count("\n")) == (1, 1)
    assert "there is no such benchmark here" in none.stderr


def bench(cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "api.bench", *words]
    return subprocess.run(
        command,
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

"""The harness that measures speed works; how fast anything is, no test asserts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from evals.plot import draw_speed
from evals.scale import COUNCIL, Text, file_bytes, fill, invent_pages
from evals.serving import NotServed, has_loaded, resident, serve
from evals.speed import (
    Figure,
    Part,
    ask_at_once,
    ask_at_rate,
    describe,
    quantile,
    ratio,
    spread,
    take_turns,
)
from knowledge_base.knowledge_base import KnowledgeBase


def test_ways_take_turns_and_the_first_round_is_not_counted() -> None:
    asked: list[str] = []
    ways = {name: lambda text, name=name: asked.append(name + text) for name in ("a", "b")}
    seconds = take_turns(ways, ["1", "2"], rounds=2)
    assert asked == ["a1", "b1", "a2", "b2"] * 3
    assert {name: len(some) for name, some in seconds.items()} == {"a": 4, "b": 4}


def test_each_question_is_asked_once_however_many_ask() -> None:
    asked: list[str] = []
    texts = [str(number) for number in range(20)]
    assert ask_at_once(asked.append, texts, askers=3) > 0
    late = ask_at_rate(asked.append, texts, rate=2000, askers=3)
    assert sorted(asked) == sorted(2 * texts)
    assert len(late) == 20
    assert min(late) >= 0


def test_figures_are_told_beside_their_goals() -> None:
    seconds = [0.001 * number for number in range(1, 101)]
    assert quantile(seconds, 0.95) == pytest.approx(0.096)
    figures = (*spread("a search", seconds), ratio("half", seconds[:50], seconds[50:], "at most 1"))
    told = describe(
        [Part("One", figures, "a-package"), Part("Two", (Figure("size", 1234.0, "B"),))]
    )
    assert "| a search, median | 50.50 ms |" in told
    assert "| half             | 0.34 x   | at most 1 |" in told
    assert "Not run: needs a-package." in told
    assert "1,234 B" in told


def test_the_same_figures_are_drawn_alike(tmp_path: Path) -> None:
    part = Part("One", spread("a search", [0.1, 0.2]))
    for name in ("one.svg", "two.svg"):
        draw_speed(part, {10: (0.1, 0.2), 100: (0.2, 0.3)}, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_an_invented_council_is_searched_like_any_other(
    knowledge_base: KnowledgeBase, tmp_path: Path
) -> None:
    pages = list(invent_pages(30))
    assert pages == list(invent_pages(30))
    assert pages != list(invent_pages(30, seed=2))
    fill(knowledge_base.catalogue, knowledge_base._index, knowledge_base.model, pages)
    with knowledge_base.writer() as writer:
        assert writer.settle(COUNCIL) == 0
    assert knowledge_base.catalogue.count(COUNCIL) == (30, 60)
    wanted = pages[20].passages[1]
    found = knowledge_base.find(COUNCIL, wanted.text.partition(".")[0])
    assert not found.degraded
    assert found.matches[0].text == wanted.text
    assert file_bytes(tmp_path / "townclerk.sqlite3") > 60 * 5000
    assert file_bytes(tmp_path / "chroma") > 60 * 1536


def test_common_words_are_common() -> None:
    words = " ".join(Text(1).sentences(500, 10)).lower().replace(".", "").split()
    counts = sorted((words.count(word) for word in set(words)), reverse=True)
    assert counts[0] > 10 * counts[len(counts) // 2]


_SERVER = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Ready).serve_forever()
"""


def test_a_serving_process_is_looked_at_from_outside(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _SERVER]
    with serve(command, 1, tmp_path / "log") as (_, process, seconds):
        assert seconds > 0
        assert resident("VmRSS", process) > 1
        assert not has_loaded(process, "libtorch")


def test_a_server_that_ends_says_why(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no council here')"]
    with (
        pytest.raises(NotServed, match="no council here"),
        serve(command, 1, tmp_path / "log"),
    ):
        pass

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base import bm25, revision
from knowledge_base.keywords import Keywords
from knowledge_base.stems import words_of

PAGES = {
    "bins": "Put your bin out by 7am on your collection day. Bins, bins, bins.",
    "missed": "Tell us about a missed bin collection within two working days.",
    "pool": "The swimming pool opens at 6am. The council's pool is heated.",
    "tax": "Council tax band A pays £1,100 and band D pays £1,650.",
    "café": "The café at Pontcanna’s library",
}


def weigh(text: str) -> dict[str, float]:
    return dict.fromkeys(words_of(text), 1.0)


def held(*names: str) -> Keywords:
    keywords = Keywords()
    added = [(name, f"https://www.exampleton.example/{name[0]}", PAGES[name]) for name in names]
    keywords.update(added or [(name, f"/{name[0]}", text) for name, text in PAGES.items()], [])
    return keywords


def best(keywords: Keywords, text: str) -> list[str]:
    return list(keywords.find(weigh(text), 10))


# Words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Bins and BINNED", ["bin", "bin"]),
        ("the council’s café, the council's Café", ["council", "cafe", "council", "cafe"]),
        ("don't O'Brien", ["obrien"]),
        ("£1,100 – 2½ hours…", ["1", "100", "21", "2", "hour"]),
        ("Ŵyl yr Ystwyth: naïve ﬁre", ["wyl", "ystwyth", "naiv", "fire"]),
        ("straße ΣΊΣΥΦΟΣ", ["strass", "σισυφοσ"]),
        ("e\u0301cole 'quoted' rock'n'roll", ["ecol", "quot", "rockn", "roll"]),
        ("", []),
        ("the of and", []),
    ],
)
def test_words_are_the_same_however_they_are_written(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Council tax band A", ["band_a"]),
        ("council tax band a?", ["band_a"]),
        ("BAND D | £1,650", ["band_d"]),
        ("Schedule A, class B and form c", ["schedule_a", "class_b", "form_c"]),
        ("which form I need", []),
        ("what band I am in", []),
        ("form a queue", []),
        ("bands A to D", []),
        ("husband A", []),
        ("Band Aid", []),
    ],
)
def test_a_letter_that_says_which_band_is_a_word(text: str, label: list[str]) -> None:
    assert [word for word in words_of(text) if "_" in word] == label


# Finding


def test_the_passage_that_shares_most_comes_first() -> None:
    keywords = held()
    assert best(keywords, "missed bin collection")[:2] == ["missed", "bins"]
    assert best(keywords, "council tax band a")[0] == "tax"
    assert best(keywords, "library") == ["café"]


def test_scores_fall_and_stay_between_0_and_1() -> None:
    scores = list(held().find(weigh("bin collection at the council pool"), 10).values())
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score < 1 for score in scores)


def test_a_word_that_nobody_holds_lowers_the_overlap_and_not_the_score() -> None:
    keywords = held()
    known, unknown = weigh("swimming pool"), weigh("swimming pool xylophone")
    assert keywords.find(known, 5) == keywords.find(unknown, 5)
    assert keywords.overlap(known, ["pool"])["pool"] == pytest.approx(1)
    assert keywords.overlap(unknown, ["pool", "bins"])["pool"] < 0.7


def test_a_heavier_word_counts_for_more() -> None:
    keywords = held()
    assert best(keywords, "heated library")[0] != best(keywords, "")
    assert next(iter(keywords.find({"heat": 1, "librari": 0.1}, 5))) == "pool"
    assert next(iter(keywords.find({"heat": 0.1, "librari": 1}, 5))) == "café"


def test_nothing_is_found_where_there_is_nothing() -> None:
    empty = Keywords()
    assert (len(empty), empty.ids, empty.find(weigh("bin"), 5)) == (0, set(), {})
    assert empty.score(weigh("bin"), ["x"]) == empty.overlap(weigh("bin"), ["x"]) == {"x": 0.0}
    assert (empty.written("bin"), empty.nearest("bins"), empty.siblings(["x"])) == (0, None, {})
    full = held()
    assert full.find({}, 5) == full.find(weigh("xylophone"), 5) == full.find(weigh("bin"), 0) == {}
    assert full.score({}, ["bins"]) == full.overlap({}, ["bins"]) == {"bins": 0.0}


def test_siblings_share_a_page() -> None:
    keywords = Keywords()
    keywords.update([("a", "/bins", "one"), ("b", "/bins", "two"), ("c", "/pool", "three")], [])
    assert keywords.siblings(["a", "c", "x"]) == {"a": ("/bins", 2), "c": ("/pool", 1)}
    keywords.update([], ["b"])
    assert keywords.siblings(["a", "b"]) == {"a": ("/bins", 1)}


def test_words_are_counted_as_they_are_written() -> None:
    keywords = held()
    assert [keywords.written(word) for word in ("bins", "bin", "Café", "binned")] == [3, 2, 1, 0]
    assert keywords.holders("bin") == 2
    assert keywords.written("the") == len(keywords)
    keywords.update([], ["bins"])
    assert [keywords.written(word) for word in ("bins", "bin")] == [0, 1]


# Following changes


def plain_find(
    passages: Mapping[str, str], weights: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, float]]:
    """Score and overlap of all passages, straight from the formula."""
    counts = {name: Counter(words_of(text)) for name, text in passages.items()}
    mean = sum(c.total() for c in counts.values()) / max(len(counts), 1) or 1
    holders = {stem: sum(stem in c for c in counts.values()) for stem in weights}
    rarity = {
        stem: weight * math.log(1 + (len(counts) - holders[stem] + 0.5) / (holders[stem] + 0.5))
        for stem, weight in weights.items()
    }
    most = sum(rarity[stem] for stem in weights if holders[stem]) or 1
    scores, overlap = {}, {}
    for name, count in counts.items():
        norm = 0.9 * (1 - 0.4 + 0.4 * count.total() / mean)
        held = {stem: min(count[stem], 255) for stem in weights if count[stem]}
        scores[name] = sum(rarity[s] * c / (c + norm) for s, c in held.items()) / most
        overlap[name] = sum(rarity[s] for s in held) / (sum(rarity.values()) or 1)
    return scores, overlap


WORDS = ["bin", "bins", "pool", "tax", "band a", "council", "wood", "café", "the", "school"]
NAMES = [f"{n:02}" for n in range(12)]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
CHANGES = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=8),
        st.lists(st.sampled_from(NAMES), max_size=6),
    ),
    max_size=8,
)
WEIGHTS = st.dictionaries(
    st.sampled_from([*(s for word in WORDS for s in words_of(word)), "nobody"]),
    st.sampled_from([0.3, 1.0, 2.0]),
    max_size=6,
)


@settings(deadline=None, max_examples=150)
@given(CHANGES, WEIGHTS, st.integers(1, 12), st.sampled_from([0, bm25._LOOKUP]))
def test_any_changes_end_as_a_fresh_build_and_as_the_formula(
    changes: list[tuple[dict[str, str], list[str]]],
    weights: dict[str, float],
    limit: int,
    lookup: int,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bm25, "_LOOKUP", lookup)
        _check_changes(changes, weights, limit)


def _check_changes(
    changes: list[tuple[dict[str, str], list[str]]], weights: dict[str, float], limit: int
) -> None:
    followed, live = Keywords(), dict[str, str]()
    for added, removed in changes:
        followed.update(((name, f"/{name[0]}", text) for name, text in added.items()), removed)
        live = {k: v for k, v in live.items() if k not in removed} | added
    fresh = Keywords()
    fresh.update(((name, f"/{name[0]}", text) for name, text in live.items()), [])
    assert followed.ids == fresh.ids == live.keys()
    found = followed.find(weights, limit)
    scores, overlap = plain_find(live, weights)
    for keywords in (followed, fresh):
        assert list(keywords.find(weights, limit).items()) == list(found.items())
        assert keywords.score(weights, found) == found
        assert keywords.score(weights, NAMES) == pytest.approx(
            dict.fromkeys(NAMES, 0.0) | scores, abs=1e-6
        )
        assert keywords.overlap(weights, NAMES) == pytest.approx(
            dict.fromkeys(NAMES, 0.0) | overlap, abs=1e-6
        )
        assert keywords.siblings(NAMES) == {
            name: (f"/{name[0]}", sum(name[0] == other[0] for other in live)) for name in live
        }
        for word in ("bin", "bins", "cafe"):
            assert keywords.written(word) == sum(
                text.replace("é", "e").split().count(word) for text in live.values()
            )
    # Which of those that score alike to the last digit but one come in is left open.
    reached = sorted((s for s in scores.values() if s), reverse=True)[:limit]
    assert list(found.values()) == pytest.approx(reached, abs=1e-6)


def test_common_words_are_passed_over_without_another_result() -> None:
    """Enough passages that the further stems are only looked up, in more than one segment."""
    texts = {
        f"{n:05}": " ".join(
            word
            for word, every in (("council", 1), ("bin", 2), ("tax", 3), ("pool", 50), ("moss", 400))
            if n % every == 0 or n % 7 == every
        )
        for n in range(3_000)
    }
    keywords = Keywords()
    keywords.update(((name, "/", text) for name, text in texts.items() if name < "02600"), ["x"])
    keywords.update(((name, "/", text) for name, text in texts.items() if name >= "02600"), [])
    keywords.update([], [name for name in texts if name.endswith("5")])
    live = {name: text for name, text in texts.items() if not name.endswith("5")}
    for question in ("moss pool council bin tax", "council bin", "moss tax", "tax bin pool"):
        scores, _ = plain_find(live, weigh(question))
        found = keywords.find(weigh(question), 10)
        assert list(found.values()) == pytest.approx(
            sorted(scores.values(), reverse=True)[:10], abs=1e-6
        )
        assert keywords.score(weigh(question), found) == found
        assert found == pytest.approx({name: scores[name] for name in found}, abs=1e-6)


def test_a_passage_that_comes_twice_is_held_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revision, "_AT_ONCE", 2)
    keywords = Keywords()
    texts = ["pool", "bin", "tax", "moss"]
    keywords.update([("a", "/", text) for text in texts] + [("b", "/", "bin")], ["a"])
    assert (len(keywords), keywords.ids) == (2, {"a", "b"})
    assert [best(keywords, text) for text in texts] == [[], ["b"], [], ["a"]]


def test_an_update_that_fails_changes_nothing() -> None:
    def failing() -> Iterable[tuple[str, str, str]]:
        yield "new", "/new", "xylophone lessons"
        raise OSError

    keywords = held()
    with pytest.raises(OSError):
        keywords.update(failing(), ["pool"])
    assert best(keywords, "xylophone") == []
    assert best(keywords, "pool") == ["pool"]
    keywords.update([("new", "/new", "xylophone"), ("newer", "/newer", "zither")], ["pool"])
    assert best(keywords, "xylophone pool zither") == ["new", "newer"]


def test_words_that_nobody_writes_any_more_are_forgotten(tmp_path: Path) -> None:
    keywords = Keywords()
    for day in range(40):
        keywords.update([(f"{day}", f"/{day}", f"word{day} every day")], [f"{day - 1}"])
    keywords.save(tmp_path / "words")
    assert b"word39" in (tmp_path / "words").read_bytes()
    assert b"word3 " not in (tmp_path / "words").read_bytes()
    assert b'"word20"' not in (tmp_path / "words").read_bytes()
    assert best(keywords, "word39 word20") == ["39"]


def test_a_search_sees_all_of_an_update_or_nothing() -> None:
    keywords = Keywords()
    keywords.update([("a-0", "/", "pool"), ("b-0", "/", "pool")], [])
    seen, done = set(), threading.Event()
    wrong: list[object] = []

    def search() -> None:
        while not done.is_set():
            found = frozenset(name.partition("-")[2] for name in keywords.find({"pool": 1.0}, 10))
            seen.add(found)
            if len(found) != 1:
                wrong.append(found)

    readers = [threading.Thread(target=search) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(1, 150):
        keywords.update(
            [(f"{n}-{turn}", "/", f"pool new{turn}") for n in "ab"],
            [f"{n}-{turn - 1}" for n in "ab"],
        )
    done.set()
    for reader in readers:
        reader.join()
    assert not wrong
    assert seen


# The file


def same(left: Keywords, right: Keywords) -> bool:
    questions = [weigh(text) for text in (*PAGES.values(), "bin", "collection pool")]
    return (
        left.ids == right.ids
        and all(left.find(q, 10) == right.find(q, 10) for q in questions)
        and all(left.overlap(q, PAGES) == right.overlap(q, PAGES) for q in questions)
        and left.siblings(PAGES) == right.siblings(PAGES)
        and left.written("bins") == right.written("bins")
    )


def test_what_is_saved_comes_back_and_follows_on(tmp_path: Path) -> None:
    file = tmp_path / "words"
    for keywords in (Keywords(), held()):
        keywords.save(file)
        loaded = Keywords.load(file)
        assert loaded is not None
        assert same(keywords, loaded)
    for one in (keywords, loaded):
        one.update([("new", "/new", "xylophone pool"), ("pool", "/p", "no water")], ["bins"])
    assert same(keywords, loaded)
    loaded.save(file)
    again = Keywords.load(file)
    assert again is not None
    assert same(keywords, again)
    assert list(tmp_path.iterdir()) == [file]


def test_a_damaged_file_is_no_file(tmp_path: Path) -> None:
    file = tmp_path / "words"
    assert Keywords.load(file) is None
    held().save(file)
    whole = file.read_bytes()
    for cut in (0, 5, 32, 33, 200, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:cut])
        assert Keywords.load(file) is None
    for at in range(0, len(whole), 97):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert Keywords.load(file) is None
    file.write_bytes(whole + b" ")
    assert Keywords.load(file) is None
    assert Keywords.load(tmp_path) is None


def test_a_file_of_words_cut_by_other_rules_is_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held().save(tmp_path / "words")
    monkeypatch.setattr("knowledge_base.stems._VERSION", 0)
    assert Keywords.load(tmp_path / "words") is None


# Spelling


COUNCIL = """library recycling council emptied permit parking blue bailiff collection
    liberty recycled counsel emptier permits parkland blur collections collector""".split()


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("libary", "library"),
        ("recyling", "recycling"),
        ("coucil", "council"),
        ("emptyed", "emptied"),
        ("permt", "permit"),
        ("parkng", "parking"),
        ("bleu", "blue"),
        ("baliff", "bailiff"),
        ("collecton", "collection"),
        ("Cóllecton", "collection"),
        ("council", None),
        ("xylophone", None),
        ("bl", None),
        ("blu3", None),
        ("", None),
        ("the", None),
        ("arking", None),
        ("c" * 5000, None),
    ],
)
def test_a_misspelt_word_means_one_that_the_council_writes(
    misspelt: str, meant: str | None
) -> None:
    keywords = Keywords()
    keywords.update([(f"{n}", "/", " ".join(COUNCIL)) for n in range(2)], [])
    keywords.update([("more", "/", "permit blue collection")], [])
    assert keywords.nearest(misspelt) == meant


def test_a_word_written_once_is_meant_only_where_no_other_is_near() -> None:
    keywords = Keywords()
    keywords.update([("a", "/", "permit permits permits parking")], [])
    assert keywords.nearest("parkng") == "parking"
    assert keywords.nearest("permita") == "permits"
    keywords.update([("b", "/", "parkong")], [])
    assert keywords.nearest("parkng") is None


def test_a_word_that_is_gone_is_not_meant() -> None:
    keywords = held()
    assert keywords.nearest("librery") == "library"
    keywords.update([], ["café"])
    assert keywords.nearest("librery") is None


def test_a_question_of_more_and_rarer_words_has_more_mass() -> None:
    keywords = held()
    few, more = keywords.mass(weigh("bin")), keywords.mass(weigh("bin missed"))
    assert 0 < few < more
    assert keywords.mass(weigh("unicorn")) == 0.0
    assert keywords.mass({"bin": 0.5}) == pytest.approx(few / 2)

"""The automations that come with Town Clerk work for every council, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import combinations, product
from pathlib import Path
from shutil import copytree

import pytest

from chatbot.automation import Automation, Lookup, Now, Stub, Value
from chatbot.automations import registrar_appointment as registrar
from chatbot.automations.contract import flaws, possible
from chatbot.automations.found import PACKAGED, find_automations, names_known, read_packaged
from chatbot.council import NATIONS, load_council
from chatbot.lookup import look_up
from chatbot.messages import LANGUAGES
from chatbot.table import Table
from tests.conftest import ROOT

DEMO = ROOT / "councils" / "demo"
OURS = (
    *(read_packaged(path) for path in sorted(PACKAGED.glob("*.toml"))),
    registrar.registrar_appointment(),
)
TODAY = date(2026, 11, 24)
NOW = Now(datetime(2026, 11, 24, 9, tzinfo=UTC), TODAY, "en")

each = pytest.mark.parametrize("automation", OURS, ids=lambda one: one.name)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def spoken(automation: Automation, language: str) -> Iterator[str]:
    """All that a citizen may read of an automation."""
    yield automation.titles[language]
    yield automation.done.get(language, "")
    for detail in automation.details:
        yield from (words.get(language, "") for words in (detail.questions, detail.labels))
        yield detail.hints.get(language, "")
        yield from (choice.labels[language] for choice in detail.choices)


@each
def test_each_keeps_the_contract_in_both_languages(automation: Automation) -> None:
    assert list(flaws(automation, LANGUAGES)) == []


@pytest.mark.parametrize("nation", NATIONS)
@pytest.mark.parametrize("path", sorted(PACKAGED.glob("*.toml")), ids=lambda one: one.stem)
def test_each_is_read_without_mistake_for_every_nation(path: Path, nation: str) -> None:
    automation = read_packaged(path, nation)
    assert list(flaws(automation, LANGUAGES)) == []


def test_what_is_promised_is_there() -> None:
    assert {one.name for one in OURS} == set(
        """missed_bin order_bin bulky_waste street_problem bin_day moving_home council_tax_discount
        parking_permit housing_repair registrar_appointment complaint call_back""".split()
    )


@each
@each_language
def test_each_is_shown_by_examples_enough(automation: Automation, language: str) -> None:
    examples, questions = automation.examples[language], automation.questions[language]
    assert 10 <= len(examples) <= 15
    assert 8 <= len(questions) <= 10
    for texts in (examples, questions):
        assert len({text.casefold() for text in texts}) == len(texts)


@each_language
def test_no_message_shows_two_automations(language: str) -> None:
    for one, other in combinations(OURS, 2):
        mine = {*one.examples[language], *one.questions[language]}
        assert mine.isdisjoint({*other.examples[language], *other.questions[language]})


@each
def test_welsh_words_are_not_the_english_ones(automation: Automation) -> None:
    same_word = {"Problem", "Bin", "Graffiti"}
    pairs = zip(spoken(automation, "en"), spoken(automation, "cy"), strict=True)
    for english, welsh in pairs:
        assert bool(english) == bool(welsh)
        assert english != welsh or english in same_word | {""}
    assert set(automation.examples["en"]).isdisjoint(automation.examples["cy"])


@each
@each_language
def test_words_are_plain(automation: Automation, language: str) -> None:
    for text in spoken(automation, language):
        assert "!" not in text
        assert "e.g." not in text.casefold()
        assert all(len(sentence.split()) <= 25 for sentence in text.split(". ")), text
    for detail in automation.details:
        assert detail.questions[language].endswith("?"), detail.name


@each
def test_little_is_asked(automation: Automation) -> None:
    """Whatever is chosen, nobody answers more than ten questions, and few must be answered."""
    decisive = [one for one in automation.details if one.kind in ("choice", "yes_no")]
    branching = {condition.detail for one in automation.details for condition in one.only_if}
    asked_by = [one for one in decisive if one.name in branching]
    for values in product(*(possible(one) for one in asked_by)):
        given: dict[str, Value] = {
            one.name: value for one, value in zip(asked_by, values, strict=True)
        }
        wanted = automation.wanted(given)
        assert len(wanted) <= 10
        assert sum(not one.optional for one in wanted) <= 9


def test_a_report_is_known_again_by_its_place() -> None:
    known = {one.name: (one.same_place, one.same_kind) for one in OURS if one.same_place}
    assert known == {
        "missed_bin": ("address", "container"),
        "street_problem": ("place", "type"),
        "housing_repair": ("address", "part"),
    }


def test_dates_have_the_limits_that_make_sense() -> None:
    limits = {
        (one.name, detail.name): (detail.earliest, detail.latest)
        for one in OURS
        for detail in one.details
        if detail.kind == "date"
    }
    assert limits["missed_bin", "collection_date"] == (-7, 0)
    assert limits["moving_home", "moving_date"] == (-60, 90)
    assert all(None not in pair for pair in limits.values())


@pytest.mark.parametrize(
    ("nation", "body"),
    [
        ("england", "National Highways"),
        ("wales", "Traffic Wales"),
        ("scotland", "Traffic Scotland"),
        ("northern-ireland", "the Department for Infrastructure"),
    ],
)
def test_a_motorway_is_not_the_councils(nation: str, body: str) -> None:
    street = read_packaged(PACKAGED / "street_problem.toml", nation)
    choice = street.details[0].choice("motorway")
    assert choice and choice.body == body and choice.body_url.startswith("https://")


# The one that needs code


def test_a_death_is_registered_only_when_the_papers_are_ready() -> None:
    finding = registrar.check({"event": "death", "ready": False, "day": "2026-12-01"}, NOW)
    assert finding and finding.ends
    assert set(finding.words) == set(LANGUAGES)
    assert registrar.check({"event": "death", "ready": True, "day": "2026-12-01"}, NOW) is None


@pytest.mark.parametrize(
    ("born", "nation", "late"),
    [
        ("2026-10-20", "england", False),
        ("2026-10-19", "england", True),
        ("2026-11-10", "scotland", False),
        ("2026-11-09", "scotland", True),
        ("2026-11-09", "wales", False),
    ],
)
def test_a_birth_that_will_be_registered_late_is_said_and_taken(
    born: str, nation: str, late: bool
) -> None:
    values = {"event": "birth", "birth_date": born, "day": "2026-12-01"}
    finding = registrar.check(values, replace(NOW, nation=nation))
    assert (finding is not None) == late
    assert finding is None or not finding.ends


def test_a_notice_of_marriage_has_nothing_to_check() -> None:
    assert registrar.check({"event": "notice", "day": "2026-12-01"}, NOW) is None
    assert registrar.check({}, NOW) is None


# The demo council


def test_the_demo_council_has_them_all() -> None:
    council = load_council(DEMO)
    assert {one.name for one in council.offers} == {one.name for one in OURS}
    assert tuple(one.name for one in council.offers) == council.automations
    assert all(isinstance(one.does, Stub | Lookup) for one in council.offers)


def bin_day() -> Lookup:
    does = next(one.does for one in load_council(DEMO).offers if one.name == "bin_day")
    assert isinstance(does, Lookup)
    return does


@pytest.mark.parametrize(
    ("postcode", "today", "day", "words"),
    [
        ("BK1 4QZ", date(2026, 11, 24), date(2026, 11, 30), "Green-lidded bin, blue bag"),
        ("BK2 3AB", date(2026, 11, 24), date(2026, 11, 24), "Grey bin"),
        ("BK4 5SU", date(2026, 12, 23), date(2026, 12, 28), "Grey bin"),
        ("BK5 1EJ", date(2026, 12, 29), date(2027, 1, 2), "Green-lidded bin"),
        ("BK4 9WB", date(2027, 1, 2), date(2027, 1, 4), "Green-lidded bin"),
        ("BK1 4QZ", date(2027, 3, 28), date(2027, 3, 30), "Grey bin"),
        ("BK1 4QZ", date(2027, 5, 2), date(2027, 5, 3), "Green-lidded bin"),
        ("BK4 5SU", date(2027, 9, 1), date(2027, 9, 4), "Grey bin"),
    ],
)
def test_bin_days_of_the_demo_are_those_that_its_pages_tell(
    postcode: str, today: date, day: date, words: str
) -> None:
    looked = look_up(bin_day(), DEMO, postcode, today)
    assert looked.state == "found"
    assert looked.found[0][0] == day
    assert any(what.startswith(words) for one, what in looked.found if one == day)


def test_bin_days_of_the_demo_are_told_in_welsh() -> None:
    looked = look_up(bin_day(), DEMO, "BK1 4QZ", TODAY, "cy")
    assert looked.found[0] == (date(2026, 11, 30), "Bin caead gwyrdd, bag glas a chadi bwyd")


def test_a_street_on_two_rounds_is_asked_which() -> None:
    looked = look_up(bin_day(), DEMO, "BK2 9SX", TODAY)
    assert looked.addresses == ("1 to 19 Sallow Road", "20 to 58 Sallow Road")
    days = [look_up(bin_day(), DEMO, f"BK2 9SX {one}", TODAY).found for one in looked.addresses]
    assert [found[0][0] for found in days] == [date(2026, 11, 24), date(2026, 11, 30)]


def test_a_new_council_has_one_that_works_and_one_to_try(tmp_path: Path) -> None:
    home = tmp_path / "exampleton"
    copytree(ROOT / "api" / "new_council", home)
    assert [one.name for one in load_council(home).offers] == ["missed_bin"]
    settings = home / "council.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('["missed_bin"]', '["missed_bin", "lost_dog"]'))
    assert [one.name for one in load_council(home).offers] == ["missed_bin", "lost_dog"]


# Where they come from


def test_a_package_brings_an_automation_by_an_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installed as packages are: a module, and beside it what it says of itself."""
    (tmp_path / "lost_dog.py").write_text(
        "from chatbot.automation import Automation, Detail, Stub\n"
        "dog = Detail('dog', 'text', {'en': 'Which dog?'}, {'en': 'Dog'})\n"
        "made = Automation('lost_dog', {'en': 'Report a lost dog'},\n"
        "    {'en': ('my dog is gone', 'lost dog', 'I lost my dog')}, {}, (dog,), Stub(),\n"
        "    {'en': 'Thank you: {reference}'})\n"
        "def wrong():\n    raise OSError('no file')\n"
        "number = 3\n"
    )
    info = tmp_path / "lost_dog-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lost-dog\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[townclerk.automations]\nlost_dog = lost_dog:made\nlost_cat = lost_dog:made\n"
        "broken = lost_dog:wrong\nabsent = lost_dog:gone\nnumber = lost_dog:number\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "lost_dog" in names_known(tmp_path)
    found, told = switched_on(tmp_path, "lost_dog", "broken", "absent", "number", "lost_cat")
    assert [one.titles["en"] for one in found] == ["Report a lost dog"]
    assert len(told) == 4
    assert "broken = lost_dog:wrong: could not be made: OSError: no file" in told[0]
    assert "AttributeError" in told[1]
    assert "gives a int, no Automation" in told[2]
    assert "another name, 'lost_dog'" in told[3]


def test_a_package_keeps_the_contract_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "poor_form.py").write_text(
        "from chatbot.automation import Automation, Detail, Stub\n"
        "detail = Detail('x', 'colour', {'en': 'Which?'}, {})\n"
        "made = Automation('poor', {'en': 'Poor'}, {}, {}, (detail, detail), Stub(), {})\n"
    )
    info = tmp_path / "poor_form-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: poor-form\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[townclerk.automations]\npoor = poor_form:made\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    _, told = switched_on(tmp_path, "poor")
    text = "\n".join(told)
    for words in ("'colour' is no kind", "label: is missing", "done: is missing", "earlier detail"):
        assert words in text
    assert all(line.startswith("poor = poor_form:made: ") for line in told)


def test_the_councils_own_file_goes_before_the_packaged_one(tmp_path: Path) -> None:
    own = tmp_path / "automations" / "missed_bin.toml"
    own.parent.mkdir()
    text = (PACKAGED / "missed_bin.toml").read_text(encoding="utf-8")
    own.write_text(text.replace("Report a missed bin", "Tell us about a missed bin"))
    (found,), told = switched_on(tmp_path, "missed_bin")
    assert (found.titles["en"], told) == ("Tell us about a missed bin", [])


def switched_on(folder: Path, *names: str) -> tuple[tuple[Automation, ...], list[str]]:
    mistakes: list = []
    settings = Table({}, "council.toml", mistakes, "automation.")
    found = find_automations(names, folder, ("en",), "england", settings, {}, mistakes)
    return found, list(map(str, mistakes))

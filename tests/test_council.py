"""A council's folder is read over the default one, and every mistake is told at once."""

import re
import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest

from chatbot.council import (
    DEFAULT_FOLDER,
    LANGUAGES,
    OWN_NUMBERS,
    Council,
    CouncilMistakes,
    contrast,
    load_council,
)
from chatbot.messages import KEYS, PLACEHOLDERS, placeholders
from chatbot.table import Mistake, uk_number
from chatbot.types import Status

GOOD = """
name = "Exampleton Borough Council"
nation = "england"
website = "https://www.exampleton.example"
"""


def folder(tmp_path: Path, council: str = GOOD, **files: str) -> Path:
    home = tmp_path / "exampleton"
    home.mkdir(exist_ok=True)
    (home / "council.toml").write_text(council, encoding="utf-8")
    for name, text in files.items():
        (home / f"messages.{name}.toml").write_text(text, encoding="utf-8")
    return home


def load(tmp_path: Path, more: str = "", **files: str) -> Council:
    return load_council(folder(tmp_path, GOOD + more, **files))


def mistakes(tmp_path: Path, council: str, **files: str) -> dict[str, str]:
    with pytest.raises(CouncilMistakes) as caught:
        load_council(folder(tmp_path, council, **files))
    return {one.key: one.words for one in caught.value.mistakes}


def default_messages(language: str) -> dict[str, str]:
    path = DEFAULT_FOLDER / f"messages.{language}.toml"
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    assert all(isinstance(words, str) for words in found.values())
    return found


def test_what_a_council_does_not_say_comes_from_the_default(tmp_path: Path) -> None:
    council = load(tmp_path, "[limits]\npassages = 5\n")
    assert council.slug == "exampleton"
    assert council.languages == ("en",)
    assert council.limits.message_characters == 2000
    assert council.limits.passages == 5
    assert council.contact.url == council.website
    assert not council.live
    assert council.ingest_every_hours is None


def test_sources_gates_and_evals_are_passed_on_untouched(tmp_path: Path) -> None:
    more = '[[sources]]\nkind = "folder"\npath = "x"\n[gates]\na = 1\n[evals]\nb = 2\n'
    council = load(tmp_path, more)
    assert council.sources == ({"kind": "folder", "path": "x"},)
    assert council.gates == {"a": 1}
    assert council.evals == {"b": 2}


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        """
        naem = "Exampleton"
        nation = "englnd"
        website = "http://www.exampleton.example"
        languages = ["en", "fr"]
        automations = "missed_bin"
        days_kept = 0
        require_api_key = true
        [contact]
        phone = "12"
        email = "nobody"
        [limits]
        message_charcters = 500
        [look]
        colour = "blue"
        """,
    )
    assert found["naem"] == "is not known; did you mean name?"
    assert found["name"] == "is missing"
    assert found["nation"].startswith("must be one of england, wales, scotland, northern-ireland")
    assert "did you mean england?" in found["nation"]
    assert "https address" in found["website"]
    assert "'fr' is not supported" in found["languages"]
    assert "list of texts" in found["automations"]
    assert found["days_kept"] == "must be a whole number from 1 to 3650"
    assert "lists no key" in found["require_api_key"]
    assert "not a UK telephone number" in found["contact.phone"]
    assert "e-mail" in found["contact.email"]
    assert found["limits.message_charcters"].endswith("did you mean message_characters?")
    assert "colour like #1d70b8" in found["look.colour"]


def test_a_syntax_error_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(CouncilMistakes, match="line 2"):
        load_council(folder(tmp_path, 'name = "x"\nnation = england\n'))


def test_a_folder_without_a_council_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(CouncilMistakes, match=r"council.toml: is missing"):
        load_council(tmp_path)


def test_text_that_is_not_utf8_says_so(tmp_path: Path) -> None:
    home = folder(tmp_path)
    (home / "council.toml").write_bytes(b'name = "Caf\xe9"\n')
    with pytest.raises(CouncilMistakes, match="not UTF-8"):
        load_council(home)


def test_a_file_saved_by_windows_notepad_is_read(tmp_path: Path) -> None:
    home = folder(tmp_path)
    (home / "council.toml").write_text(GOOD.replace("\n", "\r\n"), encoding="utf-8-sig", newline="")
    assert load_council(home).nation == "england"


def test_a_misspelt_file_is_told(tmp_path: Path) -> None:
    home = folder(tmp_path)
    (home / "saftey.toml").write_text("", encoding="utf-8")
    with pytest.raises(CouncilMistakes, match=r"did you mean safety.toml"):
        load_council(home)


@pytest.mark.parametrize(
    "website",
    ["https://exampleton", "https://user@exampleton.example", "https://x.example/a b", "ftp://x.y"],
)
def test_an_address_that_is_no_plain_https_address_is_a_mistake(
    tmp_path: Path, website: str
) -> None:
    found = mistakes(tmp_path, GOOD.replace("https://www.exampleton.example", website))
    assert "website" in found


def test_colours_that_are_hard_to_read_are_a_mistake(tmp_path: Path) -> None:
    found = mistakes(tmp_path, GOOD + '[look]\ncolour = "#ffff00"\ntext_colour = "#ffffff"\n')
    assert "contrast 1.1" in found["look.text_colour"]
    assert round(contrast("#000000", "#ffffff")) == 21


def test_an_api_key_itself_is_never_accepted(tmp_path: Path) -> None:
    found = mistakes(tmp_path, 'api_key_sha256 = ["secret"]\n' + GOOD)
    assert "never a key itself" in found["api_key_sha256"]


# Numbers


def live(numbers: str) -> str:
    return f"live = true\n{GOOD}\n{numbers}"


def reviewed(on: date) -> str:
    default = tomllib.loads((DEFAULT_FOLDER / "council.toml").read_text(encoding="utf-8"))
    names = {**dict.fromkeys(OWN_NUMBERS, "01632 960110")}
    names |= {name: table["number"] for name, table in default["numbers"].items()}
    tables = (
        f'[numbers.{name}]\nnumber = "{number}"\nverified_on = {on}\n'
        for name, number in names.items()
    )
    return "\n".join(tables)


def test_a_council_does_not_go_live_on_numbers_that_nobody_checked(tmp_path: Path) -> None:
    found = mistakes(tmp_path, live(""))
    assert {f"numbers.{name}" for name in OWN_NUMBERS} <= found.keys()
    assert "numbers.samaritans" in found


def test_a_council_goes_live_on_numbers_checked_within_a_year(tmp_path: Path) -> None:
    council = load_council(folder(tmp_path, live(reviewed(date.today()))))
    assert council.live


def test_the_contact_number_that_is_said_is_the_one_that_was_checked(tmp_path: Path) -> None:
    numbers = reviewed(date.today())
    council = load_council(folder(tmp_path, live(numbers)))
    assert council.contact.phone == "01632 960110"
    same = f'{numbers}\n[contact]\nphone = "+44 1632 960 110"\n'
    assert load_council(folder(tmp_path, live(same))).contact.phone == "+44 1632 960 110"
    found = mistakes(tmp_path, live(f'{numbers}\n[contact]\nphone = "01632 960111"\n'))
    assert "01632 960110" in found["contact.phone"]


def test_numbers_checked_more_than_a_year_ago_must_be_checked_again(tmp_path: Path) -> None:
    found = mistakes(tmp_path, live(reviewed(date.today() - timedelta(days=366))))
    assert "more than a year ago" in found["numbers.out_of_hours"]


def test_a_check_in_the_future_is_a_mistake(tmp_path: Path) -> None:
    found = mistakes(tmp_path, live(reviewed(date.today() + timedelta(days=2))))
    assert "in the future" in found["numbers.contact"]


def test_numbers_of_another_nation_are_left_out(tmp_path: Path) -> None:
    home = folder(tmp_path, GOOD.replace('"england"', '"northern-ireland"'))
    council = load_council(home)
    assert "gas" not in council.numbers
    text = council.say(Status.SAFETY_GAS_CO, "en").text
    assert "National Gas" not in text
    assert "999" in text


@pytest.mark.parametrize("number", ["999", "116 123", "01632 960110", "+44 20 7946 0018", "85258"])
def test_uk_numbers_are_accepted(number: str) -> None:
    assert uk_number(number) == ""


@pytest.mark.parametrize(
    "number", ["", "0800 121 70", "12345", "01632 9601", "call us", "0845 988 1188"]
)
def test_numbers_that_cannot_be_right_are_not(number: str) -> None:
    assert uk_number(number)


# Words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_has_words_in_every_language(language: str) -> None:
    assert set(default_messages(language)) == set(KEYS)
    assert {status.value for status in Status} <= KEYS


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_known_placeholders_occur(language: str) -> None:
    default = tomllib.loads((DEFAULT_FOLDER / "council.toml").read_text(encoding="utf-8"))
    numbers = {f"numbers.{name}" for name in (*OWN_NUMBERS, *default["numbers"])}
    for key, words in default_messages(language).items():
        assert placeholders(words) <= PLACEHOLDERS | numbers, key
        assert not set("{}") & set(re.sub(r"\{[a-z_.0-9]+\}", "", words)), key


def test_both_languages_name_the_same_numbers_and_places() -> None:
    english, welsh = default_messages("en"), default_messages("cy")
    for key in KEYS:
        assert placeholders(english[key]) == placeholders(welsh[key]), key
        assert english[key].count("\n") == welsh[key].count("\n"), key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", Status)
def test_every_status_says_something_and_leaves_no_gap(
    tmp_path: Path, status: Status, language: str
) -> None:
    council = load_council(folder(tmp_path, 'languages = ["en", "cy"]\n' + GOOD))
    values = {
        "page_title": "Bins",
        "page_url": "https://x.example/b",
        "reference": "a1",
        "limit": "9",
    }
    answer = council.say(status, language, actions=(), **values)
    assert answer.blocks
    assert "{" not in answer.text


@pytest.mark.parametrize(
    "status", [one for one in Status if one.family in ("refused", "unanswerable")]
)
def test_a_refusal_says_where_to_turn(tmp_path: Path, status: Status) -> None:
    said = load(tmp_path).say(
        status, "en", page_title="Bins", page_url="https://x.example/b", limit="9"
    )
    assert "](https://" in said.text


def test_a_council_replaces_words_by_key(tmp_path: Path) -> None:
    council = load(tmp_path, en='[refused]\noff_topic = "Not for {council}."\n')
    said = council.say(Status.REFUSED_OFF_TOPIC, "en")
    assert said.blocks == ("Not for Exampleton Borough Council.",)
    assert council.say(Status.REFUSED_ATTACK, "en").blocks


def test_a_line_without_its_value_is_left_out(tmp_path: Path) -> None:
    words = '"handover.offered" = """\nCall {phone}.\nOr come in."""\n'
    assert load(tmp_path, en=words).words("handover.offered", "en") == ("Or come in.",)
    council = load(tmp_path, '[contact]\nphone = "01632 960110"\n', en=words)
    assert council.words("handover.offered", "en") == ("Call 01632 960110.", "Or come in.")


def test_a_value_cannot_break_out_of_its_place(tmp_path: Path) -> None:
    said = load(tmp_path).say(
        Status.UNANSWERABLE_NOT_IN_PASSAGES,
        "en",
        page_title="A](https://evil.example) {phone}",
        page_url="https://x.example/a (1)",
    )
    assert r"[A\](https://evil.example) {phone}](https://x.example/a%20%281%29)" in said.text


def test_mistakes_in_words_are_told(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        GOOD,
        en='"refused.to_long" = "x"\n"refused.attack" = "{counsil}"\n"error.model" = "a { b"\n',
        cy='"refused.attack" = "x"\n',
    )
    assert found["refused.to_long"] == "is no status or label; did you mean refused.too_long?"
    assert found["refused.attack"].endswith("did you mean council?")
    assert "belongs to no placeholder" in found["error.model"]
    assert "not in the council's languages" in found[""]


def test_a_mistake_reads_as_one_line() -> None:
    assert (
        str(Mistake("council.toml", "nation", "is missing")) == "council.toml: nation: is missing"
    )


def everyday(tmp_path: Path, text: str) -> Path:
    home = folder(tmp_path)
    (home / "everyday_words.toml").write_text(text, encoding="utf-8")
    return home


def test_a_councils_everyday_words_are_read(tmp_path: Path) -> None:
    council = load_council(everyday(tmp_path, '"the lido" = "swimming pool"\nskip = ""'))
    assert council.everyday == {"the lido": "swimming pool", "skip": ""}


def test_mistakes_in_everyday_words_are_told(tmp_path: Path) -> None:
    with pytest.raises(CouncilMistakes) as caught:
        load_council(everyday(tmp_path, 'tip = 1\n"!" = "x"\n[bins]\na = "b"'))
    assert [one.key for one in caught.value.mistakes] == ["tip", "!", "bins"]
    assert all('"tip" = "recycling centre"' in one.words for one in caught.value.mistakes)


def test_two_everyday_expressions_that_are_one_are_told(tmp_path: Path) -> None:
    with pytest.raises(CouncilMistakes, match="wherever 'tip' is"):
        load_council(everyday(tmp_path, 'tip = "dump"\nTips = "recycling"'))

"""Staff write an automation as TOML; whatever is wrong is told at once, with file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.automation import Automation, Choice, Condition, Lookup, Send, Stub
from chatbot.council import Council, CouncilMistakes, load_council

COUNCIL = """
name = "Exampleton Borough Council"
nation = "england"
website = "https://www.exampleton.example"
automations = ["lost_dog"]
"""
DOG = """
title = "Report a lost dog"
examples = ["my dog is gone", "I lost my dog", "lost dog"]
done = "Thank you. Your reference is {reference}."
[[details]]
name = "size"
kind = "choice"
question = "How big is the dog?"
label = "Size"
choices = ["Small", "As big as a knee", "Larger"]
[[details]]
name = "place"
kind = "location"
question = "Where was it last?"
label = "Place"
"""
BOTH = """
title.en = "Report a lost dog"
title.cy = "Rhoi gwybod am gi coll"
examples.en = ["my dog is gone", "I lost my dog", "lost dog"]
examples.cy = ["mae fy nghi ar goll", "collais fy nghi", "ci ar goll"]
questions.en = ["how long do you keep dogs"]
done.en = "Thank you: {reference}"
done.cy = "Diolch: {reference}"
[[details]]
name = "size"
kind = "choice"
question = { en = "How big is it?", cy = "Pa mor fawr yw e?" }
label = { en = "Size", cy = "Maint" }
hint = { en = "Guess.", cy = "Dyfalwch." }
choices = [
  { value = "small", label = { en = "Small", cy = "Bach" }, said = ["tiny", "little"] },
  { label = { en = "Very big", cy = "Mawr iawn" }, said = { en = ["huge"], cy = ["anferth"] } },
]
"""


def write(tmp_path: Path, form: str, council: str = COUNCIL, name: str = "lost_dog") -> Path:
    home = tmp_path / "exampleton"
    (home / "automations").mkdir(parents=True, exist_ok=True)
    (home / "council.toml").write_text(council, encoding="utf-8")
    (home / "automations" / f"{name}.toml").write_text(form, encoding="utf-8")
    return home


def load(tmp_path: Path, form: str = DOG, more: str = "") -> Council:
    return load_council(write(tmp_path, form, COUNCIL + more))


def offer(tmp_path: Path, form: str = DOG, more: str = "") -> Automation:
    (found,) = load(tmp_path, form, more).offers
    return found


def told(tmp_path: Path, form: str = DOG, more: str = "", council: str = COUNCIL) -> dict[str, str]:
    """All mistakes, as file: key -> words; each key is told once."""
    with pytest.raises(CouncilMistakes) as caught:
        load_council(write(tmp_path, form, council + more))
    places = [f"{one.file}: {one.key}" for one in caught.value.mistakes]
    assert len(set(places)) == len(places), places
    return {f"{one.file}: {one.key}": one.words for one in caught.value.mistakes}


def only(
    tmp_path: Path, form: str = DOG, more: str = "", council: str = COUNCIL
) -> tuple[str, str]:
    ((place, words),) = told(tmp_path, form, more, council).items()
    return place, words


def test_a_form_in_english_alone_is_short(tmp_path: Path) -> None:
    dog = offer(tmp_path)
    assert (dog.name, dog.titles, dog.does) == ("lost_dog", {"en": "Report a lost dog"}, Stub())
    assert dog.examples["en"][0] == "my dog is gone"
    size, place = dog.details
    assert [one.value for one in size.choices] == ["small", "as_big_as_a_knee", "larger"]
    assert size.choices[1].labels == {"en": "As big as a knee"}
    assert (place.kind, place.optional, place.earliest) == ("location", False, None)


def test_a_form_in_both_languages(tmp_path: Path) -> None:
    home = write(tmp_path, BOTH, COUNCIL + 'languages = ["cy", "en"]\n')
    (dog,) = load_council(home).offers
    (size,) = dog.details
    assert size.questions["cy"] == "Pa mor fawr yw e?"
    assert size.hints == {"en": "Guess.", "cy": "Dyfalwch."}
    assert size.choices == (
        Choice("small", {"en": "Small", "cy": "Bach"}, ("tiny", "little")),
        Choice("very_big", {"en": "Very big", "cy": "Mawr iawn"}, ("huge", "anferth")),
    )
    assert dog.questions == {"en": ("how long do you keep dogs",)}


def test_all_that_a_detail_can_say_is_read(tmp_path: Path) -> None:
    more = """
[[details]]
name = "lost_on"
kind = "date"
question = "When?"
label = "Date"
earliest = -30
latest = "today"
weekdays = ["monday", "sunday"]
only_if = { size = ["small", "larger"] }
[[details]]
name = "chipped"
kind = "yes_no"
question = "Is it chipped?"
label = "Chip"
[[details]]
name = "chip"
kind = "text"
question = "Which number?"
label = "Number"
optional = true
characters = 15
only_if = { chipped = true, size = "small" }
"""
    dog = offer(
        tmp_path, DOG.replace("[[d", 'same_place = "place"\nsame_kind = "size"\n[[d', 1) + more
    )
    date, _, chip = dog.details[2:]
    assert (date.earliest, date.latest, date.weekdays) == (-30, 0, frozenset({0, 6}))
    assert date.only_if == (Condition("size", ("small", "larger")),)
    assert chip.only_if == (Condition("chipped", (True,)), Condition("size", ("small",)))
    assert (chip.optional, chip.characters) == (True, 15)
    assert (dog.same_place, dog.same_kind) == ("place", "size")
    assert [one.name for one in dog.wanted({"size": "small", "chipped": True})][-1] == "chip"


def test_it_is_sent_where_it_says(tmp_path: Path) -> None:
    deed = (
        'does = "send"\nsupplier = "dogs"\nservice = "LOST"\nattributes = { size = "DOG_SIZE" }\n'
        "[[d"
    )
    supplier = '[suppliers.dogs]\nkind = "open311"\nurl = "https://dogs.example/open311"\n'
    form = DOG.replace("[[d", deed, 1)
    assert offer(tmp_path, form, supplier).does == Send("dogs", "LOST", {"size": "DOG_SIZE"})


def test_it_is_looked_up_where_it_says(tmp_path: Path) -> None:
    form = """
title = "Find your dog warden"
examples = ["who is my dog warden", "dog warden here", "find the warden"]
does = "lookup"
file = "data/wardens.csv"
key = "postcode"
days_valid = 30
[[details]]
name = "postcode"
kind = "postcode"
question = "What is your postcode?"
label = "Postcode"
"""
    data = tmp_path / "exampleton" / "data"
    data.mkdir(parents=True)
    (data / "wardens.csv").write_text("postcode,bin,date\nBK1 4QZ,Visit,2026-12-01\n")
    assert offer(tmp_path, form).does == Lookup("data/wardens.csv", "postcode", 30)
    (data / "wardens.csv").write_text("street,bin,date\nMill Lane,Visit,2026-12-01\n")
    place, words = only(tmp_path, form)
    assert place == "automations/lost_dog.toml: file"
    assert "no column postcode" in words
    for wrong, why in (("data/gone.csv", "is not in the council's"), ("../x.csv", "must lie in")):
        place, words = only(tmp_path, form.replace("data/wardens.csv", wrong))
        assert (place, why in words) == ("automations/lost_dog.toml: file", True)


# Mistakes, one at a time


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ('title = "Report', 'titel = "Report', "title", "is missing"),
        ('title = "Report a lost dog"', f'title = "{"x" * 81}"', "title", "81 characters"),
        ('title = "Report a lost dog"', "title = 3", "title", "a text for each language"),
        ('title = "Report a lost dog"', 'title = ""', "title", "is empty"),
        ('title = "Report a lost dog"', 'title.cy = "Ci"', "title.en", "is missing"),
        ('title = "Report a lost dog"', 'title = {en = "D", fr = "C"}', "title.fr", "no language"),
        (', "lost dog"]', "]", "examples", "needs 3 messages or more"),
        (', "lost dog"]', ', ""]', "examples", "list of texts"),
        (', "lost dog"]', ', "I lost my dog", "dog"]', "examples", "more than once"),
        ('"lost dog"]', f'"{"dog " * 90}"]', "examples", "360 characters; 300 are the most"),
        ("done =", 'questions = ["lost dog"]\ndone =', "questions", "in examples too"),
        ("done =", 'questions = "how?"\ndone =', "questions", "must be a list"),
        ("{reference}", "{refrence}", "done", "unknown place {refrence}"),
        (" {reference}", " 1", "done", "must tell the citizen the {reference}"),
        ('name = "size"', 'name = "How big"', "details[1].name", "look like collection_date"),
        ('name = "size"', 'name = "place"', "details[2].name", "name of an earlier detail"),
        ('name = "size"', 'name = "reference"', "details[1].name", "taken by the form itself"),
        ('name = "size"', "", "details[1].name", "is missing"),
        ('kind = "choice"', 'kind = "chioce"', "details[1].kind", "did you mean choice"),
        ('kind = "choice"', "", "details[1].kind", "is missing"),
        ('kind = "choice"', 'kind = "text"', "details[1].choices", "are only for kind"),
        ('question = "How', 'qestion = "How', "details[1].question", "is missing"),
        ('label = "Size"', "", "details[1].label", "is missing"),
        ('label = "Size"', f'label = "{"x" * 101}"', "details[1].label", "101 characters"),
        ('label = "Size"', 'label = "S"\noptional = "yes"', "details[1].optional", "true or false"),
        ('label = "Size"', 'label = "S"\nearliest = 1', "details[1].earliest", "only for kind"),
        ('label = "Size"', 'label = "S"\ncharacters = 9', "details[1].characters", "only for kind"),
        ('["Small", ', "[", "", ""),
        (', "As big as a knee", "Larger"]', "]", "details[1].choices", "2 to 25, not 1"),
        ('choices = ["Small", ', "choices = [1, ", "details[1].choices", "list of texts"),
        ('"Larger"]', '"SMALL"]', "details[1].choices[3].value", "earlier choice"),
        ('"Larger"]', '"???"]', "details[1].choices[3].value", "must look like fly_tipping"),
        ('label = "Place"', 'label = "P"\nonly_if = 3', "details[2].only_if", "must look like"),
        (
            'label = "Place"',
            'label = "P"\nonly_if = {siz = "small"}',
            "details[2].only_if",
            "size?",
        ),
        (
            'label = "Place"',
            'label = "P"\nonly_if = {size = "smal"}',
            "details[2].only_if",
            "can never be 'smal'; it is one of small, as_big_as_a_knee, larger; did you mean small",
        ),
        (
            'label = "Place"',
            'label = "P"\nonly_if = {size = []}',
            "details[2].only_if.size",
            "must look like",
        ),
        (
            'label = "Size"',
            'label = "Size"\nonly_if = {place = "x"}',
            "details[1].only_if",
            "is asked later",
        ),
        ("[[details]]", 'same_place = "plac"\n[[details]]', "same_place", "did you mean place"),
        ("[[details]]", 'same_place = "size"\n[[details]]', "same_place", "is a choice, not"),
        ("[[details]]", 'same_kind = "size"\n[[details]]', "same_kind", "without same_place"),
        ("[[details]]", 'does = "sent"\n[[details]]', "does", "did you mean send"),
        ("[[details]]", 'does = "send"\n[[details]]', "supplier", "is missing"),
        (
            "[[details]]",
            'does = "send"\nsupplier = "dogs"\n[[details]]',
            "supplier",
            "is not described in council.toml, as [suppliers.dogs]",
        ),
        ("[[details]]", 'supplier = "dogs"\n[[details]]', "supplier", 'only for does = "send"'),
        ("[[details]]", "days_valid = 3\n[[details]]", "days_valid", 'only for does = "lookup"'),
    ],
)
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, key: str, words: str
) -> None:
    assert old in DOG
    form = DOG.replace(old, new, 1)
    if not key:
        assert len(offer(tmp_path, form).details[0].choices) == 2
        return
    found = told(tmp_path, form)
    place = f"automations/lost_dog.toml: {key}"
    assert place in found, found
    assert words in found[place]
    # A misspelt key is told as itself beside what is missing without it, and nothing else is.
    rest = {one for one in found if one != place}
    assert all("is not known; did you mean" in found[one] for one in rest), found


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    form = DOG.replace('kind = "location"', 'kind = "locatoin"').replace("title =", "titel =")
    found = told(tmp_path, form.replace(', "lost dog"]', "]"), 'nmae = "x"\n')
    assert set(found) == {
        "council.toml: nmae",
        "automations/lost_dog.toml: titel",
        "automations/lost_dog.toml: title",
        "automations/lost_dog.toml: examples",
        "automations/lost_dog.toml: details[2].kind",
    }


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("title = ", "is not valid TOML"),
        ("", "is missing"),
        ('title = "\udcff"', "is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, form: str, words: str) -> None:
    home = write(tmp_path, "")
    path = home / "automations" / "lost_dog.toml"
    path.write_bytes(form.encode("utf-8", "surrogateescape"))
    with pytest.raises(CouncilMistakes) as caught:
        load_council(home)
    assert words in caught.value.mistakes[0].words
    assert all(one.file == "automations/lost_dog.toml" for one in caught.value.mistakes)


def test_a_council_that_speaks_welsh_needs_welsh_words(tmp_path: Path) -> None:
    found = told(tmp_path, DOG, 'languages = ["en", "cy"]\n')
    keys = """title.cy examples.cy done.cy details[1].question.cy details[1].label.cy
    details[1].choices[1].label.cy details[1].choices[2].label.cy details[1].choices[3].label.cy
    details[2].question.cy details[2].label.cy""".split()
    assert set(found) == {f"automations/lost_dog.toml: {key}" for key in keys}


def test_a_welsh_hint_is_needed_only_where_there_is_one(tmp_path: Path) -> None:
    form = BOTH.replace(', cy = "Dyfalwch." }', " }")
    place, words = only(tmp_path, form, 'languages = ["en", "cy"]\n')
    assert (place, words) == ("automations/lost_dog.toml: details[1].hint.cy", "is missing")


def test_two_choices_that_read_alike_are_told(tmp_path: Path) -> None:
    form = BOTH.replace('cy = "Mawr iawn"', 'cy = "bach"')
    place, words = only(tmp_path, form, 'languages = ["en", "cy"]\n')
    assert place == "automations/lost_dog.toml: details[1].choices[2].label.cy"
    assert "reads as an earlier choice" in words


def test_words_that_mean_two_choices_are_told(tmp_path: Path) -> None:
    form = BOTH.replace('en = ["huge"]', 'en = ["huge", "Little"]')
    place, words = only(tmp_path, form, 'languages = ["en", "cy"]\n')
    assert place == "automations/lost_dog.toml: details[1].choices[2].said"
    assert words == "has 'little', which means choice 1 too"


def test_a_condition_on_words_is_told(tmp_path: Path) -> None:
    more = '[[details]]\nname = "x"\nkind = "text"\nquestion = "X?"\nlabel = "X"\n'
    place, words = only(tmp_path, DOG + more + 'only_if = {place = "here"}\n')
    assert place == "automations/lost_dog.toml: details[3].only_if"
    assert "only a choice or yes_no can decide" in words


def test_limits_of_a_date_that_exclude_each_other_are_told(tmp_path: Path) -> None:
    date = '[[details]]\nname = "x"\nkind = "date"\nquestion = "X?"\nlabel = "X"\n'
    for limits, key, words in (
        ("earliest = 3\nlatest = 1", "latest", "is before earliest"),
        ('earliest = "tomorrow"', "earliest", 'must be "today" or days from today'),
        ("latest = 99999", "latest", "whole number"),
        ('weekdays = ["Monday"]', "weekdays", "did you mean monday"),
    ):
        place, told_words = only(tmp_path, DOG + date + limits)
        assert place == f"automations/lost_dog.toml: details[3].{key}"
        assert words in told_words


def test_the_sender_names_each_detail_once(tmp_path: Path) -> None:
    supplier = '[suppliers.dogs]\nkind = "webhook"\nurl = "http://127.0.0.1:9000/in"\n'
    deed = 'does = "send"\nsupplier = "dogs"\nattributes = { %s }\n[[d'
    for attributes, words in (
        ('siz = "A"', "did you mean size"),
        ('size = "A", place = "A"', "call two details 'A'"),
    ):
        form = DOG.replace("[[d", deed % attributes, 1)
        place, told_words = only(tmp_path, form, supplier)
        assert place == "automations/lost_dog.toml: attributes"
        assert words in told_words


# council.toml


def test_a_name_that_nobody_knows_is_told(tmp_path: Path) -> None:
    council = COUNCIL.replace("lost_dog", "mised_bin")
    place, words = only(tmp_path, council=council)
    assert place == "council.toml: automations"
    assert words == "'mised_bin' is unknown; did you mean missed_bin?"


def test_a_council_sends_a_packaged_form_where_it_likes(tmp_path: Path) -> None:
    council = (
        COUNCIL.replace("lost_dog", "street_problem")
        + """
[suppliers.highways]
kind = "open311"
url = "https://highways.example/open311/v2/"
secret = "highways_key"
jurisdiction = "exampleton.gov.uk"
[automation.street_problem]
does = "send"
supplier = "highways"
service = "STREET"
attributes = { size = "depth", light_number = "column" }
[automation.street_problem.elsewhere]
pothole = { body = "Exampleshire County Council", body_url = "https://www.exampleshire.example/" }
motorway = { body = "Exampleshire Roads" }
"""
    )
    loaded = load_council(write(tmp_path, DOG, council))
    (street,) = loaded.offers
    assert street.does == Send("highways", "STREET", {"size": "depth", "light_number": "column"})
    highways = loaded.suppliers["highways"]
    assert (highways.name, highways.kind, highways.secret) == (
        "highways",
        "open311",
        "highways_key",
    )
    assert highways.jurisdiction == "exampleton.gov.uk"
    types = street.details[0]
    pothole, motorway = types.choice("pothole"), types.choice("motorway")
    assert pothole and pothole.body == "Exampleshire County Council"
    assert pothole.body_url == "https://www.exampleshire.example/"
    assert motorway and (motorway.body, motorway.body_url) == ("Exampleshire Roads", "")


def test_only_part_of_what_a_form_does_can_be_changed(tmp_path: Path) -> None:
    supplier = '[suppliers.dogs]\nkind = "webhook"\nurl = "https://dogs.example/"\n'
    form = DOG.replace("[[d", 'does = "send"\nsupplier = "dogs"\nservice = "A"\n[[d', 1)
    other = supplier + '[automation.lost_dog]\nservice = "B"\n'
    assert offer(tmp_path, form, other).does == Send("dogs", "B")
    stub = supplier + '[automation.lost_dog]\ndoes = "stub"\n'
    assert offer(tmp_path, form, stub).does == Stub()


@pytest.mark.parametrize(
    ("more", "key", "words"),
    [
        ("[automation.lost_dgo]\n", "automation.lost_dgo", "did you mean lost_dog"),
        ("[automation]\nlost_dog = 3\n", "automation.lost_dog", "must be a table"),
        ("[automation.lost_dog]\nservce = 'X'\n", "automation.lost_dog.servce", "service"),
        ("[automation.lost_dog]\nservice = 'X'\n", "automation.lost_dog.service", "only for"),
        ("[automation.lost_dog]\ndoes = 'send'\n", "automation.lost_dog.supplier", "is missing"),
        (
            "[automation.lost_dog]\ndoes = 'send'\nsupplier = 'dogs'\n",
            "automation.lost_dog.supplier",
            "is not described",
        ),
        (
            "[automation.lost_dog]\ndoes = 'lookup'\nfile = 'x.csv'\nkey = 'place'\n",
            "automation.lost_dog.file",
            "is not in the council's folder",
        ),
        (
            "[automation.lost_dog.elsewhere]\nsmal = {body = 'X'}\n",
            "automation.lost_dog.elsewhere.smal",
            "did you mean small",
        ),
        (
            "[automation.lost_dog.elsewhere]\nsmall = {body_url = 'https://x.example'}\n",
            "automation.lost_dog.elsewhere.small.body",
            "is missing",
        ),
        (
            "[automation.lost_dog.elsewhere]\nsmall = {body = 'X', body_url = 'x.example'}\n",
            "automation.lost_dog.elsewhere.small.body_url",
            "https address",
        ),
        ("[suppliers.dogs]\nurl = 'https://x.example'\n", "suppliers.dogs.kind", "is missing"),
        (
            "[suppliers.dogs]\nkind = 'open311'\nurl = 'http://x.example'\n",
            "suppliers.dogs.url",
            "must be an https address",
        ),
        (
            "[suppliers.dogs]\nkind = 'open31'\nurl = 'https://x.example'\n",
            "suppliers.dogs.kind",
            "did you mean open311",
        ),
        (
            "[suppliers.dogs]\nkind = 'webhook'\nurl = 'https://x.example'\nsecret = 's3cr3t!'\n",
            "suppliers.dogs.secret",
            "never the secret itself",
        ),
        (
            "[suppliers.Dogs]\nkind = 'webhook'\nurl = 'https://x.example'\n",
            "suppliers.Dogs",
            "is no name of a supplier",
        ),
    ],
)
def test_a_mistake_in_council_toml_is_told_there(
    tmp_path: Path, more: str, key: str, words: str
) -> None:
    found = told(tmp_path, DOG, more)
    assert words in found[f"council.toml: {key}"]
    assert all(place.startswith("council.toml: ") for place in found), found


def test_settings_for_a_form_that_is_off_are_let_be(tmp_path: Path) -> None:
    more = '[automation.missed_bin]\ndoes = "send"\nsupplier = "later"\n'
    assert [one.name for one in load(tmp_path, DOG, more).offers] == ["lost_dog"]

"""The council's own sentences: the piece that answers, with what must stay with it."""

import asyncio
import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.meanings import Meanings
from chatbot.sure import Sureness
from chatbot.writers.extractive import Extractive
from knowledge_base.types import Match


def match(
    text: str,
    *,
    id: str = "one",
    headings: tuple[str, ...] = (),
    title: str = "Bins and recycling",
    score: float = 0.7,
    similarity: float | None = 0.6,
    overlap: float = 0.7,
) -> Match:
    url = f"https://www.exampleton.example/{id}"
    return Match(id, text, url, title, headings, score, similarity, overlap, None, "en", url)


def answer(question: str, *matches: Match) -> str:
    claims = Extractive().write(question, matches)
    by_id = {one.id: one for one in matches}
    for claim in claims:
        assert claim.quote in by_id[claim.passage_id].text
    return "\n\n".join(claim.text for claim in claims)


FILLER = " ".join(["Our crews start early and work along every street of the borough in turn."] * 6)
PESTS = """\
We treat pests in homes and shops.

| Service | Customer | Net | Total |
|---|---|---|---|
| Rats and mice | Domestic | £30.00 | £36.00 |
| Wasp nest (single) | Domestic | £42.00 | £50.40 |
| Fleas | Domestic | £60.00 | £72.00 |
| Bed bugs | Domestic | £160.00 | £192.00 |"""


def test_a_price_is_said_as_its_row_under_the_column_heads() -> None:
    said = answer("how much to get rid of a wasps nest", match(PESTS, title="Pest control"))
    assert "| Service | Customer | Net | Total |" in said
    assert "| Wasp nest (single) | Domestic | £42.00 | £50.40 |" in said
    assert "Bed bugs" not in said


def test_a_list_item_is_said_with_the_words_it_hangs_on() -> None:
    text = "Glass goes weekly.\n\nDo not put in:\n\n- drinking glasses\n- mirrors\n- bulbs"
    said = answer("broke a mirror, can it go in the glass box", match(text))
    assert said.index("Do not put in:") < said.index("- mirrors")


def test_a_list_without_a_lead_stands_under_its_headings() -> None:
    passage = match(
        "- Food waste\n- Turf or soil\n- Rubble", headings=("Brown bin", "Do not put in")
    )
    said = answer("can i put turf in the brown bin", passage)
    assert said.startswith("**Brown bin: Do not put in**")
    assert "- Turf or soil" in said


def test_a_long_list_says_what_was_asked_and_that_it_goes_on() -> None:
    things = [f"thing number {n} of the many that people bring to us every day" for n in range(20)]
    things[11] = "asbestos, in sealed bags"
    text = "Take to the tip:\n\n" + "\n".join(f"- {thing}" for thing in things)
    said = answer("where does asbestos go", match(text))
    assert "Take to the tip:" in said
    assert "- asbestos, in sealed bags" in said
    assert said.count("- …") == 2
    assert len(said.split()) < 40


def test_conditions_are_never_cut() -> None:
    conditions = [f"condition {n} that you and everyone at home have to meet" for n in range(6)]
    text = "You can get help only if:\n\n" + "\n".join(f"- {one}" for one in conditions)
    said = answer("can i get help, what condition", match(text))
    for one in conditions:
        assert one in said


def test_the_exception_stays_with_its_rule() -> None:
    text = (
        f"{FILLER} Bulky waste collection is free. However, fridges cost £20. "
        "You must book by noon.\n\n" + FILLER
    )
    said = answer("is bulky waste collection free", match(text))
    assert "Bulky waste collection is free. However, fridges cost £20." in said


def test_a_sentence_that_points_back_brings_what_it_points_to() -> None:
    rule = "If you overpay, we send the money back. This usually takes 10 days."
    text = f"{FILLER}\n\n{rule}\n\n{FILLER}"
    said = answer("how long until you send money back, how many days", match(text))
    assert rule in said


def test_a_long_section_is_cut_to_about_80_words() -> None:
    text = f"You can report a missed bin by 4pm. {FILLER} {FILLER}"
    said = answer("when can i report a missed bin", match(text))
    assert said.startswith("You can report a missed bin by 4pm.")
    assert len(said.split()) <= 85


def test_a_short_section_is_said_whole() -> None:
    text = "We empty the green bin weekly.\n\nPut it out by 7am."
    assert answer("when do i put the bin out", match(text)) == text


def test_what_two_pages_say_alike_is_said_once() -> None:
    text = "A garden waste subscription costs £52.00 a year for one brown bin."
    pages = [match(text, id="page"), match(text.replace("£52.00 a", "£52.00a"), id="print")]
    (claim,) = Extractive().write("how much is garden waste", pages)
    assert claim.text == text


def test_what_comes_as_near_on_another_page_is_said_too() -> None:
    pages = [
        match("Garden waste costs £52.00 a year.", id="cost", similarity=0.8),
        match("Garden waste is free for people with a green card.", id="free", score=0.69),
    ]
    assert len(Extractive().write("how much is garden waste", pages)) == 2


def test_spelling_mistakes_do_not_hide_the_answer() -> None:
    text = f"{FILLER}\n\nGreasy pizza boxes go in the black bin.\n\n{FILLER}"
    assert "Greasy pizza boxes" in answer("were do piza boxs go", match(text))


def test_the_better_passage_answers() -> None:
    bins = match("Bins are emptied weekly.", id="bins", score=0.71)
    moving = match("If you move, you need a new subscription.", id="moving", score=0.7)
    (claim, *_) = Extractive().write("do i need a new subscription if i move", [bins, moving])
    assert claim.passage_id == "moving"


def test_the_message_before_counts_less_than_the_message() -> None:
    text = "| Band | Charge |\n|---|---|\n| Band D | £2,000 |\n| Band E | £2,400 |"
    said = answer("whats council tax band d\nand band e?", match(text))
    assert "| Band E | £2,400 |" in said


def test_weak_passages_give_no_answer() -> None:
    weak = [
        match(FILLER, id=str(n), score=0.4 - n / 100, similarity=0.2, overlap=0.1) for n in range(5)
    ]
    assert not Extractive().write("how do i renew my passport", weak)
    near = [replace(one, similarity=0.31) for one in weak]
    assert Extractive(sureness=Sureness(least=-99)).write("bins passport", near)


def test_one_page_that_stands_out_is_answered_from_and_many_alike_are_not() -> None:
    def asked(second: str, score: float) -> object:
        pages = [
            match("We mend street lights.", id="one", similarity=0.35, score=0.4),
            *(match(second, id=str(n), score=score, similarity=0.3) for n in range(4)),
        ]
        return Extractive().write("who paints the town hall", pages)

    assert asked("Parks open at 8am.", 0.1)
    assert not asked("Parks open at 8am.", 0.39)


def test_pages_that_say_the_same_do_not_make_each_other_doubtful() -> None:
    text = "A garden waste bin costs £52.00 a year."
    pages = [match(text, id=str(n), score=0.7, similarity=0.4) for n in range(3)]
    assert Extractive().write("garden waste price", pages)


def test_without_the_index_of_meaning_words_decide() -> None:
    few, many = (match(FILLER, similarity=None, overlap=share) for share in (0.2, 0.9))
    assert not Extractive().write("which streets", [few])
    assert Extractive().write("which streets", [many])


def test_a_year_to_come_that_no_page_speaks_of_is_not_answered() -> None:
    fee = match("The garden waste fee is £50 for 2026.")
    assert not Extractive().write("what will the garden waste fee be in 2099", [fee])
    assert Extractive().write("i moved in 1999, what is the garden waste fee", [fee])


LAST, THIS = (
    match(f"| Licence | Fee |\n|---|---|\n| New licence | £{fee} |", id=str(fee), headings=(head,))
    for fee, head in (
        (890, "Fees for 1 April 2019 to 31 March 2020"),
        (945, "Fees from 1 April 2020 to 31 March 2099"),
    )
)


def test_fees_whose_year_is_over_do_not_lead_over_those_of_today() -> None:
    filler = [match(FILLER, id=str(n), score=0.3) for n in range(2)]
    assert "£945" in answer("how much is a new licence", replace(LAST, score=0.72), THIS, *filler)
    said = answer("how much was a new licence in 2019", replace(LAST, score=0.72), THIS, *filler)
    assert said.index("£890") < said.find("£945") % 10_000


@pytest.mark.parametrize("end", ["31 June 2020", "99 May 2020", "0 May 2020", "31 mawrth 2020"])
def test_a_day_that_does_not_exist_does_no_harm(end: str) -> None:
    assert answer("how much is a new licence", replace(LAST, headings=(f"Fees until {end}",)))


def test_words_that_mean_nothing_alone_stand_under_their_headings() -> None:
    passage = match(
        "It costs £37 and does not run out.", title="Alcohol", headings=("Personal licence",)
    )
    said = answer("what does a street party licence cost", passage)
    assert said.startswith("**Alcohol: Personal licence**\n\nIt costs £37")


def test_a_price_is_not_taken_for_that_of_the_section_beside_it() -> None:
    text = (
        "£16.50 for 10 visits\n\nEach lasts until the end of the day. Visitor permits are digital."
    )
    passage = match(text, title="Residents' parking permits", headings=("Visitors",))
    said = answer("how much is a residents parking permit", passage)
    assert said.startswith("**Residents' parking permits: Visitors**\n\n£16.50")


def test_a_title_is_said_once() -> None:
    text = f"{PESTS}\n\nRats and mice come under the total.\n\n{FILLER}"
    said = answer("rats and mice total", match(text, title="Pests", headings=("Prices",)))
    assert said.count("**Pests: Prices**") == 1


def test_a_passage_that_names_its_subject_needs_no_heading() -> None:
    text = "Garden waste costs £52.00 a year."
    assert answer("garden waste price", match(text, headings=("Garden waste",))) == text


def test_a_table_is_said_once_and_whole_where_many_rows_are_as_near() -> None:
    rows = [f"| {day} December | closed | closed |" for day in range(24, 30)]
    text = "\n".join(["| Date | Phones | Hub |", "|---|---|---|", *rows])
    said = answer("is the hub open in december", match(text))
    assert all(said.count(row) == 1 for row in rows)


def test_nothing_found_gives_no_answer() -> None:
    assert Extractive().write("bins", []) == ()
    assert Extractive().write("bins", [match("  \n ")]) == ()


def test_meaning_finds_what_words_do_not() -> None:
    def embed(texts: "list[str]") -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
        near = [("skint" in text or "payment plan" in text) for text in texts]
        return np.array([[float(one), float(not one)] for one in near], dtype=np.float32)

    text = f"{FILLER}\n\nWe can agree a payment plan.\n\n{FILLER}"
    (claim, *_) = Extractive(embed).write("im skint", [match(text)])  # type: ignore[arg-type]
    assert claim.quote.startswith("We can agree a payment plan.")


def test_each_piece_is_embedded_once() -> None:
    asked: list[str] = []

    def embed(texts: "list[str]") -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
        asked.extend(texts)
        return np.ones((len(texts), 1), dtype=np.float32)

    meanings = Meanings(embed, most=3)  # type: ignore[arg-type]
    for _ in range(2):
        assert list(meanings.near("q", ["a", "b", "a"])) == [1.0, 1.0, 1.0]
    assert asked == ["q", "a", "b", "q"]
    meanings.near("q", ["c", "d"])
    assert list(meanings.near("q", ["a"])) == [1.0]


def test_writing_does_not_hold_up_the_event_loop() -> None:
    threads: list[int] = []

    def embed(texts: "list[str]") -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
        threads.append(threading.get_ident())
        return np.ones((len(texts), 1), dtype=np.float32)

    async def write() -> object:
        write = Extractive(embed)  # type: ignore[arg-type]
        return await write("when is the bin emptied", [match("The bin is emptied weekly.")])

    assert asyncio.run(write())
    assert threads
    assert threading.get_ident() not in threads


LINES = (
    *("Bins go out.", "But not today.", "You can if:", "- bin", "  - lid", "1. one", "", "\n"),
    *("| a | b |", "|---|---|", "| bin | £5 |", "**Note**", "Put it out by 7am. It is free."),
)
MARKDOWN = st.lists(st.sampled_from(LINES), min_size=1, max_size=14).map("\n".join)


@pytest.mark.parametrize("question", ["what about the bin", "how much", "when, and is it free"])
@given(text=MARKDOWN)
def test_any_passage_gives_claims_with_verbatim_quotes(question: str, text: str) -> None:
    answer(question, match(text))


def test_what_is_near_nothing_has_no_answer_though_one_passage_stands_out() -> None:
    far = [
        match(FILLER, id=str(n), score=0.1 / (n + 1), similarity=0.17 / (n + 1), overlap=0.0)
        for n in range(5)
    ]
    assert not Extractive().write("what is the boiling point of helium in kelvin", far)


def test_words_alone_do_not_make_a_weak_answer_strong() -> None:
    alike = [
        match(FILLER, id=str(n), score=0.2 - n / 1000, similarity=0.25, overlap=0.9)
        for n in range(5)
    ]
    assert not Extractive().write("which streets do crews work on", alike)


def test_rows_that_hold_the_question_alike_are_said_together() -> None:
    text = "| Bin | A year |\n|---|---|\n| Brown bin | £57.00 |\n| Second brown bin | £41.50 |"
    both = answer("how much is a brown bin", match(text))
    assert "£57.00" in both
    assert "£41.50" in both
    assert "£57.00" not in answer("how much is a second brown bin", match(text))


def test_a_far_weaker_page_is_not_said_beside_the_answer() -> None:
    hours = match("The library is open on Thursday until 6.30pm.", id="library", score=0.8)
    tip = match("The tip is closed on Tuesdays.", id="tip", score=0.4)
    said = answer("when is the library open on thursday", hours, tip)
    assert "6.30pm" in said
    assert "tip" not in said


def test_what_was_said_is_not_said_again_with_the_next_piece() -> None:
    rule = "We do not need a letter. You cannot get help because your drive is long."
    text = f"{FILLER}\n\n{rule}\n\n{FILLER}"
    said = answer("can i get help with a long drive, do i need a letter", match(text))
    assert said.count("because your drive is long") == 1

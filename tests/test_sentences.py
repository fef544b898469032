"""A passage is cut into pieces that are its own words and keep what they hang on."""

from hypothesis import given
from hypothesis import strategies as st

from chatbot.sentences import pieces

LIST = """\
You cannot put in:

- food waste
- soil, unless:
  - it is in a bag
  - you pay £5
- rubble"""

TABLE = """\
Charges from 1 April:

| Item | Cost |
|---|---|
| Sofa | £20 |
| Fridge | £35 |"""


def said(text: str) -> list[str]:
    return [text[piece.start : piece.end] for piece in pieces(text)]


def leads(text: str) -> list[str]:
    return [text[slice(*piece.lead)] if piece.lead else "" for piece in pieces(text)]


def test_sentences_end_where_a_reader_ends_them() -> None:
    text = "Ring us by 4.30pm, e.g. on Monday. It costs £2.50. Ask Mr. Smith! Is it free? Yes."
    assert said(text) == [
        "Ring us by 4.30pm, e.g. on Monday.",
        "It costs £2.50.",
        "Ask Mr. Smith!",
        "Is it free?",
        "Yes.",
    ]


def test_a_list_item_knows_the_words_it_hangs_on() -> None:
    assert said(LIST) == [
        "You cannot put in:",
        "food waste",
        "soil, unless:",
        "it is in a bag",
        "you pay £5",
        "rubble",
    ]
    above = "You cannot put in:"
    assert leads(LIST) == ["", above, above, "soil, unless:", "soil, unless:", above]


def test_a_paragraph_that_announces_nothing_is_no_lead() -> None:
    assert leads("We empty bins every week.\n\n- paper\n- glass") == ["", "", ""]


def test_a_table_row_knows_its_column_heads() -> None:
    assert said(TABLE) == ["Charges from 1 April:", "| Sofa | £20 |", "| Fridge | £35 |"]
    assert leads(TABLE)[1:] == ["| Item | Cost |\n|---|---|"] * 2


def test_an_item_goes_on_over_several_lines() -> None:
    assert said("- bring proof of\n  your address\n- bring a photo") == [
        "bring proof of\n  your address",
        "bring a photo",
    ]


def test_nothing_has_no_pieces() -> None:
    assert pieces("") == ()
    assert pieces(" \n\n ") == ()


@given(st.text(alphabet=st.sampled_from("aZ1 .:!?-|*\n\t£()"), max_size=200))
def test_every_piece_is_verbatim_in_order_and_not_empty(text: str) -> None:
    end = 0
    for piece in pieces(text):
        assert piece.start >= end
        assert text[piece.start : piece.end].strip()
        end = piece.end

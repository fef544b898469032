"""Personal data is masked; what a council needs to be asked about is not."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.redact import find_personal_data, redact

PERSONAL = [
    ("write to jo.bloggs+bins@mail.example", "write to [email]"),
    ("ring me on 07700 900123 after 5", "ring me on [phone] after 5"),
    ("ring 07700900456", "ring [phone]"),
    ("(01632) 960 001 is my number", "[phone] is my number"),
    ("from abroad +44 (0)20 7946 0018", "from abroad [phone]"),
    ("my mum is at +33 6 12 34 56 78", "my mum is at [phone]"),
    ("07700 900123 - 10 people", "[phone] - 10 people"),
    ("NI number QQ 12 34 56 C", "NI number [national insurance number]"),
    ("its qq123456c", "its [national insurance number]"),
    ("paid with 4111 1111 1111 1111", "paid with [card]"),
    ("card 5555555555554444 was charged", "card [card] was charged"),
    ("amex 3782 822463 10005", "amex [card]"),
    (
        "sort code 12-34-56, account 12345678",
        "sort code [sort code], account [account number]",
    ),
    (
        "account number 12345678 and sort code 123456",
        "account number [account number] and sort code [sort code]",
    ),
    ("refund to 12-34-56 12345678", "refund to [sort code] [account number]"),
    ("I live at 12 High Street, Exampleton EX1 1AA", "I live at [address]"),
    ("flat 3, 12 Acacia Avenue, EX1 1AA", "[address]"),
    ("bin day 14b ex11aa", "bin day [address]"),
    ("EX1 1AA number 12", "[address]"),
    ("dob 01/02/1980", "dob [date of birth]"),
    ("I was born on 3rd of May 1980 in Leeds", "I was born on [date of birth] in Leeds"),
    ("date of birth: 1980-02-01", "date of birth: [date of birth]"),
    ("my name is jane smith and i live in a flat", "my name is [name] and i live in a flat"),
    ("My name is Jane Mary Smith. Hello", "My name is [name]. Hello"),
    ("my name's Bob", "my name's [name]"),
    ("Fy enw i yw Siân Jones", "Fy enw i yw [name]"),
    ("my car is AB12 CDE", "my car is [registration]"),
    ("ring 0770\u200b0  900123", "ring [phone]"),
    ("12 High Street\nExampleton\nEX1 1AA", "[address]"),
    ("my husband Ian's badge. Thanks,\nPriya Patel", "my husband [name]'s badge. Thanks,\n[name]"),
]

NOT_PERSONAL = [
    "I earn 100000 a year",
    "my council tax account number is 12345678",
    "council tax account number 0123456789",
    "UPRN 100021764842 bin day",
    "UPRN 010002176484",
    "2024 2025 council tax bands",
    "2024 2025 2026 2027 bands",
    "planning application 24/01234/FUL",
    "why is the fine £1,350 and not £100.00",
    "what is the council's phone number",
    "can I ring 101 or 0800 1111",
    "when is the bin day in EX1 1AA",
    "collection on 12 March in EX1 1AA",
    "open at 9am EX1 1AA",
    "my name is on the bill",
    "my name is not on the electoral roll",
    "is my name spelled right",
    "I was born in 1950, am I too old",
    "on 01-02-2024 10:30 I paid",
    "bins in ex10 the next week",
    "invoice 1234567890123456",
    "band d is 2238.77 and e is 2736.28",
    "item 4111 1111 1111 1112",
]


@pytest.mark.parametrize(("text", "masked"), PERSONAL)
def test_personal_data_is_masked(text: str, masked: str) -> None:
    assert redact(text) == masked


@pytest.mark.parametrize("text", NOT_PERSONAL)
def test_references_sums_and_dates_stay(text: str) -> None:
    assert redact(text) == text


def test_the_councils_own_numbers_stay() -> None:
    own = ["01632 960110", "help@exampleton.example"]
    text = "is +44 1632 960110 or Help@exampleton.example quicker than 01632 960001?"
    assert redact(text, keep=own) == text.replace("01632 960001", "[phone]")


@given(st.text(max_size=300))
def test_masking_twice_masks_no_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)


PIECES = """jo at gmail dot com jo@mail.example 07700 900123 12 High Street EX1 1AA flat my name is
Dai Prosser I'm Mr May born on 1 May 1980 dob 1/2/80 sort code 12-34-56 account 12345678 card
4111 1111 1111 1111 NI QQ 12 34 56 C passport nhs 943 476 5919 car AB12 CDE Thanks, [name] [phone]
£100.00 \n . , - / ( ) 's and the""".split(" ")


@given(st.lists(st.sampled_from(PIECES), max_size=40), st.sampled_from(["", " ", "\u200b ", "\n"]))
def test_pieces_of_personal_data_in_any_order_are_masked_once(pieces: list[str], by: str) -> None:
    text = by.join(pieces)
    found = find_personal_data(text)
    assert all(one.end <= two.start for one, two in pairwise(found))
    assert all(0 <= one.start < one.end <= len(text) for one in found)


HOSTILE = ["a", "1", "1 ", "0 ", "+1 ", "a.", "a@", "a@a.", "1 a ", "ex1 1aa ", "born ", "(0", "'"]
HOSTILE += ["I'm Dai ", "Dai and ", "Mr ", "a. ", "a at b dot ", "oh ", "nhs 1", "\n", "\u200b"]
HOSTILE += [
    "2 A St ",
    "1 a a a street",
    "live at 1 a, ",
    "cllr A ",
    "jo@x.example ",
    "share code w",
]
HOSTILE += ["my name is ", "flat 1, 1, ", "sort code ", "12-34-56 ", "1234 ", "dob 1/1/1", "no 1 "]


@pytest.mark.parametrize("base", HOSTILE)
def test_hostile_text_of_100_kb_is_worked_through(base: str) -> None:
    redact((base * 100_000)[:100_000])

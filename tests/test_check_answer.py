"""No claim goes out that its passage does not bear out."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.council import Council, load_council
from chatbot.figures import figures
from chatbot.steps.check_answer import check_answer
from chatbot.types import Answer, Claim, Draft, Question, Status
from knowledge_base.types import Match

MISSED = Match(
    id="missed",
    text="Report it by 4pm the day after.\n\nWe come back within 3 working days. It is free.",
    url="https://www.exampleton.example/bins/missed#when",
    title="Missed bins",
    headings=("When to report it",),
    score=0.9,
    similarity=0.7,
    overlap=0.8,
    updated=None,
    language="en",
    page_url="https://www.exampleton.example/bins/missed",
)
COSTS = replace(
    MISSED,
    id="costs",
    text="| Item | Cost |\n|---|---|\n| Sofa | £1,350.00 |\n| Call | 01632 960110 |",
    url="https://www.exampleton.example/bins/costs",
    title="Charges from 1 April 2026",
    headings=(),
)
SAYS_4PM = Claim("Report it by 4pm the day after.", "missed", "Report it by 4pm the day after.")


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Council:
    home = tmp_path_factory.mktemp("councils") / "exampleton"
    home.mkdir()
    (home / "council.toml").write_text(
        'name = "Exampleton Council"\nnation = "wales"\nlanguages = ["en", "cy"]\n'
        'website = "https://www.exampleton.example"\n[contact]\nphone = "01632 960999"\n'
    )
    return load_council(Path(home))


def check(council: Council, *claims: Claim, language: str = "en") -> Answer:
    draft = Draft(Question("?", language), "?", matches=(MISSED, COSTS), claims=claims)
    answer = asyncio.run(check_answer(draft, council=council))
    assert isinstance(answer, Answer)
    return answer


def test_a_claim_in_its_passages_words_is_answered_with_its_citation(council: Council) -> None:
    answer = check(council, SAYS_4PM)
    assert answer.status is Status.ANSWERED_FROM_PAGES
    assert answer.blocks == ("Report it by 4pm the day after. [1]",)
    (citation,) = answer.citations
    assert (citation.number, citation.url) == (1, MISSED.url)
    assert citation.quote in MISSED.text


@pytest.mark.parametrize(
    "text",
    [
        "Report it by 5pm the day after.",
        "We come back within 4 working days.",
        "We come back within five working days.",
        "It costs £4.",
        "Report it by Friday.",
        "Report it by 4 May.",
        "Call 01632 960123.",
        "Write to bins@exampleton.example.",
        "See https://evil.example/bins.",
        "See [the form](https://www.exampleton.example/form).",
        "See evil-bins.co.uk for more.",
        "It is 3% cheaper.",
    ],
)
def test_an_invented_figure_or_address_is_dropped(council: Council, text: str) -> None:
    answer = check(council, Claim(text, "missed", "It is free."))
    assert answer.status is Status.UNANSWERABLE_NOT_IN_PASSAGES
    assert not answer.citations
    assert text not in answer.text


@pytest.mark.parametrize(
    "text",
    [
        "Report it by 4 p.m. and we come back within three working days.",
        "A sofa costs £1350 from 1st April 2026.",
        "Call 01632960110 or the council on 01632 960 999.",
        "See https://www.exampleton.example/bins/costs.",
    ],
)
def test_the_same_figure_in_another_form_holds(council: Council, text: str) -> None:
    passage = replace(COSTS, text=f"{COSTS.text}\n\n{MISSED.text}")
    draft = Draft(
        Question("?"), "?", matches=(passage,), claims=(Claim(text, "costs", "It is free."),)
    )
    answer = asyncio.run(check_answer(draft, council=council))
    assert isinstance(answer, Answer)
    assert answer.status is Status.ANSWERED_FROM_PAGES


def test_a_figure_of_another_passage_does_not_hold(council: Council) -> None:
    claim = Claim("It costs £1,350.00.", "missed", "It is free.")
    assert check(council, claim).status is Status.UNANSWERABLE_NOT_IN_PASSAGES


@pytest.mark.parametrize(
    "claim",
    [
        replace(SAYS_4PM, quote="Report it by 4pm the next day."),
        replace(SAYS_4PM, quote=""),
        replace(SAYS_4PM, passage_id="unknown"),
        replace(SAYS_4PM, text=" "),
    ],
)
def test_a_claim_without_its_words_in_its_passage_is_dropped(
    council: Council, claim: Claim
) -> None:
    assert check(council, claim).status is Status.UNANSWERABLE_NOT_IN_PASSAGES


def test_where_a_claim_is_dropped_the_answer_says_that_it_is_partly(council: Council) -> None:
    answer = check(council, SAYS_4PM, Claim("It costs £9.", "missed", "It is free."))
    assert answer.status is Status.ANSWERED_PARTLY
    assert "£9" not in answer.text
    assert len(answer.blocks) == 2


def test_an_unanswered_question_names_the_nearest_page_and_the_contact(council: Council) -> None:
    answer = check(council)
    assert f"[Missed bins]({MISSED.url})" in answer.text
    assert [action.url for action in answer.actions] == [MISSED.url, council.contact.url]


def test_citations_of_one_address_are_one_and_count_from_first_use(council: Council) -> None:
    answer = check(
        council,
        Claim("A sofa costs £1,350.00.", "costs", "| Sofa | £1,350.00 |"),
        SAYS_4PM,
        Claim("It is free.", "missed", "It is free."),
    )
    assert [citation.number for citation in answer.citations] == [1, 2]
    assert [block[-3:] for block in answer.blocks] == ["[1]", "[2]", "[2]"]
    assert answer.citations[1].quote == MISSED.text


def test_a_mark_never_stands_inside_a_table(council: Council) -> None:
    row = "| Sofa | £1,350.00 |"
    table = f"| Item | Cost |\n|---|---|\n{row}"
    bare = check(council, Claim(table, "costs", row))
    assert bare.blocks == (f"{table}\n\n[1]",)
    titled = check(council, Claim(f"**Charges**\n\n{table}", "costs", row))
    assert titled.blocks == (f"**Charges** [1]\n\n{table}",)


def test_brackets_in_a_page_are_not_taken_for_a_mark(council: Council) -> None:
    match = replace(MISSED, text="See note [4] below.")
    draft = Draft(
        Question("?"), "?", matches=(match,), claims=(Claim(match.text, "missed", match.text),)
    )
    answer = asyncio.run(check_answer(draft, council=council))
    assert isinstance(answer, Answer)
    assert answer.blocks == ("See note (4) below. [1]",)


def test_a_welsh_question_is_told_that_the_page_is_in_english(council: Council) -> None:
    answer = check(council, SAYS_4PM, language="cy")
    assert answer.blocks[0] == "Dim ond yn Saesneg y gallwn ddod o hyd i hyn."
    assert answer.blocks[1].endswith("[1]")


FIGURES = (
    "£5 £1,350.00 4pm 5.30am 3 12% 2026 Monday ten 01632960110 01632960111 a@b.example",
    "https://x.example/a www.evil.co.uk",
)
PIECES = (*" ".join(FIGURES).split(), "1 April", "2 May", "4 days", "it costs", "is free", "by")
WORDS = st.lists(st.sampled_from(PIECES), max_size=8)


@given(passage=WORDS, claims=st.lists(WORDS, min_size=1, max_size=4))
def test_no_answer_has_a_figure_that_is_in_no_cited_passage(
    council: Council, passage: list[str], claims: list[list[str]]
) -> None:
    match = replace(MISSED, text="We say: " + " ; ".join(passage), title="Bins", headings=())
    texts = [Claim(" ; ".join(words), "missed", "We say:") for words in claims]
    draft = Draft(Question("?"), "?", matches=(match,), claims=tuple(texts))
    answer = asyncio.run(check_answer(draft, council=council))
    assert isinstance(answer, Answer)
    published = figures("\n".join((match.text, match.url, match.page_url)))
    allowed = published | figures(council.reviewed_text)
    for block in answer.blocks if answer.citations else ():
        assert figures(block.removesuffix("[1]")) <= allowed

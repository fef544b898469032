"""A document becomes passages that can be found and cited, and nothing of it is lost."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.document import Block, Document
from ingest.split import LIMIT, size, split

URL = "https://www.exampleton.example/bins"


def heading(text: str, level: int = 2, fragment: str = "") -> Block:
    return Block("heading", text, level, fragment)


def paragraph(text: str) -> Block:
    return Block("paragraph", text)


def parts(*blocks: Block, url: str = URL) -> list[tuple[tuple[str, ...], str]]:
    return [(p.headings, p.text) for p in split(Document("Bins", blocks), url)]


LONG = "We empty every bin in the borough on the day that stands in your calendar. "


def test_each_section_is_a_passage_with_its_path() -> None:
    found = parts(
        paragraph("All about your bins and boxes."),
        heading("Glass"),
        paragraph("Bottles and jars go in the glass box, every week of the year."),
        heading("Lids", 3),
        paragraph("Take metal lids off all bottles and put them in the other box."),
        heading("Paper"),
        paragraph("Paper goes in the blue bag together with all your cardboard."),
    )
    assert [path for path, _ in found] == [(), ("Glass",), ("Glass", "Lids"), ("Paper",)]


def test_the_title_is_no_heading_of_a_passage() -> None:
    assert parts(heading("Bins", 1), paragraph("All about your bins.")) == [
        ((), "All about your bins.")
    ]


def test_a_passage_links_to_the_nearest_heading_with_an_id() -> None:
    document = Document(
        "Bins",
        (
            heading("Glass", 2, "glass"),
            heading("Lids", 3),
            paragraph("Take metal lids off all bottles and put them in the other box."),
        ),
    )
    assert split(document, URL)[0].url == f"{URL}#glass"
    assert split(document, f"{URL}#part")[0].url == f"{URL}#glass"


def test_an_address_with_a_fragment_keeps_it_where_the_section_has_none() -> None:
    document = Document("Bins", (paragraph("All about your bins."),))
    assert split(document, f"{URL}#part")[0].url == f"{URL}#part"


def test_a_long_section_is_cut_between_blocks() -> None:
    blocks = [paragraph(f"{n}. {LONG * 4}".strip()) for n in range(8)]
    found = parts(heading("Rounds"), *blocks)
    assert len(found) > 1
    assert all(size(text) <= LIMIT for _, text in found)
    assert "\n\n".join(text for _, text in found) == "\n\n".join(b.text for b in blocks)


def test_every_part_of_a_table_has_its_heads_and_lead() -> None:
    rows = [f"| Visit number {n} to a home | £{n}.00 |" for n in range(60)]
    table = Block("table", "\n".join(["| Visit | Fee |", "|---|---|", *rows]))
    found = parts(heading("Pests"), paragraph("Fees from 1 April 2026:"), table)
    assert len(found) > 1
    for _, text in found:
        assert text.startswith(
            "Fees from 1 April 2026:\n\n| Visit | Fee |\n|---|---|\n| Visit number"
        )
    assert all(sum(row in text for _, text in found) == 1 for row in rows)


def test_every_part_of_a_list_says_what_it_is_a_list_of() -> None:
    items = [f"- thing number {n} that does not belong in the bin" for n in range(60)]
    found = parts(
        heading("Glass"), paragraph("You cannot put in:"), Block("list", "\n".join(items))
    )
    assert len(found) > 1
    assert all(text.startswith("You cannot put in:\n\n- ") for _, text in found)
    assert all(size(text) <= LIMIT for _, text in found)


def test_a_list_stays_with_its_lead_when_the_section_is_cut() -> None:
    found = parts(
        heading("Glass"),
        paragraph((LONG * 13).strip()),
        paragraph("Do not put in:"),
        Block("list", "- mirrors\n- light bulbs"),
    )
    assert found[-1][1] == "Do not put in:\n\n- mirrors\n- light bulbs"


def test_a_wall_of_words_is_cut_and_kept() -> None:
    found = parts(paragraph("word " * 2000))
    assert all(size(text) <= LIMIT for _, text in found)
    assert sum(text.split().count("word") for _, text in found) == 2000


def test_little_sections_are_lines_of_the_section_above() -> None:
    found = parts(
        heading("Need help?"),
        heading("Phone", 3),
        paragraph("020 7946 0000"),
        heading("Email", 3),
        paragraph("bins@exampleton.example"),
    )
    assert found == [(("Need help?",), "Phone: 020 7946 0000\n\nEmail: bins@exampleton.example")]


def test_a_heading_without_a_text_is_not_lost() -> None:
    found = parts(
        heading("Centres"),
        heading("Your nearest centre", 3),
        heading("Hempton", 3),
        paragraph("Open from 9am to 5pm on every day of the week but Thursday."),
        heading("The office closes at noon on Fridays", 2),
    )
    assert any("Your nearest centre" in text for _, text in found)
    assert any("closes at noon" in text for _, text in found)


def test_a_section_that_goes_on_after_a_box_keeps_its_path() -> None:
    long = "Crews cannot open gates or come in, so put the bin where they can reach it."
    found = parts(
        heading("Glass"), paragraph(long), heading("Tips", 3), paragraph(long),
        heading("Glass"), paragraph("Lids can stay in the box."),
    )  # fmt: skip
    assert found[-1] == (("Glass",), "Lids can stay in the box.")


WORDS = st.text("abc é£", min_size=1, max_size=30).map(lambda t: " ".join(t.split())).filter(bool)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Documents in which every piece carries a number of its own."""
    blocks: list[Block] = []
    for n in range(draw(st.integers(0, 14))):
        kind = draw(st.sampled_from(["heading", "paragraph", "list", "table"]))
        words, times = draw(WORDS), draw(st.integers(1, 70))
        if kind == "heading":
            fragment = draw(st.sampled_from(["", f"f{n}"]))
            blocks.append(heading(f"h{n}x {words}", draw(st.integers(1, 6)), fragment))
        elif kind == "paragraph":
            end = draw(st.sampled_from([".", ":"]))
            blocks.append(paragraph(" ".join(f"b{n}x{i}x {words}{end}" for i in range(times))))
        elif kind == "list":
            blocks.append(Block("list", "\n".join(f"- b{n}x{i}x {words}" for i in range(times))))
        else:
            rows = [f"| b{n}x{i}x | {words} |" for i in range(times)]
            blocks.append(Block("table", "\n".join(["| Head | Fee |", "|---|---|", *rows])))
    return Document("Bins", tuple(blocks))


def marks(text: str) -> list[str]:
    return re.findall(r"b\d+x\d+x", text)


@settings(max_examples=60, deadline=None)
@given(documents())
def test_nothing_is_lost_and_nothing_said_twice(document: Document) -> None:
    passages = split(document, URL)
    for block in document.blocks:
        if block.kind == "heading":
            assert any(block.text in p.headings or block.text in p.text for p in passages)
            continue
        for mark in marks(block.text):
            holding = [p for p in passages if mark in p.text]
            lead = block.kind == "paragraph" and len(holding) > 1
            assert len(holding) == 1 or lead


@settings(max_examples=60, deadline=None)
@given(documents())
def test_no_passage_is_too_long_or_empty(document: Document) -> None:
    for passage in split(document, URL):
        assert passage.text.strip()
        assert size(passage.text) <= LIMIT * 1.35
        assert passage.url.startswith(URL)


def test_no_passage_grows_with_what_is_no_language() -> None:
    row = "| " + "cell | " * 5_000
    table = Block("table", "\n".join((row, "|" + "---|" * 5_000, row)))
    found = parts(paragraph("x" * 100_000), table, paragraph("[" * 100_000))
    assert max(len(text) for _, text in found) < 10_000

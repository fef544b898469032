"""A PDF is read as the page that was printed, without what every page repeats."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from pypdf import PdfReader, PdfWriter
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

from ingest.document import Document, Unreadable
from ingest.read_pdf import read_pdf

URL = "https://www.exampleton.example/taxi-tariff.pdf"
STYLES = getSampleStyleSheet()


def words(text: str, style: str = "Normal") -> Flowable:
    return Paragraph(text, STYLES[style])


def printed(*flow: Flowable, title: str = "", furniture: bool = False) -> bytes:
    out = io.BytesIO()

    def draw(canvas: Canvas, _: object) -> None:
        if furniture:
            canvas.setFont("Helvetica", 8)
            canvas.drawString(60, 820, "Exampleton Borough Council licensing")
            canvas.drawString(300, 20, f"Page {canvas.getPageNumber()} of 4")

    document = SimpleDocTemplate(out, pagesize=A4, title=title)
    document.build(list(flow), onFirstPage=draw, onLaterPages=draw)
    return out.getvalue()


def drawn(draw: Callable[[Canvas], None]) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    draw(canvas)
    canvas.save()
    return out.getvalue()


def read(body: bytes) -> Document:
    return read_pdf(body, URL)


def test_headings_lists_and_tables_of_a_pdf_are_read() -> None:
    table = Table(
        [["Journey", "Fare"], ["First mile", "£5.40"], ["Each mile more", "£2.20"]],
        style=[("GRID", (0, 0), (-1, -1), 1, colors.black)],
    )
    document = read(
        printed(
            words("Taxi tariff", "Title"),
            words("Fares by day", "Heading2"),
            words("These fares hold from Monday to Saturday, for every taxi in the borough."),
            Spacer(1, 12),
            table,
            PageBreak(),
            words("Complaints", "Heading2"),
            words("Tell us the number of the plate and the day of your journey, please."),
            words("\u2022 by telephone"),
            words("\u2022 by letter"),
            title="Taxi tariff 2026",
        )
    )
    assert document.title == "Taxi tariff 2026"
    kinds = [(b.kind, b.text, b.fragment) for b in document.blocks]
    assert ("heading", "Fares by day", "page=1") in kinds
    assert ("heading", "Complaints", "page=2") in kinds
    assert ("list", "- by telephone\n- by letter", "") in kinds
    assert (
        "table",
        "| Journey | Fare |\n|---|---|\n| First mile | £5.40 |\n| Each mile more | £2.20 |",
        "",
    ) in kinds
    assert sum("First mile" in b.text for b in document.blocks) == 1


def test_what_every_page_repeats_is_left_out() -> None:
    flow = [
        part
        for n in range(4)
        for part in (words(f"Rule {n} of the book says that plates stay fixed."), PageBreak())
    ]
    text = "\n".join(b.text for b in read(printed(*flow, furniture=True)).blocks)
    assert "Rule 3 of the book" in text
    assert "licensing" not in text
    assert "Page 2" not in text


def test_words_broken_at_the_end_of_a_line_are_joined() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "The council collects garden waste from every house-")
        canvas.drawString(60, 686, "hold in the borough on its own day.")

    assert read(drawn(draw)).blocks[0].text == (
        "The council collects garden waste from every household in the borough on its own day."
    )


def test_two_columns_are_read_one_after_the_other() -> None:
    def draw(canvas: Canvas) -> None:
        for n in range(14):
            canvas.drawString(50, 700 - 14 * n, f"left line {n} says one thing")
            canvas.drawString(320, 700 - 14 * n, f"right line {n} says another")

    text = " ".join(b.text for b in read(drawn(draw)).blocks)
    assert "left line 3 says one thing left line 4" in text
    assert text.index("left line 13") < text.index("right line 0")


def test_the_largest_words_are_the_title_where_the_file_states_none() -> None:
    body = printed(words("Taxi tariff", "Title"), words("Every fare in the borough is here."))
    assert read(body).title == "Taxi tariff"


def test_the_foot_of_a_single_page_is_left_out_by_the_number_it_ends_in() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "Every plate stays fixed to its vehicle, as page 1 says.")
        canvas.drawString(60, 20, "Exampleton | Taxi tariff Page 1")

    text = "\n".join(b.text for b in read(drawn(draw)).blocks)
    assert text == "Every plate stays fixed to its vehicle, as page 1 says."


def test_a_narrow_column_does_not_break_what_its_cells_say() -> None:
    table = Table(
        [
            ["Bin", "What to put out"],
            ["A", words("Green-lidded bin, blue bag and food caddy, before seven")],
        ],
        colWidths=[40, 100],
        style=[("GRID", (0, 0), (-1, -1), 1, colors.black)],
    )
    text = "\n".join(b.text for b in read(printed(words("Put these out in week A."), table)).blocks)
    assert "| A | Green-lidded bin, blue bag and food caddy, before seven |" in text


def encrypted(password: str) -> bytes:
    writer = PdfWriter(PdfReader(io.BytesIO(printed(words("A fare that nobody may copy at all.")))))
    writer.encrypt(password, "owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_file_that_only_forbids_copying_is_read() -> None:
    assert "nobody may copy" in read(encrypted("")).blocks[0].text


def many_pages() -> bytes:
    writer = PdfWriter()
    for _ in range(501):
        writer.add_blank_page(100, 100)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (encrypted("secret"), "encrypted"),
        (drawn(lambda canvas: canvas.rect(10, 10, 100, 100)), "may be a scan"),
        (b"%PDF-1.7\nnothing of a PDF", "broken PDF"),
        (printed(words("A whole page."))[:400], "broken PDF"),
        (many_pages(), "too long"),
    ],
)
def test_what_cannot_be_read_is_said_with_why(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(body)

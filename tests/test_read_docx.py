"""A Word file is read by its styles, and a dangerous one is not opened."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime

import docx
import pytest

from ingest.document import Unreadable
from ingest.read_docx import read_docx

URL = "https://www.exampleton.example/taxi-rules.docx"


def written() -> bytes:
    word = docx.Document()
    word.core_properties.title = "Taxi rules"
    word.core_properties.modified = datetime(2026, 3, 3, tzinfo=UTC)
    word.add_heading("Rules for drivers", 0)
    word.add_heading("Plates", 1)
    word.add_paragraph("Plates stay fixed to the vehicle at all times.")
    word.add_paragraph("front", style="List Bullet")
    word.add_paragraph("rear", style="List Bullet")
    table = word.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ("Licence", "Fee", "New", "£260 | a year"), strict=True):
        cell.text = text
    word.add_paragraph().add_run("Medicals").bold = True
    word.add_paragraph("You need one every five years.")
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def test_styles_become_blocks() -> None:
    document = read_docx(written(), URL)
    assert document.title == "Rules for drivers"
    assert document.updated == date(2026, 3, 3)
    assert [(b.kind, b.text) for b in document.blocks] == [
        ("heading", "Plates"),
        ("paragraph", "Plates stay fixed to the vehicle at all times."),
        ("list", "- front\n- rear"),
        ("table", "| Licence | Fee |\n|---|---|\n| New | £260 \\| a year |"),
        ("heading", "Medicals"),
        ("paragraph", "You need one every five years."),
    ]


def test_the_steps_of_a_list_are_numbered() -> None:
    word = docx.Document()
    for text in ("Fill in the form", "Send it to us", "Wait for our answer"):
        word.add_paragraph(text, style="List Number")
    out = io.BytesIO()
    word.save(out)
    (steps,) = read_docx(out.getvalue(), URL).blocks
    assert steps.text == "1. Fill in the form\n2. Send it to us\n3. Wait for our answer"


def archive(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
    return out.getvalue()


def empty() -> bytes:
    out = io.BytesIO()
    docx.Document().save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "old Word file"),
        (b"PK\x03\x04 nothing", "broken"),
        (written()[:2000], "broken"),
        (archive("xl/workbook.xml", b"<x/>"), "not a Word file"),
        (archive("word/document.xml", b"<x"), "broken"),
        (archive("word/document.xml", b"\x00" * 30_000_000), "unsafe"),
        (empty(), "no text"),
    ],
)
def test_what_cannot_be_read_is_said_with_why(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_docx(body, URL)

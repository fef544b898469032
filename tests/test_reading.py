"""Files are read as what they are, in a worker whose end harms nobody."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ingest.document import Unreadable
from ingest.reading import Sandbox, read, sniffed
from ingest.source import Fetched

PAGE = (
    b"<!doctype html><title>x</title><main><h1>Bins</h1><p>We empty your bin every two "
    b"weeks.</p></main>"
)
URL = "https://www.exampleton.example/bins"


def fetched(body: bytes, media_type: str = "text/html", title: str = "") -> Fetched:
    return Fetched(URL, body, media_type, datetime(2026, 3, 3, tzinfo=UTC), title=title)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seconds=30) as opened:
        yield opened


def test_a_page_is_read_by_its_kind() -> None:
    assert read(fetched(PAGE)).title == "Bins"
    assert read(fetched(b"# Bins\n\nEvery two weeks.", "text/markdown")).title == "Bins"
    assert read(fetched(b"Bins\n\nEvery two weeks.", "text/plain")).title == "Bins"
    assert read(fetched(PAGE, "application/octet-stream")).title == "Bins"


def test_a_language_that_is_no_tag_is_told_by_the_words() -> None:
    words = b"We empty the bins for you on the same day of every week of the year."
    stated = b"---\ntitle: Bins\nlanguage: English (UK)\n---\n"
    assert read(fetched(stated + words, "text/markdown")).language == "en"


def test_the_manifests_title_is_the_title() -> None:
    assert read(fetched(PAGE, title="Your bins")).title == "Your bins"


@pytest.mark.parametrize(
    ("body", "media_type", "reason"),
    [
        (b"", "text/html", "empty"),
        (b"%PDF-1.7 x", "text/html", "served as a web page, but it is a PDF"),
        (PAGE, "application/pdf", "served as a PDF, but it is a web page"),
        (b"\x89PNG\r\n", "text/html", "it is a picture"),
        (b"PK\x03\x04xl/", "text/plain", "archive or another Office file"),
        (b"words", "application/pdf", "it is something else"),
        (b"words", "image/jpeg", "not a kind we read: image/jpeg"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword", "old Word file"),
        (b"\x01\x02\x80\x81" * 500, "text/plain", "bytes that are no text"),
    ],
)
def test_a_wrong_kind_is_said_to_be_what_it_is(body: bytes, media_type: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(fetched(body, media_type))


def test_plain_words_are_no_known_format() -> None:
    assert sniffed(b"Bins are emptied weekly.") == ""


def test_a_worker_reads_many_files_and_reports_the_bad_ones(sandbox: Sandbox) -> None:
    for _ in range(3):
        assert sandbox.read(fetched(PAGE)).title == "Bins"
        with pytest.raises(Unreadable, match="broken PDF"):
            sandbox.read(fetched(b"%PDF-1.7 x", "application/pdf"))


def test_a_file_that_takes_too_long_is_given_up_and_the_next_is_read() -> None:
    with Sandbox(seconds=0.001) as hasty, pytest.raises(Unreadable, match="seconds to read"):
        hasty.read(fetched(PAGE))


def test_a_dead_worker_is_started_anew(sandbox: Sandbox) -> None:
    sandbox.read(fetched(PAGE))
    worker = sandbox._worker
    assert worker is not None
    worker.kill()
    worker.join()
    assert sandbox.read(fetched(PAGE)).title == "Bins"


def test_a_file_that_needs_too_much_memory_is_reported() -> None:
    hungry = b"- bin\n" * 1_500_000
    with Sandbox(seconds=60, megabytes=160) as small:
        with pytest.raises(Unreadable, match="more memory than we give"):
            small.read(fetched(hungry, "text/markdown"))
        assert small.read(fetched(PAGE)).title == "Bins"


def test_the_worker_needs_no_model() -> None:
    code = (
        "import sys, ingest.reading, ingest.read_html, ingest.read_pdf, ingest.read_docx\n"
        "print([m for m in ('torch', 'chromadb', 'sentence_transformers') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"

"""A council's pages, read, split, embedded and brought in step; with real files and parts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.document import Document
from ingest.reading import read
from ingest.source import Fetched, Known, Skipped, SourceFailed, Unchanged
from ingest.sources.folder import Folder
from ingest.sync import Progress, SyncReport, sync
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.locks import Busy
from tests.conftest import OpenKnowledgeBase

HOME = "https://www.exampleton.example/"
BANNER = """<div class="localgov-alert-banner localgov-alert-banner--major" role="region">
<p>Our offices are closed today because of snow.</p></div>"""


class InProcess:
    """Reads without the sandbox, which has tests of its own."""

    def read(self, fetched: Fetched) -> Document:
        return read(fetched)


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    write(folder, "bins.md", "Bins", "Put your bin out by 7am.")
    write(folder, "pool.md", "Swimming pool", "The pool opens at 6am.")
    return folder


def write(folder: Path, name: str, title: str, *texts: str) -> None:
    body = "\n\n".join(f"## Part {n}\n\n{text}" for n, text in enumerate(texts))
    (folder / name).write_text(f"# {title}\n\n{body}\n", encoding="utf-8")


def bring(knowledge_base: KnowledgeBase, folder: Path, **more: object) -> SyncReport:
    source = Folder("pages", folder, HOME)
    return sync("exampleton", HOME, [source], knowledge_base, InProcess(), **more)  # type: ignore[arg-type]


def texts(knowledge_base: KnowledgeBase, question: str) -> list[str]:
    return [match.text for match in knowledge_base.find("exampleton", question).matches]


def test_created_updated_dropped_and_kept_are_told_apart(
    knowledge_base: KnowledgeBase, pages: Path
) -> None:
    first = bring(knowledge_base, pages)
    assert first.created == [f"{HOME}bins.md", f"{HOME}pool.md"]
    assert first.embedded == 2
    write(pages, "bins.md", "Bins", "Put your bin out by 6am.")
    write(pages, "tips.md", "Tips", "Take your rubbish to the tip.")
    (pages / "pool.md").unlink()
    second = bring(knowledge_base, pages)
    counts = [len(v) for v in (second.created, second.updated, second.dropped, second.kept)]
    assert counts == [1, 1, 1, 0]
    assert second.embedded == 2
    assert "Put your bin out by 6am." in texts(knowledge_base, "when do I put my bin out")
    assert "The pool opens at 6am." not in texts(knowledge_base, "pool")


def test_nothing_changed_embeds_nothing(knowledge_base: KnowledgeBase, pages: Path) -> None:
    bring(knowledge_base, pages)
    again = bring(knowledge_base, pages)
    assert (again.embedded, len(again.kept)) == (0, 2)
    assert not (again.created or again.updated or again.dropped or again.skipped)


def test_a_broken_file_is_skipped_with_its_reason_and_the_rest_goes_on(
    knowledge_base: KnowledgeBase, pages: Path
) -> None:
    (pages / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing")
    (pages / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    report = bring(knowledge_base, pages)
    assert len(report.created) == 2
    assert len(report.skipped) == 2
    assert all(reason for _, reason in report.skipped)


def test_a_page_that_cannot_be_read_any_more_is_dropped(
    knowledge_base: KnowledgeBase, pages: Path
) -> None:
    bring(knowledge_base, pages)
    (pages / "pool.md").write_text("")
    report = bring(knowledge_base, pages)
    assert len(report.dropped) == len(report.skipped) == 1


def test_a_site_wide_banner_is_kept_once_and_goes_with_the_banner(
    knowledge_base: KnowledgeBase, pages: Path
) -> None:
    for name in ("a", "b"):
        said = f"{name} text of the page, which is about {name} and goes on."
        html = f"<html><body>{BANNER}<main><h1>Page {name}</h1><p>{said}</p></main>"
        (pages / f"{name}.html").write_text(html)
    bring(knowledge_base, pages)
    found = [t for t in texts(knowledge_base, "are the offices closed for snow") if "snow" in t]
    assert found == ["Our offices are closed today because of snow."]
    notices = [p for p in knowledge_base.pages("exampleton").values() if p.kind == "notice"]
    assert [notice.updated for notice in notices] == [datetime.now(UTC).date()]
    kept = bring(knowledge_base, pages)
    assert (kept.embedded, len(kept.created)) == (0, 0)
    for name in ("a", "b"):
        (pages / f"{name}.html").write_text(f"<main><h1>Page {name}</h1><p>{name} text.</p></main>")
    bring(knowledge_base, pages)
    assert "snow" not in " ".join(texts(knowledge_base, "are the offices closed for snow"))


def test_a_notice_is_called_by_its_first_sentence(
    knowledge_base: KnowledgeBase, pages: Path
) -> None:
    long = "Our phones open late. On Thursday they open at 10am because of a training of all staff."
    banner = BANNER.replace("Our offices are closed today because of snow.", long)
    main = "<main><h1>Page</h1><p>What a page says to whoever reads it.</p></main>"
    (pages / "a.html").write_text(f"<html><body>{banner}{main}")
    bring(knowledge_base, pages)
    notices = [p for p in knowledge_base.pages("exampleton").values() if p.kind == "notice"]
    assert [notice.title for notice in notices] == ["Our phones open late."]


class Trouble:
    """A source that yields what it is told to, then fails if told so."""

    name = "pages"

    def __init__(self, *items: Fetched | Unchanged | Skipped, fails: str = "") -> None:
        self._items, self._fails = items, fails

    def fetch(self, known: Mapping[str, Known]) -> Iterator[Fetched | Unchanged | Skipped]:
        yield from self._items
        if self._fails:
            raise SourceFailed(self._fails)

    def expected(self, known: Mapping[str, Known]) -> int | None:
        return None


def test_a_source_that_fails_loses_nothing(knowledge_base: KnowledgeBase, pages: Path) -> None:
    bring(knowledge_base, pages)
    source = Trouble(fails="the website does not answer")
    report = sync("exampleton", HOME, [source], knowledge_base, InProcess())
    assert report.failed == [("pages", "the website does not answer")]
    assert not report.dropped
    assert texts(knowledge_base, "pool")


def test_a_passing_trouble_keeps_the_page_and_a_gone_page_goes(
    knowledge_base: KnowledgeBase, pages: Path
) -> None:
    bring(knowledge_base, pages)
    bins, pool = sorted(knowledge_base.pages("exampleton"))
    source = Trouble(Skipped(bins, "timed out", keep=True), Skipped(pool, "is gone (404)"))
    report = sync("exampleton", HOME, [source], knowledge_base, InProcess())
    assert (report.kept, report.dropped) == ([bins], [pool])
    assert [reason for _, reason in report.skipped] == ["timed out", "is gone (404)"]


def test_a_page_that_one_source_brought_is_not_counted_again_where_another_had_trouble(
    knowledge_base: KnowledgeBase, pages: Path
) -> None:
    bring(knowledge_base, pages)
    write(pages, "bins.md", "Bins", "Put your bin out by 6am.")
    sources = [Folder("pages", pages, HOME), Trouble(Skipped(f"{HOME}bins.md", "timed out", True))]
    report = sync("exampleton", HOME, sources, knowledge_base, InProcess())
    assert (report.updated, report.kept) == ([f"{HOME}bins.md"], [f"{HOME}pool.md"])


def test_an_unchanged_page_is_kept(knowledge_base: KnowledgeBase, pages: Path) -> None:
    bring(knowledge_base, pages)
    bins, pool = sorted(knowledge_base.pages("exampleton"))
    source = Trouble(Unchanged(bins), Unchanged(pool))
    report = sync("exampleton", HOME, [source], knowledge_base, InProcess())
    assert (report.kept, report.embedded) == ([bins, pool], 0)


def test_a_second_writer_is_refused(open_knowledge_base: OpenKnowledgeBase, pages: Path) -> None:
    first, second = open_knowledge_base(), open_knowledge_base()
    with first.writer(), pytest.raises(Busy):
        bring(second, pages)


def test_progress_counts_to_the_end(knowledge_base: KnowledgeBase, pages: Path) -> None:
    told: list[Progress] = []
    bring(knowledge_base, pages, tell=told.append)
    assert (told[-1].pages, told[-1].passages, told[-1].expected) == (2, 2, 2)


def test_another_process_answers_from_a_finished_ingest_and_lives_on(
    knowledge_base: KnowledgeBase, pages: Path, tmp_path: Path
) -> None:
    bring(knowledge_base, pages)
    assert texts(knowledge_base, "pool")
    write(pages, "library.md", "Library", "Borrow up to 20 books for 3 weeks.")
    script = f"""
from pathlib import Path
from tests.crash import open_parts
knowledge_base = open_parts(Path({str(tmp_path)!r}))
from tests.test_sync import bring
report = bring(knowledge_base, Path({str(pages)!r}))
assert len(report.created) == 1, report
"""
    subprocess.run([sys.executable, "-c", script], check=True)
    knowledge_base.look_again("exampleton")
    match = knowledge_base.find("exampleton", "how long may I keep a novel").matches[0]
    assert match.text == "Borrow up to 20 books for 3 weeks."
    assert match.similarity is not None

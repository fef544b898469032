"""A folder's files become pages under the addresses that the council gave them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ingest.front_matter import read_front_matter
from ingest.source import Fetched, Known, Skipped, SourceFailed
from ingest.sources.folder import Folder

BASE = "https://www.exampleton.example/"


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    return folder


def write(folder: Path, *files: str, text: str = "x") -> None:
    for file in files:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def read(folder: Path, known: tuple[str, ...] = (), **options: Any) -> list[Fetched | Skipped]:
    source = Folder(**{"name": "pages", "path": folder, "base_url": BASE, **options})
    events = list(source.fetch({url: Known("digest") for url in known}))
    urls = [event.url for event in events]
    assert len(urls) == len(set(urls))
    return [event for event in events if isinstance(event, Fetched | Skipped)]


def addresses(events: list[Fetched | Skipped]) -> list[str]:
    return [event.url for event in events if isinstance(event, Fetched)]


def skipped(events: list[Fetched | Skipped]) -> dict[str, str]:
    return {event.url: event.reason for event in events if isinstance(event, Skipped)}


def test_every_kind_of_page_comes_with_its_type_in_stable_order(pages: Path) -> None:
    write(pages, "b.HTML", "a.md", "bins/c.txt", "bins/new/d.pdf", "e.docx", "f.htm")
    events = read(pages)
    names = ["a.md", "b.HTML", "bins/c.txt", "bins/new/d.pdf", "e.docx", "f.htm"]
    assert addresses(events) == [BASE + name for name in names]
    assert [event.media_type for event in events if isinstance(event, Fetched)] == [
        "text/markdown",
        "text/html",
        "text/plain",
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "text/html",
    ]
    assert addresses(read(pages)) == addresses(events)


def test_addresses_are_quoted_and_join_the_base_with_one_slash(pages: Path) -> None:
    write(pages, "Bins & tips/what goes where?.md", "cafe\u0301 #1.md")
    for base in ("https://x.example", "https://x.example/"):
        assert addresses(read(pages, base_url=base)) == [
            "https://x.example/Bins%20%26%20tips/what%20goes%20where%3F.md",
            "https://x.example/caf%C3%A9%20%231.md",
        ]


def test_the_manifest_beats_the_files_own_word_which_beats_the_path(pages: Path) -> None:
    own = '---\nurl: https://other.example/a#part\ntitle: Bins: all "sizes"\n---\n# A\n'
    write(pages, "a.md", "b.md", text=own)
    write(pages, "sub/c.html")
    lines = [
        '\ufeff{"file": "b.md", "url": "https://x.example/b?id=1", "title": "B"}',
        "",
        '{"file": "./sub/c.html", "title": "C"}',
    ]
    (pages / "manifest.jsonl").write_text("\n".join(lines))
    events = read(pages, manifest="manifest.jsonl")
    found = [(event.url, event.title) for event in events if isinstance(event, Fetched)]
    assert found == [
        ("https://other.example/a#part", 'Bins: all "sizes"'),
        ("https://x.example/b?id=1", "B"),
        (f"{BASE}sub/c.html", "C"),
    ]
    assert skipped(events) == {}


def test_a_faulty_line_of_the_manifest_is_named_and_the_rest_counts(pages: Path) -> None:
    write(pages, "a.md", "b.md")
    lines = [
        '{"file": "a.md", "url": "https://x.example/a"}',
        '{"file": "gone.md", "url": "https://x.example/gone"}',
        '{"file": "a.md", "url": "https://x.example/again"}',
        '{"file": "../secret.md"}',
        '{"file": "b.md", "url": "ftp://x.example/"}',
        '{"file": "b.md", "url": 7}',
        "[1]",
        "{broken",
        '{"url": "https://x.example/"}',
        "[" * 10_000,
    ]
    (pages / "m.jsonl").write_text("\n".join(lines))
    events = read(pages, manifest="m.jsonl")
    assert addresses(events) == ["https://x.example/a", f"{BASE}b.md"]
    told = skipped(events)
    assert [f"m.jsonl, line {number}" for number in range(2, 11)] == list(told)
    assert "gone.md, which is not in the folder" in told["m.jsonl, line 2"]
    assert "line 1 counts" in told["m.jsonl, line 3"]
    assert "not JSON" in told["m.jsonl, line 8"]


def test_half_a_character_in_the_manifest_ends_nothing(pages: Path) -> None:
    write(pages, "a.md", "b.md")
    lines = [
        r'{"file": "a.md", "title": "Bins\u0000 and boxes"}',
        r'{"file": "b.md", "url": "https://x.example/\udc00"}',
        r'{"file": "\ud800.md"}',
        r'{"file": "b.md", "title": "\ud800"}',
        r'{"file": "b.md", "url": "https://x.example/\u0000"}',
    ]
    (pages / "m.jsonl").write_text("\n".join(lines))
    events = read(pages, manifest="m.jsonl")
    titles = [event.title for event in events if isinstance(event, Fetched)]
    assert titles == ["Bins and boxes", ""]
    assert list(skipped(events)) == [f"m.jsonl, line {number}" for number in (2, 3, 4, 5)]
    assert all("half a character" in skipped(events)[f"m.jsonl, line {n}"] for n in (2, 3, 4))


def test_without_its_manifest_a_folder_is_not_read(pages: Path) -> None:
    write(pages, "a.md")
    with pytest.raises(SourceFailed, match="manifest"):
        read(pages, manifest="manifest.jsonl")


def test_what_is_no_page_is_skipped_with_its_reason_and_litter_is_not_spoken_of(
    pages: Path,
) -> None:
    write(pages, "a.md", "photo.jpg", "README", ".hidden.md", ".git/x.md", "~$a.docx")
    write(pages, ".DS_Store", "sub/Thumbs.db", "desktop.ini")
    events = read(pages)
    assert addresses(events) == [f"{BASE}a.md"]
    assert skipped(events) == {
        ".git/": "is a hidden folder",
        ".hidden.md": "is a hidden file",
        "README": "is a nameless file, which is not read",
        "photo.jpg": "is a .jpg file, which is not read",
        "~$a.docx": "is a hidden file",
    }


def test_links_that_leave_the_folder_are_not_followed(pages: Path, tmp_path: Path) -> None:
    write(tmp_path, "secret/passwords.md")
    write(pages, "a.md", "sub/b.md")
    (pages / "leak.md").symlink_to(tmp_path / "secret/passwords.md")
    (pages / "away").symlink_to(tmp_path / "secret")
    (pages / "again").symlink_to(pages)
    (pages / "twin.md").symlink_to(pages / "a.md")
    (pages / "dead.md").symlink_to(pages / "nothing.md")
    events = read(pages)
    assert addresses(events) == [f"{BASE}a.md", f"{BASE}sub/b.md", f"{BASE}twin.md"]
    told = skipped(events)
    assert told["leak.md"] == "is a link that leaves the folder"
    assert told["away/"] == "is a link that leaves the folder"
    assert told["again/"] == "is a link to another folder of this source"
    assert "cannot be read" in told[f"{BASE}dead.md"]


def test_a_folder_that_is_itself_a_link_is_read(pages: Path, tmp_path: Path) -> None:
    write(pages, "a.md")
    (tmp_path / "link").symlink_to(pages)
    assert addresses(read(tmp_path / "link")) == [f"{BASE}a.md"]


def test_a_title_from_an_older_windows_program_keeps_its_letters(pages: Path) -> None:
    (pages / "a.md").write_bytes("---\ntitle: Caf\u00e9 \u00a35\n---\n".encode("cp1252"))
    assert [event.title for event in read(pages) if isinstance(event, Fetched)] == [
        "Caf\u00e9 \u00a35"
    ]


def test_a_file_over_the_limit_is_skipped_by_name(pages: Path) -> None:
    write(pages, "a.md", "large.pdf", text="x" * 2_001)
    write(pages, "fits.md", text="x" * 2_000)
    events = read(pages, max_megabytes=0.002)
    assert addresses(events) == [f"{BASE}fits.md"]
    assert skipped(events)[f"{BASE}large.pdf"] == (
        "large.pdf is larger than 0.002 MB (max_megabytes)"
    )


def test_two_files_with_one_address_are_both_named(pages: Path) -> None:
    write(pages, "a.md", "b.md", text="---\nurl: https://x.example/same\n---\n")
    events = read(pages)
    assert addresses(events) == ["https://x.example/same"]
    assert skipped(events) == {"b.md": "has the same address as a.md: https://x.example/same"}


def test_an_address_that_is_none_is_told(pages: Path) -> None:
    write(pages, "a.md", text="---\nurl: javascript:alert(1)\n---\n")
    write(pages, "b.md")
    assert "not http or https" in skipped(read(pages))["a.md"]
    assert "no address" in skipped(read(pages, base_url=""))["b.md"]


def test_a_pipe_is_not_waited_for(pages: Path) -> None:
    write(pages, "a.md")
    os.mkfifo(pages / "pipe.md")
    assert "not a plain file" in skipped(read(pages))[f"{BASE}pipe.md"]


def test_a_name_that_is_not_utf8_is_told(pages: Path) -> None:
    write(pages, "a.md")
    try:
        Path(os.fsdecode(os.fsencode(pages) + b"/caf\xe9.md")).write_text("x")
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    assert skipped(read(pages)) == {"caf\ufffd.md": "has a name that is not UTF-8"}


def test_what_may_not_be_read_keeps_its_pages(pages: Path) -> None:
    write(pages, "a.md", "b.html", "closed/c.md")
    (pages / "b.html").chmod(0)
    (pages / "closed").chmod(0)
    if os.access(pages / "b.html", os.R_OK):
        pytest.skip("this user may read everything")
    known = (f"{BASE}a.md", f"{BASE}b.html", f"{BASE}closed/c.md")
    events = read(pages, known)
    (pages / "closed").chmod(0o700)
    kept = [event.url for event in events if getattr(event, "keep", False)]
    assert kept == ["closed/", f"{BASE}b.html", f"{BASE}closed/c.md"]


def test_a_markdown_file_that_cannot_be_read_keeps_whatever_page_it_may_be(pages: Path) -> None:
    write(pages, "a.md")
    (pages / "dead.md").symlink_to(pages / "nothing.md")
    known = (f"{BASE}a.md", "https://other.example/own-address")
    kept = {event.url for event in read(pages, known) if getattr(event, "keep", False)}
    assert kept == {f"{BASE}dead.md", "https://other.example/own-address"}


@pytest.mark.parametrize("files", [(), (".DS_Store",), ("photo.jpg", ".hidden.md")])
def test_an_empty_folder_fails_rather_than_losing_every_page(
    pages: Path, files: tuple[str, ...]
) -> None:
    write(pages, *files)
    with pytest.raises(SourceFailed, match="mounted"):
        read(pages)


def test_a_missing_folder_fails(tmp_path: Path) -> None:
    write(tmp_path, "file.md")
    for path in (tmp_path / "gone", tmp_path / "file.md"):
        with pytest.raises(SourceFailed, match="not there"):
            read(path)
        assert Folder("pages", path).expected({}) is None


def test_the_number_of_files_is_known_beforehand(pages: Path) -> None:
    write(pages, "a.md", "sub/b.html", "photo.jpg", ".DS_Store")
    assert Folder("pages", pages).expected({}) == 2


@pytest.mark.parametrize(
    ("text", "fields", "rest"),
    [
        ("---\nTitle: A: b\nurl:x\n---\nrest\n---\n", {"title": "A: b", "url": "x"}, "rest\n---\n"),
        ('\ufeff---\r\ntitle:  "A" \r\n---\r\nrest', {"title": '"A"'}, "rest"),
        ("---\ntags:\n  - x\n---\nrest", {"tags": ""}, "rest"),
        ("---\ntitle: first\ntitle: second\n---\n", {"title": "first"}, ""),
        ("---\n---\nrest", {}, "rest"),
        ("---\nProse under a rule.\n---\nrest", {}, "---\nProse under a rule.\n---\nrest"),
        ("---\ntitle: never closed\n", {}, "---\ntitle: never closed\n"),
        ("---\ntitle: not closed\n\nrest", {"title": "not closed"}, "rest"),
        ("---\ntitle: A\n\n# B\n\nprose\n\n---\nrest", {"title": "A"}, "# B\n\nprose\n\n---\nrest"),
        ("---\ntitle: A\n...\nrest", {"title": "A"}, "rest"),
        ("# Title\n---\na: b\n---\n", {}, "# Title\n---\na: b\n---\n"),
        ("", {}, ""),
    ],
)
def test_front_matter_is_read_line_by_line(text: str, fields: dict[str, str], rest: str) -> None:
    assert read_front_matter(text) == (fields, rest)

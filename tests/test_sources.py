"""The sources of a council.toml are made, or every mistake in them is named."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ingest.sources import Folder, Website, load_sources

HERE = Path("/councils/exampleton")


def load(toml: str, **options: frozenset[str]) -> tuple[list[object], dict[str, str]]:
    tables = tomllib.loads(toml).get("sources")
    sources, mistakes = load_sources(tables, HERE, website="https://x.example", **options)
    assert len(dict(mistakes)) == len(mistakes)
    return list(sources), dict(mistakes)


def test_both_kinds_are_made_with_their_options() -> None:
    sources, mistakes = load("""
        [[sources]]
        kind = "folder"
        path = "pages"
        base_url = "https://www.exampleton.example/"
        manifest = "manifest.jsonl"
        [[sources]]
        kind = "website"
        start = "https://www.exampleton.example/"
        exclude = ["/news/*"]
        hosts = ["Documents.exampleton.example"]
        delay_seconds = 2
        pdfs = false
    """)
    folder, website = sources
    assert mistakes == {}
    assert folder == Folder(
        name="pages",
        path=HERE / "pages",
        base_url="https://www.exampleton.example/",
        manifest="manifest.jsonl",
    )
    assert isinstance(website, Website)
    assert website.name == "www.exampleton.example"
    assert (website.options.exclude, website.options.pdfs) == (("/news/*",), False)
    assert website.options.delay_seconds == 2
    assert website.fetcher.user_agent.endswith("(+https://x.example)")
    assert website.fetcher.allowed_hosts == {
        "www.exampleton.example",
        "exampleton.example",
        "documents.exampleton.example",
    }


def test_an_absolute_path_stays_and_a_name_of_its_own_counts() -> None:
    sources, _ = load('[[sources]]\nkind = "folder"\npath = "/srv/pages"\nname = "share"')
    assert sources == [Folder(name="share", path=Path("/srv/pages"))]


def test_every_mistake_is_named_at_once() -> None:
    sources, mistakes = load("""
        [[sources]]
        kind = "folder"
        base_url = "www.exampleton.example"
        manifest = "../manifest.jsonl"
        colour = "red"
        [[sources]]
        kind = "website"
        start = "ftp://x.example/"
        hosts = ["https://y.example/"]
        include = ["bins"]
        max_pages = 2.5
        max_minutes = 0
        pdfs = "yes"
        exclude = "/news"
        [[sources]]
        kind = "sharepoint"
        [[sources]]
        path = "pages"
        [[sources]]
        kind = "website"
        start = "https://user:secret@x.example/"
        sitemaps = ["https://x.example/map.xml"]
        [[sources]]
        kind = "website"
        start = "https://x.example:8443/"
        sitemaps = ["https://elsewhere.example/map.xml"]
    """)
    assert sources == []
    assert set(mistakes) == {
        "sources[0].path",
        "sources[0].base_url",
        "sources[0].manifest",
        "sources[0].colour",
        "sources[1].start",
        "sources[1].hosts[0]",
        "sources[1].include[0]",
        "sources[1].exclude",
        "sources[1].max_pages",
        "sources[1].max_minutes",
        "sources[1].pdfs",
        "sources[2].kind",
        "sources[3].kind",
        "sources[4].start",
        "sources[5].start",
    }
    assert mistakes["sources[0].path"] == "is missing"
    assert "allowed: base_url, kind, manifest" in mistakes["sources[0].colour"]
    assert mistakes["sources[1].start"] == "must be an http or https address"
    assert mistakes["sources[2].kind"] == 'is \'sharepoint\'; must be "folder" or "website"'
    assert "8443" in mistakes["sources[5].start"]


def test_a_sitemap_elsewhere_is_a_mistake() -> None:
    _, mistakes = load("""
        [[sources]]
        kind = "website"
        start = "https://x.example/"
        sitemaps = ["https://elsewhere.example/map.xml"]
    """)
    assert "elsewhere.example" in mistakes["sources[0].sitemaps"]


def test_two_sources_do_not_share_a_name() -> None:
    toml = '[[sources]]\nkind = "folder"\npath = "pages"\n' * 2
    assert "give each its own `name`" in load(toml)[1]["sources"]


def test_a_listed_port_may_be_asked() -> None:
    toml = '[[sources]]\nkind = "website"\nstart = "http://intranet.example:8080/"'
    assert load(toml, allow_private=frozenset({"intranet.example:8080"}))[1] == {}


@pytest.mark.parametrize("tables", [{}, "pages", 3, [3], ["pages"], [None]])
def test_what_are_no_tables_is_told(tables: object) -> None:
    sources, mistakes = load_sources(tables, HERE)
    assert sources == ()
    assert mistakes[0][0].startswith("sources")


def test_no_sources_are_no_mistake() -> None:
    assert load("") == ([], {})

"""A council's website, crawled by the command, searched, changed and crawled again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.council_site import Reply, Site
from tests.test_serve import home, townclerk  # noqa: F401

pytestmark = pytest.mark.slow

SETTINGS = """
name = "Exampleton Borough Council"
nation = "england"
languages = ["en"]
website = "https://www.exampleton.example"
[[sources]]
kind = "website"
start = "{url}/"
delay_seconds = 0
"""


def page(title: str, text: str, *links: str, etag: str = "") -> Reply:
    anchors = "".join(f'<li><a href="{link}">{link}</a></li>' for link in links)
    html = (
        f"<!DOCTYPE html><html lang=en><head><title>{title}</title></head><body>"
        f"<nav><ul>{anchors}</ul></nav><main><h1>{title}</h1><h2 id=rules>Rules</h2>"
        f"<p>{text}</p></main></body></html>"
    )
    return Reply(html.encode(), headers={"ETag": etag} if etag else {})


def crawl(home: Path) -> dict[str, Any]:  # noqa: F811
    done = townclerk(home, "ingest", "exampleton", "--json")
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_a_website_is_read_kept_in_step_and_asked_politely(
    home: Path,  # noqa: F811
    embedder: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bins = "Put your bin out by 7am on your collection day, with the lid closed."
    pool = "The swimming pool opens at 6am on every weekday of the year."
    with Site() as site:
        monkeypatch.setenv("TOWNCLERK_ALLOW_PRIVATE", site.place)
        settings = home / "councils" / "exampleton" / "council.toml"
        settings.write_text(SETTINGS.format(url=site.url))
        site.replies |= {
            "/robots.txt": Reply(b"User-agent: *\nDisallow: /private\n", type="text/plain"),
            "/": page("Home", "Welcome to the website of the council.", "/bins", "/private"),
            "/bins": page("Bins", bins, "/pool?PHPSESSID=1", etag='"bins-1"'),
            "/pool": page("Pool", pool, etag='"pool-1"'),
            "/private": page("Private", "Nobody must read this page about salaries."),
        }
        first = crawl(home)
        assert sorted(first["created"]) == [f"{site.url}/", f"{site.url}/bins", f"{site.url}/pool"]
        assert "/private" not in site.paths
        asked = townclerk(home, "ask", "exampleton", "when does the pool open", "--json")
        told = json.loads(asked.stdout)
        assert told["citations"][0]["url"] == f"{site.url}/pool#rules"

        again = crawl(home)
        assert (again["embedded"], len(again["kept"])) == (0, 3)
        held = [a.headers.get("if-none-match") for a in site.asked if a.path == "/bins"]
        assert held == [None, '"bins-1"']

        site.replies["/bins"] = page("Bins", bins.replace("7am", "6am"), etag='"bins-2"')
        site.replies["/pool"] = Reply(b"gone", 410)
        third = crawl(home)
        assert third["updated"] == [f"{site.url}/bins"]
        assert third["dropped"] == [f"{site.url}/pool"]


def test_a_private_address_is_not_asked_without_leave(home: Path) -> None:  # noqa: F811
    with Site({"/": page("Home", "Welcome to the website of the council.")}) as site:
        settings = home / "councils" / "exampleton" / "council.toml"
        settings.write_text(SETTINGS.format(url=site.url))
        done = townclerk(home, "ingest", "exampleton", "--json")
        assert done.returncode == 1
        assert not site.asked

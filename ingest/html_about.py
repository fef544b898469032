"""Read what a page states about itself: title, dates, path, links, structured data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from lxml.html import HtmlElement

from ingest.dates import day_in, day_of_update, speaks_of_update
from ingest.html_visible import Visibility, names
from ingest.language import as_tag
from ingest.plain_text import clean, undecorated

_JSON_LIMIT = 100_000
_SEPARATOR = re.compile(r"\s+[|\u00b7\u2022\u00bb\u2013\u2014-]\s+|\s*::\s*|\s*\|\s*")
_COUNCIL = re.compile(
    r"\b(?:council|borough|cyngor|authority|corporation|gov\.uk|website|home ?page)\b",
    re.IGNORECASE,
)
_NOT_TITLES = re.compile(r"^(?:home|menu|search|welcome|cookies.*|site navigation)$", re.IGNORECASE)
_BREADCRUMB = (
    "//*[(contains(translate(@aria-label,'BREADCUMTIL','breadcumtil'),'breadcrumb')"
    " or contains(concat(' ',translate(@class,'_','-')),' breadcrumb')"
    " or contains(@class,'breadcrumb') or @typeof='BreadcrumbList'"
    " or contains(@itemtype,'BreadcrumbList'))]"
)


class About:
    """Everything that a page says about itself outside its text."""

    def __init__(self, root: HtmlElement, url: str, visible: Visibility) -> None:
        self._root, self._url, self._visible = root, url, visible
        self._meta = _meta(root)
        self._base = _base(root, url)
        self.json_ld = tuple(_json_ld(root))

    def title_heading(self) -> HtmlElement | None:
        """Find the h1 that names the page, in the main content first, then in the header."""
        found = [h for h in self._root.iter("h1") if self._is_title(h)]
        inside = [h for h in found if h.xpath("ancestor::main | ancestor::*[@role='main']")]
        return next(iter(inside or found), None)

    def title(self, heading: str) -> str:
        """Choose the page's name: its h1, else what it calls itself, never the site's name."""
        if heading:
            return heading
        stated = [self._meta.get("og:title", ""), self._root.findtext(".//title") or ""]
        parts = (self._without_site(undecorated(t).replace("\n", " ")) for t in stated)
        return next((p for p in parts if p), "")

    def language(self) -> str:
        tag = self._root.get("lang") or self._root.get("{http://www.w3.org/XML/1998/namespace}lang")
        return as_tag(tag or self._meta.get("content-language", ""))

    def updated(self, text: str) -> date | None:
        """Find the day of the last change: stated for machines, else in the page's own words.

        text: of the page, for "Last updated: 3 March 2026".
        """
        stated = [self._meta.get(n, "") for n in _MODIFIED]
        stated += [str(o.get("dateModified") or "") for o in self.json_ld]
        days = (day_in(s) for s in stated)
        return next((d for d in days if d), None) or self._marked_day() or day_of_update(text)

    def canonical(self) -> str:
        links = self._root.xpath("//link[contains(concat(' ',@rel,' '),' canonical ')]/@href")
        return self._absolute(links[0]) if links else ""

    def description(self) -> str:
        return clean(self._meta.get("description") or self._meta.get("og:description") or "")[:1000]

    def breadcrumbs(self, title: str) -> tuple[str, ...]:
        return self._shown_path(title) or tuple(_without_itself(self._stated_path(), title))

    def metadata(self) -> Mapping[str, Any]:
        stated = {"description": self.description(), "json_ld": list(self.json_ld)}
        return {name: value for name, value in stated.items() if value}

    def _is_title(self, heading: HtmlElement) -> bool:
        text = undecorated(heading.text_content()).replace("\n", " ")
        above = [heading, *heading.iterancestors()]
        if not text or _NOT_TITLES.match(text) or not all(self._visible.shows(e) for e in above):
            return False
        if re.search(r"\b(?:logo|site-?name|site-?title|branding)\b", names(heading)):
            return False
        return text.lower() not in self._site_names()

    def _site_names(self) -> set[str]:
        stated = [self._meta.get("og:site_name", "")]
        parts = _SEPARATOR.split(clean(self._root.findtext(".//title") or ""))
        stated += [p for p in parts[1:] if _COUNCIL.search(p)]
        stated += self._root.xpath("//header//a[@href='/']//img/@alt")
        return {clean(s).lower() for s in stated if s.strip()}

    def _without_site(self, text: str) -> str:
        parts = [p.strip() for p in _SEPARATOR.split(text)]
        ends = len(parts)
        sites = self._site_names()
        while ends > 1 and (parts[ends - 1].lower() in sites or _COUNCIL.search(parts[ends - 1])):
            ends -= 1
        kept = text if ends == len(parts) else " - ".join(parts[:ends])
        return "" if kept.lower() in sites and len(parts) > 1 else kept

    def _marked_day(self) -> date | None:
        for mark in self._root.xpath("//time[@datetime]"):
            around = mark.getparent()
            box = " ".join(names(e) for e in mark.iterancestors())
            near = around.text_content() if around is not None else ""
            if "status" not in box and len(near) < 200 and speaks_of_update(near):
                return day_in(mark.get("datetime") or "") or day_of_update(near)
        return None

    def _shown_path(self, title: str) -> tuple[str, ...]:
        for trail in self._root.xpath(_BREADCRUMB):
            items = trail.xpath(".//li") or trail.xpath(".//a")
            texts = [undecorated(i.text_content()).replace("\n", " ").strip(" /") for i in items]
            current = [i for i in items if i.xpath("descendant-or-self::*[@aria-current]")]
            if texts and current and items[-1] is current[-1]:
                texts.pop()
            else:
                texts = _without_itself(texts, title)
            if any(texts):
                return tuple(t for t in texts if t)
        return ()

    def _stated_path(self) -> Iterator[str]:
        for item in self.json_ld:
            if item.get("@type") == "BreadcrumbList" and isinstance(
                item.get("itemListElement"), list
            ):
                for step in item["itemListElement"]:
                    yield from _step_name(step)

    def _absolute(self, href: str | None) -> str:
        try:
            full = urljoin(self._base, (href or "").strip())
            scheme = urlsplit(full)
        except ValueError:
            return ""
        return full if scheme.scheme in {"http", "https"} and scheme.netloc else ""


_MODIFIED = (
    *("dcterms.modified", "dc.date.modified", "article:modified_time", "og:updated_time"),
    *("dcterms.date.modified", "last-modified", "date.modified", "egms.updated"),
)


def title_from_address(url: str) -> str:
    """Make a title of an address whose page has none: "bulky-waste.html" -> "Bulky waste"."""
    name = unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
    words = re.sub(r"[-_+]+", " ", re.sub(r"\.\w{2,5}$", "", name)).strip()
    return words[:1].upper() + words[1:]


def _without_itself(path: Iterable[str], title: str) -> list[str]:
    steps = list(path)
    return steps[:-1] if steps and steps[-1].lower() == title.lower() else steps


def _base(root: HtmlElement, url: str) -> str:
    stated = next(iter(root.xpath("//base/@href")), "")
    try:
        return urljoin(url, str(stated))
    except ValueError:
        return url


def _step_name(step: object) -> Iterator[str]:
    if isinstance(step, dict):
        item = step.get("item")
        name = step.get("name") or (item.get("name") if isinstance(item, dict) else "")
        if isinstance(name, str) and name.strip():
            yield clean(name)


def _meta(root: HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for tag in root.iter("meta"):
        name = tag.get("name") or tag.get("property") or tag.get("http-equiv") or ""
        found.setdefault(name.lower(), tag.get("content") or "")
    return found


def _json_ld(root: HtmlElement) -> Iterator[dict[str, Any]]:
    room = _JSON_LIMIT
    for script in root.xpath("//script[@type='application/ld+json']"):
        text = script.text or ""
        room -= len(text)
        if room < 0:
            return
        try:
            stated = json.loads(text)
        except (ValueError, RecursionError):
            continue
        yield from _objects(stated)


def _objects(stated: object) -> Iterator[dict[str, Any]]:
    if isinstance(stated, list):
        for item in stated:
            yield from _objects(item)
    elif isinstance(stated, dict) and isinstance(stated.get("@graph"), list):
        yield from _objects(stated["@graph"])
    elif isinstance(stated, dict):
        yield stated

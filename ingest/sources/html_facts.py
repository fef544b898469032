"""Read from a page what a crawl must know: its links, and what it says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin

from lxml import etree, html


@dataclass(frozen=True, slots=True)
class HtmlFacts:
    """What a page tells robots.

    title: its <title> and first <h1>, to tell two pages apart; "" where it has neither.
    canonical: the address it gives itself, absolute, or "".
    links: absolute or broken addresses as written, in order, without rel=nofollow.
    """

    title: str = ""
    canonical: str = ""
    noindex: bool = False
    nofollow: bool = False
    links: tuple[str, ...] = ()


def read_html_facts(body: bytes, charset: str, url: str) -> HtmlFacts:
    """Read a page's links and what it tells robots; nothing where it cannot be parsed."""
    root = _parse(body, charset)
    if root is None:
        return HtmlFacts()
    base = _join(url, _first(root, "base", "href"))
    told = _told(root)
    return HtmlFacts(
        title=_title(root),
        canonical=_canonical(root, base),
        noindex="noindex" in told,
        nofollow="nofollow" in told,
        links=_links(root, base),
    )


def robots_told(*values: str) -> frozenset[str]:
    """Read directives such as `noindex, nofollow`; those for another robot by name are not ours."""
    told: set[str] = set()
    for value in values:
        told |= _directives(value)
    return frozenset(told | {"noindex", "nofollow"} if "none" in told else told)


def _directives(value: str) -> set[str]:
    found: set[str] = set()
    ours = True
    for part in value.lower().split(","):
        robot, colon, rest = part.partition(":")
        # `X-Robots-Tag: googlebot: noindex, nofollow` speaks to one robot until the next name.
        named = bool(colon) and robot.strip() not in _WITH_VALUE
        ours = robot.strip() in ("townclerk", "robots") if named else ours
        found |= {(rest if named else part).strip()} if ours else set()
    return found


_WITH_VALUE = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")


def _parse(body: bytes, charset: str) -> html.HtmlElement | None:
    for encoding in (charset or None, None):
        try:
            parser = html.HTMLParser(encoding=encoding, no_network=True, huge_tree=False)
            return html.document_fromstring(body, parser=parser)
        except LookupError:
            continue
        except (etree.ParserError, etree.XMLSyntaxError, ValueError):
            return None
    return None


def _first(root: html.HtmlElement, tag: str, attribute: str) -> str:
    found = (element.get(attribute) for element in root.iter(tag))
    return next((str(value).strip() for value in found if value), "")


def _told(root: html.HtmlElement) -> frozenset[str]:
    metas = [m for m in root.iter("meta") if m.get("name", "").lower() in ("robots", "townclerk")]
    return robots_told(*(meta.get("content", "") for meta in metas))


def _canonical(root: html.HtmlElement, base: str) -> str:
    # Only in the head: a canonical link in the text is somebody's content.
    heads = (link for head in root.iter("head") for link in head.iter("link"))
    links = [link.get("href", "").strip() for link in heads if "canonical" in _rel(link)]
    return _join(base, links[0]) if links and links[0] else ""


def _links(root: html.HtmlElement, base: str) -> tuple[str, ...]:
    links = dict.fromkeys(_link(element) for element in root.iter("a", "area", "link"))
    return tuple(dict.fromkeys(_join(base, link) for link in links if link))


def _link(element: html.HtmlElement) -> str:
    rel, href = _rel(element), (element.get("href") or "").strip()
    # The page in another language; every other <link> is for machines.
    is_page = element.tag != "link" or ("alternate" in rel and element.get("hreflang"))
    return href if is_page and "nofollow" not in rel and not href.startswith("#") else ""


def _rel(element: html.HtmlElement) -> list[str]:
    return (element.get("rel") or "").lower().split()


def _title(root: html.HtmlElement) -> str:
    firsts = (next(iter(root.iter(tag)), None) for tag in ("title", "h1"))
    words = ["" if first is None else " ".join(first.text_content().split()) for first in firsts]
    return "\n".join(words) if any(words) else ""


def _join(base: str, link: str) -> str:
    try:
        return urljoin(base, link.replace("\\", "/"))
    except ValueError:
        return link

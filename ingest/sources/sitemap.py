"""Read sitemaps and indexes of sitemaps, the broken and the hostile ones too."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from urllib.parse import urljoin

from lxml import etree

from ingest.gunzip import gunzip

# Room for 50,000 addresses, the most that sitemaps.org allows, of 400 bytes each.
MOST_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one sitemap lists. trouble: why it may hold less than it should, or ""."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    trouble: str = ""


def read_sitemap(body: bytes, url: str) -> Sitemap:
    """Read a sitemap in XML or plain text, packed with gzip or not."""
    try:
        plain = gunzip([body], MOST_BYTES) if body[:2] == b"\x1f\x8b" else body
    except OverflowError:
        return Sitemap(trouble=f"unpacks to more than {MOST_BYTES:,} bytes")
    except (EOFError, zlib.error):
        return Sitemap(trouble="is broken gzip")
    if plain.lstrip(b"\xef\xbb\xbf \t\r\n")[:4] == b"http":
        return Sitemap(pages=tuple(plain.decode("utf-8", "replace").split()))
    return _read_xml(plain, url)


def _read_xml(body: bytes, url: str) -> Sitemap:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        return Sitemap(trouble=f"is not XML: {error}")
    if root is None:
        return Sitemap(trouble="is not XML")
    if root.getroottree().docinfo.internalDTD is not None:
        return Sitemap(trouble="defines its own document type or entities, which is refused")
    return _listed(root, url, _first_error(parser))


def _first_error(parser: etree.XMLParser) -> str:
    errors = [entry for entry in parser.error_log if entry.level_name != "WARNING"]
    return f"is broken XML in line {errors[0].line}: {errors[0].message}" if errors else ""


def _listed(root: etree._Element, url: str, trouble: str) -> Sitemap:
    if etree.QName(root).localname not in ("urlset", "sitemapindex"):
        return Sitemap(trouble=trouble or "is not a sitemap")
    pages = _locations(root, "url", url) + _alternates(root, url)
    return Sitemap(tuple(pages), tuple(_locations(root, "sitemap", url)), trouble)


def _locations(root: etree._Element, kind: str, url: str) -> list[str]:
    found = root.iterfind(f"{{*}}{kind}/{{*}}loc")
    texts = ((loc.text or "").strip() for loc in found)
    return [_joined(url, text) for text in texts if text]


def _alternates(root: etree._Element, url: str) -> list[str]:
    found = root.iterfind("{*}url/{http://www.w3.org/1999/xhtml}link[@href]")
    return [_joined(url, link.get("href", "")) for link in found if link.get("rel") == "alternate"]


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:
        return link

"""Read one council web page into a Document."""

from __future__ import annotations

import re

from lxml import etree, html
from lxml.html import HtmlElement

from ingest.decode import decoded
from ingest.document import Block, Document, Unreadable
from ingest.html_about import About, title_from_address
from ingest.html_blocks import Walk
from ingest.html_page import HtmlPage
from ingest.html_visible import names
from ingest.plain_text import clean, undecorated, word_count

LARGEST = 10_000_000

# No page means them, and XPath takes no name that holds one.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_NOTICE = re.compile(
    r"\b(?:localgov-alert-banner|site-?(?:wide-)?(?:alert|notice|message|announcement)s?"
    r"|emergency-(?:banner|alert|message|notice)|alert-(?:banner|bar)|notification-banner"
    r"|global-(?:alert|message|notice|bar)|update-banner|announcement-(?:bar|banner)"
    r"|service-alert|important-notice|news-?flash|warning-banner|system-message)\b"
)
_COOKIES = re.compile(r"cookie|consent|gdpr")
_SCRIPT_ROOT = "//*[@id='root' or @id='app' or @id='__next' or @id='___gatsby' or @id='main-app']"
_EMPTY_RESULTS = (
    "//*[not(*) and not(normalize-space()) and (contains(@id,'result') or contains(@id,'list')"
    " or contains(@id,'calendar') or contains(@id,'container') or contains(@id,'search')"
    " or contains(@id,'content') or contains(@class,'results') or contains(@aria-live,'polite'))]"
)
_SOFT_ERROR = re.compile(
    r"^\W*(?:error\s*)?(?:40[0134]|410|50[0234])?\W*(?:error\W*)?(?:(?:the |this )?page (?:you"
    r" requested |you were looking for )?(?:(?:was |is |can ?not be |could not be |can't be )?"
    r"(?:not )?found|does(?: not|n't) exist|(?:is )?(?:missing|not available|no longer available))"
    r"|not found|page missing|access denied|forbidden|service unavailable|bad gateway"
    r"|internal server error|(?:sorry|oops)\W.{0,60}(?:problem|wrong|found|exist|error).{0,40}"
    r"|(?:something|an error) (?:went wrong|(?:has )?occurred).{0,60}"
    r"|(?:site|website) (?:is )?(?:down for|under|undergoing) maintenance"
    r"|just a moment|attention required.{0,40}|are you (?:a )?(?:human|robot).{0,30}"
    r"|ni (?:ddaethpwyd|chafwyd) (?:o hyd i'r dudalen|hyd i'r dudalen))\W*$"
    r"|^\W*(?:40[34]|50[0234])\W*$",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"^(?:sign in|log ?in|login|mewngofnodi)\b", re.IGNORECASE)
_FEWEST_WORDS = 5
_FEW_WORDS = 25


def read_html(body: bytes, url: str, charset: str = "") -> Document:
    """Read a page's title and content; raises Unreadable where it holds none for citizens."""
    page = HtmlPage.of(_parsed(body, charset))
    about = About(page.root, url, page.visible)
    heading = about.title_heading()
    title = about.title(_text_of(heading, page)) or title_from_address(url)
    notices = _notices(page)
    walk = _walked(page, title, [*notices, *([heading] if heading is not None else [])], heading)
    _check(page.root, title, walk)
    return Document(
        title=title,
        blocks=tuple(walk.blocks),
        language=about.language(),
        updated=about.updated(_whole_text(page.root)),
        canonical=about.canonical(),
        breadcrumbs=about.breadcrumbs(title),
        notices=tuple(filter(None, (_notice_text(notice, page) for notice in notices))),
        metadata=about.metadata(),
    )


def _parsed(body: bytes, charset: str) -> HtmlElement:
    if len(body) > LARGEST:
        raise Unreadable(f"too large: over {LARGEST // 1_000_000} MB of HTML")
    text = _CONTROL.sub("", decoded(body, charset))
    if not text.strip():
        raise Unreadable("empty: the page has no bytes to read")
    parser = html.HTMLParser(encoding="utf-8", huge_tree=False, recover=True)
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise Unreadable(f"not readable as HTML: {error}") from error
    if any("RESOURCE_LIMIT" in entry.type_name for entry in parser.error_log):
        raise Unreadable("not readable as HTML: it is nested too deeply, or too large")
    for trash in root.xpath("//comment() | //processing-instruction()"):
        _drop(trash)
    return root


def _drop(node: HtmlElement) -> None:
    parent = node.getparent()
    if parent is not None:
        node.drop_tree() if hasattr(node, "drop_tree") else parent.remove(node)


def _text_of(element: HtmlElement | None, page: HtmlPage) -> str:
    return "" if element is None else Walk(page).text(element).replace("\n", " ")


def _walked(
    page: HtmlPage, title: str, skipped: list[HtmlElement], heading: HtmlElement | None
) -> Walk:
    """Walk the content; where it says nothing, once more with its menus (a landing page)."""
    walk = Walk(page, title=title)
    walk.skip(skipped)
    for room in _rooms(page, heading):
        walk.take(room)
    main = _main(page)
    if _words(walk.blocks) >= _FEW_WORDS or main is None:
        return walk
    menus = Walk(page, title=title, keep_menus=True)
    menus.skip(skipped)
    menus.take(main)
    menus.awaited += walk.awaited
    return menus if _words(menus.blocks) > _words(walk.blocks) else walk


def _rooms(page: HtmlPage, heading: HtmlElement | None) -> list[HtmlElement]:
    main = _main(page)
    if main is not None:
        return [*_ledes(page, heading, main), *_rooms_before(page, main), main]
    body = page.root.find("body")
    return [page.root if body is None else body]


def _main(page: HtmlPage) -> HtmlElement | None:
    """Find the element that holds the content, None where only the whole page does."""
    stated = page.root.xpath("//main | //*[@role='main']")
    found = stated or page.root.xpath("//*[@id='main-content' or @id='content' or @id='main']")
    if not found:
        articles = page.root.xpath("//article[not(ancestor::article)]")
        found = articles if len(articles) == 1 else []
    shown = [m for m in found if page.visible.shows(m)]
    best = max(shown, key=page.weights.words, default=None)
    if best is not None and not stated and page.weights.words(best) < _FEWEST_WORDS:
        return None
    return best


def _ledes(page: HtmlPage, heading: HtmlElement | None, main: HtmlElement) -> list[HtmlElement]:
    """Find the sentences that stand under a title outside the main content."""
    if heading is None or main in heading.iterancestors():
        return []
    after = [e for e in heading.itersiblings() if e.tag == "p"]
    return [e for e in after if page.weights.words(e) >= 6]


def _rooms_before(page: HtmlPage, main: HtmlElement) -> list[HtmlElement]:
    """Find content that a page shows between its header and its main content ("hero")."""
    rooms: list[HtmlElement] = []
    for at in [main, *main.iterancestors()]:
        before = at.itersiblings(preceding=True)
        boxes = [e for e in before if e.tag in {"section", "div", "article"}]
        rooms = [*reversed(boxes), *rooms]
    return [r for r in rooms if page.weights.words(r) >= 8 and not page.furniture.holds(r)]


def _notices(page: HtmlPage) -> list[HtmlElement]:
    found: list[HtmlElement] = []
    for element in page.root.iter("div", "section", "article", "aside", "p"):
        if not _is_notice(element, page.weights.words(element)):
            continue
        shown = page.visible.shows(element) or _is_drupal_notice(element)
        if shown and not any(above in found for above in element.iterancestors()):
            found.append(element)
    return found


def _is_drupal_notice(element: HtmlElement) -> bool:
    return "localgov-alert-banner" in names(element)


def _is_notice(element: HtmlElement, words: int) -> bool:
    said = names(element)
    alert = element.get("role") == "alert"
    if not 3 <= words <= 300 or not (alert or _NOTICE.search(said)) or _COOKIES.search(said):
        return False
    if element.xpath("boolean(.//h1 | .//main)"):
        return False
    inside = element.xpath("boolean(ancestor::main | ancestor::*[@role='main'])")
    if inside or _NOTICE.search(said):
        return not inside or _is_drupal_notice(element)
    return bool(element.xpath("boolean(following::main | following::*[@role='main'])"))


def _notice_text(notice: HtmlElement, page: HtmlPage) -> str:
    walk = Walk(page)
    walk.take(notice)
    lines = (f"**{b.text}**" if b.kind == "heading" else b.text for b in walk.blocks if b.text)
    return "\n\n".join(lines)


def _whole_text(root: HtmlElement) -> str:
    """Give the text of the page for dates, without boxes that carry dates of their own."""
    texts: list[str] = []
    for text in root.xpath(
        "//body//text()[not(ancestor::script or ancestor::style or ancestor::noscript)]"
        "[not(ancestor::*[contains(@class,'status') or contains(@class,'news')])]"
    ):
        texts.append(clean(str(text)))
    return "\n".join(texts).replace(":\n", ": ").replace("updated\n", "updated ")


def _check(root: HtmlElement, title: str, walk: Walk) -> None:
    """Raise Unreadable for what looks like a page and is none."""
    words = _words(walk.blocks)
    if words < 250 and (_SOFT_ERROR.match(title) or _SOFT_ERROR.match(_first_line(walk.blocks))):
        raise Unreadable(f"an error page: {title or 'without a title'}")
    if words < 120 and root.xpath("//input[@type='password']"):
        raise Unreadable("a sign-in page: it asks for a password")
    if words < 40 and _LOGIN.match(title):
        raise Unreadable(f"a sign-in page: {title}")
    if words < _FEW_WORDS and (reason := _waits_for_script(root, walk, words)):
        raise Unreadable(f"needs JavaScript: {reason}")
    if words < _FEWEST_WORDS:
        raise Unreadable("almost no words of its own: nothing to answer from")


def _waits_for_script(root: HtmlElement, walk: Walk, words: int) -> str:
    if not root.xpath("//script[@src or not(@type='application/ld+json')]"):
        return ""
    if walk.awaited:
        return f"the page only says {walk.awaited[0]!r} without it"
    if any(not clean(e.text_content()) for e in root.xpath(_SCRIPT_ROOT)):
        return "the page is an empty shell without it"
    if "javascript" in " ".join(root.xpath("//noscript//text()")).lower() and words < 15:
        return "the page says so"
    in_main = root.xpath(f"(//main | //*[@role='main']){_EMPTY_RESULTS.replace('//*', '//*', 1)}")
    return "its content is filled in by a script" if in_main else ""


def _first_line(blocks: list[Block]) -> str:
    return undecorated(blocks[0].text.split("\n")[0]) if blocks else ""


def _words(blocks: list[Block]) -> int:
    return sum(word_count(b.text) for b in blocks if b.kind != "heading")

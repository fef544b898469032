"""Tell the furniture of a website (menus, banners, feedback boxes) from what a page says."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from ingest.html_visible import names
from ingest.plain_text import clean, word_count

_ROLES = {"navigation", "search", "contentinfo", "menu", "menubar", "toolbar", "tablist", "log"}
_TAGS = {
    *("script", "style", "noscript", "template", "svg", "canvas", "iframe", "object", "embed"),
    *("video", "audio", "map", "head", "link", "meta", "base", "input", "select", "textarea"),
    *("datalist", "progress", "meter", "output", "dialog", "applet", "frameset", "del", "s"),
    *("strike", "math", "rp", "rt"),
}
# Whole names only: the id of a section on skip hire or loading bays is no skip link, no spinner.
_NAMES = re.compile(
    r"(?:[a-z0-9]+-){0,2}(?:cookie-?(?:banner|consent|notice|bar|popup|message|control)s?"
    r"|(?:onetrust|cookiebot|ccc|civic)-[\w-]+|cc-window|skip-?links?|skip-?nav|skip-to-[\w-]+"
    r"|breadcrumbs?(?:-\w+)*|pager|pagination|prev-?next|table-of-contents|toc|on-this-page"
    r"|in-page-nav|jump-links?|anchor-links|page-contents|contents-list|back-to-top(?:-\w+)*"
    r"|print-(?:page|link|this)|social-(?:links?|share|sharing|icons?|buttons?)"
    r"|share-(?:this|links?|page|buttons?|icons?)|addthis[\w-]*|addtoany[\w-]*|sharethis"
    r"|search-(?:form|box|bar|wrapper|wrap|results-count)|a11y-(?:widget|panel|toolbar)"
    r"|accessibility-(?:tools?|widget|toolbar)|userway|recite[\w-]*|browsealoud"
    r"|google-translate[\w-]*|gtranslate[\w-]*|language-switcher|translate-widget"
    r"|chat-?(?:widget|bot)|live-?chat|toast|snackbar|spinner|loader|loading|skeleton"
    r"|page-feedback|feedback-(?:panel|form|widget|banner|bar)|site-footer|site-header"
    r"|contextual-links|tabs--primary)(?:--[\w-]+)?"
)
_RELATED = re.compile(r"\brelated\b|\brelated-|see-also|further-links|more-in-this-section")
_RELATED_HEADING = re.compile(
    r"^(?:related (?:pages?|links?|content|information|topics?|articles?|services?|documents?)"
    r"|see also|you may also be interested in|more (?:in|from) this (?:section|guide|topic)"
    r"|also in this section|share this page"
    r"|share|follow us|(?:on|in) this page|contents|page contents|jump to(?: section)?"
    r"|tudalennau cysylltiedig|dolenni cysylltiedig|ar y dudalen hon)\W*$",
    re.IGNORECASE,
)
_FEEDBACK = re.compile(
    r"(?:was|is|did you find|how (?:useful|helpful) (?:was|is|did you find)) this page"
    r"|did you find what you were looking for|rate this page|(?:is there|report) (?:anything|a"
    r" problem|something) (?:wrong )?with this page|help us improve (?:this|our) (?:page|web ?site)"
    r"|give (?:us )?feedback (?:on|about) this page|oedd y dudalen hon",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"^\W*(?:back|top|to top|print(?: (?:this )?page)?"
    r"|(?:(?:go )?back|return) to (?:the )?(?:.{0,40} )?"
    r"(?:top|home|start|search|results|list|index|map|menu|contents|previous|page|overview)"
    r"|skip to .{1,40}|share|menu|close|dismiss|hide this message|show all|hide all|open all"
    r"|close all|expand all|collapse all|show|hide|next|previous|edit this page)\W*$",
    re.IGNORECASE,
)
_TASKS = re.compile(r"cta-block|top-tasks|service-list|landing|topic-list|teaser")
_ROOMS = {"main", "body", "html", "form"}


def is_chrome(element: HtmlElement, *, keep_menus: bool = False) -> bool:
    """Tell whether an element belongs to the site and not to the page.

    keep_menus: for a page that says nothing but in its menus.
    """
    if element.tag in _TAGS or (element.get("role") or "").lower() in _ROLES - {"navigation"}:
        return True
    if element.tag in _ROOMS and not _is_small_form(element):
        return False
    if element.tag == "nav" or element.get("role") == "navigation":
        return not keep_menus and not _says_something(element)
    if element.tag == "a" and is_way_back(element.text_content()):
        return True
    return _is_named_chrome(element, keep_menus)


def is_way_back(text: str) -> bool:
    """Tell a link or line that only moves about the site or the page."""
    return bool(_BACK.match(clean(text).replace("\n", " ")))


def asks_for_feedback(text: str) -> bool:
    """Tell "Was this page helpful?" and its like."""
    return bool(_FEEDBACK.search(text)) and word_count(text) <= 20


def _is_small_form(element: HtmlElement) -> bool:
    return element.tag == "form" and word_count(element.text_content()) < 60


def _is_named_chrome(element: HtmlElement, keep_menus: bool) -> bool:
    if re.fullmatch(r"h[1-6]", str(element.tag)):
        return False
    said = names(element)
    if any(map(_NAMES.fullmatch, said.split())) and not _holds_the_page(element):
        return True
    if _RELATED.search(said) and _is_links(element):
        return True
    return not keep_menus and _is_boxed_up(element)


def _holds_the_page(element: HtmlElement) -> bool:
    return bool(element.xpath(".//main | .//*[@role='main'] | .//h1"))


def _is_boxed_up(element: HtmlElement) -> bool:
    """Find a box that opens with "Related pages" or "Was this page helpful?"."""
    if element.tag not in {"section", "aside", "div", "form", "article", "fieldset", "details"}:
        return False
    opening = _opening_line(element)
    if _RELATED_HEADING.match(opening):
        return _is_links(element)
    if asks_for_feedback(opening):
        return word_count(element.text_content()) <= 80 and not _holds_the_page(element)
    return False


def _opening_line(element: HtmlElement) -> str:
    at = element
    while len(at) and not (at.text or "").strip():
        child = next((c for c in at if isinstance(c.tag, str) and c.tag not in _TAGS), None)
        if child is None:
            break
        at = child
        if re.fullmatch(r"h[1-6]|p|legend|strong|summary", str(at.tag)):
            break
    return clean(at.text_content()[:300]).replace("\n", " ")


def _is_links(element: HtmlElement) -> bool:
    """Tell whether nearly all the words are links; a heading and a few words may stand by."""
    linked = sum(word_count(a.text_content()) for a in element.iter("a"))
    total = word_count(element.text_content())
    headed = sum(word_count(h.text_content()) for h in element.xpath(".//h2|.//h3|.//h4|.//p[1]"))
    return linked > 0 and total - linked <= min(max(6, headed), 12)


def _says_something(element: HtmlElement) -> bool:
    """Tell a landing page's list of services, built as a menu, from a menu."""
    if _TASKS.search(names(element)):
        return True
    linked = sum(word_count(a.text_content()) for a in element.iter("a"))
    texts = element.xpath(".//p[normalize-space()]")
    return len(texts) >= 2 and word_count(element.text_content()) - linked >= 15

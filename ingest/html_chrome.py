"""Tell the furniture of a website (menus, banners, feedback boxes) from what a page says."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from ingest.html_visible import names
from ingest.html_weights import Weights
from ingest.plain_text import clean, word_count

_ROLES = {"search", "contentinfo", "menu", "menubar", "toolbar", "tablist", "log"}
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
    r"|masthead|page-feedback|feedback-(?:panel|form|widget|banner|bar)|site-footer|site-header"
    r"|contextual-links|tabs--primary)(?:--[\w-]+)?"
)
_RELATED = re.compile(r"\brelated\b|\brelated-|see-also|further-links|more-in-this-section")
_RELATED_HEADING = re.compile(
    r"^(?:related"
    r"|related (?:pages?|links?|content|information|topics?|articles?|services?|documents?)"
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
_BOXES = {"section", "aside", "div", "form", "article", "fieldset", "details"}
_ROOMS = {"main", "body", "html", "form"}


class Furniture:
    """Judges the elements of one page."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def holds(self, element: HtmlElement, *, keep_menus: bool = False) -> bool:
        """Tell whether an element belongs to the site and not to the page.

        keep_menus: for a page that says nothing but in its menus.
        """
        role = (element.get("role") or "").lower()
        if element.tag in _TAGS or role in _ROLES:
            return True
        if element.tag in _ROOMS and not self._is_small_form(element):
            return False
        if element.tag == "nav" or role == "navigation":
            return not keep_menus and not self._says_something(element)
        if element.tag == "a" and is_way_back(_opening(element, 100)):
            return True
        return self._is_named(element) or (not keep_menus and self._is_boxed_up(element))

    def _is_small_form(self, element: HtmlElement) -> bool:
        return element.tag == "form" and self._weights.words(element) < 60

    def _is_named(self, element: HtmlElement) -> bool:
        if re.fullmatch(r"h[1-6]", str(element.tag)):
            return False
        said = names(element)
        if any(map(_NAMES.fullmatch, said.split())) and not _holds_the_page(element):
            return True
        return bool(_RELATED.search(said)) and self._is_links(element)

    def _is_boxed_up(self, element: HtmlElement) -> bool:
        """Find a box that opens with "Related pages" or "Was this page helpful?"."""
        if element.tag not in _BOXES:
            return False
        opening = _opening_line(element)
        if _RELATED_HEADING.match(opening):
            return self._is_links(element)
        if self._weights.words(element) <= 80 and asks_for_feedback(opening):
            return not _holds_the_page(element)
        return False

    def _is_links(self, element: HtmlElement) -> bool:
        """Tell whether nearly all the words are links; a heading and a few words may stand by."""
        linked, total = self._weights.linked(element), self._weights.words(element)
        if not linked or total - linked > 12:
            return False
        headed = sum(map(self._weights.words, element.xpath(".//h2|.//h3|.//h4|.//p[1]")))
        return total - linked <= max(6, headed)

    def _says_something(self, element: HtmlElement) -> bool:
        """Tell a landing page's list of services, built as a menu, from a menu."""
        if _TASKS.search(names(element)):
            return True
        texts = element.xpath(".//p[normalize-space()]")
        return (
            len(texts) >= 2 and self._weights.words(element) - self._weights.linked(element) >= 15
        )


def is_way_back(text: str) -> bool:
    """Tell a link or line that only moves about the site or the page."""
    return len(text) <= 100 and bool(_BACK.match(clean(text).replace("\n", " ")))


def asks_for_feedback(text: str) -> bool:
    """Tell "Was this page helpful?" and its like."""
    return len(text) <= 300 and bool(_FEEDBACK.search(text)) and word_count(text) <= 20


def _holds_the_page(element: HtmlElement) -> bool:
    return bool(element.xpath("boolean(.//main | .//*[@role='main'] | .//h1)"))


def _opening_line(element: HtmlElement) -> str:
    at = element
    while len(at) and not (at.text or "").strip():
        child = next((c for c in at if isinstance(c.tag, str) and c.tag not in _TAGS), None)
        if child is None:
            break
        at = child
        if re.fullmatch(r"h[1-6]|p|legend|strong|summary", str(at.tag)):
            break
    return clean(_opening(at, 300)).replace("\n", " ")


def _opening(element: HtmlElement, most: int) -> str:
    """Give the first characters of an element's text, and one more where there are more."""
    text = ""
    for piece in element.itertext():
        text += piece
        if len(text) > most:
            break
    return text[: most + 1]

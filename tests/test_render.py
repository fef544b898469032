"""An answer's Markdown becomes HTML that can do nothing but be read."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.render import render

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](vbscript:msgbox)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](//evil.example)",
    "[x](/relative)",
    '[x](https://a.example "onmouseover=alert(1)")',
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe src='https://evil.example'></iframe>",
    "<style>@import url(https://evil.example)</style>",
    "<form action=https://evil.example><input name=a></form>",
    '<math><mtext></table><mglyph><style><!--</style><img title="--><img src=1 onerror=alert(1)>">',
    "`<script>` [1](javascript:alert(1))",
    "[1](javascript:alert(1))",
    '[1"><script>alert(1)</script>]',
    "[[1]](javascript:alert(1))",
    "x\n\n    <script>alert(1)</script>",
    "| <script> |\n|---|\n| [a](javascript:b) |",
]

TAG = re.compile(r"<([a-z0-9]+)([^>]*)>")
HREF = re.compile(r'href="([^"]*)"')
SAFE_HREF = re.compile(r"(?:https?:|mailto:|tel:)|#citation-\d{1,3}$")
SAFE_ATTRIBUTE = re.compile(r'\s(?:href|class|rel|start|scope)="[^"<>]*"')
TAGS = (
    "a br code em h3 h4 h5 h6 hr li ol p s strong table tbody td th thead tr ul blockquote pre"
).split()


def harmless(html: str) -> bool:
    tags = TAG.findall(html)
    return (
        all(name in TAGS and not SAFE_ATTRIBUTE.sub("", rest).strip(" /") for name, rest in tags)
        and all(SAFE_HREF.match(to) for to in HREF.findall(html))
        and html.count("<") == len(tags) + html.count("</")
    )


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_becomes_plain_text(attack: str) -> None:
    assert harmless(render(attack))


@given(
    st.lists(st.sampled_from([*ATTACKS, "[1]", "*", "`", "\n", "](", "<", "a", "|"]), max_size=6)
)
def test_attacks_put_together_stay_harmless(parts: list[str]) -> None:
    assert harmless(render("".join(parts)))


@given(st.text(max_size=200))
def test_any_text_stays_harmless(text: str) -> None:
    assert harmless(render(text))


def test_links_are_kept_and_give_nothing_away() -> None:
    html = render("[bins](https://a.example/b?c=1) [call](tel:01632960001) <mailto:a@b.example>")
    assert html.count('rel="noopener noreferrer nofollow"') == 3
    assert 'href="https://a.example/b?c=1"' in html
    assert 'href="tel:01632960001"' in html


def test_a_citation_mark_links_to_its_citation() -> None:
    html = render("By 7am. [12]\n\n- Mirrors [1]")
    assert 'href="#citation-12" class="citation"' in html
    assert ">[1]</a>" in html


def test_a_mark_in_code_or_a_link_stays_as_it_is() -> None:
    assert "citation" not in render("`[1]` [x [1] y](https://a.example)")


def test_a_table_has_column_heads() -> None:
    html = render("| a | b |\n|---|---|\n| 1 | 2 |")
    assert html.count('<th scope="col">') == 2
    assert "<td>2</td>" in html

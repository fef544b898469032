"""Find a price that another page of the council states otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chatbot.asked import asks_for
from chatbot.meanings import Meanings
from chatbot.weigh import Scored, now

# Of 82 questions about prices on two councils' pages, two are met by pages that disagree: their
# pieces come to .57 and more alone, and to .73 and more in their places; the next to .43 and .59.
ALONE = 0.5
IN_PLACE = 0.65

_FIRST = 3
_AS_MANY_WORDS = 0.6
_PRICE = re.compile(r"£\d[\d,]*(?:\.\d\d)?")
_FIGURES = re.compile(r"[£\d.,|%-]+")


@dataclass(frozen=True, slots=True)
class Differing:
    """Two pieces with different prices for the same thing, the one that counts first."""

    newer: Scored
    older: Scored


def differing(text: str, scored: Sequence[Scored], meanings: Meanings) -> Differing | None:
    """Look among the pieces, best first, for two prices of the same thing on different pages."""
    if "money" not in asks_for(now(text)):
        return None
    lead = next((one for one in scored[:_FIRST] if _prices(one)), None)
    if lead is None:
        return None
    for other in scored:
        if _may_differ(lead, other) and _same_thing(lead, other, meanings):
            older = _stated(other) > _stated(lead)
            return Differing(other, lead) if older else Differing(lead, other)
    return None


def _may_differ(lead: Scored, other: Scored) -> bool:
    prices = _prices(other)
    return (
        other.match.page_url != lead.match.page_url
        and other.match.language == lead.match.language
        and bool(prices)
        and prices.isdisjoint(_prices(lead))
        and other.words >= _AS_MANY_WORDS * lead.words
    )


def _same_thing(lead: Scored, other: Scored, meanings: Meanings) -> bool:
    alone = meanings.near(_without_figures(lead.said), [_without_figures(other.said)])
    if alone[0] < ALONE:
        return False
    in_place = meanings.near(_in_place(lead), [_in_place(other)])
    return bool(in_place[0] >= IN_PLACE)


def _stated(one: Scored) -> date:
    return one.match.updated or date.min


def _prices(one: Scored) -> frozenset[str]:
    found = _PRICE.findall(one.said)
    return frozenset(price.replace(",", "").removesuffix(".00") for price in found)


def _in_place(one: Scored) -> str:
    headings = (one.match.title, *one.match.headings)
    return _without_figures(" ".join((*headings, one.said)))


def _without_figures(text: str) -> str:
    return " ".join(_FIGURES.sub(" ", text).split())

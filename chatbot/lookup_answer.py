"""Answer a lookup in the council's words: the days to come, or why there are none to tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from chatbot.automation import Automation, Lookup
from chatbot.council import Council
from chatbot.dates import show_date
from chatbot.hours import in_london
from chatbot.lookup import Looked, look_up, sure_key
from chatbot.messages import as_markdown
from chatbot.types import Action, Question

# More than a few weeks ahead is what the calendar is for.
_DAYS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class LookupAnswer:
    """Looks things up in the files of one council's folder."""

    council: Council

    def __call__(
        self, automation: Automation, values: Mapping[str, Any], question: Question
    ) -> tuple[tuple[str, ...], tuple[Action, ...]]:
        """Give the days to come, with a link to a calendar of them.

        Where the addresses of a postcode have different days, gives a reply for each, to be joined
        to the value.
        """
        does, language = automation.does, question.language
        assert isinstance(does, Lookup)
        today = in_london(question.at)
        value = values.get(does.key, "")
        looked = look_up(does, self.council.folder, value, today, language)
        words = self.council.words(f"form.lookup.{looked.state}", language, at=question.at)
        if looked.state == "which":
            return words, tuple(Action(f"look:{one}", "reply", one) for one in looked.addresses)
        if looked.state != "found":
            contact = self.council.label("contact", language)
            return words, (Action("contact", "link", contact, self.council.contact.url),)
        calendar = self._calendar(automation, does, value, looked, today, language)
        return (*words, _days(looked, language)), calendar

    def _calendar(
        self,
        automation: Automation,
        does: Lookup,
        value: Any,
        looked: Looked,
        today: date,
        language: str,
    ) -> tuple[Action, ...]:
        """Link to a calendar, where a postcode or UPRN alone brings the same."""
        key = sure_key(value)
        if not key or look_up(does, self.council.folder, key, today, language) != looked:
            return ()
        path = f"/v1/councils/{self.council.slug}/calendars/{automation.name}.ics"
        asked = {"key": key} | ({} if language == "en" else {"language": language})
        label = self.council.label("calendar", language)
        return (Action("calendar", "link", label, f"{path}?{urlencode(asked)}"),)


def _days(looked: Looked, language: str) -> str:
    lines = []
    for day, on_it in groupby(looked.found, key=lambda one: one[0]):
        what = as_markdown("", ", ".join(words for _, words in on_it if words))
        lines.append(f"- **{show_date(day, language)}**" + (f": {what}" if what else ""))
    return "\n".join(lines[:_DAYS_SHOWN])

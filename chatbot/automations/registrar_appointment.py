"""An appointment with the registrar, which needs code: a look at several details together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from chatbot.automation import Automation, Finding, Now, Values
from chatbot.automations.found import read_packaged

_DAYS_TO_REGISTER_A_BIRTH = {"scotland": 21}
_USUALLY = 42


def registrar_appointment() -> Automation:
    """Make it of the words beside this file and the check below."""
    return replace(read_packaged(Path(__file__).with_suffix(".toml")), check=check)


def check(values: Values, now: Now) -> Finding | None:
    """Stop what is too early to register, and say what will be late."""
    if values.get("event") == "death" and values.get("ready") is False:
        return Finding(
            {
                "en": "You can register a death only when the papers are ready. Please wait until "
                "you are told that they are, and ask for an appointment then. We are sorry for "
                "your loss.",
                "cy": "Dim ond pan fydd y papurau'n barod y gallwch gofrestru marwolaeth. Arhoswch "
                "nes i chi gael gwybod eu bod yn barod, ac wedyn gofynnwch am apwyntiad. Mae'n "
                "ddrwg gennym am eich colled.",
            },
            ends=True,
        )
    born, day = _day(values, "birth_date"), _day(values, "day")
    limit = _DAYS_TO_REGISTER_A_BIRTH.get(now.nation, _USUALLY)
    if values.get("event") == "birth" and born and day and (day - born).days > limit:
        return Finding(
            {
                "en": f"That day is more than {limit} days after the birth, by when it should be "
                "registered. You can still come. An earlier day is better, if one suits you.",
                "cy": f"Mae'r diwrnod hwnnw fwy na {limit} diwrnod ar ôl yr enedigaeth, sef y "
                "terfyn ar gyfer ei chofrestru. Cewch ddod serch hynny. Mae diwrnod cynharach yn "
                "well, os oes un yn gyfleus i chi.",
            }
        )
    return None


def _day(values: Values, name: str) -> date | None:
    value = values.get(name)
    return date.fromisoformat(value) if isinstance(value, str) else None

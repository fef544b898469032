"""Measure the check of claims: true paraphrases that are dropped, false claims that are caught."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chatbot.claim_check import Bounds, Near, check_claim

CLAIMS = Path(__file__).parent / "claims.jsonl"
SEED = 20261124

Half = Literal["fitting", "reporting"]
Label = Literal["holds", "flipped", "changed", "foreign", "added"]


@dataclass(frozen=True, slots=True)
class LabelledClaim:
    """A statement with the sentence it was written from.

    label: it holds; a negation or condition of it is flipped or gone; one number, date or name in
        it is changed; it is about something else; or it goes on with something else.
    half: bounds and rules were chosen on the fitting half alone.
    """

    source: str
    claim: str
    label: Label
    half: Half


@dataclass(frozen=True, slots=True)
class Checked:
    """How the check did, in numbers of claims by label. wrong: those it judged wrongly."""

    counts: Mapping[str, int]
    wrong: Mapping[str, int]
    mistakes: Sequence[tuple[LabelledClaim, str]]

    def rate(self, label: Label) -> float:
        """Share of a label's claims that were judged wrongly."""
        return self.wrong.get(label, 0) / (self.counts.get(label, 0) or 1)


def read_claims(half: Half) -> list[LabelledClaim]:
    """Read one half of the labelled claims; the halves share no sentence."""
    lines = CLAIMS.read_text(encoding="utf-8").splitlines()
    everything = [LabelledClaim(**json.loads(line)) for line in lines]
    return [one for one in everything if one.half == half]


def changed_claims(
    claims: Sequence[LabelledClaim], count: int, seed: int = SEED
) -> list[LabelledClaim]:
    """Make false claims of true ones: one number, date, time, price or name changed in each."""
    chance = random.Random(seed)  # noqa: S311
    true = [one for one in claims if one.label == "holds"]
    made: dict[str, LabelledClaim] = {}
    for _ in range(20 * count):
        one = chance.choice(true)
        ways = [way for way in _WAYS if way.found(one.claim)]
        if ways:
            claim = chance.choice(ways).change(one.claim, chance)
            if claim not in (one.claim, one.source):
                made.setdefault(claim, LabelledClaim(one.source, claim, "changed", one.half))
        if len(made) == count:
            break
    return list(made.values())


def foreign_claims(
    claims: Sequence[LabelledClaim], count: int, seed: int = SEED
) -> list[LabelledClaim]:
    """Pair true claims with sentences that say something else."""
    chance = random.Random(seed)  # noqa: S311
    true = [one for one in claims if one.label == "holds"]
    pairs = [(chance.choice(true), chance.choice(true)) for _ in range(2 * count)]
    return [
        LabelledClaim(other.source, one.claim, "foreign", one.half)
        for one, other in pairs
        if one.source != other.source
    ][:count]


def added_claims(
    claims: Sequence[LabelledClaim], count: int, seed: int = SEED
) -> list[LabelledClaim]:
    """Go on after a true claim with another one, that its sentence says nothing of."""
    chance = random.Random(seed)  # noqa: S311
    true = [one for one in claims if one.label == "holds"]
    pairs = [(chance.choice(true), chance.choice(true)) for _ in range(2 * count)]
    return [
        LabelledClaim(
            one.source,
            f"{one.claim.rstrip('.')}, and {other.claim[0].lower()}{other.claim[1:]}",
            "added",
            one.half,
        )
        for one, other in pairs
        if one.source != other.source
    ][:count]


def measure_claims(
    claims: Sequence[LabelledClaim], near: Near | None, bounds: Bounds | None = None
) -> Checked:
    """Check every claim against its source, and count what was judged wrongly."""
    counts: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    mistakes = []
    for one in claims:
        verdict = check_claim(one.claim, one.source, near=near, bounds=bounds)
        counts[one.label] += 1
        if verdict.holds != (one.label == "holds"):
            wrong[one.label] += 1
            mistakes.append((one, verdict.why))
    return Checked(dict(counts), dict(wrong), mistakes)


@dataclass(frozen=True, slots=True)
class _Way:
    pattern: re.Pattern[str]
    other: Callable[[str, random.Random], str]

    def found(self, claim: str) -> bool:
        return bool(self.pattern.search(claim))

    def change(self, claim: str, chance: random.Random) -> str:
        place = chance.choice(list(self.pattern.finditer(claim)))
        return claim[: place.start()] + self.other(place[0], chance) + claim[place.end() :]


def _other_digits(said: str, chance: random.Random) -> str:
    """Change one digit, but not to a leading nought."""
    places = [at for at, character in enumerate(said) if character.isdigit()]
    at = chance.choice(places)
    digits = [d for d in "123456789" if d != said[at]]
    return said[:at] + chance.choice(digits) + said[at + 1 :]


def _one_of(words: str) -> _Way:
    known = words.split()

    def other(said: str, chance: random.Random) -> str:
        new = chance.choice([word for word in known if word.lower() != said.lower()])
        return new if said[0].isupper() else new.lower()

    return _Way(re.compile(rf"\b(?:{'|'.join(known)})\b"), other)


_NAMES = """Denbigh Overton Lakeside Tamworth Riverside Hexham Morland Priory Kestrel Wetherby
Castleton Millbrook Ashcombe Thornbury""".split()


def _other_name(said: str, chance: random.Random) -> str:
    return chance.choice([name for name in _NAMES if name != said])


_WAYS = (
    _Way(re.compile(r"(?<![\w.,])£?\d[\d,.]*\d|\b\d"), _other_digits),
    _one_of(
        """January February March April June July August September October November December"""
    ),
    _one_of("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
    _one_of("two three four five six seven eight nine ten twelve twenty"),
    _one_of("first second third fourth"),
    _Way(
        re.compile(
            r"\b(?:Marlow|Hatton|Castle|Priya|Nandra|Ashby|Wexcombe|Brackenford|Elmhurst|Rhosgoch"
            r"|Llanfair|Ruthin|Corn|Mere|Quay|England|Wales|Easter|Lifeline)\b"
        ),
        _other_name,
    ),
)

"""What citizens say when they need something else than a page: read, checked, and met by rules.

`safety.toml` and `routes.toml` hold one table for each class, as `[gas_co]`, with

- `rules`: words that together say it, such as "smell|smells gas -bill": each word must occur, one
  of those with | between, a beginning with *, and none with a minus before it;
- `said`: examples, one a line, of what is said for this class;
- `not_said`: examples of what sounds like it and is not.

`[[other_body.bodies]]` says whose business something is, by rules; `[[small_talk.replies]]` what is
said to a greeting or to thanks.

What a council's own folder says is added to what every council starts from: nothing of the
safety rules can be taken away by accident.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from chatbot.table import Mistake, Table, did_you_mean, read_toml
from chatbot.types import Status
from knowledge_base.stems import plain

DEFAULT_FOLDER = Path(__file__).parent / "default_council"
SAFETY_FILE, ROUTES_FILE = "safety.toml", "routes.toml"

# A rule's words stand near to each other; a long message holds almost any of them somewhere.
_WITHIN = 12
_WORD = re.compile(r"[^\W_]+")
_RULE_WORD = re.compile(r"-?[a-z0-9âêîôûŵŷ]+\*?(?:\|[a-z0-9âêîôûŵŷ]+\*?)*")


@dataclass(frozen=True, slots=True)
class Rule:
    """Words that together say something. needs: alternatives by word; never: of which none."""

    needs: tuple[re.Pattern[str], ...]
    never: tuple[re.Pattern[str], ...] = ()

    def met(self, words: Sequence[str]) -> bool:
        """Tell whether a message says it, by its words in order."""
        if any(no.fullmatch(word) for no in self.never for word in words):
            return False
        # By bisection: a message of one alarm word, again and again, is no reason to stop.
        places = [
            [at for at, word in enumerate(words) if need.fullmatch(word)] for need in self.needs
        ]
        return any(
            all(_has(some, start, start + _WITHIN) for some in places)
            for start in set().union(*places)
        )


def _has(places: Sequence[int], start: int, end: int) -> bool:
    """Tell whether one of the places, in order, lies from start to before end."""
    at = bisect_left(places, start)
    return at < len(places) and places[at] < end


@dataclass(frozen=True, slots=True)
class Variant:
    """What a reply says in some cases. values: for the places in its words, by name."""

    rules: tuple[Rule, ...]
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Phrases:
    """How one class is said. variants: what the reply adds, the first whose rules are met."""

    rules: tuple[Rule, ...] = ()
    said: tuple[str, ...] = ()
    not_said: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()

    def __or__(self, other: Phrases) -> Phrases:
        return Phrases(
            self.rules + other.rules,
            self.said + other.said,
            self.not_said + other.not_said,
            # A council's own come first, so that its county's page stands before GOV.UK's.
            other.variants + self.variants,
        )

    def variant(self, text: str) -> Mapping[str, str]:
        """Find what the reply to a message adds; nothing where no rule is met."""
        words = words_of(text)
        met = (one for one in self.variants if any(rule.met(words) for rule in one.rules))
        return next((one.values for one in met), {})


Book = Mapping[Status, Phrases]
"""How each class is said; ANSWERED_FROM_PAGES holds, as `not_said`, what is of no class."""

DANGERS = (
    Status.SAFETY_EMERGENCY_LIFE,
    Status.SAFETY_SUICIDE_SELF_HARM,
    Status.SAFETY_GAS_CO,
    Status.SAFETY_DOMESTIC_ABUSE,
    Status.SAFETY_CHILD_SAFEGUARDING,
    Status.SAFETY_ADULT_SAFEGUARDING,
    Status.SAFETY_POWER_ELECTRICAL,
    Status.SAFETY_FLOODING,
    Status.SAFETY_MODERN_SLAVERY,
    Status.SAFETY_HATE_CRIME,
    Status.SAFETY_HOMELESS_TONIGHT,
    Status.SAFETY_OOH_COUNCIL_EMERGENCY,
)
"""What someone may be in danger of, the most dangerous first."""

ROUTES = (
    Status.HANDOVER_REQUESTED,
    Status.REFUSED_LEGAL_ADVICE,
    Status.REFUSED_MEDICAL_ADVICE,
    Status.REFUSED_IMMIGRATION_ADVICE,
    Status.REFUSED_POLITICAL_OPINION,
    Status.REFUSED_ELECTION_PERIOD,
    Status.REFUSED_COUNCILLOR_COMPLAINT,
    Status.REFUSED_PERSONAL_CASE_DATA,
    Status.REFUSED_OTHER_BODY,
    Status.REFUSED_OFF_TOPIC,
    Status.REFUSED_ATTACK,
    Status.ANSWERED_SMALL_TALK,
)
"""What is not for the pages to answer."""

RECOGNISED = (*DANGERS, *ROUTES)
"""The classes that a message can be recognised as."""

_NAMES = {Status.HANDOVER_REQUESTED: "handover", Status.ANSWERED_FROM_PAGES: "ordinary"}


def name_of(status: Status) -> str:
    """Name a class as the files do: "gas_co"."""
    return _NAMES.get(status, status.value.partition(".")[2])


def words_of(text: str) -> list[str]:
    """Cut a message into words in lower case, without accents; "can't" is one word, "cant"."""
    return _WORD.findall(plain(text).replace("'", ""))


@cache
def usual_book() -> Book:
    """Read what every council starts from."""
    mistakes: list[Mistake] = []
    book = read_book(DEFAULT_FOLDER, mistakes)
    assert not mistakes, mistakes
    return book


def read_book(folder: Path, mistakes: list[Mistake]) -> Book:
    """Read a folder's `safety.toml` and `routes.toml`, noting what cannot be used."""
    return {
        **_read_file(folder / SAFETY_FILE, {name_of(one): one for one in DANGERS}, mistakes),
        **_read_file(
            folder / ROUTES_FILE,
            {name_of(one): one for one in (*ROUTES, Status.ANSWERED_FROM_PAGES)},
            mistakes,
        ),
    }


def join_books(usual: Book, own: Book) -> Book:
    """Add what a council says to what every council starts from."""
    nothing = Phrases()
    return {one: usual.get(one, nothing) | own.get(one, nothing) for one in {**usual, **own}}


def book_digest(book: Book) -> str:
    """Name what a book says, so that what was learnt from another is told apart."""
    said = repr([(status.value, one.said, one.not_said) for status, one in sorted(book.items())])
    return sha256(said.encode()).hexdigest()


def _read_file(path: Path, known: Mapping[str, Status], mistakes: list[Mistake]) -> Book:
    content = read_toml(path, mistakes)
    for name in content:
        if name not in known:
            mistakes.append(Mistake(path.name, name, f"is not known{did_you_mean(name, known)}"))
    table = Table(content, path.name, mistakes)
    return {
        status: _read_phrases(table.table(name), status)
        for name, status in known.items()
        if name in content
    }


def _read_phrases(table: Table, status: Status) -> Phrases:
    variants: list[Variant] = []
    key, readers = _VARIANTS.get(status, ("", {}))
    for one in table.tables(key) if key else ():
        one.need("rules", *readers)
        values = {name: getattr(one, kind)(name) or "" for name, kind in readers.items()}
        variants.append(Variant(_rules(one), values))
        one.done()
    phrases = Phrases(
        _rules(table), _lines(table.text("said")), _lines(table.text("not_said")), tuple(variants)
    )
    for line in (*phrases.said, *phrases.not_said) if status in DANGERS else ():
        if not words_of(line):
            table.mistake("said" if line in phrases.said else "not_said", f"{line!r} has no word")
    table.done()
    return phrases


_VARIANTS = {
    Status.REFUSED_OTHER_BODY: ("bodies", {"body": "text", "body_url": "https"}),
    Status.ANSWERED_SMALL_TALK: ("replies", {"en": "text", "cy": "text"}),
}


def _rules(table: Table) -> tuple[Rule, ...]:
    return tuple(rule for text in table.texts("rules") or () if (rule := _rule(text, table)))


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(line for line in map(str.strip, (text or "").splitlines()) if line)


def _rule(text: str, table: Table) -> Rule | None:
    words = plain(text).split()
    needs = [word for word in words if not word.startswith("-")]
    if not needs or not all(map(_RULE_WORD.fullmatch, words)):
        table.mistake("rules", f'{text!r} must look like "smell|smells gas -bill*"')
        return None
    never = [word[1:] for word in words if word.startswith("-")]
    return Rule(tuple(map(_pattern, needs)), tuple(map(_pattern, never)))


def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(word.replace("*", r"\w*"))

"""Read and check a council's folder; report every mistake at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from chatbot.automation import Automation
from chatbot.automations.found import find_automations
from chatbot.hours import DAYS, NATIONS, NO_HOURS, Hours, read_spells, spoken_day, spoken_time
from chatbot.messages import LANGUAGES, Messages, as_markdown, fill, read_messages
from chatbot.phrases import Book, read_book
from chatbot.prompts import Prompt, read_prompts
from chatbot.supplier import SUPPLIER_KINDS, SupplierSettings
from chatbot.table import Mistake, Table, did_you_mean, is_https, read_toml
from chatbot.types import Action, Answer, Status
from knowledge_base.everyday import expression

DEFAULT_FOLDER = Path(__file__).parent / "default_council"
OWN_NUMBERS = (
    "contact",
    "out_of_hours",
    "homeless_out_of_hours",
    "children_duty_team",
    "adults_duty_team",
)
REVIEW_EVERY = timedelta(days=365)

EVERYDAY_FILE = "everyday_words.toml"
_FILES = (
    "council.toml",
    "messages.en.toml",
    "messages.cy.toml",
    "routes.toml",
    "safety.toml",
    EVERYDAY_FILE,
)
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,62}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_LOOPBACK = re.compile(r"http://(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d{1,5})?(?:/\S*)?")
_KEY_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_KEY_NAME_WORDS = "must be the name of a secret, like highways_key, never the secret itself"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class CouncilMistakes(Exception):
    """A council's folder cannot be used as it stands; `mistakes` says all that is wrong."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, self.mistakes)))


@dataclass(frozen=True, slots=True)
class Contact:
    """How citizens reach the council's staff; "" where the council gives none."""

    url: str = ""
    account_url: str = ""
    phone: str = ""
    email: str = ""
    opening_hours: str = ""
    hours: Hours = NO_HOURS


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one question. passages: how many the search brings."""

    message_characters: int
    passages: int


@dataclass(frozen=True, slots=True)
class Look:
    """The widget's look. Colours as #rrggbb; text_colour is readable on colour."""

    colour: str
    text_colour: str
    title: str


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone number that a person has checked. verified_on: None where nobody has yet."""

    number: str
    label: str = ""
    verified_on: date | None = None


@dataclass(frozen=True, slots=True)
class Council:
    """One council as its folder describes it.

    slug: name of the folder. automations: names of those that are switched on; offers: what they
    are, in that order. suppliers: by name. sources, gates, evals: raw tables, checked where they
    are used. messages: words by language, then by status or label. everyday: the pages' words by
    what citizens of this council say, beside the usual ones; "" takes a usual one away. phrases:
    what its own safety.toml and routes.toml add to the usual ones. keep_safety_messages: whether
    what someone in danger wrote is kept in the records.
    """

    slug: str
    name: str
    nation: str
    languages: tuple[str, ...]
    website: str
    automations: tuple[str, ...]
    live: bool
    contact: Contact
    limits: Limits
    look: Look
    numbers: Mapping[str, Number]
    days_kept: int
    require_api_key: bool
    api_key_sha256: tuple[str, ...]
    ingest_every_hours: int | None
    sources: Sequence[Mapping[str, Any]]
    gates: Mapping[str, Any]
    evals: Mapping[str, Any]
    messages: Messages
    everyday: Mapping[str, str]
    phrases: Book
    keep_safety_messages: bool
    prompts: Mapping[str, Prompt]
    folder: Path
    offers: tuple[Automation, ...] = ()
    suppliers: Mapping[str, SupplierSettings] = field(default_factory=dict)
    _facts: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_facts", _facts(self))

    def words(
        self, key: str, language: str, *, at: datetime | None = None, **values: str
    ) -> tuple[str, ...]:
        """Say the council's words for a status or note, Markdown, one block a line.

        A language that the council does not speak is answered in its first one. at: when it is
        said, aware, which decides between the office's line and the one out of hours; now if None.
        """
        when, hours = self._office(language, at or datetime.now(UTC))
        known = {**self._facts, **hours, **values}
        safe = {name: as_markdown(name, value) for name, value in known.items()}
        return fill(self._template(key, language), safe, when)

    def _office(self, language: str, at: datetime) -> tuple[str, dict[str, str]]:
        """Say whether the office is open, and until when it is as it is."""
        hours = self.contact.hours
        if not hours.known:
            return "unknown", {}
        if closes := hours.closes(at):
            return "open", {"closes": spoken_time(closes, language)}
        if opens := hours.opens(at):
            return "closed", {"opens": spoken_day(opens, language, now=at)}
        return "unknown", {}

    def label(self, key: str, language: str, **values: str) -> str:
        """Say the council's words for a link or button, plain text."""
        return " ".join(fill(self._template(f"label.{key}", language), {**self._facts, **values}))

    def _template(self, key: str, language: str) -> str:
        spoken = language if language in self.messages else self.languages[0]
        return self.messages[spoken][key]

    def say(
        self,
        status: Status,
        language: str,
        *,
        at: datetime | None = None,
        actions: tuple[Action, ...] = (),
        **values: str,
    ) -> Answer:
        """End a question with the council's fixed words for a status."""
        return Answer(status, self.words(status, language, at=at, **values), actions=actions)

    @property
    def own_contacts(self) -> tuple[str, ...]:
        """Telephone numbers and e-mail addresses that are the council's, not a citizen's."""
        numbers = (one.number for one in self.numbers.values())
        return tuple(filter(None, (self.contact.phone, self.contact.email, *numbers)))

    @property
    def reviewed_text(self) -> str:
        """All that the council itself vouches for: its numbers and addresses, one a line."""
        return "\n".join(self._facts.values())


def load_council(folder: Path) -> Council:
    """Read a council's folder over the default one.

    Raises CouncilMistakes with everything that is wrong, not only the first.
    """
    mistakes: list[Mistake] = []
    _check_folder(folder, mistakes)
    own = read_toml(folder / "council.toml", mistakes)
    if mistakes and not own:
        raise CouncilMistakes(mistakes)
    council = _read(folder, own, mistakes)
    if mistakes:
        raise CouncilMistakes(mistakes)
    return council


def _check_folder(folder: Path, mistakes: list[Mistake]) -> None:
    if not (folder / "council.toml").is_file():
        mistakes.append(Mistake("council.toml", "", f"is missing from {folder}"))
    if not _SLUG.fullmatch(folder.name):
        words = "the folder's name may hold only letters, digits, dots, hyphens and underscores"
        mistakes.append(Mistake(folder.name, "", words))
    for path in sorted(folder.glob("*.toml")):
        known = path.name in _FILES or path.name.startswith("messages.")
        if not known and (hint := did_you_mean(path.name, _FILES)):
            mistakes.append(Mistake(path.name, "", f"is not read{hint}"))


def _read(folder: Path, own: Mapping[str, Any], mistakes: list[Mistake]) -> Council:
    default = _default()
    table = Table(_merge(default, own), "council.toml", mistakes)
    table.need("name", "nation", "website")
    languages = _languages(table)
    nation = table.choice("nation", NATIONS) or ""
    named = table.table("numbers")
    numbers = _numbers(named, nation)
    number_names = (*OWN_NUMBERS, *named.names())
    live = table.flag("live") or False
    if live:
        _check_review(own.get("numbers"), numbers, mistakes)
    website = table.https("website") or ""
    automations = _identifiers(table, "automations")
    suppliers = _suppliers(table.table("suppliers"))
    council = Council(
        slug=folder.name,
        name=table.text("name") or "",
        nation=nation,
        languages=languages,
        website=website,
        automations=automations,
        live=live,
        contact=_contact(table.table("contact"), website, nation, numbers.get("contact")),
        limits=_limits(table.table("limits")),
        look=_look(table.table("look")),
        numbers=numbers,
        days_kept=table.whole("days_kept", 1, 3650) or 0,
        require_api_key=table.flag("require_api_key") or False,
        api_key_sha256=_api_keys(table),
        ingest_every_hours=table.whole("ingest_every_hours", 1, 744),
        sources=_sources(table),
        gates=table.table("gates").content,
        evals=table.table("evals").content,
        messages=_messages(folder, languages, number_names, mistakes),
        everyday=_everyday(folder, mistakes),
        phrases=read_book(folder, mistakes),
        keep_safety_messages=table.flag("keep_safety_messages") or False,
        prompts=read_prompts(DEFAULT_FOLDER, folder, mistakes),
        folder=folder,
        offers=find_automations(
            automations, folder, languages, nation, table.table("automation"), suppliers, mistakes
        ),
        suppliers=suppliers,
    )
    if council.require_api_key and not council.api_key_sha256:
        table.mistake("require_api_key", "is true, but api_key_sha256 lists no key")
    table.done()
    return council


@cache
def _default() -> Mapping[str, Any]:
    mistakes: list[Mistake] = []
    content = read_toml(DEFAULT_FOLDER / "council.toml", mistakes)
    if mistakes:
        raise CouncilMistakes(mistakes)
    return content


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one table over another, key by key; lists are replaced as a whole."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        both = isinstance(under, Mapping) and isinstance(value, Mapping)
        merged[key] = _merge(under, value) if both else value  # type: ignore[arg-type]
    return merged


def _languages(table: Table) -> tuple[str, ...]:
    languages = table.texts("languages") or ()
    for language in languages:
        if language not in LANGUAGES:
            words = f"{language!r} is not supported; the languages are {', '.join(LANGUAGES)}"
            table.mistake("languages", words)
    return tuple(language for language in languages if language in LANGUAGES) or LANGUAGES[:1]


def _identifiers(table: Table, key: str) -> tuple[str, ...]:
    names = table.texts(key) or ()
    for name in names:
        if not _IDENTIFIER.fullmatch(name):
            table.mistake(key, f"{name!r} is no name of an automation, like missed_bin")
    return tuple(name for name in names if _IDENTIFIER.fullmatch(name))


def _suppliers(table: Table) -> dict[str, SupplierSettings]:
    suppliers = {}
    for name in table.names():
        one = table.table(name)
        one.need("kind", "url")
        if not _IDENTIFIER.fullmatch(name):
            table.mistake(name, f"{name!r} is no name of a supplier, like highways")
        suppliers[name] = SupplierSettings(
            name=name,
            kind=one.choice("kind", SUPPLIER_KINDS) or "",
            url=_supplier_url(one),
            secret=one.matching("secret", _KEY_NAME, _KEY_NAME_WORDS) or "",
            jurisdiction=one.text("jurisdiction") or "",
        )
        one.done()
    return suppliers


def _supplier_url(table: Table) -> str:
    url = table.text("url")
    if url is None:
        return ""
    if not is_https(url) and not _LOOPBACK.fullmatch(url):
        words = "must be an https address, or one on this machine like http://127.0.0.1:9000/"
        table.mistake("url", f"{words}, not {url!r}")
        return ""
    return url


def _sources(table: Table) -> tuple[Mapping[str, Any], ...]:
    sources = table.anything("sources") or []
    if not isinstance(sources, list) or not all(isinstance(one, dict) for one in sources):
        table.mistake("sources", "must be tables, each under its own [[sources]]")
        return ()
    return tuple(sources)


def _contact(table: Table, website: str, nation: str, checked: Number | None) -> Contact:
    phone = table.phone("phone") or ""
    # Someone in danger is told this number too: it must be the one that was checked.
    if checked and phone and _digits(phone) != _digits(checked.number):
        table.mistake("phone", f"is not the {checked.number} that stands as numbers.contact")
    contact = Contact(
        url=table.https("url") or website,
        account_url=table.https("account_url") or "",
        phone=phone or (checked.number if checked else ""),
        email=table.email("email") or "",
        opening_hours=table.text("opening_hours") or "",
        hours=_hours(table.table("hours"), nation),
    )
    table.done()
    return contact


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number.replace("+44", "0"))


def _hours(table: Table, nation: str) -> Hours:
    week = []
    for day in DAYS:
        text = table.text(day)
        spells = read_spells(text) if text else ()
        if spells is None:
            table.mistake(
                day, 'must look like "09:00-17:00", "09:00-12:30, 13:30-17:00" or "closed"'
            )
        week.append(spells or ())
    hours = Hours(tuple(week), nation or NATIONS[0], frozenset(table.days("closed") or ()))
    table.done()
    return hours


def _limits(table: Table) -> Limits:
    limits = Limits(
        message_characters=table.whole("message_characters", 100, 20_000) or 0,
        passages=table.whole("passages", 1, 50) or 0,
    )
    table.done()
    return limits


def _look(table: Table) -> Look:
    words = "must be a colour like #1d70b8"
    colour = table.matching("colour", _COLOUR, words) or ""
    text_colour = table.matching("text_colour", _COLOUR, words) or ""
    if colour and text_colour and (ratio := contrast(colour, text_colour)) < 4.5:
        words = f"is too near to colour for easy reading: contrast {ratio:.1f}, at least 4.5"
        table.mistake("text_colour", words)
    look = Look(colour, text_colour, table.text("title") or "")
    table.done()
    return look


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours #rrggbb as WCAG 2.2 defines it, from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _api_keys(table: Table) -> tuple[str, ...]:
    keys = table.texts("api_key_sha256") or ()
    for key in keys:
        if not _SHA256.fullmatch(key):
            words = "must list SHA-256 sums of keys, 64 digits 0-9 a-f each; never a key itself"
            table.mistake("api_key_sha256", words)
            break
    return keys


def _numbers(table: Table, nation: str) -> dict[str, Number]:
    """Read the numbers that hold in the council's nation."""
    numbers: dict[str, Number] = {}
    for name in table.names():
        one = table.table(name)
        one.need("number")
        number = Number(one.phone("number") or "", one.text("label") or "", one.day("verified_on"))
        if nation in (one.texts("nations") or NATIONS):
            numbers[name] = number
        one.done()
    return numbers


def _check_review(own: Any, numbers: Mapping[str, Number], mistakes: list[Mistake]) -> None:
    """A live council's people have checked every number within a year, each in its own folder."""
    mine = own if isinstance(own, Mapping) else {}
    today = date.today()
    for name in dict.fromkeys((*OWN_NUMBERS, *numbers)):
        verified = numbers[name].verified_on if name in mine and name in numbers else None
        if name not in mine:
            words = "a live council needs this number, checked by its own people: add it here"
        elif verified is None:
            words = "a live council's numbers need verified_on = the day someone checked it"
        elif verified > today:
            words = f"verified_on = {verified} lies in the future"
        elif today - verified > REVIEW_EVERY:
            words = f"was checked on {verified}, more than a year ago: check it again"
        else:
            continue
        mistakes.append(Mistake("council.toml", f"numbers.{name}", words))


def _messages(
    folder: Path,
    languages: tuple[str, ...],
    numbers: Sequence[str],
    mistakes: list[Mistake],
) -> dict[str, dict[str, str]]:
    default = read_messages(DEFAULT_FOLDER, LANGUAGES, numbers, mistakes)
    own = read_messages(folder, languages, numbers, mistakes)
    return {language: default[language] | own.get(language, {}) for language in languages}


def _everyday(folder: Path, mistakes: list[Mistake]) -> dict[str, str]:
    content = read_toml(folder / EVERYDAY_FILE, mistakes)
    known: dict[tuple[str, ...], str] = {}
    for said, words in content.items():
        stems = expression(said)
        wrong = ""
        if not isinstance(words, str) or not stems:
            wrong = 'must look like "tip" = "recycling centre", or "" for none'
        elif known.setdefault(stems, said) != said:
            wrong = f"is met wherever {known[stems]!r} is: keep one of them"
        if wrong:
            mistakes.append(Mistake(EVERYDAY_FILE, said, wrong))
    return {said: words for said, words in content.items() if isinstance(words, str)}


def _facts(council: Council) -> dict[str, str]:
    contact = council.contact
    return {
        "council": council.name,
        "website": council.website,
        "contact_url": contact.url,
        "account_url": contact.account_url,
        "phone": contact.phone,
        "email": contact.email,
        "opening_hours": contact.opening_hours,
        **{f"numbers.{name}": one.number for name, one in council.numbers.items()},
    }

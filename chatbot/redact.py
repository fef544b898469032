"""Mask personal data in what citizens write; council references stay readable.

Every pattern starts at a boundary and has bounded or possessive repeats, so that the time grows
only with the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from chatbot.redact_names import find_names

MARKS = (
    "email",
    "card",
    "national insurance number",
    "NHS number",
    "document number",
    "sort code",
    "account number",
    "date of birth",
    "address",
    "phone",
    "registration",
    "name",
)


@dataclass(frozen=True, slots=True)
class Found:
    """Personal data in a text, from start to before end. kind: one of MARKS."""

    start: int
    end: int
    kind: str


Detector = Callable[[str, Collection[str]], Iterable[Found]]

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
    r"|ionawr|chwefror|mawrth|ebrill|mai|mehefin|gorffennaf|awst|medi|hydref|tachwedd|rhagfyr)"
)
_DATE = (
    r"(?:\d{1,2} ?[/.\- ] ?\d{1,2} ?[/.\- ] ?\d{2,4}|\d{4}-\d{2}-\d{2}|\d{6}|\d{8}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|af|ain|fed|ydd)?(?: of)?[ -]{_MONTH}\b(?:,?[ -]?\d{{2,4}})?"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{2,4}})?(?!\d))"
)
_STREET = (
    r"(?:street|st|road|rd|avenue|ave|lane|ln|crescent|cres|gardens|gdns|grove|mews|terrace|ter"
    r"|parade|quay|wharf)"
)
_STREET_TOO = (
    r"(?:close|cl|drive|dr|way|court|ct|place|pl|hill|square|sq|row|walk|park|view|green|rise"
    r"|house|bank|brow|croft|dene|end|fields?|meadows?|mead|ridge|vale|yard|gate|heol|stryd"
    r"|ffordd|maes|rhodfa|clos|lôn)"
)
_STREET_WELSH = (
    r"(?:heol|stryd|ffordd|maes|lôn|lon|rhodfa|clos|rhes|bryn|cae|teras|cwrt|llys|cilgant|erw)"
)
_BUILDING = r"(?:house|court|tower|towers|mansions|heights|point|lodge|buildings?|hall|gardens)"
_POSTCODE = r"(?:[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2})"
_NAME = r"[^\W\d_][\w'.-]{0,23}"
_FLAT = r"(?:(?:flat|unit|apartment|apt) ?\d{1,4}(?:/\d)?[a-z]?,? )"
_HOUSE = rf"{_FLAT}?(?:(?:flat|unit|apartment|apt) )?\d{{1,4}}(?:[-/]\d{{1,4}})?[a-z]?"
_NUMBERED = r"(?:(?:house |flat |door )?(?:number|no\.?|num) ?|house |flat |door )(?:is )?"
_TOWN = rf"(?:{_NAME},? ){{0,4}}{_POSTCODE}(?!\w)"
_GAP = r"(?:\)? ?\(?|[-./])"
_AT = r"(?:@| @ | ?(?:\(at\)|\[at\]) ?)"
_DOT = r"(?:\.| ?(?:\(dot\)|\[dot\]) ?)"

EMAIL = re.compile(
    rf"(?<![\w.%+'-])[\w.%+'-]++{_AT}(?:[a-z0-9-]{{1,63}}{_DOT}){{1,6}}[a-z]{{2,24}}(?!\w)", re.I
)
EMAIL_SPOKEN = re.compile(
    r"(?<![\w.])(?:[\w-]{1,30} (?:dot|underscore|dash|hyphen) ){0,3}[\w.+-]{1,64} at "
    r"([a-z0-9-]{1,40})(?:(?: dot |\.)[a-z]{2,24}){1,4}(?!\w)",
    re.I,
)
CARD = re.compile(
    r"(?<![\d£.,])(?<!\d[ -])(?:\d{4}[ -]\d{6}[ -]\d{5}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{13,19})"
    r"(?![\d,])"
)
NATIONAL_INSURANCE = re.compile(
    r"(?<!\w)([a-z]{2})([ -]?)"
    r"\d\d[ -]?\d\d[ -]?\d\d[ -]?[a-d](?!\w)",
    re.I,
)
NHS = re.compile(r"(?<![\w£./-])(\d{3})([ -])\d{3}\2\d{4}(?![\w/-])")
LICENCE = re.compile(r"(?<!\w)(?=[a-z])[a-z9]{5} ?\d{6} ?[a-z9]{2} ?[a-z0-9]{3}(?!\w)", re.I)
PHONE = re.compile(
    r"(?:(?<![\w£#/.,+-])|(?<=phone)|(?<=tel)|(?<=mob))"
    rf"(?:(?:\+44|0044)(?:{_GAP}\d){{9,11}}|(?:\+|00[1-9])\d?(?:{_GAP}\d){{7,13}}"
    rf"|447(?:{_GAP}\d){{9}}|07(?: ?\d){{9}}|\(?0\d\d(?:{_GAP}\d){{7,8}}|\(0\) ?\d(?: ?\d){{8,9}}"
    r"|0(?: \d){9,10})(?!\w)",
    re.I,
)
PHONE_LOCAL = re.compile(
    r"(?<!\w)(?:(?:call|ring|phone|fone|text|contact|reach) (?:(?:back|please|my \w{1,12}) )?"
    r"(?:me|us|him|her|them) (?:back )?(?:on|at)|(?:my|our|home) (?:(?:local|home) )?"
    r"(?:phone|tel|telephone)(?: number| no\.?)?(?: is)?)[ :]{1,2}(\d{3} \d{4}|\d{5,7})(?![\w-])",
    re.I,
)
_SPOKEN_DIGIT = r"(?:zero|oh|o|nought|one|two|three|four|five|six|seven|eight|nine|double|treble)"
PHONE_SPOKEN = re.compile(
    rf"(?<!\w)(?:zero|oh|o|nought)(?:[ -]{_SPOKEN_DIGIT}){{8,12}}(?!\w)", re.I
)
SORT_CODE = re.compile(r"(?<![\w£./-])\d\d[- ]?\d\d[- ]?\d\d(?![\w/-])")
ACCOUNT = re.compile(r"(?<![\w£./-])\d{8}(?![\w/-])")
IBAN = re.compile(r"(?<!\w)gb\d\d ?[a-z]{4} ?(?:\d{4} ?){3}\d\d(?!\w)", re.I)
_BORN_WORDS = (
    r"(?:is|was|were|on|in|the|of|for|my|his|her|our|son|daughter|child|mum|dad|ar|yw|oedd|fi|i)"
)
BORN = re.compile(
    r"(?<!\w)(?:born|d\.? ?o\.? ?b\.?|date of birth|birthday|birth ?date|gan[ew]d|ganwyd|n?geni"
    rf"|pen-?blwydd)(?:'s)?[ :,=(-]{{0,3}}(?:{_BORN_WORDS} ){{0,5}}({_DATE})(?!\w)"
    rf"(?: (?:and|a) ({_DATE})(?!\w))?",
    re.I,
)
BORN_AFTER = re.compile(
    rf"(?<![\w/.-])({_DATE}) (?:is|was|yw) (?:my|his|her|our|the) "
    r"(?:date of birth|d\.?o\.?b|birthday)(?!\w)",
    re.I,
)
ADDRESSES = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"(?<!\w){_FLAT}(?:{_NAME} ){{1,2}}{_BUILDING}\b(?:,? {_TOWN})?",
        rf"(?<![\w£.,:/-]){_HOUSE},? (?:{_NAME} ){{0,3}}(?:{_STREET}|{_STREET_TOO})\b\.?,? ?"
        rf"{_TOWN}",
        rf"(?<![\w£.,:/-]){_HOUSE},? {_POSTCODE}(?!\w)",
        rf"(?<!\w){_POSTCODE},? (?:(?:and|at|i live at|i am at|im at) )?{_NUMBERED}"
        r"\d{1,4}[a-z]?(?!\w)",
        rf"(?<!\w){_NUMBERED}\d{{1,4}}[a-z]?,? (?:in |at )?{_POSTCODE}(?!\w)",
        rf"(?<!\w){_POSTCODE},? \d{{1,3}}[a-z]?(?= ?(?:[,.;:?!]|$))",
    )
)
ADDRESS_IN_A_STREET = re.compile(
    rf"(?<![\w£.,:/-]){_HOUSE},? ((?:{_NAME} ){{1,3}}?)"
    rf"(?:({_STREET})|{_STREET_TOO})\b",
    re.I,
)
ADDRESS_WELSH = re.compile(
    rf"(?<![\w£.,:/-]){_HOUSE},? {_STREET_WELSH} (?:(?:y|yr|ap) )?{_NAME}"
    rf"(?:,? {_TOWN})?",
    re.I,
)
ADDRESS_TOLD = re.compile(
    r"(?<!\w)(?:(?:live|lives|living|lived|stay|staying) at|(?:address|home|house)(?: is|:)"
    r"|moved (?:to|from|into)|moving (?:to|from|into)|byw yn|cyfeiriad(?: yw|:))[ :]{1,2}"
    rf"({_HOUSE},? (?:the )?{_NAME}(?:,? {_TOWN})?"
    rf"|(?:{_NAME},? ){{1,4}}{_TOWN})",
    re.I,
)
REGISTRATION = re.compile(
    r"(?<!\w)(?:[A-HJ-PR-Y]{2}\d{2} ?[A-HJ-PR-Z]{3}|[a-hj-pr-y]{2}\d{2}[a-hj-pr-z]{3})(?!\w)"
)
REGISTRATION_TOLD = re.compile(
    r"(?<!\w)(?:[a-hj-pr-y]{2}\d{2} [a-hj-pr-z]{3}|[A-Z] ?\d{1,3} ?[A-Z]{3}|[A-Z]{3} ?\d{1,3}[A-Z]"
    r"|(?=[A-Z]{0,2}[IZ])[A-Z]{3} ?\d{1,4})(?!\w)"
)
_CAR = re.compile(
    r"\b(?:car|van|reg|registration|vehicle|number plate|plate|lorry|motorbike|cofrestru|nghar)\b",
    re.I,
)
_TOLD = tuple(
    (
        kind,
        re.compile(rf"(?<!\w)(?:{cue})(?!\w)[^\n█]{{0,24}}?(?<![\w£])({value})(?![\w/])", re.I),
    )
    for kind, cue, value in (
        ("NHS number", r"nhs|gig", r"\d{3}[ -]?\d{3}[ -]?\d{4}"),
        (
            "national insurance number",
            r"n\.?i\.?|nino|national insurance|yswiriant gwladol",
            r"[a-z]{2}[ -]?\d\d[ -]?\d\d[ -]?\d\d(?:[ -]?[a-d])?",
        ),
        ("document number", r"utr|unique taxpayer reference", r"\d{5} ?\d{5}"),
        ("document number", r"passport|pasbort", r"[a-z]{0,2}\d{7,9}"),
        (
            "document number",
            r"brp|residence permit|visa",
            r"[a-z]{2}[ -]?[a-z\d]\d{6}|\d{9}",
        ),
        ("document number", r"share code", r"[wrs](?=\w{0,2}\d)\w{2} ?\w{3} ?\w{3}"),
        ("card", r"card", r"\d{4}([ -]?)\d{4}[ -]?\d{4}[ -]?\d{4}"),
    )
)
_REFERENCE = re.compile(
    r"\b(?:uprn|account|reference|ref|application|bill|invoice|order|permit|case|claim|payment"
    r"|council tax|customer|cyfrif|cyfeirnod)"
    r"(?: (?:number|no\.?|num|id|rhif|ref|reference))?(?: is|:| yw)?[ :#]*$",
    re.I,
)
_SORT = re.compile(r"\bsort(?:ing)?(?:[ -]?code)?\b|\bSC\b|cod didoli", re.I)
_BANK = re.compile(r"\b(?:account|acc|a/c|ac|acct|cyfrif|bank)\b", re.I)
_BANKING = re.compile(
    r"\bbank (?:account|details)|\bdirect debit|\bbuilding society|\b(?:barclays|halifax|hsbc"
    r"|lloyds|monzo|nationwide|natwest|santander|starling|tsb) (?:account|acc)\b",
    re.I,
)
_NOT_BANK = re.compile(r"council tax|uprn|\brent account|business rates|\bref(?:erence)?\b", re.I)
_PAIR = re.compile(
    r"(?<![\w£./-])(\d\d-\d\d-\d\d|\d\d \d\d \d\d)"
    r"[ ,;:/&]{1,3}(?:and )?(?:(?:account|acc|a/c|ac)(?: (?:number|no\.?))?(?: is)?[ :]{1,2})?"
    r"(\d{8})(?![\w/-])",
    re.I,
)
_PUBLIC_PLACE = re.compile(
    r"\b(?:offices?|library|libraries|centre|hall|museum|depot|tip|school|surgery|clinic|church"
    r"|shop|pub|hub|pharmacy|bus|route|junction|zone|platform|bay|lamp post|page|year)"
    r"(?: is)?,?(?: at| on| in)? $",
    re.I,
)
_NO_STREET = frozenset(
    """a an and at away bag bags bed bedroom bedrooms bin bins bus by car cars children closed
    collection day days dogs feet flat flats floor floors for free from ft grade hour hours house
    houses i in is it kids km late light lights litre litres long m max metre metres mile miles
    min mins minute minutes month months more mph my near new of on one or other out parking past
    people per person pm am pole potholes rooms small storey stars the to tonne trees until
    was way week weeks wide with year years yards""".split()
)
_MAIL_HOSTS = frozenset(
    """aol btinternet gmail googlemail hotmail icloud live me msn outlook protonmail sky talktalk
    virginmedia yahoo ymail""".split()
)
_MAIL = re.compile(r"\b(?:e-?mail|mail|e-bost)", re.I)
_NO_PREFIX = frozenset("am as at by if in is it me my no of on or so to up us we".split())

_BLANK = "█"
_MARKED = re.compile(rf"\[(?:{'|'.join(MARKS)})\]")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_SAME = str.maketrans("‐‑‒–—−’‘ʼ", "------'''")


def redact(text: str, *, keep: Collection[str] = ()) -> str:
    """Replace personal data by marks such as [email] and [phone].

    keep: telephone numbers and e-mail addresses that are the council's own.
    """
    return masked(text, keep=keep)[0]


def masked(text: str, *, keep: Collection[str] = ()) -> tuple[str, frozenset[str]]:
    """Replace personal data by marks, and tell which kinds there were."""
    text = unicodedata.normalize("NFC", text)
    found = find_personal_data(text, keep=keep)
    pieces: list[str] = []
    last = 0
    for one in found:
        pieces += [text[last : one.start], f"[{one.kind}]"]
        last = one.end
    return "".join([*pieces, text[last:]]), frozenset(one.kind for one in found)


def unmarked(text: str) -> str:
    """Leave the marks out, which are no words to search for."""
    return _MARKED.sub(" ", text)


def find_personal_data(text: str, *, keep: Collection[str] = ()) -> tuple[Found, ...]:
    """Find where personal data stands in a text in Unicode's composed form, in order."""
    own = frozenset({_national(one) for one in keep} | {one.lower() for one in keep})
    plain, places = _plain(text)
    plain = _MARKED.sub(lambda mark: _BLANK * len(mark[0]), plain)
    found: list[Found] = []
    for detect in _DETECTORS:
        new = _apart(detect(plain, own))
        plain = _blanked(plain, new)
        found += new
    found.sort(key=lambda one: one.start)
    return tuple(Found(places[one.start], places[one.end - 1] + 1, one.kind) for one in found)


def _plain(text: str) -> tuple[str, list[int]]:
    """Read a text as a person sees it, each character with its place.

    What cannot be seen is left out, so that it hides nothing; a run of spaces is one.
    """
    seen: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        looks = _look(character)
        if looks in ("\n", " ") and seen and seen[-1] in " \n":
            seen[-1] = "\n" if looks == "\n" else seen[-1]
        elif looks:
            seen.append(looks)
            places.append(place)
    return "".join(seen), places


@lru_cache(maxsize=4096)
def _look(character: str) -> str:
    """Give a character in its usual form, "" for one that cannot be seen."""
    if character.isspace():
        return "\n" if character in "\n\r" else " "
    if character.isascii() and character.isprintable():
        return character
    if unicodedata.category(character) in _UNSEEN:
        return ""
    usual = unicodedata.normalize("NFKC", character)
    return (usual if len(usual) == 1 else character).translate(_SAME)


def _apart(found: Iterable[Found]) -> list[Found]:
    """Put in order, as one what overlaps."""
    apart: list[Found] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if apart and one.start < apart[-1].end:
            apart[-1] = replace(apart[-1], end=max(apart[-1].end, one.end))
        else:
            apart.append(one)
    return apart


def _blanked(text: str, found: Iterable[Found]) -> str:
    pieces: list[str] = []
    last = 0
    for one in found:
        pieces += [text[last : one.start], _BLANK * (one.end - one.start)]
        last = one.end
    return "".join([*pieces, text[last:]])


def _found(
    pattern: re.Pattern[str], kind: str, text: str, groups: Collection[int] = (0,)
) -> Iterator[Found]:
    for match in pattern.finditer(text):
        for group in groups:
            if match[group] is not None:
                yield Found(match.start(group), match.end(group), kind)


def _before(match: re.Match[str], characters: int = 40, group: int = 0) -> str:
    start = match.start(group)
    return match.string[max(0, start - characters) : start]


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _emails(text: str, own: Collection[str]) -> Iterator[Found]:
    for match in EMAIL.finditer(text):
        if match[0].lower() not in own:
            yield Found(match.start(), match.end(), "email")


def _spoken_emails(text: str, own: Collection[str]) -> Iterator[Found]:
    for match in EMAIL_SPOKEN.finditer(text):
        if match[1].lower() in _MAIL_HOSTS or _MAIL.search(_before(match, 30)):
            yield Found(match.start(), match.end(), "email")


def _cards(text: str, own: Collection[str]) -> Iterator[Found]:
    for match in CARD.finditer(text):
        if _is_card(match[0]):
            yield Found(match.start(), match.end(), "card")


def _is_card(text: str) -> bool:
    """Tell a payment card by its issuer's first digits, its length and its check digit (Luhn)."""
    digits = _digits(text)
    brand = digits[0] in "4 6" or digits[:2] in {"34", "37", "50", *map(str, range(51, 60))}
    mastercard = "2221" <= digits[:4] <= "2720"
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    total = sum(doubled) + sum(map(int, digits[-1::-2]))
    return (brand or mastercard) and 13 <= len(digits) <= 19 and total % 10 == 0


def _national_insurance(text: str, own: Collection[str]) -> Iterator[Found]:
    for match in NATIONAL_INSURANCE.finditer(text):
        words = match[1].lower() in _NO_PREFIX and match[2] == " "
        if not words and not _REFERENCE.search(_before(match)):
            yield Found(match.start(), match.end(), "national insurance number")


def _nhs(text: str, own: Collection[str]) -> Iterator[Found]:
    """An NHS number is told from a telephone number by its check digit (modulus 11)."""
    for match in NHS.finditer(text):
        digits = _digits(match[0])
        total = sum(int(digit) * (10 - at) for at, digit in enumerate(digits[:9]))
        valid = (11 - total % 11) % 11 == int(digits[9]) and digits[0] != "0"
        if valid and not _REFERENCE.search(_before(match)):
            yield Found(match.start(), match.end(), "NHS number")


def _told(text: str, own: Collection[str]) -> Iterator[Found]:
    """What only the words before it tell: a passport is nine digits like any other."""
    for kind, pattern in _TOLD:
        yield from _found(pattern, kind, text, (1,))


def _bank(text: str, own: Collection[str]) -> Iterator[Found]:
    """A sort code that is called one or stands by an account number, and the number with it."""
    taken: list[Found] = []
    for match in _PAIR.finditer(text):
        taken.append(Found(match.start(1), match.end(1), "sort code"))
        taken.append(Found(match.start(2), match.end(2), "account number"))
    called = _SORT.search(text)
    near = text[called.end() : called.end() + 40].partition(_BLANK)[0] if called else ""
    code = SORT_CODE.search(text, called.end(), called.end() + len(near)) if called else None
    if code and not taken:
        taken.append(Found(code.start(), code.end(), "sort code"))
    coded = [one.end for one in taken if one.kind == "sort code"]
    for match in ACCOUNT.finditer(text) if called or coded or _BANKING.search(text) else ():
        before = _before(match)
        by_name = _BANK.search(before) or any(0 <= match.start() - end <= 40 for end in coded)
        new = all(match.start() != one.start for one in taken)
        if new and by_name and not _NOT_BANK.search(before):
            taken.append(Found(match.start(), match.end(), "account number"))
    yield from taken


def _told_addresses(text: str, own: Collection[str]) -> Iterator[Found]:
    for match in ADDRESS_TOLD.finditer(text):
        words = match[1].lower().replace(" the ", " ").split()
        if words[1].strip(",") not in _NO_STREET or "," in match[1]:
            yield Found(match.start(1), match.end(1), "address")


def _in_a_street(text: str, own: Collection[str]) -> Iterator[Found]:
    """A house number with the name of a street, unless it is a public place's or a quantity."""
    shouted = text.isupper()
    for match in ADDRESS_IN_A_STREET.finditer(text):
        words = match[1].split()
        the = words[0].lower() == "the"
        named = words[1:] if the else words
        capital = all(word[0].isupper() for word in words)
        year = re.match(r"(?:19|20)\d\d ", match[0])
        if year or any(word.lower() in _NO_STREET for word in named):
            continue
        if not (match[2] or capital or shouted):
            continue
        if not _PUBLIC_PLACE.search(_before(match)):
            yield Found(match.start(), match.end(), "address")


def _national(number: str) -> str:
    digits = _digits(number.replace("(0)", "0" if number.startswith("(0)") else ""))
    if number.lstrip(" (").startswith("+44"):
        return "0" + digits.removeprefix("44")
    if digits.startswith("447") and len(digits) == 12:
        return "0" + digits.removeprefix("44")
    return "0" + digits.removeprefix("0044") if digits.startswith("0044") else digits


def _phones(text: str, own: Collection[str]) -> Iterator[Found]:
    """Citizens' numbers; those that begin with 03, 08 or 09 are organisations'."""
    for match in PHONE.finditer(text):
        number = _national(match[0])
        if number in own or _REFERENCE.search(_before(match)):
            continue
        foreign = match[0].startswith(("+", "00")) and not match[0].startswith(("+44", "0044"))
        national = number[:2] in {"01", "02", "05", "07"} and len(number) in (10, 11)
        if national or (foreign and 8 <= len(number) <= 17):
            yield Found(match.start(), match.end(), "phone")


def _registrations(text: str, own: Collection[str]) -> Iterator[Found]:
    yield from _found(REGISTRATION, "registration", text)
    for match in REGISTRATION_TOLD.finditer(text):
        if not REGISTRATION.fullmatch(match[0]) and _CAR.search(_before(match, 30)):
            yield Found(match.start(), match.end(), "registration")


def _names(text: str, own: Collection[str]) -> Iterator[Found]:
    for start, end in find_names(text):
        yield Found(start, end, "name")


def _flat(detect: Detector) -> Detector:
    """Let a detector read on over the ends of lines."""
    return lambda text, own: detect(text.replace("\n", " "), own)


def _by(pattern: re.Pattern[str], kind: str, groups: Collection[int] = (0,)) -> Detector:
    return lambda text, own: _found(pattern, kind, text, groups)


_OVER_LINES: tuple[Detector, ...] = (
    _emails,
    _spoken_emails,
    _cards,
    _by(IBAN, "account number"),
    _national_insurance,
    _by(LICENCE, "document number"),
    _told,
    _nhs,
    _bank,
    _by(BORN, "date of birth", (1, 2)),
    _by(BORN_AFTER, "date of birth", (1,)),
    *(_by(pattern, "address") for pattern in ADDRESSES),
    _by(ADDRESS_WELSH, "address"),
    _in_a_street,
    _told_addresses,
    _phones,
    _by(PHONE_LOCAL, "phone", (1,)),
    _by(PHONE_SPOKEN, "phone"),
    _registrations,
)
_DETECTORS = (*map(_flat, _OVER_LINES), _names)

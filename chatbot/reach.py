"""Read how a citizen can be reached: telephone numbers and e-mail addresses."""

from __future__ import annotations

import re

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from rapidfuzz.distance import OSA

from chatbot.doubt import Wrong, denied, doubt, plain, taken_back

_PHONE = re.compile(
    r"(?<![\w@.])(?:\+|\(|00)?(?:[\dO(]|o(?=\d))[\dOolI()./ -]{3,}[\dOolI](?![\w@])"
)
_DRAMA = re.compile(r"7700900\d{3}|1632960\d{3}")
"""Numbers that Ofcom keeps for drama, and everyone for examples and tests."""

_DIGITS = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1"})
_EXTENSION = re.compile(r" ?,? ?(?:ext(?:ension)?|x)\.? ?(\d{1,6})\b", re.I)

_EMAIL = re.compile(r"[^\s<>,;:()\[\]\"]+@[^\s<>,;:()\[\]\"]+")
_SLIPS = {
    **dict.fromkeys(("con", "cmo", "vom", "comm", "ocm", "cpm", "xom", "c0m"), "com"),
    **dict.fromkeys(("co.u", "co.k", "couk", "co.ul", "co.ik"), "co.uk"),
}
_PROVIDERS = (
    *("gmail.com", "hotmail.com", "hotmail.co.uk", "outlook.com", "yahoo.com", "yahoo.co.uk"),
    *("icloud.com", "btinternet.com", "googlemail.com", "live.co.uk", "sky.com", "talktalk.net"),
)
_NEAR_PROVIDERS = frozenset(
    ("ymail.com", "mail.com", "email.com", "live.com", "gmx.com", "aol.com")
)
_SPELT_OUT = re.compile(
    r"(?P<lead>(?:.*\b(?:is|it'?s|its|e-?mail|address)[ :]+)?)"
    r"(?P<name>(?!(?:now|still|it|is|am|not|im)\b)"
    r"[\w.+-]+(?: (?:dot|underscore|dash|hyphen) [\w.+-]+)*) at "
    r"(?P<host>[\w-]+(?: (?:dash|hyphen) [\w-]+)*(?: dot [\w-]+)+)(?P<rest>[ .!]*)",
    re.I,
)
_SIGNS = {"dot": ".", "underscore": "_", "dash": "-", "hyphen": "-"}
_OF_OTHERS = re.compile(
    r"\b(?:rang|rung|called|phoned|tried|wrote|emailed|e-mailed|written|got a call|texted|van|sign"
    r"|mums?|dads?|mother|father|friend|son|daughter|wife|husband|partner|carer|sister|brother"
    r"|neighbou?r\w*|landlord\w*|council\w*|their|his|her|they|he|she|company|from|order|ref"
    r"|reference|account|case)\b[^.!\n]*$",
    re.I,
)
_OF_MINE = re.compile(
    r"\b(?:my|fy)(?: (?:own|home|work|contact|mobile|phone|tel\w*|e-?mail|cell))*"
    r"(?: (?:number|no|address|phone|mobile|e-?mail|rhif|ffôn))?\W{0,3}(?:is |yw |= ?)?$"
    r"|\b(?:ring|call|phone|text|contact|reach|email|e-mail|message) me\b[^.!\n]{0,25}$",
    re.I,
)


def read_phone(text: str) -> str | Wrong:
    """Read the telephone number in a message, as "07700 900123"."""
    words = plain(text)
    said = [one for one in _phones(words) if _stands(words, one.start())]
    numbers = {_phone(one[0]) for one in said}
    sure = {one for one in numbers if isinstance(one, str)}
    if len(sure) > 1 or (len(numbers) > 1 and len(said) > 1):
        return Wrong("two")
    if unclear := doubt(words):
        return unclear
    if not numbers:
        return Wrong("phone")
    extension = _EXTENSION.match(words, said[-1].end())
    number = numbers.pop()
    return f"{number} ext. {extension[1]}" if extension and isinstance(number, str) else number


def find_phone(text: str) -> str | None:
    """Find the one telephone number in a text that is the citizen's own."""
    words = plain(text)
    said = _phones(words)
    numbers = {_phone(one[0]) for one in said}
    if len(numbers) != 1 or not _is_own(words[: said[0].start()]):
        return None
    number = numbers.pop()
    return number if isinstance(number, str) else None


def _stands(words: str, start: int) -> bool:
    before = words[:start]
    return not taken_back(before, after_another=bool(re.search(r"\d{5}|@", before)))


def _phones(words: str) -> list[re.Match[str]]:
    return [
        one
        for one in _PHONE.finditer(words)
        if len(re.findall(r"\d", one[0])) >= 3
        and not re.fullmatch(r"[OolI ]+|\d{1,2}([/.-])\d{1,2}\1(?:\d{4}|\d\d)", one[0])
    ]


def _phone(said: str) -> str | Wrong:
    mended = re.sub(r"\(0\)", "", said.translate(_DIGITS))
    try:
        number = phonenumbers.parse(mended, "GB")
    except phonenumbers.NumberParseException:
        return Wrong("phone_short" if len(re.findall(r"\d", mended)) < 10 else "phone")
    national = str(number.national_number)
    british = number.country_code == 44
    if (british and _DRAMA.fullmatch(national)) or phonenumbers.is_valid_number(number):
        form = phonenumbers.PhoneNumberFormat
        return phonenumbers.format_number(number, form.NATIONAL if british else form.INTERNATIONAL)
    if british and len(national) != 10:
        return Wrong("phone_short" if len(national) < 10 else "phone_long")
    return Wrong("phone")


def read_email(text: str) -> str | Wrong:
    """Read the e-mail address in a message. Nothing is looked up."""
    words = _in_signs(plain(text))
    said = [one for one in _EMAIL.finditer(words) if _stands(words, one.start())]
    addresses = {_email(one[0]) for one in said}
    if len(addresses) > 1:
        return Wrong("two")
    if unclear := doubt(words):
        return unclear
    if not said or (words.count("@") > 1 and len(said) == 1 and said[0][0].count("@") > 1):
        return Wrong("email")
    # "jo bloggs@…" and "jo@example,com": a part of the address may stand outside.
    if re.match(r",\w", words[said[0].end() :]):
        return Wrong("email")
    before = re.sub(r"^mailto:|[<(\[]$", "", words[: said[0].start()], flags=re.I)
    lead = r"(?:.*\b(?:is|on|at|it'?s|its|use|to|e-?mail|address|yw|me|e-bost|ydy)\b)?[\s:,-]*"
    if not re.fullmatch(lead, before, re.I | re.S):
        return Wrong("email")
    return addresses.pop()


def _in_signs(words: str) -> str:
    """Write "jo at example dot com" as an address."""
    found = _SPELT_OUT.fullmatch(words)
    if found is None or "@" in words:
        return words
    name, host = (
        re.sub(r" (\w+) ", lambda one: _SIGNS.get(one[1].casefold(), one[0]), found[part])
        for part in ("name", "host")
    )
    return f"{found['lead']}{name}@{host}{found['rest']}"


def find_email(text: str) -> str | None:
    """Find the one e-mail address in a text that is the citizen's own."""
    words = plain(text)
    said = list(_EMAIL.finditer(words))
    addresses = {_email(one[0]) for one in said}
    if len(addresses) != 1 or not _is_own(words[: said[0].start()]):
        return None
    address = addresses.pop()
    return address if isinstance(address, str) else None


def _email(said: str) -> str | Wrong:
    try:
        # What names a host of nobody's, as .test, is refused; .example is not.
        found = validate_email(said.strip(".!?'"), check_deliverability=False)
    except EmailNotValidError:
        return Wrong("email")
    domain = found.domain.casefold()
    if mended := _meant(domain):
        return Wrong("email_typo", (("choices", f"{found.local_part}@{mended}"),))
    return found.normalized


def _meant(domain: str) -> str:
    """Give the well-known domain that one is a slip away from; "" where none is."""
    if domain in _PROVIDERS or domain in _NEAR_PROVIDERS:
        return ""
    near = [one for one in _PROVIDERS if OSA.distance(domain, one, score_cutoff=1) <= 1]
    if near:
        return near[0]
    name, _, end = domain.partition(".")
    return f"{name}.{_SLIPS[end]}" if end in _SLIPS else ""


def _is_own(before: str) -> bool:
    """Tell whether what stands before a number or an address leaves it to be the citizen's own."""
    near = before[-80:]
    if denied(near):
        return False
    return bool(_OF_MINE.search(near)) or not _OF_OTHERS.search(near)

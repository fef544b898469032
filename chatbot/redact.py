"""Mask personal data in what citizens write; council references stay readable.

Every pattern starts at a boundary and has bounded or possessive repeats, so that the time grows
only with the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DATE = (
    r"(?:\d{1,2}[/.\- ]\d{1,2}[/.\- ]\d{2,4}|\d{4}-\d{2}-\d{2}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}\b,? ?\d{{2,4}}"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{2,4}})"
)
_STREET = (
    r"(?:street|st|road|rd|avenue|ave|lane|ln|close|drive|way|court|place|terrace|crescent|gardens"
    r"|grove|hill|square|row|walk|mews|park|view|green|rise|house|quay|wharf|parade|heol|stryd"
    r"|ffordd|maes|rhodfa|clos|lôn)"
)
_POSTCODE = r"(?:[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2})"
_HOUSE = r"(?:(?:flat|unit|apartment) ?\d{1,4}[a-z]?,? )?\d{1,4}[a-z]?"
_NUMBERED = r"(?:house |flat |door )?(?:number|no\.?|num) ?(?:is )?"
_GAP = r"(?:\)? ?\(?|-)"

EMAIL = re.compile(r"(?<![\w.%+'-])[\w.%+'-]++@(?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24}(?!\w)", re.I)
CARD = re.compile(
    r"(?<![\d£.,])(?<!\d[ -])(?:\d{4}[ -]\d{6}[ -]\d{5}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{13,19})"
    r"(?![\d,])"
)
NATIONAL_INSURANCE = re.compile(
    r"(?<!\w)[a-z]{2}[ -]?"
    r"\d\d[ -]?\d\d[ -]?\d\d[ -]?[a-d](?!\w)",
    re.I,
)
PHONE = re.compile(
    rf"(?<![\w£#/.,+-])(?:(?:\+44|0044)(?:{_GAP}\d){{9,11}}|\(?0\d\d(?:{_GAP}\d){{7,8}}"
    rf"|\+\d(?:{_GAP}\d){{7,13}})(?!\w)"
)
SORT_CODE = re.compile(r"(?<![\w£./-])\d\d[- ]?\d\d[- ]?\d\d(?![\w/-])")
ACCOUNT = re.compile(r"(?<![\w£./-])\d{8}(?![\w/-])")
BORN = re.compile(
    r"(?<!\w)(born|d\.?o\.?b\.?|date of birth|birthday|birth date|ganed|geni|dyddiad geni)"
    rf"([ :,-]{{0,3}}(?:(?:is|was|on|in|the|ar) ){{0,2}}){_DATE}(?!\w)",
    re.I,
)
ADDRESSES = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"(?<![\w£.,:/-]){_HOUSE},? (?:[a-z'’.-]{{1,24}} ){{0,3}}{_STREET}\b\.?,? ?"
        rf"(?:[a-z'’.-]{{1,24}},? ){{0,4}}{_POSTCODE}(?!\w)",
        rf"(?<![\w£.,:/-]){_HOUSE},? {_POSTCODE}(?!\w)",
        rf"(?<!\w){_POSTCODE},? (?:(?:and|at|i live at|i am at|im at) )?{_NUMBERED}"
        r"\d{1,4}[a-z]?(?!\w)",
        rf"(?<!\w){_NUMBERED}\d{{1,4}}[a-z]?,? (?:in |at )?{_POSTCODE}(?!\w)",
    )
)
REGISTRATION = re.compile(
    r"(?<!\w)(?:[A-HJ-PR-Y]{2}\d{2} ?[A-HJ-PR-Z]{3}|[a-hj-pr-y]{2}\d{2}[a-hj-pr-z]{3})(?!\w)"
)
NAMED = re.compile(
    r"(?<!\w)((?:my|the|her|his) (?:full )?name(?:['’]?s| is)|my names|i am called|i['’]?m called"
    r"|fy enw i yw|fy enw yw|f['’]enw i yw) "
    r"([^\W\d_][\w'’-]{0,30}+(?: [^\W\d_][\w'’-]{0,30}+){0,3})",
    re.I,
)
_REFERENCE = re.compile(
    r"\b(?:uprn|account|reference|ref|application|bill|invoice|order|permit|case|claim|payment"
    r"|council tax|customer|cyfrif|cyfeirnod)"
    r"(?: (?:number|no\.?|num|id|rhif))?(?: is|:| yw)?[ :#]*$",
    re.I,
)
_SORT = re.compile(r"sort[ -]?code|cod didoli", re.I)
_BANK = re.compile(r"\b(?:account|acc|a/c|acct|cyfrif)\b", re.I)
_NO_NAME = frozenset(
    """on in not no the a an at by for from of off to with missing wrong incorrect right spelled
    spelt misspelled misspelt still already listed down being never changed changing different now
    and but or so also only just there here that this what which when where your my it is was
    registered removed added under same called""".split()
)
_NAME_ENDS = _NO_NAME | frozenset(
    """i we he she they im i'm live lives need want would have has had got can could please am are
    my dob born phone email tel mobile aged who a'r a rwy""".split()
)


def redact(text: str, *, keep: Collection[str] = ()) -> str:
    """Replace personal data by marks such as [email] and [phone].

    keep: telephone numbers and e-mail addresses that are the council's own.
    """
    own_numbers = {_national(number) for number in keep}
    own_words = {word.lower() for word in keep}
    text = EMAIL.sub(_unless(lambda found: found.lower() in own_words, "[email]"), text)
    text = CARD.sub(_unless(lambda found: not _is_card(found), "[card]"), text)
    text = NATIONAL_INSURANCE.sub("[national insurance number]", text)
    text = _bank(text)
    text = BORN.sub(r"\1\2[date of birth]", text)
    for pattern in ADDRESSES:
        text = pattern.sub("[address]", text)
    text = PHONE.sub(lambda found: _phone(found, own_numbers), text)
    text = REGISTRATION.sub("[registration]", text)
    return NAMED.sub(_name, text)


def _unless(keeps: Callable[[str], bool], mark: str) -> Callable[[re.Match[str]], str]:
    return lambda found: found[0] if keeps(found[0]) else mark


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _is_card(text: str) -> bool:
    """Tell a payment card by its issuer's first digits, its length and its check digit (Luhn)."""
    digits = _digits(text)
    brand = digits[0] in "4 6" or digits[:2] in {"34", "37", "50", *map(str, range(51, 60))}
    mastercard = "2221" <= digits[:4] <= "2720"
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    total = sum(doubled) + sum(map(int, digits[-1::-2]))
    return (brand or mastercard) and 13 <= len(digits) <= 19 and total % 10 == 0


def _national(number: str) -> str:
    digits = _digits(number.replace("(0)", ""))
    if number.lstrip(" (").startswith("+44"):
        return "0" + digits.removeprefix("44")
    return "0" + digits.removeprefix("0044") if digits.startswith("0044") else digits


def _phone(found: re.Match[str], own: Collection[str]) -> str:
    number = _national(found[0])
    if number in own or _REFERENCE.search(found.string, max(0, found.start() - 40), found.start()):
        return found[0]
    foreign = found[0].startswith("+") and not found[0].startswith("+44")
    national = number[:2] in {"01", "02", "03", "05", "07", "08", "09"} and len(number) in (10, 11)
    return "[phone]" if national or (foreign and 8 <= len(number) <= 15) else found[0]


def _bank(text: str) -> str:
    """Mask a sort code that is called one, and the account number that goes with it."""
    if not (called := _SORT.search(text)):
        return _bank_pair(text)
    text = text[: called.end()] + SORT_CODE.sub("[sort code]", text[called.end() :], count=1)
    return ACCOUNT.sub(_account, text)


_PAIR = re.compile(
    r"(?<![\w£./-])(\d\d-\d\d-\d\d|\d\d \d\d \d\d)"
    r"([ ,;:/&]{1,3}(?:and )?(?:(?:account|acc|a/c)(?: (?:number|no\.?))?(?: is)?[ :]{1,2})?)"
    r"\d{8}(?![\w/-])",
    re.I,
)


def _bank_pair(text: str) -> str:
    return _PAIR.sub(r"[sort code]\2[account number]", text)


def _account(found: re.Match[str]) -> str:
    before = found.string[max(0, found.start() - 40) : found.start()]
    if "council tax" in before.lower() or "uprn" in before.lower():
        return found[0]
    near = "[sort code]" in before or _BANK.search(before)
    return "[account number]" if near else found[0]


def _name(found: re.Match[str]) -> str:
    """Mask up to three words after "my name is" that look like a name."""
    words = found[2].split(" ")
    capital = words[0][:1].isupper()
    name: list[str] = []
    for word in words[: 3 if capital else 2]:
        stops = _NAME_ENDS if name else _NO_NAME
        if word.lower() in stops or (capital and not word[:1].isupper()):
            break
        name.append(word)
    if not name:
        return found[0]
    return " ".join([found[1], "[name]", *words[len(name) :]])

"""Read where something is: postcodes, addresses, and places by words or by coordinates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from chatbot.automation import Value
from chatbot.doubt import Wrong, denied, doubt, hedged, plain

# BK is nobody's: the demo council's.
_AREAS = frozenset(
    """AB AL B BA BB BD BH BK BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E
    EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN
    LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO
    SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE""".split()
)
_INVENTED = frozenset(("BK",))
"""The area of the demo council's postcodes, which is assigned to nowhere."""
_POSTCODE = re.compile(
    r"([A-Z]{1,2})(?:[1-9]\d?|0|[1-9][ABCDEFGHJKMNPRSTUVWXY]) ?\d[ABD-HJLNP-UW-Z]{2}|GIR ?0AA"
)
_LIKE = re.compile(r"(?<!\w)[a-z0-9]{2,4}[ .-]{0,2}[0-9oil][a-z0-9]{2}(?!\w)", re.I)
_STRICT = re.compile(
    r"(?<!\w)[a-z]{1,2}\d[a-z0-9]? {0,2}\d[a-z]{2}(?!\w)|(?<!\w)gir ?0aa(?!\w)", re.I
)
_HALF = re.compile(r"(?<!\w)[a-z]{1,2}\d[a-z\d]?(?: \d[a-z]?)?[.!]?$", re.I)
_LOOKALIKE = {"O": "O0", "0": "0O", "I": "I1", "1": "1I"}

_KIND = (
    r"(?:street|st|road|rd|lane|ln|close|cl|avenue|ave?|drive|dr|way|crescent|cres|court|ct"
    r"|place|pl|terrace|terr?|gardens?|gdns|grove|gr|hill|square|sq|row|walk|mews|parade|green|rise"
    r"|view|park|mead|meadows?|croft|fields?|bank|yard|quay|wharf|circus|drove|end|gate|path|passage"
    r"|vale|heol|ffordd|stryd|lôn|lon|rhodfa|maes|bryn|clos|cilgant|parc|teras|broadway|cheapside)"
)
_NOT_NAMES = (
    "in on at of outside near opposite behind from to and or by was is are were not for with my our"
    " your their the a an this that which i it we bin bins bag bags day days week weeks month"
    " months year years time times hour hours minute minutes mins item items sofa sofas chair"
    " chairs car cars van vans people kids pothole potholes light lights street_lights"
    " mattress mattresses"
    " fridge fridges metres meters miles tonnes bed beds box boxes am pm tyres doors"
    " along off dogs men"
).split()
_NAME = rf"(?!(?:{'|'.join(_NOT_NAMES)})\b)[^\W\d_][\w'.]*"
_UNIT_WORDS = frozenset("flat apartment apt unit room number house fflat rhif".split())
_UNIT = (
    r"(?:(?:flat|apartment|apt|unit|room|fflat) ?\w{1,4},? "
    r"(?:[a-z][\w' ]{2,25} (?:house|court|lodge),? )?)?"
)
_LINE = (
    rf"{_UNIT}(?P<number>\d{{1,4}}[a-z]?(?:-\d{{1,4}})?),? "
    rf"(?:(?:the )?(?:{_NAME}[ -]){{1,4}}?{_KIND}|the {_KIND}|(?:heol|ffordd|stryd|lôn|lon|rhodfa"
    rf"|maes|clos|cilgant|parc|teras|bryn) (?:y |yr |{_NAME}){{1,2}})\b\.?"
)
_ADDRESS = re.compile(
    rf"(?<![\w/£.])(?P<line>{_LINE})(?P<rest>(?:,? ?(?:[A-Z][\w']+ ?){{0,3}}){{0,2}},? ?"
    rf"(?P<code>{_STRICT.pattern}))?",
    re.I,
)
_LEAD = re.compile(
    r"^(?:(?:it'?s|its|this is|that'?s|i live|we live|i'?m|we'?re|my|our"
    r"|the (?=address|house|property)|home|full|address|house|property|postal|is"
    r"|at|number|no\.?|from|yes|ok|fy|nghyfeiriad|cyfeiriad|yw|rwy'n|byw|yn|rhif"
    r"|in)[ :,]+)+",
    re.I,
)
_TAIL = re.compile(
    r"[ ,.;!]*(?:\b(?:please|pls|thanks|thank you|ta|cheers|diolch)\b)?[ ,.;!]*$", re.I
)
_TWO_NUMBERS = re.compile(r"\b\d{1,4}[a-z]?,? ?(?:or|and|neu|&|/|maybe) ?(?:number |no )?\d", re.I)
_DAY = re.compile(r"\b\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d\d)\b")
_NO_ADDRESS = re.compile(
    r"\b(?:next door|you (?:should )?(?:already )?(?:have|know)|same (?:as|address)|as before"
    r"|my house|home address|neighbou?r|on file|see above|across the road|the one (?:i|you))\b",
    re.I,
)
_SENTENCE = re.compile(
    r"\b(?:i|we|it|my|our|is|are|was|have|has|live|at|on|around|bins?|address|because|send|put)\b",
    re.I,
)
_OF_OTHERS = re.compile(
    r"\b(?:neighbou?r\w*|next door|landlord\w*|my (?:mum|mom|dad|friend|son|daughter|brother"
    r"|sister)|moved from|used to live|lived at|office at|shop at|tip at)\b",
    re.I,
)
_DEGREES = re.compile(
    r"(?<![\w.])(?:lat\w*:? ?)?(?P<lat>[-+]?\d{1,3}\.\d{2,})°? ?(?P<ns>[NS])?"
    r"(?:,? ?lo?ng?\w*:? ?|, ?| )(?P<lon>[-+]?\d{1,3}\.\d{1,})°? ?(?P<ew>[EW])?(?![\w.]\w)",
    re.I,
)
_NOWHERE = re.compile(
    r"(?:(?:outside|near|at|on|in|by|just|right|over|out|down|around|along|opposite|behind|its|it's"
    r"|is|the|my|our|this|that|a|same|whole|all|home|house|place|street|road|lane|area|estate|here"
    r"|there|everywhere|anywhere|somewhere|nowhere|where|i|we|live|am|front|back|of|corner|end|"
    r"local|one|side|next|door|to|usual|address|no|yes|idea|fy|nhŷ|nhy|stryd|yma|tu allan"
    r"|i|number|\d+)\W*)+",
    re.I,
)
_WHERE = (
    r"(?:at the (?:corner|junction|end|top|bottom) of|on the corner of|corner of|junction of"
    r"|in front of|next to|opposite|outside|near(?: to)?|behind|along|on|by|in|at|down|ar|ger"
    r"|tu allan i)"
)
_MARK = (
    rf"(?:{_KIND}|school|church|chapel|library|station|bridge|roundabout|car park|surgery|hospital"
    r"|pub|cemetery|playground|playing field|ysgol|eglwys)"
)
_SPOT = (
    rf"(?:the )?(?:(?:\d{{1,4}}[a-z]? )?(?:{_NAME} ){{0,4}}?{_MARK}(?: {_KIND})?\b(?! road)"
    r"|[ABM]\d{1,4}\b)"
)
_SPOTS = re.compile(
    rf"\b{_WHERE} {_SPOT}(?: and {_SPOT})?(?:,? {_WHERE} {_SPOT})*",
    re.I,
)
_LIVES = re.compile(r"\b(?:live|lives|living|moved|work|byw)\b", re.I)
_BESIDE = re.compile(
    r"\b(?:opposite|between|near|behind|beside|next to|past|bus|route|since|across from)\W+$", re.I
)
_PLAIN = re.compile(
    rf"\b(?:{_WHERE}|the|and|of|{_MARK}|main|busy|side|back|front|whole|same|next|primary"
    r"|secondary)\b|\W",
    re.I,
)
_NAMED_BY_MARKS = re.compile(rf"\b{_MARK} {_KIND}\b", re.I)


# Postcodes


def mend_postcode(said: str) -> str:
    """Give a postcode in its form, O for 0 and 1 for I put right; "" where it is not just one."""
    letters = re.sub(r"[ .-]", "", said).upper()
    if not 5 <= len(letters) <= 7:
        return ""
    if _is_postcode(letters):
        return f"{letters[:-3]} {letters[-3:]}"
    ways = {"".join(way) for way in product(*(_LOOKALIKE.get(one, one) for one in letters))}
    right = [way for way in ways if _is_postcode(way)]
    if not right:
        right = [way for way in _with_ones(letters) if _is_postcode(way)]
    return f"{right[0][:-3]} {right[0][-3:]}" if len(right) == 1 else ""


def _with_ones(letters: str) -> Iterator[str]:
    """Give a postcode with each L in turn taken for a 1."""
    for at, letter in enumerate(letters):
        if letter == "L":
            yield f"{letters[:at]}1{letters[at + 1 :]}"


def _is_postcode(letters: str) -> bool:
    found = _POSTCODE.fullmatch(f"{letters[:-3]} {letters[-3:]}")
    return found is not None and (letters == "GIR0AA" or found[1] in _AREAS | _INVENTED)


def read_postcode(text: str) -> str | Wrong:
    """Read the postcode in a message, as "GL1 2TG"."""
    words = plain(text)
    codes = {code for start, _, code in _postcodes(words) if not denied(words[:start])}
    if len(codes) > 1:
        return Wrong("two")
    if unclear := doubt(words):
        return unclear
    if codes:
        return codes.pop()
    spelt = re.fullmatch(r"\W*((?:\w[ .-]*){5,7})\W*", words)
    return (mend_postcode(spelt[1]) if spelt else "") or Wrong("postcode")


def find_postcode(text: str) -> str | None:
    """Find the one postcode in a text, written as it should be."""
    words = plain(text)
    codes = set(_strict(words))
    if _OF_OTHERS.search(words) or re.search(r"\b(?:mum|dad|friend|mate)\w*\b", words, re.I):
        return None
    return codes.pop() if len(codes) == 1 and not hedged(words, mild=False) else None


def _strict(words: str) -> Iterator[str]:
    for found in _STRICT.finditer(words):
        # "On the M1 5th April" holds no postcode.
        is_day = re.search(r"\d(?:st|nd|rd|th)$", found[0])
        if (code := mend_postcode(found[0])) and not is_day and not denied(words[: found.start()]):
            yield code


def _postcodes(words: str) -> Iterator[tuple[int, int, str]]:
    for found in _LIKE.finditer(words):
        code = mend_postcode(found[0])
        if code and any(one.isdigit() for one in found[0]):
            yield found.start(), found.end(), code


# Addresses


def read_address(text: str) -> str | Wrong:
    """Read an address in a message: number or name of the house, street, postcode if it is said."""
    words = plain(re.sub(r"\s*\n\s*", ", ", text.strip()).replace(",,", ","))
    codes = list(_postcodes(words))
    if len({code for _, _, code in codes}) > 1 or _TWO_NUMBERS.search(_DAY.sub(" ", words)):
        return Wrong("two")
    if unclear := doubt(words, mild=False):
        return unclear
    if _NO_ADDRESS.search(words):
        return Wrong("address")
    line, code = words, ""
    if codes:
        start, end, code = codes[-1]
        line = f"{words[:start].strip(' ,.')}, {words[end:].strip(' ,.')}".strip(" ,")
    full = [one for one in _ADDRESS.finditer(line) if not denied(line[: one.start()])]
    if len({one["line"].casefold() for one in full}) > 1:
        return Wrong("two")
    if re.search(r"\b(?:not|nid|rather than|instead of)\b", line, re.I):
        if len(full) != 1:
            return Wrong("address")
        line = full[0]["line"]
    elif full and _SENTENCE.search(line[: full[0].start()]):
        line = line[full[0].start() :]
    line = _TAIL.sub("", re.sub(r" *, *", ", ", _LEAD.sub("", line).strip()))
    return _whole(line.strip(" ,.;"), code, words)


def _whole(  # noqa: PLR0911 - a return for each way of saying it
    line: str, code: str, words: str
) -> str | Wrong:
    number = re.search(r"\d", line)
    names = re.findall(r"[^\W\d_]{3,}", line)
    if re.search(r"\b[a-z]{1,2}\d[a-z\d]? \d[a-z]{2}\b", line, re.I):
        return Wrong("postcode")
    if not code and _HALF.search(words) and number and not re.fullmatch(r"\d+[a-z]?", line, re.I):
        return Wrong("postcode")
    if not set(map(str.casefold, names)) - _UNIT_WORDS:
        if not number:
            return Wrong("address_number" if code else "address")
        return f"{line}, {code}" if code else Wrong("address_street")
    if re.match(rf"\d+[a-z]? (?:{'|'.join(_NOT_NAMES)})\b(?<! the)(?<! a)", line, re.I):
        return Wrong("address")
    street = re.search(rf"\b{_KIND}\b", line, re.I)
    is_named = ("," in line and street) or (code and not street)
    if not number and not is_named:
        return Wrong("address_number" if street else "address")
    if (
        number
        and not street
        and not code
        and (len(names) > 5 or not re.match(r"(?:(?:flat|apartment|unit) )?\d", line, re.I))
    ):
        return Wrong("address")
    return f"{line}, {code}" if code else line


def find_address(text: str) -> str | None:
    """Find the one address in a text: a number and a street by its word, postcode if it follows."""
    words = plain(text.replace("\n", ", "))
    if hedged(words, mild=False) or _OF_OTHERS.search(words) or _TWO_NUMBERS.search(_DAY.sub(" ", words)):
        return None
    found = list(_ADDRESS.finditer(words))
    if len(found) != 1:
        return None
    before = words[: found[0].start()]
    if denied(before) or _BESIDE.search(before):
        return None
    one = found[0]
    if len(set(_strict(words))) > bool(one["code"]):
        return None
    line = one["line"].strip(" .")
    if not one["code"]:
        return line
    town = one["rest"][: -len(one["code"])].strip(" ,")
    return ", ".join(part for part in (line, town, mend_postcode(one["code"])) if part)


# Places


def read_location(text: str, characters: int) -> Value | Wrong:
    """Read a place: coordinates, or the words that say where."""
    words = plain(text.replace("\n", ", "))
    if (found := _DEGREES.search(words)) is not None:
        return _point(found) or Wrong("location_outside")
    if unclear := doubt(words, mild=False):
        return unclear
    if re.search(r"\b(?:or|neu)\b", words, re.I):
        return Wrong("two")
    line = _TAIL.sub(
        "", re.sub(r"^(?:it'?s|its|it is|they'?re|mae|yes|ok)[ ,]+", "", words, flags=re.I)
    )
    line = line.strip(" ,.;")
    for start, end, code in reversed(list(_postcodes(line))):
        line = line[:start] + code + line[end:]
    if _NOWHERE.fullmatch(line) or not re.search(r"[^\W\d_]{3,}|[A-Z]\d", line) or "://" in line:
        return Wrong("location")
    return {"words": line} if len(line) <= characters else Wrong("location")


def find_location(text: str) -> Value | None:
    """Find the one place in a text: coordinates, a street or a landmark by its name."""
    words = plain(text.replace("\n", ", "))
    points = list(_DEGREES.finditer(words))
    if points:
        return _point(points[0]) if len(points) == 1 else None
    if hedged(words, mild=False):
        return None
    spots = [one for one in _SPOTS.finditer(words) if _is_named(one[0])]
    if any(_LIVES.search(words[: one.start()]) for one in spots):
        return None
    spots = [one for one in spots if not denied(words[: one.start()])]
    if len(spots) > 1 or re.search(r"\bor\b", words, re.I):
        return None
    if spots:
        return {"words": spots[0][0]}
    address = find_address(text)
    return {"words": address} if address else None


def _is_named(spot: str) -> bool:
    """Tell whether words name a place, as "on the road" does not."""
    return bool(_PLAIN.sub("", spot) or _NAMED_BY_MARKS.search(spot))


def _point(found: re.Match[str]) -> Value | None:
    latitude, longitude = float(found["lat"]), float(found["lon"])
    if (found["ns"] or "").upper() == "S":
        latitude = -latitude
    if (found["ew"] or "").upper() == "W":
        longitude = -abs(longitude)
    if not (49.8 <= latitude <= 60.9 and -8.7 <= longitude <= 1.8):
        return None
    words = f"{latitude:.6g}, {longitude:.6g}"
    return {"words": words, "latitude": latitude, "longitude": longitude}

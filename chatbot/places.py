"""Read where something is: postcodes, addresses, and places by words or by coordinates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from chatbot.automation import Value
from chatbot.doubt import Wrong, denied, doubt, hedged, plain
from chatbot.figures import MONTHS

# BK is nobody's: the demo council's.
_AREAS = frozenset(
    """AB AL B BA BB BD BH BK BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT
    DY E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE
    LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM
    SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE""".split()
)
_POSTCODE = re.compile(
    r"([A-Z]{1,2})(?:[1-9]\d?|0|[1-9][ABCDEFGHJKMNPRSTUVWXY]) ?\d[ABD-HJLNP-UW-Z]{2}|GIR ?0AA"
)
_LIKE = re.compile(r"(?<!\w)[a-z0-9]{2,4}[ .-]{0,2}[0-9oil][a-z0-9]{2}(?!\w)", re.I)
_STRICT = re.compile(
    r"(?<!\w)[a-z]{1,2}\d[a-z0-9]? {0,2}\d[a-z]{2}(?!\w)|(?<!\w)gir ?0aa(?!\w)", re.I
)
_HALF = re.compile(
    r"(?<!\w)(?<!flat )(?<!unit )(?<!room )(?P<area>[a-z]{1,2})\d[a-z\d]?(?: \d[a-z]?)?[.!]?$", re.I
)
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
_COUNTED = re.compile(rf"\d+[a-z]? (?:{'|'.join(_NOT_NAMES)})\b(?<! the)(?<! a)", re.I)
_A_DAY = re.compile(rf"\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{'|'.join(MONTHS)})", re.I)
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
    r"|sister)|planning|plans? (?:for|at)|application (?:for|at)|object\w* to"
    r"|own(?:s|ed|er of)|moved from|used to live|lived at"
    r"|office (?:at|is)|work at|shop at|tip at)\b",
    re.I,
)
_OTHERS_MOVE = re.compile(
    r"\b(?:neighbou?r\w*|my (?:mum|mom|dad|friend|son|daughter|brother|sister|tenants?|ex)|he|she"
    r"|they|not|never|no longer|\w+n'?t|tenants?|bus|walk|drive|road closed|route|all the way)\b",
    re.I,
)
_HOME = r"(?: (?:my|our|the|an?))?(?: (?:old|new|current))?(?: (?:home|house|flat|place))?(?: at)?"
_MOVES_FROM = re.compile(rf"\bfrom{_HOME} $", re.I)
_MOVES_TO = re.compile(rf"(?:, (?-i:[A-Z])[\w' -]*)?,? (?:in)?to{_HOME} ", re.I)
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
    r"(?:at the (?:corner|junction|end|top|bottom|back|front|side|far end"
    r"|other end|entrance|rear) (?:of|to)"
    r"|(?:on|in|at|along|by) the \w+ of|corner of|junction of|in front of"
    r"|next (?:door )?to|opposite|outside(?: of)?|near(?: to)?|behind|beside|under(?:neath)?"
    r"|beneath|across from|halfway (?:up|down|along)|just (?:off|past|before|by|after)|down by"
    r"|up by|over by|round by|along|between|past|off|up|round|on|by(?! the way\b)|inside|in|at|down"
    r"|yn|ar|ger|wrth|tu allan i(?:'r)?|tu ôl i(?:'r)?|gyferbyn â(?:'r)?)"
)
_CLEAR_WHERE = (
    r"(?:outside(?: of)?|opposite|next to|in front of|behind|beside|under(?:neath)?|beneath"
    r"|near(?: to)?|across from|between)"
)
# What is itself a place, so that "the bus shelter on Spa Road" is all of it.
_OBJECT = (
    r"(?:bus (?:shelter|stop)|car park|roundabout|junction|crossing|traffic lights|underpass|subway"
    r"|lay-?by|alley(?:way)?|footpath|towpath|verge|playground|play area|garages|toilets|bridge"
    r"|cycle path|phone box|war memorial|bandstand|skate ?park)"
)
_SHOP = r"(?:tesco|asda|aldi|lidl|co-?op|sainsbury'?s|morrisons|spar)"
_COMMON = (
    rf"(?:{_KIND}|{_OBJECT}|school|church|chapel|library|station|surgery|hospital|pub|cemetery"
    r"|playing fields?|post office|shops?|garage|lock|canal|river|pond|hall|cent(?:re|er)|club"
    r"|hotel|inn|arms|market|supermarket|tip|rec"
    r"|estate|pavement|nursery|college|chemist|pharmacy|chippy|bakery|cafe|café|allotments?"
    r"|ysgol|eglwys|llyfrgell|gorsaf|orsaf|meddygfa)"
)
_MARK = rf"(?:{_COMMON}|{_SHOP}(?: {_COMMON})?)"
_SPOT = (
    rf"(?:the |my |our |a |number |no\.? |y |yr )*"
    rf"(?:(?:\d{{1,4}}[a-z]? )?(?:(?!st\b){_MARK}|(?:{_NAME} ){{1,4}}?{_MARK})(?: {_KIND})?\b"
    r"(?! road)|(?<=number )\d{1,4}[a-z]?\b"
    r"|[ABM]\d{1,4}\b)"
)
# "Outside the old Odeon on Mill Lane": what follows such a word is a place, whatever it is.
_ANY_SPOT = rf"(?:the |my |our |a |number |no\.? )?(?:{_NAME} ?|\d{{1,4}}[a-z]? ){{1,5}}?"
_TOWN = (
    rf"(?:,? (?:in|at|yn) (?!(?:{'|'.join(MONTHS)}|easter|christmas|xmas)\b)"
    r"(?-i:[A-Z][\w'-]+(?: [A-Z][\w'-]+)?))"
)
_SPOTS = re.compile(
    rf"(?:\b{_CLEAR_WHERE} {_ANY_SPOT} ?(?={_WHERE} )"
    rf"|\bthe (?:{_NAME} ){{0,2}}?{_OBJECT} (?={_WHERE} ))?"
    rf"\b{_WHERE} {_SPOT}(?:(?: and| with|,) (?:the )?{_SPOT})?(?:,? {_WHERE} {_SPOT})*{_TOWN}?",
    re.I,
)
# "On Mill Lane by the swings" must not become "on Mill Lane".
_GOES_ON = re.compile(
    rf",? (?:(?:up|down|along|all the way|right|as far as) )?(?:to|towards?|as far as|from)"
    r" (?:the |my |number |no )?(?-i:[A-Z])"
    rf"|,? {_CLEAR_WHERE}\b|,? by the (?!way|time|looks|council|end|bin)\w"
    # What is named after a street: "at Kings Walk car park".
    r"| (?:car park|park|estate|precinct|shops?|shopping|centre|roundabout|junction|school|surgery"
    r"|station|flats|playing fields?|recreation|rec|allotments?|garages)\b",
    re.I,
)
_LIVES = re.compile(
    r"\b(?:live|lives|living|moved|work|walk|walking|walked|driv\w+|drove|passing|byw)\b", re.I
)
_BESIDE = re.compile(
    r"\b(?:opposite|outside|between|near|behind|beside|next to|past|bus|route|since"
    r"|across from)\W+$",
    re.I,
)
_BESIDE_IT = re.compile(
    r"(?:opposite|between|near|behind|beside|next to|past|outside|across from|in front of)\b", re.I
)
_PLAIN = re.compile(
    rf"\b(?:{_WHERE}|the|and|of|my|our|your|a|number|no|\d{{1,4}}[a-z]?|y|yr|r"
    rf"|{_COMMON}|local|old|main|busy|side|back|front|whole|same|next|primary"
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
    return bool(found) and (letters == "GIR0AA" or (found is not None and found[1] in _AREAS))


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
    if len({code for _, _, code in codes}) > 1 or _two_numbers(words):
        return Wrong("two")
    if unclear := doubt(words, mild=False):
        return unclear
    line, code = words, ""
    if codes:
        start, end, code = codes[-1]
        line = f"{words[:start].strip(' ,.')}, {words[end:].strip(' ,.')}".strip(" ,")
    said = _address_in(line)
    if isinstance(said, Wrong):
        return said
    line = _TAIL.sub("", re.sub(r" *, *", ", ", _LEAD.sub("", said).strip()))
    if _NO_ADDRESS.search(words) or _BESIDE_IT.match(line):
        return Wrong("address")
    return _whole(line.strip(" ,.;"), code, words)


def _two_numbers(words: str) -> bool:
    """Tell whether a message has two numbers for one house; a day with slashes is none."""
    return bool(_TWO_NUMBERS.search(_DAY.sub(" ", words)))


def _address_in(line: str) -> str | Wrong:
    """Leave out of a line what is said around its address."""
    full = [one for one in _ADDRESS.finditer(line) if not denied(line[: one.start()])]
    if len({one["line"].casefold() for one in full}) > 1:
        return Wrong("two")
    if re.search(r"\b(?:not|nid|rather than|instead of)\b", line, re.I):
        return full[0]["line"] if len(full) == 1 else Wrong("address")
    if full and _SENTENCE.search(line[: full[0].start()]):
        return line[full[0].start() :]
    return line


def _whole(line: str, code: str, words: str) -> str | Wrong:
    """Give a line with its postcode, or say what it lacks."""
    number = bool(re.search(r"\d", line))
    names = re.findall(r"[^\W\d_]{3,}", line)
    lacks = ""
    if _half_a_postcode(line, code, words):
        lacks = "postcode"
    elif not set(map(str.casefold, names)) - _UNIT_WORDS:
        alone = "address_number" if code else "address"
        lacks = alone if not number else "" if code else "address_street"
    elif _A_DAY.fullmatch(line) or _COUNTED.match(line):
        lacks = "address"
    else:
        lacks = _lacks(line, code, number=number, names=len(names))
    if lacks:
        return Wrong(lacks)
    return f"{line}, {code}" if code else line


def _half_a_postcode(line: str, code: str, words: str) -> bool:
    if re.search(r"\b[a-z]{1,2}\d[a-z\d]? \d[a-z]{2}\b", line, re.I):
        return True
    half = _HALF.search(words)
    if code or half is None or half["area"].upper() not in _AREAS:
        return False
    return bool(re.search(r"\d", words[: half.start()]))


def _lacks(line: str, code: str, *, number: bool, names: int) -> str:
    """Say what a line with names in it lacks to be an address, as a key; "" for nothing."""
    street = re.search(rf"\b{_KIND}\b", line, re.I)
    if not number:
        is_named = ("," in line and street) or (code and not street)
        return "" if is_named else "address_number" if street else "address"
    opens = re.match(r"(?:(?:flat|apartment|unit) )?\d", line, re.I)
    return "" if street or code or (names <= 5 and opens) else "address"


def find_address(text: str) -> str | None:
    """Find the one address in a text: a number and a street by its word, postcode if it follows."""
    words = plain(text.replace("\n", ", "))
    if hedged(words, mild=False) or _OF_OTHERS.search(words) or _two_numbers(words):
        return None
    found = list(_ADDRESS.finditer(words))
    if len(found) != 1:
        return None
    before = words[: found[0].start()]
    if denied(before) or _BESIDE.search(before):
        return None
    return None if len(set(_strict(words))) > bool(found[0]["code"]) else _line(found[0])


def _line(found: re.Match[str]) -> str:
    line = found["line"].strip(" .")
    if not found["code"]:
        return line
    town = found["rest"][: -len(found["code"])].strip(" ,")
    return ", ".join(part for part in (line, town, mend_postcode(found["code"])) if part)


def find_move(text: str) -> tuple[str, ...]:
    """Find the two addresses of "from 1 Mill Lane to 2 Mill Lane", old and new; () where that is
    not said beyond doubt."""
    words = plain(text.replace("\n", ", "))
    if hedged(words, mild=False) or _OTHERS_MOVE.search(words) or _two_numbers(words):
        return ()
    found = list(_ADDRESS.finditer(words))
    if len(found) != 2:
        return ()
    old, new = found
    before, between = words[: old.start()], words[old.end() : new.start()]
    if not _MOVES_FROM.search(before) or not _MOVES_TO.fullmatch(between):
        return ()
    lines = _line(old), _line(new)
    codes = [one["code"] for one in found if one["code"]]
    return lines if len(list(_strict(words))) == len(codes) else ()


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
        return None if _GOES_ON.match(words[spots[0].end() :]) else {"words": spots[0][0]}
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

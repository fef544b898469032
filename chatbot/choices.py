"""Read which of several answers is meant, and a yes or a no."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from rapidfuzz.distance import OSA

from chatbot.automation import Choice, Detail, in_language
from chatbot.counts import by_count
from chatbot.doubt import Wrong, bare, denied, doubt, hedged, listed, plain, taken_back

_NUMBERED = (
    "first 1st one cyntaf",
    "second 2nd two ail",
    "third 3rd three trydydd",
    "fourth 4th four pedwerydd",
    "fifth 5th five pumed",
    "sixth 6th six chweched",
    "seventh 7th seven seithfed",
    "eighth 8th eight wythfed",
)
_ORDER = re.compile(
    r"(?:i (?:choose|want|pick) )?(?:the |y |yr )?"
    r"(?:(?:option|number|no\.?|choice|answer|opsiwn|rhif) )?"
    r"(?P<which>\w+)(?: (?:one|option|choice|un))?(?: (?:on the list|of those))?"
)
_SEVERAL = re.compile(
    r"\b(?:both|all|neither|none|any|every|either|popeth|pob|y ddau|y ddwy)\b", re.I
)
_SMALL = frozenset(
    """the and for from not bin bins one your our with that this are was has have had its rent own
    item items more than some
    something else other yes y yr yn gan neu min biniau i o a my""".split()
)
_COLOURS = frozenset(
    """brown blue green grey gray black red white yellow purple pink orange maroon burgundy
    glas gwyrdd llwyd du coch gwyn melyn porffor""".split()
)
_EVERYDAY = frozenset(
    """garden food council own owner home house private street road light water wood metal large
    small general glass paper council car park tree dog gardd bwyd cyngor cartref""".split()
)
_HEADS = frozenset(
    """bin bins one ones lid wheelie waste caddy box bag bags collection bin's wastes
    gwastraff""".split()
)
# As a part of a sentence they are other words: "I am", "any heating", "to report".
_ONLY_ALONE = frozenset("am pm any to".split())
_OTHER = re.compile(
    r"(?:something|anything|someone|somewhere) else|(?:an)?other(?: (?:problem|reason|thing))?"
    r"|none of (?:these|those|them)",
    re.I,
)
_NONE_OF_THEM = re.compile(
    r"(?:it'?s |its )?(?:none|neither) of (?:those|these|them|the above|your options|the options)"
    r"|dim un o'?r rhain",
    re.I,
)
# "The service is rubbish" speaks of no bin.
_JUDGED = re.compile(
    r"(?:\b(?:is|are|was|were|be|been|being|absolute|absolutely|total|totally|complete|completely|so"
    r"|such|load of|pretty|utter|utterly|really|bit|just|what)|'s|'re) $"
)
_JUDGING = frozenset("rubbish garbage waste trash sbwriel".split())
_TOO_PLAIN = frozenset("other else something none yes no general rhywbeth arall".split())

_YES_SAID = frozenset(
    """yes please|yes it is|it is|yes i do|i do|i am|yes i am|we do|we are|i have|we have
    |thats correct
    |thats right|that is right|that is correct|of course|please do|go ahead|it does|it has|it was
    |they are|there is|there are|yes there is|i would|i will|i can|wrth gwrs|mae hynnyn gywir
    |👍|✅|✔""".replace("\n", "").split("|")
)
_YES_SAID = frozenset(one.strip() for one in _YES_SAID)
_YES_FIRST = frozenset("yes yep yup yeah yea yess yesss aye y correct ie ydw ydy oes ydyn".split())
_YES_ALONE = _YES_FIRST | frozenset(
    "ye ya sure right definitely absolutely certainly indeed true affirmative cywir".split()
)
_NO_FIRST = frozenset("no nope nah n noo na nage naddo".split())
_NO_SAID = frozenset(
    """i dont|i do not|we dont|im not|i am not|we arent|it isnt|it is not|its not|it doesnt|it hasnt
    |it wasnt|they arent|there isnt|there is not|there arent|i havent|we havent|i wouldnt|i wont
    |i cant|definitely not|certainly not|absolutely not|of course not|not at all|never|false
    |negative    |none|not yet|👎|❌|nac oes|nac ydw|nac ydy|nac ydi|nac ydyn|na fydd|nac oedd
    |ddim o gwbl""".replace("\n", "").split("|")
)
_NO_SAID = frozenset(one.strip() for one in _NO_SAID)
_NOT_NO = re.compile(
    r"no (?:problem|worries|idea|one|body|clue|matter|doubt|longer|need|more|way of|comment)\b"
)
_BUT = re.compile(
    r"\b(?:but|except|unless|if|depends|sometimes|partly|sort of|kind of|not really|ond|os)\b"
)


def read_choice(detail: Detail, text: str, language: str) -> str | Wrong:
    """Read which choice is meant, by its words, nearly its words, or its place in the list."""
    choices, words = detail.choices, bare(text)
    exact = {one.value for one in choices if words in map(bare, _phrases(one))}
    if len(exact) == 1:
        return exact.pop()
    if unclear := doubt(plain(text)):
        return unclear
    counted = by_count(choices, words)
    values = _in_words(choices, words) if counted is None else counted
    some = [one for one in choices if one.value in values]
    if len(values) == 1:
        return values.pop()
    key = "choice_which" if some else "choice"
    return Wrong(key, (("choices", _names(some or choices, language)),))


def _in_words(choices: tuple[Choice, ...], words: str) -> set[str]:
    """Give the values that an answer may mean; none where it takes them back or names several."""
    met, some_denied = _met(choices, words)
    if met:
        return set() if len(met) == 1 and _SEVERAL.search(words) else met
    if (value := _by_order(choices, words) or _none_of_them(choices, words)) is not None:
        return {value}
    denies = some_denied or denied(f"{words} ") or re.search(r"\bnot\b|n't\b", words)
    if denies or _SEVERAL.search(words):
        return set()
    return _by_words(choices, words) or _misspelt(choices, words)


def _none_of_them(choices: tuple[Choice, ...], words: str) -> str | None:
    """Take "none of those" for the choice that is any other."""
    others = [one.value for one in choices if _OTHER.fullmatch(in_language(one.labels, "en"))]
    return others[0] if len(others) == 1 and _NONE_OF_THEM.fullmatch(words) else None


def find_choice(detail: Detail, text: str) -> str | None:
    """Find the one choice whose words stand whole in a text, and are not taken back."""
    words = bare(text)
    if hedged(words) or re.search(r"\b(?:neighbou?r\w*|next door|instead of|rather than)\b", words):
        return None
    spans = _spans(detail.choices, words, found=True)
    kept = [span for span in spans if not denied(words[: span[0]])]
    # "No street light near the pothole" may be about either.
    if kept and len(kept) < len(spans) and re.search(r"\bno\b", words):
        return None
    # "The blue car" is no bin, and yet it leaves open which bin is meant.
    kept = [span for span in kept if not _judges(words, *span[:2])]
    sure = any(_stands_for_it(words[start:end], words[end:]) for start, end, _ in kept)
    values = {value for _, _, value in kept}
    return values.pop() if sure and len(values) == 1 else None


def show_choice(choice: Choice, language: str) -> str:
    """Say a choice as it is labelled."""
    return in_language(choice.labels, language) or choice.value


def _names(choices: tuple[Choice, ...] | list[Choice], language: str) -> str:
    return listed((show_choice(one, language) for one in choices), language) if choices else "-"


def _phrases(choice: Choice) -> Iterator[str]:
    """Give the words for a choice; a label also without its brackets, and the brackets' own."""
    yield choice.value.replace("_", " ").replace("-", " ")
    yield from choice.said
    for label in choice.labels.values():
        yield label
        if found := re.fullmatch(r"\s*(.+?)\s*\(([^()]+)\)\s*", label):
            yield found[1]
            yield found[2]


def _met(choices: tuple[Choice, ...], words: str) -> tuple[set[str], bool]:
    """Give the values whose words are met, and whether some were taken back."""
    spans = _spans(choices, words)
    first = min((start for start, _, _ in spans), default=0)
    kept = {
        value
        for start, _, value in spans
        if not taken_back(words[:start], after_another=start > first)
    }
    return kept, len(kept) < len({value for _, _, value in spans})


def _spans(
    choices: tuple[Choice, ...], words: str, *, found: bool = False
) -> list[tuple[int, int, str]]:
    """Give where words of choices stand, start, end and value, without those inside longer ones."""
    spans: list[tuple[int, int, str]] = []
    for one in choices:
        for phrase in {bare(phrase) for phrase in _phrases(one)}:
            too_plain = found and _TOO_PLAIN.issuperset(phrase.split())
            if not phrase or too_plain or phrase.isdigit() or phrase in _ONLY_ALONE:
                continue
            parts = "[ -]?".join(map(re.escape, re.split(r"[ \-]+", phrase)))
            pattern = rf"(?<!\w){parts}(?:s|es)?(?!\w)"
            spans += [(*at.span(), one.value) for at in re.finditer(pattern, words)]
    return [
        (start, end, value)
        for start, end, value in spans
        if not any(s <= start and end <= e and e - s > end - start for s, e, _ in spans)
    ]


def _judges(words: str, start: int, end: int) -> bool:
    """Tell whether a word says what somebody thinks of something: "the service is rubbish"."""
    return words[start:end] in _JUDGING and bool(_JUDGED.search(words[:start]))


def _stands_for_it(phrase: str, after: str) -> bool:
    """Tell whether a word means the choice in a text about anything: a colour or an everyday word
    does only with what it belongs to, as in "the blue one"."""
    following = re.match(r"[ -]+([\w']+)", after)
    if phrase not in _COLOURS | _EVERYDAY or (following and following[1] in _HEADS):
        return True
    return phrase in _COLOURS and following is None


def _by_order(choices: tuple[Choice, ...], words: str) -> str | None:
    """Take "the second one" or "2" for a place in the list, where no label has its own numbers."""
    found = _ORDER.fullmatch(words)
    if found is None or not choices:
        return None
    which = found["which"]
    if which in ("last", "olaf"):
        return choices[-1].value
    named = any(re.search(r"\d", in_language(one.labels, "en")) for one in choices)
    at = next((i for i, names in enumerate(_NUMBERED) if which in names.split()), None)
    if which.isdigit() and len(which) < 3:
        at = int(which) - 1
    plain_number = which.isdigit() or which in "one two three four five six seven eight".split()
    if at is None or not 0 <= at < len(choices) or (named and plain_number):
        return None
    return None if which == "one" and words != "one" else choices[at].value


def _own_words(choices: tuple[Choice, ...]) -> dict[str, set[str]]:
    """Give each word that counts with the choices that have it."""
    owners: dict[str, set[str]] = {}
    for one in choices:
        for phrase in _phrases(one):
            # A word alone may stand for a short phrase, not "road" for "hole in the road".
            said = re.findall(r"[^\W\d_]+", phrase.casefold())
            for word in said if len(said) <= 3 else ():
                if len(word) >= 3 and word not in _SMALL:
                    owners.setdefault(word, set()).add(one.value)
    return owners


def _by_words(choices: tuple[Choice, ...], words: str) -> set[str]:
    owners = _own_words(choices)
    hit = [owners[word] for word in re.findall(r"[^\W\d_]+", words) if word in owners]
    return set.intersection(*hit) if hit and set.intersection(*hit) else set().union(*hit)


def _misspelt(choices: tuple[Choice, ...], words: str) -> set[str]:
    """Give the choices that a word is one slip away from, two where it is long."""
    owners = _own_words(choices)
    singly = re.findall(r"[^\W\d_]+", words)
    joined = [one + other for one, other in pairwise(singly)]
    said = [word for word in (*singly, *joined) if len(word) >= 4 and word not in _SMALL]
    values: set[str] = set()
    for word in said:
        slips = {known: OSA.distance(word, known) for known in owners if len(known) >= 4}
        fewest = min(slips.values(), default=9)
        if fewest <= (2 if len(word) >= 7 else 1):
            values |= set().union(*(owners[known] for known, n in slips.items() if n == fewest))
    return values


def read_yes_no(text: str, language: str) -> bool | Wrong:
    """Read a yes or a no, in the many ways in which they are said."""
    words = bare(text).replace("'", "")
    first, _, rest = re.sub(r"[^\w\s👍✅✔👎❌]", " ", words).strip().partition(" ")
    rest = rest.strip()
    whole = f"{first} {rest}".strip()
    # "Do" is a Welsh yes about what has been.
    if whole in _YES_SAID or whole in _YES_ALONE or (whole, language) == ("do", "cy"):
        return True
    if whole in _NO_SAID or whole in _NO_FIRST or whole in ("no thanks", "no thank you"):
        return False
    if doubt(plain(text)) or _BUT.search(whole) or _NOT_NO.match(whole):
        return Wrong("unsure" if hedged(plain(text)) else "yes_no")
    opens = None if whole == "n a" else _opens(first, rest)
    return Wrong("yes_no") if opens is None else opens


def _opens(first: str, rest: str) -> bool | None:
    """Take a first word for a yes or a no, unless the rest speaks against it."""
    others = set(rest.split())
    if first in _YES_FIRST and not others & (_NO_FIRST | {"not", "dont", "isnt"}):
        return True
    against = rest in _YES_SAID - {"yes please"} or others & _YES_ALONE
    return False if first in _NO_FIRST and not against else None

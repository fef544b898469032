"""Find names of persons, by the words around them and by a short list of given names.

Each word is looked at with a bounded number of its neighbours, so that the time grows only with
the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatbot.names import BRANDS, ENDS, GIVEN, NO_NAMES, PLACES, SURNAMES, WORDS_TOO

_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['-](?=[^\W\d_]))*")
_LONGEST = 4
_TITLES = frozenset("mr mrs ms miss mx dr sir dame prof professor rev reverend".split())
_LOWER_TITLES = frozenset("mr mrs ms mx".split())
_PUBLIC = frozenset(
    "councillor councillors cllr cllrs cynghorydd cyng mayor leader minister king queen "
    "prince princess saint st sant pope president".split()
)
_RELATIONS = frozenset(
    """husband wife mum mam mom mother dad father son daughter brother sister nan nana nanna gran
    grandma grandad grandfather grandmother grandson granddaughter uncle aunt auntie niece nephew
    cousin partner boyfriend girlfriend fiance fiancee fiancé fiancée ex neighbour neighbours
    landlord landlady tenant tenants lodger housemate flatmate carer friend mate worker manager
    doctor solicitor child baby kid kids children lad boy girl half stepson stepdaughter stepfather
    stepmother law teacher nurse midwife colleague boss client appointee executor driver
    ngŵr ngwraig mam nhad mab merch chwaer mrawd ffrind nghymydog mhartner nain nhaid modryb
    ewythr nghariad""".split()
)
_OWNERS = frozenset("my our her his their your the fy ei eu ein".split())
_LINKS = frozenset("is called named was are yw oedd o'r".split())
_GREETINGS = frozenset(
    "hi hello hiya hey helo morning afternoon evening annwyl shwmae yes".split()
)
_I_AM = frozenset({"i'm", "im", "it's", "its", "i'm"})
_HERE = frozenset("here speaking ydw sy".split())
_AFTER_A_NAME = frozenset(
    "is was has needs wants and who had died lives moved here from speaking again".split()
)
_JOINS = frozenset("ap ab ferch van von de da di del der bin al el o'".split())
_SIGNED = frozenset(
    """thanks you regards wishes sincerely faithfully cheers diolch cofion gorau gywir advance fawr
    yours truly thx""".split()
)
_SIGNED_ALONE = frozenset("from love best ta signed x".split())
_FOR = frozenset(
    """for of to tell under holder tenant tenants driver claimant contact called named owner is are
    was ran by with and rhan""".split()
)
_IN = frozenset("in near around at on yn".split())
_MAN = frozenset("man woman person boy girl guy lady bloke someone somebody lad".split())
_THINGS = frozenset("street road business company trading file user brand place ward dog".split())
_TITLE_CASE = frozenset("Do My Is Are The For To A Of In On And Be".split())
_MONTHS = frozenset("april may june august summer autumn".split())


@dataclass(frozen=True, slots=True)
class _Word:
    """One word. gap: what stands before it. capital: begins with a capital that means something."""

    said: str
    start: int
    end: int
    gap: str
    capital: bool

    @property
    def bare(self) -> str:
        return self.said.removesuffix("'s")


def find_names(text: str) -> Iterator[tuple[int, int]]:
    """Find where names of persons stand, in order; apostrophes and spaces in their plain forms."""
    words = _words(text)
    at = 0
    while at < len(words):
        if words[at].said in _PUBLIC and words[at].gap != "'":
            at = _public_end(words, at)
            continue
        end = _name_at(text, words, at)
        if end > at:
            last = words[end - 1]
            yield words[at].start, words[at].start + _length(words[at], last)
            at = end
        else:
            at += 1


def _length(first: _Word, last: _Word) -> int:
    return last.end - (2 if last.said.endswith("'s") else 0) - first.start


def _words(text: str) -> list[_Word]:
    found = list(_WORD.finditer(text))
    shouted = len(found) > 1 and text.upper() == text
    titled = sum(one[0] in _TITLE_CASE for one in found[1:]) > 0 and not shouted
    means = not (shouted or titled)
    words: list[_Word] = []
    last = 0
    for one in found:
        gap = text[last : one.start()][-6:]
        last = one.end()
        words.append(
            _Word(one[0].lower(), one.start(), last, gap, means and one[0][0].isupper())
        )
    return words


def _public_end(words: Sequence[_Word], at: int) -> int:
    """Pass over the name of someone in public office, and of a saint or a king."""
    end = at + 1
    while end < len(words) and end - at < _LONGEST and _follows(words[end]) and words[end].capital:
        end += 1
    return end


def _follows(word: _Word) -> bool:
    return word.gap in (" ", ". ", "-")


def _said(words: Sequence[_Word], at: int) -> str:
    return words[at].said if 0 <= at < len(words) else ""


def _name_at(text: str, words: Sequence[_Word], at: int) -> int:
    """Tell where the name that begins with this word ends; the word itself where none does."""
    word = words[at]
    if word.said in _TITLES:
        return _titled(words, at)
    initial = word.capital and len(word.said) == 1 and at + 1 < len(words)
    if word.bare in NO_NAMES and not (initial and words[at + 1].gap == ". "):
        if word.bare not in WORDS_TOO and not _told(words, at):
            return at
    end = _run(words, at)
    if _told(words, at):
        return _told_end(words, at, end)
    if _is_place(words, at, end):
        return at
    known = word.bare in GIVEN
    doubtful = word.bare in WORDS_TOO
    several = end - at > 1
    if word.capital:
        return end if _capital(text, words, at, end, known, doubtful, several) else at
    if known or (doubtful and _introduced(words, at) and _after(words, at + 1)):
        return end if _not_in_a_place(words, at) else at
    return at


def _capital(
    text: str,
    words: Sequence[_Word],
    at: int,
    end: int,
    known: bool,
    doubtful: bool,
    several: bool,
) -> bool:
    word, before = words[at], _said(words, at - 1)
    starts = at == 0 or word.gap.strip(" ") in (".", "?", "!", "\n") or "\n" in word.gap
    if not starts and words[at - 1].capital and word.gap == " " and before not in NO_NAMES:
        joined = before in _GREETINGS | _SIGNED | _SIGNED_ALONE or before in _RELATIONS
        if not joined:
            return False
    if _signed(text, words, at, end):
        return word.bare not in _MONTHS
    if known:
        return several or _not_in_a_place(words, at)
    if doubtful and several:
        return words[end - 1].bare not in NO_NAMES
    if _introduced(words, at):
        return word.bare not in _MONTHS and (doubtful or several or not _of_i_am(words, at))
    if several and before in _FOR:
        return not starts
    if doubtful:
        return not starts and before in _FOR - {"is", "are", "was"} and word.bare not in _MONTHS
    return before == "under" and _said(words, at - 2) in {"booked", "is", "registered", "made"}


def _titled(words: Sequence[_Word], at: int) -> int:
    """Mr Smith, Mr and Mrs Smith, mrs smith next door; not "miss a collection"."""
    name = at + 1
    if _said(words, name) in ("and", "or") and _said(words, name + 1) in _TITLES:
        name += 2
    if name >= len(words) or not _follows(words[name]):
        return at
    first = words[name]
    lower = words[at].said in _LOWER_TITLES or first.bare in GIVEN | SURNAMES
    if first.bare in ENDS and first.bare not in WORDS_TOO | SURNAMES:
        return at
    if not first.capital and not lower:
        return at
    return _run(words, name)


def _run(words: Sequence[_Word], at: int) -> int:
    """Go on while the words look like more of the name."""
    first = words[at]
    end = at + 1
    while end < len(words) and end - at < _LONGEST and not words[end - 1].said.endswith("'s"):
        word = words[end]
        initial = len(words[end - 1].said) == 1
        if word.gap == " & " or (word.said == "and" and word.gap == " "):
            after = words[end + 1] if end + 1 < len(words) else None
            joined = after and (after.bare in GIVEN or (first.bare in GIVEN and after.bare in WORDS_TOO))
            if after and joined and after.capital == first.capital:
                return _run(words, end + 1)
            break
        if not (word.gap in (" ", "-") or (initial and word.gap == ". ")):
            break
        if word.said in _JOINS and end + 1 < len(words) and words[end + 1].capital:
            end += 2
            continue
        if word.bare in ENDS and word.bare not in SURNAMES:
            break
        if first.capital and not word.capital:
            break
        if not first.capital and word.bare not in SURNAMES | GIVEN:
            break
        end += 1
    return min(end, len(words))


def _told(words: Sequence[_Word], at: int) -> bool:
    """Tell whether a name was just announced: "my name is", "i am called", "call me", "enw:"."""
    if at == 0:
        return False
    one, two, three = (_said(words, at - back) for back in (1, 2, 3))
    gap = words[at].gap
    if one in ("is", "yw", "was", "not", "spelled", "are") and gap == " ":
        if one in ("not", "spelled") and two == "is":
            two, three = three, _said(words, at - 4)
        if two == "i" and three == "enw":
            return True
        return two in ("name", "names", "surname", "enw") and three not in _THINGS
    if one in ("name's", "names", "surname") or (one == "name" and ":" in gap):
        return gap in (" ", ": ", ":") and two not in _THINGS
    if one == "enw" and ":" in gap:
        return True
    if one == "called" and gap == " ":
        return two in ("am", "i'm", "im")
    if one == "me" and two == "call":
        return words[at].capital
    return one == "name" and gap == " " and (words[at].capital or words[at].bare in GIVEN)


def _told_end(words: Sequence[_Word], at: int, end: int) -> int:
    """Take an announced name as it is told, with a second word where none that ends it comes."""
    word = words[at]
    if word.bare in NO_NAMES and not (word.capital and word.bare in WORDS_TOO):
        return at
    mine = {_said(words, at - back) for back in (1, 2, 3, 4)}
    surely = mine & {"my", "her", "his", "enw", "called", "names", "name's", "full"}
    if not word.capital and not surely and word.bare not in GIVEN | WORDS_TOO:
        return at
    if not word.capital and end == at + 1 and end < len(words):
        after = words[end]
        if after.gap == " " and after.bare not in ENDS:
            return end + 1
    if word.capital and _said(words, end) in PLACES and words[end].capital:
        return end + 1
    return end


def _is_place(words: Sequence[_Word], at: int, end: int) -> bool:
    """Albert Road, Nelson Mandela House, albert road, John Lewis."""
    inside = [words[i].bare for i in range(at + 1, end)]
    after = words[end] if end < len(words) and words[end].gap == " " else None
    if (words[at].bare, _said(words, at + 1).removesuffix("'s")) in BRANDS:
        return True
    if after and after.bare in PLACES and (after.capital or end == at + 1):
        return True
    return any(word in PLACES and word not in SURNAMES for word in inside)


def _not_in_a_place(words: Sequence[_Word], at: int) -> bool:
    return _said(words, at - 1) not in _IN or words[at].gap != " "


def _of_i_am(words: Sequence[_Word], at: int) -> bool:
    """Tell "I am", "this is" and their like, after which far more than names are said."""
    one, two = _said(words, at - 1), _said(words, at - 2)
    if one in _I_AM:
        return True
    return (one, two) in {("am", "i"), ("is", "this"), ("is", "it"), ("is", "he"), ("is", "she")}


def _introduced(words: Sequence[_Word], at: int) -> bool:
    """Tell whether someone was just spoken of: "I am", "my husband", "a man called"."""
    if at == 0 or words[at].gap not in (" ", ", ", ": ", " - "):
        after = at + 1 < len(words) and words[at + 1].said in _HERE
        return bool(after and at == 0 and words[at].bare in WORDS_TOO)
    if _of_i_am(words, at):
        return True
    back = at - 1
    if words[back].said in _GREETINGS:
        end = _run(words, at)
        return _said(words, end) in _HERE
    while back > 0 and words[back].said in _LINKS and at - back < 3:
        back -= 1
    if words[back].said in _MAN and back < at - 1:
        return True
    if words[back].said not in _RELATIONS:
        return False
    near = {_said(words, back - step) for step in (1, 2, 3)}
    linked = back < at - 1 or words[at].gap == ", "
    return bool(near & _OWNERS) and (not linked or words[at].capital)


def _after(words: Sequence[_Word], at: int) -> bool:
    return at >= len(words) or words[at].said in _AFTER_A_NAME or words[at].gap != " "


def _signed(text: str, words: Sequence[_Word], at: int, end: int) -> bool:
    """Tell a name under a message: "Thanks, Priya" at the end of a line."""
    if at == 0 or end - at >= _LONGEST:
        return False
    rest = text[words[end - 1].end : words[end - 1].end + 4].strip(" .!,")
    if rest and not rest.startswith(("\n", "█")):
        return False
    before, gap = words[at - 1], words[at].gap
    if before.said in _SIGNED and set(gap) <= set(",.! \n-"):
        return True
    if before.said in _SIGNED_ALONE and set(gap) <= set(", \n"):
        return at == 1 or bool(set(before.gap) & set(".?!\n"))
    return False

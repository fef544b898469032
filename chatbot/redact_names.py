"""Find names of persons, by the words around them and by a list of given names.

Each word is looked at with a bounded stretch of text before and after it, so that the time grows
only with the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatbot.names import BRANDS, ENDS, GIVEN, NO_NAMES, PLACES, SURNAMES, WORDS_TOO

_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['-](?=[^\W\d_]))*")
_MOST_WORDS = 4
_BEFORE = 60
_AFTER = 20
_BLANK = "█"

_TITLES = frozenset("mr mrs ms miss mx dr sir dame prof professor rev reverend".split())
_LOWER_TITLES = frozenset("mr mrs ms mx".split())
_PUBLIC = frozenset(
    "councillor councillors cllr cllrs cynghorydd cyng mayor leader minister king queen prince "
    "princess saint st sant pope president lord lady".split()
)
_JOINS = frozenset("ap ab ferch van von de da di del der bin al el".split())
_TITLE_CASE = frozenset("Do My Is Are The For To A Of In On And Be I".split())
_SHARE = 0.8
_MONTHS = frozenset("april may june august summer autumn".split())

_RELATION = (
    r"(?:ex-|step-?|foster |late |other |eldest |youngest |little )?"
    r"(?:husband|hubby|wife|missus|mum|mam|mom|mother|dad|father|son|daughter|brother|sister|nan"
    r"|nana|nanna|gran|granny|grandma|grandad|grandfather|grandmother|grandson|granddaughter"
    r"|grandchild|uncle|aunt|auntie|aunty|niece|nephew|cousin|partner|boyfriend|girlfriend"
    r"|fianc[eé]e?|ex|neighbour|landlord|landlady|tenant|lodger|housemate|flatmate|carer|friend"
    r"|mate|social worker|support worker|key worker|manager|doctor|solicitor|child|baby|kid"
    r"|children|lad|boy|girl|half|teacher|nurse|midwife|colleague|boss|client|executor|driver|twin"
    r"|ngŵr|ngwraig|mam|nhad|mab|merch|chwaer|mrawd|ffrind|nghymydog|mhartner|nain|nhaid|modryb"
    r"|ewythr|nghariad)s?(?:[- ]in[- ]law)?"
)
_MAN = r"(?:man|woman|person|boy|girl|guy|lady|bloke|someone|somebody|lad|child)"


def _cue(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{pattern})$")


_NAMED = _cue(
    r"(?:name|names|surname|enw)(?:'s ?|: ?| (?:is|are|was|yw|i yw)(?: not| spelled)? )"
    r"|surname |names |(?:am|i'm|im) called "
)
_NAMED_SURELY = _cue(
    r"(?:my|her|his|full)(?: [\w']{1,12}){0,2} names?(?:'s | (?:is|are|was)(?: not| spelled)? )"
    r"|f(?:y |')enw(?: i)? yw |(?:am|i'm|im) called "
)
_NAMED_PERHAPS = _cue(r"name |call me ")
_THING_NAMED = _cue(
    r"(?:street|road|business|company|trading|file|user|brand|place|ward|dog|park) name[^.]{0,20}"
)
_I_AM = _cue(r"i am |i'm |im |this is |it is |it's |its |(?:he|she) is ")
_OWNED = r"(?:my|our|her|his|their|your|the|fy|ei|eu|ein)(?: [\w'-]{1,14})?"
_THIS_IS = _cue(r"(?:^|[.!?,\n] ?)(?:hi |hello |hey |yes )?(?:this is |it's |its )")
_RELATED = _cue(rf"{_OWNED} {_RELATION} ")
_MINE = _cue(rf"(?:my|our|fy)(?: [\w'-]{{1,14}})? {_RELATION},? (?:called |named )?")
_RELATED_BY = _cue(
    rf"{_OWNED} {_RELATION}(?:, ?|: ?| - | (?:(?:is|are|was|o'r enw|yw) )?(?:called |named )?)"
    rf"|{_MAN} (?:is )?(?:called|named) "
)
_GREETED = _cue(
    r"(?:hi|hello|hiya|hey|helo|morning|afternoon|evening|annwyl \w{1,10}|shwmae|yes),? "
)
_ABOUT = _cue(
    r"(?:behalf|executor|estate|attention|name|names|appointee|daughter|son|wife|husband|mother"
    r"|father) of |ar ran |care for "
    r"|(?:attorney|came|letter|asking|writing|filling|badge|pass|appointment|carer|witness"
    r"|speak) for |(?:put|add) "
    r"|(?:issued|registered|addressed|spoke|speaking|talk|spoken) (?:to|with) "
    r"|(?:account ?|licence |permit |policy |pass |badge )?(?:holder|tenants?|driver|claimant"
    r"|deceased|appointee|occupier|owner|applicant|patient|resident|carer|child|kids|twins|boys"
    r"|girls)(?:'s name)?(?:,| is| are| was|:)? "
)
_UNDER = _cue(r"(?:booked|is|registered|made|listed) under ")
_TOWARDS = _cue(r"(?:for|tell|with|contact|by) ")
_SOMEWHERE = _cue(r"(?:in|near|around|at|on|yn|past|off) ")
_SIGNED = _cue(
    r"(?:thanks|thank you|thx|regards|wishes|sincerely|faithfully|cheers|diolch|cofion|gorau"
    r"|yn gywir|in advance|yn fawr|yours|truly)[,.! \n-]{1,4}"
)
_SIGNED_ALONE = re.compile(r"(?:^|[.?!\n] ?)(?:from|love|best|ta|signed|x),?[ \n]$")
_HERE = re.compile(r",? (?:here|speaking|writing|ydw i|sy yma|yw fy enw)(?!\w)")
_ACTS = re.compile(
    r",? (?:and i |who |here|speaking|writing|needs|wants|lives|works|left|died|moved|pays|owes"
    r"|thinks|says|said|asked|rang|told|would like|wishes|has (?:died|moved|left)|doesn't|didn't"
    r"|won't|can't|lost|sy'n|ydw)(?!\w)"
)
_COMMA = re.compile(",")
_GOES_ON = re.compile(
    r"(?:$|[^ \w]| (?:is|was|has|needs|wants|and|who|had|died|lives|moved|here|from|speaking|again)"
    r"(?!\w))"
)


@dataclass(frozen=True, slots=True)
class _Word:
    """One word. gap: what stands before it. capital: begins with a capital that means something."""

    said: str
    start: int
    end: int
    gap: str
    capital: bool

    @property
    def known(self) -> bool:
        return self.said in GIVEN or self.said.partition("-")[0] in GIVEN

    @property
    def doubtful(self) -> bool:
        return self.said in WORDS_TOO


def find_names(text: str) -> Iterator[tuple[int, int]]:
    """Find where names of persons stand, in order; apostrophes and spaces in their plain forms."""
    reading = _Reading(text)
    at = 0
    while at < len(reading.words):
        end, personal = reading.name_at(at)
        if personal:
            yield reading.words[at].start, reading.words[end - 1].end
        at = max(end, at + 1)


class _Reading:
    """A text as words. Where a name may begin is asked by the word's place in them."""

    def __init__(self, text: str) -> None:
        self.text = text.lower() if len(text.lower()) == len(text) else text
        self.shouted = text.isupper()
        self.words = _words(text, self.shouted)

    def name_at(self, at: int) -> tuple[int, bool]:
        """Tell where the name that begins with this word ends, and whether it is personal."""
        word = self.words[at]
        if word.said in _PUBLIC:
            return self._public_end(at), False
        end = self._titled(at) if word.said in _TITLES else self._named(at)
        if end == at and not self._opens(at):
            return at, False
        if end == at:
            end = self._run(at)
            if self._is_place(at, end) or not self._personal(at, end):
                return at, False
        return end, True

    def _before(self, at: int, cue: re.Pattern[str]) -> bool:
        start = self.words[at].start
        return bool(cue.search(self.text[max(0, start - _BEFORE) : start]))

    def _after(self, end: int, cue: re.Pattern[str]) -> bool:
        start = self.words[end - 1].end
        return bool(cue.match(self.text[start : start + _AFTER]))

    def _opens(self, at: int) -> bool:
        """Tell whether a name can open with this word."""
        word = self.words[at]
        return word.said not in NO_NAMES or word.doubtful or (self._initial(at) and word.capital)

    def _initial(self, at: int) -> bool:
        following = self.words[at + 1 : at + 2]
        return len(self.words[at].said) == 1 and any(word.gap == ". " for word in following)

    def _public_end(self, at: int) -> int:
        """Pass over the name of someone in public office, and of a saint or a king."""
        end = at + 1
        for word in self.words[at + 1 : at + _MOST_WORDS]:
            if not (word.capital and word.gap in (" ", ". ", "'s ")):
                break
            end += 1
        return end

    def _titled(self, at: int) -> int:
        """Mr Smith, Mr and Mrs Smith, mrs smith next door; not "miss a collection"."""
        name = at + 1
        both = [word.said for word in self.words[at + 1 : at + 3]]
        if len(both) == 2 and both[0] in ("and", "or") and both[1] in _TITLES:
            name += 2
        if name >= len(self.words) or self.words[name].gap not in (" ", ". "):
            return at
        first = self.words[name]
        lower = self.words[at].said in _LOWER_TITLES or first.said in GIVEN | SURNAMES
        ends = first.said in ENDS and first.said not in WORDS_TOO | SURNAMES
        if (ends and not self._initial(name)) or not (first.capital or lower):
            return at
        end = self._run(name)
        return at if self._is_place(name, end) else end

    def _named(self, at: int) -> int:
        """Take a name that was just announced: "my name is", "i am called", "enw:"."""
        word = self.words[at]
        if not self._announced(at):
            return at
        end = self._run(at)
        more = self.words[end] if end < len(self.words) and self.words[end].gap == " " else None
        second = more and not word.capital and end == at + 1 and more.said not in ENDS
        place = more and word.capital and more.capital and more.said in PLACES
        return end + 1 if second or place else end

    def _announced(self, at: int) -> bool:
        word = self.words[at]
        if word.said in NO_NAMES and not (word.capital and word.doubtful):
            return False
        likely = word.capital or word.known or word.doubtful
        if self._before(at, _NAMED_SURELY):
            return likely or not word.said.endswith("ly")
        if not likely or not (self._before(at, _NAMED) or self._before(at, _NAMED_PERHAPS)):
            return False
        return not self._before(at, _THING_NAMED)

    def _run(self, at: int) -> int:
        """Go on while the words look like more of the name."""
        first = self.words[at]
        end = at + 1
        while end < len(self.words) and end - at < _MOST_WORDS:
            word = self.words[end]
            joined = word.gap in (" ", "-") or (self._initial(end - 1) and word.gap == ". ")
            if word.said in _JOINS and end + 1 < len(self.words) and self.words[end + 1].capital:
                end += 2
                continue
            ends = word.said in ENDS and word.said not in SURNAMES and not self._initial(end)
            if not joined or ends or (first.capital and not word.capital):
                break
            known = word.known or word.said in SURNAMES or self._after(end + 1, _HERE)
            shouted = self.shouted and first.known and word.said not in PLACES
            if not (first.capital or known or shouted):
                break
            end += 1
        return end

    def _is_place(self, at: int, end: int) -> bool:
        """Albert Road, Nelson Mandela House, albert road, John Lewis."""
        said = [word.said for word in self.words[at:end]]
        after = self.words[end] if end < len(self.words) and self.words[end].gap == " " else None
        pair = tuple(word.said for word in self.words[at : at + 2])
        if pair in BRANDS:
            return True
        if after and after.said in PLACES and (after.capital or end == at + 1):
            return True
        surely = PLACES - SURNAMES if self.words[at].known else PLACES
        return any(word in surely for word in said[1:])

    def _personal(self, at: int, end: int) -> bool:
        """Tell a person's name from other words that look like one."""
        word = self.words[at]
        if not word.capital:
            return self._lower(at, end)
        if self._goes_with_the_word_before(at):
            return False
        if self._signed(at, end):
            return word.said not in _MONTHS
        if word.known:
            return end - at > 1 or not self._before(at, _SOMEWHERE)
        return self._doubtful(at, end) if word.doubtful else self._unknown(at, end)

    def _lower(self, at: int, end: int) -> bool:
        """Tell a name without its capital: one of the list, or one that was introduced."""
        word = self.words[at]
        if word.known:
            return not self._before(at, _SOMEWHERE)
        if self._initial(at):
            return end - at > 1 and self._before(at, _I_AM)
        if not word.doubtful or not self._after(at + 1, _GOES_ON):
            return False
        related = word.said != "will" and self._before(at, _RELATED)
        return related or self._before(at, _I_AM)

    def _goes_with_the_word_before(self, at: int) -> bool:
        """Tell the middle of something longer with capitals, such as a place's name."""
        before = self.words[at - 1] if at else None
        together = before and before.capital and self.words[at].gap == " "
        if not before or not together or before.said in NO_NAMES:
            return False
        cues = (_GREETED, _SIGNED, _SIGNED_ALONE, _MINE)
        return not any(self._before(at, cue) for cue in cues)

    def _doubtful(self, at: int, end: int) -> bool:
        """Rose Tyler is a person after "I'm", Dawn Redwood a tree after "is"."""
        last = self.words[end - 1].said
        if end - at > 1 and (last in SURNAMES or last in GIVEN or self._after(end, _ACTS)):
            return True
        cues = [_I_AM, _RELATED_BY, _ABOUT] if end - at == 1 else [_I_AM, _RELATED_BY, _TOWARDS]
        month = end - at == 1 and self.words[at].said in _MONTHS
        here = self._after(end, _HERE) and (at == 0 or self._before(at, _GREETED))
        towards = end - at == 1 and self._before(at, _TOWARDS) and self._after(end, _GOES_ON)
        return not month and (here or towards or any(self._before(at, cue) for cue in cues))

    def _unknown(self, at: int, end: int) -> bool:
        """A name that is in no list needs to be introduced, or to act as persons do."""
        before = self.words[at - 1] if at else None
        title = before and before.capital and before.gap == self.words[at].gap == " "
        if title and not self._before(at, _MINE):
            return False
        here = self._before(at, _GREETED) and self._after(end, _HERE)
        this = self._before(at, _THIS_IS) and self._after(end, _COMMA)
        if here or this or self._before(at, _RELATED_BY) or self._before(at, _UNDER):
            return True
        cues = (_I_AM, _ABOUT, _GREETED)
        introduced = any(self._before(at, cue) for cue in cues)
        return end - at > 1 and (introduced or self._after(end, _ACTS))

    def _signed(self, at: int, end: int) -> bool:
        """Tell a name under a message: "Thanks, Priya" at the end of a line."""
        start = self.words[end - 1].end
        rest = self.text[start : start + 4].strip(" .!,")
        if (rest and not rest.startswith(("\n", _BLANK))) or at == 0:
            return False
        return self._before(at, _SIGNED) or self._before(at, _SIGNED_ALONE)


def _words(text: str, shouted: bool) -> Sequence[_Word]:
    found = list(_WORD.finditer(text))
    capitals = sum(one[0][0].isupper() for one in found)
    titled = any(one[0] in _TITLE_CASE for one in found[1:]) and capitals >= _SHARE * len(found)
    means = not (shouted or titled)
    words: list[_Word] = []
    last = 0
    for one in found:
        said = one[0].lower()
        # "Ian's" ends where Ian does.
        end = one.end() - (2 if said.endswith("'s") else 0)
        said = said.removesuffix("'s")
        gap = text[last : one.start()]
        words.append(_Word(said, one.start(), end, gap, means and one[0][0].isupper()))
        last = end
    return words

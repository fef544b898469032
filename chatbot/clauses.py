"""Cut a statement into clauses and tell what each denies, allows, demands and makes conditional."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from chatbot.facts import facts
from chatbot.words import content_words, stem

# Said in one way before anything is looked for. The order counts.
_AUXILIARY = "can|could|may|must|will|would|should|shall|do|does|is|are"
_MODAL = "can|could|may|must|should|shall"
_SAID_ALIKE = tuple(
    (re.compile(pattern, re.I), words)
    for pattern, words in (
        (r"’", "'"),
        (r"\bcannot\b|\bcan't\b", "can not"),
        (r"\bwon't\b", "will not"),
        (r"n't\b", " not"),
        (r"\bno (?:later|longer) than\b", "by"),
        (r"\b(?:at|by) the (?:very )?latest\b", "by"),
        (r"\bno earlier than\b|\bat the earliest\b|\bearliest\b", "from"),
        (r"\bnot (?:before|until)\b", "from"),
        (r"\bnot after\b", "by"),
        (
            r"\b(?:no|not) (?:more|over) than\b|\ba maximum of\b|\bat (?:the )?most\b|\bup to\b",
            "atmost",
        ),
        (
            r"\b(?:no|not) (?:less|fewer) than\b|\ba minimum of\b|\bat least\b"
            r"|\bor (?:more|over)\b",
            "atleast",
        ),
        (r"\bor (?:less|fewer|under)\b|\bmaximum\b", "atmost"),
        (r"\bminimum\b", "atleast"),
        (r"\bby (\w+ (?:\w+ )?(?:hour|day|week|month|year)s?) after\b", r"within \1 of"),
        (r"\b(?:banned|prohibited|forbidden)\b", "not allowed"),
        (r"\b(?:do|does|need|needs) not (?:have|need) to\b|\b(?:need|needs) not\b", "needn't"),
        (r"\b(?:closed|closes|shut)\b(?= (?:at|by)\b)", "close"),
        (r"^([^,;.]{3,60}), or (you|your|we|it)\b", r"if not \1, \2"),
        (
            rf"\b({_AUXILIARY}) (?:not|never) ([^,;.]{{1,40}}?)(?:for )?"
            r"(?:more|over|longer) than\b",
            r"\1 \2atmost",
        ),
        (rf"\b(?:{_MODAL}) (?:not|never) ([^,;.]{{1,40}}?)\bwithout\b", r"can only \1with"),
        (r"\bneedn't ([^,;.]{1,40}?)\b(?:until|before)\b", r"only \1after"),
        (r"\b(?:no|nothing) ([^,;.]{0,40}?)\b(?:until|before)\b", r"only \1after"),
        (r"\bnever (?:more|over) than\b", "atmost"),
        (
            rf"\b(?:{_MODAL}) (?:not|never) ([^,;.]{{1,60}}?)\b(?:until|before)\b",
            r"can only \1after",
        ),
        (
            rf"\b({_AUXILIARY}) (?:not|never) ([^,;.]{{1,60}}?)\b(?:until|before)\b",
            r"\1 only \2after",
        ),
        (r"\bno (\w+) (?:is|can be|may be) (?:more|over) than\b", r"\1 is atmost"),
        (rf"\b({_AUXILIARY}) (?:not|never) ([^,;.]{{1,60}}?)\bunless\b", r"\1 only \2if"),
        (r"\bwithout (?:you|us|them|me|him|her)\b", ""),
        (r"\bno matter\b", "whatever"),
        (r"\bnot (?:only|just)\b", "also"),
        (r"\bnot (?:every|all|everyone)\b", "some not"),
        (r"\beven (?:if|when|where|though)\b", "evenif"),
        (r"\bexcept (?:if|when|where)\b", "unless"),
        (r"\bcosts? (?:\w+ )?nothing\b|\b(?:at )?no (?:extra )?cost\b", "free"),
        (r"\b(?:go|goes|gone|went) up\b", "increase"),
        (r"\b(?:go|goes|gone|went) down\b", "decrease"),
        (r"\bout of order\b|\bnot working\b", "not in order"),
        (r"\bno longer\b|\bnot any (?:longer|more)\b", "not"),
        (r"\bone (?:or|and) the other\b|\btwo of you\b", "both"),
    )
)
_NEGATIONS = frozenset(
    """not no never none nobody nothing nowhere without neither nor unless except excluding cannot
    needn't""".split()
)
# Words that deny by themselves: what is closed is not open, what is free is not charged.
_DENYING = frozenset(
    """closed shut free exempt refuse refuses refused refusing reject rejected ban unable impossible
    illegal unlawful lose loses losing fail fails failing exclude excludes excluded
    invalid""".split()
)
DENYING_STEMS = frozenset(map(stem, _DENYING))
_BOUNDARY = re.compile(
    r"""[;:.!?]\s
    |,\s+(?=(?:and|but|or|so|though|although|however|while|whereas|which|who|not|never|no|except
        |unless|if|when|where|because|as|since|until|evenif|in|you|we|they|it|there|those|this
        |these|he|she|only|for|free\ of)\b)
    |\s(?=(?:but|unless|except|excluding|because|although|though|evenif|if|when|where|while
        |as\ long\ as|provided|so\ that|so|once|only\ (?:if|when|where)|and\ not|and\ never
        |and\ no|and\ nobody|without|instead\ of|rather\ than|who|whose)\b)
    |\s(?=and\ (?:you|we|they|it|there|those|then|is|are|can|may|must|will|do|does|has|have|had|need
        |should|only|needn't|cost|costs|pay|pays|get|gets|go|goes|take|takes|make|makes|come|comes
        |stay|stays|keep|keeps|use|give|gives|send|sends|put|puts|renew|bring|call|tell)\b)
    |\s(?=and\ \w+\ (?:it|them|you|us|up|to)\b)
    |\s(?=that\ (?:is|are|was|were|has|have|had|do|does|did|can|will)\b)
    |\s(?=and\ (?:the|your|our|their|a|an)\ \w+\ (?:is|are|was|were|will|can|may|must|has|have
        |do|does|should)\b)""",
    re.I | re.X,
)
_OPENS = re.compile(
    r"((?:if|when|unless|as long as|provided|evenif|after|before|once|until|where|as|while|because"
    r"|since)\b[^,]*),\s+",
    re.I,
)
_CONDITION = re.compile(
    r"(?:and |but |or )?(?:only )?(?:if|unless|except|when|where|as long as|provided|until|once)\b",
    re.I,
)
_ELLIPSIS = re.compile(r"(?:and |but )?(?:not|never|no|which|except)\b(?! \w+ing\b)", re.I)
_NO_SUBJECT = re.compile(r"(?:and|but) (?!you|we|they|it|there|those|then|who|the|your|our)", re.I)
_PREPOSITIONS = "in on at to by for with from of inside into onto".split()
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a statement that affirms or denies one thing.

    anchors: stems and facts. inherited: those it takes over from the clause before it, as "not by
    post" does. words: all of them, in lower case, in order. condition: begins with if, unless, …
    """

    anchors: frozenset[str]
    words: tuple[str, ...]
    denies: bool
    condition: bool
    inherited: frozenset[str] = frozenset()

    def has(self, some: frozenset[str]) -> bool:
        return not some.isdisjoint(self.words)


def has_denial(words: Collection[str]) -> bool:
    """Tell whether anything is denied, but for what is merely not there: "without a bag"."""
    return not (_NEGATIONS - {"without"} | _DENYING).isdisjoint(words)


def said_alike(text: str) -> str:
    """Say in one way what can be said in several: "no later than" is "by", "can't" is "can not"."""
    for pattern, words in _SAID_ALIKE:
        text = pattern.sub(words, text)
    return text


def clauses(sentence: str) -> tuple[Clause, ...]:
    """Cut one sentence into its clauses, in order."""
    found: list[Clause] = []
    before = held = ""
    for own in _parts(said_alike(sentence)):
        part = f"{held} {own}".strip()
        if not anchors(own) and not _CONDITION.match(own):
            # "You need not be in" says nothing without "when the inspector calls".
            held = "" if own.lower().startswith("evenif") else part
            continue
        held = ""
        words = tuple(_WORD.findall(part.lower()))
        inherited: frozenset[str] = frozenset()
        if found and _ELLIPSIS.match(part):
            inherited = found[-1].anchors | found[-1].inherited
            inherited -= _replaced(before, part)
        elif found and _NO_SUBJECT.match(part):
            inherited = anchors(" ".join(before.split()[:3]))
        clause = Clause(
            anchors=anchors(part),
            words=words,
            denies=_denies(words),
            condition=bool(_CONDITION.match(part)),
            inherited=inherited,
        )
        found.append(clause)
        before = part
    if found and re.fullmatch(r"without \w+ing", held, re.I):
        all_words = (*found[-1].words, *_WORD.findall(held.lower()))
        found[-1] = replace(found[-1], words=all_words, denies=_denies(all_words))
    return tuple(found)


def _parts(text: str) -> list[str]:
    parts: list[str] = []
    at = 0
    if opening := _OPENS.match(text):
        return [*_parts(opening[1]), *_parts(text[opening.end() :])]
    for boundary in _BOUNDARY.finditer(text):
        parts.append(text[at : boundary.start()])
        at = boundary.end()
    return [part.strip() for part in [*parts, text[at:]] if part.strip()]


def anchors(text: str) -> frozenset[str]:
    """What a clause is about: the stems of its content words, and its facts."""
    text = text.replace("evenif", " ")
    words = {word for word in content_words(text) if not word.isdigit()}
    stems = {stem(word) for word in words if word not in _NEGATIONS | _NO_ANCHOR}
    stems |= {"we"} if _WE.search(text) else set()
    return frozenset(stems | {fact.value for fact in facts(text)})


_WE = re.compile(r"\b(?:we|us|ourselves)\b", re.I)
_NO_ANCHOR = frozenset(
    """atmost atleast evenif whatever also unless except without within until before required
    require requires allowed permitted able possible have needed needs if order charge charged
    charges cost costs pay pays paid include includes including even instead rather provided as
    every each both either per extra""".split()
)


def _denies(words: Sequence[str]) -> bool:
    denials = sum(word in _NEGATIONS or word in _DENYING for word in words)
    if "without" in words and denials > 1:
        denials -= 1
    return denials % 2 == 1


def _replaced(before: str, part: str) -> frozenset[str]:
    """What an elliptical clause puts something else in the place of: "in Wales, but not in …"."""
    words = [word.lower() for word in _WORD.findall(part)]
    lead = next((word for word in words if word in _PREPOSITIONS), "")
    if not lead or words.index(lead) > 3:
        return frozenset()
    at = max((found.start() for found in re.finditer(rf"\b{lead}\b", before, re.I)), default=-1)
    return anchors(before[at:]) if at >= 0 else frozenset()

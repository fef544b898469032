"""Where words leave a doubt: hedges, questions, what is denied; and why a detail is asked again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

WRONG_KEYS = frozenset(
    f"form.wrong.{key}"
    for key in (
        *("empty", "question", "unsure", "two", "text_long", "choice", "choice_which"),
        *("date", "date_vague", "date_impossible", "date_order", "date_early", "date_late"),
        *(
            "date_weekday",
            "date_closed",
            "date_mismatch",
            "date_which",
            "date_year",
            "time",
            "time_half_of_day",
            "time_vague",
        ),
        *("phone", "phone_short", "phone_long", "email", "email_typo", "postcode"),
        *("address", "address_number", "address_street", "location", "location_outside"),
        *("yes_no", "photo"),
    )
)
"""The keys of the words that say why a detail is asked again."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why words give no value. key: of the words that say so, `form.wrong.<key>` in the messages.

    values: for the places in those words.
    """

    key: str
    values: tuple[tuple[str, str], ...] = ()


_HEDGE = re.compile(
    r"\b(?:may ?be|mabye|perhaps|possibly|probabl[ey]|prolly|might|i (?:think|guess|suppose"
    r"|believe|reckon)|(?:not|n't|nt|un) ?(?:entirely |really |quite |too |very )?(?:sure|certain)"
    r"|unsure|uncertain|(?:not|n't|dont|cant) (?:know|remember|recall)|can't say|no idea|dunno"
    r"|either|or so|ish|roughly|approx\w*"
    r"|about(?! (?:my|our|your|a|an|it|this|that) )|about an? (?:day|week|fortnight|month|year)"
    r"|around|ballpark|guessing|say|e\.?g|something like"
    r"|used to be|if possible or|efallai|falle|hwyrach|tua|ddim yn siŵr|ddim yn siwr|dwi'n meddwl"
    r"|rwy'n meddwl|rwy'n credu)\b|\dish\b",
    re.I,
)
_MILD = re.compile(r"\b(?:about|around|say|either|ish|tua|roughly|approx\w*)\b|\dish\b", re.I)
_QUESTION = re.compile(
    r"\?|^(?:but |and |so |sorry |hi |hello )*(?:why|what|whats|which|who|whose|how|when|where"
    r"|is|are|am|was|does|do you|did|may (?:i|we)"
    r"|(?:will|would|could|can|should)"
    r" (?:i|we|you|u|he|she|it|they|there|that|this|the|someone|my|your)|any chance"
    r"|pam|beth|pwy|sut|pryd|ble|pa|oes rhaid|ydy|a oes)\b",
    re.I,
)
_ASKED_FOR = re.compile(
    r"^(?:(?:hi|hello|ok|yes|erm?|um|please|well|sorry),? )*"
    r"(?:can|could|may|would|shall) (?:i|we|you|u|it)\b(?: please)?(?: (?:have|book|do|come|make it"
    r"|go for|get|take|pick|collect|choose|say|put|be))+\b",
    re.I,
)
_ASKS_MORE = re.compile(
    r"\?.*\?|\b(?:or|if|is|are|does|will|what|whats|why|how|when|which|instead|ok with)\b", re.I
)
_SENTENCE = re.compile(r"(?<=[?!])\s+|(?<=\w\w\w\.)\s+(?=[A-Z])|\n")
_OPENING = r"(?:(?:hi|hello|hiya|and|but|so|also|ok|please|sorry|erm?|um)[ ,]+)*"
_ASKS_OF = re.compile(
    rf"{_OPENING}(?:when|whens|what time|what day|which day|is the|is my|are the|are my"
    r"|does|pryd)\b",
    re.I,
)
_REPORTS = re.compile(
    r"\b(?:report\w*|book|order|request|arrange|apply|adrodd|archebu|trefnu|gwneud cais)\b", re.I
)
_ASKS_ABOUT = re.compile(
    rf"{_OPENING}"
    r"(?:how(?! come)|what|whats|where|wheres|when|whens|which|who|whos|whose"
    r"|why (?:is|are|do|does|did|was|were) (?:there|you|we|the council)"
    r"|(?:can|could|may|should|must|do|does|did|am|will|would) (?:i|we|it|they|he|she|people|the)"
    r"|do (?:you|u)|is it|is there|are there|is the|are (?:you|u|we|they|the)"
    r"|sut|ble|beth|pryd|pwy|faint|a oes|oes modd)\b",
    re.I,
)
_ASKS_FOR = re.compile(
    r"\b(?:report\w*|book|order|request|arrange|apply|tell you|complain|renew|replace|get|log|flag"
    r"|(?:can|could|may) (?:i|we)(?: please)? have(?! to\b| been\b)"
    r"|have (?:you|it|this|that|my|the|a|an|some)|need|want|send|collected|picked up|taken away"
    r"|removed|fixed|mended|repaired|emptied|cleared|cleaned|sorted|missed|broken|not working"
    r"|blocked|dumped|who (?:do|can|should) (?:i|we) (?:ask|tell|ring|call|contact|speak)|been"
    r"|adrodd|archebu|trefnu|gwneud cais)\b",
    re.I,
)
_DENIED = re.compile(
    r"(?:\b(?:not|no|isn'?t|wasn'?t|don'?t|doesn'?t|never|except|excluding|without|instead of"
    r"|rather than|nor|nid|dim|ddim|heblaw)|n't)"
    r"(?:[\s,]+(?:the|my|a|an|any|at|on|in|for|from|our|your|his|this|that|have|got|get|want|mean"
    r"|is|it|its|it's|sure|if|about|number|no|by|y|yr|fy|ar|yn))*[\s,]*$",
    re.I,
)
_NO_THEN = re.compile(r"\b(?:no|nage)[\s,.;!-]+(?:(?:the|my|on|at|it'?s|a|y|yr) )*$", re.I)
_DECLINES = frozenset(
    """skip|skip it|skip this|skip that|skip this one|skip please|pass|no|nope|nah|none|no thanks
    |no thank you|no thankyou|no ta|n/a|na|n a|not applicable|nothing|nothing else|nothing to add
    |no comment|dont know|do not know|i dont know|dunno|i dunno|not sure|im not sure|no idea
    |i have no idea|unknown|unsure|dont have one|i dont have one|do not have one|i havent got one
    |havent got one|i dont have a photo|i dont have any|dont have any|no photo|no photos|no picture
    |i have no photo|none available|rather not|id rather not|id rather not say|rather not say
    |prefer not to say|i prefer not to say|id prefer not to say|prefer not|leave it|leave it blank
    |leave blank|leave that|blank|next|next question|move on|carry on|cant remember
    |i cant remember|no email|no phone|i dont have email|dont want to|i dont want to|not needed
    |not necessary|-
    |dim|dim diolch|dim byd|dim byd arall|dim llun|dim syniad|na|na dim diolch|nac oes|nage
    |dim ots|dim un|ddim yn gwybod|dw i ddim yn gwybod|dwi ddim yn gwybod|wn i ddim|sgipio
    |hepgor|nesaf|ddim yn siŵr|dwi ddim yn siŵr|dw i ddim yn siŵr""".replace("\n", "").split("|")
)
_POLITE = re.compile(
    r"^(?:erm?|um+|oh|ok|okay|well|sorry|please|just|hi|hello|let'?s|can we|i'?ll|we can)[ ,]+"
    r"|[ ,]+(?:please|pls|plz|thanks|thank you|ta|cheers|sorry|then|os gwelwch yn dda|plis|diolch)$"
)


def plain(text: str) -> str:
    """Straighten quotes, dashes, letters in full width and spaces, so that patterns can be few."""
    text = unicodedata.normalize("NFKC", text).translate(_STRAIGHT)
    return " ".join(text.split())


_STRAIGHT = str.maketrans(
    {"‘": "'", "’": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-"}
)


def bare(text: str) -> str:
    """Reduce a message to its words in small letters, without what is said to be polite."""
    words = plain(text).casefold().strip(" .,!;:\"'()")
    while (shorter := _POLITE.sub("", words).strip(" .,!;:")) != words:
        words = shorter
    return words


def declines(text: str, language: str) -> bool:
    """Tell whether a message leaves an optional detail out; "no" does, so read a yes or no first.

    Both languages count, whichever is spoken.
    """
    said = bare(text).replace("'", "")
    return bool(said) and (said in _DECLINES or said.replace(" diolch", "") in _DECLINES)


def doubt(text: str, *, mild: bool = True) -> Wrong | None:
    """Say why a message does not settle anything: it asks, or it hedges.

    mild: "about" and "around" count as well; in a place they only say where.
    """
    if (asked_for := _ASKED_FOR.search(text)) and not _ASKS_MORE.search(text):
        # "Could we say Wednesday, please?" names it.
        text = text[asked_for.end() :].rstrip(" ?")
    elif _QUESTION.search(text) and ("?" in text or not asked_for):
        return Wrong("question") if not _HEDGE.search(text) else Wrong("unsure")
    return Wrong("unsure") if hedged(text, mild=mild) else None


def without_questions(text: str) -> str:
    """Leave out the sentences that ask about something instead of reporting or requesting it.

    "How do I object to the plans for 77 Station Road?" tells nobody's address.
    """
    sentences = _SENTENCE.split(text)
    return " ".join(one for one in sentences if not _asks_about(one))


def _asks_about(sentence: str) -> bool:
    words = plain(sentence)
    if _ASKS_OF.match(words):
        return not _REPORTS.search(words)
    return bool(_ASKS_ABOUT.match(words)) and not _ASKS_FOR.search(words)


def hedged(text: str, *, mild: bool = True) -> bool:
    """Tell whether a message hedges."""
    return bool(_HEDGE.search(text if mild else _MILD.sub(" ", text)))


def denied(before: str) -> bool:
    """Tell whether what stands before a value takes it back, as "not the" does."""
    before = before[-200:]
    found = _DENIED.search(before)
    # "Friday, if not, Monday" offers both.
    return bool(found) and not re.search(r"\bif *$", before[: found.start() if found else 0], re.I)


def taken_back(before: str, *, after_another: bool) -> bool:
    """Tell whether an answer takes a value back. after_another: another value stands before it.

    "Monday, no, Tuesday" takes back Monday, if anything.
    """
    return denied(before) and not (after_another and bool(_NO_THEN.search(before[-40:])))


def listed(items: Iterable[str], language: str) -> str:
    """Join with commas and a last "or"."""
    *most, last = items
    joint = " neu " if language == "cy" else " or "
    return f"{', '.join(most)}{joint}{last}" if most else last

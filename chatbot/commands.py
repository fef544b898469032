"""What citizens say to a form itself, rather than in answer to it: stop, go back, yes, change that.

By words alone, English and Welsh, so that to stop works with the model down.
"""

from __future__ import annotations

import re

_PLEASE = r"(?: please| thanks| thank you| now| os gwelwch yn dda)*"
_CANCEL_FIRST = (
    r"(?:(?:no|ok|okay|oh|well|sorry|actually|please|just|can you|i want to|i'd like to|lets|let's)"
    r" )*"
)
_CANCEL_ONE = (
    r"(?:cancel(?: (?:it|this|that|everything|the whole thing"
    r"|(?:(?:the|my|this) )?(?:form|report|request|order|booking)))?"
    r"|stop(?: (?:it|this|the form|here))?|quit|exit|abort|forget (?:it|about it|this)"
    r"|never ?mind|(?:i )?(?:don't|dont|do not) want (?:to do )?(?:this|it)(?: any ?more)?"
    r"|i(?:'ve| have) changed my mind|(?:don't|dont|do not) (?:bother|send (?:it|this|anything))"
    r"|leave it|stop send nothing|canslo|canslwch|stopiwch|stopio anfon dim|peidiwch"
    r"|anghofiwch(?: e)?)"
)
_CANCEL = re.compile(rf"{_CANCEL_FIRST}{_CANCEL_ONE}(?: {_CANCEL_FIRST}{_CANCEL_ONE})*{_PLEASE}")
_BACK = re.compile(
    r"(?:no |ok |please |can (?:i|we) |i want to )*(?:go back|back|previous|undo|one back"
    r"|back a step|go back a step|step back|the question before|yn ôl|nôl|ewch yn ôl)" + _PLEASE
)
_YES = re.compile(
    r"(?:yes|yep|yeah|yup|ye|aye|ok|okay|sure|correct|confirm(?:ed)?|right|fine|perfect|great"
    r"|(?:that'?s|it'?s|that is|it is|all|its|thats) (?:all )?(?:right|correct|fine|good|ok|okay)"
    r"|(?:all |looks |that looks )(?:good|fine|ok|okay|right|correct)|go ahead|send(?: it)?|submit"
    r"|(?:send|submit) (?:it|this|that)|please do|do it|definitely|indeed|i confirm"
    r"|ydw|ydi|ydy|ie|iawn|cywir|oes|anfonwch(?: e)?|cadarnhau|mae'n iawn)"
    r"(?: (?:yes|please|that'?s (?:right|correct|fine|it)|thats (?:right|correct|fine|it)|it is"
    r"|send(?: it)?|submit(?: it)?|go ahead|correct|thanks|thank you|ta|mate|do|confirm"
    r"|all (?:good|correct|right)|looks (?:good|right|fine)|anfonwch|os gwelwch yn dda|diolch))*"
)
_NO = re.compile(
    r"(?:no|nope|nah|na|not (?:yet|right|quite|correct)|wrong|that'?s (?:not right|wrong)"
    r"|it'?s (?:not right|wrong)|incorrect|something(?: is|'s)? wrong|nage|nac ydw|naddo"
    r"|ddim yn iawn)"
    r"(?: (?:that'?s (?:wrong|not right)|it'?s (?:wrong|not right)|not yet|wrong|thanks|sorry"
    r"|it isn'?t|something(?: is|'s)? wrong))*"
)
_SAME = re.compile(
    r"(?:yes |yeah |yep |it(?:'?s| is) |that'?s |probably |i think so )*(?:the )?same(?: one)?"
    r"(?: please| thanks)?|(?:ie |ydy )?yr un(?: un)?"
)
_DIFFERENT = re.compile(r"\b(?:different|another|not the same|new one|gwahanol|arall)\b")
_CHANGES = re.compile(
    r"\b(?:change|edit|correct|amend|fix|wrong|mistake|actually|sorry|meant|mean|instead|should be"
    r"|should have been|not right|rather|update|newid|anghywir|camgymeriad)\b|^no\b",
    re.I,
)
_CHANGES_FIRST = re.compile(
    r"(?:oh|oops|wait|hang on|hold on|sorry|no)?[ ,.!]*"
    r"(?:(?:can|could) (?:i|we|you) |i want to |i need to |i'd like to |please |let me )?"
    r"(?:change|edit|correct|amend|actually|i meant|i mean|sorry|i made a mistake|made a mistake"
    r"|that'?s wrong|wrong|newid)\b|(?:the|my) (?:\w+ ){1,3}(?:is|was) (?:wrong|not right)"
    r"|(?:oops|sorry|no)\b",
    re.I,
)
_OPENING_NO = re.compile(r"^\W*(?:(?:oh|no|nope|nah|nage)\b[ ,.!-]*)+(?=\w)", re.I)
# "the name is wrong" and "I want to change it" say that something is changed, and not to what.
_TO_NOTHING = (
    r"(?:(?:all|quite|spelt|spelled|written|down) )*(?:wrong|not\b|incorrect|mis-?\w+|anghywir"
    r"|change|edit|correct|amend|fix|update|newid|want|need|wish|would|made|meant|mean|got|have"
    r"|had|think|said|typed|wrote)\b"
)
_CHANGED_TO = re.compile(
    r"\b(?:to|is|should be|should have been|meant|make (?:it|that)|it's|its|i|yn)"
    rf"\s+(?!{_TO_NOTHING})(.{{1,200}}?)\s*[.!]*$",
    re.I,
)
_ASKS = re.compile(
    r"(?:(?:and|but|so|ok|okay|wait|hang on|hold on|sorry|also|btw|by the way|before that|first"
    r"|just|erm|um)[ ,]+)*"
    r"(?:how|what|whats|when|whens|where|wheres|which|who|whos|why|whose|can (?:i|you|we|they|u)"
    r"|could (?:i|you|we)|do (?:i|you|we|they|u)|does|did (?:you|they)"
    r"|is (?:it|there|this|that|the)|are (?:you|there|they|we|the)"
    r"|will (?:you|it|they|i|there|the)|would (?:you|it)|should (?:i|we)|am i|have (?:you|i to)"
    r"|has|must i|(?:tell|show) me (?:the|all|every|what|who|whose|how|when|where|which|why)"
    r"|pryd|sut|ble|beth|pam|pwy|faint|a oes|oes modd|ydych chi|ga i|alla i)\b",
    re.I,
)
_GO_ON = re.compile(
    r"(?:yes |ok |please )*(?:go on|continue|carry on|resume|finish (?:it|that|the form|my report)"
    r"|where (?:were|was) (?:we|i)|ymlaen|parhau)(?: please| with (?:it|that|the form|my report))*"
)
_SWITCHES = re.compile(
    r"(?:instead|actually|forget (?:that|this|it)|no|never ?mind|i(?:'d| would) rather|i also"
    r"|also)\b",
    re.I,
)


def cancels(text: str) -> bool:
    """Tell whether nothing more is wanted."""
    return bool(_CANCEL.fullmatch(_bare(text)))


def goes_back(text: str) -> bool:
    """Tell whether the question before is wanted."""
    return bool(_BACK.fullmatch(_bare(text)))


def goes_on(text: str) -> bool:
    """Tell whether what was left is to be taken up again."""
    return bool(_GO_ON.fullmatch(_bare(text)))


def says_yes(text: str) -> bool:
    """Tell whether a message is a yes and nothing else."""
    return bool(_YES.fullmatch(_bare(text)))


def says_no(text: str) -> bool:
    """Tell whether a message is a no and nothing else."""
    return bool(_NO.fullmatch(_bare(text)))


def says_same(text: str) -> bool:
    """Tell whether two things are said to be the same."""
    return says_yes(text) or bool(_SAME.fullmatch(_bare(text)))


def says_different(text: str) -> bool:
    """Tell whether two things are said not to be the same."""
    return says_no(text) or bool(_DIFFERENT.search(_bare(text)))


def changes(text: str) -> bool:
    """Tell whether a message may change what was said before."""
    return bool(_CHANGES.search(text))


def changes_first(text: str) -> bool:
    """Tell whether a message opens by changing what was said before."""
    return bool(_CHANGES_FIRST.match(text.strip()))


def changed_to(text: str) -> str:
    """Give what something is changed to, "" where that is not said."""
    found = _CHANGED_TO.search(text)
    return found[1] if found else ""


def after_no(text: str) -> str:
    """Leave out a "no" with which a message opens: "no the blue one"."""
    return _OPENING_NO.sub("", text)


def switches(text: str) -> bool:
    """Tell whether a message opens by turning to something else."""
    return bool(_SWITCHES.match(text.strip()))


def is_question(text: str) -> bool:
    """Tell whether a message asks something, by its form."""
    return text.rstrip().endswith("?") or bool(_ASKS.match(text.strip()))


def _bare(text: str) -> str:
    return " ".join(re.sub(r"[^\w' ]+", " ", text.casefold().replace("’", "'")).split())

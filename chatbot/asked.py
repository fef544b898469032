"""What kind of fact a question asks for, and whether a text holds one."""

from __future__ import annotations

import re

_ASKS = {
    "money": re.compile(
        r"\bhow much\b|\bcosts?\b|\bprices?\b|\bfees?\b|\bcharge[sd]?\b|\bfines?\b|\bpay for\b"
        r"|\bfree\b|\bcheap|£|\bfaint\b|\bpris\b",
        re.I,
    ),
    "time": re.compile(
        r"\bwhen\b|\bwhat (?:day|date|year)s?\b|\bhow (?:late|early)\b|\bdeadline\b|\bstill\b"
        r"|\bpryd\b|\bby when\b|\bto+ late\b|\bclosing date\b",
        re.I,
    ),
    "hour": re.compile(
        r"\bwhat times?\b|\bopen(?:s|ing)?\b|\bshuts?\b|\bclos(?:e|es|ed|ing)\b(?! date)"
        r"|\bmidnight\b|\bfaint o'r gloch\b|\bar agor\b",
        re.I,
    ),
    "length": re.compile(
        r"\bhow (?:long|soon|often|quick(?:ly)?|fast|far back)\b|\bwaiting time\b|\bwait for\b"
        r"|\bpa mor (?:hir|aml)\b",
        re.I,
    ),
    "count": re.compile(
        r"\bhow (?:many|far|big|old|tall|deep|wide|high|heavy)\b|\bpercent\b|%|\bsawl\b",
        re.I,
    ),
    "place": re.compile(r"\bwhere\b|\baddress\b|\bnearest\b|\bble\b", re.I),
    "contact": re.compile(
        r"\bphone\b|\bring\b|\bcall\b|\bnumber\b|\be-?mail\b|\bcontact\b|\bspeak to\b|\bffonio\b",
        re.I,
    ),
    "rule": re.compile(
        r"^(?:so |and |but )?(?:can|could|may|do|does|did|will|would|is|are|am|should|must)\b"
        r"|(?<!how )(?<!what )(?<!where )(?<!when )(?<!much )(?<!many )(?<!long )(?<!often )"
        r"\b(?:can|do|will|am|are|is|should) (?:i|we|they|you|my|he|she|it)\b"
        r"|\ballowed\b|\bwho (?:can|has|pays)\b|\bqualify\b|\beligible\b|\bentitled\b",
        re.I,
    ),
    "way": re.compile(
        r"\bhow (?:do|can|should|would) (?:i|we|you)\b|\bhow to\b|\bwant to\b|\bapply\b"
        r"|\breport\b|\bsut\b",
        re.I,
    ),
}
_HOLDS = {
    "money": re.compile(r"£\d|\bfree\b|\bno charge\b|\d ?%|\bam ddim\b", re.I),
    "time": re.compile(
        r"\b\d{1,2}(?:[.:]\d\d)? ?[ap]m\b|\b(?:\d+|two|three|four|five|six|ten) (?:working )?"
        r"(?:hour|day|week|month|year)s?\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b"
        r"|\b\d{1,2} (?:january|february|march|april|may|june|july|august|september|october"
        r"|november|december)\b|\bevery (?:day|week|other week|year)\b|\b24 hours\b|\bmidnight\b",
        re.I,
    ),
    "hour": re.compile(
        r"\b\d{1,2}(?:[.:]\d\d)? ?[ap]m\b|\bnoon\b|\bmidnight\b|\b24 (?:hours|awr)\b|\bclosed\b"
        r"|\bopen (?:every day|7 days|all)\b|\bar agor\b",
        re.I,
    ),
    "length": re.compile(
        r"\b(?:\d+|one|two|three|four|five|six|ten|few) (?:clear |working |school )?"
        r"(?:minute|hour|day|week|month|year)s?\b|\bevery (?:day|week|other week|two weeks|year)\b"
        r"|\bno wait\b|\bthe same day\b|\bdiwrnod\b|\bmis\b",
        re.I,
    ),
    "count": re.compile(r"\d|\b(?:one|two|three|four|five|six|ten|half|no more than)\b", re.I),
    "place": re.compile(
        r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"
        r"|\b(?:Street|Road|Lane|Avenue|Square|House|Centre|Office)\b"
    ),
    "contact": re.compile(r"\b0\d{2,4}[ \d]{5,9}\d\b|@|\bcall\b|\bphone\b", re.I),
    "rule": re.compile(
        r"\b(?:you|we|they) (?:can|cannot|can['’]t|must|may|should|will|do not|don['’]t|need)\b"
        r"|\bif (?:you|your|the)\b|\bunless\b|\bnot\b|\bonly\b|\bentitled\b|\bqualify\b"
        r"|\beligible\b",
        re.I,
    ),
    "way": re.compile(
        r"\b(?:apply|report|contact|call|phone|tell us|fill in|complete|form|online|sign in"
        r"|visit)\b",
        re.I,
    ),
}


def asks_for(question: str) -> frozenset[str]:
    """Name the kinds of fact that a question asks for: money, hour, place, rule and so on."""
    return frozenset(kind for kind, asks in _ASKS.items() if asks.search(question))


def holds(text: str) -> frozenset[str]:
    """Name the kinds of fact that a text holds."""
    return frozenset(kind for kind, fact in _HOLDS.items() if fact.search(text))

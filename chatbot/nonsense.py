"""Tell words that answer nothing: keys hit at random, and insults.

Only what is so beyond doubt: to ask a person for their own street again is worse than to pass on a
line that says nothing.
"""

from __future__ import annotations

import re

# Neighbours on a keyboard that stand in no word and no name; "erty" stands in "property".
_ROWS = ("asdfghjkl", "lkjhgfdsa", "zxcvbnm", "mnbvcxz", "qwertyuiop", "poiuytrewq")
_KEYS_IN_A_ROW = {"qwertyuiop": 5, "poiuytrewq": 5}
_RUNS = frozenset(
    row[at : at + many]
    for row in _ROWS
    for many in (_KEYS_IN_A_ROW.get(row, 4),)
    for at in range(len(row) - many + 1)
)
_REPEATED = re.compile(r"(\w)\1{3,}")
_VOWELS = re.compile(r"[aeiouywâêîôûŵŷáéíóúàèìòùäëïöü]")
_LETTERS_WITHOUT_VOWEL = 5
_BAD = (
    r"(?:useless|stupid|idiots?|morons?|rubbish|crap|shit\w*|pathetic|hopeless|thick|dumb|a joke"
    r"|fuck\w*|wank\w*|twats?|arseholes?|incompetent|clueless)"
)
_INSULT = re.compile(
    rf"(?:you(?:'re| are| lot(?: are)?)?|u|ur)(?: [\w']+){{0,3}} {_BAD}(?: [\w']+){{0,2}}"
    r"|(?:this|that|it)(?: is|'s)"
    rf"(?: so| just| all| absolutely| completely| totally| utterly| a load of)* {_BAD}"
    rf"|{_BAD} (?:(?:ro)?bot|machine|thing|computer|council|lot|people|service)"
    r"|(?:oh )?(?:fuck|piss|sod|bugger) off|fuck (?:you|this|it)(?: all)?|shut up|go to hell",
    re.I,
)


def is_gibberish(text: str) -> bool:
    """Tell keys hit at random: "asdfgh", "asdkjh sdfgsd"."""
    words = re.findall(r"[^\W\d_]+", text.casefold())
    return bool(words) and not re.search(r"\d", text) and all(map(_is_random, words))


def insults(text: str) -> bool:
    """Tell a message that is an insult and nothing else."""
    return bool(_INSULT.fullmatch(" ".join(re.sub(r"[^\w' ]+", " ", text).split())))


def _is_random(word: str) -> bool:
    runs = any(run in word for run in _RUNS)
    return (
        runs
        or bool(_REPEATED.search(word))
        or (len(word) >= _LETTERS_WITHOUT_VOWEL and not _VOWELS.search(word))
    )

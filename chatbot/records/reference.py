"""References that can be told over the telephone: "BIN-7K4M2Q"."""

from __future__ import annotations

import re
import secrets

# Digits, and the consonants that no digit looks like; without vowels no word comes about.
ALPHABET = "0123456789CFHJKMNPQRTVWXY"
CODE_LENGTH = 6
_PREFIX_LETTERS = 4
# What is read or heard for what: capital letters as the digits or letters they are taken for.
_LOOK_ALIKES = str.maketrans("OILDBSZGU", "0110852" + "6V")


def make_reference(automation: str) -> str:
    """Make a reference by chance, led by the first word of the automation's name.

    There are 244 million of each prefix; the caller sees to it that none is given twice.
    """
    first = re.split(r"[^A-Za-z]+", automation.strip("_- 0123456789"))[0]
    prefix = first[:_PREFIX_LETTERS].upper() or "CASE"
    return f"{prefix}-{''.join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))}"


def code_of(reference: str) -> str:
    """Take the part of a reference that tells cases apart, as it is kept; "" where there is none.

    Lower case, spaces, a missing hyphen or prefix, and O for 0 or I for 1 make no difference.
    """
    return _folded(reference)[-CODE_LENGTH:] if fits(reference) else ""


def fits(reference: str) -> bool:
    """Tell whether this may be a reference, by its length."""
    return CODE_LENGTH <= len(_folded(reference)) <= CODE_LENGTH + _PREFIX_LETTERS


def same(told: str, kept: str) -> bool:
    """Tell whether what a citizen wrote is the reference that is kept, or its end."""
    written, whole = _folded(told), _folded(kept)
    return written in (whole, whole[-CODE_LENGTH:])


def _folded(reference: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", reference[:100].upper()).translate(_LOOK_ALIKES)

"""Turn the bytes of a file into text, whatever wrote them."""

from __future__ import annotations

import codecs
import re

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Browsers read these as Windows-1252, and pages that claim them mean it: £ and curly quotes.
_WINDOWS = {"iso8859-1", "ascii"}
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_LOOKED_AT = 4096


def decoded(body: bytes, charset: str = "") -> str:
    """Decode a page: its byte order mark, the server's word, its own, UTF-8, else Windows-1252."""
    marked = next((name for bom, name in _BOMS if body.startswith(bom)), "")
    if marked:
        return body.decode(marked, "replace").lstrip("\ufeff")
    own = _CHARSET.search(body[:_LOOKED_AT])
    for name in (charset, own[1].decode("ascii") if own else ""):
        known = _known_charset(name)
        if known:
            return body.decode(known, "replace")
    return _guessed(body)


def is_text(body: bytes) -> bool:
    """Tell words in some encoding from the bytes of a program, a picture or an archive."""
    head = body[:_LOOKED_AT]
    if any(body.startswith(bom) for bom, _ in _BOMS) or _wide(head):
        return True
    return len(_CONTROL.findall(head)) <= max(4, len(head) // 20)


def _guessed(body: bytes) -> str:
    wide = _wide(body[:_LOOKED_AT])
    if wide:
        return body.decode(wide, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        # One slip in much UTF-8 is a slip; a file without any is from an older Windows program.
        mostly = body.decode("utf-8", "ignore")
        is_utf8 = any(ord(c) > 127 for c in mostly)
    return body.decode("utf-8" if is_utf8 else "cp1252", "replace")


def _wide(head: bytes) -> str:
    """Name the UTF-16 that every other byte being zero tells, "" where it is not."""
    half = max(1, len(head) // 2)
    for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = head[start::2].count(0), head[1 - start :: 2].count(0)
        if zeros > 0.6 * half and others < 0.05 * half:
            return name
    return ""


def _known_charset(name: str) -> str:
    try:
        known = codecs.lookup(name.strip().strip("\"'")).name
        # Some codecs, such as those of host names, cannot read a text with faults.
        b"\xe9".decode(known, "replace")
    except (LookupError, ValueError, TypeError):
        return ""
    if known.startswith("utf-16") or known.startswith("utf-32"):
        return "utf-8"
    return "cp1252" if known in _WINDOWS else known

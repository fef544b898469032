"""Links, e-mail addresses and telephone numbers as tokens, so that a model cannot invent one."""

from __future__ import annotations

import re

from chatbot.figures import contact_spans

_TOKEN = re.compile(r"⟦[^⟦⟧]{0,40}⟧")
# Also what no list of endings knows: //evil.example, name@host, evil.example.
_WRITTEN_OUT = re.compile(r"//|@|\b[a-z][\w-]*\.[a-z]{2,}|\w:\w+\(", re.I)
_BRACKETS = re.compile(r"[⟦⟧]")


class Contacts:
    """Hides the contacts of texts behind tokens such as ⟦L1⟧, and shows them again."""

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}

    def hide(self, text: str) -> str:
        """Put a token in the place of each contact; brackets that look like ours are taken out."""
        text = _BRACKETS.sub("", text)
        parts: list[str] = []
        at = 0
        for start, end, kind in contact_spans(text):
            parts += [text[at:start], self._token(text[start:end], kind)]
            at = end
        return "".join([*parts, text[at:]])

    def show(self, text: str) -> str | None:
        """Put the contacts back; None where a token is unknown or a contact was written out."""
        known = {token: contact for contact, token in self._tokens.items()}
        bare = _TOKEN.sub("", text)
        if _BRACKETS.search(bare) or _WRITTEN_OUT.search(bare) or contact_spans(bare):
            return None
        if any(token not in known for token in _TOKEN.findall(text)):
            return None
        return _TOKEN.sub(lambda found: known[found[0]], text)

    def _token(self, contact: str, kind: str) -> str:
        return self._tokens.setdefault(contact, f"⟦{kind}{len(self._tokens) + 1}⟧")

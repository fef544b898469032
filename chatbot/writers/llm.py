"""Let a language model write the answer; only claims that their passage bears out leave here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnableGenerator

from chatbot.claim_check import belongs_beside, check_claim
from chatbot.contacts import Contacts
from chatbot.council import Council
from chatbot.llm import LanguageModel, ModelFault
from chatbot.meanings import Embed, Meanings
from chatbot.periods import out_of_time, today_in_london, unknown_year
from chatbot.sentences import Piece, pieces
from chatbot.steps.write_answer import Written
from chatbot.threads import in_thread
from chatbot.types import Claim, Draft
from chatbot.weigh import now
from knowledge_base.types import Match

PASSAGES = 4
MOST_CLAIMS = 12
MOST_ADDED = 2

_LANGUAGES = {"en": "English", "cy": "Welsh"}
_MARKS = re.compile(r"[ \t]*((?:\[\d{1,3}\][ \t,;]*)+)([.!?]*)")
_NUMBER = re.compile(r"\d+")
_BULLET = re.compile(r"^[ \t]*(?:[-*+•>#]+|\d{1,2}[.)])[ \t]+")
_UNSAFE = re.compile(r"[`|<>]|!\[|\*\*|__")
_DELIMITER = re.compile(r"={3,}")

Chain = Runnable[dict[str, str], str]


class ModelWriter:
    """Writes claims with a language model, as a chain `prompt | chat model | parser`.

    embed: gives the check of claims their meaning.
    """

    def __init__(self, model: LanguageModel, council: Council, embed: Embed) -> None:
        prompt = council.prompts["answer"]
        template = ChatPromptTemplate([("system", prompt.rules), ("human", prompt.request)])
        self.chain: Chain = template | model | RunnableGenerator(_lines_of)
        self._council = council
        self._meanings = Meanings(embed)

    async def __call__(self, draft: Draft) -> Written:
        """Write from the draft's text and matches; tell the draft of each claim that holds."""
        work = _Work(draft, _current(draft)[:PASSAGES])
        if not work.matches:
            return Written()
        lines: asyncio.Queue[str | None] = asyncio.Queue()
        reading = asyncio.create_task(self._read(work, lines))
        # The model writes on while a claim is checked; who leaves cancels both.
        reading.add_done_callback(lambda _: lines.put_nowait(None))
        degraded = False
        try:
            while (line := await lines.get()) is not None and len(work.claims) < MOST_CLAIMS:
                for said, cited in split_line(line):
                    await self._take(work, said, cited)
            if reading.done():
                reading.result()
        except ModelFault:
            degraded = True
        finally:
            reading.cancel()
            # Looks at its fault as well, which asyncio would otherwise complain about.
            await asyncio.gather(reading, return_exceptions=True)
        if not degraded:
            await in_thread(work.add_what_belongs)
        return Written(tuple(work.claims), left_out=work.left_out > 0, degraded=degraded)

    async def _read(self, work: _Work, lines: asyncio.Queue[str | None]) -> None:
        asked = {
            "council": self._council.name,
            "language": _LANGUAGES.get(work.draft.question.language[:2], "English"),
            "passages": work.shown,
            "question": work.question,
        }
        async for line in self.chain.astream(asked):
            lines.put_nowait(line)

    async def _take(self, work: _Work, said: str, cited: Sequence[int]) -> None:
        """Keep a statement if one of the passages that it cites bears it out."""
        claim = await in_thread(work.checked, said, cited, self._meanings)
        if claim is None:
            work.left_out += 1
        elif all(claim.text != one.text for one in work.claims):
            work.claims.append(claim)
            if work.draft.tell:
                work.draft.tell(replace(work.draft, claims=tuple(work.claims)))


@dataclass(slots=True)
class _Work:
    """One answer while it is being written."""

    draft: Draft
    matches: Sequence[Match]
    claims: list[Claim] = field(default_factory=list)
    left_out: int = 0
    shown: str = field(init=False)
    question: str = field(init=False)
    _contacts: Contacts = field(default_factory=Contacts)
    _support: dict[str, set[Piece]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shown = [self._show(at, match) for at, match in enumerate(self.matches, start=1)]
        self.shown = "\n\n".join(shown)
        self.question = self._contacts.hide(_DELIMITER.sub("", self.draft.text))

    def _show(self, number: int, match: Match) -> str:
        headings = ": ".join((match.title, *match.headings))
        inside = self._contacts.hide(_DELIMITER.sub("", f"{headings}\n{match.text}"))
        return f"=== passage [{number}] ===\n{inside}\n=== end of passage [{number}] ==="

    def checked(self, said: str, cited: Sequence[int], meanings: Meanings) -> Claim | None:
        """Make a claim of a statement, or None where nothing that it cites bears it out."""
        text = self._contacts.show(said)
        if text is None or _UNSAFE.search(text):
            return None
        for number in cited:
            if not 1 <= number <= len(self.matches):
                continue
            match = self.matches[number - 1]
            verdict = check_claim(
                text, match.text, (match.title, *match.headings), near=meanings.near
            )
            if verdict.holds:
                self._support.setdefault(match.id, set()).update(verdict.support)
                first = min(verdict.support, key=lambda piece: piece.start)
                last = max(verdict.support, key=lambda piece: piece.end)
                adjacent = last.block == first.block and last.start - first.end <= 3
                end = last.end if adjacent else first.end
                return Claim(text, match.id, match.text[first.start : end])
        return None

    def add_what_belongs(self) -> None:
        """Quote the exceptions and limits that stand right beside what was said."""
        for match in self.matches:
            used = self._support.get(match.id, set())
            beside = belongs_beside(pieces(match.text), used, match.text)
            for piece in beside[:MOST_ADDED]:
                quote = match.text[piece.start : piece.end]
                if all(quote not in one.text for one in self.claims):
                    self.claims.append(Claim(quote, match.id, quote))


def _current(draft: Draft) -> list[Match]:
    """Leave out passages whose time is over, and those that do not know the year asked for."""
    today, asked = today_in_london(), now(draft.text)
    return [
        match
        for match in draft.matches
        if not out_of_time(asked, match, today) and not unknown_year(asked, match, today)
    ]


async def _lines_of(words: AsyncIterator[str]) -> AsyncIterator[str]:
    """Give each line as soon as it is whole."""
    rest = ""
    async for word in words:
        *whole, rest = f"{rest}{word}".split("\n")
        for line in whole:
            if line.strip():
                yield line.strip()
    if rest.strip():
        yield rest.strip()


def split_line(line: str) -> list[tuple[str, tuple[int, ...]]]:
    """Split a line into statements, each with the numbers of the passages that it cites.

    A statement without a number has that of the next one in its line; a line without any says
    nothing that can be checked, and cites nothing.
    """
    line = _BULLET.sub("", line.strip())
    if not line or line.strip(".*_ ").upper() == "NONE":
        return []
    statements: list[tuple[str, tuple[int, ...]]] = []
    at = 0
    for mark in _MARKS.finditer(line):
        numbers = tuple(map(int, _NUMBER.findall(mark[1])))
        statements += [(one, numbers) for one in _sentences(line[at : mark.start()] + mark[2])]
        at = mark.end()
    return statements + [(one, ()) for one in _sentences(line[at:])]


def _sentences(text: str) -> list[str]:
    text = text.strip(" \t")
    if not any(character.isalnum() for character in text):
        return []
    return [text[piece.start : piece.end].strip() for piece in pieces(text)]

"""Let no claim out that its passage does not bear out; number the citations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog

from chatbot.council import Council
from chatbot.figures import figures
from chatbot.steps.write_answer import not_in_passages
from chatbot.types import Answer, Citation, Claim, Draft, Status
from knowledge_base.types import Match

log = structlog.get_logger(__name__)

LONGEST_QUOTE = 600

_MARK_LIKE = re.compile(r"\[(\d{1,3})\](?!\()")


async def check_answer(draft: Draft, *, council: Council) -> Draft | Answer:
    """Turn the claims that hold into an answer with citations; drop the others.

    A claim holds if its quote stands word for word in its passage, and if every figure, date,
    number to call, e-mail address and link in its text is in that passage, its headings or title,
    or in what the council itself has configured.
    """
    matches = {match.id: match for match in draft.matches}
    reviewed = figures(council.reviewed_text)
    held = [claim for claim in draft.claims if _holds(claim, matches, reviewed)]
    if not held:
        return not_in_passages(draft, council)
    dropped = draft.left_out or len(held) < len(draft.claims)
    language = draft.question.language
    blocks, citations = _cite(held, matches)
    if _only_english(language, [matches[claim.passage_id] for claim in held]):
        blocks = [*council.words("note.english_only", language), *blocks]
    if differ := _differ(held):
        log.info("sources_differ", council=council.slug, pages=_pages(differ, matches))
        blocks += council.words("note.sources_differ", language)
    if dropped:
        blocks += council.words(Status.ANSWERED_PARTLY, language)
    return Answer(
        Status.ANSWERED_PARTLY if dropped else Status.ANSWERED_FROM_PAGES,
        tuple(blocks),
        tuple(citations),
        draft.actions,
    )


def _differ(held: Sequence[Claim]) -> list[Claim]:
    """List the claims that another claim which also holds contradicts."""
    said = {claim.passage_id for claim in held}
    return [claim for claim in held if claim.against in said]


def _pages(differ: Sequence[Claim], matches: Mapping[str, Match]) -> list[str]:
    """Name the pages that disagree, for the council's staff."""
    named = (matches[name].url for claim in differ for name in (claim.against, claim.passage_id))
    return list(dict.fromkeys(named))


def blocks_so_far(draft: Draft, *, council: Council) -> tuple[str, ...]:
    """Give the blocks that `check_answer` will give for the claims of a draft, if all hold.

    None for another language than English, where a note may have to stand before them.
    """
    if not draft.question.language.startswith("en"):
        return ()
    matches = {match.id: match for match in draft.matches}
    reviewed = figures(council.reviewed_text)
    held = [claim for claim in draft.claims if _holds(claim, matches, reviewed)]
    return tuple(_cite(held, matches)[0])


def _holds(claim: Claim, matches: Mapping[str, Match], reviewed: frozenset[str]) -> bool:
    match = matches.get(claim.passage_id)
    if match is None or not claim.quote.strip() or not claim.text.strip():
        return False
    published = "\n".join((match.text, *match.headings, match.title, match.url, match.page_url))
    return claim.quote in match.text and figures(claim.text) <= figures(published) | reviewed


def _cite(
    claims: Sequence[Claim], matches: Mapping[str, Match]
) -> tuple[list[str], list[Citation]]:
    """Number the addresses in order of first use; claims on one address share a citation."""
    citations: dict[str, Citation] = {}
    first: dict[str, str] = {}
    blocks: list[str] = []
    for claim in claims:
        match = matches[claim.passage_id]
        if known := citations.get(match.url):
            if first[match.url] == match.id:
                wider = _span(match.text, known.quote, claim.quote)
                citations[match.url] = replace(known, quote=wider)
        else:
            first[match.url] = match.id
            citations[match.url] = Citation(
                len(citations) + 1, match.url, match.title, match.headings, claim.quote
            )
        blocks.append(_marked(claim.text, citations[match.url].number))
    return blocks, list(citations.values())


def _span(text: str, quote: str, other: str) -> str:
    """Widen a quote over another of the same passage, unless that makes it too long to read."""
    starts, ends = zip(
        *((text.find(q), text.find(q) + len(q)) for q in (quote, other)), strict=True
    )
    wider = text[min(starts) : max(ends)]
    return wider if len(wider) <= LONGEST_QUOTE else quote


def _marked(text: str, number: int) -> str:
    """Put the citation mark where Markdown keeps it in the text: never inside a table."""
    text = _MARK_LIKE.sub(r"(\1)", text).strip()
    lines = text.split("\n")
    if not lines[-1].lstrip().startswith("|"):
        return f"{text} [{number}]"
    lead = next((at for at, line in enumerate(lines) if line.lstrip().startswith("|")), 0)
    for at in range(lead - 1, -1, -1):
        if lines[at].strip():
            lines[at] += f" [{number}]"
            return "\n".join(lines)
    return f"{text}\n\n[{number}]"


def _only_english(language: str, matches: Sequence[Match]) -> bool:
    return not language.startswith("en") and all(m.language.startswith("en") for m in matches)

"""Write claims from the passages found, or say that they hold no answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from chatbot.council import Council
from chatbot.types import Action, Answer, Claim, Draft, Status
from knowledge_base.types import Match

Writer = Callable[[str, Sequence[Match]], Awaitable[Sequence[Claim]]]
"""Turns the searched text and the matches, best first, into claims; none where it cannot."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a language model's writer made of a draft.

    left_out: some claim did not hold. degraded: the model failed on the way.
    """

    claims: tuple[Claim, ...] = ()
    left_out: bool = False
    degraded: bool = False


WriteDraft = Callable[[Draft], Awaitable[Written]]
"""Turns a draft into claims that are checked already, and tells the draft of each."""


async def write_answer(
    draft: Draft, *, council: Council, write: Writer, ask_model: WriteDraft | None = None
) -> Draft | Answer:
    """Let the writer answer from the passages only, and offer the page to read on.

    ask_model: is asked first. Where it fails or has nothing to say, the writer answers after all.
    """
    written = await ask_model(draft) if ask_model else Written()
    claims = written.claims
    if written.degraded or not claims:
        said = {claim.text for claim in claims}
        more = await write(draft.text, draft.matches)
        claims = (*claims, *(claim for claim in more if claim.text not in said))
    draft = replace(
        draft,
        degraded=draft.degraded or written.degraded,
        left_out=bool(written.claims) and written.left_out,
    )
    if not claims:
        # Handed on where the model failed: a run that ends here could not say so.
        return draft if written.degraded else not_in_passages(draft, council)
    by_id = {match.id: match for match in draft.matches}
    first = by_id.get(claims[0].passage_id, draft.matches[0])
    return replace(
        draft, claims=claims, actions=(*draft.actions, _read_more(draft, council, first))
    )


def not_in_passages(draft: Draft, council: Council) -> Answer:
    """Say that the pages found hold no answer, with the nearest page in the
    citizen's language and the council's contact."""
    language = draft.question.language
    readable = (match for match in draft.matches if match.language.startswith(language[:2]))
    nearest = next(readable, draft.matches[0])
    contact = Action("contact", "link", council.label("contact", language), url=council.contact.url)
    return council.say(
        Status.UNANSWERABLE_NOT_IN_PASSAGES,
        language,
        actions=(_read_more(draft, council, nearest), contact),
        page_title=nearest.title,
        page_url=nearest.url,
    )


def _read_more(draft: Draft, council: Council, match: Match) -> Action:
    label = council.label("read_more", draft.question.language, page_title=match.title)
    return Action("read_more", "link", label, url=match.url)

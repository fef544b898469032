"""Answer in the council's own sentences: pick the pieces that answer, keep what belongs to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from chatbot.compose import Length, compose
from chatbot.differ import Differing, differing
from chatbot.meanings import Embed, Meanings
from chatbot.periods import out_of_time, today_in_london, unknown_year
from chatbot.sure import Sureness, asks_for_a_name, names_somebody, nearly_all, read_signs
from chatbot.threads import in_thread
from chatbot.types import Claim
from chatbot.weigh import Scored, Weights, now, weigh
from chatbot.words import stems, words
from knowledge_base.types import Match

PASSAGES = 6
FIRST = 3
# Where nothing is as near by its meaning, the best of what was found stands out by chance, and so
# much of the question's words has to be in a passage; they alone decide where there is no index.
FAR = 0.3
OVERLAP = 0.45


@dataclass(frozen=True, slots=True)
class Room:
    """How much is said.

    words: of an answer, about. slack: what the last claim may go beyond them, for a list or a row
    with its heads is not cut. claims: at most. reach: how far below the best piece another may
    be. elsewhere: how far where it stands on a page of which nothing is said yet; further off it
    is about something else. margin: rows and items so near to a piece are said with it.
    next_whole: a passage of so few words is said whole where it is not the first.
    """

    words: int = 80
    claims: int = 3
    reach: float = 0.3
    elsewhere: float = 0.15
    margin: float = 0.03
    slack: int = 30
    next_whole: int = 20


class Extractive:
    """Writes claims from passages without a language model.

    embed: gives the meaning of pieces a say; without it words alone choose among them.
    today: the day in London, against which fees and rules are current, over, or to come.
    """

    def __init__(
        self,
        embed: Embed | None = None,
        *,
        weights: Weights | None = None,
        sureness: Sureness | None = None,
        length: Length | None = None,
        room: Room | None = None,
        today: Callable[[], date] = today_in_london,
    ) -> None:
        self._meanings = Meanings(embed) if embed else None
        self._today = today
        self.weights = weights or Weights()
        self.sureness = sureness or Sureness()
        self.length = length or Length()
        self.room = room or Room()

    async def __call__(self, text: str, matches: Sequence[Match]) -> Sequence[Claim]:
        return await in_thread(self.write, text, matches)

    def write(self, text: str, matches: Sequence[Match]) -> tuple[Claim, ...]:
        """Answer from the matches, best first; nothing where they do not seem to answer."""
        today = self._today()
        everything = self.score(text, matches)
        scored = [one for one in everything if not unknown_year(now(text), one.match, today)]
        if not scored or scored[0].match.page_url != everything[0].match.page_url:
            return ()
        if not self._sure(text, matches, scored):
            return ()
        differ = differing(text, scored, self._meanings) if self._meanings else None
        if differ is None:
            return tuple(self._say(scored))
        rest = (one for one in scored if one not in (differ.newer, differ.older))
        first, *others = self._say([differ.newer, differ.older, *rest])
        return (first, *(_against(claim, first, differ) for claim in others))

    def score(self, text: str, matches: Sequence[Match]) -> list[Scored]:
        """Weigh the pieces of the first passages, and of those whose time it is not."""
        today = self._today()
        past = {match.id for match in matches if out_of_time(now(text), match, today)}
        current = [match for match in matches if match.id not in past][:PASSAGES]
        looked = [m for m in matches if m in current or m.id in past][: 2 * PASSAGES]
        return weigh(text, looked, self.weights, self._meanings, past)

    def _say(self, scored: Sequence[Scored]) -> Iterator[Claim]:
        """Say the best piece with what belongs to it, and the next best while there is room."""
        said: list[Claim] = []
        leads: list[Scored] = []
        left = self.room.words
        for one in scored:
            if len(said) == self.room.claims or one.score < scored[0].score - self.room.reach:
                return
            if one.score < scored[0].score - self.room.elsewhere and _new_page(one, leads):
                continue
            if any(_says(claim, one.said) for claim in said):
                continue
            if any(_one_table(lead, one) for lead in leads):
                continue
            unsaid = (s for s in scored if not any(_says(claim, s.said) for claim in said))
            liked = [one, *(other for other in unsaid if self._goes_with(one, other))]
            length = self._shorter(left + self.room.slack) if said else self.length
            known = any(lead.match.page_url == one.match.page_url for lead in leads)
            claim = self._claim(liked, length, known=known)
            if said:
                claim = _untitled(claim, said[-1])
            size = len(words(claim.text))
            again = any(_says(other, claim.text) or other.quote in claim.text for other in said)
            if said and (again or size > left + self.room.slack):
                continue
            said.append(claim)
            leads.append(one)
            left -= size
            yield claim

    def _shorter(self, left: int) -> Length:
        return replace(self.length, answer=0, whole=min(left, self.room.next_whole), most=left)

    def _goes_with(self, one: Scored, other: Scored) -> bool:
        """Tell what is said with a piece: what comes near to it in its passage, and rows of its
        table that hold as much of the question, for nothing tells which of them is meant."""
        if other is one or other.match is not one.match:
            return False
        near = abs(other.score - one.score) <= self.room.margin
        return near or (_one_table(one, other) and other.words >= one.words > 0)

    def _sure(self, text: str, matches: Sequence[Match], scored: Sequence[Scored]) -> bool:
        """Tell whether the pages seem to hold the answer."""
        first = scored[:FIRST]
        if asks_for_a_name(now(text)) and not any(names_somebody(one.said) for one in first):
            return False
        signs = read_signs(text, matches, scored)
        if signs is not None and not self.sureness.is_enough(signs):
            return False
        near = max(match.similarity or 0.0 for match in matches)
        by_words = signs is None or near < FAR
        return not by_words or max(match.overlap for match in matches[:FIRST]) >= OVERLAP

    def _claim(self, liked: Sequence[Scored], length: Length, *, known: bool) -> Claim:
        """Say the first of the liked pieces, with others of its passage where they belong to it.

        known: the page has been named already, and its section is enough.
        """
        match = liked[0].match
        same = [one.piece for one in liked if one.match is match]
        names = match.headings[-1:] if known and match.headings else (match.title, *match.headings)
        said, quote = compose(match.text, names, same, length)
        return Claim(said, match.id, quote)


def _against(claim: Claim, first: Claim, differ: Differing) -> Claim:
    """Mark the claim that states the older price."""
    older = claim.passage_id == differ.older.match.id and differ.older.said in claim.text
    return replace(claim, against=first.passage_id) if older else claim


def _untitled(claim: Claim, before: Claim) -> Claim:
    """Leave out the title that the claim before stands under already."""
    title, _, said = claim.text.partition("\n\n")
    repeated = title.startswith("**") and before.text.startswith(f"{title}\n\n")
    return replace(claim, text=said) if repeated and said else claim


def _says(claim: Claim, text: str) -> bool:
    """Tell whether a claim says a text already, also in nearly the same words."""
    return text in claim.text or nearly_all(stems(text), stems(claim.text))


def _new_page(one: Scored, leads: Sequence[Scored]) -> bool:
    return all(lead.match.page_url != one.match.page_url for lead in leads) and bool(leads)


def _one_table(one: Scored, other: Scored) -> bool:
    """Tell rows of one table, which are said together or left out together."""
    rows = one.piece.kind == other.piece.kind == "row"
    return rows and one.match is other.match and one.piece.block == other.piece.block

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from knowledge_base.catalogue import name_passages
from knowledge_base.embed import Embedded, Embedder, Vectors
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.locks import Busy, FileLock
from knowledge_base.retriever import CouncilRetriever
from knowledge_base.types import Found, Page, Passage
from knowledge_base.vectors import IndexDown, collection_name, embedded_index
from tests.conftest import OpenKnowledgeBase, knowledge_base_in

SEEN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HOME = "https://www.exampleton.example"


def make_page(name: str, *texts: str, title: str = "") -> Page:
    url = f"{HOME}/{name}"
    passages = tuple(Passage(text, f"{url}#part-{n}", ("Part",)) for n, text in enumerate(texts))
    digest = hashlib.sha256("".join(texts).encode()).hexdigest()
    return Page(url, title or name, "pages", digest, SEEN, passages)


BINS = make_page(
    "bins",
    "Put your bin out by 7am on your collection day.",
    "Tell us about a missed bin within two working days.",
)
POOL = make_page("pool", "The swimming pool opens at 6am on weekdays.")


def put(knowledge_base: KnowledgeBase, *pages: Page, council: str = "exampleton") -> int:
    with knowledge_base.writer() as writer:
        embedded = writer.put(council, pages)
        embedded += writer.settle(council)
    knowledge_base.look_again(council)
    return embedded


def found(knowledge_base: KnowledgeBase, text: str, council: str = "exampleton") -> list[str]:
    return [match.text for match in knowledge_base.find(council, text).matches]


def test_a_page_is_found_by_meaning_and_by_words(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, BINS, POOL)
    by_meaning = knowledge_base.find("exampleton", "the lorry drove straight past my house")
    assert by_meaning.matches[0].page_url == BINS.url
    by_words = knowledge_base.find("exampleton", "swimming")
    assert by_words.matches[0].text == "The swimming pool opens at 6am on weekdays."
    assert by_words.matches[0].overlap == 1.0


def test_scores_fall_and_stay_between_0_and_1(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, BINS, POOL)
    scores = [m.score for m in knowledge_base.find("exampleton", "missed bin").matches]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_scores_fall_where_a_print_version_stands_for_its_page(
    knowledge_base: KnowledgeBase,
) -> None:
    says = "The swimming pool opens at 6am on weekdays."
    others = ("Lost keys.", "Ask for a map.", "Dogs stay outside.")
    near = ("The swimming pool closes at 9pm.", "When the swimming pool opens depends on the day.")
    printed = make_page("pool/print", says, *others, title="Pool")
    put(knowledge_base, replace(printed, updated=date(2026, 4, 1)))
    put(knowledge_base, make_page("pool", says, *near, near[1] + " Ask.", title="Pool"))
    matches = knowledge_base.find("exampleton", "when the swimming pool opens").matches
    assert [match.page_url for match in matches if match.text == says] == [printed.url]
    scores = [match.score for match in matches]
    assert scores == sorted(scores, reverse=True)


def test_one_council_never_sees_the_pages_of_another(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, BINS, council="one")
    put(knowledge_base, POOL, council="two")
    assert set(found(knowledge_base, "when does the swimming pool open", "one")) == {
        passage.text for passage in BINS.passages
    }
    assert found(knowledge_base, "bin", "two") == [POOL.passages[0].text]
    assert found(knowledge_base, "bin", "three") == []


def test_a_changed_page_says_only_the_new(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, BINS, POOL)
    put(knowledge_base, make_page("bins", "Put your bin out by 6am on your collection day."))
    texts = found(knowledge_base, "when do I put my bin out")
    assert "Put your bin out by 6am on your collection day." in texts
    assert not [text for text in texts if "7am" in text]


def test_only_changed_passages_are_embedded(knowledge_base: KnowledgeBase) -> None:
    assert put(knowledge_base, BINS) == 2
    assert put(knowledge_base, BINS) == 0
    longer = make_page("bins", *(p.text for p in BINS.passages), "Bank holidays move this.")
    assert put(knowledge_base, longer) == 1


def test_a_new_title_makes_new_passages(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, BINS)
    assert put(knowledge_base, replace(BINS, title="Rubbish")) == 2


def test_a_page_as_long_as_a_book_is_not_read_at_once(
    engine: Engine, embedder: Embedder, tmp_path: Path
) -> None:
    class Counting(OtherModel):
        most = 0

        def embed_tokens(self, texts: Sequence[str], *, questions: bool = False) -> list[Embedded]:
            self.most = max(self.most, len(texts))
            return [Embedded(np.eye(1, 384, dtype=np.float32)[0]) for _ in texts]

    counting = Counting(embedder)
    knowledge_base = knowledge_base_in(tmp_path, engine, counting)
    with knowledge_base.writer() as writer:
        writer.put("exampleton", [make_page("plan", *(f"Policy {n}." for n in range(700)))])
    assert 0 < counting.most <= 256
    knowledge_base.close()


def test_a_dropped_page_is_not_found(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, BINS, POOL)
    with knowledge_base.writer() as writer:
        writer.drop("exampleton", [POOL.url])
    knowledge_base.look_again("exampleton")
    assert POOL.passages[0].text not in found(knowledge_base, "swimming pool")


def test_the_same_words_twice_on_a_page_are_two_passages() -> None:
    passage = Passage("Monday to Friday", f"{HOME}/x")
    page = replace(BINS, passages=(passage, passage))
    assert len(name_passages("exampleton", page)) == 2


def test_another_process_is_followed(open_knowledge_base: OpenKnowledgeBase) -> None:
    reader, writer = open_knowledge_base(), open_knowledge_base()
    put(writer, BINS)
    assert found(reader, "bin")
    put(writer, POOL)
    reader.look_again("exampleton")
    match = reader.find("exampleton", "an indoor place to swim lengths").matches[0]
    assert (match.page_url, match.similarity is not None) == (POOL.url, True)


def test_two_writers_at_once_are_refused(open_knowledge_base: OpenKnowledgeBase) -> None:
    first, second = open_knowledge_base(), open_knowledge_base()
    with first.writer():
        with pytest.raises(Busy, match="another ingest is writing"), second.writer():
            pass
        assert not second.repair("exampleton")
    with second.writer():
        pass


def test_a_writer_that_has_not_named_itself_is_unknown(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "writer.lock")
    with lock.held():
        for unnamed in (lambda file: file.write_text(""), lambda file: file.unlink()):
            unnamed(tmp_path / "writer.pid")
            with pytest.raises(Busy, match="process unknown"), lock.held():
                pass


def test_an_emptied_index_leaves_words_and_is_repaired(
    knowledge_base: KnowledgeBase, tmp_path: Path
) -> None:
    put(knowledge_base, BINS, POOL)
    shutil.rmtree(tmp_path / "chroma")
    knowledge_base.look_again("exampleton")
    words_alone = knowledge_base.find("exampleton", "swimming pool")
    assert words_alone.degraded
    assert words_alone.matches[0].page_url == POOL.url
    assert words_alone.matches[0].similarity is None
    assert not knowledge_base.in_step("exampleton")
    assert knowledge_base.repair("exampleton")
    again = knowledge_base.find("exampleton", "an indoor place to swim lengths")
    assert not again.degraded
    assert again.matches[0].page_url == POOL.url


def test_a_reader_sees_the_repair_of_another_process(
    open_knowledge_base: OpenKnowledgeBase, tmp_path: Path
) -> None:
    reader, writer = open_knowledge_base(), open_knowledge_base()
    put(writer, BINS, POOL)
    assert found(reader, "pool")
    writer.close()
    shutil.rmtree(tmp_path / "chroma")
    reader.look_again("exampleton")
    assert reader.find("exampleton", "pool").degraded
    assert writer.repair("exampleton")
    reader.look_again("exampleton")
    assert not reader.find("exampleton", "pool").degraded


def test_an_index_made_again_by_another_process_is_used(
    open_knowledge_base: OpenKnowledgeBase,
) -> None:
    reader, writer = open_knowledge_base(), open_knowledge_base()
    put(writer, BINS, POOL)
    reader.look_again("exampleton")
    assert not reader.find("exampleton", "swimming pool").degraded
    writer._index.reset(collection_name("exampleton", writer.model))
    assert writer.repair("exampleton")
    reader.look_again("exampleton")
    found = reader.find("exampleton", "swimming pool")
    assert not found.degraded
    assert found.matches[0].page_url == POOL.url


def test_a_broken_index_is_made_again(knowledge_base: KnowledgeBase, tmp_path: Path) -> None:
    put(knowledge_base, BINS)
    knowledge_base.close()
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(b"no database" * 100)
    knowledge_base.look_again("exampleton")
    assert knowledge_base.find("exampleton", "bin").degraded
    assert knowledge_base.repair("exampleton")
    knowledge_base.look_again("exampleton")
    assert not knowledge_base.find("exampleton", "bin").degraded


@pytest.mark.parametrize("searches", [0, 1, 2])
def test_a_broken_index_is_made_again_however_often_it_was_met(
    knowledge_base: KnowledgeBase, tmp_path: Path, searches: int
) -> None:
    put(knowledge_base, BINS)
    knowledge_base.close()
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(b"no database" * 100)
    for _ in range(searches):
        knowledge_base.look_again("exampleton")
        assert knowledge_base.find("exampleton", "bin").degraded
    assert knowledge_base.repair("exampleton")
    assert not knowledge_base.find("exampleton", "bin").degraded


def test_a_file_in_the_place_of_the_index_is_not_lost(
    knowledge_base: KnowledgeBase, tmp_path: Path
) -> None:
    put(knowledge_base, BINS)
    knowledge_base.close()
    shutil.rmtree(tmp_path / "chroma")
    (tmp_path / "chroma").write_text("somebody's")
    with pytest.raises(IndexDown, match="chroma"):
        knowledge_base.repair("exampleton")
    assert knowledge_base.find("exampleton", "bin").degraded
    assert (tmp_path / "chroma").read_text() == "somebody's"
    (tmp_path / "chroma").unlink()
    assert knowledge_base.repair("exampleton")
    assert not knowledge_base.find("exampleton", "bin").degraded


@pytest.mark.parametrize(
    "text", ["", "\ud800", "bin\x00", "the of and", "bin " * 50_000, "\u202e?"]
)
def test_any_text_can_be_looked_for(knowledge_base: KnowledgeBase, text: str) -> None:
    put(knowledge_base, BINS, POOL)
    found = knowledge_base.find("exampleton", text)
    scores = [match.score for match in found.matches]
    assert scores == sorted(scores, reverse=True)
    assert not found.degraded


def test_a_council_without_pages_needs_no_index(knowledge_base: KnowledgeBase) -> None:
    assert knowledge_base.find("nobody", "bin") == Found(())
    assert knowledge_base.in_step("nobody")


class OtherModel:
    """Another model: the same vectors turned round, under another name."""

    model = "another-model-0123456789"

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return -self._embedder.embed_passages(texts)

    embed_questions = embed_passages

    def embed_tokens(self, texts: Sequence[str], *, questions: bool = False) -> list[Embedded]:
        """Without tokens, as some models are: the search does without late interaction."""
        return [Embedded(vector) for vector in self.embed_passages(texts)]

    def knows(self, word: str) -> bool:
        return self._embedder.knows(word)


def test_an_index_of_another_model_is_made_again_and_never_mixed(
    knowledge_base: KnowledgeBase, engine: Engine, embedder: Embedder, tmp_path: Path
) -> None:
    put(knowledge_base, BINS, POOL)
    other = knowledge_base_in(tmp_path, engine, OtherModel(embedder))
    assert other.find("exampleton", "bin").degraded
    with other.writer() as writer:
        assert writer.settle("exampleton") == 3
    other.look_again("exampleton")
    assert not other.find("exampleton", "bin").degraded
    index = embedded_index(tmp_path / "chroma")
    with pytest.raises(IndexDown):
        index.count(collection_name("exampleton", knowledge_base.model))
    index.close()
    other.close()


def test_a_passage_without_vectors_is_not_hidden_by_the_windows_of_others(
    knowledge_base: KnowledgeBase, engine: Engine, embedder: Embedder, tmp_path: Path
) -> None:
    put(knowledge_base, BINS, POOL)
    other = knowledge_base_in(tmp_path, engine, OtherModel(embedder))
    with other.writer() as writer:
        # An ingest with another model that ends before it settles.
        writer.put("exampleton", [make_page("minutes", "The council met in the town hall. " * 90)])
    assert not other.in_step("exampleton")
    missed = other.find("exampleton", "missed bin")
    assert (missed.matches[0].page_url, missed.degraded) == (BINS.url, True)
    other.close()


def test_surplus_vectors_are_never_shown_and_are_swept(
    knowledge_base: KnowledgeBase, embedder: Embedder, tmp_path: Path
) -> None:
    put(knowledge_base, BINS)
    index = embedded_index(tmp_path / "chroma")
    stray = embedder.embed_passages(["Put your bin out by 7am"])
    collection = collection_name("exampleton", knowledge_base.model)
    index.add(collection, ["stray"], stray)
    assert "stray" not in [m.id for m in knowledge_base.find("exampleton", "bin").matches]
    put(knowledge_base)
    assert "stray" not in index.ids(collection)
    index.close()


WHERE_TO_TIP = make_page(
    "recycling",
    "Household waste recycling centres are open every day but Christmas Day.",
)


def test_everyday_words_find_officials_words(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, BINS, POOL, WHERE_TO_TIP)
    assert knowledge_base.find("exampleton", "tip").matches[0].page_url == WHERE_TO_TIP.url


def test_a_council_adds_its_own_everyday_words(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, BINS, POOL, WHERE_TO_TIP)
    knowledge_base.teach("exampleton", {"lido": "swimming pool"})
    first, *_ = knowledge_base.find("exampleton", "lido on weekdays").matches
    assert (first.page_url, first.overlap < 1) == (POOL.url, True)


def test_misspelt_words_are_met_by_the_councils_own(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, BINS, POOL)
    first, *_ = knowledge_base.find("exampleton", "swiming").matches
    assert (first.page_url, first.overlap) == (POOL.url, 1.0)


def test_the_end_of_a_long_passage_is_found_by_its_meaning(knowledge_base: KnowledgeBase) -> None:
    long = "The council met and talked about the budget of the year. " * 60
    put(knowledge_base, make_page("minutes", f"{long} Dogs must be kept on a lead."), BINS, POOL)
    first, *_ = knowledge_base.find("exampleton", "may my puppy run free").matches
    assert first.page_url == f"{HOME}/minutes"


def test_a_print_version_is_not_shown_beside_its_page(knowledge_base: KnowledgeBase) -> None:
    printed = replace(BINS, url=f"{BINS.url}-print", digest="2")
    put(knowledge_base, BINS, printed, POOL)
    matches = knowledge_base.find("exampleton", "missed bin").matches
    assert {match.page_url for match in matches} == {BINS.url, POOL.url}


def test_metadata_comes_back(knowledge_base: KnowledgeBase) -> None:
    page = replace(BINS, updated=date(2026, 3, 1), language="en", links=(POOL.url,))
    put(knowledge_base, page)
    match = knowledge_base.find("exampleton", "missed bin").matches[0]
    assert (match.updated, match.language, match.headings) == (date(2026, 3, 1), "en", ("Part",))
    assert match.url == f"{BINS.url}#part-1"
    assert knowledge_base.pages("exampleton")[BINS.url].links == (POOL.url,)


async def test_langchain_finds_the_same(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, BINS, POOL)
    retriever = CouncilRetriever(knowledge_base=knowledge_base, council="exampleton", limit=2)
    direct = knowledge_base.find("exampleton", "missed bin", limit=2).matches
    sync, later = retriever.invoke("missed bin"), await retriever.ainvoke("missed bin")
    assert [d.id for d in sync] == [d.id for d in later] == [m.id for m in direct]
    assert sync[0].metadata["url"] == direct[0].url


def test_vectors_have_length_1(embedder: Embedder) -> None:
    rows = embedder.embed_passages(["bin", "a much longer text about a bin " * 40, ""])
    assert rows.shape[0] == 3
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)


def test_a_process_starts_from_the_words_that_an_ingest_kept(
    engine: Engine, embedder: Embedder, tmp_path: Path
) -> None:
    def open_one() -> KnowledgeBase:
        return knowledge_base_in(tmp_path, engine, embedder, words=tmp_path / "words")

    first = open_one()
    put(first, BINS)
    (file,) = (tmp_path / "words").iterdir()
    kept = file.stat().st_mtime_ns
    put(first, BINS)
    assert file.stat().st_mtime_ns == kept, "nothing changed, and it was written again"
    put(first, POOL)
    assert file.stat().st_mtime_ns > kept
    first.close()
    for damage in (lambda: None, lambda: file.write_bytes(b"damaged"), file.unlink):
        damage()
        again = open_one()
        assert found(again, "swimming pool")[0] == POOL.passages[0].text
        again.close()

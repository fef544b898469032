"""Token embeddings in 48 bytes: what is left of them still ranks as they did."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.embed import Embedder, Vectors
from knowledge_base.tokens import late_interaction, pack, unpack

DIMENSIONS = 384
UNPACKED = [0.022455, 0.014838, 0.042853, -0.042822]
PACKED = "a258944c8baa5c6bacf846c42666ab2e9badd98a5cf23c1030d99bb2aa00e4a1"


def rows(count: int, seed: int = 0, dimensions: int = DIMENSIONS) -> Vectors:
    made = np.random.default_rng(seed).standard_normal((count, dimensions)).astype(np.float32)
    unit: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
    return unit


def test_a_token_takes_an_eighth_of_a_byte_a_dimension() -> None:
    assert len(pack(rows(60))) == 60 * 48
    assert len(pack(rows(3, dimensions=10))) == 3 * 2


@pytest.mark.parametrize("dimensions", [10, 384, 768])
def test_what_comes_back_is_near(dimensions: int) -> None:
    tokens = rows(50, dimensions=dimensions)
    back = unpack(pack(tokens), dimensions)
    assert back.shape == tokens.shape
    assert back.dtype == np.float32
    assert np.linalg.norm(back, axis=1) == pytest.approx(1, abs=1e-4)
    assert (tokens * back).sum(axis=1).mean() == pytest.approx(0.8, abs=0.03)


def test_no_tokens_are_no_bytes() -> None:
    assert pack(np.empty((0, DIMENSIONS), dtype=np.float32)) == b""
    assert unpack(b"", DIMENSIONS).shape == (0, DIMENSIONS)


def test_bytes_of_other_dimensions_are_refused() -> None:
    with pytest.raises(ValueError, match="reshape"):
        unpack(pack(rows(1)) + b"x", DIMENSIONS)


def test_what_was_packed_years_ago_is_still_read() -> None:
    """The rotation is part of the code: another one needs another name in CODE."""
    assert unpack(bytes(range(48)), DIMENSIONS)[0, :4] == pytest.approx(UNPACKED, abs=1e-5)


@settings(deadline=None)
@given(
    questions=st.integers(1, 12),
    sizes=st.lists(st.integers(0, 9), max_size=8),
    seed=st.integers(0, 1000),
)
def test_late_interaction_is_the_plain_loop(questions: int, sizes: list[int], seed: int) -> None:
    question = rows(questions, seed)
    weights = np.random.default_rng(seed).random(questions).astype(np.float32) + 0.1
    passages = [rows(size, seed + 1 + number) for number, size in enumerate(sizes)]
    scores = late_interaction(question, weights, [pack(passage) for passage in passages])
    assert scores.shape == (len(sizes),)
    for passage, score in zip(passages, scores, strict=True):
        total = 0.0
        kept = unpack(pack(passage), DIMENSIONS) * np.sqrt(np.pi / 2)
        for token, weight in zip(question, weights, strict=True):
            total += weight * max((float(token @ one) for one in kept), default=0.0)
        assert score == pytest.approx(total / float(weights.sum()), abs=1e-4)


def at(cosine: float, token: Vectors, other: Vectors) -> Vectors:
    """Turn `other` until it has this cosine with `token`."""
    across = other - (other @ token) * token
    turned = cosine * token + np.sqrt(1 - cosine**2) * across / np.linalg.norm(across)
    return turned.astype(np.float32)


@settings(deadline=None)
@given(seed=st.integers(0, 1000), nearer=st.floats(0.3, 0.95))
def test_what_is_clearly_nearer_stays_nearer(seed: int, nearer: float) -> None:
    """A cosine is known to about 0.05, one standard deviation: four of them apart is apart."""
    token, *others = rows(3, seed)
    near, far = (
        at(cosine, token, other)
        for cosine, other in zip((nearer, nearer - 0.25), others, strict=True)
    )
    one = np.ones(1, dtype=np.float32)
    first, second = late_interaction(token[None], one, [pack(near[None]), pack(far[None])])
    assert first > second
    assert first == pytest.approx(nearer, abs=0.2)


def test_nothing_asked_scores_nothing() -> None:
    packed = [pack(rows(3)), b""]
    none = np.empty((0, DIMENSIONS), dtype=np.float32)
    assert late_interaction(none, none[:, 0], packed).tolist() == [0, 0]
    assert late_interaction(rows(2), np.zeros(2, dtype=np.float32), packed).tolist() == [0, 0]
    assert late_interaction(rows(2), np.ones(2, dtype=np.float32), []).tolist() == []


def test_the_passage_that_says_it_scores_best(embedder: Embedder) -> None:
    passages = [
        "Put your bin out by 7am on the day of your collection.",
        "A residents' parking permit costs £45 a year.",
        "The library is open on Saturdays from 10am to 4pm.",
    ]
    kept = [pack(one.tokens) for one in embedder.embed_tokens(passages) if one.tokens is not None]
    for place, question in enumerate(("when is my bin emptied", "permit price", "library hours")):
        (asked,) = embedder.embed_tokens([question], questions=True)
        assert asked.tokens is not None
        weights = np.ones(len(asked.tokens), dtype=np.float32)
        assert int(late_interaction(asked.tokens, weights, kept).argmax()) == place

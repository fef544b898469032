"""Keep token embeddings small, and compare a question with them token by token.

Of each dimension only the sign is kept, after one fixed rotation that spreads what a token says
over all dimensions: 48 bytes for 384 dimensions, where float32 takes 1,536. A question's tokens
stay as they are. Ranking by 0.2 cosine + 0.4 BM25 + 0.4 late interaction over passages in their
place, the right page first (two councils, 31 and 60 questions) or the right passage first (706
questions over 651 government passages), and how near the codes come:

| code          | bytes a token | council | demo  | government | cosine |
|---------------|---------------|---------|-------|------------|--------|
| float32       | 1,536         | .742    | .750  | .729       | 1      |
| int8          | 388           | .742    | .750  | .729       | 1.000  |
| 4 bits        | 192           | .742    | .750  | .729       | .995   |
| 2 bits        | 96            | .742    | .750  | .733       | .940   |
| signs         | 48            | .774    | .750  | .725       | .798   |
| signs, as is  | 48            | .710    | .783  | .724       | .785   |

All but the last, which is not rotated, are rotated (int8 need not be). One question is .032, .017
and .001, so the rows differ by noise, and the smallest is taken.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from knowledge_base.embed import Vectors

CODE = "signs-1"
"""Names what pack writes; what another code wrote has to be made again."""

_SEED = 384
# Up to so many products OpenBLAS multiplies matrices as they lie, on the calling thread: 6,000
# tokens and a question of 22 take 1.0 ms in such parts, 1.5 at once. What is unpacked of a part
# also stays in the processor's own cache.
_PRODUCTS_AT_ONCE = 1_000_000
# Each byte as its eight signs, shape (256, 8).
_SIGNS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.float32) * 2 - 1


def pack(tokens: Vectors) -> bytes:
    """Keep the tokens' signs, shape (tokens, dimensions): dimensions / 8 bytes a token."""
    if not len(tokens):
        return b""
    return np.packbits(tokens @ _rotation(tokens.shape[1]) >= 0, axis=1).tobytes()


def unpack(packed: bytes, dimensions: int) -> Vectors:
    """Give back what is left of the tokens: rows of length 1, cosine about 0.8 with what they were.

    Raises ValueError where `packed` cannot be of so many dimensions.
    """
    tokens: Vectors = _signs(_codes(packed, dimensions), dimensions) @ _rotation(dimensions).T
    return tokens / np.float32(math.sqrt(dimensions))


def late_interaction(question: Vectors, weights: Vectors, packed: Sequence[bytes]) -> Vectors:
    """Score passages by how well each token of a question is met somewhere in them.

    question: shape (tokens, dimensions), rows of length 1. weights: shape (tokens,). A score is
    the weighted mean of each token's best cosine in the passage, as the signs estimate it: to
    about 0.02; 0 for a passage of no tokens. Shape (passages,). A hundred passages of 60 tokens
    and a question of 20 take 2 ms on one core.
    """
    scores = np.zeros(len(packed), dtype=np.float32)
    total = float(weights.sum()) if len(question) else 0.0
    # reduceat gives a passage of no tokens another's token.
    filled = [at for at, one in enumerate(packed) if one]
    if not filled or total <= 0:
        return scores
    dimensions = question.shape[1]
    sizes = [len(packed[at]) // _width(dimensions) for at in filled]
    turned = np.ascontiguousarray((question @ _rotation(dimensions)).T) * _estimate(dimensions)
    codes = _codes(b"".join(packed[at] for at in filled), dimensions)
    cosines = np.empty((sum(sizes), len(question)), dtype=np.float32)
    step = max(1, _PRODUCTS_AT_ONCE // turned.size)
    for start in range(0, len(codes), step):
        some = slice(start, start + step)
        np.matmul(_signs(codes[some], dimensions), turned, out=cosines[some])
    best = np.maximum.reduceat(cosines, np.cumsum([0, *sizes[:-1]]), axis=0)
    scores[filled] = best @ (weights / total).astype(np.float32)
    return scores


def nearest(question: Vectors, packed: bytes) -> Vectors:
    """Give each token of a question the best cosine of the passage's tokens, shape (tokens,)."""
    if not packed:
        return np.zeros(len(question), dtype=np.float32)
    dimensions = question.shape[1]
    turned = np.ascontiguousarray((question @ _rotation(dimensions)).T) * _estimate(dimensions)
    best: Vectors = (_signs(_codes(packed, dimensions), dimensions) @ turned).max(axis=0)
    return best


def _codes(packed: bytes, dimensions: int) -> NDArray[np.uint8]:
    return np.frombuffer(packed, np.uint8).reshape(-1, _width(dimensions))


def _signs(codes: NDArray[np.uint8], dimensions: int) -> Vectors:
    # Taking rows of a table takes a third of the time that indexing it does.
    signs: Vectors = np.take(_SIGNS, codes, axis=0).reshape(len(codes), 8 * codes.shape[1])
    return signs[:, :dimensions]


def _width(dimensions: int) -> int:
    return -(-dimensions // 8)


def _estimate(dimensions: int) -> np.float32:
    """Make a product with signs a cosine: of a rotated row they keep sqrt(2 / pi) of its length."""
    return np.float32(math.sqrt(math.pi / 2 / dimensions))


@cache
def _rotation(dimensions: int) -> Vectors:
    """Make the one rotation, shape (dimensions, dimensions); what is packed depends on it."""
    # RandomState's numbers are promised to stay the same in every NumPy, the newer generators'
    # are not; and of all rotations that QR may give, the diagonal's signs name one.
    normal = np.random.RandomState(_SEED).standard_normal((dimensions, dimensions))
    rotation, upper = np.linalg.qr(normal)
    return (rotation * np.sign(np.diag(upper))).astype(np.float32)

"""Teach an embedding model to tell classes of short texts apart; run by hand, with torch.

The whole encoder is trained together with one linear layer over its meaning, and what it learnt
is then written as additions of low rank (knowledge_base/taught.py). The table of words stays as it
is: most of the model's weights are there, and few examples would only spoil the rare ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base.taught import Weights

Floats = NDArray[np.float32]

MOST_TOKENS = 64
# Meanings have length 1; so large, the linear layer over them learns as fast as the encoder.
_SCALE = 8.0


@dataclass(frozen=True, slots=True)
class Lesson:
    """How a model is taught. rates: of learning, for the encoder and for the layer over it."""

    epochs: int = 4
    batch: int = 64
    rate: float = 1.5e-4
    rate_over: float = 2e-3
    warm: float = 0.1
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Learnt:
    """A taught model. before, after: its weights. layer: (classes, dimensions), offsets: (classes,)
    of the linear layer over meanings of length 1."""

    before: Weights
    after: Weights
    layer: Floats
    offsets: Floats


Vary = Callable[[Sequence[str], Floats, np.random.Generator], tuple[Sequence[str], Floats]]
"""Gives the texts and labels of one epoch, some of them changed."""


def teach(
    folder: Path,
    texts: Sequence[str],
    labels: Floats,
    *,
    vary: Vary,
    lesson: Lesson | None = None,
    start: Learnt | None = None,
    watch: Callable[[str, Learnt], None] = lambda words, _: print(words),
) -> Learnt:
    """Teach a model classes by examples.

    folder: of a sentence-transformers model with pooling by the mean. labels: shape (texts,
    classes), 1 where a text is of a class and 0 where it is not; it may be of several or of none.
    start: what was learnt before, to go on from when some examples are added.
    watch: is told after each epoch how it goes, with what is learnt so far.
    """
    import torch
    from transformers import AutoModel, AutoTokenizer

    lesson = lesson or Lesson()
    torch.manual_seed(lesson.seed)
    chance = np.random.default_rng(lesson.seed)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).train()
    before = _weights(model)
    model.embeddings.requires_grad_(False)
    layer = torch.nn.Linear(model.config.hidden_size, labels.shape[1])
    if start is not None:
        _resume(model, layer, start)
    encoder = [one for one in model.parameters() if one.requires_grad]
    optimiser = torch.optim.AdamW(
        [
            {"params": encoder, "lr": lesson.rate},
            {"params": layer.parameters(), "lr": lesson.rate_over},
        ],
        weight_decay=0.01,
    )
    steps = lesson.epochs * -(-len(texts) // lesson.batch)
    warm = max(int(lesson.warm * steps), 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, max(0.0, (steps - step) / (steps - warm)))
    )
    loss_of = torch.nn.BCEWithLogitsLoss(reduction="none")
    for epoch in range(lesson.epochs):
        some, wanted = vary(texts, labels, chance)
        tokens = tokenizer(list(some), truncation=True, max_length=MOST_TOKENS)["input_ids"]
        losses: list[float] = []
        for batch in _batches([len(one) for one in tokens], lesson.batch, chance):
            ids, mask = _padded([tokens[at] for at in batch])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
            mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
            logits = layer(_SCALE * torch.nn.functional.normalize(mean, dim=1))
            loss = loss_of(logits, torch.from_numpy(wanted[batch])).sum(1).mean()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(encoder, 1.0)
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        over = layer.weight.detach().numpy() * np.float32(_SCALE)
        learnt = Learnt(before, _weights(model), over, layer.bias.detach().numpy().copy())
        watch(f"epoch {epoch + 1} of {lesson.epochs}: loss {np.mean(losses):.3f}", learnt)
    return learnt


def _resume(model: Any, layer: Any, start: Learnt) -> None:
    import torch

    weights = {name: torch.from_numpy(value) for name, value in start.after.items()}
    model.load_state_dict(weights, strict=False)
    layer.load_state_dict(
        {
            "weight": torch.from_numpy(start.layer / np.float32(_SCALE)),
            "bias": torch.from_numpy(start.offsets),
        }
    )


def _weights(model: Any) -> dict[str, Floats]:
    return {
        name: value.detach().numpy().copy()
        for name, value in model.state_dict().items()
        if value.dtype.is_floating_point
    }


def _batches(
    lengths: Sequence[int], size: int, chance: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Put texts of like length together, out of heaps that are mixed anew each time."""
    order = chance.permutation(len(lengths))
    heaps = [order[at : at + 16 * size] for at in range(0, len(order), 16 * size)]
    sorted_heaps = [heap[np.argsort([lengths[at] for at in heap], kind="stable")] for heap in heaps]
    batches = [heap[at : at + size] for heap in sorted_heaps for at in range(0, len(heap), size)]
    for at in chance.permutation(len(batches)):
        yield batches[at]


def _padded(rows: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    import torch

    longest = max(map(len, rows))
    ids = torch.zeros((len(rows), longest), dtype=torch.long)
    mask = torch.zeros((len(rows), longest))
    for at, row in enumerate(rows):
        ids[at, : len(row)] = torch.tensor(row)
        mask[at, : len(row)] = 1
    return ids, mask

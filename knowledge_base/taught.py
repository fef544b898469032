"""Make of an embedding model one that was taught something more, from a small file of additions.

What was learnt is kept as the product of two thin matrices for each weight (LoRA, Hu et al. 2021),
1 MB where the model has 90. Laid over the model's own weights, it is a folder that is loaded and
exported like any other.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Weights = Mapping[str, NDArray[np.float32]]

_WEIGHTS = "model.safetensors"
_LEFT, _RIGHT, _SCALE = ".left", ".right", ".scale"


def make_taught(folder: Path, additions: Path, cache: Path) -> Path:
    """Lay additions over a model and give the folder of what comes out, made once in `cache`."""
    digest = hashlib.sha256(additions.read_bytes())
    with (folder / _WEIGHTS).open("rb") as file:
        digest.update(hashlib.file_digest(file, "sha256").digest())
    made = cache / f"taught-{digest.hexdigest()[:32]}"
    if made.is_dir():
        return made
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, suffix=".part") as part:
        new = Path(part) / "model"
        shutil.copytree(folder, new, ignore=shutil.ignore_patterns(_WEIGHTS, "*.py", "__pycache__"))
        _write(folder / _WEIGHTS, read_additions(additions), new / _WEIGHTS)
        try:
            new.rename(made)
        except OSError:
            # Another process has made the same meanwhile.
            if not made.is_dir():
                raise
    return made


def read_additions(path: Path) -> Weights:
    """Read what is added to each weight, by its name."""
    with np.load(path, allow_pickle=False) as file:
        names = [key.removesuffix(_LEFT) for key in file.files if key.endswith(_LEFT)]
        added = {
            name: (file[name + _LEFT].astype(np.float32) * file[name + _SCALE][0])
            @ (file[name + _RIGHT].astype(np.float32) * file[name + _SCALE][1])
            for name in names
        }
        plain = [key for key in file.files if not key.endswith((_LEFT, _RIGHT, _SCALE))]
        return {**added, **{key: file[key].astype(np.float32) for key in plain}}


def write_additions(before: Weights, after: Weights, rank: int, path: Path) -> None:
    """Write the difference of two models: matrices by their first `rank` directions, in 8 bits.

    Weights that do not differ are left out.
    """
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, new in after.items():
        added = new - before[name]
        if not np.any(added):
            continue
        if added.ndim < 2:
            arrays[name] = added.astype(np.float16)
            continue
        u, s, v = np.linalg.svd(added, full_matrices=False)
        root = np.sqrt(s[:rank])
        left, right = u[:, :rank] * root, root[:, None] * v[:rank]
        scale = np.array([np.abs(left).max() / 127, np.abs(right).max() / 127], dtype=np.float32)
        arrays[name + _LEFT] = np.round(left / scale[0]).astype(np.int8)
        arrays[name + _RIGHT] = np.round(right / scale[1]).astype(np.int8)
        arrays[name + _SCALE] = scale
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


def _write(weights: Path, additions: Weights, target: Path) -> None:
    from safetensors.numpy import load_file, save_file

    model = load_file(weights)
    for name, added in additions.items():
        model[name] = (model[name].astype(np.float32) + added).astype(model[name].dtype)
    save_file(model, target, metadata={"format": "pt"})

"""Keep a lexicon in a file from which a process starts fast: a copy that can always be made again.

A digest of all that follows, a line of JSON, and the arrays as they lie in memory, each at a
multiple of 64 bytes. The file is only ever replaced, so processes may share it in memory.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base.lexicon import Lexicon, Numbering, open_lexicon
from knowledge_base.segment import Segment
from knowledge_base.stems import words_version

_FORMAT = 1
_DIGEST = 32
_ALIGNED = 64
_PARTS = tuple(field.name for field in fields(Segment))
_NUMBERS = ("stem_of", "written", "held", "on_page")


def write_lexicon(lexicon: Lexicon, file: Path) -> None:
    """Write a file, whole or not at all. Raises OSError."""
    arrays = [getattr(lexicon, name) for name in _NUMBERS]
    arrays += [getattr(segment, name) for segment in lexicon.segments for name in _PARTS]
    header = {
        "format": _FORMAT,
        "words_version": words_version(),
        # An update that goes on meanwhile may have numbered more.
        "numberings": [
            lexicon.words.names[: len(lexicon.written)],
            lexicon.stems.names[: len(lexicon.held)],
            lexicon.pages.names[: len(lexicon.on_page)],
        ],
        "arrays": [(array.dtype.str, len(array)) for array in arrays],
    }
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as out:
            digest = hashlib.sha256()
            out.write(bytes(_DIGEST))
            for piece in _pieces(json.dumps(header).encode() + b"\n", arrays):
                digest.update(piece)
                out.write(piece)
            out.seek(0)
            out.write(digest.digest())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def read_lexicon(file: Path) -> Lexicon | None:
    """Read a lexicon that stays in its file; None where there is no usable one."""
    try:
        with file.open("rb") as opened:
            stated = opened.read(_DIGEST)
            if hashlib.file_digest(opened, "sha256").digest() != stated:
                return None
            content = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return None
    content.seek(_DIGEST)
    header: dict[str, Any] = json.loads(content.readline())
    if (header["format"], header["words_version"]) != (_FORMAT, words_version()):
        content.close()
        return None
    arrays = _arrays(content, header["arrays"])
    numbers = [next(arrays) for _ in _NUMBERS]
    segments = [Segment(*parts) for parts in zip(*[arrays] * len(_PARTS), strict=True)]
    words, stems, pages = map(Numbering, header["numberings"])
    return open_lexicon(segments, (words, stems, pages), *numbers)


def _pieces(header: bytes, arrays: Sequence[NDArray[Any]]) -> Iterator[memoryview]:
    """Lay the parts of a file out after the digest."""
    at = _DIGEST + len(header)
    yield memoryview(header)
    for array in arrays:
        yield memoryview(bytes(-at % _ALIGNED))
        yield np.ascontiguousarray(array).view(np.uint8).data
        at += -at % _ALIGNED + array.nbytes


def _arrays(content: mmap.mmap, kinds: Sequence[tuple[str, int]]) -> Iterator[NDArray[Any]]:
    at = content.tell()
    for kind, length in kinds:
        at += -at % _ALIGNED
        dtype = np.dtype(kind)
        yield np.frombuffer(content, dtype, length, at) if length else np.empty(0, dtype)
        at += length * dtype.itemsize

"""Know the ONNX forms of a model: whole (fp32) and int8, checked by digest, and which to run.

Both forms are of the same weights and stand under the same name, so vectors of one are compared
with vectors of the other: an index made on one machine serves on another.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EXPORT_VERSION = "1"
_CPU_INFO = Path("/proc/cpuinfo")
# With these a processor multiplies bytes and sums them up in one instruction, and int8 takes a
# third of the time (docs/decisions/0010). Without, ONNX Runtime's sums of bytes may overflow, and
# nothing was measured: such a processor, and any ARM, runs the whole form.
_FAST_AT_BYTES = frozenset({"avx512_vnni", "avx_vnni", "amx_int8"})


@dataclass(frozen=True, slots=True)
class Forms:
    """The files of one exported model.

    folder: where exports are kept. model: the digest that names the model.
    """

    folder: Path
    model: str

    @property
    def whole(self) -> Path:
        return self.folder / f"{self.model}-{EXPORT_VERSION}.onnx"

    @property
    def int8(self) -> Path:
        return self.folder / f"{self.model}-{EXPORT_VERSION}-int8.onnx"

    @property
    def record(self) -> Path:
        return self.folder / f"{self.model}-{EXPORT_VERSION}.json"

    def find(self, int8: bool) -> Path | None:
        """Say which file to run; None where it has to be exported first.

        A file that is not as it was written counts as missing. A model that int8 does not suit
        has only the whole form.
        """
        record = self.read_record()
        for path, digest in ((self.int8, record.get("int8")), (self.whole, record.get("whole"))):
            if (path == self.whole or int8) and digest:
                return path if path.is_file() and sha256(path) == digest else None
        return None

    def read_record(self) -> dict[str, Any]:
        """Read the SHA-256 of each form (`int8` null where it is not used) and its `cosine`."""
        try:
            record = json.loads(self.record.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return record if isinstance(record, dict) else {}


def sha256(path: Path) -> str:
    """Read a file's digest; 23 MB take 15 to 35 ms."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_fast_at_int8(cpu_info: Path = _CPU_INFO) -> bool:
    """Say whether this processor is made for sums of bytes."""
    try:
        lines = cpu_info.read_text().splitlines()
    except OSError:
        return False
    flags = next((line for line in lines if line.startswith("flags")), "")
    return not _FAST_AT_BYTES.isdisjoint(flags.split())

"""placeholder"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    automation: str
    sure: float
    request: bool

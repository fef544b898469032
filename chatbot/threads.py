"""The one place where work for the processor leaves the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


async def in_thread(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a sync function beside the event loop, so that other citizens need not wait for it."""
    return await asyncio.to_thread(work, *args, **kwargs)

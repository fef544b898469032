"""What a system under test is: something that makes a corpus searchable, ours or a peer's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from evals.benchmark import Corpus, Hit


class NotInstalled(Exception):
    """A system's packages are not installed; str() says which."""


@dataclass(frozen=True, slots=True)
class Built:
    """A corpus, searchable.

    find: the best passages for a text, at most so many, best first.
    passages: how many were made of the corpus.
    configuration: all that the figures depend on, as JSON values: parameters, model, versions.
    """

    find: Callable[[str, int], Sequence[Hit]]
    passages: int
    configuration: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class System:
    """One way to search, by the name that reports give it.

    open: makes a corpus searchable for as long as it is held; raises NotInstalled.
    """

    name: str
    open: Callable[[Corpus], AbstractContextManager[Built]]


def versions(*distributions: str) -> dict[str, str]:
    """Give the installed version of each package. Raises NotInstalled."""
    found = {}
    for name in distributions:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            raise NotInstalled(name) from None
    return found

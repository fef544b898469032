"""What a supplier is: a back-office system that takes in cases."""

from __future__ import annotations

from dataclasses import dataclass, field

SUPPLIER_KINDS = ("open311", "webhook")


@dataclass(frozen=True, slots=True)
class SupplierSettings:
    """One supplier as council.toml describes it.

    secret: the name of its key for us, or of what we sign with; the key itself is in the
    environment. jurisdiction: of an Open311 server that has several.
    """

    name: str
    kind: str
    url: str
    secret: str = field(default="", repr=False)
    jurisdiction: str = ""

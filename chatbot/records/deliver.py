"""Deliver the cases that are due. Several processes may do it; each may be killed at any point.

What may happen at a kill: a claimed delivery is due again when its lease is over, and says then
that the supplier may have it already.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from chatbot.records.cases import Case, Cases, Delivery
from chatbot.records.transaction import RecordsDown
from chatbot.supplier import Outcome, Standing, Supplier

log = structlog.get_logger(__name__)

Suppliers = Mapping[tuple[str, str], Supplier]
"""By council and name."""

_MINUTE, _HOUR = 60.0, 3600.0
BACKOFF_SECONDS = (
    5.0,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
)
"""Between the ten attempts, which take three days: a weekend's failure costs no case."""

_LOOK_EVERY = timedelta(hours=1)
_AT_MOST = 100


def deliver_due(
    cases: Cases,
    suppliers: Suppliers,
    now: Callable[[], datetime],
    *,
    chance: Callable[[], float] = random.random,
    at_most: int = _AT_MOST,
) -> int:
    """Make one round over what is due; tells how many attempts were made. Raises RecordsDown.

    A supplier that did not take something is left in peace for the rest of the round, so that one
    that hangs does not hold up the others. chance: from 0 to 1, spreads what would come at once.
    """
    resting: set[tuple[str, str]] = set()
    for attempts in range(at_most):
        delivery = cases.claim(now(), frozenset(resting))
        if delivery is None:
            return attempts
        outcome = _attempt(delivery, suppliers)
        _keep(cases, delivery, outcome, now(), chance())
        if outcome.kind in ("again", "unknown") and not outcome.token:
            resting.add((delivery.council, delivery.supplier))
    return at_most


def follow_up(cases: Cases, suppliers: Suppliers, now: Callable[[], datetime]) -> int:
    """Ask suppliers what became of delivered cases, each once an hour. Raises RecordsDown."""
    following = {place for place, supplier in suppliers.items() if supplier.follows}
    resting: set[tuple[str, str]] = set()
    asked = 0
    for case in cases.open_elsewhere(now() - _LOOK_EVERY, frozenset(following)):
        place = (case.council, case.supplier)
        if place in resting:
            continue
        asked += 1
        standing = _look(suppliers[place], case)
        if standing is None:
            resting.add(place)
            standing = Standing("", closed=False)
        cases.heard(case, standing.words, closed=standing.closed)
    return asked


def _attempt(delivery: Delivery, suppliers: Suppliers) -> Outcome:
    supplier = suppliers.get((delivery.council, delivery.supplier))
    if supplier is None:
        words = f"council.toml describes no supplier {delivery.supplier!r}"
        return Outcome("unknown" if delivery.unsure else "again", words)
    try:
        return supplier.send(delivery)
    except RecordsDown:
        raise
    except Exception as error:
        # One case that a supplier's code cannot bear must not keep the others from going.
        log.error("delivery_fault", council=delivery.council, fault=type(error).__name__)
        return Outcome("unknown", f"a fault of ours, {type(error).__name__}")


def _look(supplier: Supplier, case: Case) -> Standing | None:
    try:
        return supplier.look(case)
    except Exception as error:
        log.error("delivery_fault", council=case.council, fault=type(error).__name__)
        return None


def _keep(cases: Cases, delivery: Delivery, outcome: Outcome, now: datetime, chance: float) -> None:
    told = {
        "council": delivery.council,
        "reference": delivery.case.reference,
        "supplier": delivery.supplier,
        "attempts": delivery.attempts,
    }
    unsure = outcome.kind == "unknown" or outcome.unsure
    if outcome.kind == "sent":
        if cases.done(delivery, outcome.their_reference, outcome.words):
            log.info("case_delivered", **told)
    elif outcome.kind == "refused" or delivery.attempts > len(BACKOFF_SECONDS):
        if cases.give_up(delivery, outcome.words, unsure=unsure):
            log.error("case_not_delivered", **told)
    else:
        usual = BACKOFF_SECONDS[delivery.attempts - 1] * (0.9 + 0.2 * chance)
        at = now + timedelta(seconds=max(usual, outcome.seconds))
        if cases.again(delivery, at, outcome.words, unsure=unsure, token=outcome.token):
            log.warning("case_delayed", **told)

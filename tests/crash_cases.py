"""Open cases and deliver them in a process of its own, and kill it at a chosen point.

usage: python -m tests.crash_cases FOLDER KIND URL POINT JITTER

Points are the moments before and after each statement and commit of the database, and before and
after each request to the supplier, counted from 1. JITTER: seconds to go on after the point, so
that the kill also falls inside of what follows. Prints each reference as a citizen is told it, and
at the end the number of points where it lived.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy import event

from api.database import open_engine
from api.supplier_http import ask_supplier
from chatbot.records import Cases, NewCase
from chatbot.records.deliver import deliver_due
from chatbot.supplier import Ask, Reply, Supplier, SupplierSettings
from chatbot.suppliers.configured import make_suppliers
from tests.crash import Points
from tests.open311_server import JURISDICTION, KEY
from tests.webhook_receiver import SECRET

COUNCIL = "exampleton"
FORMS = 4


def form(number: int) -> NewCase:
    return NewCase(
        council=COUNCIL,
        key=f"form-{number}",
        automation="street_problem",
        language="en",
        details={"address": f"{number} High Street"},
        shown=[("Where", f"{number} High Street")],
        supplier="roads",
        service="GRAFFITI",
    )


def open_suppliers(
    kind: str, url: str, watch: Callable[[Ask], Ask] = lambda ask: ask
) -> dict[tuple[str, str], Supplier]:
    """Make the supplier of a test as another process would."""
    place = url.split("/")[2]
    described = SupplierSettings("roads", kind, url, "ROADS", JURISDICTION)
    secrets = {"roads": SECRET if kind == "webhook" else KEY}
    open_ask = partial(ask_supplier, allow_private=[place])
    made = make_suppliers([described], secrets, lambda one: watch(open_ask(one)), [place])
    return {(COUNCIL, "roads"): made["roads"]}


def log_elsewhere() -> None:
    """Leave standard output to what the test reads."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))


def main() -> None:
    log_elsewhere()
    folder, kind, url = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    points = Points(int(sys.argv[4]), float(sys.argv[5]))
    engine = open_engine(f"sqlite:///{folder / 'townclerk.sqlite3'}")
    for moment in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(engine, moment, points.pass_one)

    def watched(ask: Ask) -> Ask:
        def call(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
            points.pass_one()
            try:
                return ask(method, url, headers, body)
            finally:
                points.pass_one()

        return call

    cases, suppliers = Cases(engine), open_suppliers(kind, url, watched)
    for number in range(FORMS):
        print(cases.open(form(number)).reference, flush=True)
        if number % 2:
            deliver_due(cases, suppliers, lambda: datetime.now(UTC))
    print(points.count)


if __name__ == "__main__":
    main()

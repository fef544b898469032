"""What is done beside the answering: the scheduled ingests, and the delivery of cases."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from api.compose import find_councils, open_council, open_suppliers
from api.settings import Settings
from chatbot.council import CouncilMistakes
from chatbot.records import Cases
from chatbot.records.deliver import Suppliers, deliver_due, follow_up
from chatbot.supplier import Supplier
from chatbot.suppliers.configured import SupplierMistakes
from ingest.sync import SyncReport
from knowledge_base.locks import Busy
from knowledge_base.vectors import IndexDown

log = structlog.get_logger(__name__)

Ingest = Callable[[Path], SyncReport]

SECONDS_BETWEEN_LOOKS = 30.0
SECONDS_BETWEEN_DELIVERIES = 2.0
SECONDS_BETWEEN_FOLLOW_UPS = 60.0
# For a council that cannot be read now: another ingest is writing, or its folder has a mistake.
SOON = timedelta(minutes=5)


def keep_fresh(settings: Settings, ingest: Ingest) -> None:
    """Ingest each council as often as its folder says, until the process is ended.

    Begins with an ingest, for nothing tells how long this installation stood still.
    """
    due: dict[Path, datetime] = {}
    while True:
        for folder in find_councils(settings):
            ingest_if_due(folder, settings, ingest, due)
        time.sleep(SECONDS_BETWEEN_LOOKS)


def find_suppliers(settings: Settings) -> dict[tuple[str, str], Supplier]:
    """Make the suppliers of all councils; one with a mistake keeps no other from its own."""
    found: dict[tuple[str, str], Supplier] = {}
    for folder in find_councils(settings):
        try:
            found |= open_suppliers([open_council(folder, settings)[0]], settings)
        except (CouncilMistakes, SupplierMistakes) as error:
            log.error("suppliers_not_opened", council=folder.name, error=str(error)[:500])
    return found


def keep_delivering(open_cases: Callable[[], Cases], suppliers: Suppliers) -> None:
    """Deliver what is due, and ask after what was delivered, until the process is ended.

    open_cases: asked again and again, so that a database that is down at the start costs nothing.
    """
    follow_up_at = time.monotonic()
    while True:
        try:
            cases = open_cases()
            deliver_due(cases, suppliers, _now)
            if time.monotonic() >= follow_up_at:
                follow_up_at = time.monotonic() + SECONDS_BETWEEN_FOLLOW_UPS
                follow_up(cases, suppliers, _now)
        except Exception as error:
            # What is due stays due; a loop that ends in silence would deliver nothing for good.
            log.error("delivery_interrupted", error=type(error).__name__)
        time.sleep(SECONDS_BETWEEN_DELIVERIES)


def _now() -> datetime:
    return datetime.now(UTC)


def end_with(parent: int) -> None:
    """End this process when its parent has, even in the middle of an ingest."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="end_with", daemon=True).start()


def ingest_if_due(
    folder: Path, settings: Settings, ingest: Ingest, due: dict[Path, datetime]
) -> None:
    """Ingest a council whose time has come, and note when it comes again."""
    now = datetime.now(UTC)
    if due.get(folder, now) > now:
        return
    due[folder] = now + SOON
    try:
        hours = open_council(folder, settings)[0].ingest_every_hours
        if hours is None:
            return
        due[folder] = now + timedelta(hours=hours)
        report = ingest(folder)
        log.info("ingested", council=folder.name, failed=len(report.failed), seconds=report.seconds)
    except Busy:
        due[folder] = now + SOON
    except (CouncilMistakes, IndexDown) as error:
        log.error("not_ingested", council=folder.name, error=str(error)[:500])
    except Exception as error:
        # The next council, and this one at its next time, must not go without.
        log.error("not_ingested", council=folder.name, error=type(error).__name__)

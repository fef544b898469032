"""What is done beside the answering: the scheduled ingests."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from api.compose import find_councils, open_council
from api.settings import Settings
from chatbot.council import CouncilMistakes
from ingest.sync import SyncReport
from knowledge_base.locks import Busy
from knowledge_base.vectors import IndexDown

log = structlog.get_logger(__name__)

Ingest = Callable[[Path], SyncReport]

SECONDS_BETWEEN_LOOKS = 30.0
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

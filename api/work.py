"""What is done beside the answering: the scheduled ingests."""

from __future__ import annotations

import os
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
SECONDS_BETWEEN_LOOKS = 30.0


def keep_fresh(settings: Settings, ingest: Callable[[str], SyncReport], parent: int = 0) -> None:
    """Ingest each council as often as its folder says, until the process is ended.

    parent: a process that this one ends with, 0 for none. Begins with an ingest, for nothing
    tells how long this installation stood still.
    """
    due: dict[str, datetime] = {}
    while parent in (0, os.getppid()):
        for folder in find_councils(settings):
            _ingest_if_due(str(folder), settings, ingest, due)
        time.sleep(SECONDS_BETWEEN_LOOKS if parent == 0 else 1.0)


def _ingest_if_due(
    folder: str, settings: Settings, ingest: Callable[[str], SyncReport], due: dict[str, datetime]
) -> None:
    now = datetime.now(UTC)
    if due.get(folder, now) > now:
        return
    try:
        hours = open_council(Path(folder), settings)[0].ingest_every_hours
        if hours is None:
            due[folder] = now + timedelta(minutes=5)
            return
        due[folder] = now + timedelta(hours=hours)
        report = ingest(folder)
        log.info("ingested", council=folder, failed=len(report.failed), seconds=report.seconds)
    except Busy:
        due[folder] = now + timedelta(minutes=5)
    except (CouncilMistakes, IndexDown) as error:
        log.error("not_ingested", council=folder, error=str(error)[:500])
    except Exception as error:
        # The next council, and this one at its next time, must not go without.
        log.error("not_ingested", council=folder, error=type(error).__name__)

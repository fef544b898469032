"""The scheduled ingests: as often as a council wants them, and no oftener."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from api.database import open_engine, upgrade
from api.settings import Settings
from api.work import SOON, ingest_if_due
from chatbot.records import Cases
from ingest.sync import SyncReport
from knowledge_base.locks import Busy
from tests.conftest import ROOT
from tests.doors import a_council
from tests.test_case_records import a_case
from tests.webhook_receiver import SECRET, WebhookReceiver


class Ingests:
    """An ingest that does nothing but remember; fault: what it meets."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.read: list[str] = []
        self.fault = fault

    def __call__(self, folder: Path) -> SyncReport:
        self.read.append(folder.name)
        if self.fault:
            raise self.fault
        return SyncReport()


def hours_until(due: datetime) -> float:
    return round((due - datetime.now(UTC)) / timedelta(hours=1), 1)


def test_a_council_is_read_at_once_and_again_when_its_hours_are_over(tmp_path: Path) -> None:
    folder = a_council(tmp_path, more="ingest_every_hours = 6").folder
    ingests, due = Ingests(), dict[Path, datetime]()
    with capture_logs() as lines:
        for _ in range(3):
            ingest_if_due(folder, Settings(), ingests, due)
    assert ingests.read == ["exampleton"]
    assert hours_until(due[folder]) == 6
    assert [(line["event"], line["council"]) for line in lines] == [("ingested", "exampleton")]
    due[folder] -= timedelta(hours=6)
    ingest_if_due(folder, Settings(), ingests, due)
    assert ingests.read == ["exampleton", "exampleton"]


def test_a_council_that_does_not_ask_for_it_is_not_read(tmp_path: Path) -> None:
    ingests = Ingests()
    ingest_if_due(a_council(tmp_path).folder, Settings(), ingests, {})
    assert not ingests.read


def test_a_mistake_in_a_folder_is_told_once_and_not_at_every_look(tmp_path: Path) -> None:
    folder = a_council(tmp_path, more="ingest_every_hours = 6").folder
    (folder / "council.toml").write_text('nation = "narnia"')
    due: dict[Path, datetime] = {}
    with capture_logs() as lines:
        for _ in range(3):
            ingest_if_due(folder, Settings(), Ingests(), due)
    assert [line["event"] for line in lines] == ["not_ingested"]
    assert "narnia" in lines[0]["error"]


def test_where_another_ingest_is_writing_it_tries_again_soon(tmp_path: Path) -> None:
    folder = a_council(tmp_path, more="ingest_every_hours = 6").folder
    due: dict[Path, datetime] = {}
    ingest_if_due(folder, Settings(), Ingests(Busy("wait")), due)
    assert due[folder] <= datetime.now(UTC) + SOON


def test_a_fault_is_told_by_its_kind_and_waits_for_the_next_time(tmp_path: Path) -> None:
    folder = a_council(tmp_path, more="ingest_every_hours = 6").folder
    due: dict[Path, datetime] = {}
    with capture_logs() as lines:
        ingest_if_due(folder, Settings(), Ingests(ZeroDivisionError("secret")), due)
    assert [(line["event"], line["error"]) for line in lines] == [
        ("not_ingested", "ZeroDivisionError")
    ]
    assert hours_until(due[folder]) == 6


def test_work_ends_with_the_process_that_started_it() -> None:
    child = "import os, time; from api.work import end_with; end_with(os.getppid()); "
    child += "print('begun', flush=True); time.sleep(60)"
    parent = (
        "import os, subprocess, sys; "
        "child = subprocess.Popen([sys.executable, '-c', sys.argv[1]], stdout=subprocess.PIPE); "
        "child.stdout.readline(); os._exit(9)"
    )
    # Its error output is the child's too: it ends only when both have.
    done = subprocess.run(
        [sys.executable, "-c", parent, child],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        timeout=30,
        check=False,
    )
    assert done.returncode == 9


@pytest.mark.slow
def test_work_delivers_what_was_opened_before_it_started(tmp_path: Path) -> None:
    with WebhookReceiver() as receiver:
        more = (
            f'[suppliers.waste]\nkind = "webhook"\nurl = "{receiver.url}/cases"\nsecret = "WASTE"\n'
        )
        a_council(tmp_path / "councils", more=more)
        settings = Settings(data=tmp_path / "var")
        engine = open_engine(settings.database)
        upgrade(engine)
        cases = Cases(engine)
        case = cases.open(a_case())
        environment = os.environ | {
            "TOWNCLERK_COUNCILS": str(tmp_path / "councils"),
            "TOWNCLERK_DATA": str(tmp_path / "var"),
            "TOWNCLERK_ALLOW_PRIVATE": receiver.place,
            "TOWNCLERK_SECRET_WASTE": SECRET,
        }
        worker = subprocess.Popen([sys.executable, "-m", "api", "work"], cwd=ROOT, env=environment)
        try:
            for _ in range(300):
                found = cases.find(case.council, case.reference)
                assert found
                if found.state != "received":
                    break
                time.sleep(0.1)
        finally:
            worker.terminate()
            worker.wait(timeout=30)
            engine.dispose()
        assert found.state == "delivered"
        assert [one["reference"] for one in receiver.cases.values()] == [case.reference]


@pytest.mark.slow
def test_a_secret_that_is_missing_is_said_before_anything_is_served(tmp_path: Path) -> None:
    more = '[suppliers.waste]\nkind = "webhook"\nurl = "https://crm.example/"\nsecret = "WASTE"\n'
    a_council(tmp_path / "councils", more=more)
    environment = os.environ | {
        "TOWNCLERK_COUNCILS": str(tmp_path / "councils"),
        "TOWNCLERK_DATA": str(tmp_path / "var"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "api", "serve"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "exampleton: suppliers.waste: the secret 'WASTE' is not in the environment" in (
        " ".join(done.stderr.split())
    )

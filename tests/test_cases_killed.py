"""A worker killed at any point: no case is lost, none is without delivery, none arrives twice."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from api.database import open_engine, upgrade
from chatbot.records import Cases
from chatbot.records.deliver import deliver_due
from chatbot.records.tables import cases as case_table
from chatbot.records.tables import deliveries
from tests.conftest import ROOT
from tests.crash_cases import COUNCIL, FORMS, form, open_suppliers
from tests.open311_server import Open311Server
from tests.test_records import Clock
from tests.webhook_receiver import WebhookReceiver

pytestmark = pytest.mark.slow

SEED = 20261124
POINTS = 200 if os.environ.get("TOWNCLERK_PROVE") else 20
KINDS = ("webhook", "open311")

Counterpart = WebhookReceiver | Open311Server


@contextmanager
def counterpart(kind: str) -> Iterator[tuple[Counterpart, str]]:
    """A supplier's server, with its address."""
    if kind == "webhook":
        with WebhookReceiver() as receiver:
            yield receiver, f"{receiver.url}/cases"
    else:
        with Open311Server() as server:
            yield server, f"{server.url}/open311/v2/"


def work(
    folder: Path, kind: str, url: str, point: int = 0, jitter: float = 0.0
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.crash_cases", str(folder), kind, url]
    return subprocess.run(
        [*command, str(point), str(jitter)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def arrived(server: Counterpart) -> list[str]:
    """The references that took effect at the supplier, each as often as it did."""
    if isinstance(server, WebhookReceiver):
        return [one["reference"] for one in server.cases.values()]
    return [dict(fields)["description"].rpartition(" ")[2] for fields in server.ledger]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """A folder with empty tables, and how many points each kind of supplier makes."""
    folder = tmp_path_factory.mktemp("start")
    engine = open_engine(f"sqlite:///{folder / 'townclerk.sqlite3'}")
    upgrade(engine)
    engine.dispose()
    points = {}
    for kind in KINDS:
        counted = tmp_path_factory.mktemp(kind)
        shutil.copytree(folder, counted, dirs_exist_ok=True)
        with counterpart(kind) as (server, url):
            whole = work(counted, kind, url)
            assert whole.returncode == 0, whole.stderr
            *told, count = whole.stdout.split()
            assert sorted(arrived(server)) == sorted(told)
        points[kind] = int(count)
    return folder, points


@pytest.mark.parametrize("trial", range(POINTS))
def test_every_case_arrives_once_after_a_kill(
    trial: int, start: tuple[Path, dict[str, int]], tmp_path: Path
) -> None:
    empty, points = start
    chance = random.Random(SEED + trial)
    kind = KINDS[trial % 2]
    point, jitter = chance.randint(1, points[kind]), chance.choice([0.0, chance.random() * 0.02])
    where = f"{kind}, point {point} of {points[kind]}, jitter {jitter}"
    shutil.copytree(empty, tmp_path, dirs_exist_ok=True)
    with counterpart(kind) as (server, url):
        killed = work(tmp_path, kind, url, point, jitter)
        assert killed.returncode in (0, -signal.SIGKILL), killed.stderr
        told = killed.stdout.split()[:FORMS]

        engine = open_engine(f"sqlite:///{tmp_path / 'townclerk.sqlite3'}")
        clock = Clock()
        clock.now = datetime.now(UTC) + timedelta(minutes=10)
        # What the killed one had sent is read by now, as it would be long before its lease is over.
        time.sleep(0.1)
        cases = Cases(engine, clock)
        for reference in told:
            assert cases.find(COUNCIL, reference), f"{where}: {reference} was told and is lost"
        # The citizens confirm once more, those that were told nothing and those that were.
        references = [cases.open(form(number)).reference for number in range(FORMS)]
        assert references[: len(told)] == told, where
        suppliers = open_suppliers(kind, url)
        while deliver_due(cases, suppliers, clock):
            clock.now += timedelta(minutes=10)

        assert sorted(arrived(server)) == sorted(references), where
        if isinstance(server, WebhookReceiver):
            assert len(server.ledger) <= FORMS + 1, f"{where}: sent twice for one kill"
    with engine.connect() as connection:
        states = connection.execute(select(case_table.c.state)).scalars().all()
        delivered = connection.execute(select(deliveries.c.state)).scalars().all()
    assert states == ["delivered"] * FORMS, where
    assert delivered == ["done"] * FORMS, where
    engine.dispose()


def test_three_workers_at_once_send_nothing_twice(
    start: tuple[Path, dict[str, int]], tmp_path: Path
) -> None:
    shutil.copytree(start[0], tmp_path, dirs_exist_ok=True)
    address = f"sqlite:///{tmp_path / 'townclerk.sqlite3'}"
    engine = open_engine(address)
    told = [Cases(engine).open(form(number)).reference for number in range(40)]
    script = (
        "import sys; from datetime import UTC, datetime; from api.database import open_engine;"
        "from chatbot.records import Cases; from chatbot.records.deliver import deliver_due;"
        "from tests.crash_cases import log_elsewhere, open_suppliers; log_elsewhere();"
        "cases = Cases(open_engine(sys.argv[1]));"
        "suppliers = open_suppliers('webhook', sys.argv[2]);"
        "print(deliver_due(cases, suppliers, lambda: datetime.now(UTC)))"
    )
    with WebhookReceiver() as receiver:
        command = [sys.executable, "-c", script, address, f"{receiver.url}/"]
        workers = [
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)
        ]
        made = [int(worker.communicate(timeout=120)[0]) for worker in workers]
        assert sum(made) == len(receiver.ledger) == 40
        assert sorted(arrived(receiver)) == sorted(told)
    engine.dispose()

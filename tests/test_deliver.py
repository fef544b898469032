"""A case reaches its supplier once, however the supplier fails, or staff hear of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs

from api.supplier_http import ask_supplier
from chatbot.records import Case, Cases, Delivery
from chatbot.records.deliver import BACKOFF_SECONDS, deliver_due, follow_up
from chatbot.supplier import Outcome, Standing, Supplier, SupplierSettings
from chatbot.suppliers.configured import SupplierMistakes, make_suppliers
from evals.serving import free_port
from ingest.fetch import Limits
from tests.loopback import FAULTS
from tests.test_case_records import COUNCIL, a_case
from tests.test_records import START, Clock
from tests.webhook_receiver import SECRET, WebhookReceiver

IMPATIENT = Limits(bytes=100_000, seconds=1.5, attempts=1)
Suppliers = dict[tuple[str, str], Supplier]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cases(engine: Engine, clock: Clock) -> Cases:
    return Cases(engine, clock)


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as receiver:
        yield receiver


def webhook_at(place: str, name: str = "waste") -> Suppliers:
    described = SupplierSettings(name, "webhook", f"http://{place}/cases", "WASTE")
    ask = partial(ask_supplier, allow_private=[place], limits=IMPATIENT)
    made = make_suppliers([described], {"waste": SECRET}, ask, [place])
    return {(COUNCIL, name): made[name]}


def deliver(cases: Cases, suppliers: Suppliers, clock: Clock) -> int:
    return deliver_due(cases, suppliers, clock, chance=lambda: 0.5)


def kept(cases: Cases, case: Case) -> Case:
    found = cases.find(case.council, case.reference)
    assert found
    return found


# One webhook


def test_a_case_arrives_signed_and_whole(
    cases: Cases, clock: Clock, receiver: WebhookReceiver
) -> None:
    case = cases.open(a_case(attributes={"bin": "container"}))
    assert deliver(cases, webhook_at(receiver.place), clock) == 1
    ((id, message),) = receiver.ledger
    assert id.startswith("msg_")
    assert message["type"] == "case.opened"
    assert message["timestamp"] == "2026-03-02T09:30:00Z"
    assert message["data"] == {
        "council": COUNCIL,
        "reference": case.reference,
        "automation": "missed_bin",
        "service": "MISSED",
        "language": "en",
        "details": {"date": "2026-03-02", "container": "refuse"},
        "shown": [
            {"label": "Date", "words": "2 March 2026"},
            {"label": "Bin", "words": "Refuse"},
        ],
    }
    found = kept(cases, case)
    assert (found.state, found.their_reference) == ("delivered", "CRM-1")
    assert deliver(cases, webhook_at(receiver.place), clock) == 0


def test_a_signature_by_another_secret_is_refused_by_the_receiver(
    cases: Cases, clock: Clock, receiver: WebhookReceiver
) -> None:
    case = cases.open(a_case())
    described = SupplierSettings("waste", "webhook", f"{receiver.url}/", "WASTE")
    ask = partial(ask_supplier, allow_private=[receiver.place], limits=IMPATIENT)
    other = "whsec_" + "QUJD" * 10
    made = make_suppliers([described], {"waste": other}, ask, [receiver.place])
    deliver(cases, {(COUNCIL, "waste"): made["waste"]}, clock)
    assert (receiver.refused, receiver.ledger) == (1, [])
    assert kept(cases, case).state == "failed"


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_goes_wrong_the_case_arrives_once_by_its_id(
    cases: Cases, clock: Clock, receiver: WebhookReceiver, fault: str
) -> None:
    case = cases.open(a_case())
    suppliers = webhook_at(receiver.place)
    receiver.fault = fault
    deliver(cases, suppliers, clock)
    assert kept(cases, case).state == ("delivered" if fault == "garbage" else "received")
    receiver.fault = ""
    clock.now += timedelta(days=1)
    deliver(cases, suppliers, clock)
    assert kept(cases, case).state == "delivered"
    assert [one["reference"] for one in receiver.cases.values()] == [case.reference]
    assert len({id for id, _ in receiver.ledger}) == 1


def test_six_hours_down_cost_no_case(cases: Cases, clock: Clock) -> None:
    port = free_port()
    opened = [cases.open(a_case(str(number))) for number in range(5)]
    suppliers = webhook_at(f"127.0.0.1:{port}")
    down_until = clock.now + timedelta(hours=6)
    while clock.now < down_until:
        deliver(cases, suppliers, clock)
        clock.now += timedelta(minutes=1)
    with WebhookReceiver(port) as receiver:
        while clock.now < down_until + timedelta(hours=12):
            deliver(cases, suppliers, clock)
            clock.now += timedelta(minutes=10)
        arrived = [one["reference"] for one in receiver.cases.values()]
    assert sorted(arrived) == sorted(case.reference for case in opened)
    assert len(receiver.ledger) == 5
    assert {kept(cases, case).state for case in opened} == {"delivered"}


def test_ten_attempts_over_three_days_and_staff_hear_of_it(cases: Cases, clock: Clock) -> None:
    case = cases.open(a_case())
    suppliers = webhook_at(f"127.0.0.1:{free_port()}")
    times = []
    with capture_logs() as lines:
        while kept(cases, case).state == "received":
            if deliver(cases, suppliers, clock):
                times.append(clock.now)
            clock.now += timedelta(seconds=5)
            if len(times) > 2:
                clock.now += timedelta(minutes=10)
    assert len(times) == 10
    assert timedelta(hours=75) < times[-1] - START < timedelta(hours=80)
    (dead,) = cases.dead(COUNCIL)
    assert (dead.reference, dead.attempts, dead.unsure) == (case.reference, 10, False)
    assert "cannot be reached" in dead.error
    assert [line["event"] for line in lines] == ["case_delayed"] * 9 + ["case_not_delivered"]
    assert not any("Refuse" in str(line) or "2 March" in str(line) for line in lines)


def test_a_dead_letter_that_staff_send_again_arrives(
    cases: Cases, clock: Clock, receiver: WebhookReceiver
) -> None:
    case = cases.open(a_case())
    receiver.fault = "410"
    suppliers = webhook_at(receiver.place)
    deliver(cases, suppliers, clock)
    (dead,) = cases.dead(COUNCIL)
    assert dead.error == "HTTP 410 Gone: this address takes no more cases"
    assert kept(cases, case).state == "failed"
    receiver.fault = ""
    cases.replay(COUNCIL, dead.id)
    deliver(cases, suppliers, clock)
    assert kept(cases, case).state == "delivered"
    assert receiver.ledger[0][0] == dead.id


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 451])
def test_a_refusal_is_not_repeated(
    cases: Cases, clock: Clock, receiver: WebhookReceiver, status: int
) -> None:
    case = cases.open(a_case())
    receiver.fault = str(status)
    deliver(cases, webhook_at(receiver.place), clock)
    assert kept(cases, case).state == "failed"
    assert f"HTTP {status}" in cases.dead(COUNCIL)[0].error


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_server_that_asks_for_a_pause_gets_it(
    cases: Cases, clock: Clock, receiver: WebhookReceiver, status: int
) -> None:
    case = cases.open(a_case())
    receiver.fault = str(status)
    suppliers = webhook_at(receiver.place)
    deliver(cases, suppliers, clock)
    receiver.fault = ""
    clock.now += timedelta(seconds=7_199)
    assert deliver(cases, suppliers, clock) == 0
    clock.now += timedelta(seconds=1)
    assert deliver(cases, suppliers, clock) == 1
    assert kept(cases, case).state == "delivered"


def test_a_redirect_is_not_followed(cases: Cases, clock: Clock, receiver: WebhookReceiver) -> None:
    cases.open(a_case())
    receiver.take = lambda *_: (307, {"location": f"{receiver.url}/elsewhere"}, b"")  # type: ignore[method-assign]
    deliver(cases, webhook_at(receiver.place), clock)
    assert receiver.asked == ["POST /cases"]


def test_an_answer_without_end_is_cut(
    cases: Cases, clock: Clock, receiver: WebhookReceiver
) -> None:
    case = cases.open(a_case())
    receiver.take = lambda *_: (200, {}, b"x" * 1_000_000)  # type: ignore[method-assign]
    deliver(cases, webhook_at(receiver.place), clock)
    assert kept(cases, case).state == "received"


# The round


def test_a_supplier_that_hangs_holds_up_nobody_else(
    cases: Cases, clock: Clock, receiver: WebhookReceiver
) -> None:
    for number in range(10):
        cases.open(a_case(f"slow-{number}", supplier="slow"))
    clock.now += timedelta(seconds=1)
    case = cases.open(a_case("quick"))
    with WebhookReceiver() as slow:
        slow.fault = "slow"
        suppliers = webhook_at(receiver.place) | webhook_at(slow.place, "slow")
        assert deliver(cases, suppliers, clock) == 2
        assert len(slow.ledger) == 1
    assert kept(cases, case).state == "delivered"


def test_a_supplier_that_nobody_described_waits_for_somebody_to(
    cases: Cases, clock: Clock, receiver: WebhookReceiver
) -> None:
    case = cases.open(a_case())
    assert deliver(cases, {}, clock) == 1
    assert kept(cases, case).state == "received"
    clock.now += timedelta(minutes=1)
    deliver(cases, webhook_at(receiver.place), clock)
    assert kept(cases, case).state == "delivered"


class Broken:
    follows = True

    def send(self, delivery: Delivery) -> Outcome:
        raise KeyError(delivery.case.shown)

    def look(self, case: Case) -> Standing | None:
        raise KeyError(case.shown)


def test_a_fault_in_a_suppliers_code_stops_no_round(
    cases: Cases, clock: Clock, receiver: WebhookReceiver
) -> None:
    cases.open(a_case("one", supplier="broken"))
    case = cases.open(a_case("two"))
    suppliers = webhook_at(receiver.place) | {(COUNCIL, "broken"): Broken()}
    with capture_logs() as lines:
        assert deliver(cases, suppliers, clock) == 2
    assert kept(cases, case).state == "delivered"
    assert "Refuse" not in str(lines)


def test_the_attempts_are_spread() -> None:
    assert len(BACKOFF_SECONDS) == 9
    assert list(BACKOFF_SECONDS) == sorted(BACKOFF_SECONDS)
    assert 75 * 3600 < sum(BACKOFF_SECONDS) < 77 * 3600


class Follows(Broken):
    def __init__(self) -> None:
        self.standing: Standing | None = None
        self.asked: list[str] = []

    def send(self, delivery: Delivery) -> Outcome:
        return Outcome("sent", "Thank you", their_reference="W-7")

    def look(self, case: Case) -> Standing | None:
        self.asked.append(case.their_reference)
        return self.standing


def test_what_became_of_a_case_is_asked_once_an_hour_until_it_is_closed(
    cases: Cases, clock: Clock
) -> None:
    case = cases.open(a_case())
    supplier = Follows()
    suppliers: Suppliers = {(COUNCIL, "waste"): supplier}
    deliver(cases, suppliers, clock)
    assert kept(cases, case).told == "Thank you"
    for minutes, standing, told in (
        (61, None, "Thank you"),
        (61, Standing("A crew is on its way", closed=False), "A crew is on its way"),
        (30, Standing("too soon", closed=False), "A crew is on its way"),
        (31, Standing("", closed=False), "A crew is on its way"),
        (61, Standing("Emptied", closed=True), "Emptied"),
        (61, Standing("never asked", closed=False), "Emptied"),
    ):
        clock.now += timedelta(minutes=minutes)
        supplier.standing = standing
        follow_up(cases, suppliers, clock)
        assert kept(cases, case).told == told
    assert supplier.asked == ["W-7"] * 4
    assert kept(cases, case).state == "closed"
    assert follow_up(cases, {(COUNCIL, "waste"): Broken()}, clock) == 0


# What council.toml describes


@pytest.mark.parametrize(
    ("url", "kind", "secret", "words"),
    [
        ("http://crm.example/cases", "webhook", "WASTE", "must be https"),
        ("http://127.0.0.1:9/cases", "webhook", "WASTE", "must be https"),
        ("ftp://crm.example/", "webhook", "WASTE", "must be https"),
        ("https:///cases", "webhook", "WASTE", "must be https"),
        ("https://crm.example/cases", "webhook", "OTHER", "is not in the environment"),
        ("https://crm.example/cases", "webhook", "", "whsec_"),
        ("https://crm.example/cases", "webhook", "SHORT", "whsec_"),
        ("https://crm.example/cases", "fax", "WASTE", "is not known"),
    ],
)
def test_a_supplier_that_cannot_be_used_is_said_before_the_first_case(
    url: str, kind: str, secret: str, words: str
) -> None:
    secrets = {"waste": SECRET, "short": "whsec_QUJD"}
    with pytest.raises(SupplierMistakes, match=words) as caught:
        make_suppliers([SupplierSettings("crm", kind, url, secret)], secrets, ask_supplier)
    assert str(caught.value).startswith("suppliers.crm: ")
    assert SECRET not in str(caught.value)
    assert "QUJD" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/cases",
        "https://10.0.0.1/cases",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/cases",
        "https://2130706433/cases",
        "https://user:word@crm.example/cases",
    ],
)
def test_a_supplier_cannot_lead_into_the_network_that_we_run_in(
    cases: Cases, clock: Clock, url: str
) -> None:
    case = cases.open(a_case())
    described = SupplierSettings("waste", "webhook", url, "WASTE")
    made = make_suppliers([described], {"waste": SECRET}, ask_supplier)
    deliver(cases, {(COUNCIL, "waste"): made["waste"]}, clock)
    assert kept(cases, case).state == "received"
    assert cases.claim(clock.now + timedelta(seconds=10)).unsure is False  # type: ignore[union-attr]

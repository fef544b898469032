"""A case becomes one service request, and never two, on a strict server of GeoReport v2."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine

from api.supplier_http import ask_supplier
from chatbot.records import Case, Cases, NewCase
from chatbot.records.deliver import deliver_due, follow_up
from chatbot.supplier import Supplier, SupplierSettings
from chatbot.suppliers.configured import make_suppliers
from chatbot.suppliers.open311 import describe
from evals.serving import free_port
from tests.loopback import FAULTS
from tests.open311_server import JURISDICTION, KEY, Open311Server
from tests.test_case_records import COUNCIL
from tests.test_deliver import IMPATIENT, kept
from tests.test_records import START, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cases(engine: Engine, clock: Clock) -> Cases:
    return Cases(engine, clock)


@pytest.fixture(params=[("json", "xml"), ("xml",)], ids=["json", "xml"])
def server(request: pytest.FixtureRequest) -> Iterator[Open311Server]:
    with Open311Server(formats=request.param) as server:
        yield server


def a_pothole(key: str = "form-1", **changes: Any) -> NewCase:
    values: dict[str, Any] = {
        "council": COUNCIL,
        "key": key,
        "automation": "street_problem",
        "language": "en",
        "details": {
            "where": {"words": "Outside 5 High Street", "latitude": 52.1, "longitude": -1.9},
            "how_deep": "deep",
            "at_risk": "people on foot",
            "phone": "01632 960123",
        },
        "shown": [("What", "A pothole & a kerb"), ("Phone", "01632 960123")],
        "supplier": "roads",
        "service": "POTHOLE",
        "attributes": {"where": "address_string", "how_deep": "depth", "at_risk": "hazards"},
    }
    return NewCase(**(values | changes))


def graffiti(key: str = "form-1", **changes: Any) -> NewCase:
    return a_pothole(key, service="GRAFFITI", **changes)


def suppliers_at(url: str, key: str = "ROADS", jurisdiction: str = JURISDICTION) -> Any:
    place = url.split("/")[2]
    described = SupplierSettings("roads", "open311", url, key, jurisdiction)
    ask = partial(ask_supplier, allow_private=[place], limits=IMPATIENT)
    made = make_suppliers([described], {"roads": KEY, "wrong": "x"}, ask, [place])
    return {(COUNCIL, "roads"): made["roads"]}


def roads(server: Open311Server) -> dict[tuple[str, str], Supplier]:
    made: dict[tuple[str, str], Supplier] = suppliers_at(f"{server.url}/open311/v2/")
    return made


def play(cases: Cases, suppliers: Any, clock: Clock, days: float = 1) -> None:
    end = clock.now + timedelta(days=days)
    while clock.now < end:
        deliver_due(cases, suppliers, clock, chance=lambda: 0.5)
        clock.now += timedelta(minutes=5 if days < 1 else 30)


def test_a_case_is_filed_as_its_service_wants_it(
    cases: Cases, clock: Clock, server: Open311Server
) -> None:
    case = cases.open(a_pothole())
    deliver_due(cases, roads(server), clock)
    found = kept(cases, case)
    assert (found.state, found.their_reference) == ("delivered", "1")
    assert found.told == "We look at it within 5 working days."
    assert server.fields() == {
        "api_key": KEY,
        "jurisdiction_id": JURISDICTION,
        "service_code": "POTHOLE",
        "lat": "52.1",
        "long": "-1.9",
        "address_string": "Outside 5 High Street",
        "phone": "01632 960123",
        "description": f"What: A pothole & a kerb\nPhone: [phone]\n\nReference: {case.reference}",
        "attribute[depth]": "D2",
        "attribute[hazards]": "PED",
    }
    form = [name for name, _ in server.ledger[0] if name.startswith("attribute")]
    assert form == ["attribute[depth]", "attribute[hazards]"]


def test_several_values_are_sent_each(cases: Cases, clock: Clock, server: Open311Server) -> None:
    details = {"address": "5 High Street", "depth": "D1", "hazards": ["CYC", "People on foot"]}
    cases.open(a_pothole(details=details, attributes={}))
    deliver_due(cases, roads(server), clock)
    sent = [value for name, value in server.ledger[0] if name == "attribute[hazards]"]
    assert sent == ["CYC", "PED"]
    assert server.fields()["address_string"] == "5 High Street"


def test_a_service_without_attributes_needs_no_definition(
    cases: Cases, clock: Clock, server: Open311Server
) -> None:
    case = cases.open(graffiti())
    deliver_due(cases, roads(server), clock)
    assert kept(cases, case).state == "delivered"
    assert not any("services/" in one for one in server.asked)


def test_the_definition_is_asked_for_once_for_many_cases(
    cases: Cases, clock: Clock, server: Open311Server
) -> None:
    for number in range(5):
        cases.open(a_pothole(str(number)))
    assert deliver_due(cases, roads(server), clock) == 5
    assert sum("services/POTHOLE" in one for one in server.asked) == 1
    assert len(server.ledger) == 5


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"details": {"where": "High Street", "how_deep": "very"}}, "How deep is it?"),
        ({"details": {"how_deep": "deep"}}, "a place"),
        ({"service": "VOLCANO"}, "no service 'VOLCANO'; it has POTHOLE, GRAFFITI, TREES"),
        (
            {
                "details": {
                    "where": {"words": "Paris", "latitude": 48.8, "longitude": 2.3},
                    "how_deep": "deep",
                }
            },
            "lat is not in the United Kingdom",
        ),
    ],
)
def test_what_the_server_would_not_take_goes_to_staff_with_words(
    cases: Cases, clock: Clock, server: Open311Server, changes: Any, words: str
) -> None:
    case = cases.open(a_pothole(**changes))
    deliver_due(cases, roads(server), clock)
    assert kept(cases, case).state == "failed"
    assert words in cases.dead(COUNCIL)[0].error
    assert not server.ledger


def test_a_wrong_key_and_a_wrong_jurisdiction_are_said(
    cases: Cases, clock: Clock, server: Open311Server
) -> None:
    url = f"{server.url}/open311/v2"
    cases.open(graffiti("one"))
    deliver_due(cases, suppliers_at(url, "WRONG"), clock)
    cases.open(graffiti("two"))
    deliver_due(cases, suppliers_at(url, jurisdiction="atlantis"), clock)
    errors = " ".join(one.error for one in cases.dead(COUNCIL))
    assert "api_key is missing or wrong" in errors
    assert "jurisdiction_id was not found" in errors


# Never twice


@pytest.mark.parametrize("fault", FAULTS)
def test_a_request_whose_fate_is_unknown_is_looked_up_and_filed_once(
    cases: Cases, clock: Clock, server: Open311Server, fault: str
) -> None:
    case = cases.open(a_pothole())
    suppliers = roads(server)
    server.fault = fault
    deliver_due(cases, suppliers, clock)
    taken = server.filed(case.reference)
    assert taken == (0 if fault.endswith("before") else 1)
    clock.now += timedelta(seconds=299)
    assert deliver_due(cases, suppliers, clock) == 0, "it gets time to show what it took"
    server.fault = ""
    play(cases, suppliers, clock)
    found = kept(cases, case)
    assert (found.state, found.their_reference) == ("delivered", "1")
    assert server.filed(case.reference) == 1


@pytest.mark.parametrize("fault", ["cut_after", "garbage"])
@pytest.mark.parametrize("listing", ["403", "404", "501", "bare"])
def test_where_nobody_can_tell_a_person_has_to_look(
    cases: Cases, clock: Clock, server: Open311Server, fault: str, listing: str
) -> None:
    case = cases.open(graffiti())
    suppliers = roads(server)
    server.fault, server.listing = fault, listing
    deliver_due(cases, suppliers, clock)
    server.fault = ""
    play(cases, suppliers, clock, days=5)
    assert server.filed(case.reference) == 1
    (dead,) = cases.dead(COUNCIL)
    assert dead.unsure
    if listing != "501":
        assert f"nobody knows whether the supplier has {case.reference}" in dead.error
    cases.replay(COUNCIL, dead.id)
    play(cases, suppliers, clock, days=5)
    assert server.filed(case.reference) == 1, "also when staff send it again without looking"
    cases.replay(COUNCIL, dead.id, looked=True)
    play(cases, suppliers, clock)
    assert kept(cases, case).state == "delivered"
    assert server.filed(case.reference) == 2


def test_a_server_that_cannot_list_is_no_trouble_while_all_is_known(
    cases: Cases, clock: Clock
) -> None:
    port = free_port()
    suppliers = suppliers_at(f"http://127.0.0.1:{port}/open311/v2/")
    case = cases.open(graffiti())
    play(cases, suppliers, clock, days=0.1)
    with Open311Server(port) as server:
        server.listing = "403"
        server.fault = "429"
        play(cases, suppliers, clock, days=0.5)
        assert kept(cases, case).state == "received"
        server.fault = ""
        play(cases, suppliers, clock)
        assert kept(cases, case).state == "delivered"
        assert server.filed(case.reference) == 1


def test_while_the_list_is_down_nothing_is_sent_again(
    cases: Cases, clock: Clock, server: Open311Server
) -> None:
    case = cases.open(graffiti())
    suppliers = roads(server)
    server.fault = "cut_after"
    deliver_due(cases, suppliers, clock)
    server.faulty = ("GET", "POST")
    for fault in ("cut_after", "500_after", "garbage", "half"):
        server.fault = fault
        play(cases, suppliers, clock, days=0.25)
        assert server.filed(case.reference) == 1
    server.fault = ""
    play(cases, suppliers, clock, days=2)
    assert kept(cases, case).state == "delivered"
    assert server.filed(case.reference) == 1


# Tokens


def test_a_token_is_asked_for_until_it_becomes_a_reference(
    cases: Cases, clock: Clock, server: Open311Server
) -> None:
    case = cases.open(a_pothole(service="TREES"))
    suppliers = roads(server)
    deliver_due(cases, suppliers, clock)
    assert kept(cases, case).state == "received"
    play(cases, suppliers, clock)
    found = kept(cases, case)
    assert (found.state, found.their_reference) == ("delivered", "1")
    assert server.filed(case.reference) == 1
    assert sum("tokens/1" in one for one in server.asked) == 3


def test_a_token_that_leads_nowhere_goes_to_staff_and_is_not_filed_again(
    cases: Cases, clock: Clock, server: Open311Server
) -> None:
    case = cases.open(a_pothole(service="TREES"))
    server.token_polls = 1_000
    play(cases, roads(server), clock, days=5)
    (dead,) = cases.dead(COUNCIL)
    assert "the token 1" in dead.error
    assert server.filed(case.reference) == 1


def test_a_batch_service_cannot_be_looked_up(
    cases: Cases, clock: Clock, server: Open311Server
) -> None:
    case = cases.open(a_pothole(service="TREES"))
    server.fault = "cut_before"
    suppliers = roads(server)
    deliver_due(cases, suppliers, clock)
    server.fault = ""
    play(cases, suppliers, clock)
    assert "nobody knows" in cases.dead(COUNCIL)[0].error
    assert server.filed(case.reference) == 0


# What became of it


def test_what_became_of_a_request_reaches_the_case(
    cases: Cases, clock: Clock, server: Open311Server
) -> None:
    case = cases.open(graffiti())
    suppliers = roads(server)
    deliver_due(cases, suppliers, clock)
    clock.now += timedelta(hours=2)
    assert follow_up(cases, suppliers, clock) == 1
    assert kept(cases, case).told == "A crew will look at it."
    server.closed["1"] = "Cleaned on Tuesday."
    clock.now += timedelta(hours=2)
    follow_up(cases, suppliers, clock)
    found: Case = kept(cases, case)
    assert (found.state, found.told) == ("closed", "Cleaned on Tuesday.")


@pytest.mark.parametrize("fault", [*FAULTS, "410"])
def test_a_server_that_says_nothing_useful_changes_nothing(
    cases: Cases, clock: Clock, server: Open311Server, fault: str
) -> None:
    case = cases.open(graffiti())
    suppliers = roads(server)
    deliver_due(cases, suppliers, clock)
    server.fault, server.faulty = fault, ("GET",)
    clock.now += timedelta(hours=2)
    follow_up(cases, suppliers, clock)
    assert kept(cases, case).state == "delivered"
    assert kept(cases, case).told == "We look at it within 5 working days."


# Discovery


def test_the_production_endpoint_is_discovered(
    cases: Cases, clock: Clock, server: Open311Server
) -> None:
    case = cases.open(graffiti())
    deliver_due(cases, suppliers_at(f"{server.url}/discovery.json"), clock)
    assert kept(cases, case).state == "delivered"


def test_a_discovery_document_leads_to_no_other_host(
    cases: Cases, clock: Clock, server: Open311Server
) -> None:
    cases.open(graffiti())
    with Open311Server() as other:
        server.elsewhere = other.url
        deliver_due(cases, suppliers_at(f"{server.url}/discovery.json"), clock)
        assert other.asked == []
    assert "leads to another host" in cases.dead(COUNCIL)[0].error


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"[[]]",
        b"[1]",
        b"null",
        b'{"endpoints": 5}',
        b'[{"service_code": {"a": 1}}]',
        b"<" * 1_000,
        b"<services>" + b"<a>" * 5_000,
        b"[" * 100_000,
        b'<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;">]><services><a>&z;</a></services>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><services>&x;</services>',
        b"\xff\xfe\x00",
    ],
)
def test_garbage_is_survived(cases: Cases, clock: Clock, body: bytes) -> None:
    case = cases.open(graffiti())
    with Open311Server() as server:
        server.take = lambda *_: (200, {}, body)  # type: ignore[method-assign]
        for url in (f"{server.url}/open311/v2/", f"{server.url}/discovery.xml"):
            play(cases, suppliers_at(url), clock, days=0.1)
    assert kept(cases, case).state in ("received", "failed")
    for dead in cases.dead(COUNCIL):
        assert "fault of ours" not in dead.error
        assert "root:" not in dead.error


def test_a_description_names_nobody() -> None:
    shown = [("Name", "my name is John Smith"), ("E-mail", "js@mail.example")]
    one = Case(COUNCIL, "BIN-7K4M2Q", "x", "en", {}, tuple(shown), "received", START, START)
    written = describe(one)
    assert "js@mail.example" not in written
    assert written.endswith("Reference: BIN-7K4M2Q")

"""The cases that citizens opened, each with what is still to be delivered."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol, get_args

from sqlalchemy import (
    Connection,
    Engine,
    Row,
    delete,
    func,
    insert,
    not_,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy import case as either
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import ColumnElement

from chatbot.records.reference import code_of, fits, make_reference, same
from chatbot.records.tables import case_events, cases, deliveries, uploads
from chatbot.records.transaction import reading, writing
from chatbot.records.written import clean, clean_json

CaseState = Literal["received", "delivered", "failed", "closed"]
"""received: kept here, and where it has a delivery that is under way. delivered: the supplier has
it. failed: it could not be delivered, and staff have to look. closed: staff or the supplier say
that it is done."""


STATES: tuple[CaseState, ...] = get_args(CaseState)


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case as the citizen confirmed it.

    key: of the form that it comes from; a form that is confirmed twice opens one case.
    details: by name, as `chatbot.automation.Value`. shown: the details as they were read back,
    label and words each. supplier, service: where it is delivered, "" for nowhere. place, kind: by
    which reports of the same are found, normalised; "" for none.
    """

    council: str
    key: str
    automation: str
    language: str
    details: Mapping[str, Any]
    shown: Sequence[tuple[str, str]]
    conversation: str = ""
    supplier: str = ""
    service: str = ""
    attributes: Mapping[str, str] | None = None
    place: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it is kept. reference: what the citizen is told, like "BIN-7K4M2Q".

    supplier: where it is delivered, "" for nowhere. their_reference: the supplier's, "" where it
    has given none. told: what the supplier last said.
    """

    council: str
    reference: str
    automation: str
    language: str
    details: Mapping[str, Any]
    shown: tuple[tuple[str, str], ...]
    state: CaseState
    opened: datetime
    changed: datetime
    their_reference: str = ""
    told: str = ""
    supplier: str = ""


class CaseBook(Protocol):
    """What the chatbot needs of the cases. Sync; raises RecordsDown."""

    def open(self, new: NewCase) -> Case:
        """Keep a case with its delivery, in one transaction; again with the same key gives it."""
        ...

    def find(self, council: str, reference: str) -> Case | None:
        """Find a case by its reference, however it is written."""
        ...

    def alike(self, council: str, automation: str, place: str, kind: str) -> tuple[Case, ...]:
        """Find the cases that are not closed, of the same place and kind, newest first."""
        ...


DeliveryState = Literal["due", "claimed", "done", "dead"]
"""due: to be sent when its time comes. claimed: a worker is at it. done: the supplier has it.
dead: it will not be sent again unless staff say so."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one worker is to deliver now.

    id: the same at every attempt. attempts: with this one. unsure: the supplier may have it from
    an earlier attempt whose end nobody knows. token: what the supplier gave in place of a
    reference, "" for none. claim: says that it is this worker's.
    """

    council: str
    id: str
    case: Case
    supplier: str
    service: str
    attributes: Mapping[str, str]
    attempts: int
    unsure: bool
    token: str
    claim: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery that staff have to look at. error: why, in words."""

    id: str
    reference: str
    supplier: str
    attempts: int
    unsure: bool
    error: str


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Something that happened to a case. number: grows by one with each, from 1."""

    number: int
    kind: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseCount:
    """How many cases a council has, by state, and how many deliveries are dead."""

    by_state: Mapping[str, int]
    dead: int


class NoCase(Exception):
    """There is no such case or delivery, or it is not in a state for what was asked."""


_ATTEMPTS_AT_A_REFERENCE = 8
_LEASE = timedelta(minutes=5)


class Cases:
    """Keeps the cases of all councils in one database, SQLite or PostgreSQL.

    A case, its delivery and its first event are written in one transaction. Each method is one
    transaction, and raises RecordsDown where the database cannot do it.

    lease: how long a worker that claimed a delivery has, before another may.
    refer: makes a reference for a case of an automation.
    """

    def __init__(
        self,
        engine: Engine,
        now: Callable[[], datetime] | None = None,
        *,
        lease: timedelta = _LEASE,
        refer: Callable[[str], str] = make_reference,
    ) -> None:
        self._engine = engine
        self._now = now or (lambda: datetime.now(UTC))
        self._lease = lease
        self._refer = refer

    # For the chatbot

    def open(self, new: NewCase) -> Case:
        """Keep a case with its delivery; again with the same key gives the one that is kept."""
        for _ in range(_ATTEMPTS_AT_A_REFERENCE):
            try:
                return self._open(new, self._refer(new.automation))
            except IntegrityError:
                if kept := self._by_key(new.council, new.key):
                    return kept
        raise RuntimeError("no free reference was found")

    def find(self, council: str, reference: str) -> Case | None:
        """Find a case by its reference, however it is written."""
        if not fits(reference):
            return None
        wanted = select(cases).where(cases.c.council == council, cases.c.code == code_of(reference))
        with reading(self._engine) as connection:
            row = connection.execute(wanted).one_or_none()
        return _case(row) if row and same(reference, row.reference) else None

    def alike(
        self, council: str, automation: str, place: str, kind: str, limit: int = 10
    ) -> tuple[Case, ...]:
        """Find the cases that are not closed, of the same place and kind, newest first."""
        if not place:
            return ()
        wanted = (
            select(cases)
            .where(
                cases.c.council == council,
                cases.c.automation == automation,
                cases.c.place == _short(place),
                cases.c.kind == _short(kind),
                cases.c.state != "closed",
            )
            .order_by(cases.c.opened.desc(), cases.c.id)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return tuple(_case(row) for row in connection.execute(wanted))

    # For the council's staff

    def list(
        self,
        council: str,
        state: CaseState | None = None,
        automation: str | None = None,
        after: str = "",
        limit: int = 50,
    ) -> tuple[Case, ...]:
        """List a council's cases, newest first. after: the reference to go on from."""
        wanted = select(cases).where(cases.c.council == council)
        if state:
            wanted = wanted.where(cases.c.state == state)
        if automation:
            wanted = wanted.where(cases.c.automation == automation)
        last = cases.alias("last")
        if after:
            seen = select(last.c.opened, last.c.id).where(
                last.c.council == council, last.c.reference == after
            )
            wanted = wanted.where(tuple_(cases.c.opened, cases.c.id) < seen.scalar_subquery())
        wanted = wanted.order_by(cases.c.opened.desc(), cases.c.id.desc()).limit(limit)
        with reading(self._engine) as connection:
            return tuple(_case(row) for row in connection.execute(wanted))

    def history(self, council: str, reference: str) -> tuple[CaseEvent, ...]:
        """Tell what happened to a case, in order."""
        wanted = (
            select(case_events)
            .join(
                cases,
                (cases.c.council == case_events.c.council) & (cases.c.id == case_events.c.case),
            )
            .where(case_events.c.council == council, cases.c.reference == reference)
            .order_by(case_events.c.number)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(wanted).all()
        return tuple(CaseEvent(row.number, row.kind, row.words, row.at) for row in rows)

    def close(self, council: str, reference: str, words: str = "") -> Case:
        """Say that a case is done; what was not yet delivered of it will not be. Raises NoCase.

        words: for the citizen who asks after it, "" leaves what was said last.
        """
        with writing(self._engine) as connection:
            values: dict[str, Any] = {"state": "closed"}
            if words:
                values["told"] = clean(words)
            held = _hold(connection, council, cases.c.reference == reference, self._now(), values)
            _note(connection, held, "closed", words)
            connection.execute(
                update(deliveries)
                .where(
                    deliveries.c.council == council,
                    deliveries.c.case == held.id,
                    deliveries.c.state == "due",
                )
                .values(state="dead", error="the case was closed before it was delivered")
            )
        return _case(held)

    def dead(self, council: str, limit: int = 200) -> tuple[DeadLetter, ...]:
        """List the deliveries that staff have to look at, of cases that are not closed."""
        wanted = (
            select(deliveries, cases.c.reference)
            .join(
                cases, (cases.c.council == deliveries.c.council) & (cases.c.id == deliveries.c.case)
            )
            .where(
                deliveries.c.council == council,
                deliveries.c.state == "dead",
                cases.c.state != "closed",
            )
            .order_by(deliveries.c.due, deliveries.c.id)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return tuple(
                DeadLetter(row.id, row.reference, row.supplier, row.attempts, row.unsure, row.error)
                for row in connection.execute(wanted)
            )

    def count(self, council: str) -> CaseCount:
        """Count a council's cases by state, and its deliveries that staff have to look at."""
        by_state = (
            select(cases.c.state, func.count())
            .where(cases.c.council == council)
            .group_by(cases.c.state)
        )
        dead = (
            select(func.count())
            .select_from(deliveries)
            .join(
                cases, (cases.c.council == deliveries.c.council) & (cases.c.id == deliveries.c.case)
            )
            .where(
                deliveries.c.council == council,
                deliveries.c.state == "dead",
                cases.c.state != "closed",
            )
        )
        with reading(self._engine) as connection:
            counted = {row.state: row[1] for row in connection.execute(by_state)}
            return CaseCount(counted, connection.execute(dead).scalar_one())

    def replay(self, council: str, delivery_id: str, *, looked: bool = False) -> None:
        """Send a dead delivery again, from now on. Raises NoCase where it is not dead.

        looked: somebody has seen that the supplier has not got it, so it need not be looked up.
        """
        now = self._now()
        values: dict[str, Any] = {"state": "due", "due": now, "attempts": 0}
        if looked:
            values["unsure"] = False
        whose = select(deliveries.c.case).where(
            deliveries.c.council == council, deliveries.c.id == delivery_id
        )
        with writing(self._engine) as connection:
            this_case = (cases.c.id == whose.scalar_subquery()) & (cases.c.state != "closed")
            held = _hold(connection, council, this_case, now, {"state": "received"})
            again = connection.execute(
                update(deliveries)
                .where(
                    deliveries.c.council == council,
                    deliveries.c.id == delivery_id,
                    deliveries.c.state == "dead",
                )
                .values(**values)
            )
            if again.rowcount != 1:
                raise NoCase(delivery_id)
            _note(connection, held, "replayed", "")

    def purge(self, council: str, before: datetime) -> int:
        """Delete a council's cases that were closed before a time; tells how many."""
        which = (cases.c.council == council, cases.c.state == "closed", cases.c.changed < before)
        doomed = select(cases.c.id).where(*which)
        with writing(self._engine) as connection:
            for table in (uploads, case_events, deliveries):
                connection.execute(
                    delete(table).where(table.c.council == council, table.c.case.in_(doomed))
                )
            return connection.execute(delete(cases).where(*which)).rowcount

    # For the worker, over all councils

    def claim(
        self, now: datetime, resting: frozenset[tuple[str, str]] = frozenset()
    ) -> Delivery | None:
        """Take the delivery that has been due longest, so that no other worker has it meanwhile.

        A delivery whose worker did not come back within its lease is due again.
        resting: councils and their suppliers of whom none is to be taken now.
        """
        open_now = (deliveries.c.state == "due") & (deliveries.c.due <= now)
        left = (deliveries.c.state == "claimed") & (deliveries.c.claimed_until <= now)
        wanted = select(deliveries).where(open_now | left)
        for council, supplier in resting:
            of_these = (deliveries.c.council == council) & (deliveries.c.supplier == supplier)
            wanted = wanted.where(not_(of_these))
        wanted = wanted.order_by(deliveries.c.due, deliveries.c.id).limit(10)
        with reading(self._engine) as connection:
            found = connection.execute(wanted).all()
        return next((taken for row in found if (taken := self._take(row, now))), None)

    def done(self, delivery: Delivery, their_reference: str = "", words: str = "") -> bool:
        """Keep that the supplier has it; False where it is another worker's by now."""
        told = their_reference[:_REFERENCE_CHARACTERS]
        values: dict[str, Any] = {"state": _unless_closed("delivered")}
        if told:
            values["their_reference"] = clean(told)
        if words:
            values["told"] = clean(words)
        return self._end(delivery, {"state": "done", "error": ""}, values, "delivered", told)

    def again(
        self, delivery: Delivery, at: datetime, words: str, *, unsure: bool, token: str = ""
    ) -> bool:
        """Put it back until a time; False where it is another worker's by now.

        unsure: the supplier may have it nevertheless. token: what it gave in place of a reference.
        """
        values = {
            "state": "due",
            "due": at,
            "unsure": unsure,
            "error": clean(words),
            "token": token or delivery.token,
        }
        return self._end(delivery, values, {}, "delayed", words)

    def give_up(self, delivery: Delivery, words: str, *, unsure: bool) -> bool:
        """Leave it to the council's staff; False where it is another worker's by now."""
        values = {"state": "dead", "unsure": unsure, "error": clean(words)}
        return self._end(delivery, values, {"state": _unless_closed("failed")}, "failed", words)

    def open_elsewhere(
        self, looked_before: datetime, whose: frozenset[tuple[str, str]], limit: int = 100
    ) -> tuple[Case, ...]:
        """Find delivered cases with a supplier's reference, not looked after since a time.

        whose: councils and their suppliers.
        """
        if not whose:
            return ()
        wanted = (
            select(cases)
            .where(
                cases.c.state == "delivered",
                cases.c.their_reference != "",
                or_(*map(_delivered_to, whose)),
                (cases.c.looked < looked_before)
                | (cases.c.looked.is_(None) & (cases.c.changed < looked_before)),
            )
            .order_by(cases.c.looked, cases.c.id)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return tuple(_case(row) for row in connection.execute(wanted))

    def heard(self, case: Case, words: str, *, closed: bool) -> None:
        """Keep what the supplier says of a case now; "" where it could not be asked."""
        news = closed or (bool(words) and words != case.told)
        now = self._now()
        values: dict[str, Any] = {"looked": now}
        if words:
            values["told"] = clean(words)
        if closed:
            values["state"] = "closed"
        which = (cases.c.council == case.council, cases.c.reference == case.reference)
        with writing(self._engine) as connection:
            if not news:
                connection.execute(update(cases).where(*which).values(**values))
                return
            held = _hold(connection, case.council, which[1], now, values)
            _note(connection, held, "closed" if closed else "told", words)

    def _open(self, new: NewCase, reference: str) -> Case:
        now, id = self._now(), secrets.token_hex(16)
        with writing(self._engine) as connection:
            opened = connection.execute(
                insert(cases)
                .values(
                    council=new.council,
                    id=id,
                    key=new.key,
                    reference=reference,
                    code=code_of(reference),
                    automation=new.automation,
                    language=new.language,
                    conversation=new.conversation,
                    details=clean_json(new.details),
                    shown=clean_json(new.shown),
                    place=_short(new.place),
                    kind=_short(new.kind),
                    state="received",
                    opened=now,
                    changed=now,
                    supplier=new.supplier,
                    their_reference="",
                    told="",
                    events=1,
                )
                .returning(cases)
            ).one()
            _note(connection, opened, "opened", "")
            if new.supplier:
                connection.execute(insert(deliveries).values(**_first_delivery(new, id, now)))
            if held := [one for one in new.details.values() if isinstance(one, str) and one]:
                connection.execute(
                    update(uploads)
                    .where(
                        uploads.c.council == new.council,
                        uploads.c.conversation == new.conversation,
                        uploads.c.id.in_(map(clean, held)),
                    )
                    .values(case=id)
                )
        return _case(opened)

    def _by_key(self, council: str, key: str) -> Case | None:
        wanted = select(cases).where(cases.c.council == council, cases.c.key == key)
        with reading(self._engine) as connection:
            row = connection.execute(wanted).one_or_none()
        return _case(row) if row else None

    def _take(self, row: Row[Any], now: datetime) -> Delivery | None:
        claim, until = secrets.token_hex(16), now + self._lease
        mine = (
            update(deliveries)
            .where(
                deliveries.c.council == row.council,
                deliveries.c.id == row.id,
                deliveries.c.state == row.state,
                deliveries.c.due == row.due,
                deliveries.c.attempts == row.attempts,
            )
            # Whatever becomes of this worker, the supplier may have it from now on.
            .values(
                state="claimed",
                claim=claim,
                claimed_until=until,
                attempts=row.attempts + 1,
                unsure=True,
            )
        )
        with writing(self._engine) as connection:
            if connection.execute(mine).rowcount != 1:
                return None
            of = select(cases).where(cases.c.council == row.council, cases.c.id == row.case)
            case = _case(connection.execute(of).one())
        return Delivery(
            council=row.council,
            id=row.id,
            case=case,
            supplier=row.supplier,
            service=row.service,
            attributes=row.attributes,
            attempts=row.attempts + 1,
            unsure=row.unsure,
            token=row.token,
            claim=claim,
        )

    def _end(
        self,
        delivery: Delivery,
        values: Mapping[str, Any],
        case_values: Mapping[str, Any],
        kind: str,
        words: str,
    ) -> bool:
        council, reference = delivery.council, delivery.case.reference
        try:
            with writing(self._engine) as connection:
                of = cases.c.reference == reference
                held = _hold(connection, council, of, self._now(), case_values)
                if held.state == "closed" and values["state"] == "due":
                    values = {**values, "state": "dead"}
                ended = connection.execute(
                    update(deliveries)
                    .where(
                        deliveries.c.council == council,
                        deliveries.c.id == delivery.id,
                        deliveries.c.state == "claimed",
                        deliveries.c.claim == delivery.claim,
                    )
                    .values(claim=None, claimed_until=None, **values)
                )
                if ended.rowcount != 1:
                    raise NoCase(delivery.id)
                _note(connection, held, kind, words)
        except NoCase:
            return False
        return True


_REFERENCE_CHARACTERS = 200
_PLACE_CHARACTERS = 300


def _short(place: str) -> str:
    return clean(place)[:_PLACE_CHARACTERS]


def _delivered_to(whose: tuple[str, str]) -> ColumnElement[bool]:
    return (cases.c.council == whose[0]) & (cases.c.supplier == whose[1])


def _unless_closed(state: CaseState) -> ColumnElement[str]:
    return either((cases.c.state == "closed", "closed"), else_=state)


def _hold(
    connection: Connection,
    council: str,
    which: ColumnElement[bool],
    now: datetime,
    values: Mapping[str, Any],
) -> Row[Any]:
    """Lock a case's row and count one event more; the first statement of what changes a case."""
    held = connection.execute(
        update(cases)
        .where(cases.c.council == council, which)
        .values(events=cases.c.events + 1, changed=now, **values)
        .returning(cases)
    ).one_or_none()
    if held is None:
        raise NoCase(council)
    return held


def _note(connection: Connection, held: Row[Any], kind: str, words: str) -> None:
    connection.execute(
        insert(case_events).values(
            {
                "council": held.council,
                "case": held.id,
                "number": held.events,
                "kind": kind,
                "words": clean(words),
                "at": held.changed,
            }
        )
    )


def _first_delivery(new: NewCase, case_id: str, now: datetime) -> dict[str, Any]:
    return {
        "council": new.council,
        "id": f"msg_{secrets.token_hex(16)}",
        "case": case_id,
        "supplier": new.supplier,
        "service": new.service,
        "attributes": dict(new.attributes or {}),
        "state": "due",
        "attempts": 0,
        "due": now,
        "unsure": False,
        "token": "",
        "error": "",
    }


def _case(row: Row[Any]) -> Case:
    return Case(
        council=row.council,
        reference=row.reference,
        automation=row.automation,
        language=row.language,
        details=row.details,
        shown=tuple((label, words) for label, words in row.shown),
        state=row.state,
        opened=row.opened,
        changed=row.changed,
        their_reference=row.their_reference,
        told=row.told,
        supplier=row.supplier,
    )

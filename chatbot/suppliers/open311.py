"""A case as a service request to an Open311 server, GeoReport v2.

https://wiki.open311.org/GeoReport_v2

The standard knows no key by which a server tells a request that is sent twice. So a request whose
fate is unknown is looked up first, by our reference in its description; where a server cannot list
its requests, nobody but a person can tell.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from lxml import etree

from chatbot.records.cases import Case, Delivery
from chatbot.redact import redact
from chatbot.supplier import Ask, NoReply, Outcome, Reply, Standing
from chatbot.suppliers.reply import not_taken, retry_after, shortened

# A server that was cut off in the middle of taking a request is given time to show it in its list.
SETTLE_SECONDS = 300.0
# How soon a server of the kind that gives a token first has the reference.
TOKEN_SECONDS = 5.0
_KEEP_DEFINITION_SECONDS = 600.0
# A server may answer with no more; a list of that length may lack what is looked for.
_MOST_LISTED = 1_000
_WINDOW = timedelta(days=1)
_NOT_NOW = frozenset({408, 425, 429})

# What the standard itself calls a request's fields; an automation's `attributes` may name them.
_FIELDS = frozenset(
    """lat long address_string address_id email device_id account_id first_name last_name phone
    description media_url""".split()
)
# Details that say where, unless the automation's `attributes` say which one does.
_PLACES = ("location", "address", "place", "street", "postcode")
_LISTS = frozenset(
    """service_requests services attributes values errors endpoints formats
    service_requests_tokens""".split()
)
_WRAPPERS = ("errors", "service_requests", "services", "service_definition", "discovery")

Entry = Mapping[str, Any]


class _Unreadable(Exception):
    """An answer is not what the standard says."""


class _NotNow(Exception):
    """The server could not be asked; str() says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.words)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class _Definition:
    """What a service wants. batch: its requests show late, if ever."""

    attributes: tuple[Entry, ...]
    batch: bool


@dataclass(slots=True)
class Open311:
    """Files cases as service requests. url: of the API's folder, or of its discovery document.

    key: "" where the server wants none. seconds: a clock for what is kept a while.
    """

    url: str
    key: str
    jurisdiction: str
    ask: Ask
    seconds: Callable[[], float] = time.monotonic
    _folder: str = field(default="", init=False)
    _format: str = field(default="", init=False)
    _definitions: dict[str, tuple[float, _Definition]] = field(default_factory=dict, init=False)

    @property
    def follows(self) -> bool:
        return True

    def send(self, delivery: Delivery) -> Outcome:
        try:
            if delivery.token:
                return self._ask_by_token(delivery.token)
            definition = self._definition(delivery.service)
            if delivery.unsure and (ended := self._look_up(delivery, definition)):
                return ended
        except _NotNow as error:
            # Nothing was filed by this attempt; an earlier one is as unsure as it was.
            if delivery.unsure and error.outcome.kind != "refused":
                return Outcome("unknown", str(error), seconds=error.outcome.seconds)
            return replace(error.outcome, unsure=delivery.unsure)
        form, missing = _form(delivery, definition)
        if missing:
            return Outcome("refused", f"the server wants what the case has not: {missing}")
        return self._file(form)

    def look(self, case: Case) -> Standing | None:
        path = f"requests/{quote(case.their_reference, safe='')}"
        try:
            found = next(iter(self._get(path)), None)
        except (_NotNow, _Unreadable):
            return None
        if found is None:
            return None
        status = str(found.get("status") or "").casefold()
        words = shortened(str(found.get("status_notes") or ""))
        return Standing(words, closed=status == "closed")

    def _file(self, form: Sequence[tuple[str, str]]) -> Outcome:
        fields = [("api_key", self.key)] if self.key else []
        fields += [("jurisdiction_id", self.jurisdiction)] if self.jurisdiction else []
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        body = urlencode([*fields, *form]).encode()
        url = f"{self._folder}requests.{self._format}"
        try:
            reply = self.ask("POST", url, headers, body)
        except NoReply as error:
            if not error.sent:
                return Outcome("again", str(error))
            return Outcome("unknown", str(error), seconds=SETTLE_SECONDS)
        if not 200 <= reply.status < 300:
            outcome = not_taken(reply, _errors(reply))
            if outcome.kind == "unknown":
                wait = max(outcome.seconds, SETTLE_SECONDS)
                return Outcome("unknown", outcome.words, seconds=wait)
            return outcome
        try:
            return _filed(next(iter(_entries(reply.body)), {}))
        except _Unreadable as error:
            return Outcome("unknown", str(error), seconds=SETTLE_SECONDS)

    def _ask_by_token(self, token: str) -> Outcome:
        try:
            found = next(iter(self._get(f"tokens/{quote(token, safe='')}")), {})
        except _Unreadable as error:
            return Outcome("again", str(error), token=token)
        except _NotNow as error:
            if error.outcome.kind == "refused":
                words = f"it was taken under the token {token}, which is not known any more"
                return Outcome("refused", f"{words}: {error}", unsure=True)
            return Outcome("again", str(error), seconds=error.outcome.seconds, token=token)
        id = str(found.get("service_request_id") or "")
        if id:
            return Outcome("sent", their_reference=id)
        words = f"it was taken under the token {token}, and has no reference yet"
        return Outcome("again", words, seconds=TOKEN_SECONDS, token=token)

    def _look_up(self, delivery: Delivery, definition: _Definition) -> Outcome | None:
        """Find what an earlier attempt may have filed; None where it is certain that none did."""
        reference = delivery.case.reference
        ask_a_person = Outcome(
            "refused",
            f"nobody knows whether the supplier has {reference}, for it cannot be asked: look for "
            "the reference in its system, and send the case again only if it is not there",
            unsure=True,
        )
        opened = delivery.case.opened
        window = {
            "service_code": delivery.service,
            "start_date": _moment(opened - _WINDOW),
            "end_date": _moment(opened + timedelta(days=30)),
        }
        try:
            found = self._get("requests", window)
        except _NotNow as error:
            if error.outcome.kind == "refused":
                return ask_a_person
            raise
        except _Unreadable as error:
            raise _NotNow(Outcome("unknown", str(error))) from error
        whole = not definition.batch and len(found) < _MOST_LISTED
        for one in found:
            description = one.get("description")
            if isinstance(description, str) and reference in description:
                return Outcome("sent", their_reference=str(one.get("service_request_id") or ""))
            whole = whole and isinstance(description, str)
        return None if whole else ask_a_person

    def _definition(self, service: str) -> _Definition:
        kept = self._definitions.get(service)
        if kept and self.seconds() - kept[0] < _KEEP_DEFINITION_SECONDS:
            return kept[1]
        try:
            definition = self._ask_for_definition(service)
        except _Unreadable as error:
            raise _NotNow(Outcome("again", str(error))) from error
        self._definitions[service] = (self.seconds(), definition)
        return definition

    def _ask_for_definition(self, service: str) -> _Definition:
        offered = self._get("services")
        one = next((s for s in offered if str(s.get("service_code")) == service), None)
        if one is None:
            known = ", ".join(str(s.get("service_code")) for s in offered)
            words = f"it has no service {service!r}; it has {shortened(known, 300) or 'none'}"
            raise _NotNow(Outcome("refused", words))
        attributes: list[Entry] = []
        if _is_true(one.get("metadata")):
            for entry in self._get(f"services/{quote(service, safe='')}"):
                attributes += [a for a in entry.get("attributes") or () if isinstance(a, Mapping)]
        attributes.sort(key=lambda a: _number(a.get("order")))
        batch = str(one.get("type") or "realtime").casefold() != "realtime"
        return _Definition(tuple(attributes), batch)

    def _get(self, path: str, query: Mapping[str, str] | None = None) -> tuple[Entry, ...]:
        """Ask for a list. Raises _NotNow where no 2xx came, _Unreadable where it is no list."""
        self._discover()
        asked = dict(query or {})
        if self.jurisdiction:
            asked["jurisdiction_id"] = self.jurisdiction
        url = f"{self._folder}{path}.{self._format}{'?' if asked else ''}{urlencode(asked)}"
        return _entries(self._asked(url).body)

    def _asked(self, url: str) -> Reply:
        try:
            reply = self.ask("GET", url, {}, b"")
        except NoReply as error:
            raise _NotNow(Outcome("again", str(error))) from error
        if 200 <= reply.status < 300:
            return reply
        judged = not_taken(reply, _errors(reply))
        # Asking files nothing, so what goes wrong with it leaves nothing unknown.
        kind = "again" if judged.kind == "unknown" else judged.kind
        raise _NotNow(Outcome(kind, judged.words, seconds=retry_after(reply.headers)))

    def _discover(self) -> None:
        """Find the API's folder and whether it speaks JSON, once."""
        if self._folder:
            return
        name = urlsplit(self.url).path.rpartition("/")[2]
        if not name.startswith("discovery."):
            folder = f"{self.url.rstrip('/')}/"
            self._format = self._spoken(folder)
            self._folder = folder
            return
        try:
            endpoint = _endpoint(_entries(self._asked(self.url).body))
        except _Unreadable as error:
            raise _NotNow(Outcome("again", str(error))) from error
        folder = urljoin(self.url, f"{str(endpoint.get('url') or '').rstrip('/')}/")
        if urlsplit(folder).netloc != urlsplit(self.url).netloc:
            words = f"its discovery document leads to another host, {urlsplit(folder).netloc}"
            raise _NotNow(Outcome("refused", f"{words}; name that one in council.toml"))
        formats = " ".join(map(str, endpoint.get("formats") or ()))
        self._format = "json" if "json" in formats else "xml"
        self._folder = folder

    def _spoken(self, folder: str) -> str:
        """Tell the format of a server that says nothing of it: JSON where it can, XML must be."""
        try:
            _entries(self._asked(f"{folder}services.json").body)
        except _Unreadable:
            return "xml"
        except _NotNow as error:
            if error.outcome.kind == "refused":
                return "xml"
            raise
        return "json"


def _form(delivery: Delivery, definition: _Definition) -> tuple[list[tuple[str, str]], str]:
    """Fill a request in, and name what is missing."""
    case, names = delivery.case, delivery.attributes
    by_code = {names.get(name, name): value for name, value in case.details.items()}
    form = [("service_code", delivery.service), *_where(case, names)]
    form += [(name, _text(by_code[name])) for name in sorted(_FIELDS & by_code.keys() - _OURS)]
    form.append(("description", describe(case)))
    missing = [] if len(form) > 2 and _has_place(form) else ["a place"]
    for attribute in definition.attributes:
        code = str(attribute.get("code") or "")
        # A notice to read, or (an extension of mySociety's) what the server fills in itself.
        if not _is_true(attribute.get("variable", True)) or (
            attribute.get("automated") == "server_set"
        ):
            continue
        values = _values(attribute, by_code.get(code))
        form += [(f"attribute[{code}]", value) for value in values]
        if not values and _is_true(attribute.get("required")):
            missing.append(shortened(str(attribute.get("description") or code), 80))
    return form, ", ".join(missing)


_OURS = frozenset({"lat", "long", "address_string", "description"})


def describe(case: Case) -> str:
    """Write a case for a request's description, which servers publish: without personal data."""
    lines = [f"{label}: {words}" for label, words in case.shown]
    return f"{redact(chr(10).join(lines))}\n\nReference: {case.reference}"


def _where(case: Case, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for value in case.details.values():
        if isinstance(value, Mapping) and {"latitude", "longitude"} <= value.keys():
            yield "lat", str(value["latitude"])
            yield "long", str(value["longitude"])
            break
    told = [name for name, code in names.items() if code == "address_string"] or _PLACES
    words = [_text(case.details[name]) for name in told if case.details.get(name)]
    if words:
        yield "address_string", ", ".join(dict.fromkeys(words))


def _has_place(form: Sequence[tuple[str, str]]) -> bool:
    given = {name for name, value in form if value}
    return "lat" in given or "address_string" in given or "address_id" in given


def _values(attribute: Entry, value: Any) -> list[str]:
    """Put a detail as an attribute wants it; of a list, by its keys."""
    if value is None or value == "":
        return []
    given = value if isinstance(value, list | tuple) else [value]
    texts = [_text(one) for one in given]
    if str(attribute.get("datatype") or "") not in ("singlevaluelist", "multivaluelist"):
        return texts[:1]
    keys = {}
    for choice in attribute.get("values") or ():
        if isinstance(choice, Mapping):
            key = str(choice.get("key") or "")
            keys[str(choice.get("name") or "").casefold()] = key
            keys[key.casefold()] = key
    known = [keys[text.casefold()] for text in texts if text.casefold() in keys]
    return known if attribute.get("datatype") == "multivaluelist" else known[:1]


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Mapping():
            return str(value.get("words") or "")
        case _:
            return str(value)


def _filed(entry: Entry) -> Outcome:
    id = str(entry.get("service_request_id") or "")
    if id:
        notice = shortened(str(entry.get("service_notice") or ""))
        return Outcome("sent", notice, their_reference=id)
    token = str(entry.get("token") or "")
    if token:
        words = f"it was taken under the token {token}, and has no reference yet"
        return Outcome("again", words, seconds=TOKEN_SECONDS, token=token)
    raise _Unreadable("the server took the request, and names neither a reference nor a token")


def _endpoint(discovered: Sequence[Entry]) -> Entry:
    endpoints = [one for entry in discovered for one in entry.get("endpoints") or ()]
    usable = [one for one in endpoints if isinstance(one, Mapping) and one.get("url")]
    production = [one for one in usable if one.get("type") == "production"]
    if not usable:
        raise _Unreadable("the discovery document names no endpoint")
    return (production or usable)[0]


def _errors(reply: Reply) -> str:
    """Read an error as the standard writes it; "" where it is none."""
    try:
        said = [one.get("description") for one in _entries(reply.body)]
    except _Unreadable:
        return ""
    return shortened("; ".join(str(one) for one in said if one))


def _entries(body: bytes) -> tuple[Entry, ...]:
    """Read an answer's objects, JSON or XML. Raises _Unreadable."""
    read = _from_xml(body) if body.lstrip()[:1] == b"<" else _from_json(body)
    if isinstance(read, Mapping):
        # Some wrap what others send bare.
        read = next((read[name] for name in _WRAPPERS if name in read), read)
        read = [read] if isinstance(read, Mapping) else read
    if not isinstance(read, list) or not all(isinstance(one, Mapping) for one in read):
        raise _Unreadable("the server's answer is not in the standard's form")
    return tuple(read)


def _from_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _Unreadable("the server's answer is neither JSON nor XML") from error


def _from_xml(body: bytes) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(body, parser)
        return _plain(root)
    except (etree.XMLSyntaxError, RecursionError, ValueError) as error:
        raise _Unreadable("the server's answer is broken XML") from error


def _plain(element: Any) -> Any:
    children = [child for child in element if isinstance(child.tag, str)]
    if element.tag in _LISTS:
        return [_plain(child) for child in children]
    if children:
        return {child.tag: _plain(child) for child in children}
    return (element.text or "").strip()


def _is_true(value: Any) -> bool:
    return value is True or str(value).strip().casefold() in ("true", "1")


def _number(value: Any) -> float:
    try:
        return float(str(value))
    except ValueError:
        return 0.0


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

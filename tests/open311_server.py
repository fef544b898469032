"""A small, strict server of GeoReport v2: what it does not know or misses, it refuses.

https://wiki.open311.org/GeoReport_v2
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit
from xml.sax.saxutils import escape

from tests.loopback import Answer, Loopback

KEY = "key-of-exampleton"
JURISDICTION = "exampleton.example"
SERVICES: dict[str, dict[str, Any]] = {
    "POTHOLE": {
        "service_name": "Pothole",
        "metadata": True,
        "type": "realtime",
        "attributes": [
            {
                "variable": False,
                "code": "notice",
                "datatype": "text",
                "required": False,
                "order": 1,
                "description": "Do not measure it yourself.",
            },
            {
                "variable": True,
                "code": "hazards",
                "datatype": "multivaluelist",
                "required": False,
                "order": 3,
                "description": "Who is at risk?",
                "values": [
                    {"key": "CYC", "name": "Cyclists"},
                    {"key": "PED", "name": "People on foot"},
                ],
            },
            {
                "variable": True,
                "code": "depth",
                "datatype": "singlevaluelist",
                "required": True,
                "order": 2,
                "description": "How deep is it?",
                "values": [
                    {"key": "D1", "name": "Shallow"},
                    {"key": "D2", "name": "Deep"},
                ],
            },
            {
                "variable": True,
                "automated": "server_set",
                "code": "ward",
                "datatype": "string",
                "required": True,
                "order": 4,
                "description": "Ward",
            },
        ],
    },
    "GRAFFITI": {"service_name": "Graffiti", "metadata": False, "type": "realtime"},
    "TREES": {"service_name": "Trees", "metadata": False, "type": "batch"},
}
_KNOWN = frozenset(
    """api_key jurisdiction_id service_code lat long address_string address_id email device_id
    account_id first_name last_name phone description media_url""".split()
)


class Open311Server(Loopback):
    """ledger: the requests that it took, in order, as their fields came.

    formats: what it speaks. listing: "" lists, "403" refuses to, "bare" leaves descriptions out.
    token_polls: how often a token is asked for before it becomes a reference.
    """

    def __init__(self, port: int = 0, formats: tuple[str, ...] = ("json", "xml")) -> None:
        super().__init__(port)
        self.ledger: list[list[tuple[str, str]]] = []
        self.closed: dict[str, str] = {}
        self.formats = formats
        self.listing = ""
        self.token_polls = 2
        self.elsewhere = ""
        self._polled: dict[str, int] = {}

    def fields(self, number: int = 0) -> dict[str, str]:
        return dict(self.ledger[number])

    def filed(self, reference: str) -> int:
        """How many requests it took whose description names a reference."""
        return sum(reference in dict(fields)["description"] for fields in self.ledger)

    def take(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        url = urlsplit(path)
        name, _, form = url.path.removeprefix("/open311/v2/").rpartition(".")
        if url.path == "/discovery.json":
            return self._write("json", 200, "discovery", [self._discovery()])
        if form not in self.formats or not url.path.startswith("/open311/v2/"):
            return 404, {"content-type": "text/html"}, b"<!doctype html><p>Not found"
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        if method == "POST" and name == "requests":
            status, entries = self._post(headers, body)
        else:
            status, entries = self._get(name, query)
        root = "errors" if status >= 400 else name.partition("/")[0]
        return self._write(form, status, root, entries)

    def _discovery(self) -> dict[str, Any]:
        host = self.elsewhere or self.url
        return {
            "changeset": "2026-03-02T09:30:00Z",
            "contact": "open311@exampleton.example",
            "endpoints": [
                {"url": f"{self.url}/test", "type": "test", "formats": ["text/xml"]},
                {
                    "url": f"{host}/open311/v2",
                    "type": "production",
                    "formats": [f"application/{one}" for one in self.formats],
                },
            ],
        }

    def _get(self, name: str, query: Mapping[str, str]) -> tuple[int, list[dict[str, Any]]]:
        if query.get("jurisdiction_id") != JURISDICTION:
            return _wrong(404, "jurisdiction_id was not found")
        kind, _, id = name.partition("/")
        if name == "services":
            listed = (
                {k: v for k, v in one.items() if k != "attributes"} | {"service_code": code}
                for code, one in SERVICES.items()
            )
            return 200, list(listed)
        if kind == "services" and SERVICES.get(id, {}).get("metadata"):
            return 200, [{"service_code": id, "attributes": SERVICES[id]["attributes"]}]
        if name == "requests":
            return self._list(query)
        if kind == "requests" and id.isdecimal() and 0 < int(id) <= len(self.ledger):
            return 200, [self._shown(int(id))]
        if kind == "tokens" and id.isdecimal() and 0 < int(id) <= len(self.ledger):
            self._polled[id] = self._polled.get(id, 0) + 1
            ready = self._polled[id] > self.token_polls
            return 200, [{"token": id, "service_request_id": id if ready else ""}]
        return _wrong(404, f"{name} was not found")

    def _list(self, query: Mapping[str, str]) -> tuple[int, list[dict[str, Any]]]:
        if self.listing.isdecimal():
            return _wrong(int(self.listing), "requests are not listed")
        start, end = (datetime.fromisoformat(query[name]) for name in ("start_date", "end_date"))
        if start.tzinfo is None or end.tzinfo is None or (end - start).days > 90:
            return _wrong(400, "the dates have no zone, or span more than 90 days")
        shown = [self._shown(number + 1) for number in range(len(self.ledger))]
        shown = [one for one in shown if one["service_code"] == query["service_code"]]
        if self.listing == "bare":
            for one in shown:
                del one["description"]
        return 200, shown

    def _shown(self, number: int) -> dict[str, Any]:
        fields = self.fields(number - 1)
        closed = str(number) in self.closed
        return {
            "service_request_id": str(number),
            "service_code": fields["service_code"],
            "status": "closed" if closed else "open",
            "status_notes": self.closed.get(str(number), "A crew will look at it."),
            "description": fields["description"],
            "requested_datetime": datetime.now(UTC).isoformat(),
        }

    def _post(self, headers: Mapping[str, str], body: bytes) -> tuple[int, list[dict[str, Any]]]:
        if not headers["content-type"].startswith("application/x-www-form-urlencoded"):
            return _wrong(400, "the body is no form")
        pairs = parse_qsl(body.decode(), strict_parsing=True, keep_blank_values=True)
        fields = dict(pairs)
        if fields.get("api_key") != KEY:
            return _wrong(403, "api_key is missing or wrong")
        if fields.get("jurisdiction_id") != JURISDICTION:
            return _wrong(404, "jurisdiction_id was not found")
        service = SERVICES.get(fields.get("service_code", ""))
        if service is None:
            return _wrong(404, "service_code was not found")
        wrong = [*_wrong_fields(pairs), *_wrong_attributes(pairs, service)]
        if wrong:
            return 400, [{"code": "400", "description": one} for one in wrong]
        self.ledger.append(pairs)
        number = str(len(self.ledger))
        if service["type"] == "batch":
            return 200, [{"token": number}]
        return 201, [
            {
                "service_request_id": number,
                "service_notice": "We look at it within 5 working days.",
                "account_id": None,
            }
        ]

    def _write(self, form: str, status: int, root: str, entries: list[dict[str, Any]]) -> Answer:
        if form == "json":
            whole: Any = entries[0] if root == "discovery" else entries
            return status, {"content-type": "application/json"}, json.dumps(whole).encode()
        if root == "services" and entries and "attributes" in entries[0]:
            written = _xml("service_definition", entries[0])
        else:
            names = {"services": "service", "errors": "error"}
            plural = {"requests": "service_requests", "tokens": "service_requests"}.get(root, root)
            inner = "".join(_xml(names.get(root, "request"), one) for one in entries)
            written = f"<{plural}>{inner}</{plural}>"
        body = f'<?xml version="1.0" encoding="utf-8"?>\n{written}'.encode()
        return status, {"content-type": "text/xml; charset=utf-8"}, body


def _wrong_fields(pairs: list[tuple[str, str]]) -> list[str]:
    fields = dict(pairs)
    wrong = [
        f"{name} is not known"
        for name in fields
        if name not in _KNOWN and not name.startswith("attribute[")
    ]
    located = "lat" in fields and "long" in fields
    if not located and not fields.get("address_string") and not fields.get("address_id"):
        wrong.append("lat and long, address_string or address_id is required")
    if "lat" in fields and not 49 < float(fields["lat"]) < 61:
        wrong.append("lat is not in the United Kingdom")
    if len(fields.get("description", "")) > 4_000:
        wrong.append("description is longer than 4,000 characters")
    return wrong


def _wrong_attributes(pairs: list[tuple[str, str]], service: dict[str, Any]) -> list[str]:
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if name.startswith("attribute["):
            given.setdefault(name[len("attribute[") : -1], []).append(value)
    known = {one["code"]: one for one in service.get("attributes", ())}
    wrong = [f"attribute[{code}] is not known" for code in given if code not in known]
    for code, one in known.items():
        values = given.get(code, [])
        if values and (not one["variable"] or one.get("automated")):
            wrong.append(f"attribute[{code}] is not to be sent")
        if one["required"] and one["variable"] and not one.get("automated") and not values:
            wrong.append(f"attribute[{code}] is required")
        if one["datatype"] != "multivaluelist" and len(values) > 1:
            wrong.append(f"attribute[{code}] has several values")
        keys = {choice["key"] for choice in one.get("values", ())}
        if keys and not keys >= set(values):
            wrong.append(f"attribute[{code}] has an unknown value")
    return wrong


def _wrong(status: int, words: str) -> tuple[int, list[dict[str, Any]]]:
    return status, [{"code": str(status), "description": words}]


def _xml(name: str, value: Any) -> str:
    match value:
        case dict():
            inner = "".join(_xml(key, one) for key, one in value.items())
        case list():
            inner = "".join(_xml(name.removesuffix("s"), one) for one in value)
        case None:
            inner = ""
        case bool():
            inner = str(value).lower()
        case _:
            inner = escape(str(value))
    return f"<{name}>{inner}</{name}>"

"""What the operators see: one line a request, and figures for Prometheus; never a citizen's words.

Every worker process counts for itself: scrape each worker, or add up over the scrapes of one port.
"""

from __future__ import annotations

import re
import secrets
import sys
import time
from collections.abc import Iterable

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.house import House
from api.problems import Problem, refuse
from chatbot.pipeline import places
from chatbot.records.cases import STATES
from chatbot.types import Run

log = structlog.get_logger(__name__)

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


def log_as_json(level: str = "info") -> None:
    """Send the logs of this process to standard error, one JSON object a line."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def note(scope: Scope, **facts: str) -> None:
    """Add facts to the request's line in the log."""
    scope.setdefault("townclerk.notes", {}).update(facts)


class Figures:
    """The figures of one app, in a registry of its own."""

    def __init__(self, house: House) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "townclerk_requests",
            "HTTP requests by route, method and status.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "townclerk_request_seconds",
            "Seconds from a request to the end of its response, by route.",
            ("route", "method"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.answers = Counter(
            "townclerk_answers",
            "Answers by council and status.",
            ("council", "status"),
            registry=self.registry,
        )
        self.degraded = Counter(
            "townclerk_answers_degraded",
            "Answers that a lesser part stood in for, by council.",
            ("council",),
            registry=self.registry,
        )
        self.step_seconds = Histogram(
            "townclerk_step_seconds",
            "Seconds of each step of an answer.",
            ("step",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        Gauge(
            "townclerk_build_info", "The release that runs.", ("version",), registry=self.registry
        ).labels(house.version).set(1)
        self.registry.register(_Published(house))
        self.registry.register(_Kept(house))

    def count(self, council: str, run: Run) -> None:
        """Count an answer."""
        self.answers.labels(council, run.answer.status.value).inc()
        if run.degraded:
            self.degraded.labels(council).inc()
        for step, seconds in run.seconds.items():
            self.step_seconds.labels(step).observe(seconds)

    def text(self) -> bytes:
        """Write all figures as Prometheus reads them."""
        return generate_latest(self.registry)


class _Published(Collector):
    """Pages and passages of each council, counted when somebody asks."""

    def __init__(self, house: House) -> None:
        self.house = house

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        pages = GaugeMetricFamily(
            "townclerk_pages", "Pages that answers can come from.", labels=("council",)
        )
        passages = GaugeMetricFamily(
            "townclerk_passages", "Passages that answers can come from.", labels=("council",)
        )
        for slug in self.house.councils if self.house.size else ():
            assert self.house.size is not None
            size = self.house.size(slug)
            pages.add_metric((slug,), size.pages)
            passages.add_metric((slug,), size.passages)
        return (pages, passages)


class _Kept(Collector):
    """Cases of each council and deliveries that failed for good, counted when somebody asks."""

    def __init__(self, house: House) -> None:
        self.house = house

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        kept = GaugeMetricFamily("townclerk_cases", "Cases by state.", labels=("council", "state"))
        dead = GaugeMetricFamily(
            "townclerk_deliveries_dead",
            "Deliveries of cases that staff have to look at.",
            labels=("council",),
        )
        for slug in self.house.councils if self.house.cases else ():
            assert self.house.cases is not None
            counted = self.house.cases.count(slug)
            for state in STATES:
                kept.add_metric((slug, state), counted.by_state.get(state, 0))
            dead.add_metric((slug,), counted.dead)
        return (kept, dead)


class Observed:
    """Time and log each request, name it, and turn a fault nobody foresaw into a problem.

    Stands outside of all that may fail, as the server's own log would quote a fault whole.
    """

    def __init__(self, app: ASGIApp, figures: Figures) -> None:
        self.app = app
        self.figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["townclerk.request_id"] = request_id = _request_id(scope)
        status, begun = 0, time.perf_counter()

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, named)
        except Exception as fault:
            log_fault(fault, request_id)
            if not status:
                await refuse(Problem("unexpected"), scope, receive, named)
        finally:
            self._record(scope, status, time.perf_counter() - begun)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route, method = _route(scope), scope["method"] if scope["method"] in _METHODS else "OTHER"
        self.figures.requests.labels(route, method, str(status)).inc()
        self.figures.request_seconds.labels(route, method).observe(seconds)
        log.info(
            "request",
            method=method,
            route=route,
            status=status,
            seconds=round(seconds, 4),
            request_id=scope["townclerk.request_id"],
            **scope.get("townclerk.notes", {}),
        )


def log_fault(fault: BaseException, request_id: str) -> None:
    """Log a fault by kind and place; its message is left out, as it may quote the citizen."""
    log.error("request_failed", fault=type(fault).__name__, at=places(fault), request_id=request_id)


def _request_id(scope: Scope) -> str:
    told = Headers(scope=scope).get("x-request-id", "")
    return told if _SANE_ID.fullmatch(told) else secrets.token_hex(8)


def _route(scope: Scope) -> str:
    """Name the route by its template; an address as it came could say anything."""
    route = getattr(scope.get("route"), "path", "")
    if route:
        return str(route)
    return "/static" if scope["path"].startswith("/static/") else "unknown"

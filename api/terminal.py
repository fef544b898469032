"""What the command line prints for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

if TYPE_CHECKING:
    from ingest.sync import Progress as Done
    from ingest.sync import SyncReport

SHOWN = 20
_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False)


def say(words: str) -> None:
    """Print a line of rich markup."""
    _out.print(words)


def complain(words: str) -> None:
    """Print what is wrong on standard error, as it stands."""
    _err.print(words, style="red", markup=False, soft_wrap=True)


@contextmanager
def progress() -> Iterator[Callable[[Done], None]]:
    """Show pages, passages and the time left, on standard error."""
    columns = (
        SpinnerColumn(),
        TextColumn("pages"),
        MofNCompleteColumn(),
        BarColumn(),
        TextColumn("{task.fields[passages]} passages"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=_err) as bar:
        task = bar.add_task("", total=None, passages=0)
        yield lambda done: bar.update(
            task, completed=done.pages, total=done.expected, passages=done.passages
        )


def show_report(report: SyncReport) -> None:
    """Print what an ingest did, each kind with its addresses, the skipped with their reasons."""
    for kind in ("created", "updated", "dropped"):
        urls: list[str] = getattr(report, kind)
        for url in urls[:SHOWN]:
            _out.print(f"  {kind:8} {escape(url)}", soft_wrap=True)
        if len(urls) > SHOWN:
            _out.print(f"  {kind:8} … and {len(urls) - SHOWN} more")
    for url, reason in report.skipped:
        _out.print(f"  [yellow]skipped[/]  {escape(url)}: {escape(reason)}", soft_wrap=True)
    for source, reason in report.failed:
        _out.print(f"  [red]failed[/]   {escape(source)}: {escape(reason)}", soft_wrap=True)
    counted = ", ".join(
        f"{len(getattr(report, kind))} {kind}"
        for kind in ("created", "updated", "dropped", "kept", "skipped")
    )
    _out.print(
        f"{counted}. {report.passages} passages, {report.embedded} embedded, "
        f"{report.seconds:.1f} seconds."
    )


def show_answer(question: str, told: dict[str, Any]) -> None:
    """Print one question with its answer and where it is said."""
    _out.print(f"\n[bold]› {escape(question)}[/]")
    _out.print(Padding(Markdown(told["text"]), (0, 0, 0, 2)))
    for citation in told["citations"]:
        where = " > ".join([citation["title"], *citation["headings"]])
        _out.print(f"  [{citation['number']}] {where}", markup=False, soft_wrap=True)
        _out.print(f"      {citation['url']}", markup=False, soft_wrap=True)
    degraded = ", degraded" if told["degraded"] else ""
    _out.print(f"  [dim]{told['status']}{degraded}, {told['seconds']['total'] * 1000:.0f} ms[/]")


def show_run(question: str, told: dict[str, Any]) -> None:
    """Print one question with its steps, passages and answer."""
    steps = Table("step", "ms", box=None, header_style="dim")
    for name, seconds in told["seconds"].items():
        steps.add_row(name, f"{seconds * 1000:.1f}")
    _out.print(steps)
    passages = Table("score", "page", "section", "text", box=None, header_style="dim")
    for passage in told["passages"]:
        text = " ".join(passage["text"].split())
        passages.add_row(
            f"{passage['score']:.2f}",
            escape(passage["title"]),
            escape(" > ".join(passage["headings"])),
            escape(text[:90] + ("…" if len(text) > 90 else "")),
        )
    _out.print(passages)
    sections = {passage["url"] for passage in told["passages"]}
    _out.print(f"[dim]{len(told['passages'])} passages from {len(sections)} sections[/]")
    show_answer(question, told)


def show_cases(cases: list[dict[str, Any]]) -> None:
    """Print a council's cases, newest first, with why one was not delivered."""
    table = Table("reference", "task", "state", "opened", "delivery", box=None, header_style="dim")
    for case in cases:
        delivery = " ".join(filter(None, (case["supplier"], case["their_reference"])))
        if case["not_delivered"]:
            delivery = f"{delivery}: {case['not_delivered']}"
        opened = case["opened"][:16].replace("T", " ")
        told = (case["reference"], case["automation"], case["state"], opened, delivery or "none")
        table.add_row(*map(escape, told))
    _out.print(table)
    _out.print(f"[dim]{len(cases)} cases; times in UTC[/]")


def show_case(case: dict[str, Any]) -> None:
    """Print one case: what the citizen gave, and what has happened to it."""
    _out.print(f"[bold]{case['reference']}[/] {escape(case['automation'])}, {case['state']}")
    for line in case["shown"]:
        _out.print(f"  {line['label']}: {line['text']}", markup=False, soft_wrap=True)
    if case["not_delivered"]:
        _out.print(f"  [red]not delivered[/]: {escape(case['not_delivered'])}", soft_wrap=True)
    for event in case["events"]:
        at = event["at"][:16].replace("T", " ")
        _out.print(f"  {at} {event['kind']} {event['words']}", markup=False, soft_wrap=True)

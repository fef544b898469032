"""Let it be learnt anew from wanted.toml what citizens want done, and measure it: `python -m
api.wanted learn` and `… measure`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

import typer

from api.compose import installation
from api.settings import read_settings
from chatbot.wanted import read_learnt, write_learnt
from evals.wanted import learn as learn_from
from evals.wanted import measure_unseen, read_tasks

app = typer.Typer(no_args_is_help=True)


@app.command()
def learn() -> None:
    """Learn from the default council's phrases; three minutes on one core."""
    with installation(read_settings()) as opened:
        messages = read_tasks()
        typer.echo(f"{len(messages)} messages")
        write_learnt(learn_from(messages, opened.embedder.embed_questions))


@app.command(name="measure")
def show(wrong: Annotated[bool, typer.Option(help="list what was found wrongly")] = False) -> None:
    """Measure on councils made up from the phrases, some of whose tasks were not learnt from."""
    with installation(read_settings()) as opened:
        messages, learnt = read_tasks(), read_learnt()
        for how, by_meaning in (("meaning and words", True), ("words alone", False)):
            embed = opened.embedder.embed_questions
            figures, mistaken = measure_unseen(messages, learnt, embed, by_meaning=by_meaning)
            typer.echo(f"{how}: {_told(asdict(figures))}")
            for message, found in mistaken if wrong else ():
                typer.echo(f"  {message.task}, {message.request}: {message.text} -> {found}")


def _told(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {share:.3f}" for name, share in shares.items())


if __name__ == "__main__":
    app()

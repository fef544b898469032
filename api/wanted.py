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
from evals.wanted import few, measure_held_out, measure_packaged, measure_unseen, read_tasks
from evals.wanted import learn as learn_from

app = typer.Typer(no_args_is_help=True)


@app.command()
def learn() -> None:
    """Learn from the default council's phrases; ten minutes on one core."""
    with installation(read_settings()) as opened:
        messages = read_tasks()
        typer.echo(f"{len(messages)} messages")
        write_learnt(learn_from(messages, opened.embedder.embed_questions))


@app.command(name="measure")
def show(wrong: Annotated[bool, typer.Option(help="list what was found wrongly")] = False) -> None:
    """Measure how the packaged automations are found by phrases that were not learnt, and those of
    councils made up from the phrases, some of whose tasks were not learnt from."""
    with installation(read_settings()) as opened:
        messages, learnt = read_tasks(), read_learnt()
        embed = opened.embedder.embed_questions
        measured = [
            ("packaged automations, held out", measure_held_out(learnt, embed)),
            ("packaged automations", measure_packaged(messages, embed)),
        ]
        for how, by_meaning in (("meaning and words", True), ("words alone", False)):
            unseen = measure_unseen(few(messages), learnt, embed, by_meaning=by_meaning)
            measured.append((f"other automations, {how}", unseen))
        for how, (figures, mistaken) in measured:
            typer.echo(f"{how}: {_told(asdict(figures))}")
            for message, found in mistaken if wrong else ():
                typer.echo(f"  {message.task}, {message.request}: {message.text} -> {found}")


def _told(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {share:.3f}" for name, share in shares.items())


if __name__ == "__main__":
    app()

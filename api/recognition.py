"""Let the recogniser learn anew from safety.toml and routes.toml, and measure it: `python -m
api.recognition learn` and `… measure [PHRASES …]`."""

from __future__ import annotations

from dataclasses import asdict, replace
from math import isnan
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from api.compose import installation
from api.settings import read_settings
from chatbot.phrases import RECOGNISED, book_digest, usual_book
from chatbot.recogniser import TAUGHT_FILE, Learnt, Recogniser, by_words, read_learnt, write_learnt
from evals.recognition import (
    BY_WORDS,
    HELD_OUT,
    ORDINARY,
    WELSH,
    Quota,
    dangers_only,
    examples,
    half,
    learn_words,
    measure,
    read_phrases,
    set_offsets,
    vary,
)
from knowledge_base.embed import DEFAULT_MODEL, find_model
from knowledge_base.taught import write_additions
from knowledge_base.teach import Lesson, teach

RANK = 64
SHARE = 0.3

app = typer.Typer(no_args_is_help=True)


@app.command()
def learn(epochs: int = 4) -> None:
    """Learn from the default council's phrases; an hour on two cores."""
    book = usual_book()
    texts, labels = examples(book)
    typer.echo(f"{len(texts)} examples of {labels.shape[1]} classes")
    lesson = Lesson(epochs=epochs)
    learnt = teach(find_model(DEFAULT_MODEL), texts, labels, vary=vary, lesson=lesson)
    write_additions(learnt.before, learnt.after, RANK, TAUGHT_FILE)
    words, bias = learn_words(texts, labels)
    biases = np.stack([learnt.offsets, bias], axis=1)
    none, digest = np.zeros_like(biases), book_digest(book)
    write_learnt(Learnt(RECOGNISED, learnt.layer, words, SHARE, biases, none, digest))
    settle()


@app.command()
def settle() -> None:
    """Set how sure is sure, on one half of the held-out phrases."""
    with installation(read_settings()) as opened:
        learnt = read_learnt()
        none = replace(learnt, offsets=np.zeros_like(learnt.offsets))
        some = [one for one in (*read_phrases(HELD_OUT), *read_phrases(ORDINARY)) if half(one)]
        offsets = []
        for embed in (opened.taught_embed, None):
            recogniser = Recogniser(none, embed, usual={}, own={})
            logits = np.stack([recogniser.logits(one.text)[0] for one in some])
            offsets.append(set_offsets(logits, some, Quota() if embed else BY_WORDS))
        offsets[1] = dangers_only(offsets[1])
        write_learnt(replace(learnt, offsets=np.stack(offsets, axis=1)))


@app.command(name="measure")
def show(
    phrases: Annotated[
        list[Path] | None, typer.Argument(help="labelled phrases, JSON lines")
    ] = None,
    wrong: Annotated[bool, typer.Option(help="list what was taken wrongly")] = False,
) -> None:
    """Measure the recogniser on the half of the held-out phrases that set nothing, or on others."""
    with installation(read_settings()) as opened:
        sets = {path.name: read_phrases(path) for path in phrases or ()}
        if not sets:
            held_out = tuple(one for one in read_phrases(HELD_OUT) if not half(one))
            sets = {"held out": held_out, "Welsh": read_phrases(WELSH)}
            sets["ordinary"] = tuple(one for one in read_phrases(ORDINARY) if not half(one))
        both = {"meaning and words": opened.recogniser({}), "words alone": by_words({})}
        for name, some in sets.items():
            for how, recognise in both.items():
                figures, mistaken = measure(recognise, some)
                shares = asdict(figures).items()
                told = {key: f"{share:.3f}" for key, share in shares if not isnan(share)}
                typer.echo(f"{name}, {how}: {told}")
                if wrong:
                    for phrase, found, sign in mistaken:
                        typer.echo(
                            f"  {phrase.label} taken for {found} ({sign:.2f}): {phrase.text}"
                        )


if __name__ == "__main__":
    app()

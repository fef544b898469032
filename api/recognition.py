"""Let the recogniser learn anew from safety.toml and routes.toml, and measure it: `python -m
api.recognition learn` and `… measure [PHRASES …]`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from api.compose import installation
from api.settings import read_settings
from chatbot.phrases import RECOGNISED, book_digest, usual_book
from chatbot.recogniser import TAUGHT_FILE, Learnt, by_words, read_learnt, write_learnt
from evals.recognition import (
    HELD_OUT,
    ORDINARY,
    WELSH,
    Quota,
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

RANK = 32
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
    words = learn_words(texts, labels)
    none = np.zeros((len(RECOGNISED), 2), dtype=np.float32)
    write_learnt(Learnt(RECOGNISED, learnt.layer, words, SHARE, none, book_digest(book)))
    settle()


@app.command()
def settle() -> None:
    """Set how sure is sure, on one half of the held-out phrases."""
    with installation(read_settings()) as opened:
        taught = opened.taught_embedder
        assert taught is not None
        learnt = read_learnt()
        some = [one for one in (*read_phrases(HELD_OUT), *read_phrases(ORDINARY)) if half(one)]
        texts = [one.text for one in some]
        meanings = taught.embed_questions(texts)
        plain = replace(learnt, offsets=np.zeros_like(learnt.offsets))
        both = set_offsets(plain.logits(meanings, texts), some, Quota())
        alone = set_offsets(plain.logits_by_words(texts), some, Quota())
        write_learnt(replace(learnt, offsets=np.stack([both, alone], axis=1)))


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
                typer.echo(f"{name}, {how}: {figures}")
                if wrong:
                    for phrase, found, sign in mistaken:
                        typer.echo(
                            f"  {phrase.label} taken for {found} ({sign:.2f}): {phrase.text}"
                        )


if __name__ == "__main__":
    app()

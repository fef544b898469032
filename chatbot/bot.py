"""READ FIRST: what happens to a question, step by step.

Each step returns a fuller Draft, or an Answer, and an Answer ends the run. What a step needs is
bound here, so that `build_bot` is at once the order, the wiring and the documentation.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig

from chatbot.council import Council
from chatbot.phrases import join_books, usual_book
from chatbot.pipeline import Block, Event, OnStep, StepStarted, run_steps
from chatbot.privacy import mask_question, tell_of_masking
from chatbot.recogniser import by_words
from chatbot.steps.check_answer import check_answer
from chatbot.steps.check_question import check_question
from chatbot.steps.find_passages import Search, find_passages
from chatbot.steps.keep_safe import Recognise, keep_safe
from chatbot.steps.rephrase import rephrase
from chatbot.steps.route import route
from chatbot.steps.write_answer import Writer, write_answer
from chatbot.threads import in_thread
from chatbot.types import Answer, Draft, Question, Run, Status, Step
from chatbot.writers.extractive import Extractive


def build_bot(
    council: Council,
    search: Search,
    *,
    recognise: Recognise | None = None,
    write: Writer | None = None,
) -> Bot:
    """Build a council's bot over what it has published.

    recognise: tells dangers and what is not the pages' to answer; the default by words alone.
    write: writes claims from passages; the default quotes the council's own sentences.
    """
    recognise = recognise or by_words(council.phrases)
    book = join_books(usual_book(), council.phrases)
    steps: tuple[Step, ...] = (
        # First of all, so that nothing that is down can keep it from its answer: safety.*
        partial(keep_safe, council=council, recognise=recognise),
        partial(check_question, council=council),  # refused.too_long, clarify.unclear
        # refused.*, handover.requested, answered.small_talk
        partial(route, council=council, book=book),
        partial(rephrase, council=council),  # clarify.unclear
        partial(find_passages, council=council, search=search),  # unanswerable.no_passages
        partial(write_answer, council=council, write=write or Extractive()),
        # unanswerable.not_in_passages, answered.from_pages, answered.partly
        partial(check_answer, council=council),
    )
    return Bot(council, steps)


class Bot(Runnable[Question, Run]):
    """A council's chatbot as a LangChain Runnable: callbacks and tracers see every run."""

    def __init__(self, council: Council, steps: Sequence[Step]) -> None:
        self.council = council
        self.steps = tuple(steps)
        self.name = f"town_clerk_{council.slug}"

    async def ainvoke(
        self, input: Question, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Run:
        """Answer a question."""
        return await self._traced(input, config)

    def invoke(self, input: Question, config: RunnableConfig | None = None, **kwargs: Any) -> Run:
        """Answer a question in a script; where an event loop runs already, use `ainvoke`."""
        return asyncio.run(self.ainvoke(input, config))

    async def astream(  # type: ignore[override]  # a stream tells of steps and blocks, then the Run
        self, input: Question, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Event]:
        """Tell of each step as it begins, then of each checked block, and give the Run last.

        Closing the stream stops the run.
        """
        names: asyncio.Queue[str | None] = asyncio.Queue()
        running = asyncio.create_task(self._traced(input, config, names.put_nowait))
        running.add_done_callback(lambda _: names.put_nowait(None))
        try:
            while (name := await names.get()) is not None:
                yield StepStarted(name)
            run = await running
        finally:
            running.cancel()
            await asyncio.wait([running])
        for index, text in enumerate(run.answer.blocks):
            yield Block(text, index)
        yield run

    async def _traced(
        self, question: Question, config: RunnableConfig | None, on_step: OnStep | None = None
    ) -> Run:
        """Mask first, so that no tracer sees personal data either."""
        question = await in_thread(mask_question, question, self.council)
        return await self._acall_with_config(partial(self._play, on_step=on_step), question, config)

    async def _play(self, question: Question, *, on_step: OnStep | None) -> Run:
        draft = Draft(question, question.text)
        run = await run_steps(self.steps, draft, say_unexpected=self._unexpected, on_step=on_step)
        return replace(run, answer=tell_of_masking(run.answer, question, self.council))

    def _unexpected(self, draft: Draft, reference: str) -> Answer:
        return self.council.say(
            Status.ERROR_UNEXPECTED, draft.question.language, reference=reference
        )

"""READ FIRST: what happens to a question, step by step.

Each step returns a fuller Draft, or an Answer, and an Answer ends the run. What a step needs is
bound here, so that `build_bot` is at once the order, the wiring and the documentation.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig

from chatbot.council import Council
from chatbot.phrases import join_books, usual_book
from chatbot.pipeline import Block, Event, StepStarted, run_steps
from chatbot.privacy import mask_answer, mask_question, tell_of_masking
from chatbot.recogniser import by_words
from chatbot.steps.ask_back import ask_back
from chatbot.steps.check_answer import blocks_so_far, check_answer
from chatbot.steps.check_question import check_question
from chatbot.steps.find_passages import Search, find_passages
from chatbot.steps.keep_safe import Recognise, keep_safe, weigh_doubt
from chatbot.steps.rephrase import rephrase
from chatbot.steps.route import route
from chatbot.steps.run_automation import Desk, resume_form, run_automation
from chatbot.steps.write_answer import WriteDraft, Writer, write_answer
from chatbot.threads import in_thread
from chatbot.types import Answer, Draft, Question, Run, Status, Step
from chatbot.writers.extractive import Extractive


def build_bot(
    council: Council,
    search: Search,
    *,
    recognise: Recognise | None = None,
    write: Writer | None = None,
    ask_model: WriteDraft | None = None,
    desk: Desk | None = None,
) -> Bot:
    """Build a council's bot over what it has published.

    recognise: tells dangers and what is not the pages' to answer; the default by words alone.
    write: writes claims from passages; the default quotes the council's own sentences.
    ask_model: lets a language model write them first; `write` stands in for it.
    desk: what tasks are done with; without one, no form is opened.
    """
    recognise = recognise or by_words(council.phrases)
    book = join_books(usual_book(), council.phrases)
    steps: tuple[Step, ...] = (
        # First of all, so that nothing that is down can keep it from its answer: safety.*
        partial(
            keep_safe,
            council=council,
            recognise=recognise,
            asks_for_task=desk.asks_for_task if desk else None,
        ),
        # clarify.details_needed, clarify.confirm, answered.by_automation, answered.cancelled
        partial(run_automation, council=council, desk=desk),
        partial(check_question, council=council),  # refused.too_long, clarify.unclear
        # refused.*, handover.requested, answered.small_talk
        partial(route, council=council, book=book),
        partial(rephrase, council=council, search=search),  # clarify.unclear
        partial(find_passages, council=council, search=search),  # unanswerable.no_passages
        partial(ask_back, council=council),  # clarify.unclear
        partial(write_answer, council=council, write=write or Extractive(), ask_model=ask_model),
        # unanswerable.not_in_passages, answered.from_pages, answered.partly
        partial(check_answer, council=council),
    )
    return Bot(council, steps, desk)


class Bot(Runnable[Question, Run]):
    """A council's chatbot as a LangChain Runnable: callbacks and tracers see every run."""

    def __init__(self, council: Council, steps: Sequence[Step], desk: Desk | None = None) -> None:
        self.council = council
        self.desk = desk
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
        """Tell of each step as it begins and of each block once it is checked; the Run comes last.

        Blocks come while a language model still writes, otherwise at the end. Closing the stream
        stops the run.
        """
        events: asyncio.Queue[StepStarted | Block | None] = asyncio.Queue()
        told: list[str] = []
        running = asyncio.create_task(self._traced(input, config, events.put_nowait))
        running.add_done_callback(lambda _: events.put_nowait(None))
        try:
            while (event := await events.get()) is not None:
                told += [event.text] if isinstance(event, Block) else []
                yield event
            run = await running
        finally:
            running.cancel()
            await asyncio.wait([running])
        # A run that ended otherwise after all is told from its beginning.
        kept = len(told) if run.answer.blocks[: len(told)] == tuple(told) else 0
        for index, text in list(enumerate(run.answer.blocks))[kept:]:
            yield Block(text, index)
        yield run

    async def _traced(
        self,
        question: Question,
        config: RunnableConfig | None,
        on_event: Callable[[StepStarted | Block], None] | None = None,
    ) -> Run:
        """Mask first, so that no tracer sees personal data either; nor what a form reads back."""
        question = await in_thread(mask_question, question, self.council)
        ended: list[Run] = []

        async def play(asked: Question) -> Run:
            run = await self._play(asked, on_event=on_event)
            ended.append(run)
            return replace(run, answer=mask_answer(run.answer, self.council))

        await self._acall_with_config(play, question, config)
        return ended[0]

    async def _play(
        self, question: Question, *, on_event: Callable[[StepStarted | Block], None] | None
    ) -> Run:
        told = 0

        def tell(draft: Draft) -> None:
            nonlocal told
            if draft.perhaps:
                # What comes of a likely danger is known at the end.
                return
            blocks = (*draft.above, *blocks_so_far(draft, council=self.council))
            if on_event:
                for index in range(told, len(blocks)):
                    on_event(Block(blocks[index], index))
            told = max(told, len(blocks))

        draft = Draft(question, question.text, tell=tell)
        run = await run_steps(
            self.steps,
            draft,
            say_unexpected=self._unexpected,
            on_step=(lambda name: on_event(StepStarted(name))) if on_event else None,
        )
        answer = weigh_doubt(run.answer, run.draft, self.council)
        answer = await in_thread(resume_form, answer, run.draft, self.council, self.desk)
        return replace(run, answer=tell_of_masking(answer, question, self.council))

    def _unexpected(self, draft: Draft, reference: str) -> Answer:
        return self.council.say(
            Status.ERROR_UNEXPECTED, draft.question.language, reference=reference
        )

"""Keep a serving process in step with the database, and the index whole, between questions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import structlog

from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.vectors import IndexDown

log = structlog.get_logger(__name__)

# An ingest is to answer within 5 seconds in every worker, asked or not.
SECONDS_BETWEEN_LOOKS = 2.0
# An index that cannot be repaired now is not tried again at every look.
LOOKS_BETWEEN_REPAIRS = 5


class Caretaker:
    """Looks after the knowledge base in a thread of its own, from start to stop."""

    def __init__(
        self,
        knowledge_base: KnowledgeBase,
        councils: Sequence[str],
        warm: Sequence[Callable[[], object]] = (),
    ) -> None:
        """warm: what else is to be called once at the start, so that no citizen waits for it."""
        self._knowledge_base = knowledge_base
        self._warm = warm
        self._councils = councils
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="caretaker", daemon=True)
        self._rest: dict[str, int] = {}

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        self.warm_up()
        while not self._stopped.wait(SECONDS_BETWEEN_LOOKS):
            for council in self._councils:
                self.look(council)

    def warm_up(self) -> None:
        """Load the model, so that the first citizen does not wait for it."""
        try:
            self._knowledge_base.embedder.embed_questions(["where do I begin"])
            for call in self._warm:
                call()
        except Exception as error:
            # What follows the database needs no model.
            log.error("caretaker_failed", error=type(error).__name__)

    def look(self, council: str) -> None:
        """Follow other processes' writes; repair an index that lacks what is visible."""
        try:
            whole = self._knowledge_base.in_step(council)
            if whole or not self._knowledge_base.ready(council):
                self._rest[council] = 0
            elif self._rest.get(council, 0) > 0:
                self._rest[council] -= 1
            else:
                self._rest[council] = LOOKS_BETWEEN_REPAIRS
                if self._knowledge_base.repair(council):
                    log.info("index_repaired", council=council)
        except IndexDown as error:
            log.error("index_not_repaired", council=council, error=str(error)[:300])
        except Exception as error:
            # A thread that ends in silence would leave this worker behind for good.
            log.error("caretaker_failed", council=council, error=type(error).__name__)

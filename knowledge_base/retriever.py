"""The same search as a LangChain retriever, for chains of your own."""

from __future__ import annotations

import asyncio
from typing import Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.types import Match


class CouncilRetriever(BaseRetriever):
    """Find one council's passages as LangChain documents, best first, with where they stand."""

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)

    knowledge_base: KnowledgeBase
    council: str
    limit: int = 10

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        found = self.knowledge_base.find(self.council, query, limit=self.limit)
        return [_document(match) for match in found.matches]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        return await asyncio.to_thread(
            self._get_relevant_documents, query, run_manager=run_manager.get_sync()
        )


def _document(match: Match) -> Document:
    metadata: dict[str, Any] = {
        "url": match.url,
        "title": match.title,
        "headings": list(match.headings),
        "score": match.score,
        "updated": match.updated.isoformat() if match.updated else None,
    }
    return Document(id=match.id, page_content=match.text, metadata=metadata)

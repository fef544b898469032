"""What the peers' stock loaders and splitters make of a corpus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO

from evals.benchmark import Corpus
from ingest.media_types import DOCX, PDF
from ingest.source import Fetched
from knowledge_base.types import Passage
from knowledge_base.windows import in_place

CHARACTERS = 1000
OVERLAP = 200


@dataclass(frozen=True, slots=True)
class Text:
    """A document, or a piece of one. url: its own, page_url: its page's."""

    url: str
    page_url: str
    text: str


def texts_of(corpus: Corpus) -> list[Text]:
    """Give each document as a stock loader does: all text of a file, menus and footers too."""
    if corpus.pages:
        return [
            Text(passage.url, page.url, _as_published(page.title, passage))
            for page in corpus.pages
            for passage in page.passages
        ]
    files = (item for source in corpus.sources for item in source.fetch({}))
    return [Text(one.url, one.url, _load(one)) for one in files if isinstance(one, Fetched)]


def pieces_of(corpus: Corpus) -> list[Text]:
    """Split files as LangChain's quick-start does; a passage stays whole."""
    return texts_of(corpus) if corpus.pages else split(texts_of(corpus))


def split(texts: Sequence[Text]) -> list[Text]:
    """Split texts as LangChain's quick-start does."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=CHARACTERS, chunk_overlap=OVERLAP)
    return [
        Text(whole.url, whole.page_url, piece)
        for whole in texts
        for piece in splitter.split_text(whole.text)
    ]


def _as_published(title: str, passage: Passage) -> str:
    return in_place(title, passage.headings, passage.text)


def _load(fetched: Fetched) -> str:
    loaders: dict[str, Callable[[bytes], str]] = {
        "text/html": _load_html,
        PDF: _load_pdf,
        DOCX: _load_docx,
    }
    load = loaders.get(fetched.media_type, _load_text)
    return load(fetched.body)


def _load_text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _load_html(body: bytes) -> str:
    from bs4 import BeautifulSoup

    text: str = BeautifulSoup(_load_text(body), "html.parser").get_text("\n", strip=True)
    return text


def _load_pdf(body: bytes) -> str:
    from pypdf import PdfReader

    return _lines([page.extract_text() for page in PdfReader(BytesIO(body)).pages])


def _load_docx(body: bytes) -> str:
    import docx

    return _lines([paragraph.text for paragraph in docx.Document(BytesIO(body)).paragraphs])


def _lines(parts: Sequence[str]) -> str:
    return "\n".join(parts)

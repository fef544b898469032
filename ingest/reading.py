"""The one way from fetched bytes to a Document, in a worker that may die without harm."""

from __future__ import annotations

import logging
import multiprocessing
import threading
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Self

from ingest.decode import is_text
from ingest.document import Document, Unreadable
from ingest.language import language_of
from ingest.media_types import DOCX, HTML, PDF
from ingest.source import Fetched

# Part of every page's digest: whoever changes what a reader or the splitter gives out counts
# this up, and the next ingest reads all pages anew.
READER_VERSION = "5"

_PDF, _ZIP, _OLD_OFFICE = b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKDOWN = {"text/markdown", "text/x-markdown"}
_VAGUE = {"", "application/octet-stream", "binary/octet-stream", "application/download"}
_KINDS = {
    **dict.fromkeys(HTML, "a web page"),
    **dict.fromkeys(_MARKDOWN, "Markdown"),
    "text/plain": "plain text",
    PDF: "a PDF",
    DOCX: "a Word file",
    "application/msword": "an old Word file",
}
_SIGNS = (
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"7z\xbc\xaf", "a compressed archive"),
    (b"Rar!", "a compressed archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)

Reader = Callable[[bytes, str, str], Document]


def read(fetched: Fetched) -> Document:
    """Read one file as what it is; the manifest's title, where there is one, is the title.

    Raises Unreadable for a kind we do not read, and for bytes that are not what was stated.
    """
    if not fetched.body.strip():
        raise Unreadable("empty: there are no bytes to read")
    document = _reader(_kind(fetched))(fetched.body, fetched.url, fetched.charset)
    title = fetched.title or document.title
    return replace(document, title=title, language=language_of(document))


def _kind(fetched: Fetched) -> str:
    stated = _KINDS.get(fetched.media_type, "")
    found = sniffed(fetched.body)
    if fetched.media_type in _VAGUE and found in _KINDS.values():
        return found
    if not stated:
        raise Unreadable(f"not a kind we read: {found or fetched.media_type or 'unknown'}")
    agrees = found == stated or (not found and stated not in {"a PDF", "a Word file"})
    if agrees or (stated in {"Markdown", "an old Word file"} and found in {"", "a web page"}):
        return stated
    if found == "an old Word file" and stated == "a Word file":
        return stated
    raise Unreadable(f"not what it says: served as {stated}, but it is {found or 'something else'}")


def sniffed(body: bytes) -> str:
    """Say what the bytes are, "" where they are no known format (plain words, for one)."""
    head = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\x00")
    if _PDF in body[:1024]:
        return "a PDF"
    if body.startswith(_ZIP):
        return "a Word file" if b"word/" in body else "an archive or another Office file"
    if body.startswith(_OLD_OFFICE):
        return "an old Word file"
    for sign, name in _SIGNS:
        if body.startswith(sign):
            return name
    lower = head[:200].lower()
    if lower.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    return "" if is_text(body) else "bytes that are no text"


def _reader(kind: str) -> Reader:
    from ingest import read_docx, read_html, read_markdown, read_pdf, read_text

    readers: dict[str, Reader] = {
        "a web page": read_html.read_html,
        "Markdown": read_markdown.read_markdown,
        "plain text": read_text.read_text,
        "a PDF": read_pdf.read_pdf,
        "a Word file": read_docx.read_docx,
        "an old Word file": read_docx.read_docx,
    }
    return readers[kind]


class Sandbox:
    """Reads files in one worker process, so that no file can harm or hold up an ingest.

    seconds: for one file. megabytes: of address space for the worker.
    The worker starts with the first file, and anew after it died or was ended.
    """

    def __init__(self, seconds: float = 60, megabytes: int = 1024) -> None:
        self._seconds, self._megabytes = seconds, megabytes
        self._worker: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def read(self, fetched: Fetched) -> Document:
        """Read one file; raises Unreadable also where the worker died, or ran out of bounds."""
        with self._lock:
            pipe = self._running()
            try:
                pipe.send(fetched)
                if not pipe.poll(self._seconds):
                    self._end()
                    raise Unreadable(f"took more than {self._seconds:g} seconds to read")
                result = pipe.recv()
            except (EOFError, OSError) as error:
                self._end()
                raise Unreadable("broke its reader: the process that read it died") from error
        if isinstance(result, Document):
            return result
        raise Unreadable(result)

    def _running(self) -> Connection:
        if self._worker is None or self._pipe is None or not self._worker.is_alive():
            self._end()
            context = multiprocessing.get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._worker = context.Process(
                target=_work, args=(theirs, self._megabytes), name="reader", daemon=True
            )
            self._worker.start()
            theirs.close()
        return self._pipe

    def _end(self) -> None:
        worker, pipe, self._worker, self._pipe = self._worker, self._pipe, None, None
        if pipe is not None:
            pipe.close()
        if worker is not None:
            worker.kill()
            worker.join()
            worker.close()


def _work(pipe: Connection, megabytes: int) -> None:
    """Read what comes through the pipe until it closes; every outcome is sent back."""
    _limit_memory(megabytes)
    # What is wrong with a file comes back as its outcome; the libraries would say it again.
    logging.disable()
    while True:
        try:
            fetched = pipe.recv()
        except (EOFError, OSError):
            return
        pipe.send(_outcome(fetched))


def _outcome(fetched: Fetched) -> Document | str:
    try:
        return read(fetched)
    except Unreadable as error:
        return str(error)
    except MemoryError:
        return "needs more memory than we give it"
    except RecursionError:
        return "is nested too deeply"
    # A reader's own mistake must be reported with its file and not end the ingest of the rest.
    except Exception as error:
        return f"broke its reader: {type(error).__name__}: {error}"


def _limit_memory(megabytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit; the time limit still holds.
        return
    limit = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

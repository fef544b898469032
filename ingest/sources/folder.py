"""Bring the files of a folder: a share, an export, or pages written for the chatbot."""

from __future__ import annotations

import json
import os
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from ingest.decode import decoded
from ingest.front_matter import read_front_matter
from ingest.media_types import DOCX, PDF
from ingest.plain_text import clean
from ingest.source import Fetched, Known, Skipped, SourceFailed, Unchanged

_MEDIA_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".md": "text/markdown",
    ".txt": "text/plain",
    ".pdf": PDF,
    ".docx": DOCX,
}
# What file managers leave behind; nobody wants to read of it in a report.
_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_MEGABYTE = 1_000_000
_FRONT_MATTER_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as a source, with its subfolders, in the order of the files' paths.

    base_url: address of the folder itself; a file's address is base_url and its path, unless
        the manifest or a Markdown file's own front matter gives it another.
    manifest: name of a file in the folder with a line {"file", "url", "title"} for each such
        file, or "".
    """

    name: str
    path: Path
    base_url: str = ""
    manifest: str = ""
    max_megabytes: float = 25.0

    def fetch(self, known: Mapping[str, Known]) -> Iterator[Fetched | Unchanged | Skipped]:
        """Read every page file; raises SourceFailed where the folder is missing or holds none."""
        yield from _Reading(self, known).run()

    def expected(self, known: Mapping[str, Known]) -> int | None:
        """Count the page files that are there now."""
        listing = _list(self.path) if self.path.is_dir() else _Listing((), ())
        return len([file for file in listing.files if _is_page(file)]) or None


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the manifest. number: of the line, from 1."""

    number: int
    file: str
    url: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class _Listing:
    """files: paths below the folder, in order. skipped: what was not entered."""

    files: tuple[str, ...]
    skipped: tuple[Skipped, ...]


class _Reading:
    """One reading of a folder. Files without an address of their own are named by their path."""

    def __init__(self, folder: Folder, known: Mapping[str, Known]) -> None:
        self._folder = folder
        self._known = known
        self._root = folder.path.resolve()
        self._entries: dict[str, _Entry] = {}
        self._taken: dict[str, str] = {}
        self._unsure = ""

    def run(self) -> Iterator[Fetched | Skipped]:
        listing = self._listing()
        yield from self._read_manifest(frozenset(map(_same_name, listing.files)))
        for skip in listing.skipped:
            yield self._note(skip)
        for file in listing.files:
            if not self._is_litter(file):
                yield self._note(self._read(file))
        yield from self._keep_unsure()

    def _listing(self) -> _Listing:
        folder = self._folder.path
        if not folder.is_dir():
            raise SourceFailed(f"{folder} is not there, or is not a folder")
        listing = _list(self._root)
        if not any(map(_is_page, listing.files)):
            raise SourceFailed(
                f"{folder} holds no page ({' '.join(_MEDIA_TYPES)}); if it is a share, is it"
                " mounted? The pages known from it stay"
            )
        return listing

    def _is_litter(self, file: str) -> bool:
        name = file.rpartition("/")[2]
        return name.lower() in _LITTER or file == self._folder.manifest

    # The manifest

    def _read_manifest(self, files: frozenset[str]) -> Iterator[Skipped]:
        if not self._folder.manifest:
            return
        for number, line in enumerate(self._manifest_lines(), 1):
            try:
                entry = _read_entry(number, line) if line.strip() else None
                if entry:
                    self._enter(entry, files)
            except ValueError as error:
                yield Skipped(f"{self._folder.manifest}, line {number}", str(error))

    def _manifest_lines(self) -> list[str]:
        path = self._root / self._folder.manifest
        try:
            return path.read_text("utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            # Without it pages would come under other addresses, and the known ones would go.
            raise SourceFailed(f"the manifest {path} cannot be read: {error}") from error

    def _enter(self, entry: _Entry, files: frozenset[str]) -> None:
        if entry.file not in files:
            raise ValueError(f"names {entry.file}, which is not in the folder")
        if entry.file in self._entries:
            first = self._entries[entry.file].number
            raise ValueError(f"names {entry.file} again; line {first} counts")
        self._entries[entry.file] = entry

    # The files

    def _read(self, file: str) -> Fetched | Skipped:
        refusal = self._why_not(file)
        if refusal:
            return Skipped(_shown(file), refusal)
        try:
            body = self._bytes(file)
        except OSError as error:
            return self._unreadable(file, error)
        if body is None:
            limit = f"{self._folder.max_megabytes:g} MB (max_megabytes)"
            return Skipped(self._address(file, {}) or file, f"{file} is larger than {limit}")
        return self._fetched(file, body)

    def _why_not(self, file: str) -> str:
        name = file.rpartition("/")[2]
        if name.startswith((".", "~$")):
            return "is a hidden file"
        if _shown(file) != file:
            return "has a name that is not UTF-8"
        if not _is_page(file):
            return f"is a {Path(name).suffix or 'nameless'} file, which is not read"
        path = self._root / file
        if path.is_symlink() and not _target(path).is_relative_to(self._root):
            return "is a link that leaves the folder"
        return ""

    def _bytes(self, file: str) -> bytes | None:
        limit = int(self._folder.max_megabytes * _MEGABYTE)
        path = self._root / file
        # A pipe or a device would be waited for without end.
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError("is not a plain file")
        with path.open("rb") as stream:
            body = stream.read(limit + 1)
        return None if len(body) > limit else body

    def _fetched(self, file: str, body: bytes) -> Fetched | Skipped:
        fields = _front_matter(file, body)
        url = self._address(file, fields)
        if not url:
            return Skipped(file, "has no address: neither base_url nor a `url` of its own")
        if not _is_harmless(url):
            return Skipped(file, f"has the address {url!r}, which is not http or https")
        if url in self._taken:
            return Skipped(file, f"has the same address as {self._taken[url]}: {url}")
        self._taken[url] = file
        entry = self._entries.get(_same_name(file))
        return Fetched(
            url=url,
            body=body,
            media_type=_MEDIA_TYPES[Path(file).suffix.lower()],
            fetched=datetime.now(UTC),
            title=clean((entry.title if entry else "") or fields.get("title", "")),
        )

    def _address(self, file: str, fields: Mapping[str, str]) -> str:
        entry = self._entries.get(_same_name(file))
        own = (entry.url if entry else "") or fields.get("url", "")
        return own or self._address_by_path(file)

    def _address_by_path(self, file: str) -> str:
        base = self._folder.base_url
        path = quote(_same_name(file))
        return f"{base.removesuffix('/')}/{path}" if base else ""

    # What could not be read

    def _unreadable(self, file: str, error: OSError) -> Skipped:
        reason = f"{file} cannot be read: {error.strerror or error}"
        entry = self._entries.get(_same_name(file))
        if file.lower().endswith(".md") and not (entry and entry.url):
            self._unsure = self._unsure or reason
        return Skipped(self._address(file, {}) or file, reason, keep=True)

    def _note(self, event: Fetched | Skipped) -> Fetched | Skipped:
        if isinstance(event, Skipped):
            if event.keep and event.url.endswith("/"):
                self._unsure = self._unsure or f"{event.url} {event.reason}"
            self._taken.setdefault(event.url, event.url)
        return event

    def _keep_unsure(self) -> Iterator[Skipped]:
        """Keep known pages that may be in what could not be read, whose address nobody knows."""
        for url in self._known if self._unsure else ():
            if url not in self._taken:
                yield Skipped(url, f"was not met, but {self._unsure}", keep=True)


def _list(root: Path) -> _Listing:
    skipped: list[Skipped] = []

    def refuse(error: OSError) -> None:
        folder = Path(str(error.filename)).relative_to(root).as_posix()
        reason = f"cannot be listed: {error.strerror or error}"
        skipped.append(Skipped(f"{_shown(folder)}/", reason, keep=True))

    files: list[str] = []
    for parent, folders, names in os.walk(root, onerror=refuse):
        here = Path(parent).relative_to(root)
        skipped += [skip for name in folders if (skip := _not_entered(root, here / name))]
        folders[:] = sorted(name for name in folders if not _not_entered(root, here / name))
        files += [(here / name).as_posix() for name in names]
    return _Listing(tuple(sorted(files)), tuple(sorted(skipped, key=lambda skip: skip.url)))


def _not_entered(root: Path, folder: Path) -> Skipped | None:
    address = f"{_shown(folder.as_posix())}/"
    if folder.name.startswith("."):
        return Skipped(address, "is a hidden folder")
    path = root / folder
    if not path.is_symlink():
        return None
    inside = _target(path).is_relative_to(root)
    where = "to another folder of this source" if inside else "that leaves the folder"
    return Skipped(address, f"is a link {where}")


def _target(link: Path) -> Path:
    # Path.resolve raises for links that lead in a circle; opening one says so in its own words.
    return Path(os.path.realpath(link))


def _is_page(file: str) -> bool:
    name = file.rpartition("/")[2]
    return Path(name).suffix.lower() in _MEDIA_TYPES and not name.startswith((".", "~$"))


def _shown(file: str) -> str:
    return os.fsencode(file).decode("utf-8", "replace")


def _same_name(file: str) -> str:
    # macOS writes an accent as its own character, other systems do not: one file, one address.
    return unicodedata.normalize("NFC", file)


def _read_entry(number: int, line: str) -> _Entry:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise ValueError('is not an object {"file", "url", "title"}')
    file, url, title = (_text(fields, key) for key in ("file", "url", "title"))
    if not file:
        raise ValueError("names no `file`")
    if url and not _is_harmless(url):
        raise ValueError(f"gives {file} the address {url!r}, which is not http or https")
    return _Entry(number, _same_name(file.replace("\\", "/").removeprefix("./")), url, title)


def _text(fields: Mapping[str, Any], key: str) -> str:
    value = fields.get(key) or ""
    if not isinstance(value, str):
        raise ValueError(f"has a `{key}` that is not a text")
    # JSON may hold half a character (\ud800), which nothing can store or print.
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError(f"has a `{key}` with half a character in it")
    return value.strip()


def _is_harmless(url: str) -> bool:
    """Tell what a council may call a page: a web address, or a note of where it will stand.

    Such a note comes back unchanged. Another scheme (javascript:, data:, file:) is refused.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    return url.isprintable() and (is_web or not parts.scheme)


def _front_matter(file: str, body: bytes) -> dict[str, str]:
    if not file.lower().endswith(".md"):
        return {}
    return read_front_matter(decoded(body[:_FRONT_MATTER_BYTES]))[0]

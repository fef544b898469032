"""Read the `[[sources]]` tables of a council.toml: the sources, or every mistake in them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails

from ingest.fetch import Fetcher, Limits, name_ourselves
from ingest.source import Source
from ingest.sources.crawl import CrawlOptions, hosts_of
from ingest.sources.folder import Folder
from ingest.sources.website import Website

Mistake = tuple[str, str]

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


def load_sources(
    tables: object,
    folder: Path,
    *,
    website: str = "",
    allow_private: frozenset[str] = frozenset(),
    limits: Limits | None = None,
) -> tuple[tuple[Source, ...], tuple[Mistake, ...]]:
    """Make a council's sources, and name every mistake by its key, in words for the council.

    tables: what stands under `sources` in council.toml, None where nothing does.
    folder: the council's folder, which relative paths start from.
    website: the council's address, by which the crawler says whom it works for.
    allow_private: "host:port" that may be inside the council's network.
    Nothing is opened or asked yet.
    """
    if not isinstance(tables, list | None):
        return (), (("sources", "must be tables: write [[sources]] above each one"),)
    rooms = _Rooms(folder, website, allow_private, limits or Limits())
    read = [_read(table, f"sources[{number}]", rooms) for number, table in enumerate(tables or [])]
    mistakes = [mistake for _, wrong in read for mistake in wrong]
    sources = [table.source(rooms) for table, _ in read if table is not None]
    return tuple(sources), (*mistakes, *_same_names(sources))


@dataclass(frozen=True, slots=True)
class _Rooms:
    """What a table needs besides itself to become a source."""

    folder: Path
    website: str
    allow_private: frozenset[str]
    limits: Limits


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or any(char.isspace() for char in text):
        raise ValueError("must be an http or https address")
    if "@" in parts.netloc:
        raise ValueError("must not carry a user name or password")
    return text


def _host(text: str) -> str:
    if not _HOST.fullmatch(text.lower()):
        raise ValueError("must be a host name such as documents.exampleton.gov.uk, no address")
    return text.lower()


def _pattern(text: str) -> str:
    if not text.startswith(("/", "*")):
        raise ValueError("must start with / or *: it is compared with the path of an address")
    return text


def _inside(text: str) -> str:
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError("must be a file in the folder of the pages")
    return path.as_posix()


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Address = Annotated[_Text, AfterValidator(_web_address)]
_Pattern = Annotated[_Text, AfterValidator(_pattern)]
_Host = Annotated[_Text, AfterValidator(_host)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: _Text | None = None

    def source(self, rooms: _Rooms) -> Source:
        raise NotImplementedError


class FolderTable(_Table):
    """`kind = "folder"`: files on this machine or a mounted share."""

    kind: Literal["folder"]
    path: _Text
    base_url: _Address | None = None
    manifest: Annotated[_Text, AfterValidator(_inside)] | None = None
    max_megabytes: float = Field(default=25.0, gt=0, le=500)

    @field_validator("base_url")
    @classmethod
    def _ends_in_a_path(cls, url: str | None) -> str | None:
        if url and ("?" in url or "#" in url):
            raise ValueError("must end in a path: file names are put behind it")
        return url

    def source(self, rooms: _Rooms) -> Source:
        return Folder(
            name=self.name or self.path,
            path=rooms.folder / Path(self.path).expanduser(),
            base_url=self.base_url or "",
            manifest=self.manifest or "",
            max_megabytes=self.max_megabytes,
        )


class WebsiteTable(_Table):
    """`kind = "website"`: a site, crawled."""

    kind: Literal["website"]
    start: _Address
    hosts: list[_Host] = []
    include: list[_Pattern] = []
    exclude: list[_Pattern] = []
    max_pages: int = Field(default=20_000, gt=0, le=1_000_000)
    max_minutes: float = Field(default=240.0, gt=0, le=7 * 24 * 60)
    max_megabytes: float = Field(default=10.0, gt=0, le=500)
    delay_seconds: float = Field(default=0.5, ge=0, le=60)
    sitemaps: list[_Address] = []
    pdfs: bool = True
    allow_mass_removal: bool = False

    @field_validator("start")
    @classmethod
    def _may_be_asked(cls, start: str, info: ValidationInfo) -> str:
        parts = urlsplit(start)
        allowed = info.context.allow_private if isinstance(info.context, _Rooms) else ()
        if parts.port not in (None, 80, 443) and parts.netloc.lower() not in allowed:
            words = "only 80 and 443 are, and what the server's settings allow"
            raise ValueError(f"names port {parts.port}, which is not asked: {words}")
        return start

    @field_validator("sitemaps")
    @classmethod
    def _on_our_hosts(cls, sitemaps: list[str], info: ValidationInfo) -> list[str]:
        start, hosts = info.data.get("start"), info.data.get("hosts")
        ours = hosts_of(start, tuple(hosts)) if start and hosts is not None else None
        wrong = [url for url in sitemaps if ours and urlsplit(url).hostname not in ours]
        if wrong:
            raise ValueError(f"names {wrong[0]}, which is on none of this source's `hosts`")
        return sitemaps

    def source(self, rooms: _Rooms) -> Source:
        fetcher = Fetcher(
            hosts_of(self.start, tuple(self.hosts)),
            allow_private=rooms.allow_private,
            limits=rooms.limits,
            user_agent=name_ourselves(rooms.website),
        )
        return Website(self._name(), self.start, fetcher, self._options())

    def _name(self) -> str:
        parts = urlsplit(self.start)
        return self.name or f"{parts.netloc}{parts.path.rstrip('/')}"

    def _options(self) -> CrawlOptions:
        return CrawlOptions(
            include=tuple(self.include),
            exclude=tuple(self.exclude),
            max_pages=self.max_pages,
            max_minutes=self.max_minutes,
            max_megabytes=self.max_megabytes,
            delay_seconds=self.delay_seconds,
            sitemaps=tuple(self.sitemaps),
            hosts=tuple(self.hosts),
            pdfs=self.pdfs,
            allow_mass_removal=self.allow_mass_removal,
        )


_KINDS: dict[str, type[_Table]] = {"folder": FolderTable, "website": WebsiteTable}


def _read(table: object, key: str, rooms: _Rooms) -> tuple[_Table | None, list[Mistake]]:
    if not isinstance(table, Mapping):
        return None, [(key, "must be a table")]
    kind = table.get("kind")
    kinds = " or ".join(f'"{name}"' for name in _KINDS)
    if "kind" not in table:
        return None, [(f"{key}.kind", f"is missing: say {kinds}")]
    if not isinstance(kind, str) or kind not in _KINDS:
        return None, [(f"{key}.kind", f"is {kind!r}; must be {kinds}")]
    try:
        return _KINDS[kind].model_validate(dict(table), context=rooms), []
    except ValidationError as error:
        return None, [_mistake(key, _KINDS[kind], one) for one in error.errors()]


def _mistake(key: str, model: type[_Table], error: ErrorDetails) -> Mistake:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
    return key + path, _words(model, error)


def _words(model: type[_Table], error: ErrorDetails) -> str:
    kind = error["type"]
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "extra_forbidden":
        return f"is not known here; allowed: {', '.join(sorted(model.model_fields))}"
    return _WORDS.get(kind) or error["msg"].replace("Input should be", "must be")


_WORDS = {
    "missing": "is missing",
    "string_type": "must be a text in quotes",
    "string_too_short": "must not be empty",
    "bool_type": "must be true or false",
    "list_type": "must be a list in square brackets",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
}


def _same_names(sources: list[Source]) -> Iterator[Mistake]:
    counts = Counter(source.name for source in sources)
    for name in (name for name, count in counts.items() if count > 1):
        yield "sources", f"{counts[name]} are called {name!r}; give each its own `name`"

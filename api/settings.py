"""The settings of an installation: the one place that reads the environment."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from knowledge_base.embed import DEFAULT_MODEL

PREFIX = "TOWNCLERK_"
SECRET_PREFIX = f"{PREFIX}SECRET_"

# Providers hand out addresses without a driver; ours is the one that is installed.
_DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+pg8000",
    "postgresql": "postgresql+pg8000",
    "postgresql+pg8000": "postgresql+pg8000",
}

Words = Annotated[tuple[str, ...], NoDecode]


class SettingsMistake(Exception):
    """A setting cannot be used; str() names the variable and what to mend."""


class Settings(BaseSettings):
    """Environment variables that begin with TOWNCLERK_, with defaults for one machine."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    councils: Path = Field(
        default=Path("councils"), description="Folder that holds the council folders."
    )
    data: Path = Field(
        default=Path("var"), description="Folder for the database, the index and models."
    )
    database_url: str = Field(
        default="",
        description="Address of the database, such as "
        "postgresql://user:password@host/townclerk; by default SQLite in the data folder.",
    )
    chroma_url: str = Field(
        default="", description="Address of a Chroma server, http://host:port; by default embedded."
    )
    llm: str = Field(
        default="",
        description="A LangChain chat model as provider:model; by default none: extractive.",
    )
    embedding_model: str = Field(
        default=DEFAULT_MODEL,
        description="A sentence-transformers model: the packaged one, a folder, or a hub name.",
    )
    rate_limit: str = Field(
        default="30 per minute",
        description="Questions per citizen's address, council and worker; `off` for load tests.",
    )
    allow_private: Words = Field(
        default=(),
        description="Private destinations that ingest may fetch from and cases may go to, "
        "host:port, comma-separated; for a council's intranet. By default none.",
    )
    cors_origins: Words = Field(
        default=(), description="Websites whose pages may call the API, comma-separated."
    )
    trusted_hosts: Words = Field(
        default=("*",), description="Host names that this server answers to, comma-separated."
    )
    max_body_bytes: int = Field(
        default=65_536, ge=1024, description="Largest request body, in bytes."
    )
    max_upload_bytes: int = Field(
        default=10_485_760, ge=1024, description="Largest picture that a citizen sends, in bytes."
    )
    seconds_per_answer: float = Field(
        default=30.0, gt=0, description="Time after which a question ends as error.too_slow."
    )
    llm_connect_seconds: float = Field(
        default=5.0, gt=0, description="Time in which the language model's provider must answer."
    )
    llm_first_token_seconds: float = Field(
        default=10.0, gt=0, description="Time to its first word, and between two words."
    )
    llm_total_seconds: float = Field(
        default=20.0, gt=0, description="Time to its last word; less than SECONDS_PER_ANSWER."
    )
    log_level: str = Field(default="info", description="debug, info, warning or error.")

    @field_validator("allow_private", "cors_origins", "trusted_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("llm")
    @classmethod
    def _names_a_model(cls, value: str) -> str:
        if value and not re.fullmatch(r"[a-z][a-z0-9_]*:\S+", value):
            raise ValueError("must be provider:model, such as ollama:llama3.1:8b")
        return value

    @field_validator("llm_total_seconds")
    @classmethod
    def _leaves_time_to_answer(cls, value: float, info: ValidationInfo) -> float:
        most = info.data.get("seconds_per_answer", value + 1)
        if info.data.get("llm") and value >= most:
            raise ValueError(f"must be less than {PREFIX}SECONDS_PER_ANSWER, {most}")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        if not value:
            return value
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):
            url = None
        if url is None or url.drivername not in _DRIVERS:
            raise ValueError("must be postgresql://user:password@host/name, or sqlite:///…")
        url = url.set(drivername=_DRIVERS[url.drivername])
        return url.render_as_string(hide_password=False)

    @field_validator("chroma_url")
    @classmethod
    def _known_server(cls, value: str) -> str:
        if value and not re.fullmatch(
            r"https?://(?:[^\s/@:\[\]]+|\[[0-9a-f:]+\])(?::\d{1,5})?/?", value
        ):
            raise ValueError("must be http://host:port")
        return value

    @field_validator("rate_limit")
    @classmethod
    def _known_rate(cls, value: str) -> str:
        from limits import parse

        if value.lower() != "off":
            try:
                parse(value)
            except ValueError as error:
                raise ValueError('must be like "30 per minute", or off') from error
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.lower() not in ("debug", "info", "warning", "error"):
            raise ValueError("must be debug, info, warning or error")
        return value.lower()

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{(self.data / 'townclerk.sqlite3').absolute()}"

    @property
    def rate(self) -> str | None:
        return None if self.rate_limit.lower() == "off" else self.rate_limit


def read_settings() -> Settings:
    """Read the environment. Raises SettingsMistake naming every variable to mend."""
    try:
        return Settings()
    except ValidationError as error:
        mistakes = [
            f"{PREFIX}{'.'.join(map(str, mistake['loc'])).upper()}: "
            f"{mistake['msg'].removeprefix('Value error, ')}"
            for mistake in error.errors()
        ]
        raise SettingsMistake("\n".join(mistakes)) from error


def read_secrets() -> dict[str, str]:
    """Read the suppliers' secrets, by the names that council.toml calls them, in lower case."""
    return {
        name.removeprefix(SECRET_PREFIX).lower(): value
        for name, value in os.environ.items()
        if name.startswith(SECRET_PREFIX) and value
    }


def hand_down(settings: Settings) -> None:
    """Give worker processes the same settings, which they read from the environment again."""
    for name in Settings.model_fields:
        value = getattr(settings, name)
        told = ",".join(value) if isinstance(value, tuple) else str(value)
        os.environ[f"{PREFIX}{name.upper()}"] = told

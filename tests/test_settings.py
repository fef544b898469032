"""A setting that cannot be used is named, in words, before anything starts."""

from __future__ import annotations

import pytest

from api.settings import PREFIX, SettingsMistake, read_settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql+psycopg://town:hidden@db.example/clerk"),
        ("DATABASE_URL", "mysql://town:hidden@db.example/clerk"),
        ("DATABASE_URL", "hidden"),
        ("DATABASE_URL", "postgresql+pg8000://town:hidden@db.example:port/clerk"),
        ("CHROMA_URL", "chroma:8000"),
        ("CHROMA_URL", "http://[x"),
        ("CHROMA_URL", "http://chroma:8000/hidden"),
        ("RATE_LIMIT", "lots"),
        ("MAX_BODY_BYTES", "1"),
        ("LOG_LEVEL", "loud"),
        ("LLM", "hidden"),
        ("LLM_TOTAL_SECONDS", "0"),
    ],
)
def test_a_mistake_in_a_setting_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"{PREFIX}{name}", value)
    with pytest.raises(SettingsMistake) as caught:
        read_settings()
    words = str(caught.value)
    assert words.startswith(f"{PREFIX}{name}: ")
    assert "hidden" not in words


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql+pg8000://town:a%40b@db.example:5432/clerk"),
        ("DATABASE_URL", "sqlite:////srv/clerk.sqlite3"),
        ("CHROMA_URL", "http://127.0.0.1:8001"),
        ("CHROMA_URL", "https://[::1]:8001/"),
        ("RATE_LIMIT", "5 per second"),
        ("RATE_LIMIT", "OFF"),
        ("LOG_LEVEL", "Warning"),
        ("LLM", "ollama:llama3.1:8b"),
    ],
)
def test_a_setting_that_can_be_used_is_read(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"{PREFIX}{name}", value)
    assert str(getattr(read_settings(), name.lower())).lower() == value.lower()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+pg8000"])
def test_an_address_from_a_provider_gets_the_driver_that_is_here(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", f"{scheme}://town:a%40b@db.example:5432/clerk")
    assert read_settings().database == "postgresql+pg8000://town:a%40b@db.example:5432/clerk"

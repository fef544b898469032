"""House rules: who imports whom, one door per heavy library, nothing happens at import."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.settings import Settings
from tests.conftest import ROOT

MAY_IMPORT = {
    "knowledge_base": set(),
    "ingest": {"knowledge_base"},
    "chatbot": {"knowledge_base"},
    "evals": {"chatbot", "ingest", "knowledge_base"},
    "api": {"chatbot", "evals", "ingest", "knowledge_base"},
}
DOORS = {
    "chromadb": {"knowledge_base/vectors.py"},
    "sentence_transformers": {"knowledge_base/embed.py"},
    "transformers": {"knowledge_base/export.py", "knowledge_base/teach.py"},
    "torch": {"knowledge_base/export.py", "knowledge_base/teach.py"},
    "PIL": {"chatbot/photos.py"},
    "holidays": {"chatbot/hours.py"},
    "phonenumbers": {"chatbot/reach.py"},
    "email_validator": {"chatbot/reach.py"},
    "icalendar": {"chatbot/calendars.py"},
    "dateutil": {"chatbot/calendars.py"},
    "sklearn": {"evals/recognition.py", "evals/wanted.py"},
    "onnxruntime": {"knowledge_base/embed.py", "knowledge_base/export.py"},
    "tokenizers": {"knowledge_base/embed.py"},
    "huggingface_hub": {"knowledge_base/embed.py"},
    "httpx": {"ingest/fetch.py", "ingest/dial.py"},
    "httpcore": {"ingest/fetch.py", "ingest/dial.py"},
    "pydantic_settings": {"api/settings.py"},
    "langchain": {"chatbot/llm.py"},
    "ir_measures": {"evals/relevance.py"},
    "matplotlib": {"evals/plot.py"},
    # Peers are measured beside the product, and no part of it.
    "bm25s": {"evals/systems/bm25.py"},
    "bs4": {"evals/systems/stock.py"},
    "haystack": {"evals/systems/haystack.py"},
    "langchain_chroma": {"evals/systems/langchain.py"},
    "langchain_text_splitters": {"evals/systems/stock.py"},
    "llama_index": {"evals/systems/llama_index.py"},
}
ROOMS_WITHOUT_A_PURPOSE = {"utils", "helpers", "common", "services", "managers", "core", "base"}


def modules() -> list[Path]:
    return [path for package in MAY_IMPORT for path in sorted((ROOT / package).rglob("*.py"))]


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""


def rooms(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", modules(), ids=rooms)
def test_imports_go_one_way_and_heavy_libraries_have_one_door(path: Path) -> None:
    package = rooms(path).split("/")[0]
    for name in imported(path):
        top = name.split(".")[0]
        if top in MAY_IMPORT and top != package:
            assert top in MAY_IMPORT[package], f"{rooms(path)} imports {name}"
        if top == "fastapi":
            assert package == "api", f"{rooms(path)} imports {name}"
        if top in DOORS:
            assert rooms(path) in DOORS[top], f"{rooms(path)} imports {name}"


@pytest.mark.parametrize("path", modules(), ids=rooms)
def test_only_the_settings_read_the_environment(path: Path) -> None:
    if rooms(path) in ("api/settings.py", "knowledge_base/embed.py"):
        # The embedding model's door passes the environment on to the process that exports it.
        return
    text = path.read_text(encoding="utf-8")
    assert "os.environ" not in text
    assert "getenv" not in text


def test_no_room_without_a_purpose() -> None:
    for path in modules():
        parts = {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
        assert not parts & ROOMS_WITHOUT_A_PURPOSE, rooms(path)


def test_packages_only_export_names() -> None:
    for path in modules():
        if path.name == "__init__.py":
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.Expr)
                assert isinstance(node, allowed), rooms(path)


def test_every_setting_is_described_and_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert f"TOWNCLERK_{name.upper()}" in readme, name


def test_serving_starts_without_the_heavy_libraries() -> None:
    script = (
        "import sys, api.compose, api.cli; "
        "print([m for m in ('torch', 'sentence_transformers', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"

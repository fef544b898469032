"""The words around the product say what is there: nothing is missing, nothing is made up."""

from __future__ import annotations

import inspect
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import httpx
import pytest
from typer.main import get_command

from api import cli, settings
from chatbot.automation import KINDS
from chatbot.automations.contract import flaws
from chatbot.automations.found import PACKAGED
from chatbot.automations.toml import DEED_KEYS, read_automation
from chatbot.council import DEFAULT_FOLDER, OWN_NUMBERS, Contact, Limits, Look
from chatbot.supplier import SupplierSettings
from chatbot.table import Mistake
from chatbot.types import Status
from ingest.sources.tables import FolderTable, WebsiteTable
from tests.conftest import MODELS, ROOT, free_port, lacking
from tests.test_house import MAY_IMPORT, modules

README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
OPERATING = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
TEXTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
COMMANDS = set(getattr(get_command(cli.app), "commands", {}))
# Longer than anything here takes on a slow machine; only so that a hang ends.
PATIENCE = 60


def rooms(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(text: str, language: str = "") -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def rows(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if line.startswith("| "):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def anchors(text: str) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w -]", "", head.lower()).strip().replace(" ", "-") for head in heads}


# Links


@pytest.mark.parametrize("path", TEXTS, ids=rooms)
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if link.startswith("https://"):
            continue
        name, _, fragment = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        if fragment:
            assert fragment in anchors(target.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("path", TEXTS, ids=rooms)
def test_texts_name_no_one_machine(path: Path) -> None:
    assert not re.search(r"/(?:work|root|home)/", path.read_text(encoding="utf-8"))


# Settings, commands, keys


def test_the_readme_tells_each_setting_with_its_default() -> None:
    told = {row[0].strip("`"): row[1].strip("`") for row in rows(README) if "TOWNCLERK_" in row[0]}
    fields = settings.Settings.model_fields
    assert told.keys() == {f"{settings.PREFIX}{name.upper()}" for name in fields}
    for name, field in fields.items():
        default = ",".join(field.default) if isinstance(field.default, tuple) else field.default
        assert told[f"{settings.PREFIX}{name.upper()}"] == (str(default) or "none"), name


@pytest.mark.parametrize("path", TEXTS, ids=rooms)
def test_no_text_names_a_setting_that_is_not_there(path: Path) -> None:
    known = {f"{settings.PREFIX}{name.upper()}" for name in settings.Settings.model_fields}
    named = re.findall(r"\bTOWNCLERK_[A-Z_]+\b", path.read_text(encoding="utf-8"))
    secrets = {name for name in named if name.startswith(settings.SECRET_PREFIX)}
    assert set(named) - secrets <= known


def test_the_readme_tells_each_command() -> None:
    told = {row[0].strip("`").split()[1] for row in rows(README) if row[0].startswith("`townclerk")}
    assert told == COMMANDS


@pytest.mark.parametrize("path", TEXTS, ids=rooms)
def test_no_text_shows_a_command_that_is_not_there(path: Path) -> None:
    for block in blocks(path.read_text(encoding="utf-8"), "sh"):
        for command in re.findall(r"^(?:.* )?townclerk ([a-z]+)", block, re.M):
            assert command in COMMANDS, command
        for target in re.findall(r"\bmake ([a-z]+)", block):
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.M), target


def test_each_target_of_the_makefile_is_described() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for target in re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M):
        assert f"`make {target}`" in text or target == "help", target


def test_the_readme_tells_each_key_of_the_council_folder() -> None:
    default = tomllib.loads((DEFAULT_FOLDER / "council.toml").read_text(encoding="utf-8"))
    tables = (Contact, Limits, Look, FolderTable, SupplierSettings, WebsiteTable)
    keys = {name for table in tables for name in inspect.signature(table).parameters}
    own = {"name", "nation", "website", "ingest_every_hours", "number", "verified_on"}
    named = {name for name, value in default.items() if not isinstance(value, dict)}
    for key in keys | own | named | set(OWN_NUMBERS) | set(DEED_KEYS):
        assert f"`{key}`" in README, key


def test_each_key_of_an_automation_is_told_and_no_other(tmp_path: Path) -> None:
    """The reader itself says which keys it knows: it is handed all that the tables name."""
    text = (ROOT / "docs" / "automations.md").read_text(encoding="utf-8")
    told = {key for row in rows(text) for key in re.findall(r"`([a-z_]+)`", row[0])}
    packaged = {path.stem for path in PACKAGED.glob("*.toml")}
    assert packaged < told
    of_all = {"title", "examples", "questions", "done", "details", "same_place", "same_kind"}
    of_a_detail = """name kind question hint label choices only_if optional earliest latest
    weekdays characters""".split()
    assert told - packaged - {"registrar_appointment"} == of_all | {*of_a_detail, *DEED_KEYS}
    for keys, words in ((of_all | {*DEED_KEYS}, ""), (of_a_detail, "[[details]]\n")):
        form = tmp_path / "form.toml"
        form.write_text(words + "".join(f"{key} = 3.5\n" for key in keys), encoding="utf-8")
        mistakes: list[Mistake] = []
        read_automation(form, mistakes, nation="england")
        assert mistakes and not [one for one in mistakes if "is not known" in one.words]
    assert all(f"`{kind}`" in text for kind in KINDS)


def test_the_automation_that_the_docs_show_has_no_mistakes(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "automations.md").read_text(encoding="utf-8")
    form = next(block for block in blocks(text, "toml") if "[[details]]" in block)
    path = tmp_path / "lost_dog.toml"
    path.write_text(form, encoding="utf-8")
    mistakes: list[Mistake] = []
    dog = read_automation(path, mistakes, nation="england")
    assert mistakes == [] and list(flaws(dog, ["en"])) == []


def test_the_council_that_the_readme_shows_has_no_mistakes(tmp_path: Path) -> None:
    from api.compose import open_council

    folder = tmp_path / "exampleton"
    folder.mkdir()
    (folder / "council.toml").write_text(blocks(README, "toml")[0], encoding="utf-8")
    council, sources = open_council(folder, settings.Settings())
    assert (council.name, len(sources)) == ("Exampleton Borough Council", 2)


# Words


def test_the_readme_tells_each_family_and_every_status_in_its_table_is_one() -> None:
    families = {f"`{status.family}.`" for status in Status}
    told = {family for row in rows(README) for family in re.findall(r"`[a-z]+\.`", row[0])}
    assert told == families
    for row in rows(README):
        family = row[0].strip("`")
        if row[0] in families:
            for name in re.findall(r"`([a-z_]+)`", row[2]):
                assert Status(f"{family}{name}")


def test_the_glossary_is_whole() -> None:
    words = """citizen council page passage match question draft claim answer citation status turn
    run automation supplier source case handover""".split()
    assert [row[0] for row in rows(README) if row[0] in words] == words


# The drawing


def drawn() -> dict[str, list[str]]:
    """The patterns of files that the drawing names, by package."""
    drawing = next(block for block in blocks(ARCHITECTURE) if "types.py" in block)
    named: dict[str, list[str]] = {}
    for line in drawing.splitlines():
        if found := re.match(r"([a-z_]+)/", line):
            package = found[1]
        named.setdefault(package, []).extend(re.findall(r"[\w*/]+\.py", line))
        named[package].extend(re.findall(r"^  (\w+)/", line))
        if line.startswith("  steps/"):
            named[package].extend(f"{step}.py" for step in re.findall(r"\w+_\w+|rephrase", line))
    return named


@pytest.mark.parametrize("path", modules(), ids=rooms)
def test_each_room_is_in_the_drawing(path: Path) -> None:
    package, _, _ = rooms(path).partition("/")
    if path.name in ("__init__.py", "__main__.py") or "migrations" in path.parts:
        return
    patterns = [pattern.rpartition("/")[2] for pattern in drawn()[package]]
    words = f"{rooms(path)} is not drawn in docs/architecture.md, under Rooms"
    assert any(fnmatch(path.name, pattern) for pattern in patterns), words


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_the_drawing_shows_no_room_that_is_not_there(package: str) -> None:
    for pattern in drawn()[package]:
        assert list((ROOT / package).rglob(pattern)), f"{package}: {pattern}"


def test_each_decision_says_why_and_what_it_costs() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [
        f"{n:04}" for n in range(1, len(decisions) + 1)
    ]
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]}: ")
        assert re.findall(r"^## (.+)$", text, re.M) == ["Context", "Decision", "Consequences"]
        assert f"decisions/{path.name}" in ARCHITECTURE


# What operators see


def test_each_event_in_the_log_is_explained() -> None:
    calls = re.compile(r'\blog\.(debug|info|warning|error)\(\s*"([a-z_]+)"')
    logged = {
        (event, level)
        for path in modules()
        for level, event in calls.findall(path.read_text(encoding="utf-8"))
    }
    section = OPERATING.partition("## Logs")[2].partition("\n## ")[0]
    told = {(row[0].strip("`"), row[1]) for row in rows(section) if row[0].startswith("`")}
    assert told == logged


def test_each_metric_is_explained() -> None:
    source = (ROOT / "api" / "observe.py").read_text(encoding="utf-8")
    kept = set(re.findall(r'"(townclerk_[a-z_]+)"', source))
    section = OPERATING.partition("## Metrics")[2].partition("\n## ")[0]
    told = {name for row in rows(section) for name in re.findall(r"`(townclerk_\w+)`", row[0])}
    assert {name.removesuffix("_total") for name in told} == kept


# The readme, tried out


@pytest.mark.slow
def test_a_council_of_your_own_in_five_minutes(tmp_path: Path, embedder: object) -> None:
    """Runs the commands and requests that the README shows, as they stand there."""
    if shutil.which("curl") is None:
        lacking("curl")
    models = tmp_path / "var" / "models"
    models.mkdir(parents=True)
    for model in MODELS.iterdir():
        (models / model.name).symlink_to(model)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(settings.PREFIX)}
    section = README.partition("## A council of your own")[2]
    *steps, serve = (line for line in blocks(section, "sh")[0].splitlines() if line)
    for step in steps:
        done = subprocess.run(
            _command(step), cwd=tmp_path, env=environment, capture_output=True, check=False
        )
        assert done.returncode == 0, (step, done.stderr)
    port = free_port()
    with (tmp_path / "log").open("wb") as log:
        command = [*_command(serve), "--port", str(port)]
        server = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log)
    try:
        address = f"http://localhost:{port}"
        _wait_for(address)
        _play_requests(address)
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE)


def _command(line: str) -> list[str]:
    program, *words = shlex.split(line, comments=True)
    assert program == "townclerk"
    return [sys.executable, "-m", "api", *words]


def _wait_for(address: str) -> None:
    for _ in range(PATIENCE * 5):
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("the server does not answer")


def _play_requests(address: str) -> None:
    question = {"message": "when do I report a missed bin?"}
    first = httpx.post(f"{address}/v1/councils/exampleton/chat", json=question, timeout=PATIENCE)
    told = first.json()
    assert told["status"] == "answered.from_pages"
    known = {"ID": told["conversation_id"], "SECRET": told["conversation_secret"]}
    requests = blocks(README.partition("## HTTP in short")[2], "sh")[0]
    every = [one for one in requests.split("\n\n") if "curl" in one]
    # Two need a form that is open: tests/test_api_automations.py fills one in.
    tried = [one for one in every if '"action"' not in one and "/uploads" not in one]
    assert (len(every), len(tried)) == (8, 6)
    for one in tried:
        script = one.replace("http://localhost:8000", address).replace("curl ", "curl -sSf ")
        done = subprocess.run(
            ["bash", "-c", script],
            env={**os.environ, **known},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (one, done.stderr)
        assert "event: done" in done.stdout or "text/event-stream" not in one

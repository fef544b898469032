"""The wheel as users get it: whole, without what is ours alone, and working from anywhere."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import MODELS, ROOT
from tests.test_house import MAY_IMPORT, modules

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Asked for, but by another library's import than ours.
UNSEEN = {
    "onnx": "torch writes with it, ONNX Runtime makes int8 with it",
    "pg8000": "SQLAlchemy's driver for PostgreSQL",
    "python-multipart": "Starlette's forms",
}
# Imported under another name than their own by code that only `make bench` runs; the peers are not
# installed where the tests run, so that this cannot be looked up.
NAMED = {
    "bs4": "beautifulsoup4",
    "haystack": "haystack-ai",
    "llama_index": "llama-index-core",
}
# Imported, and brought by another library that pins it exactly.
BROUGHT = {"pydantic-core": "pydantic"}
SHIPPED = (".toml", ".md", ".html", ".css", ".jsonl", ".pdf", ".docx", ".py")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet"]
    subprocess.run([*command, "--target", folder, wheel], check=True, capture_output=True)
    return folder


def run(installed: Path, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python on the installed wheel and its dependencies; the source tree is not on the path.

    -S keeps the editable install out, which a .pth file would bring back.
    """
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(installed), sysconfig.get_paths()["purelib"]]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TOWNCLERK_DATA": str(cwd / "data"),
    }
    command = [sys.executable, "-S", "-P", *words]
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_the_wheel_holds_all_that_the_code_reads_and_no_tests(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    ours = [
        path.relative_to(ROOT).as_posix()
        for package in (*MAY_IMPORT, "councils")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert set(ours) <= held
    for ending in SHIPPED:
        assert any(name.endswith(ending) for name in held), ending
    for name in ("chatbot/records/migrations/", "knowledge_base/migrations/", "councils/demo/"):
        assert any(one.startswith(name) for one in held), name
    tops = {name.split("/")[0] for name in held}
    assert tops == {*MAY_IMPORT, "councils", f"townclerk-{PROJECT['version']}.dist-info"}
    assert not any(name.endswith((".pyc", ".onnx", ".sqlite3")) for name in held)


@pytest.mark.slow
def test_the_installed_wheel_is_what_runs(installed: Path, tmp_path: Path) -> None:
    script = "; ".join(f"import {package}; print({package}.__file__)" for package in MAY_IMPORT)
    done = run(installed, tmp_path, "-c", f"{script}; import sys; print(*sys.path, sep='\\n')")
    assert done.returncode == 0, done.stderr
    (*paths,) = done.stdout.splitlines()
    assert [Path(path).parent.parent for path in paths[: len(MAY_IMPORT)]] == [installed] * 5
    assert str(ROOT) not in paths


@pytest.mark.slow
def test_the_demo_answers_three_questions_from_an_empty_folder(
    installed: Path, tmp_path: Path, embedder: object
) -> None:
    (tmp_path / "data").mkdir()
    shutil.copytree(MODELS, tmp_path / "data" / "models")
    done = run(installed, tmp_path, "-m", "api", "demo", "--once")
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"^› .+", done.stdout, re.M)) == 3
    endings = re.findall(r"^  ([a-z]+\.[a-z_]+), \d+ ms", done.stdout, re.M)
    assert len(endings) == 3
    assert all(ending.startswith("answered.") for ending in endings)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.slow
def test_a_new_council_is_made_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    made = run(installed, tmp_path, "-m", "api", "init", "exampleton")
    checked = run(installed, tmp_path, "-m", "api", "check", "exampleton")
    assert (made.returncode, checked.returncode) == (0, 0), made.stderr + checked.stderr


# What the wheel asks for


def asked_for(extra: str = "") -> dict[str, Requirement]:
    """The requirements of the product, or those of one of its extras."""
    listed = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    wanted = map(Requirement, listed)
    return {canonicalize_name(one.name): one for one in wanted}


def imported() -> set[str]:
    """Name the distributions that our code imports."""
    known = packages_distributions()
    names: set[str] = set()
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.split(".")[0])
    foreign = names - sys.stdlib_module_names - MAY_IMPORT.keys()
    named = (NAMED.get(name) or known.get(name, [name])[0] for name in foreign)
    return {canonicalize_name(name) for name in named}


def test_what_is_imported_is_asked_for_and_nothing_else() -> None:
    needed = {BROUGHT.get(name, name) for name in imported()} | UNSEEN.keys()
    extras = asked_for("bench").keys() | asked_for("peers").keys()
    assert not extras & asked_for().keys()
    assert needed == asked_for().keys() | extras


def test_the_lock_holds_all_that_is_asked_for_at_a_version_that_will_do() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    locked = dict(line.split("==") for line in lines if "==" in line)
    pins = {canonicalize_name(name): version for name, version in locked.items()}
    for name, wanted in asked_for().items():
        assert wanted.specifier.contains(pins[name]), wanted

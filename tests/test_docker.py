"""The Dockerfile and compose.yaml keep their rules; no container engine is asked."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import pytest
import yaml

from api.settings import PREFIX, Settings
from tests.conftest import ROOT

SETTINGS = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
# What other programs read: Python, pip, ONNX Runtime, the model hub, uvicorn, PostgreSQL's image.
OTHERS = {
    "PATH",
    "PIP_DISABLE_PIP_VERSION_CHECK",
    "PIP_NO_CACHE_DIR",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
    "ORT_DISABLE_TELEMETRY",
    "HF_HOME",
    "FORWARDED_ALLOW_IPS",
    "POSTGRES_DB",
    "POSTGRES_PASSWORD",
    "POSTGRES_USER",
}
SECRET = re.compile(r"\.env|\.pem$|\.key$|secret|password|\.git$|^\.$|\.sqlite|^var\b", re.I)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction. stage: by number, from 0."""

    stage: int
    name: str
    words: str


def instructions() -> list[Instruction]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.M).replace("\\\n", " ")
    found: list[Instruction] = []
    stage = -1
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _, words = line.partition(" ")
        stage += name == "FROM"
        found.append(Instruction(stage, name, " ".join(words.split())))
    return found


def of(name: str, stage: int | None = None) -> list[str]:
    return [one.words for one in instructions() if one.name == name and stage in (None, one.stage)]


def last() -> int:
    return instructions()[-1].stage


def variables() -> dict[str, str]:
    pairs = (pair.split("=", 1) for words in of("ENV", last()) for pair in shlex.split(words))
    return dict(pairs)  # type: ignore[arg-type]


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


# The image


def test_the_image_is_made_in_stages_on_a_pinned_slim_base() -> None:
    bases = of("FROM")
    assert len(bases) >= 2
    for base in bases:
        assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+ AS [a-z]+", base)


def test_what_runs_is_not_root_and_installs_nothing() -> None:
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", of("USER", last())[-1])
    for command in of("RUN", last()):
        assert not re.search(r"\b(?:pip|apt|apt-get|gcc|curl|wget)\b", command)


def test_only_what_is_there_is_copied_and_nothing_secret() -> None:
    for words in of("COPY"):
        parts = [part for part in words.split() if not part.startswith("--")]
        if "--from=builder" in words:
            continue
        for source in parts[:-1]:
            assert not SECRET.search(source), source
            assert (ROOT / source).exists(), source
    assert not of("ADD")


def test_the_build_sees_what_is_copied_and_little_else() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    sent = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    copied = {
        PurePosixPath(source).parts[0] for words in of("COPY", 0) for source in words.split()[:-1]
    }
    assert sent == copied


def test_the_wheel_in_the_image_has_all_that_pyproject_puts_into_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    copied = {source for words in of("COPY", 0) for source in words.split()[:-1]}
    assert set(packages) <= copied
    label = " ".join(of("LABEL", last()))
    assert f'org.opencontainers.image.version="{project["project"]["version"]}"' in label


def test_the_image_says_how_it_is_started_stopped_and_seen_to() -> None:
    assert json.loads(of("CMD", last())[0])[:2] == ["townclerk", "serve"]
    assert of("STOPSIGNAL", last()) == ["SIGTERM"]
    assert of("EXPOSE", last()) == ["8000"]
    assert "/healthz" in of("HEALTHCHECK", last())[0]
    volumes = json.loads(of("VOLUME", last())[0])
    assert variables()["TOWNCLERK_DATA"] in volumes


def test_every_variable_of_the_image_is_known() -> None:
    assert variables().keys() <= SETTINGS | OTHERS
    assert not any("PASSWORD" in name or "SECRET" in name for name in variables())


# compose.yaml


def test_every_variable_of_the_services_is_known_and_none_is_a_secret() -> None:
    for name, service in compose()["services"].items():
        environment = service.get("environment", {})
        assert environment.keys() <= SETTINGS | OTHERS, name
        for key, value in environment.items():
            if re.search("PASSWORD|SECRET|KEY", key):
                assert re.fullmatch(r"\$\{\w+:-\}", value), f"{name}: {key}"


def test_every_image_is_pinned() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for name, service in compose()["services"].items():
        assert re.fullmatch(r"[\w/.-]+:\d+\.\d+[\w.-]*", service["image"]), name
        if "build" in service:
            assert service["image"] == f"townclerk:{version}"


def test_the_chroma_server_has_its_clients_version() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    client = re.search(r"^chromadb==(\S+)$", lock, re.M)
    assert client
    assert compose()["services"]["chroma"]["image"] == f"chromadb/chroma:{client[1]}"


@pytest.mark.parametrize("name", ["townclerk", "work"])
def test_our_services_may_write_only_where_they_must(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert [volume for volume in service["volumes"] if not volume.endswith(":ro")] == ["data:/data"]


def test_one_service_alone_does_the_scheduled_ingests() -> None:
    services = compose()["services"]
    commands = {name: one.get("command", ()) for name, one in services.items()}
    workers = [name for name, command in commands.items() if command[1:2] == ["work"]]
    assert len(workers) == 1
    assert "profiles" not in services[workers[0]]
    image = json.loads(of("CMD", last())[0])
    for name, service in services.items():
        if "build" in service and name not in workers:
            assert commands[name] == [*image, "--no-work"]


def test_every_volume_and_service_that_is_named_is_there() -> None:
    described = compose()
    for service in described["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            there = (
                (ROOT / source).is_dir()
                if source.startswith(".")
                else source in described["volumes"]
            )
            assert there, volume
        assert set(service.get("depends_on", ())) <= described["services"].keys()


def test_the_server_is_reached_from_this_machine_alone_unless_somebody_says_so() -> None:
    for service in compose()["services"].values():
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:")


def test_health_checks_come_under_a_trusted_name() -> None:
    hosts = compose()["services"]["townclerk"]["environment"]["TOWNCLERK_TRUSTED_HOSTS"]
    assert "127.0.0.1" in hosts
    assert "http://127.0.0.1:" in of("HEALTHCHECK", last())[0]

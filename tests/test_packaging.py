"""Installing: the lock, the wheel, the Makefile, CI, and the guards of this test suite itself."""

from __future__ import annotations

import ast
import itertools
import os
import re
import socket
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")

OWN = ("app", "ingest", "eval")
PYTHONS = ("3.11", "3.12", "3.13")
MACHINES = (
    ("linux", "Linux", "x86_64"),
    ("darwin", "Darwin", "x86_64"),
    ("darwin", "Darwin", "arm64"),
)


def _environment(python: str, machine: tuple[str, str, str]) -> dict[str, str]:
    platform, system, processor = machine
    return {
        "python_version": python,
        "python_full_version": f"{python}.5",
        "sys_platform": platform,
        "platform_system": system,
        "platform_machine": processor,
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }


def _locked() -> list[tuple[Requirement, int]]:
    """Every requirement of the lock with the number of its hashes."""
    entries = re.split(r"\n(?=[a-z0-9])", re.sub(r"^\s*#.*\n", "", LOCK, flags=re.MULTILINE))
    return [
        (Requirement(entry.split("\\\n")[0].strip()), entry.count("--hash=sha256:"))
        for entry in entries
        if entry.strip()
    ]


def _holds(marker: Marker | None, environment: dict[str, str]) -> bool:
    return marker is None or marker.evaluate(environment)


def test_the_lock_names_no_package_index() -> None:
    assert "://" not in LOCK
    assert not re.search(
        r"^\s*(-i|-f|--(index|extra-index|find-links|trusted))", LOCK, re.MULTILINE
    )


@pytest.mark.parametrize(
    "name", ["pyproject.toml", "Makefile", ".ci/run", ".github/workflows/ci.yml"]
)
def test_no_file_that_installs_names_a_package_index(name: str) -> None:
    text = (ROOT / name).read_text("utf-8").replace("--no-emit-index-url", "")
    assert not re.search(r"index-url|find-links|--index|trusted-host|\[\[tool\.uv\.index", text)


def test_every_locked_requirement_is_pinned_and_hashed() -> None:
    locked = _locked()
    assert len(locked) > len(PROJECT["dependencies"])
    assert [str(r) for r, _ in locked if not str(r.specifier).startswith("==")] == []
    assert [str(r) for r, hashes in locked if not hashes] == []


@pytest.mark.parametrize(("python", "machine"), list(itertools.product(PYTHONS, MACHINES)), ids=str)
def test_the_lock_satisfies_every_dependency_once(
    python: str, machine: tuple[str, str, str]
) -> None:
    environment = _environment(python, machine)
    pins: dict[str, list[str]] = {}
    for requirement, _ in _locked():
        if _holds(requirement.marker, environment):
            version = str(requirement.specifier).removeprefix("==")
            pins.setdefault(canonicalize_name(requirement.name), []).append(version)
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    for requirement in map(Requirement, wanted):
        if _holds(requirement.marker, environment):
            found = pins.get(canonicalize_name(requirement.name), ["0"])
            assert requirement.specifier.contains(found[0]), f"{requirement}: locked {found}"


# Distributions whose modules have other names.
MODULES = {
    "pyspellchecker": "spellchecker",
    "llama-index-core": "llama_index",
    "openinference-instrumentation-llama-index": "openinference",
    "opentelemetry-exporter-otlp-proto-grpc": "opentelemetry",
    "python-dotenv": "dotenv",
    "pyyaml": "yaml",
}


def test_every_dependency_is_imported_and_every_import_is_a_dependency() -> None:
    named = {Requirement(text).name for text in PROJECT["dependencies"]}
    for extra in ("fastembed", "mcp", "otel", "postgres", "ray"):
        named |= {Requirement(text).name for text in PROJECT["optional-dependencies"][extra]}
    declared = {MODULES.get(name, name).replace("-", "_") for name in named}
    imported = {
        name.split(".")[0]
        for package in OWN
        for path in (ROOT / package).rglob("*.py")
        for name in _imports(path)
    }
    # One comes with fastembed, and nothing else uses it; the plugin runs inside of pytest.
    imported -= {*OWN, *sys.stdlib_module_names, "loguru", "pytest"}
    assert imported == declared


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


def test_everything_that_the_build_needs_is_in_the_lock() -> None:
    names = {canonicalize_name(requirement.name) for requirement, _ in _locked()}
    assert {"hatchling", "editables"} <= names


def _files(*folders: str) -> set[str]:
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    return {
        path.relative_to(ROOT).as_posix() for path in paths if path.parent.name != "__pycache__"
    }


def test_the_wheel_holds_every_file_of_the_three_packages(tmp_path: Path) -> None:
    built = next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"]))
    with zipfile.ZipFile(built) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == _files("app", "ingest", "eval")


def _targets() -> list[str]:
    phony = re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    assert phony
    return phony[1].split()


def _make(*arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, env=clean, capture_output=True, text=True, check=True
    )


def test_make_alone_lists_every_target_once() -> None:
    assert re.findall(r"^make (\w+)", _make().stdout, re.MULTILINE) == _targets()
    ruled = re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE)
    assert sorted(ruled) == sorted(_targets())


@pytest.mark.parametrize("question", ['What\'s "SGIL"?', "a  b $HOME `id` $(id) \\ ;#", "--json"])
def test_a_question_reaches_the_command_as_it_was_typed(question: str, tmp_path: Path) -> None:
    echo = tmp_path / "bin" / "askpapers"
    echo.parent.mkdir()
    echo.write_text('#!/bin/sh\nprintf "%s|" "$@"\n', "utf-8")
    echo.chmod(0o755)
    # Nothing is newer than a file of the far future, so make installs nothing here.
    stamp = tmp_path / ".installed"
    stamp.touch()
    os.utime(stamp, (4e9, 4e9))
    said = _make("-s", "ask", f"VENV={tmp_path}", f"Q={question}").stdout
    assert said == f"ask|--|{question}|"


def test_ci_runs_the_tests_then_the_checks_then_the_eval_gate() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert re.findall(r"^make (\w+)$", script, re.MULTILINE) == ["test", "check", "eval"]
    assert "set -euo pipefail" in script
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("host", ["192.0.2.1", "0.0.0.0", "2001:db8::1"])
def test_no_test_reaches_or_serves_another_machine(host: str, refused_hosts: list[str]) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        for reach in (sock.connect, sock.connect_ex, sock.bind):
            with pytest.raises(RuntimeError, match="this machine only"):
                reach((host, 9))
        with pytest.raises(RuntimeError, match="this machine only"):
            sock.sendto(b"hello", (host, 9))
    assert len(refused_hosts) == 4
    refused_hosts.clear()


def test_no_test_looks_up_a_name_beyond_this_machine(refused_hosts: list[str]) -> None:
    with pytest.raises(RuntimeError, match="this machine only"):
        socket.create_connection(("papers.invalid", 443), timeout=1)
    assert refused_hosts == ["socket.getaddrinfo 'papers.invalid'"]
    refused_hosts.clear()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_tests_may_talk_to_a_server_of_their_own(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), timeout=5).close()


def test_no_setting_of_the_machine_reaches_a_test() -> None:
    assert [name for name in os.environ if name.startswith(("OPENAI_", "ASKPAPERS_"))] == []
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert os.environ["ANONYMIZED_TELEMETRY"] == "False"

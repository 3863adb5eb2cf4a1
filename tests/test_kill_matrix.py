"""Every command that writes, killed at random moments, ends like one that was not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import pytest
from conftest import ROOT

# Two halves at the same time, each with its own seed.
SEEDS = (1, 2)
KILLS_A_SEED = 31
COMMANDS = {"ingest", "prune", "rebuild", "remove", "backup", "restore", "repair"}


@pytest.fixture(scope="module")
def kills(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    """What became of each kill."""
    folder = tmp_path_factory.mktemp("kills")
    script = [sys.executable, "-W", "ignore", str(ROOT / "tests" / "killing.py")]
    running = [
        subprocess.Popen(
            [*script, str(folder / str(seed)), str(seed), str(KILLS_A_SEED)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in SEEDS
    ]
    printed = [process.communicate(timeout=500)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    return [json.loads(line) for text in printed for line in text.splitlines()]


def test_a_command_that_was_killed_ends_well_when_it_is_run_again(
    kills: list[dict[str, object]],
) -> None:
    assert [kill for kill in kills if not kill["same"]] == []


def test_every_command_that_writes_is_killed_often(kills: list[dict[str, object]]) -> None:
    assert len(kills) >= 60
    times = Counter(str(kill["scene"]) for kill in kills)
    assert times.keys() == COMMANDS
    assert min(times.values()) >= 8
    assert {str(kill["when"]).split()[0] for kill in kills} == {"before", "after"}

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from conftest import ROOT


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("kill", ROOT / "benchmarks" / "kill.py")
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    sys.modules["kill"] = script
    spec.loader.exec_module(script)
    return script


def test_a_run_killed_at_any_moment_ends_like_one_that_was_not(tmp_path: Path) -> None:
    kills = _script().kill_often(15, 400, tmp_path)
    log = [f"{k.begun_with} {k.seconds:.3f}s {k.in_hand} in hand, late={k.late}" for k in kills]
    assert all(kill.same for kill in kills), log
    counted = [kill for kill in kills if not kill.late]
    assert len(counted) >= 15, log
    assert all(kill.in_hand for kill in counted), log

"""The doctor finds what is wrong and says what mends it."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Ran
from scripted_server import Body, Reply, ScriptedServer, refuses, says

from app.doctor import Check, examine
from app.settings import Settings


def _found(settings: Settings, name: str) -> Check:
    return next(check for check in examine(settings) if check.name == name)


@pytest.fixture
def copied(sample_index: Path, tmp_path: Path) -> Path:
    """A sample index that may be broken."""
    return Path(shutil.copytree(sample_index, tmp_path / "index"))


def test_everything_is_well_where_nothing_is_configured(tmp_path: Path) -> None:
    found = examine(Settings(index=tmp_path / "index"))
    assert [check.name for check in found] == ["settings", "index", "embedding", "model server"]
    assert all(check.ok for check in found)
    assert "sample corpus" in found[1].detail
    assert not (tmp_path / "index").exists()


def test_a_filled_index_is_counted(sample_index: Path) -> None:
    check = _found(Settings(index=sample_index), "index")
    assert check.ok
    assert "47 papers" in check.detail


def test_a_text_index_that_lacks_papers_asks_for_a_rebuild(copied: Path) -> None:
    for folder in copied.glob("lexicon-*"):
        shutil.rmtree(folder)
    check = _found(Settings(index=copied), "index")
    assert not check.ok
    assert "--rebuild" in check.fix


def test_vectors_that_are_gone_ask_for_a_rebuild(copied: Path) -> None:
    for folder in copied.glob("vectors-*"):
        shutil.rmtree(folder)
    check = _found(Settings(index=copied), "index")
    assert not check.ok
    assert "--rebuild" in check.fix


def test_every_part_of_a_whole_index_is_looked_at(sample_index: Path) -> None:
    found = examine(Settings(index=sample_index))
    parts = ["catalog", "vectors", "text index", "forward index", "relatives", "seal", "lock"]
    assert [check.name for check in found[2:-2]] == parts
    assert all(check.ok and check.detail == "whole" for check in found[2:-2])


def test_a_lock_that_cannot_be_taken_is_told(copied: Path) -> None:
    (copied / "writer.lock").unlink(missing_ok=True)
    (copied / "writer.lock").mkdir()
    check = _found(Settings(index=copied), "lock")
    assert not check.ok
    assert check.fix.startswith(f"Delete {copied / 'writer.lock'}")


def test_a_misspelt_setting_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASKPAPERS_INDX", "here")
    (tmp_path / ".env").write_text("ASKPAPERS_PORTS=1\nASKPAPERS_PORT=7000\nOTHER=1\n", "utf-8")
    check = _found(Settings(), "settings")
    assert not check.ok
    assert check.detail == "nothing reads ASKPAPERS_INDX, ASKPAPERS_PORTS"


def test_variables_of_evaluation_and_tests_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKPAPERS_DATA", "/data")
    monkeypatch.setenv("ASKPAPERS_BROWSER_REQUIRED", "1")
    assert _found(Settings(), "settings").ok


def test_a_model_server_that_is_not_there_is_a_problem_with_its_remedy() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        settings = Settings(OPENAI_BASE_URL=url, OPENAI_API_KEY="sk-very-secret", retries=0)
        check = _found(settings, "model server")
    assert not check.ok
    assert check.fix.endswith(".")
    assert "very-secret" not in repr(check)


def test_each_address_and_the_judge_are_tried() -> None:
    def script(body: Body) -> Reply:
        return refuses(404) if body["model"] == "stern" else says("ready")

    with ScriptedServer(script) as server:
        listed = f"{server.address},http://127.0.0.1:9/v1"
        check = _found(Settings(openai_base_url=listed, retries=0), "model server")
        assert not check.ok
        assert server.address in check.detail
        assert "Nothing answers at http://127.0.0.1:9/v1" in check.fix
        assert _found(Settings(openai_base_url=server.address), "model server").ok
        judged = _found(Settings(openai_base_url=server.address, judge="stern"), "model server")
        assert "does not know the model stern" in judged.fix


def test_a_model_server_is_not_asked_in_extractive_mode() -> None:
    settings = Settings(OPENAI_BASE_URL="http://127.0.0.1:9/v1", mode="extractive")
    assert _found(settings, "model server").ok


def test_the_command_ends_with_2_where_something_is_wrong(
    askpapers: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert askpapers("doctor").code == 0
    monkeypatch.setenv("ASKPAPERS_NOPE", "1")
    ran = askpapers("doctor", "--json")
    checks = json.loads(ran.out)
    assert (ran.code, ran.err) == (2, "")
    assert [set(check) for check in checks] == [{"name", "ok", "detail", "fix"}] * len(checks)
    assert [check["name"] for check in checks if not check["ok"]] == ["settings"]
    assert "PROBLEM settings: nothing reads ASKPAPERS_NOPE" in askpapers("doctor").out

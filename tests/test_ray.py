"""Ingestion by the workers of Ray, of which one is killed."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import ingest_samples
import pytest
from conftest import SERVERS_REQUIRED, Ran
from ingest_samples import contents, entry, run, write_jsonl
from store_servers import ChromaRun, Postgres

from app.settings import Settings
from ingest.errors import SettingsError
from ingest.servers.stores import Servers, servers
from ingest.shared.ray import ingest_with_ray, is_cluster

_PAPERS, _FILES = 600, 6
_ENDS = 60.0


@pytest.mark.parametrize(
    ("word", "cluster"),
    [
        ("auto", True), ("local", True), ("ray://head:10001", True), ("10.0.0.1:6379", True),
        ("head:6379", True), ("abstracts", False), ("./auto", False), ("a/b.jsonl", False),
        ("arxiv:au:knuth", False),
    ],
)  # fmt: skip
def test_an_address_is_told_from_a_path(word: str, cluster: bool) -> None:
    assert is_cluster(word) is cluster


def test_workers_without_servers_are_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ASKPAPERS_DATABASE_URL and ASKPAPERS_CHROMA_URL"):
        ingest_with_ray([str(tmp_path)], tmp_path, Settings(_env_file=None))


@pytest.fixture
def named(postgres: Postgres, chroma_run: ChromaRun, monkeypatch: pytest.MonkeyPatch) -> Settings:
    if find_spec("ray") is None:
        reason = "Ray is not installed: pip install 'askpapers[ray]'"
        if SERVERS_REQUIRED and os.environ.get("ASKPAPERS_RAY_REQUIRED") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    settings = Settings(
        _env_file=None, database_url=postgres.url("with_ray"), chroma_url=chroma_run.url
    )
    monkeypatch.setattr(ingest_samples, "servers_of", lambda _: servers(settings))
    return settings


def _kill_a_worker(postgres: Postgres, killed: list[int]) -> None:
    """Kill the first process but this one that has stored papers, as soon as it has."""
    import psycopg

    end = time.monotonic() + _ENDS
    with psycopg.connect(postgres.url("with_ray"), autocommit=True) as watching:
        while time.monotonic() < end and not killed:
            rows = watching.execute(
                "SELECT DISTINCT application_name FROM pg_stat_activity JOIN pg_locks USING (pid) "
                "WHERE locktype = 'advisory' AND granted AND application_name LIKE 'askpapers %' "
                "AND to_regclass('papers') IS NOT NULL"
            ).fetchall()
            pids = {int(name.rpartition(" ")[2]) for (name,) in rows} - {os.getpid()}
            if pids and _is_begun(watching):
                killed.append(pids.pop())
                os.kill(killed[0], signal.SIGKILL)
            time.sleep(0.01)


def _is_begun(watching: object) -> bool:
    (count,) = watching.execute("SELECT count(*) FROM papers").fetchone()  # type: ignore[attr-defined]
    return bool(count)


def test_two_workers_of_which_one_is_killed_leave_what_one_process_leaves(
    named: Settings, postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    each = _PAPERS // _FILES
    for number in range(_FILES):
        # Neighbours share some papers, which are merged whoever comes first.
        numbers = range(number * each, (number + 1) * each + 5)
        write_jsonl(tmp_path / "library" / f"{number}.jsonl", map(entry, numbers))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    killed: list[int] = []
    killing = threading.Thread(target=_kill_a_worker, args=(postgres, killed))
    killing.start()
    tally = ingest_with_ray([str(tmp_path / "library")], tmp_path / "shared", named)
    killing.join()
    assert killed, "no worker was there to be killed"
    assert tally.read == _PAPERS + 5 * _FILES
    assert tally.added + tally.merged + tally.unchanged == tally.read
    held = contents(tmp_path / "shared")
    assert len(held["papers"]) == _PAPERS + 5
    monkeypatch.setattr(ingest_samples, "servers_of", lambda _: Servers())
    run(tmp_path / "alone", tmp_path / "library")
    assert held == contents(tmp_path / "alone")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--ray",), "Name the files or folders to read"),
        (("--ray", "auto"), "Name the files or folders to read"),
        (("--ray", "auto", "abstracts", "--prune"), "--ray only reads files"),
        (("--ray", "abstracts"), "ASKPAPERS_DATABASE_URL"),
    ],
)
def test_what_ray_cannot_do_is_a_sentence(
    askpapers: Callable[..., Ran], words: tuple[str, ...], told: str
) -> None:
    ran = askpapers("ingest", *words)
    assert ran.code == 2
    assert told in ran.err

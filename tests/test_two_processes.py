"""One process writes while another reads: real processes, as on a shared folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from ingest_samples import abstract, contents, entry, run, title, write_jsonl

from app.engine import Engine
from app.settings import Settings
from ingest.errors import IndexBusy
from ingest.index import Index
from ingest.writer_lock import acquire, writer_lock


def _start(*arguments: object, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ingest", *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", **environment}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=pipe, stderr=pipe, text=True)


def _ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def _wait_for_writing(folder: Path, process: subprocess.Popen[str]) -> None:
    while process.poll() is None and not (folder / "catalog.pending").exists():
        time.sleep(0.001)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "index"
    run(made, write_jsonl(tmp_path / "first" / "a.jsonl", map(entry, range(100))))
    return made


@pytest.fixture
def engine(folder: Path) -> Iterator[Engine]:
    opened = Engine(folder, Settings(_env_file=None))
    yield opened
    opened.index.close()


def test_an_open_reader_shows_new_papers_without_a_restart(
    tmp_path: Path, folder: Path, engine: Engine
) -> None:
    asked = f"What is {abstract(150).split('We propose ')[1].split(',')[0]}?"
    assert engine.ask(asked).abstained
    more = write_jsonl(tmp_path / "more" / "b.jsonl", map(entry, range(100, 200)))
    assert _ended(_start(more, "--index", folder))[0] == 0
    answer = engine.ask(asked)
    assert [citation.paper.title for citation in answer.citations] == [title(150)]


def test_an_open_reader_sees_one_change_after_the_other(
    tmp_path: Path, folder: Path, engine: Engine
) -> None:
    """The second one was missed where the reader had lost its lock on the journal."""
    more = write_jsonl(tmp_path / "more" / "b.jsonl", map(entry, range(100, 102)))
    assert _ended(_start(more, "--index", folder))[0] == 0
    assert engine.held == len(engine.papers()) == 102
    gone = engine.papers()[0].paper_id
    command = [sys.executable, "-m", "app", "papers", "--remove", gone, "--index", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert engine.held == len(engine.papers()) == 101


def test_a_reader_during_a_run_sees_all_of_a_change_or_nothing(
    tmp_path: Path, folder: Path, engine: Engine
) -> None:
    """The second export edits every paper and adds as many: each state is one of two."""
    text = (entry(n, abstract=f"{abstract(n)} Edited since.") for n in range(100))
    changed = [*text, *map(entry, range(100, 600))]
    old = {abstract(n) for n in range(100)}
    new = {str(one["abstract"]) for one in changed}
    write_jsonl(tmp_path / "first" / "a.jsonl", changed)
    process = _start(tmp_path / "first", "--index", folder)
    _wait_for_writing(folder, process)
    states, questions = set(), 0
    while process.poll() is None:
        fresh = Index(folder)  # what `ask` in another terminal opens
        with fresh.catalog.snapshot():
            texts = {paper.abstract for paper in fresh.catalog.papers()}
            states.add("old" if texts == old else "new" if texts == new else "half")
        fresh.close()
        found = engine.search("Edited since", 5)
        assert all(p.paper.abstract[p.start : p.end] for p in found)
        questions += 1
    code, _, err = _ended(process)
    assert (code, err) == (0, "")
    assert questions > 0
    assert states <= {"old", "new"}
    assert "old" in states
    edited = engine.search("Edited since", 5)
    assert [p.paper.abstract in new for p in edited] == [True] * 5
    assert engine.index.catalog.count() == 600


def test_a_second_writer_is_refused_in_a_sentence_that_names_the_first(
    tmp_path: Path, folder: Path
) -> None:
    lock = writer_lock(folder)
    acquire(lock, 0)
    try:
        second = _start(tmp_path / "first", "--index", folder, ASKPAPERS_LOCK_SECONDS="0.2")
        code, _, err = _ended(second)
    finally:
        lock.release()
    assert code == 2
    assert f"process {os.getpid()}, since" in err
    assert len(err.strip().splitlines()) == 1


def test_a_second_writer_waits_for_the_first(tmp_path: Path, folder: Path) -> None:
    lock = writer_lock(folder)
    acquire(lock, 0)
    second = _start(tmp_path / "first", "--index", folder, "--json", ASKPAPERS_LOCK_SECONDS="60")
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(3)
    finally:
        lock.release()
    code, out, _ = _ended(second)
    assert (code, json.loads(out)["unchanged"]) == (0, 100)


def test_a_killed_writer_leaves_no_lock(tmp_path: Path, folder: Path) -> None:
    more = write_jsonl(tmp_path / "more" / "b.jsonl", map(entry, range(100, 2000)))
    process = _start(more, "--index", folder)
    _wait_for_writing(folder, process)
    with pytest.raises(IndexBusy, match=f"process {process.pid}, since"):
        acquire(writer_lock(folder), 0)
    process.kill()
    process.wait()
    lock = writer_lock(folder)
    acquire(lock, 5)
    lock.release()
    for stream in (process.stdout, process.stderr):
        assert stream
        stream.close()


def test_ctrl_c_stores_what_was_read_and_says_how_to_go_on(tmp_path: Path) -> None:
    folder = tmp_path / "stopped"
    lines = [json.dumps(entry(number)) + "\n" for number in range(2600)]
    command = [sys.executable, "-m", "ingest", "-", "--index", str(folder)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )
    assert process.stdin
    process.stdin.writelines(lines[:2500])
    process.stdin.flush()
    _wait_for_writing(folder, process)  # the first batch is in hand, and it waits for more
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    out, err = process.communicate("".join(lines[2500:]), timeout=300)
    assert (process.returncode, out) == (130, "")
    assert err.startswith("Stopped: 2,")
    assert err.count("\n") == 1
    assert err.rstrip().endswith("run the same command again to go on.")
    held = contents(folder)
    assert 2000 <= len(held["papers"]) <= 2600
    assert len(held["chunk ids in vectors"]) == len(held["papers in text"]) == len(held["papers"])
    tally = run(folder, write_jsonl(tmp_path / "all.jsonl", map(entry, range(2600))))
    assert tally.added == 2600 - len(held["papers"])

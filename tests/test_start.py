"""The way in: closed streams, readers that leave, Ctrl-C, and words that no terminal types."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Ran

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="streams and signals of POSIX")
Run = Callable[..., Ran]
DEEP = "[" * 100_000
# Searching needs no answer's statistics: the quickest command that opens an index.
SEARCH = ("search", "recommendation", "--limit", "40")


def shell(line: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Runs a line of shell, in which `ask` is the program and "$@" are the arguments."""
    script = f'ask() {{ {sys.executable} -m app "$@"; }}; {line}'
    return subprocess.run(
        ["bash", "-c", script, "-", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_reader_that_leaves_ends_the_command_as_quietly_as_any_other(
    sample_index: Path, form: tuple[str, ...]
) -> None:
    line = 'ask "$@" | true; echo "${PIPESTATUS[0]}"'
    done = shell(line, "papers", "--index", sample_index, *form)
    assert (done.stdout, done.stderr) == ("141\n", "")


@pytest.mark.parametrize(
    ("closed", "code"), [("<&-", 0), (">&-", 0), ("2>&-", 0), ("<&- >&- 2>&-", 0)]
)
def test_a_closed_stream_is_no_traceback_and_no_place_for_files(
    sample_index: Path, closed: str, code: int
) -> None:
    done = shell(f'ask "$@" {closed}', *SEARCH, "--index", sample_index)
    assert (done.returncode, done.stderr) == (code, "")


def test_a_closed_standard_input_is_told_to_who_wants_to_read_it(tmp_path: Path) -> None:
    done = shell('ask "$@" <&-', "ingest", "-", "--index", tmp_path / "index")
    assert done.returncode == 2
    assert done.stderr.startswith("Nothing could be read. -:1: ")
    assert "standard input is closed" in done.stderr


def test_output_that_cannot_be_written_is_told(sample_index: Path) -> None:
    done = shell('ask "$@" --json >/dev/full', *SEARCH, "--index", sample_index)
    assert done.returncode == 2
    assert done.stderr.startswith("The disk is full.")
    assert len(done.stderr.splitlines()) == 1


def test_ctrl_c_while_the_program_still_loads_ends_it_in_silence(tmp_path: Path) -> None:
    """A module that stands in for the slow ones says when it is being imported."""
    ready = tmp_path / "ready"
    slow = f"import time\nopen({str(ready)!r}, 'w').close()\ntime.sleep(30)\n"
    (tmp_path / "typer.py").write_text(slow)
    started = subprocess.Popen(
        [sys.executable, "-m", "app", "papers"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(tmp_path)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    while not ready.exists() and started.poll() is None:
        time.sleep(0.02)
    started.send_signal(signal.SIGINT)
    assert started.communicate(timeout=30) == ("", "")
    assert started.returncode == -signal.SIGINT


# Odd words


@pytest.mark.parametrize("limit", [2**31, 2**63 - 1, 99999999999999999999])
def test_a_limit_beyond_all_papers_shows_them_all(
    askpapers: Run, sample_index: Path, limit: int
) -> None:
    ran = askpapers("search", "graph", "--limit", limit, "--index", sample_index, "--json")
    assert ran.code == 0
    assert len(json.loads(ran.out)["results"]) > 10


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask", "--index"),
        ("papers", "--remove", "\udce9"),
        ("papers", "--remove", ""),
        ("search", "--batch", "deep.jsonl"),
        ("ask", "--batch", "deep.jsonl"),
        ("ask", "--batch", "gone\udce9"),
        ("ask", "--batch", "/dev/null/x"),
        ("eval", "meta", "deep.jsonl"),
        ("eval", "run", "--cases", "deep.yaml"),
        ("eval", "compare", "deep.jsonl", "deep.jsonl"),
        ("eval", "retrieval", "--queries", "deep.jsonl", "--qrels", "deep.jsonl"),
    ],
)
def test_odd_words_end_in_a_sentence(
    askpapers: Run, sample_index: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "deep.jsonl").write_text(DEEP)
    (tmp_path / "deep.yaml").write_text(DEEP)
    index = () if arguments[1] in ("--index", "meta", "compare") else ("--index", sample_index)
    ran = askpapers(*arguments, *index)
    assert ran.code == 2
    assert len(ran.err.strip().splitlines()) == 1, ran.err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENAI_BASE_URL", "http://["),
        ("OPENAI_BASE_URL", "http://host:99999/v1"),
        ("ASKPAPERS_EMBEDDING", "openai:\udce9"),
        ("ASKPAPERS_CHAT_MODEL", "\udce9"),
    ],
)
def test_odd_settings_end_in_a_sentence(
    askpapers: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    ran = askpapers("doctor")
    assert ran.code == 2
    assert ran.err.startswith(f"The setting {name}=")
    assert len(ran.err.strip().splitlines()) == 1

"""`askpapers ask` while a model writes: what is shown before the answer, and how it is stopped."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import ROOT, Ran
from scripted_server import DONE, Body, Reply, ScriptedServer, event, says, streams

FIRST = "SGIL looks for preferences which stay stable within the given social graph [1]. "
SECOND = "It minimizes the invariant risk over several simulated noisy social environments [1]. "
COST = "Note: The model reads about"
Asking = Callable[..., Ran]


@pytest.fixture
def ask(
    askpapers: Callable[..., Ran], sample_index: Path, monkeypatch: pytest.MonkeyPatch
) -> Asking:
    def run(server: ScriptedServer, *arguments: object, **settings: object) -> Ran:
        monkeypatch.setenv("OPENAI_BASE_URL", server.address)
        for name, value in settings.items():
            monkeypatch.setenv(f"ASKPAPERS_{name.upper()}", str(value))
        return askpapers("ask", *arguments, "--index", sample_index)

    return run


def judges_none(body: Body) -> Reply:
    count = body["messages"][-1]["content"].count("</paper>")
    listed = [{"paper": n + 1, "match": False, "quote": ""} for n in range(count)]
    return says(json.dumps({"judgements": listed}))


def test_json_stays_pure_and_the_cost_of_a_big_run_goes_to_stderr(ask: Asking) -> None:
    with ScriptedServer(judges_none) as server:
        ran = ask(server, "Which papers use graphs?", "--json", announced_tokens=0, price_in=1)
    assert json.loads(ran.out)["kind"] == "list"
    assert ran.err.startswith(COST)
    assert "tokens in" in ran.err
    assert "(at most about $" in ran.err
    assert ran.err.count("\n") == 1


def test_a_small_run_says_nothing_on_stderr(ask: Asking) -> None:
    with ScriptedServer(says(FIRST)) as server:
        ran = ask(server, "What is SGIL?")
    assert ran.err == ""
    assert "stay stable" in ran.out


def _process(server: ScriptedServer, index: Path, question: str, **more: str) -> dict[str, object]:
    return {
        "args": [sys.executable, "-m", "app", "ask", question, "--index", str(index)],
        "env": {
            **os.environ, "PYTHONPATH": str(ROOT), "OPENAI_BASE_URL": server.address,
            "TERM": "xterm", "COLUMNS": "100", **more,
        },
    }  # fmt: skip


def _read(terminal: int, wanted: bytes) -> bytes:
    """What a process writes to its terminal, up to something that is waited for."""
    seen, until = b"", time.monotonic() + 60
    with suppress(OSError):  # the end of a terminal that nobody holds any more
        while wanted not in seen and time.monotonic() < until:
            seen += os.read(terminal, 4096)
    return seen


def test_the_cost_comes_before_the_first_request(sample_index: Path, tmp_path: Path) -> None:
    def waits(body: Body) -> Reply:
        return Reply([1.5, *judges_none(body).blocks])

    with ScriptedServer(waits) as server:
        made = _process(
            server, sample_index, "Which papers use graphs?", ASKPAPERS_ANNOUNCED_TOKENS="0"
        )
        running = subprocess.Popen(
            **made,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,  # type: ignore[call-overload]
        )
        assert running.stderr.readline().startswith(COST.encode())
        assert running.poll() is None
        out, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    assert b"graph" in out


def test_a_terminal_sees_each_sentence_when_it_is_checked(
    sample_index: Path, tmp_path: Path
) -> None:
    blocks: list[bytes | float] = [event(FIRST), event(SECOND + "And "), 3.0, event("so on.")]
    with ScriptedServer(streams([*blocks, event(finish="stop"), DONE])) as server:
        mine, theirs = pty.openpty()
        running = subprocess.Popen(
            **_process(server, sample_index, "What is SGIL?"),  # type: ignore[call-overload]
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs, stdin=theirs,
        )  # fmt: skip
        os.close(theirs)
        seen = _read(mine, b"social environments. [1]")
        assert b"stay stable within the given social graph. [1]" in seen
        assert running.poll() is None, "it was shown only at the end"
        out, _ = running.communicate(timeout=60)
        os.close(mine)
    assert out.count(b"stay stable") == 1


def test_a_terminal_sees_how_many_papers_are_judged(sample_index: Path, tmp_path: Path) -> None:
    with ScriptedServer(lambda body: Reply([0.5, *judges_none(body).blocks])) as server:
        mine, theirs = pty.openpty()
        made = _process(
            server, sample_index, "Which papers use graphs?",
            ASKPAPERS_ANNOUNCED_TOKENS="0", ASKPAPERS_PARALLEL="1",
        )  # fmt: skip
        running = subprocess.Popen(
            **made,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=theirs,
            stdin=theirs,  # type: ignore[call-overload]
        )
        os.close(theirs)
        assert b"The model reads about" in _read(mine, b"has judged 8 of")
        running.communicate(timeout=60)
        os.close(mine)
    assert running.returncode == 0


@pytest.mark.parametrize("blocks", [[60.0], [event(FIRST + SECOND + "And "), 60.0]])
def test_ctrl_c_ends_the_request_at_the_server(
    blocks: list[bytes | float], sample_index: Path, tmp_path: Path
) -> None:
    with ScriptedServer(streams(blocks)) as server:
        running = subprocess.Popen(
            **_process(server, sample_index, "What is SGIL?"),  # type: ignore[call-overload]
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        until = time.monotonic() + 60
        while not server.requests and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.3)
        running.send_signal(signal.SIGINT)
        assert server.left.wait(5)
        out, said = running.communicate(timeout=10)
    assert (running.returncode, out) == (130, "")
    assert said.startswith("Stopped.")
    assert said.count("\n") == 1

"""Other systems gated end to end, with the examples of the documentation."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from conftest import ROOT, Ran
from scripted_server import Body, Reply, ScriptedServer

Run = Callable[..., Ran]

DOCUMENT = (ROOT / "docs/evaluating-another-system.md").read_text("utf-8")
ABSTRACTS = """Title: LUMEN: How Moths Find Lamps
Abstract: We present LUMEN, a model of how moths find lamps. LUMEN finds 56% of all lamps.

Title: TIDAL: Forecasting Tides
Abstract: We present TIDAL, a forecast of tides from the moon. TIDAL errs by 12 minutes.
"""
CASES = """- id: lumen-lamps
  question: How many lamps does LUMEN find?
  papers: [LUMEN]
  facts: ["56%"]
- id: tidal
  question: What is TIDAL?
  kind: definition
  papers: [TIDAL]
  facts: [tides]
- id: owls
  question: What do snowy owls eat in winter?
  answerable: false
"""
OWN = ("--cases", "cases.yaml", "--index", "index")
GOOD: dict[str, dict[str, object]] = {
    "lumen-lamps": {"answer": "LUMEN finds 56% of all lamps [1].", "sources": ["abstracts.txt:2"]},
    "tidal": {
        "answer": "We present TIDAL, a forecast of tides from the moon (Source 1).",
        "sources": [{"title": "TIDAL: Forecasting Tides"}],
    },
    "owls": {"answer": "I could not find anything about owls in these papers."},
}


def _example(name: str) -> str:
    """The code block of the document that begins with the name of its file."""
    return next(
        code
        for code in re.findall(r"^```python\n(.*?)^```$", DOCUMENT, re.M | re.S)
        if code.startswith(f"# {name}")
    )


@pytest.fixture
def lamps(askpapers: Run, tmp_path: Path) -> Path:
    """A folder with an index and cases; the running folder of the commands."""
    (tmp_path / "abstracts.txt").write_text(ABSTRACTS, "utf-8")
    (tmp_path / "cases.yaml").write_text(CASES, "utf-8")
    assert askpapers("ingest", "abstracts.txt", "--index", "index").code == 0
    return tmp_path


def _write(folder: Path, **changed: dict[str, object]) -> None:
    lines = [json.dumps({"id": name, **said}) for name, said in {**GOOD, **changed}.items()]
    (folder / "answers.jsonl").write_text("\n".join(lines), "utf-8")


def _rows(folder: Path) -> dict[str, Any]:
    stored = json.loads((folder / "results.json").read_text("utf-8"))
    return {row["id"]: row for row in stored["rows"]}


def test_answers_of_a_file_are_scored_reported_and_gated_by_their_own_baseline(
    askpapers: Run, lamps: Path
) -> None:
    _write(lamps)
    theirs = (*OWN, "--answers", "answers.jsonl", "--baseline", "theirs.json")
    assert askpapers("eval", "bless", *theirs).code == 0
    held = askpapers("eval", "run", *theirs, "--out", "out")
    assert held.code == 0, held.err
    assert "3 of 3 cases pass" in held.out
    assert "answers given by another system" in held.out
    assert {"report.html", "junit.xml", "summary.md"} <= {f.name for f in (lamps / "out").iterdir()}
    stored = json.loads((lamps / "out/results.json").read_text("utf-8"))
    assert stored["settings"] == {}
    _write(lamps, **{"lumen-lamps": {"answer": "LUMEN finds 65% of all lamps [1].",
                                     "sources": ["abstracts.txt:2"]}})  # fmt: skip
    lost = askpapers("eval", "run", *theirs, "--out", "out")
    assert lost.code == 1
    assert "missing fact: 56%" in lost.out


def test_what_ask_prints_as_json_is_an_answer(askpapers: Run, lamps: Path) -> None:
    assert askpapers("eval", "export", "cases.jsonl", "--cases", "cases.yaml").code == 0
    printed = askpapers("ask", "--batch", "cases.jsonl", "--index", "index").out
    (lamps / "answers.jsonl").write_text(printed, "utf-8")
    theirs = askpapers("eval", "run", *OWN, "--answers", "answers.jsonl", "--out", "theirs")
    assert theirs.code == 0, theirs.err
    assert askpapers("eval", "run", *OWN, "--out", "ours").code == 0
    ours = {name: row["passed"] for name, row in _rows(lamps / "ours").items()}
    assert ours == {name: row["passed"] for name, row in _rows(lamps / "theirs").items()}


def test_answers_made_before_the_run_have_no_seconds_and_no_limit_on_them(
    askpapers: Run, lamps: Path
) -> None:
    _write(lamps)
    theirs = (*OWN, "--answers", "answers.jsonl", "--out", "runs/1")
    ran = askpapers("eval", "run", *theirs)
    assert ran.code == 0, ran.err
    assert "Seconds a question" not in ran.out
    timings = json.loads((lamps / "runs/1/timings.json").read_text("utf-8"))
    assert (timings["p50"], timings["cases"]) == (None, {})
    assert askpapers("eval", "trend", "runs", "--out", "trend.html").code == 0
    for limit in ("p95=9", "total=9", "tokens=9", "dollars=9"):
        refused = askpapers("eval", "run", *theirs, "--at-most", limit)
        assert refused.code == 2
        assert "this run does not measure it" in refused.err


def test_the_engine_s_baseline_is_never_another_system_s(askpapers: Run, lamps: Path) -> None:
    _write(lamps)
    refused = askpapers("eval", "bless", *OWN, "--answers", "answers.jsonl")
    assert refused.code == 2
    assert "need a baseline of their own: --baseline FILE" in refused.err
    assert askpapers("eval", "bless", *OWN, "--baseline", "ours.json").code == 0
    unlike = askpapers("eval", "run", *OWN, "--answers", "answers.jsonl", "--baseline", "ours.json")
    assert unlike.code == 4
    free = askpapers("eval", "run", *OWN, "--answers", "answers.jsonl", "--out", "out")
    assert free.code == 0, free.err


def test_a_source_that_is_not_made_out_is_told_and_fails_its_case(
    askpapers: Run, lamps: Path
) -> None:
    _write(lamps, tidal={"answer": "TIDAL errs by 12 minutes. [1]", "sources": ["Tide Tables"]})
    ran = askpapers("eval", "run", *OWN, "--answers", "answers.jsonl", "--out", "out")
    assert ran.code == 0
    told = "tidal: the source 'Tide Tables' fits no paper of the index."
    assert told in ran.err
    assert told in (lamps / "out/summary.md").read_text("utf-8")
    assert "a marker resolves to no paper of the index" in _rows(lamps / "out")["tidal"]["reasons"]


def test_what_cannot_be_scored_exits_2_and_a_failing_system_3(askpapers: Run, lamps: Path) -> None:
    (lamps / "answers.jsonl").write_text('{"id": "tidal", "answer": "x"}\nno JSON\n', "utf-8")
    (lamps / "fails.py").write_text("raise SystemExit('no model is loaded')", "utf-8")
    python = sys.executable
    for arguments, code, said in (
        (("--answers", "answers.jsonl"), 2, "answers.jsonl:2: this line is not JSON."),
        (("--answers", "none.jsonl"), 2, "none.jsonl: cannot be read"),
        (("--answers", "answers.jsonl", "--url", "http://x"), 2, "--answers and --url name two"),
        (("--answers", "answers.jsonl", "--generated"), 2, "--generated is the engine's own"),
        (("--command", "no-such-command"), 2, "--command no-such-command: cannot be run"),
        (("--command", f"{python} -c pass"), 2, "3 cases have no answer: lumen-lamps, tidal"),
        (("--command", f"{python} fails.py"), 3, "ended with 1: no model is loaded"),
        (("--url", "localhost/ask"), 2, "an address begins with http:// or https://"),
        (("--url", "http://127.0.0.1:9/ask"), 3, "http://127.0.0.1:9/ask cannot be reached"),
    ):
        ran = askpapers("eval", "run", *OWN, *arguments, "--out", "out")
        assert ran.code == code, (arguments, ran.err)
        assert said in ran.err
        assert "Traceback" not in ran.err
        assert not (lamps / "out/results.json").exists()


def test_a_service_that_fails_exits_3_and_the_next_run_goes_on(askpapers: Run, lamps: Path) -> None:
    def answers(body: Body) -> Reply:
        text = json.dumps(GOOD[body["id"]]).encode()
        return Reply([text], kind="application/json")

    with ScriptedServer(answers, Reply([b"{}"], status=500, kind="application/json")) as server:
        own = (*OWN, "--url", server.address, "--out", "out", "--workers", "1")
        ran = askpapers("eval", "run", *own)
        assert ran.code == 3
        assert f"{server.address} failed on the case 'tidal' (HTTP 500)" in ran.err
        server.script.clear()
        server.script.append(answers)
        ran = askpapers("eval", "run", *own)
    assert ran.code == 0, ran.err
    assert "going on after 1 cases" in ran.err
    assert [body["id"] for body in server.requests] == ["lumen-lamps", "tidal", "tidal", "owls"]
    assert all(set(body) == {"id", "question", "history"} for body in server.requests)
    assert all(row["passed"] for row in _rows(lamps / "out").values())


def test_a_service_may_answer_in_bare_text_and_must_not_answer_in_broken_json(
    askpapers: Run, lamps: Path
) -> None:
    plain = Reply([b"LUMEN finds 56% of all lamps [abstracts.txt:2]."], kind="text/plain")
    with ScriptedServer(plain) as server:
        ran = askpapers("eval", "run", *OWN, "--url", server.address, "--out", "out")
        assert ran.code == 0, ran.err
        assert _rows(lamps / "out")["lumen-lamps"]["passed"]
        server.script.clear()
        server.script.append(Reply([b"{"], kind="application/json"))
        ran = askpapers("eval", "run", *OWN, "--url", server.address, "--out", "broken")
    assert ran.code == 2
    assert "its answer to the case 'lumen-lamps' cannot be read: it is not JSON" in ran.err


# The examples of the document


@contextmanager
def _served(code: str) -> Iterator[str]:
    names: dict[str, Any] = {"__name__": "service"}
    exec(compile(code, "service.py", "exec"), names)
    server = uvicorn.Server(uvicorn.Config(names["app"], port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/ask"
    finally:
        server.should_exit = True
        thread.join()


def test_the_service_of_the_document_is_scored(askpapers: Run, lamps: Path) -> None:
    with _served(_example("service.py")) as address:
        ran = askpapers("eval", "run", *OWN, "--url", address, "--out", "out")
    assert ran.code == 0, ran.err
    passed = {name for name, row in _rows(lamps / "out").items() if row["passed"]}
    assert passed == {"lumen-lamps", "owls"}


def test_the_command_of_the_document_is_scored(askpapers: Run, lamps: Path) -> None:
    (lamps / "my_system.py").write_text(_example("my_system.py"), "utf-8")
    command = f"{sys.executable} my_system.py"
    ran = askpapers("eval", "run", *OWN, "--command", command, "--out", "out")
    assert ran.code == 0, ran.err
    passed = {name for name, row in _rows(lamps / "out").items() if row["passed"]}
    assert passed == {"tidal", "owls"}


def _quotes_its_first_source(body: Body) -> Reply:
    """A model that answers in the first sentence of the first source, and cites it."""
    sources = str(body["messages"][-1]["content"]).split("------")[1]
    found = re.search(r"Source 1:\s*(.+?[.!?])(?:\s|$)", sources, re.S)
    text = f"{' '.join(found[1].split())} [1]" if found else "The sources do not say."
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text},
        "finish_reason": "stop",
    }
    made = {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
    return Reply([json.dumps(made).encode()], kind="application/json")


def test_the_llamaindex_engine_of_the_document_is_gated_on_the_sample(
    askpapers: Run, sample_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cases.yaml").write_text(
        "- {id: gmvit, question: 'What is GMViT?', kind: definition, papers: [GMViT]}\n"
        "- {id: egoblind, question: 'What is EgoBlind made for?', papers: [EgoBlind]}\n", "utf-8"
    )  # fmt: skip
    papers = askpapers("papers", "--index", sample_index, "--json")
    (tmp_path / "papers.json").write_text(papers.out, "utf-8")
    assert askpapers("eval", "export", "cases.jsonl", "--cases", "cases.yaml").code == 0
    with ScriptedServer(_quotes_its_first_source) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.address)
        exec(compile(_example("llamaindex_answers.py"), "llamaindex_answers.py", "exec"), {})
    monkeypatch.delenv("OPENAI_BASE_URL")
    theirs = ("--cases", "cases.yaml", "--index", sample_index, "--answers", "answers.jsonl",
              "--baseline", "theirs.json")  # fmt: skip
    assert askpapers("eval", "bless", *theirs).code == 0
    held = askpapers("eval", "run", *theirs, "--out", "out")
    assert held.code == 0, held.err
    for row in _rows(tmp_path / "out").values():
        assert row["passed"], row["reasons"]
        assert row["cited"] == row["expected"]
        assert row["retrieved"][0] == row["cited"][0]
    answers = (tmp_path / "answers.jsonl").read_text("utf-8").splitlines()
    worse = json.dumps({"id": "gmvit", "answer": "GMViT is a kind of moth."})
    (tmp_path / "answers.jsonl").write_text("\n".join([worse, answers[1]]), "utf-8")
    assert askpapers("eval", "run", *theirs, "--out", "out").code == 1


def test_every_command_of_the_document_is_one_that_was_run_here() -> None:
    run = {"--cases", "--index", "--answers", "--url", "--command", "--baseline", "--json"}
    written = re.findall(r"^askpapers (.+)$", DOCUMENT, re.M)
    assert {name for line in written for name in re.findall(r"--[a-z]+", line)} == run
    assert {line.split(" --")[0] for line in written} == {
        "eval run", "eval bless", "papers", "eval export cases.jsonl"
    }  # fmt: skip

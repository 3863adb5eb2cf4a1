"""`askpapers eval` by its exit codes: 0 held, 1 regressed, 2 cannot run, 3 server, 4 unlike."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Ran
from scripted_server import Body, Reply, ScriptedServer, refuses, says

Run = Callable[..., Ran]

ABSTRACTS = """Title: LUMEN: How Moths Find Lamps
Abstract: We present LUMEN, a model of how moths find lamps. LUMEN finds 56% of all lamps.

Title: TIDAL: Forecasting Tides
Abstract: We present TIDAL, a forecast of tides from the moon. TIDAL errs by 12 minutes.
"""
CHANGED = ABSTRACTS.replace("finds 56% of all lamps", "sees most lamps at night")
CASES = """- id: lumen-lamps
  question: How many lamps does LUMEN find?
  answer: 56% of them.
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
SGIL = "- id: sgil\n  question: What does SGIL stand for?\n  papers: [SGIL]\n"


@pytest.fixture
def lamps(askpapers: Run, tmp_path: Path) -> Path:
    """A folder with abstracts, an index of them, cases, and a baseline that was blessed."""
    (tmp_path / "abstracts.txt").write_text(ABSTRACTS, "utf-8")
    (tmp_path / "cases.yaml").write_text(CASES, "utf-8")
    assert askpapers("ingest", "abstracts.txt", "--index", "index").code == 0
    assert _eval(askpapers, "bless").code == 0
    return tmp_path


def _eval(askpapers: Run, command: str, *more: object) -> Ran:
    own = ("--cases", "cases.yaml", "--index", "index", "--baseline", "baseline.json")
    return askpapers("eval", command, *own, *more)


def _rewrite_answers(baseline: Path, case_id: str, text: str) -> None:
    """As if the blessed answer to a case had said something else, with another measure."""
    stored = json.loads(baseline.read_text("utf-8"))
    for row in stored["corpora"]["index"]["rows"]:
        if row["id"] == case_id:
            row["sentences"][0]["text"] = text
            row["measures"]["paper_precision"] = 1.0
            row["measures"]["unsupported_atoms"] = -1.0
    baseline.write_text(json.dumps(stored), "utf-8")


def test_a_run_that_holds_exits_0_and_writes_every_form(askpapers: Run, lamps: Path) -> None:
    ran = _eval(askpapers, "run", "--out", "out")
    assert ran.code == 0, ran.err
    assert "3 of 3 cases pass" in ran.out
    written = {file.name for file in (lamps / "out").iterdir()}
    assert written == {
        "junit.xml", "report.html", "results.json", "summary.md", "timings.json"
    }  # fmt: skip
    assert "The gate holds" in (lamps / "out/summary.md").read_text("utf-8")


def test_a_second_run_writes_the_same_bytes(askpapers: Run, lamps: Path) -> None:
    for out in ("one", "two"):
        assert _eval(askpapers, "run", "--out", out).code == 0
    one = (lamps / "one/results.json").read_bytes()
    assert one == (lamps / "two/results.json").read_bytes()
    assert re.fullmatch("[0-9a-f]{16}", json.loads(one)["provenance"]["engine"])


def test_a_regression_exits_1_and_names_the_case_and_the_sentence(
    askpapers: Run, lamps: Path
) -> None:
    _rewrite_answers(lamps / "baseline.json", "lumen-lamps", "LUMEN finds every lamp.")
    ran = _eval(askpapers, "run", "--out", "out")
    assert ran.code == 1
    assert "1 case is worse than the baseline" in ran.err
    assert "askpapers eval bless" in ran.err
    summary = (lamps / "out/summary.md").read_text("utf-8")
    gate, _, rest = summary.partition("| kind |")
    assert "- **lumen-lamps** (How many lamps does LUMEN find?): still passes, but worse" in gate
    for said in (summary, ran.out):
        assert "sentence gone: LUMEN finds every lamp." in said
        assert "sentence new: LUMEN finds 56% of all lamps." in said
    assert "tidal" not in gate + rest


def test_an_improvement_is_reported_and_exits_0(askpapers: Run, lamps: Path) -> None:
    stored = json.loads((lamps / "baseline.json").read_text("utf-8"))
    stored["corpora"]["index"]["rows"][1]["passed"] = False
    (lamps / "baseline.json").write_text(json.dumps(stored), "utf-8")
    ran = _eval(askpapers, "run", "--out", "out")
    assert ran.code == 0
    for said in (ran.out, (lamps / "out/summary.md").read_text("utf-8")):
        assert "no case is worse than in the baseline; 1 better." in said
        assert "tidal" in said


def test_a_server_in_the_environment_changes_nothing_unless_it_is_asked_for(
    askpapers: Run, lamps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _eval(askpapers, "run", "--out", "without").code == 0
    with ScriptedServer(refuses(500)) as server:
        _use(monkeypatch, server)
        for mode in ("auto", "generated"):
            monkeypatch.setenv("ASKPAPERS_MODE", mode)
            ran = _eval(askpapers, "run", "--out", mode)
            assert ran.code == 0, ran.err
    assert server.requests == []
    rows = json.loads((lamps / "auto/results.json").read_text("utf-8"))["rows"]
    assert rows == json.loads((lamps / "without/results.json").read_text("utf-8"))["rows"]


def test_generated_answers_need_a_server_and_a_baseline_of_their_own(
    askpapers: Run, lamps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = _eval(askpapers, "run", "--generated")
    assert ran.code == 2
    assert "OPENAI_BASE_URL" in ran.err
    own = ("--cases", "cases.yaml", "--index", "index")
    assert askpapers("eval", "bless", *own, "--generated").code == 2
    with ScriptedServer(says("LUMEN finds 56% of all lamps. [1]", usage=(100, 10))) as server:
        _use(monkeypatch, server)
        unlike = _eval(askpapers, "run", "--generated", "--out", "unlike")
        assert unlike.code == 4
        assert "holds extractive answers, and this run generated by gpt-4o-mini" in unlike.err
        generated = (*own, "--generated", "--baseline", "generated.json")
        assert askpapers("eval", "bless", *generated).code == 0
        held = askpapers("eval", "run", *generated, "--out", "held")
    assert held.code == 0, held.err
    assert "answers generated by gpt-4o-mini" in held.out
    stored = json.loads((lamps / "held/results.json").read_text("utf-8"))
    assert stored["fingerprints"]["answers"] == "generated by gpt-4o-mini"
    assert json.loads((lamps / "held/timings.json").read_text("utf-8"))["tokens"]["read"] >= 100


def test_check_counts_the_cases_of_each_kind_and_paper(askpapers: Run, lamps: Path) -> None:
    own = ("--cases", "cases.yaml", "--index", "index")
    ran = askpapers("eval", "check", *own)
    assert ran.code == 0
    assert "3 cases are sound (1 lookup, 1 definition, 1 unanswerable)" in ran.out
    assert "2 of 2 papers are asked about" in ran.out
    assert re.search(r"index: +1 +LUMEN: How Moths Find Lamps \(abs:", ran.out)
    (lamps / "cases.yaml").write_text(CASES.replace("id: tidal", "id: tides") + CASES, "utf-8")
    assert askpapers("eval", "check", *own).code == 2
    (lamps / "cases.yaml").write_text(CASES.replace('"56%"', '"57%"'), "utf-8")
    ran = askpapers("eval", "check", *own)
    assert ran.code == 2
    assert "the fact '57%' stands in none" in ran.out
    assert "There is 1 problem in the cases" in ran.err


def test_what_cannot_run_exits_2_with_a_sentence(askpapers: Run, lamps: Path) -> None:
    (lamps / "bad.yaml").write_text("- id: x\n  question: y?\n  papers: [NOWHERE]\n", "utf-8")
    for arguments, said in (
        (("run", "--cases", "bad.yaml", "--index", "index"), "'NOWHERE' stands in no paper"),
        (("run", "--cases", "none.yaml", "--index", "index"), "no such case file"),
        (("run", "--cases", "cases.yaml", "--index", "nowhere"), "no papers in the index"),
        (("run", "--cases", "cases.yaml", "--index", "index", "--judge"), "model server"),
        (("sweep", "--set", "chunk_chars"), "NAME=A,B"),
        (("sweep", "--set", "no_such=1"), "NAME=A,B"),
        (("sweep", "--set", "chunk_chars=5"), "greater than or equal to 100"),
        (("sweep", "--set", "seed=1", "--measure", "speed"), "quality is one of"),
        (("sweep", "--set", "chat_model=a,b"), "without --generated no model is asked"),
        (("sweep", "--set", "seed=1", "--corpus", "moon"), "no corpus 'moon' at hand"),
        (("meta", "none.jsonl"), "cannot be read"),
    ):
        ran = askpapers("eval", *arguments)
        assert ran.code == 2, arguments
        assert said in ran.err
        assert "Traceback" not in ran.err


@pytest.mark.parametrize("broken", [refuses(500), refuses(401), Reply([], cut=True)])
def test_a_dead_server_exits_3_and_scores_nothing(
    askpapers: Run, lamps: Path, monkeypatch: pytest.MonkeyPatch, broken: Reply
) -> None:
    with ScriptedServer(broken) as server:
        _use(monkeypatch, server)
        ran = _eval(askpapers, "run", "--generated", "--out", "out")
    assert ran.code == 3, ran.err
    assert server.address in ran.err
    assert not (lamps / "out/results.json").exists()


def test_a_server_that_dies_in_the_middle_exits_3_and_the_next_run_goes_on(
    askpapers: Run, lamps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(body: Body) -> Reply:
        return refuses(401) if "What is TIDAL" in str(body["messages"]) else helpful

    helpful = says("LUMEN finds 56% of all lamps. [1]")
    with ScriptedServer(dies) as server:
        _use(monkeypatch, server)
        ran = _eval(askpapers, "run", "--generated", "--out", "out", "--workers", "1")
        assert ran.code == 3, ran.err
        assert "refused the key" in ran.err
        assert not (lamps / "out/results.json").exists()
        assert (lamps / "out/unfinished.jsonl").exists()
        asked = len(server.requests)
        server.script.clear()
        server.script.append(says("TIDAL is a forecast of tides from the moon. [1]"))
        ran = _eval(askpapers, "run", "--generated", "--out", "out", "--workers", "1")
    assert "going on after 1 cases" in ran.err
    assert (lamps / "out/results.json").exists()
    assert not (lamps / "out/unfinished.jsonl").exists()
    later = [str(body["messages"][-1]["content"]) for body in server.requests[asked:]]
    assert not any("How many lamps" in text for text in later)


def test_workers_change_neither_order_nor_bytes(
    askpapers: Run, lamps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedServer(says("LUMEN finds 56% of all lamps. [1]")) as server:
        _use(monkeypatch, server)
        for workers in (1, 4):
            out = f"out-{workers}"
            ran = _eval(askpapers, "run", "--generated", "--out", out, "--workers", workers)
            assert ran.code == 4, ran.err
    one = (lamps / "out-1/results.json").read_bytes()
    assert one == (lamps / "out-4/results.json").read_bytes()
    assert [row["id"] for row in json.loads(one)["rows"]] == ["lumen-lamps", "tidal", "owls"]


def test_a_corpus_that_grows_is_still_compared_and_told(askpapers: Run, lamps: Path) -> None:
    grown = f"{ABSTRACTS}\nTitle: SPAN: Old Bridges\nAbstract: We date stone bridges by mortar.\n"
    (lamps / "abstracts.txt").write_text(grown, "utf-8")
    assert askpapers("ingest", "abstracts.txt", "--index", "index").code == 0
    ran = _eval(askpapers, "run", "--out", "out")
    assert ran.code == 0, ran.err
    assert "The gate holds" in ran.out
    assert "The papers have changed since: 1 added." in " ".join(ran.out.split())


def test_a_case_about_an_edited_paper_is_named_and_the_others_gate(
    askpapers: Run, lamps: Path
) -> None:
    (lamps / "abstracts.txt").write_text(CHANGED.replace("at night", "at 56%"), "utf-8")
    assert askpapers("ingest", "abstracts.txt", "--index", "index").code == 0
    assert _eval(askpapers, "run", "--out", "out").code == 0
    assert "or their papers: lumen-lamps" in (lamps / "out/summary.md").read_text("utf-8")
    _rewrite_answers(lamps / "baseline.json", "tidal", "TIDAL forecasts all.")
    assert _eval(askpapers, "run", "--out", "out").code == 1


def test_another_corpus_or_no_baseline_exits_4_and_still_reports(
    askpapers: Run, lamps: Path
) -> None:
    other = ABSTRACTS.replace("We present", "Here we show").replace("moths find", "bats see")
    (lamps / "other.txt").write_text(
        other.replace("tides from the moon", "tides of rivers"), "utf-8"
    )
    assert askpapers("ingest", "other.txt", "--index", "other").code == 0
    own = ("--cases", "cases.yaml", "--index", "other", "--baseline", "baseline.json")
    ran = askpapers("eval", "run", *own, "--out", "out")
    assert ran.code == 4
    assert "corpora differ" in ran.err
    assert "bless" in ran.err
    assert (lamps / "out/results.json").exists()
    before = (lamps / "baseline.json").read_bytes()
    refused = askpapers("eval", "bless", *own, "--reason", "x", "--accept-worse")
    assert refused.code == 2
    assert "holds another corpus" in refused.err
    assert (lamps / "baseline.json").read_bytes() == before
    (lamps / "baseline.json").unlink()
    ran = _eval(askpapers, "run", "--out", "out")
    assert ran.code == 4
    assert "no baseline" in ran.err


def test_changed_cases_are_named_and_only_when_none_is_left_exit_4(
    askpapers: Run, lamps: Path
) -> None:
    (lamps / "cases.yaml").write_text(CASES.replace('["56%"]', '["56"]'), "utf-8")
    ran = _eval(askpapers, "run", "--out", "out")
    assert ran.code == 0
    assert "changed since, or their papers: lumen-lamps" in " ".join(ran.out.split())
    (lamps / "cases.yaml").write_text(CASES.replace("?", " now?"), "utf-8")
    ran = _eval(askpapers, "run", "--out", "out")
    assert ran.code == 4
    assert "No case can be compared" in ran.err


def test_compare_refuses_other_corpora_with_4(askpapers: Run, lamps: Path) -> None:
    assert _eval(askpapers, "run", "--out", "one").code == 0
    stored = json.loads((lamps / "one/results.json").read_text("utf-8"))
    stored["fingerprints"]["corpus"] = "0" * 16
    (lamps / "two.json").write_text(json.dumps(stored), "utf-8")
    same = askpapers("eval", "compare", "one", "one")
    assert same.code == 0
    assert "0 won, 0 lost, 3 unchanged" in same.out
    assert askpapers("eval", "compare", "one", "two.json").code == 4


def test_the_gate_takes_several_corpora_with_a_baseline_each(
    askpapers: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.library import SAMPLE

    seeds = tmp_path / "data/seeds"
    seeds.mkdir(parents=True)
    for file in SAMPLE.glob("*.txt"):
        (seeds / file.name).write_bytes(file.read_bytes())
    monkeypatch.setenv("ASKPAPERS_DATA", str(tmp_path / "data"))
    (tmp_path / "cases.yaml").write_text(SGIL, "utf-8")
    own = ("--cases", "cases.yaml", "--baseline", "baseline.json")
    assert askpapers("eval", "bless", *own).code == 0
    held = askpapers("eval", "run", *own, "--out", "out")
    assert held.code == 0, held.err
    assert (tmp_path / "out/results.json").exists()
    assert (tmp_path / "out/seeds/results.json").exists()
    stored: Any = json.loads((tmp_path / "baseline.json").read_text("utf-8"))
    assert sorted(stored["corpora"]) == ["sample", "seeds"]
    # The text of the seeds may not be kept.
    assert stored["corpora"]["seeds"]["rows"][0]["answer"] == ""
    stored["corpora"]["seeds"]["rows"][0]["measures"]["paper_recall"] = 2.0
    del stored["corpora"]["sample"]
    (tmp_path / "baseline.json").write_text(json.dumps(stored), "utf-8")
    lost = askpapers("eval", "run", *own, "--out", "out")
    assert lost.code == 1
    assert "1 case is worse" in lost.err
    assert "no baseline for the corpus 'sample'" in lost.err


def test_sweep_writes_a_row_a_combination_and_a_plot(askpapers: Run, tmp_path: Path) -> None:
    (tmp_path / "cases.yaml").write_text(SGIL, "utf-8")
    ran = askpapers(
        "eval", "sweep", "--cases", "cases.yaml", "--set", "chunk_chars=400,2000", "--out", "sweep"
    )
    assert ran.code == 0, ran.err
    stored = json.loads((tmp_path / "sweep/sweep.json").read_text("utf-8"))
    chosen = sorted(point["settings"]["chunk_chars"] for point in stored["points"])
    assert chosen == ["2000", "400"]
    assert all(point["means"]["passed"]["n"] == 1 for point in stored["points"])
    page = (tmp_path / "sweep/sweep.html").read_text("utf-8")
    assert page.count('<circle class="dot"') == 2
    assert "chunk_chars=400" in page
    assert (tmp_path / "sweep/sweep.md").read_text("utf-8").count("chunk_chars=") == 2


def _use(monkeypatch: pytest.MonkeyPatch, server: ScriptedServer) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.address)
    monkeypatch.setenv("ASKPAPERS_RETRIES", "0")
    monkeypatch.setenv("ASKPAPERS_TIMEOUT", "10")

"""Where teams work: pytest, annotations, a comment that fits, a trend, limits, equal bytes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from conftest import Ran
from test_eval_comparing import report, row

from eval import pytest_plugin
from eval.gate.baseline_comparison import Held
from eval.gate.gate import gate
from eval.gate.limits import beyond, limits
from eval.records import Report, Spent
from eval.report.annotations import commands
from eval.report.fitting import MOST, Part, fitted
from eval.report.html import web_report
from eval.report.markdown import summary
from eval.report.trend import points, trend_page
from eval.running.run import write
from eval.running.session import Scored
from ingest.errors import UsageError

Run = Callable[..., Ran]

ROOT = Path(__file__).parents[1]
ABSTRACTS = "Title: LUMEN\nAbstract: LUMEN finds 56% of all lamps. It works at night.\n"
CASES = """- id: lamps
  question: How many lamps does LUMEN find?
  papers: [LUMEN]
  facts: ["56%"]
"""


@pytest.fixture
def lamps(askpapers: Run, tmp_path: Path) -> Path:
    """A folder with an index, a case and its baseline."""
    (tmp_path / "abstracts.txt").write_text(ABSTRACTS, "utf-8")
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases/lamps.yaml").write_text(CASES, "utf-8")
    assert askpapers("ingest", "abstracts.txt", "--index", "index").code == 0
    assert askpapers("eval", "bless", *OWN).code == 0
    return tmp_path


OWN = ("--cases", "cases", "--index", "index", "--baseline", "baseline.json")


def _bytes(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_two_runs_differ_in_nothing_but_their_timings(askpapers: Run, lamps: Path) -> None:
    for out in ("one", "two"):
        assert askpapers("eval", "run", *OWN, "--out", out).code == 0
    one, two = _bytes(lamps / "one"), _bytes(lamps / "two")
    assert set(one) == {
        "junit.xml", "report.html", "results.json", "summary.md", "timings.json"
    }  # fmt: skip
    assert {name for name in one if one[name] != two[name]} <= {"timings.json"}
    for name in set(one) - {"timings.json"}:
        assert b"Seconds a question" not in one[name]


def test_a_failed_run_leaves_no_old_report_behind(askpapers: Run, lamps: Path) -> None:
    assert askpapers("eval", "run", *OWN, "--out", "out").code == 0
    (lamps / "out/notes.txt").write_text("mine", "utf-8")
    (lamps / "cases/lamps.yaml").write_text(CASES.replace("[LUMEN]", "[NOWHERE]"), "utf-8")
    assert askpapers("eval", "run", *OWN, "--out", "out").code == 2
    assert [file.name for file in (lamps / "out").iterdir()].count("notes.txt") == 1
    assert not (lamps / "out/summary.md").exists()
    assert not (lamps / "out/results.json").exists()


def test_options_that_are_refused_take_no_report_away(askpapers: Run, lamps: Path) -> None:
    assert askpapers("eval", "bless", *OWN, "--baseline", "ours.json").code == 0
    assert askpapers("eval", "run", *OWN, "--out", "out").code == 0
    (lamps / "answers.jsonl").write_text("", "utf-8")
    (lamps / "broken.json").write_text("{", "utf-8")
    for refused in (
        ("--at-most", "speed=1"),
        ("--at-most", "p95=9", "--answers", "answers.jsonl"),
        ("--against", "main"),
        ("--against", "nowhere", "--baseline", "ours.json"),
        ("--baseline", "broken.json"),
    ):
        assert askpapers("eval", "run", *OWN, "--out", "out", *refused).code == 2
        assert (lamps / "out/summary.md").exists(), refused


def test_a_run_removes_no_report_of_a_run_that_was_kept(askpapers: Run, lamps: Path) -> None:
    for out in ("runs/2024-05-01", "runs"):
        assert askpapers("eval", "run", *OWN, "--out", out).code == 0
    kept = {"junit.xml", "report.html", "results.json", "summary.md", "timings.json"}
    assert set(_bytes(lamps / "runs/2024-05-01")) == kept
    stale = lamps / "runs/heritage/summary.md"
    stale.parent.mkdir()
    stale.write_text("old", "utf-8")
    assert askpapers("eval", "run", *OWN, "--out", "runs").code == 0
    assert not stale.exists()


def test_without_git_a_run_is_scored_and_only_a_revision_cannot_be_read(
    askpapers: Run, lamps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(lamps / "nowhere"))
    assert askpapers("eval", "run", *OWN, "--out", "out").code == 0
    stored = json.loads((lamps / "out/results.json").read_text("utf-8"))
    assert stored["provenance"]["commit"] == "unknown"
    ran = askpapers("eval", "run", *OWN, "--against", "main")
    assert ran.code == 2
    assert "--against needs git" in ran.err


@pytest.mark.usefixtures("lamps")
def test_seconds_and_cost_can_be_asserted(askpapers: Run) -> None:
    assert askpapers("eval", "run", *OWN, "--at-most", "p95=600").code == 0
    slow = askpapers("eval", "run", *OWN, "--at-most", "p50=0", "--at-most", "dollars=0")
    assert slow.code == 1
    assert "took p50" in slow.err
    assert "dollars" not in slow.err
    assert askpapers("eval", "run", *OWN, "--at-most", "speed=1").code == 2


def test_limits_are_told_by_name() -> None:
    spent = Spent(read=900, written=200, dollars=0.5)
    found = replace(report(row("a")), seconds={"a": 2.0, "b": 4.0}, spent=spent)
    most = limits(["p50=3", "p95=3", "tokens=1000", "dollars=1", "total=5"])
    assert beyond([found], spent, most) == [
        "the run took p95 3.9, at most 3 were allowed",
        "the run took tokens 1100, at most 1000 were allowed",
        "the run took total 6, at most 5 were allowed",
    ]
    for wrong in ("p50", "p50=fast", "p50=-1", "p50=nan", "size=3"):
        with pytest.raises(UsageError, match="NAME=NUMBER"):
            limits([wrong])


def test_limits_hold_for_all_corpora_of_a_run_together() -> None:
    one = replace(report(row("a")), seconds={"a": 2.0})
    other = replace(report(row("b")), corpus="day", seconds={"b": 3.0})
    spent = Spent(read=900, dollars=0.3) + Spent(written=200, dollars=0.3)
    assert beyond([one, other], spent, limits(["total=4", "tokens=1000", "dollars=0.5"])) == [
        "the run took total 5, at most 4 were allowed",
        "the run took tokens 1100, at most 1000 were allowed",
        "the run took dollars 0.6, at most 0.5 were allowed",
    ]


def _lost(n: int) -> tuple[Report, Held]:
    before = report(*(row(f"case-{i}") for i in range(n)))
    long = tuple(f"missing fact: {'x' * 300} {i}" for i in range(5))
    after = report(*(replace(row(f"case-{i}", False), reasons=long) for i in range(n)))
    return after, Held(gate(after, before))


def test_a_comment_fits_and_holds_what_matters_first() -> None:
    after, held = _lost(300)
    text = summary(after, held)
    assert 0.9 * MOST < len(text.encode()) <= MOST
    assert "The gate does not hold: 300 cases worse" in text
    assert "- **case-0** (What about case-0?): no longer passes" in text
    assert "more; report.html shows them all" in text
    assert text.count("<details>") == text.count("</details>")


def test_room_goes_to_what_ranks_first_and_the_order_stays() -> None:
    parts = [
        Part(5, ("# late",), tuple(f"- {n} {'y' * 50}" for n in range(10)), ("end",)),
        Part(0, ("# first",)),
        Part(9, ("# gone " + "z" * 400,)),
    ]
    text = fitted(parts, 300)
    assert len(text) <= 300
    assert text.startswith("# late\n- 0")
    assert "more; report.html" in text
    assert text.endswith("end\n# first\n")
    assert fitted(parts) == "".join(
        f"{line}\n" for part in parts for line in (*part.head, *part.items, *part.tail)
    )


def test_annotations_are_escaped_and_capped() -> None:
    ten = commands([_lost(10)])
    assert len(ten) == 10
    assert ten[0].startswith("::error title=eval night%3A case-0::What about case-0?%0Ano longer")
    many = commands([_lost(11), (report(row("a")), Held(problem="100% other\nrules"))])
    assert len(many) == 11
    assert many[9] == "::error title=eval::And 2 more are worse."
    assert many[10] == "::warning title=eval night::100%25 other%0Arules"
    assert commands([(report(row("a")), Held())]) == []


def test_annotations_are_printed_on_github_alone(
    askpapers: Run, lamps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (lamps / "cases/lamps.yaml").write_text(CASES.replace("lamps\n", "moths\n"), "utf-8")
    assert "::error" not in askpapers("eval", "run", *OWN).out
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert (
        "::warning title=eval index::No case can be compared" in askpapers("eval", "run", *OWN).out
    )


def test_a_trend_draws_stored_runs_in_their_order(askpapers: Run, tmp_path: Path) -> None:
    for place, passes in enumerate((True, False, True)):
        found = report(row("a"), row("b", passes))
        write(replace(found, seconds={"a": 1.0 + place}), tmp_path / f"runs/{place}")
    page = trend_page(points([tmp_path / "runs"]))
    assert "Trend of night over 3 runs" in page
    assert "<td>1</td><td></td><td>1 of 2</td><td></td><td>b</td>" in page
    assert "<td>2</td><td></td><td>2 of 2</td><td>b</td><td></td>" in page
    assert "p95 over 3 runs" in page
    assert askpapers("eval", "trend", "runs/0", "runs/2", "--out", "t.html").code == 0
    assert "over 2 runs" in (tmp_path / "t.html").read_text("utf-8")
    assert askpapers("eval", "trend", "nowhere").code == 2
    write(replace(report(row("a")), corpus="day"), tmp_path / "runs/3")
    with pytest.raises(UsageError, match="several corpora"):
        points([tmp_path / "runs"])


def _pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    plugin = ("-p", "no:askpapers", "-p", "eval.pytest_plugin", "-p", "no:cacheprovider", "-q")
    command = [sys.executable, "-m", "pytest", *plugin, *arguments]
    path = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=path
    )


def test_pytest_runs_every_case_as_a_test(lamps: Path) -> None:
    own = ("--askpapers-cases", "cases", "--askpapers-index", "index")
    more = CASES.replace("id: lamps", "id: towns").replace("lamps does", "towns does")
    forbidden = more + '  forbidden: ["all lamps"]\n'
    (lamps / "cases/towns.yaml").write_text(forbidden, "utf-8")
    bare = _pytest(lamps, *own)
    assert bare.returncode == 1, bare.stdout + bare.stderr
    assert "1 failed, 1 passed" in bare.stdout
    assert "expected: LUMEN (abs:" in bare.stdout
    assert "Traceback" not in bare.stdout
    stored = json.loads((lamps / "baseline.json").read_text("utf-8"))
    stored["corpora"]["index"]["rows"][0]["measures"]["paper_precision"] = 2.0
    (lamps / "baseline.json").write_text(json.dumps(stored), "utf-8")
    lost = _pytest(lamps, *own, "--askpapers-baseline", "baseline.json")
    assert lost.returncode == 1
    assert "paper_precision 2 -> 1" in lost.stdout
    assert "1 failed, 2 passed" in lost.stdout  # the other case, and what holds over all
    (lamps / "cases/bad.yaml").write_text("- id: x\n", "utf-8")
    assert "a case needs" in _pytest(lamps, *own).stdout


def test_a_file_of_drafts_stops_no_other_case_in_pytest(lamps: Path) -> None:
    draft = CASES.replace("id: lamps", "id: later") + "  draft: true\n"
    (lamps / "cases/drafts.yaml").write_text(draft, "utf-8")
    ran = _pytest(lamps, "--askpapers-cases", "cases", "--askpapers-index", "index")
    assert ran.returncode == 0, ran.stdout
    assert "1 passed" in ran.stdout


class _Options:
    """The options of a pytest run that names an index that is none."""

    def getoption(self, name: str) -> list[str] | str | None:
        return {"--askpapers-cases": ["cases"], "--askpapers-index": "nowhere"}.get(name)


def test_a_run_that_fails_is_made_once_for_all_cases_in_pytest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[object] = []

    def fails(*arguments: object) -> Iterator[Scored]:
        made.append(arguments)
        raise UsageError("There is no index.")

    monkeypatch.setattr("eval.running.session.scored", fails)
    run = pytest_plugin.Run(cast(pytest.Config, _Options()))
    for case in ("lamps", "towns"):
        with pytest.raises(UsageError, match="no index"):
            list(run.faults(case))
    assert len(made) == 1


def test_without_the_option_pytest_is_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("def test_one():\n    assert True\n", "utf-8")
    assert "1 passed" in _pytest(tmp_path).stdout


def test_the_list_of_cases_opens_on_what_moved_old_and_new_side_by_side() -> None:
    before = replace(report(row("same"), row("other")), settings={"near": 1})
    moved = replace(row("other"), answer="Lamps are <seen> by moths. [1]")
    after = replace(report(row("same"), moved), settings={"near": 2})
    held = Held(gate(after, before))
    page = web_report(after, [], held)
    assert 'id="show-0" checked> moved since the baseline <small>1</small>' in page
    assert page.index('id="other"') < page.index('id="same"')
    was, _, now = page.partition("<h3>It was</h3>")[2].partition("<h3>It is</h3>")
    assert "Moths see lamps. [1]" in was
    assert "Lamps are &lt;seen&gt; by moths. [1]" in now
    assert "Settings that differ: near 1 -&gt; 2." in page
    text = summary(after, held)
    assert "- near 1 -> 2" in text.replace("\\", "")
    assert "| other | Moths see lamps. [1] | Lamps are <seen> by moths. [1] |" in text.replace(
        "\\", ""
    )

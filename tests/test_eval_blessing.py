"""A baseline changes with a reason, never silently, never into another, and never by a part."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Ran
from test_eval_comparing import report, row

from eval.gate.baseline import Blessing, bless, blessed
from eval.gate.blessing import weighed
from eval.gate.common import files_asked
from eval.gate.gate import gate
from eval.records import Report
from eval.scoring import rules
from eval.scoring.rules import changed_rules, code_of, rules_fingerprint
from ingest.errors import NotComparable, UsageError

Run = Callable[..., Ran]

ABSTRACTS = """Title: LUMEN: How Moths Find Lamps
Abstract: We present LUMEN, a model of how moths find lamps. LUMEN finds 56% of all lamps.

Title: TIDAL: Forecasting Tides
Abstract: We present TIDAL, a forecast of tides from the moon. TIDAL errs by 12 minutes.
"""
LAMPS = """- id: lumen-lamps
  question: How many lamps does LUMEN find?
  papers: [LUMEN]
  facts: ["56%"]
"""
TIDES = """- id: tidal
  question: What is TIDAL?
  kind: definition
  papers: [TIDAL]
  facts: [tides]
"""


@pytest.fixture
def blessed_twice(askpapers: Run, tmp_path: Path) -> Path:
    """A folder with an index, cases in two files, and their baseline."""
    (tmp_path / "abstracts.txt").write_text(ABSTRACTS, "utf-8")
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases/lamps.yaml").write_text(LAMPS, "utf-8")
    (tmp_path / "cases/tides.yaml").write_text(TIDES, "utf-8")
    assert askpapers("ingest", "abstracts.txt", "--index", "index").code == 0
    assert _eval(askpapers, "bless", "cases").code == 0
    return tmp_path


def _eval(askpapers: Run, command: str, cases: str, *more: object) -> Ran:
    own = ("--cases", cases, "--index", "index", "--baseline", "baseline.json")
    return askpapers("eval", command, *own, *more)


def _git(folder: Path, *arguments: str) -> None:
    named = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *named, *arguments], cwd=folder, check=True, capture_output=True)


def _commit_baseline(folder: Path) -> None:
    _git(folder, "init", "--initial-branch=main")
    _git(folder, "add", "baseline.json")
    _git(folder, "commit", "--message", "one")


def _ids(folder: Path) -> list[str]:
    stored = json.loads((folder / "baseline.json").read_text("utf-8"))
    return [case["id"] for case in stored["corpora"]["index"]["rows"]]


def _files(folder: Path) -> list[str]:
    stored = json.loads((folder / "baseline.json").read_text("utf-8"))
    return [case["file"] for case in stored["corpora"]["index"]["rows"]]


def test_a_part_is_merged_into_the_whole(askpapers: Run, blessed_twice: Path) -> None:
    asked = LAMPS.replace("How many lamps does", "What share of lamps does")
    (blessed_twice / "cases/lamps.yaml").write_text(asked, "utf-8")
    part = _eval(askpapers, "bless", "cases/lamps.yaml", "--reason", "It is asked more clearly.")
    assert part.code == 0, part.err
    assert "1 cases of the baseline were not asked and stay as they are" in part.out
    assert _ids(blessed_twice) == ["lumen-lamps", "tidal"]
    assert _eval(askpapers, "run", "cases").code == 0


def test_a_blessing_needs_a_reason_and_keeps_it(askpapers: Run, blessed_twice: Path) -> None:
    before = (blessed_twice / "baseline.json").read_bytes()
    new = TIDES.replace("id: tidal", "id: again").replace("TIDAL?", "TIDAL, in short?")
    (blessed_twice / "cases/more.yaml").write_text(new, "utf-8")
    silent = _eval(askpapers, "bless", "cases")
    assert silent.code == 2
    assert '--reason "..."' in silent.err
    assert "index: New: again" in silent.out
    assert (blessed_twice / "baseline.json").read_bytes() == before
    assert _eval(askpapers, "bless", "cases", "--reason", "One more case.").code == 0
    stored = json.loads((blessed_twice / "baseline.json").read_text("utf-8"))
    first, second = stored["corpora"]["index"]["blessings"]
    assert (first["reason"], second["reason"]) == ("The first baseline.", "One more case.")
    assert second["date"][:2] == "20"
    # The folder of this baseline is in no checkout, whatever the program's own is.
    assert (second["cases"], second["commit"]) == (3, "unknown")
    same = _eval(askpapers, "bless", "cases")
    assert same.code == 0
    assert "that is the baseline still" in same.out


def test_what_got_worse_is_shown_and_refused_unless_it_is_accepted(
    askpapers: Run, blessed_twice: Path
) -> None:
    (blessed_twice / "cases/tides.yaml").unlink()
    (blessed_twice / "cases/lamps.yaml").write_text(LAMPS, "utf-8")
    before = (blessed_twice / "baseline.json").read_bytes()
    refused = _eval(askpapers, "bless", "cases", "--reason", "Fewer cases.")
    assert refused.code == 1
    assert "Nothing was blessed" in refused.err
    assert "no longer asked: tidal" in refused.err
    assert "index: Gone: tidal" in refused.out
    assert (blessed_twice / "baseline.json").read_bytes() == before
    reason = ("--reason", "TIDAL is retired.", "--accept-worse")
    assert _eval(askpapers, "bless", "cases", *reason).code == 0
    assert _ids(blessed_twice) == ["lumen-lamps"]
    stored = json.loads((blessed_twice / "baseline.json").read_text("utf-8"))
    assert "tidal" in stored["corpora"]["index"]["blessings"][-1]["worse"][0]


def test_cases_that_are_no_longer_asked_do_not_empty_the_gate(
    askpapers: Run, blessed_twice: Path
) -> None:
    part = _eval(askpapers, "run", "cases/lamps.yaml", "--out", "part")
    assert part.code == 0
    assert "not run: tidal" in (blessed_twice / "part/summary.md").read_text("utf-8")
    (blessed_twice / "cases/tides.yaml").unlink()
    whole = _eval(askpapers, "run", "cases", "--out", "whole")
    assert whole.code == 1
    assert "no longer asked: tidal" in whole.err


@pytest.mark.usefixtures("blessed_twice")
def test_files_of_one_name_in_two_folders_are_two_files(
    askpapers: Run, blessed_twice: Path
) -> None:
    cases = blessed_twice / "cases"
    for folder, text in (("bio", LAMPS), ("law", TIDES)):
        (cases / folder).mkdir()
        (cases / folder / "lists.yaml").write_text(text, "utf-8")
    for name in ("lamps.yaml", "tides.yaml"):
        (cases / name).unlink()
    (blessed_twice / "baseline.json").unlink()
    assert _eval(askpapers, "bless", "cases").code == 0
    assert _files(blessed_twice) == ["bio/lists.yaml", "law/lists.yaml"]
    more = LAMPS.replace("lumen-lamps", "lamps-again").replace("How many", "What share of")
    (cases / "bio/lists.yaml").write_text(LAMPS + more, "utf-8")
    part = ("cases/bio/lists.yaml", "--reason", "One more.")
    assert _eval(askpapers, "bless", *part).code == 0
    assert _ids(blessed_twice) == ["lumen-lamps", "tidal", "lamps-again"]
    (cases / "bio/lists.yaml").write_text(more, "utf-8")
    lost = _eval(askpapers, "run", "cases/bio/lists.yaml")
    assert lost.code == 1
    assert "no longer asked: lumen-lamps" in lost.err


def test_a_baseline_that_names_files_without_their_folders_still_compares() -> None:
    def named(*files: str) -> Report:
        return report(*(replace(row(f"case-{i}"), file=file) for i, file in enumerate(files)))

    old = named("lists.yaml", "counts.yaml")
    assert files_asked(old, named("cases/lists.yaml")) == {"lists.yaml"}
    assert files_asked(old, named("bio/lists.yaml", "bio/facts.yaml")) == {"lists.yaml"}
    both = named("lists.yaml", "bio/lists.yaml")
    assert files_asked(both, named("bio/lists.yaml")) == {"bio/lists.yaml"}
    assert files_asked(both, named("cases/lists.yaml")) == {"lists.yaml"}
    folders = named("bio/lists.yaml", "law/lists.yaml", "counts.yaml")
    assert files_asked(folders, named("lists.yaml")) == {"bio/lists.yaml", "law/lists.yaml"}


def test_the_project_s_baseline_is_never_written_for_others(askpapers: Run) -> None:
    own = ("--cases", "cases", "--index", "index", "--reason", "x")
    for chosen in (own, own[2:], own[:2], ("--generated", "--reason", "x")):
        refused = askpapers("eval", "bless", *chosen)
        assert refused.code == 2, chosen
        assert "--baseline FILE" in refused.err or "OPENAI" in refused.err


def test_a_run_is_held_against_the_baseline_of_a_revision(
    askpapers: Run, blessed_twice: Path
) -> None:
    _commit_baseline(blessed_twice)
    stored = json.loads((blessed_twice / "baseline.json").read_text("utf-8"))
    for case in stored["corpora"]["index"]["rows"]:
        case["measures"]["paper_recall"] = 0.0  # as if a worse state had been blessed since
    (blessed_twice / "baseline.json").write_text(json.dumps(stored), "utf-8")
    now = _eval(askpapers, "run", "cases")
    then = _eval(askpapers, "run", "cases", "--against", "main")
    assert (now.code, then.code) == (0, 0)
    assert "; 2 better" in now.out
    assert "; 2 better" not in then.out
    _git(blessed_twice, "rm", "--cached", "baseline.json")
    _git(blessed_twice, "commit", "--message", "two")
    for revision, said in (("main", "does not give it"), ("-x", "--against takes")):
        absent = _eval(askpapers, "run", "cases", "--against", revision)
        assert absent.code == 2
        assert said in absent.err


@pytest.mark.usefixtures("blessed_twice")
def test_a_revision_without_a_baseline_of_one_s_own_is_refused(askpapers: Run) -> None:
    ran = askpapers("eval", "run", "--cases", "cases", "--index", "index", "--against", "main")
    assert ran.code == 2
    assert "name it with --baseline" in ran.err


def test_other_rules_than_a_revision_s_are_told_with_when_a_blessing_counts(
    askpapers: Run, blessed_twice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _commit_baseline(blessed_twice)
    told = rules_fingerprint().replace("verdict.py=", "verdict.py=0")
    monkeypatch.setattr("eval.running.run.rules_fingerprint", lambda: told)
    ran = _eval(askpapers, "run", "cases", "--out", "out", "--against", "main")
    assert ran.code == 4
    assert "For main a blessing counts once it is merged." in ran.err
    assert "once it is merged" in (blessed_twice / "out/summary.md").read_text("utf-8")


@pytest.mark.usefixtures("blessed_twice")
def test_a_weakened_rule_is_not_comparable(askpapers: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    told = rules_fingerprint().replace("verdict.py=", "verdict.py=0")
    monkeypatch.setattr("eval.running.run.rules_fingerprint", lambda: told)
    ran = _eval(askpapers, "run", "cases", "--out", "out")
    assert ran.code == 4
    assert "(eval/scoring/verdict.py)" in ran.err
    part = _eval(askpapers, "bless", "cases/lamps.yaml", "--reason", "Another rule.")
    assert part.code == 2
    assert "bless all cases" in part.err
    assert _eval(askpapers, "bless", "cases", "--reason", "Another rule.").code == 0


def test_rules_are_told_by_their_code_and_not_by_their_prose() -> None:
    old = '"""Says."""\nLEAST = 0.9  # a bound\n\n\ndef f():\n    """Why."""\n    return LEAST\n'
    prose = old.replace("Says", "Tells").replace(
        '"""Why."""', '"""Because\n    of it."""\n    # so'
    )
    assert code_of(old) == code_of(prose)
    assert code_of(old) != code_of(old.replace("0.9", "0.5"))
    deciding = {pair.split("=")[0] for pair in rules_fingerprint().split()}
    assert {
        "app/support/score.py", "eval/scoring/verdict.py", "eval/scoring/measures.py",
        "eval/scoring/frozen_support.py", "eval/gate/gate.py", "eval/gate/ranking.py",
    } <= deciding  # fmt: skip
    assert all((rules.ROOT / name).is_file() for name in deciding)
    assert changed_rules("a=1 b=2", "a=1 b=3 c=4") == ["b", "c"]


def test_a_part_with_other_settings_is_not_merged() -> None:
    before = replace(report(row("a"), replace(row("b"), file="b.yaml")), settings={"near": 1})
    part = replace(report(row("a")), settings={"near": 2})
    with pytest.raises(UsageError, match="settings: bless all cases"):
        weighed(part, before, whole=False)
    found = weighed(replace(part, settings={"near": 1}), before, whole=False)
    assert [one.id for one in found.report.rows] == ["a", "b"]
    assert found.report.means["passed"].n == 2
    assert weighed(part, before, whole=True).settings == ("near 1 -> 2",)


def test_blessings_are_kept_in_order(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    for reason in ("one", "two"):
        bless(report(row("a")), path, blessing=Blessing(reason, "2026-01-01"))
    stored = json.loads(path.read_text("utf-8"))["corpora"]["night"]
    assert [one["reason"] for one in stored["blessings"]] == ["one", "two"]
    assert blessed(path, "night").rows == report(row("a")).rows


# What the gate makes of rankings, of corpora that grow, and of answers that changed


def ranked(case_id: str, place: int | None, **more: object) -> object:
    """A case whose one paper stands at a place of the ranking, or is not brought up."""
    ranks = {} if place is None else {"abs:moth": place}
    measures = {
        "retrieval_rr": 1 / place if place else 0.0,
        "retrieval_recall_5": float(bool(place and place <= 5)),
        "retrieval_recall_10": float(bool(place and place <= 10)),
    }
    return replace(row(case_id, measures=measures), ranks=ranks, **more)


def test_a_ranking_that_falls_as_a_whole_is_worse_and_single_places_are_not() -> None:
    before = report(*(ranked(f"c{n}", 1) for n in range(12)))
    one = report(ranked("c0", 3), *(ranked(f"c{n}", 1) for n in range(1, 12)))
    held = gate(one, before)
    assert (held.worse, [change.id for change in held.changed]) == ((), ["c0"])
    assert "expected paper Moths (abs:moth): place 1 -> 3" in held.changed[0].details
    lower = report(*(ranked(f"c{n}", 3) for n in range(12)))
    falls = gate(lower, before).worse
    assert "rank lower in 12 cases and higher in 0 (sign test p = 0.00049)" in falls[0]
    assert "retrieval_rr 1.000 -> 0.333" in falls[1]
    assert gate(before, lower).worse == ()


@pytest.mark.parametrize("place", [14, None])
def test_a_case_whose_papers_drop_out_of_the_first_ten_is_worse(place: int | None) -> None:
    before = report(ranked("a", 2), ranked("b", 1))
    (lost,) = gate(report(ranked("a", place), ranked("b", 1)), before).regressions
    assert "retrieval_recall_10 1 -> 0" in lost.details


def test_changed_answers_with_equal_scores_are_listed_old_and_new() -> None:
    before = report(row("a"), row("b"))
    after = report(replace(row("a"), answer="Lamps are seen by moths. [1]"), row("b"))
    held = gate(after, before)
    assert (held.worse, [change.id for change in held.changed]) == ((), ["a"])
    assert held.changed[0].answers == ("Moths see lamps. [1]", "Lamps are seen by moths. [1]")


def grown(*rows: object, papers: dict[str, str]) -> object:
    return replace(report(*rows, corpus=str(sorted(papers.items()))), papers=papers)


def test_a_list_that_takes_in_added_papers_is_moved_and_not_worse() -> None:
    listed = replace(row("a", measures={"paper_precision": 1.0}), kind="list")
    before = grown(listed, papers={"abs:moth": "1"})
    wrong = replace(
        row("a", False, measures={"paper_precision": 0.5}, cited=("abs:moth", "abs:lamp")),
        kind="list", reasons=("wrong paper: Lamps (abs:lamp)",),
    )  # fmt: skip
    held = gate(grown(wrong, papers={"abs:moth": "1", "abs:lamp": "2"}), before)
    assert held.worse == ()
    (moved,) = held.changed
    assert "nobody has judged" in moved.verdict
    assert "paper added to the corpus since: Lamps (abs:lamp)" in moved.details
    # The same list of papers that were there before is worse.
    same = {"abs:moth": "1", "abs:lamp": "2"}
    assert gate(grown(wrong, papers=same), grown(listed, papers=same)).worse == ("1 case worse",)


def test_cases_about_edited_papers_are_left_out_and_the_others_compared() -> None:
    old, new = {"abs:moth": "1", "abs:lamp": "2"}, {"abs:moth": "1", "abs:lamp": "3"}
    about = replace(row("b"), expected=("abs:lamp",))
    before = grown(row("a"), about, papers=old)
    after = grown(row("a"), replace(about, passed=False), papers=new)
    held = gate(after, before)
    assert held.worse == ()
    assert "or their papers: b (no longer passing: b)" in held.left_out
    assert held.corpus == "The papers have changed since: 1 edited."
    with pytest.raises(NotComparable, match="no paper in common"):
        gate(grown(row("a"), papers={"abs:tide": "9"}), before)

"""Runs side by side: what is compared, what is refused, and what the gate lets through."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from eval.baseline import bless, blessed
from eval.comparing import compare, gate
from eval.records import Line, Report, Row
from eval.report import comparison
from eval.running import means_of
from ingest.errors import NotComparable, UsageError

PRINTS = {"corpus": "c0ffee", "cases": "cafe", "scorer": "1"}


def row(
    case_id: str,
    passed: bool = True,
    measures: Mapping[str, float | None] | None = None,
    cited: tuple[str, ...] = ("abs:moth",),
    sentences: tuple[str, ...] = ("Moths see lamps.",),
) -> Row:
    return Row(
        id=case_id,
        digest=f"digest of {case_id}",
        kind="lookup",
        group="lookup",
        question=f"What about {case_id}?",
        history=(),
        answerable=True,
        reference="",
        expected=("abs:moth",),
        acceptable=(),
        mode="extractive",
        abstained=False,
        answer="Moths see lamps. [1]",
        cited=cited,
        citations=(),
        sentences=tuple(Line(text, cited, 1.0) for text in sentences),
        missing_facts=(),
        measures={"paper_recall": 1.0, "unsupported_atoms": 0.0, **(measures or {})},
        passed=passed,
        reasons=() if passed else ("missing fact: 56%",),
    )


def report(*rows: Row, **prints: str) -> Report:
    titles = {"abs:moth": "Moths", "abs:lamp": "Lamps"}
    fingerprints = {**PRINTS, **prints}
    return Report("night", fingerprints, {}, {}, rows, means_of(rows), titles)


def test_each_case_is_won_lost_unchanged_new_or_gone() -> None:
    a = report(row("up", False), row("down"), row("same"), row("still", False), row("gone"))
    b = report(row("up"), row("down", False), row("same"), row("still", False), row("new"))
    found = compare(a, b)
    assert (found.won, found.lost, found.new, found.gone) == (
        ("up",),
        ("down",),
        ("new",),
        ("gone",),
    )
    assert found.unchanged == ("same", "still")
    assert found.p == 1.0


def test_six_losses_and_no_win_are_significant() -> None:
    names = [f"case {n}" for n in range(6)]
    found = compare(report(*map(row, names)), report(*(row(name, False) for name in names)))
    assert found.p == 0.03125


def test_differences_are_paired_and_leave_out_what_one_run_did_not_score() -> None:
    a = report(row("x", measures={"paper_recall": 0.5}), row("y", measures={"paper_recall": None}))
    b = report(row("x", measures={"paper_recall": 1.0}), row("y", measures={"paper_recall": 0.0}))
    found = compare(a, b).differences["paper_recall"]
    assert (found.a, found.b, found.difference, found.interval, found.n) == (
        0.5,
        1,
        0.5,
        (0.5, 0.5),
        1,
    )
    assert compare(a, b) == compare(a, b)


def test_a_comparison_reads_as_markdown() -> None:
    text = comparison(compare(report(row("a_b")), report(row("a_b", False, {"paper_recall": 0.5}))))
    assert "0 won, 1 lost" in text
    assert "- Lost: a_b" in text
    assert "| paper_recall | 1.000 | 0.500 | -0.500 | -0.500 to -0.500 | 1 |" in text


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (report(row("a"), corpus="beef"), "corpora differ"),
        (report(row("a"), scorer="2"), "scorers differ"),
        (report(replace(row("a"), digest="changed")), "cases have changed since: a"),
    ],
)
def test_unlike_runs_are_not_compared(other: Report, said: str) -> None:
    with pytest.raises(NotComparable, match=f"(?s){said}.*eval bless"):
        compare(report(row("a")), other)
    with pytest.raises(NotComparable, match=said):
        gate(other, report(row("a")))


def test_the_gate_holds_on_the_same_run() -> None:
    found = gate(report(row("a"), row("b", False)), report(row("a"), row("b", False)))
    assert (found.regressions, found.improvements, found.new) == ((), (), ())


def test_a_lost_case_is_named_with_papers_and_sentences() -> None:
    before = report(row("a", cited=("abs:moth", "abs:lamp"), sentences=("Old one.", "Kept.")))
    after = report(row("a", False, sentences=("Kept.", "New one.")))
    (lost,) = gate(after, before).regressions
    assert str(lost) == (
        "a (What about a?): no longer passes; paper lost: Lamps (abs:lamp); "
        "sentence gone: Old one.; sentence new: New one.; missing fact: 56%"
    )


def test_a_fallen_measure_is_a_regression_though_the_case_still_passes() -> None:
    before = report(row("a"), row("b"), row("c", False))
    after = report(
        row("a", measures={"paper_recall": 0.5}),
        row("b", measures={"unsupported_atoms": 1.0}),
        row("c", False, measures={"paper_recall": 0.0}),
    )
    told = [str(change) for change in gate(after, before).regressions]
    assert [line.partition("; ")[0].split(": ")[1] for line in told] == [
        "still passes",
        "still passes",
        "fails as before",
    ]
    assert "paper_recall 1 -> 0.5" in told[0]
    assert "unsupported_atoms 0 -> 1" in told[1]


def test_one_measure_is_not_traded_for_another() -> None:
    before = report(row("a", measures={"paper_precision": 0.5}))
    after = report(row("a", measures={"paper_precision": 1.0, "paper_recall": 0.5}))
    found = gate(after, before)
    assert [change.id for change in found.regressions] == ["a"]
    assert found.improvements == ()


def test_improvements_and_new_cases_do_not_break_the_gate() -> None:
    before = report(row("a", False), row("b", measures={"paper_recall": 0.5}), row("c"))
    after = report(row("a"), row("b"), row("c", sentences=("Put otherwise.",)), row("d", False))
    found = gate(after, before)
    assert found.regressions == ()
    assert [change.id for change in found.improvements] == ["a", "b"]
    assert found.new == ("d",)


def test_a_case_of_the_baseline_must_be_run() -> None:
    with pytest.raises(NotComparable, match="not run: b"):
        gate(report(row("a")), report(row("a"), row("b")))


def test_a_baseline_holds_a_report_for_each_corpus(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "baseline.json"
    night, day = report(row("a")), replace(report(row("b")), corpus="day")
    bless(night, path)
    bless(day, path)
    assert blessed(path, "night") == night
    assert blessed(path, "day") == day
    before = path.read_bytes()
    bless(night, path)
    assert path.read_bytes() == before


def test_a_baseline_without_text_still_gates(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    bless(report(row("a", sentences=("Secret one.", "Kept."))), path, keep_text=False)
    stored = path.read_text()
    assert "Secret" not in stored
    assert "Moths" not in stored
    kept = blessed(path, "night")
    assert gate(report(row("a", sentences=("Secret one.", "Kept."))), kept).regressions == ()
    (lost,) = gate(report(row("a", False, sentences=("Kept.", "Fresh."))), kept).regressions
    assert lost.sentences_new == ("Fresh.",)
    assert len(lost.sentences_gone) == 1
    assert lost.sentences_gone[0].startswith("#")


def test_a_missing_or_foreign_baseline_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    with pytest.raises(UsageError, match="eval bless"):
        blessed(path, "night")
    bless(report(row("a")), path)
    with pytest.raises(NotComparable, match="no baseline for the corpus 'day', only for night"):
        blessed(path, "day")
    path.write_text("nonsense")
    with pytest.raises(UsageError, match="not a baseline"):
        blessed(path, "night")
    path.write_text(json.dumps({"schema": 0, "corpora": {}}))
    with pytest.raises(NotComparable, match="another format"):
        blessed(path, "night")

"""A run over cases: what passes, what is written, and that it is the same twice."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from app.answer import Answer, Citation, Kind, Quote, Sentence
from app.retrieval.trace import begin, bring_up
from eval.gate.baseline_comparison import Held
from eval.gate.gate import gate
from eval.records import Case, Mean, Report, Row, Spent
from eval.report.junit import junit
from eval.report.markdown import overview, summary
from eval.report.phrases import speed
from eval.report.terminal import render_terminal
from eval.running.run import corpus_fingerprint, public_settings, read, run, timings, write
from eval.scoring import measures
from eval.scoring.measures import RETRIEVAL
from eval.scoring.statistics import bootstrap, mcnemar, mean_of, percentile
from ingest.errors import NotComparable, ServerError, UsageError
from ingest.records import Paper

MOTH = Paper("abs:moth", "Moths see 56% of lamps. They fly at night.", "Moths")
LAMP = Paper("abs:lamp", "Lamps draw 1,210 moths.", "Lamps", sources=("/home/x/a.txt:1",))
TIDE = Paper("abs:tide", "Tides <rise> & fall | twice a day.", "Tides | and *moons*")
PAPERS = (MOTH, LAMP, TIDE)

CASES = (
    Case("moth", "What do moths see?", papers=("abs:moth",), facts=(("56%",),)),
    Case("all", "Which papers are about moths?", kind="list", papers=("abs:moth", "abs:lamp")),
    Case("none", "What do owls eat?", answerable=False),
    Case("more", "And how many?", papers=("abs:lamp",), history=("What do lamps draw?",)),
)


@dataclass(frozen=True)
class Fixed:
    score: float


def unsupported(_claim: str, _records: Sequence[str]) -> Fixed:
    """Supports nothing: only verbatim and composed sentences stand."""
    return Fixed(0.0)


def quoting(question: str, *papers: Paper, kind: Kind = "lookup") -> Answer:
    """An extractive answer: the first sentence of each paper."""
    spans = [(paper, paper.abstract.partition(". ")[0]) for paper in papers]
    return Answer(
        question,
        "\n".join(f"{text}. [{n}]" for n, (_, text) in enumerate(spans, 1)),
        kind,
        sentences=tuple(Sentence(text, (n,)) for n, (_, text) in enumerate(spans, 1)),
        citations=tuple(
            Citation(n, paper, (Quote(text, 0, len(text)),))
            for n, (paper, text) in enumerate(spans, 1)
        ),
        total_matching=len(papers) if kind in ("list", "count") else None,
        seconds={"total": 0.5},
    )


def refusal(question: str) -> Answer:
    return Answer(question, "Not said.", "lookup", strength="none", reason="no abstract says it")


GOOD = {
    "moth": quoting("What do moths see?", MOTH),
    "all": quoting("Which papers are about moths?", MOTH, LAMP, kind="list"),
    "none": refusal("What do owls eat?"),
    "more": quoting("And how many?", LAMP),
}


def asking(answers: dict[str, Answer]) -> Callable[[str, Sequence[str]], Answer]:
    by_question = {case.question: answers[case.id] for case in CASES}
    return lambda question, _: by_question[question]


def report(**changed: Answer) -> Report:
    return run(
        CASES,
        asking({**GOOD, **changed}),
        PAPERS,
        support=unsupported,
        threshold=0.5,
        corpus="night",
        settings={"top_k": 8},
        provenance={"commit": "abc"},
    )


def row(found: Report, case_id: str) -> Row:
    return next(row for row in found.rows if row.id == case_id)


def test_good_answers_pass_with_every_scored_measure_at_its_best() -> None:
    found = report()
    assert [row.id for row in found.rows] == ["moth", "all", "none", "more"]
    assert found.passed == 4
    for name, mean in found.means.items():
        best = 0.0 if name in measures.LOWER_IS_BETTER else 1.0
        assert mean.mean in (best, None), name
    assert found.means["key_fact_recall"] == Mean(1.0, None, 1, 3)
    assert found.means["missed_refusal"].n == 1


def test_every_row_has_every_measure_in_order() -> None:
    assert all(tuple(row.measures) == measures.NAMES for row in report().rows)


def test_the_engine_hears_the_question_and_its_history() -> None:
    heard = []

    def ask(question: str, history: Sequence[str]) -> Answer:
        heard.append((question, tuple(history)))
        return refusal(question)

    run(CASES[2:], ask, PAPERS, support=unsupported, threshold=0.5)
    assert heard == [("What do owls eat?", ()), ("And how many?", ("What do lamps draw?",))]


MUTATIONS: dict[str, tuple[str, Answer, str, set[str]]] = {
    "refuse what should be answered": (
        "moth",
        refusal("What do moths see?"),
        "abstained: no abstract says it",
        {
            "key_fact_recall",
            "facts_shown",
            "paper_recall",
            "paper_f1",
            "abstention_accuracy",
            "over_refusal",
        },
    ),
    "answer what should be refused": (
        "none",
        quoting("What do owls eat?", MOTH),
        "answered what the papers do not say",
        {"abstention_accuracy", "missed_refusal"},
    ),
    "drop a paper": (
        "all",
        quoting("Which papers are about moths?", MOTH, kind="list"),
        "missing paper: Lamps (abs:lamp)",
        {"paper_recall", "paper_f1", "count_accuracy"},
    ),
    "list a wrong paper": (
        "all",
        quoting("Which papers are about moths?", MOTH, LAMP, TIDE, kind="list"),
        "wrong paper: Tides | and *moons* (abs:tide)",
        {"paper_precision", "paper_f1", "count_accuracy"},
    ),
    "cite another paper": (
        "moth",
        replace(GOOD["moth"], citations=(Citation(1, LAMP, fields=("title",)),)),
        "unsupported sentence: Moths see 56% of lamps (not in the record: 56)",
        {
            "citation_recall",
            "citation_precision",
            "faithfulness",
            "faithfulness_frozen",
            "unsupported_atoms",
            "fact_attribution",
            "paper_precision",
            "paper_recall",
            "paper_f1",
        },
    ),
    "change a number": (
        "moth",
        replace(
            GOOD["moth"],
            text="Moths see 57% of lamps. [1]",
            sentences=(Sentence("Moths see 57% of lamps", (1,)),),
        ),
        "unsupported sentence: Moths see 57% of lamps (not in the record: 57)",
        {
            "citation_recall",
            "citation_precision",
            "faithfulness",
            "faithfulness_frozen",
            "unsupported_atoms",
            "key_fact_recall",
            "facts_shown",
            "to_the_point",
        },
    ),
    "add an uncited sentence": (
        "moth",
        replace(GOOD["moth"], text="Moths see 56% of lamps. [1] All of them are blind to lamps."),
        "uncited sentence: All of them are blind to lamps.",
        {
            "citation_coverage",
            "citation_recall",
            "faithfulness",
            "faithfulness_frozen",
            "to_the_point",
        },
    ),
    "add a marker that resolves to nothing": (
        "moth",
        replace(GOOD["moth"], text="Moths see 56% of lamps. [1] [7]"),
        "a marker resolves to no paper of the index",
        {"citation_validity"},
    ),
    "shift a quote": (
        "moth",
        replace(GOOD["moth"], citations=(Citation(1, MOTH, (Quote("Moths see", 1, 10),)),)),
        "a quote is not verbatim",
        {"quotes_verbatim"},
    ),
    "leave out the fact": (
        "moth",
        replace(
            GOOD["moth"],
            text="They fly at night. [1]",
            sentences=(Sentence("They fly at night.", (1,)),),
        ),
        "missing fact: 56%",
        {"key_fact_recall", "facts_shown", "to_the_point"},
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_spoiled_answer_fails_by_its_own_measures_and_no_others(name: str) -> None:
    case_id, answer, reason, expected = MUTATIONS[name]
    good, spoiled = row(report(), case_id), row(report(**{case_id: answer}), case_id)
    assert good.passed
    assert not spoiled.passed
    assert reason in spoiled.reasons
    worse = set()
    for measure, value in spoiled.measures.items():
        before = good.measures[measure]
        if value is not None and before is not None and value != before:
            assert (value > before) == (measure in measures.LOWER_IS_BETTER)
            worse.add(measure)
    assert worse == expected


def test_a_paper_that_is_not_sure_counts_neither_for_nor_against_a_list() -> None:
    listed = quoting("Which papers are about moths?", MOTH, LAMP, TIDE, kind="list")
    *sure, doubtful = listed.citations
    answer = replace(
        listed, citations=(*sure, replace(doubtful, sure=False)), total_matching=len(sure)
    )
    scored = row(report(all=answer), "all")
    assert doubtful.paper.paper_id not in scored.cited
    assert scored.measures["paper_precision"] == scored.measures["paper_recall"] == 1.0


def test_a_wrong_number_of_papers_fails_a_count() -> None:
    case = Case("n", "How many?", kind="count", papers=("abs:moth", "abs:lamp"))
    answer = replace(quoting("How many?", MOTH, LAMP, kind="count"), total_matching=3)
    found = run([case], lambda *_: answer, PAPERS, support=unsupported, threshold=0.5)
    assert found.rows[0].reasons == ("counted 3, not 2",)


def test_an_answer_without_a_sentence_does_not_pass() -> None:
    empty = Answer("q", "Moths.", "lookup", citations=(Citation(1, MOTH),))
    assert "the answer holds no factual sentence" in row(report(moth=empty), "moth").reasons


def test_two_runs_write_the_same_bytes_and_no_seconds(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    write(report(), first)
    write(replace(report(), seconds={"moth": 9.0}), second)
    stored = (first / "results.json").read_bytes()
    assert stored == (second / "results.json").read_bytes()
    assert b"seconds" not in stored
    assert b"/home/" not in stored
    assert json.loads((second / "timings.json").read_text())["p95"] == 9.0


def test_results_come_back_as_they_were_written(tmp_path: Path) -> None:
    found = report()
    write(found, tmp_path)
    assert read(tmp_path) == replace(found, seconds={})
    assert read(tmp_path / "results.json").as_json() == found.as_json()


def test_results_of_another_kind_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    with pytest.raises(UsageError, match="eval run"):
        read(path)
    path.write_text("[]")
    with pytest.raises(UsageError, match="not the results"):
        read(path)
    path.write_text('{"schema": 99}')
    with pytest.raises(NotComparable, match="format 99"):
        read(path)


def test_a_dead_server_is_never_a_low_score() -> None:
    def dead(_question: str, _history: Sequence[str]) -> Answer:
        raise ServerError("The model server does not answer.")

    with pytest.raises(ServerError):
        run(CASES, dead, PAPERS, support=unsupported, threshold=0.5)


def test_no_cases_is_an_error() -> None:
    with pytest.raises(UsageError, match="no cases"):
        run([], lambda q, _: refusal(q), PAPERS, support=unsupported, threshold=0.5)


def test_fingerprints_follow_corpus_cases_and_threshold() -> None:
    found = report().fingerprints
    assert corpus_fingerprint(PAPERS) == corpus_fingerprint(PAPERS[::-1]) == found["corpus"]
    assert corpus_fingerprint(PAPERS[:2]) != found["corpus"]
    ask = asking(GOOD)
    fewer = run(CASES[:2], ask, PAPERS, support=unsupported, threshold=0.6).fingerprints
    assert fewer["cases"] != found["cases"]
    assert fewer["scorer"] != found["scorer"]


def test_settings_are_kept_without_secrets_and_paths() -> None:
    settings = {
        "top_k": 8,
        "openai_api_key": "sk-1",
        "index": "/home/me/index",
        "max_tokens": 9,
        "server": "http://me:pw@host/v1",
        "base_url": "http://localhost:8000/v1",
        "catalog": "sqlite:////home/me/catalog.db",
        "model": "maker/model-7b",
        "object": object(),
    }
    assert public_settings(settings) == {
        "base_url": "http://localhost:8000/v1",
        "max_tokens": 9,
        "model": "maker/model-7b",
        "top_k": 8,
    }


def test_progress_hears_of_every_case() -> None:
    heard: list[str] = []
    run(CASES, asking(GOOD), PAPERS, support=unsupported, threshold=0.5, progress=heard.append)
    assert heard == ["moth", "all", "none", "more"]


def test_the_markdown_summary_holds_measures_kinds_and_failures() -> None:
    wrong = quoting("Which papers are about moths?", MOTH, TIDE, kind="list")
    text = summary(report(all=wrong), Held())
    assert "3 of 4 cases pass" in text
    assert "| passed | 0.750 ± 0.250 | 4 |  |" in text
    assert "| list | 0 of 1 |" in text
    assert "missing paper: Lamps (abs:lamp)" in text
    assert "wrong paper: Tides \\| and \\*moons\\* (abs:tide)" in text
    assert "expected: Lamps (abs:lamp); Moths (abs:moth)" in text


def held(after: Report, before: Report) -> Held:
    return Held(gate(after, before))


def test_the_summary_tells_what_the_gate_found() -> None:
    good, bad = report(), report(moth=GOOD["none"])
    assert "The gate holds" in summary(good, held(good, good))
    lost = summary(bad, held(bad, good))
    assert "The gate does not hold: 1 case worse." in lost
    assert "- **moth** (What do moths see?): no longer passes\n  - key_fact_recall 1 -> 0" in lost
    won = summary(good, held(good, bad))
    assert "no case is worse than in the baseline; 1 better." in won
    assert "- **moth** (What do moths see?): passes now" in won


def test_the_overview_has_a_row_a_corpus() -> None:
    good, bad = report(), report(moth=GOOD["none"])
    text = overview([(good, held(good, good)), (bad, Held(problem="no baseline"))])
    assert "| night | 4 of 4 | 1.000 |" in text
    assert "| night | 3 of 4 | 0.000 |" in text
    assert "Not held against the baseline: no baseline |" in text


def test_junit_has_a_testcase_a_case_and_survives_odd_characters() -> None:
    odd = replace(quoting("What do owls eat?", TIDE), text="Tides <rise> & \x00 fall [1]")
    root = ElementTree.fromstring(junit(report(none=odd), Held()))
    assert (root.get("tests"), root.get("failures")) == ("4", "1")
    (failing,) = [case for case in root.iter("testcase") if case.find("failure") is not None]
    assert failing.get("name") == "none"
    assert "Tides <rise> & \ufffd fall" in str(failing.findtext("failure"))


def test_junit_is_red_exactly_where_the_gate_does_not_hold() -> None:
    good, bad = report(), report(moth=GOOD["none"])
    known = ElementTree.fromstring(junit(bad, held(bad, bad)))
    assert (known.get("failures"), known.get("skipped")) == ("0", "1")
    lost = ElementTree.fromstring(junit(bad, held(bad, good)))
    assert (lost.get("failures"), lost.get("skipped")) == ("1", "0")
    (failure,) = lost.iter("failure")
    assert "no longer passes; " in str(failure.get("message"))
    assert "paper lost: Moths (abs:moth)" in str(failure.get("message"))


def terminal(found: Report, against: Held) -> str:
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(render_terminal(found, against))
    return console.export_text()


def test_the_terminal_shows_measures_and_the_failing_case() -> None:
    text = terminal(report(none=quoting("What do owls eat?", MOTH)), Held())
    assert "citation_validity" in text
    assert "answered what the papers do not say" in text
    assert "3 of 4 cases pass." in text


def test_the_terminal_ends_with_what_is_worse_and_better() -> None:
    good, bad = report(), report(moth=GOOD["none"])
    lost, won = terminal(bad, held(bad, good)), terminal(good, held(good, bad))
    assert "worse  moth" in lost
    assert "sentence gone: Moths see 56% of lamps" in lost
    assert lost.rstrip().endswith("The gate does not hold: 1 case worse.")
    assert "better  moth" in won
    assert won.rstrip().endswith("no case is worse than in the baseline; 1 better.")


def test_retrieved_papers_are_kept_and_change_no_score() -> None:
    ask = asking(GOOD)

    def tells(question: str, history: Sequence[str]) -> Answer:
        bring_up([LAMP])
        begin()  # what was read for earlier turns is not shown
        bring_up([TIDE, MOTH, TIDE])
        return ask(question, history)

    shown = run(CASES, tells, PAPERS, support=unsupported, threshold=0.5, workers=3)
    plain = run(CASES, ask, PAPERS, support=unsupported, threshold=0.5)
    assert {row.retrieved for row in shown.rows} == {("abs:tide", "abs:moth")}
    assert shown.titles["abs:tide"] == TIDE.title
    known = [name for name in plain.means if name not in RETRIEVAL]
    assert [shown.means[name] for name in known] == [plain.means[name] for name in known]
    assert {"abs:moth": 2} in [row.ranks for row in shown.rows]
    bare = [
        replace(one, retrieved=(), ranks={}, measures={**one.measures, **dict.fromkeys(RETRIEVAL)})
        for one in shown.rows
    ]
    assert bare == list(plain.rows)


def test_timings_hold_median_and_95th_percentile() -> None:
    found = timings(replace(report(), seconds={"a": 1.0, "b": 2.0, "c": 4.0}))
    assert (found["p50"], found["p95"]) == (2.0, 3.8)
    spent = Spent(read=12_000, written=300, dollars=0.0042)
    counted = replace(report(), seconds={"a": 1.0}, spent=spent)
    assert timings(counted)["tokens"] == {"read": 12_000, "written": 300, "dollars": 0.0042}
    assert "12,000 tokens read and 300 written, $0.004" in speed(counted)


def test_a_mean_comes_with_standard_error_and_counts() -> None:
    # Values 0, 1, 1: mean 2/3, sample variance 1/3, se = sqrt(1/9) = 1/3.
    assert mean_of([0.0, None, 1.0, 1.0]) == Mean(0.666667, 0.333333, 3, 1)
    assert mean_of([None]) == Mean(None, None, 0, 1)
    assert mean_of([0.5]) == Mean(0.5, None, 1, 0)


def test_percentiles_lie_between_neighbours() -> None:
    assert percentile([3.0, 1.0], 0.5) == 2.0
    assert percentile([], 0.5) == 0.0


@pytest.mark.parametrize(
    ("won", "lost", "p"),
    [(0, 6, 0.03125), (1, 8, 0.0390625), (3, 3, 1.0), (0, 0, 1.0), (0, 5, 0.0625)],
)
def test_mcnemar_is_exact(won: int, lost: int, p: float) -> None:
    assert mcnemar(won, lost) == p == mcnemar(lost, won)


def test_a_bootstrap_interval_is_the_same_every_time_and_holds_the_mean() -> None:
    values = [float(n % 5) for n in range(200)]
    found = [bootstrap(200, lambda drawn: sum(values[i] for i in drawn) / 200) for _ in range(2)]
    assert found[0] == found[1]
    assert found[0] is not None
    low, high = found[0]
    # The standard error is sqrt(2 / 200) = 0.1, so the interval is about 2 ± 0.196.
    assert math.isclose(low, 1.804, abs_tol=0.03)
    assert math.isclose(high, 2.196, abs_tol=0.03)
    assert bootstrap(0, lambda _: 1.0) is None

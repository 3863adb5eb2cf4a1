"""Reports in Markdown: for a pull request, for the summary of a CI step, and for a comparison."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from eval.gate.baseline_comparison import Held
from eval.gate.change import Change
from eval.gate.comparison import Comparison
from eval.gate.gate import Gate
from eval.records import Mean, Report
from eval.report.fitting import Part, fitted
from eval.report.phrases import (
    BLIND_SPOTS,
    against_baseline,
    bare,
    cases,
    excerpt,
    failing,
    failure_lines,
    groups,
    measures_in_order,
    shown,
    title,
    was,
)  # fmt: skip
from eval.running.run import means_of
from eval.scoring.measures import LOWER_IS_BETTER

HEADLINES = {
    "key_fact_recall": "key facts",
    "paper_f1": "paper F1",
    "faithfulness": "faithfulness",
    "abstention_accuracy": "abstention",
}
"""The measures that a short table shows, and what they are called there."""


def overview(runs: Sequence[tuple[Report, Held]]) -> str:
    """Several corpora at a glance, a row each."""
    rows = (
        (
            report.corpus,
            f"{report.passed} of {len(report.rows)}",
            *(bare(report.means.get(name)) for name in HEADLINES),
            excerpt(against_baseline(held)),
        )
        for report, held in runs
    )
    head = ("corpus", "pass", *HEADLINES.values(), "baseline")
    return "\n".join(["# Eval", "", *table(head, rows), ""])


def summary(report: Report, held: Held) -> str:
    """One corpus in Markdown, as long as a comment may be."""
    return fitted(summary_parts(report, held))


def summary_parts(report: Report, held: Held) -> list[Part]:
    """One corpus: what the gate found and what moved; kinds; folded measures and failing cases."""
    measures = table(("measure", "mean ± se", "n", "not scored"), measure_rows(report))
    failed = failing(report)
    return [
        Part(0, (f"## {cell(title(report))}", "")),
        *_standing_parts(held),
        Part(2, (*table(("kind", "pass", *HEADLINES.values()), group_rows(report)), "")),
        Part(4, tuple(_folded("All measures", measures))),
        *([_fold(5, f"{cases(len(failed))} not passed", _failures(report))] if failed else []),
        Part(4, (BLIND_SPOTS, "")),
    ]


def _folded(head: str, lines: Iterable[str]) -> Iterator[str]:
    # Markdown in a fold is read as such only after an empty line.
    yield from (f"<details><summary>{head}</summary>", "", *lines, "", "</details>", "")


def _fold(rank: int, head: str, items: Iterable[str], above: Sequence[str] = ()) -> Part:
    """A fold whose items may be cut short."""
    opening = (f"<details><summary>{head}</summary>", "", *above)
    return Part(rank, opening, tuple(items), ("", "</details>", ""))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table of plain text."""
    yield f"| {' | '.join(head)} |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield f"| {' | '.join(map(cell, row))} |"


def cell(text: str) -> str:
    """Text that Markdown shows as it is, in one line of a table."""
    return re.sub(r"([\\`*\[\]<|~#]|^>|(?<!\w)_|_(?!\w))", r"\\\1", " ".join(text.split()))


def measure_rows(report: Report) -> list[tuple[str, str, str, str]]:
    """Name, mean with its standard error, n and how many were not scored, for every measure."""
    return [
        (f"{name}{' (lower is better)' if name in LOWER_IS_BETTER else ''}", *figures(mean))
        for name, mean in measures_in_order(report)
    ]


def figures(mean: Mean) -> tuple[str, str, str]:
    """Mean with its standard error, n, and how many were not scored, where some were not."""
    return shown(mean), str(mean.n), str(mean.unscored or "")


def group_rows(report: Report) -> list[tuple[str, ...]]:
    """Heading, cases passed and the headline measures, for every kind."""
    rows = []
    for group, members in groups(report).items():
        means = means_of(members)
        passed = f"{sum(row.passed for row in members)} of {len(members)}"
        rows.append((group, passed, *(bare(means.get(name)) for name in HEADLINES)))
    return rows


def _failures(report: Report) -> Iterator[str]:
    for row in failing(report):
        head = f"- **{cell(row.id)}** ({row.group}): {cell(row.question)}"
        yield "\n".join([head, *(f"  - {cell(line)}" for line in failure_lines(report, row))])


def _standing_parts(held: Held) -> Iterator[Part]:
    if not (said := against_baseline(held)):
        return
    yield Part(0, (f"**{cell(said)}**", ""))
    if held.beside:
        yield Part(1, (*_moved_cases(held.beside), ""))
    if held.gate:
        yield from _gate_parts(held.gate)


def _gate_parts(gated: Gate) -> Iterator[Part]:
    if gated.settings:
        told = (f"- {cell(line)}" for line in gated.settings)
        yield Part(0, ("Settings that differ from the baseline's:", "", *told, ""))
    if gated.regressions:
        yield Part(1, (), tuple(map(_change_lines, gated.regressions)), ("",))
    if gated.changed:
        head = f"{cases(len(gated.changed))} with equal scores changed"
        rows = [f"| {cell(one.id)} | {_before(one)} | {_after(one)} |" for one in gated.changed]
        yield _fold(3, head, rows, tuple(table(("case", "was", "is"), ())))
    if gated.improvements:
        head = f"{cases(len(gated.improvements))} better than in the baseline"
        yield _fold(3, head, map(_change_lines, gated.improvements))
    if gated.new:
        yield Part(2, (f"Not in the baseline: {cell(', '.join(gated.new))}.", ""))


def _before(change: Change) -> str:
    if not change.is_answer_changed:
        return "the same answer"
    return cell(excerpt(was(change.answers[0])))


def _after(change: Change) -> str:
    lists = (*change.papers_new, *(f"{paper} (added)" for paper in change.newcomers))
    moved = (*(f"paper new: {paper}" for paper in lists), *change.ranks)
    answer = [excerpt(change.answers[1])] if change.is_answer_changed else []
    return cell("; ".join([*answer, *moved]))


def _change_lines(change: Change) -> str:
    head = f"- **{cell(change.id)}** ({cell(change.question)}): {change.verdict}"
    lines = [head, *(f"  - {cell(line)}" for line in change.details)]
    if change.is_answer_changed:
        old, new = (cell(excerpt(text)) for text in (was(change.answers[0]), change.answers[1]))
        lines += [f"  - answer was: {old}", f"  - answer is: {new}"]
    return "\n".join(lines)


def comparison(found: Comparison) -> str:
    """A comparison in Markdown: cases won and lost, and paired differences of the measures."""
    head = (
        f"## {len(found.won)} won, {len(found.lost)} lost, {len(found.unchanged)} unchanged, "
        f"{len(found.new)} new, {len(found.gone)} gone (exact McNemar p = {found.p:.3g})"
    )
    a, b = found.written_by
    tiers = [f"Answers of A: {cell(a)}. Answers of B: {cell(b)}.", ""] if a != b else []
    rows = (
        (name, f"{d.a:.3f}", f"{d.b:.3f}", f"{d.difference:+.3f}", _interval(d.interval), str(d.n))
        for name, d in found.differences.items()
    )
    differences = table(("measure", "A", "B", "B - A", "95 % interval", "n"), rows)
    moved = _moved_cases(found)
    if found.corpus:
        tiers += [found.corpus, ""]
    return "\n".join([head, "", *tiers, *moved, *([""] if moved else []), *differences, ""])


def _moved_cases(found: Comparison) -> list[str]:
    lists = {"Won": found.won, "Lost": found.lost, "New": found.new, "Gone": found.gone}
    lists["Not compared, since they or their papers have changed"] = found.altered
    return [f"- {name}: {cell(', '.join(ids))}" for name, ids in lists.items() if ids]


def _interval(interval: tuple[float, float]) -> str:
    return f"{interval[0]:+.3f} to {interval[1]:+.3f}"

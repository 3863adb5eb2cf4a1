"""Reports in Markdown: for a pull request, for the summary of a CI step, and for a comparison."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from eval.gate.baseline_comparison import Held
from eval.gate.comparison import Comparison
from eval.gate.gate import Change, Gate
from eval.records import Mean, Report
from eval.report.phrases import (
    BLIND_SPOTS,
    against_baseline,
    bare,
    cases,
    failing,
    failure_lines,
    groups,
    measures_in_order,
    shown,
    speed,
    title,
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
            against_baseline(held),
        )
        for report, held in runs
    )
    head = ("corpus", "pass", *HEADLINES.values(), "baseline")
    return "\n".join(["# Eval", "", *table(head, rows), ""])


def summary(report: Report, held: Held) -> str:
    """One corpus: what the gate found, then kinds, and folded measures and failing cases."""
    measures = table(("measure", "mean ± se", "n", "not scored"), measure_rows(report))
    failed = failing(report)
    return "\n".join(
        [
            f"## {cell(title(report))}",
            "",
            *_standing_lines(held),
            *table(("kind", "pass", *HEADLINES.values()), group_rows(report)),
            "",
            *_folded("All measures", measures),
            *(_folded(f"{cases(len(failed))} not passed", _failures(report)) if failed else ()),
            speed(report),
            "",
            BLIND_SPOTS,
            "",
        ]
    )


def _folded(head: str, lines: Iterable[str]) -> Iterator[str]:
    # Markdown in a fold is read as such only after an empty line.
    yield from (f"<details><summary>{head}</summary>", "", *lines, "", "</details>", "")


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
        yield f"- **{cell(row.id)}** ({row.group}): {cell(row.question)}"
        yield from (f"  - {cell(line)}" for line in failure_lines(report, row))


def _standing_lines(held: Held) -> Iterator[str]:
    if not (said := against_baseline(held)):
        return
    yield from (f"**{cell(said)}**", "")
    if held.beside:
        yield from (*_moved_cases(held.beside), "")
    if held.gate:
        yield from _gate_lines(held.gate)


def _gate_lines(gated: Gate) -> Iterator[str]:
    for change in gated.regressions:
        yield from _change_lines(change)
    if gated.regressions:
        yield ""
    if gated.improvements:
        better = [line for change in gated.improvements for line in _change_lines(change)]
        yield from _folded(f"{cases(len(gated.improvements))} better than in the baseline", better)
    if gated.new:
        yield from (f"Not in the baseline: {cell(', '.join(gated.new))}.", "")
    if gated.settings and gated.regressions:
        yield from (f"Settings that differ: {cell('; '.join(gated.settings))}.", "")


def _change_lines(change: Change) -> Iterator[str]:
    yield f"- **{cell(change.id)}** ({cell(change.question)}): {change.verdict}"
    yield from (f"  - {cell(line)}" for line in change.details)


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
    return "\n".join([head, "", *tiers, *moved, *([""] if moved else []), *differences, ""])


def _moved_cases(found: Comparison) -> list[str]:
    lists = {"Won": found.won, "Lost": found.lost, "New": found.new, "Gone": found.gone}
    return [f"- {name}: {cell(', '.join(ids))}" for name, ids in lists.items() if ids]


def _interval(interval: tuple[float, float]) -> str:
    return f"{interval[0]:+.3f} to {interval[1]:+.3f}"

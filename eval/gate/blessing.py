"""What a new baseline would change, weighed before it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from eval.gate.change import Change
from eval.gate.common import files_asked, listed, rows_by_id
from eval.gate.comparison import compare
from eval.gate.gate import gate, settings_moved
from eval.records import Report, Row
from eval.running.run import cases_fingerprint, means_of
from ingest.errors import NotComparable, UsageError


@dataclass(frozen=True, slots=True)
class Weighed:
    """The report to be blessed, what it changes (a line each), and what of that is worse."""

    report: Report
    lines: tuple[str, ...]
    worse: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    is_first: bool = False

    @property
    def is_same(self) -> bool:
        """Whether the baseline is already what would be blessed."""
        return not self.lines

    @property
    def needs_reason(self) -> bool:
        """Whether a baseline changes: a first one needs no explanation."""
        return not (self.is_same or self.is_first)


def weighed(report: Report, before: Report | None, *, whole: bool) -> Weighed:
    """`report` against the baseline that it is to replace, if there is one.

    A run that is not of the `whole` is merged into it: cases of files that were not asked stay as
    they are. Raises UsageError where the baseline is of another corpus or another kind of answer,
    and where a part was run by other rules, on other papers or with other settings.
    """
    n = len(report.rows)
    if before is None:
        first = f"There is no baseline yet: {report.passed} of {n} cases pass."
        return Weighed(report, (first,), is_first=True)
    _refuse_another_corpus(report, before)
    kept = () if whole else _not_asked(report, before)
    if kept:
        _refuse_unlike_part(report, before)
    merged = _merged(report, before, kept)
    try:
        lines, worse = _difference(merged, before)
    except NotComparable as problem:
        lines, worse = _outline(merged, before, str(problem))
    settings = settings_moved(before, merged)
    if not lines and _stays(merged, before):
        return Weighed(merged, ())
    told = (*(f"Setting: {line}" for line in settings), *lines)
    if kept:
        told += (f"{len(kept)} cases of the baseline were not asked and stay as they are.",)
    return Weighed(merged, told or ("No case moved.",), worse, settings)


def _refuse_another_corpus(report: Report, before: Report) -> None:
    known = set(before.papers) or {p for row in before.rows for p in row.expected}
    shared = len(known & set(report.papers))
    if known and shared * 2 < min(len(known), len(report.papers)):
        raise UsageError(
            f"The baseline holds another corpus under the name {report.corpus!r}: {shared} of its "
            f"{len(known)} papers are in this index. Name a baseline of its own: --baseline FILE."
        )
    if report.written_by != before.written_by:
        raise UsageError(
            f"The baseline for {report.corpus} holds {before.written_by} answers, and these are "
            f"{report.written_by}: name a baseline of their own with --baseline FILE."
        )


def _not_asked(report: Report, before: Report) -> tuple[Row, ...]:
    """Rows of case files that were not asked; a case gone from a file that was is gone."""
    asked, files = rows_by_id(report), files_asked(before, report)
    return tuple(row for row in before.rows if row.id not in asked and row.file not in files)


def _refuse_unlike_part(report: Report, before: Report) -> None:
    prints = ("corpus", "scorer", "rules")
    old, new = before.fingerprints, report.fingerprints
    differ = [name for name in prints if old.get(name) != new.get(name)]
    differ += ["settings"] if settings_moved(before, report) else []
    if differ:
        raise UsageError(
            "Some cases alone cannot be merged into a baseline that differs in its "
            f"{' and '.join(differ)}: bless all cases, without --cases or with their folders."
        )


def _merged(report: Report, before: Report, kept: Sequence[Row]) -> Report:
    if not kept:
        return report
    fresh = rows_by_id(report)
    stays = {row.id for row in kept}
    rows = [fresh.pop(row.id, row) for row in before.rows if row.id in fresh or row.id in stays]
    rows += fresh.values()
    prints = {**report.fingerprints, "cases": cases_fingerprint(rows)}
    titles = dict(sorted({**before.titles, **report.titles}.items()))
    means = means_of(rows)
    return replace(report, rows=tuple(rows), fingerprints=prints, means=means, titles=titles)


def _stays(report: Report, before: Report) -> bool:
    return (
        report.fingerprints == before.fingerprints
        and report.settings == before.settings
        and len(report.rows) == len(before.rows)
    )


def _difference(report: Report, before: Report) -> tuple[tuple[str, ...], tuple[str, ...]]:
    held = gate(report, before, whole=True)
    found = compare(before, report)
    lists = {"New": held.new, "Gone": found.gone, "Expects something else": found.altered}
    lines = [
        *([held.corpus] if held.corpus else []),
        *(
            f"{name}: {d.a:.3f} -> {d.b:.3f} ({d.interval[0]:+.3f} to {d.interval[1]:+.3f})"
            for name, d in found.differences.items()
            if d.difference
        ),
        *(f"Won: {case_id}" for case_id in found.won),
        *(f"Worse: {one.id}: {_short(one)}" for one in held.regressions),
        *(f"Better: {one.id}: {_short(one)}" for one in held.improvements if one.was_passed),
        *(f"Another answer: {one.id}" for one in held.changed),
        *(f"{what}: {listed(ids)}" for what, ids in lists.items() if ids),
        *(f"Retrieval is worse: {fall}" for fall in held.ranking.falls),
    ]
    return tuple(lines), held.worse


def _short(change: Change) -> str:
    moves = [f"{name} {x:g} -> {y:g}" for name, (x, y) in {**change.worse, **change.better}.items()]
    return "; ".join([change.verdict, *moves])


def _outline(
    report: Report, before: Report, problem: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Cases that pass or no longer pass, where no measure can be compared."""
    known, now = rows_by_id(before), rows_by_id(report)
    lines = [problem]
    worse: list[str] = []
    for case_id, old in known.items():
        if case_id not in now:
            lines.append(f"Gone: {case_id}")
            worse += [f"{case_id} is gone"] if old.passed else []
        elif old.passed != now[case_id].passed:
            lines.append(f"{'Lost' if old.passed else 'Won'}: {case_id}{_why(now[case_id])}")
            worse += [f"{case_id} no longer passes"] if old.passed else []
    lines += [f"New: {case_id}" for case_id in now if case_id not in known]
    return tuple(lines), tuple(worse)


def _why(row: Row) -> str:
    return f" ({row.reasons[0]})" if row.reasons else ""

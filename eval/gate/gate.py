"""The gate: what became of each case since its baseline, and of retrieval as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.gate.change import Change, change
from eval.gate.common import Common, common, files_asked, listed, rows_by_id
from eval.gate.ranking import Ranking, ranking
from eval.records import Report
from ingest.errors import NotComparable


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gate found: it holds while `worse` is empty.

    `changed` are cases with another answer or ranking and the same scores. `dropped` passed and
    are no longer asked. `settings` are those that differ from the baseline's, as "name old ->
    new". `left_out` says which cases were not compared, and `corpus` how the papers changed.
    """

    regressions: tuple[Change, ...]
    improvements: tuple[Change, ...]
    changed: tuple[Change, ...]
    ranking: Ranking
    new: tuple[str, ...]
    dropped: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    left_out: str = ""
    corpus: str = ""

    @property
    def worse(self) -> tuple[str, ...]:
        """What is worse than in the baseline, a phrase each."""
        found = []
        if self.regressions:
            n = len(self.regressions)
            found.append(f"{n} case{'' if n == 1 else 's'} worse")
        if self.dropped:
            found.append(f"cases that passed are no longer asked: {listed(self.dropped)}")
        return (*found, *self.ranking.falls)

    @property
    def moved(self) -> tuple[Change, ...]:
        """Every case that moved, the worse first."""
        return (*self.regressions, *self.improvements, *self.changed)


def gate(report: Report, baseline: Report, *, whole: bool = False) -> Gate:
    """The cases that are worse, those that are better and those that changed, since the baseline.

    Worse is a case that passed and no longer does, or any measure of a case that fell: the
    measures are deterministic, so nothing has to be averaged away. A case that won one measure
    and lost another is a regression. So is a passed case that is no longer in a case file that was
    asked, or in any where the run is of the `whole`. Places in the ranking are held over all cases
    (see `Ranking`). Cases that changed or were not run are named. Raises NotComparable for other
    rules, answers of another tier, and where nothing is left to compare.
    """
    if baseline.written_by != report.written_by:
        raise NotComparable(
            f"The baseline for {baseline.corpus} holds {baseline.written_by} answers, and this run "
            f"{report.written_by} ones: bless them into a --baseline of their own."
        )
    found = common(baseline, report)
    before, after = rows_by_id(baseline), rows_by_id(report)
    titles = {**baseline.titles, **report.titles}
    pairs = [(before[i], after[i]) for i in found.same]
    changes = [change(old, new, titles, found.papers.added) for old, new in pairs]
    worse = [c for c in changes if c.is_worse]
    dropped = _dropped(baseline, report, found, whole)
    lost = [i for i in found.altered if before[i].passed and not after[i].passed]
    return Gate(
        # Lost cases stand first.
        regressions=tuple(sorted(worse, key=lambda c: c.is_passed >= c.was_passed)),
        improvements=tuple(c for c in changes if c.is_better),
        changed=tuple(c for c in changes if c.is_moved and not (c.is_worse or c.is_better)),
        ranking=ranking(pairs),
        new=found.new,
        dropped=dropped,
        settings=settings_moved(baseline, report),
        left_out=_left_out(found, dropped, lost),
        corpus=str(found.papers),
    )


def _dropped(baseline: Report, report: Report, found: Common, whole: bool) -> tuple[str, ...]:
    """Passed cases of the baseline that this run should have asked."""
    files = files_asked(baseline, report)
    before = rows_by_id(baseline)
    gone = [before[i] for i in found.gone]
    return tuple(row.id for row in gone if row.passed and (whole or row.file in files))


def _left_out(found: Common, dropped: Sequence[str], lost: Sequence[str]) -> str:
    part = [case_id for case_id in found.gone if case_id not in dropped]
    told = []
    if found.altered:
        failing = f" (no longer passing: {listed(lost)})" if lost else ""
        altered = f"{listed(found.altered)}{failing}"
        told.append(f"cases that have changed since, or their papers: {altered}")
    if part:
        told.append(f"cases of the baseline that were not run: {listed(part)}")
    if not told:
        return ""
    return f"Not compared: {'; '.join(told)}."


def settings_moved(old: Report, new: Report) -> tuple[str, ...]:
    """Settings that both reports hold, and with different values, as "name old -> new"."""
    return tuple(
        f"{name} {old.settings[name]} -> {value}"
        for name, value in new.settings.items()
        if name in old.settings and old.settings[name] != value
    )

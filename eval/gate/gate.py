"""The gate: what became of each case since its baseline, told so that a person can find it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from eval.gate.baseline import blinded
from eval.gate.comparison import BLESS, changed_cases, listed, refuse_unlike_runs, rows_by_id
from eval.records import Report, Row
from eval.scoring.measures import LOWER_IS_BETTER
from ingest.errors import NotComparable

_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Change:
    """How one case moved against its baseline, told so that a person can find it."""

    id: str
    question: str
    was_passed: bool
    is_passed: bool
    reasons: tuple[str, ...]
    papers_lost: tuple[str, ...]
    sentences_new: tuple[str, ...]
    sentences_gone: tuple[str, ...]
    worse: Mapping[str, tuple[float, float]]
    better: Mapping[str, tuple[float, float]]

    @property
    def verdict(self) -> str:
        """What became of the case as a whole."""
        if self.is_passed != self.was_passed:
            return "passes now" if self.is_passed else "no longer passes"
        still = "still passes" if self.is_passed else "still fails"
        if self.worse:
            return f"{still}, {'but' if self.is_passed else 'and'} worse"
        return f"{still}, {'and' if self.is_passed else 'but'} better" if self.better else still

    @property
    def details(self) -> tuple[str, ...]:
        """What moved, and why the case fails where it does, a line each."""
        return (*self.moves, *self.reasons)

    @property
    def moves(self) -> tuple[str, ...]:
        """A line for every measure that moved, paper lost and sentence changed."""
        return (
            *(f"{name} {old:g} -> {new:g}" for name, (old, new) in self.worse.items()),
            *(f"{name} {old:g} -> {new:g}" for name, (old, new) in self.better.items()),
            *(f"paper lost: {paper}" for paper in self.papers_lost),
            *(f"sentence gone: {sentence}" for sentence in self.sentences_gone),
            *(f"sentence new: {sentence}" for sentence in self.sentences_new),
        )

    def __str__(self) -> str:
        return f"{self.id} ({self.question}): " + "; ".join((self.verdict, *self.details))


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gate found: it holds while `regressions` is empty.

    `settings` are those that differ from the baseline's, as "name old -> new"; `problem` says which
    cases could not be compared, and is empty where all could.
    """

    regressions: tuple[Change, ...]
    improvements: tuple[Change, ...]
    new: tuple[str, ...]
    settings: tuple[str, ...] = ()
    problem: str = ""


def gate(report: Report, baseline: Report) -> Gate:
    """The cases that are worse, and those that are better, than in the baseline.

    Worse is a case that passed and no longer does, or any measure of a case that fell: the
    measures are deterministic, so nothing has to be averaged away. A case that won one measure
    and lost another is a regression. New cases are only named. Cases that changed or were not run
    are left out, and told in `problem`: one edited case must not hide what the others lost. Raises
    NotComparable for another corpus, another scorer, and answers of another tier.
    """
    refuse_unlike_runs(baseline, report)
    if baseline.written_by != report.written_by:
        raise NotComparable(
            f"The baseline for {baseline.corpus} holds {baseline.written_by} answers, and this run "
            f"{report.written_by} ones: bless them into a --baseline of their own."
        )
    before, after = rows_by_id(baseline), rows_by_id(report)
    altered = changed_cases(baseline, report)
    same = [case_id for case_id in after if case_id in before and case_id not in altered]
    titles = {**baseline.titles, **report.titles}
    changes = [_change(before[i], after[i], titles) for i in same]
    worse = tuple(c for c in changes if c.worse or (c.was_passed and not c.is_passed))
    better = tuple(
        c for c in changes if c not in worse and (c.better or c.is_passed > c.was_passed)
    )
    return Gate(
        # Lost cases stand first.
        regressions=tuple(sorted(worse, key=lambda change: change.is_passed >= change.was_passed)),
        improvements=better,
        new=tuple(case_id for case_id in after if case_id not in before),
        settings=_settings(baseline, report),
        problem=_left_out(altered, [case_id for case_id in before if case_id not in after]),
    )


def _left_out(altered: Sequence[str], gone: Sequence[str]) -> str:
    told = [f"These cases have changed since: {listed(altered)}"] if altered else []
    told += [f"the baseline holds cases that were not run: {listed(gone)}"] if gone else []
    return f"{'; '.join(told)}; {BLESS}." if told else ""


def _settings(old: Report, new: Report) -> tuple[str, ...]:
    """Settings that both reports hold, and with different values."""
    return tuple(
        f"{name} {old.settings[name]} -> {value}"
        for name, value in new.settings.items()
        if name in old.settings and old.settings[name] != value
    )


def _change(old: Row, new: Row, titles: Mapping[str, str]) -> Change:
    moved = list(_moved(old, new))
    known = {line.text for line in old.sentences}
    kept = {line.text for line in new.sentences} | {blinded(line.text) for line in new.sentences}
    return Change(
        id=new.id,
        question=new.question,
        was_passed=old.passed,
        is_passed=new.passed,
        reasons=new.reasons,
        papers_lost=tuple(
            f"{titles.get(p, p)} ({p}){_whereabouts(p, new)}"
            for p in old.cited
            if p not in new.cited
        ),
        sentences_new=tuple(
            line.text for line in new.sentences if not {line.text, blinded(line.text)} & known
        ),
        sentences_gone=tuple(line.text for line in old.sentences if line.text not in kept),
        worse={name: (x, y) for name, x, y, gain in moved if gain < 0},
        better={name: (x, y) for name, x, y, gain in moved if gain > 0},
    )


def _whereabouts(paper_id: str, row: Row) -> str:
    """Whether an uncited paper was lost by retrieval or by answering, where that is known."""
    if not row.retrieved:
        return ""
    if paper_id in row.retrieved:
        return f", retrieved in place {row.retrieved.index(paper_id) + 1} but not cited"
    return f", not among the first {len(row.retrieved)} retrieved"


def _moved(old: Row, new: Row) -> Iterator[tuple[str, float, float, float]]:
    """(measure, old, new, gain) of what moved; gain > 0 is better."""
    for name, value in new.measures.items():
        was = old.measures.get(name)
        if value is not None and was is not None and abs(value - was) > _TOLERANCE:
            yield name, was, value, was - value if name in LOWER_IS_BETTER else value - was

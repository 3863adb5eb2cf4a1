"""What a run is held against: the baseline of its corpus, where that can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.dataset.corpora import BASELINE
from eval.gate.baseline import blessed
from eval.gate.comparison import Comparison, compare
from eval.gate.gate import Gate, gate
from eval.records import EXTRACTIVE, Report
from ingest.errors import NotComparable, Regression


@dataclass(frozen=True, slots=True)
class Held:
    """How a run stands to its baseline: gated, compared without gating, and what could not be.

    Empty for cases or an index that no baseline is named for.
    """

    gate: Gate | None = None
    beside: Comparison | None = None
    problem: str = ""

    @property
    def regressions(self) -> int:
        """How many cases are worse than the gate allows."""
        return len(self.gate.regressions) if self.gate else 0


def hold(report: Report, baseline: Path | None, is_own: bool) -> Held:
    """The report against its blessed one: that of the named file, else the project's.

    `is_own` tells that cases or index are not the project's, whose baseline then says nothing.
    Generated answers are only compared with the project's, which are extractive: a model need not
    say the same twice.
    """
    if baseline is None and is_own:
        return Held()
    try:
        before = _blessed(baseline or BASELINE, report.corpus)
        if baseline is None and report.written_by != EXTRACTIVE:
            return Held(beside=compare(before, report))
        found = gate(report, before)
        return Held(found, problem=found.problem)
    except NotComparable as problem:
        return Held(problem=str(problem))


def _blessed(path: Path, corpus: str) -> Report:
    if not path.is_file():
        raise NotComparable(
            f"There is no baseline {path.name} yet: run askpapers eval bless, and commit it."
        )
    return blessed(path, corpus)


def settle(found: Sequence[Held], summary: Path) -> None:
    """Raises Regression where a case of a corpus is worse, else NotComparable where one cannot be
    compared; `summary` is the file that names the cases.
    """
    lost = sum(held.regressions for held in found)
    problems = list(dict.fromkeys(held.problem for held in found if held.problem))
    if lost:
        are = "1 case is" if lost == 1 else f"{lost} cases are"
        regression = (
            f"{are} worse than the baseline; {summary} names each. "
            "If that is meant, run askpapers eval bless."
        )
        raise Regression(" ".join([regression, *problems]))
    if problems:
        raise NotComparable(" ".join(problems))

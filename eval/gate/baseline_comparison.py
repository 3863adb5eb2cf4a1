"""What a run is held against: the baseline of its corpus, where that can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from eval.dataset.corpora import BASELINE
from eval.gate.baseline import blessed
from eval.gate.comparison import Comparison, compare
from eval.gate.gate import Gate, gate
from eval.records import EXTRACTIVE, Report
from ingest.errors import NotComparable, Regression, UsageError


@dataclass(frozen=True, slots=True)
class Against:
    """Which baseline a run is held against: a file, and of it the present or a git revision's.

    `path` is `None` for the project's own, which says nothing where the cases or the index are not
    (`is_own`). A run of the `whole` has to ask every case that the baseline holds. Raises
    UsageError for a revision of no file.
    """

    path: Path | None = None
    revision: str = ""
    is_own: bool = False
    whole: bool = True

    def __post_init__(self) -> None:
        if self.revision and self.path is None and self.is_own:
            raise UsageError(
                f"--against {self.revision}: cases, an index or a system of your own are held "
                "against a baseline of your own; name it with --baseline FILE."
            )


@dataclass(frozen=True, slots=True)
class Held:
    """How a run stands to its baseline: gated, compared without gating, and what could not be.

    Empty for cases or an index that no baseline is named for.
    """

    gate: Gate | None = None
    beside: Comparison | None = None
    problem: str = ""

    @property
    def worse(self) -> tuple[str, ...]:
        """What is worse than the gate allows, a phrase each."""
        return self.gate.worse if self.gate else ()

    @property
    def other_falls(self) -> tuple[str, ...]:
        """What is worse besides single cases."""
        return self.worse[1 if self.gate and self.gate.regressions else 0 :]


def hold(report: Report, against: Against) -> Held:
    """The report against its blessed one.

    Generated answers are only compared with the project's, which are extractive: a model need not
    say the same twice.
    """
    if against.path is None and against.is_own:
        return Held()
    try:
        before = _blessed(against, report.corpus)
        if against.path is None and report.written_by != EXTRACTIVE:
            return Held(beside=compare(before, report))
        return Held(gate(report, before, whole=against.whole))
    except NotComparable as problem:
        later = f" For {against.revision} a blessing counts once it is merged."
        return Held(problem=f"{problem}{later if against.revision else ''}")


def refuse_unreadable(against: Against, corpora: Sequence[str]) -> None:
    """Raises UsageError where the baseline of a run over `corpora` cannot be read."""
    if against.path is None and against.is_own:
        return
    # One file holds the baselines of all corpora.
    for corpus in corpora[:1]:
        with suppress(NotComparable):
            _blessed(against, corpus)


def _blessed(against: Against, corpus: str) -> Report:
    path = against.path or BASELINE
    if not against.revision and not path.is_file():
        raise NotComparable(
            f"There is no baseline {path.name} yet: run askpapers eval bless, and commit it."
        )
    return blessed(path, corpus, against.revision)


def settle(found: Sequence[Held], summary: Path, beyond: Sequence[str] = ()) -> None:
    """Raises Regression where something is worse or `beyond` a limit, else NotComparable where a
    corpus cannot be compared; `summary` is the file that names the cases.
    """
    problems = list(dict.fromkeys(held.problem for held in found if held.problem))
    told = []
    if lost := _lost(found):
        told.append(
            f"{lost} than the baseline; {summary} names each. If that is meant, run askpapers eval "
            "bless with the same options and --accept-worse --reason TEXT."
        )
    others = [phrase for held in found for phrase in held.other_falls]
    told += [f"Worse than the baseline: {phrase}." for phrase in others]
    told += [f"Beyond a limit: {phrase}." for phrase in beyond]
    if told:
        raise Regression(" ".join([*told, *problems]))
    if problems:
        raise NotComparable(" ".join(problems))


def _lost(found: Sequence[Held]) -> str:
    n = sum(len(held.gate.regressions) for held in found if held.gate)
    return f"{n} case{' is' if n == 1 else 's are'} worse" if n else ""

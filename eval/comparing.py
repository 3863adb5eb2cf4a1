"""Two runs side by side, case by case; and the gate against a baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from eval.baseline import blinded
from eval.intervals import bootstrap, mcnemar
from eval.measures import LOWER_IS_BETTER
from eval.records import Report, Row
from ingest.errors import NotComparable
from ingest.records import Json

_BLESS = "run the cases on the old version again, or `askpapers eval bless` to start from here"
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean B - A of a measure over the n cases that both runs scored, with its 95 % interval."""

    a: float
    b: float
    difference: float
    interval: tuple[float, float]
    n: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of each case from run A to run B; `p` is the exact McNemar p of won and lost."""

    won: tuple[str, ...]
    lost: tuple[str, ...]
    unchanged: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    p: float
    differences: Mapping[str, Difference]

    def as_json(self) -> Json:
        return asdict(self)


def compare(a: Report, b: Report) -> Comparison:
    """Run B against run A: cases won, lost, unchanged, new and gone, and paired differences.

    Intervals are paired bootstraps over cases with a fixed seed. Raises NotComparable where the
    corpora, the scorers or the content of a common case differ.
    """
    refuse_unlike(a, b)
    before, after = _by_id(a), _by_id(b)
    common = [row.id for row in b.rows if row.id in before]
    won = tuple(i for i in common if after[i].passed and not before[i].passed)
    lost = tuple(i for i in common if before[i].passed and not after[i].passed)
    return Comparison(
        won=won,
        lost=lost,
        unchanged=tuple(i for i in common if i not in won and i not in lost),
        new=tuple(row.id for row in b.rows if row.id not in before),
        gone=tuple(row.id for row in a.rows if row.id not in after),
        p=round(mcnemar(len(won), len(lost)), 6),
        differences=_differences([before[i] for i in common], [after[i] for i in common]),
    )


def _by_id(report: Report) -> dict[str, Row]:
    return {row.id: row for row in report.rows}


def refuse_unlike(a: Report, b: Report) -> None:
    """Raises NotComparable, saying what differs and what to do, unless A and B measure the same."""
    if a.fingerprints["corpus"] != b.fingerprints["corpus"]:
        raise NotComparable(
            f"The corpora differ ({a.corpus} {a.fingerprints['corpus']} and {b.corpus} "
            f"{b.fingerprints['corpus']}): {_BLESS}."
        )
    if a.fingerprints["scorer"] != b.fingerprints["scorer"]:
        raise NotComparable(
            f"The scorers differ ({a.fingerprints['scorer']!r} and {b.fingerprints['scorer']!r}): "
            f"{_BLESS}."
        )
    before = _by_id(a)
    changed = [r.id for r in b.rows if r.id in before and before[r.id].digest != r.digest]
    if changed:
        raise NotComparable(f"These cases have changed since: {_listed(changed)}; {_BLESS}.")


def _listed(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _differences(before: Sequence[Row], after: Sequence[Row]) -> dict[str, Difference]:
    found = {}
    for name in after[0].measures if after else ():
        pairs = [
            (x, y)
            for x, y in zip(_values(before, name), _values(after, name), strict=True)
            if x is not None and y is not None
        ]
        if pairs:
            found[name] = _difference(pairs)
    return found


def _values(rows: Sequence[Row], name: str) -> list[float | None]:
    return [row.measures.get(name) for row in rows]


def _difference(pairs: Sequence[tuple[float, float]]) -> Difference:
    n = len(pairs)
    changes = [y - x for x, y in pairs]
    interval = bootstrap(n, lambda drawn: sum(changes[i] for i in drawn) / n) or (0.0, 0.0)
    a, b = sum(x for x, _ in pairs) / n, sum(y for _, y in pairs) / n
    return Difference(round(a, 6), round(b, 6), round(sum(changes) / n, 6), interval, n)


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

    def __str__(self) -> str:
        verdict = ["no longer passes" if not self.is_passed else "still passes"]
        if self.was_passed == self.is_passed and not self.is_passed:
            verdict = ["fails as before"]
        parts = [
            *verdict,
            *(f"{name} {old:g} -> {new:g}" for name, (old, new) in self.worse.items()),
            *(f"paper lost: {paper}" for paper in self.papers_lost),
            *(f"sentence gone: {sentence}" for sentence in self.sentences_gone),
            *(f"sentence new: {sentence}" for sentence in self.sentences_new),
            *self.reasons,
        ]
        return f"{self.id} ({self.question}): " + "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gate found: it holds while `regressions` is empty."""

    regressions: tuple[Change, ...]
    improvements: tuple[Change, ...]
    new: tuple[str, ...]


def gate(report: Report, baseline: Report) -> Gate:
    """The cases that are worse, and those that are better, than in the baseline.

    Worse is a case that passed and no longer does, or any measure of a case that fell: the
    measures are deterministic, so nothing has to be averaged away. A case that won one measure
    and lost another is a regression. New cases are only named. Raises NotComparable as `compare`
    does, and for a case of the baseline that was not run.
    """
    refuse_unlike(baseline, report)
    before, after = _by_id(baseline), _by_id(report)
    gone = [case_id for case_id in before if case_id not in after]
    if gone:
        raise NotComparable(
            f"The baseline holds cases that were not run: {_listed(gone)}; {_BLESS}."
        )
    titles = {**baseline.titles, **report.titles}
    changes = [_change(before[i], row, titles) for i, row in after.items() if i in before]
    worse = tuple(c for c in changes if c.worse or (c.was_passed and not c.is_passed))
    better = tuple(
        c for c in changes if c not in worse and (c.better or c.is_passed > c.was_passed)
    )
    return Gate(worse, better, tuple(i for i in after if i not in before))


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
        papers_lost=tuple(f"{titles.get(p, p)} ({p})" for p in old.cited if p not in new.cited),
        sentences_new=tuple(
            line.text for line in new.sentences if not {line.text, blinded(line.text)} & known
        ),
        sentences_gone=tuple(line.text for line in old.sentences if line.text not in kept),
        worse={name: (x, y) for name, x, y, gain in moved if gain < 0},
        better={name: (x, y) for name, x, y, gain in moved if gain > 0},
    )


def _moved(old: Row, new: Row) -> Iterator[tuple[str, float, float, float]]:
    """(measure, old, new, gain) of what moved; gain > 0 is better."""
    for name, value in new.measures.items():
        was = old.measures.get(name)
        if value is not None and was is not None and abs(value - was) > _TOLERANCE:
            yield name, was, value, was - value if name in LOWER_IS_BETTER else value - was

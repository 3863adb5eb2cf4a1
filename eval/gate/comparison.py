"""Two runs side by side, case by case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.gate.common import common, rows_by_id
from eval.records import Report, Row
from eval.scoring.measures import NAMES
from eval.scoring.statistics import bootstrap, mcnemar


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
    """What became of each case from run A to run B; `p` is the exact McNemar p of won and lost.

    `altered` cases ask or expect something else now, and `corpus` says how the papers changed.
    `written_by` are the tiers of their answers, which may differ: that is a use of comparing.
    """

    won: tuple[str, ...]
    lost: tuple[str, ...]
    unchanged: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    p: float
    differences: Mapping[str, Difference]
    written_by: tuple[str, str]
    altered: tuple[str, ...] = ()
    corpus: str = ""


def compare(a: Report, b: Report) -> Comparison:
    """Run B against run A: cases won, lost, unchanged, new and gone, and paired differences.

    Intervals are paired bootstraps over cases with a fixed seed. Raises NotComparable where the
    rules differ, or no case is left that both runs asked alike.
    """
    found = common(a, b)
    before, after = rows_by_id(a), rows_by_id(b)
    won = tuple(i for i in found.same if after[i].passed and not before[i].passed)
    lost = tuple(i for i in found.same if before[i].passed and not after[i].passed)
    return Comparison(
        won=won,
        lost=lost,
        unchanged=tuple(i for i in found.same if i not in won and i not in lost),
        new=found.new,
        gone=found.gone,
        p=round(mcnemar(len(won), len(lost)), 6),
        differences=_differences([before[i] for i in found.same], [after[i] for i in found.same]),
        written_by=(a.written_by, b.written_by),
        altered=found.altered,
        corpus=str(found.papers),
    )


def _differences(before: Sequence[Row], after: Sequence[Row]) -> dict[str, Difference]:
    found = {}
    # Stored rows hold their measures by name; reports show them in the usual order.
    known = after[0].measures if after else {}
    for name in (*(n for n in NAMES if n in known), *(n for n in known if n not in NAMES)):
        pairs = [
            (x, y)
            for x, y in zip(_values(before, name), _values(after, name), strict=True)
            if x is not None and y is not None
        ]
        if pairs:
            found[name] = difference(pairs)
    return found


def _values(rows: Sequence[Row], name: str) -> list[float | None]:
    return [row.measures.get(name) for row in rows]


def difference(pairs: Sequence[tuple[float, float]]) -> Difference:
    """The mean difference of paired values, (before, after), with its bootstrap interval."""
    n = len(pairs)
    changes = [y - x for x, y in pairs]
    interval = bootstrap(n, lambda drawn: sum(changes[i] for i in drawn) / n) or (0.0, 0.0)
    a, b = sum(x for x, _ in pairs) / n, sum(y for _, y in pairs) / n
    return Difference(round(a, 6), round(b, 6), round(sum(changes) / n, 6), interval, n)

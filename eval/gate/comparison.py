"""Two runs side by side, case by case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.records import Report, Row
from eval.scoring.measures import NAMES
from eval.scoring.statistics import bootstrap, mcnemar
from ingest.errors import NotComparable

BLESS = "run the cases on the old version again, or askpapers eval bless to start from here"


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


def compare(a: Report, b: Report) -> Comparison:
    """Run B against run A: cases won, lost, unchanged, new and gone, and paired differences.

    Intervals are paired bootstraps over cases with a fixed seed. Raises NotComparable where the
    corpora, the scorers or the content of a common case differ.
    """
    refuse_unlike_runs(a, b)
    if changed := changed_cases(a, b):
        raise NotComparable(f"These cases have changed since: {listed(changed)}; {BLESS}.")
    before, after = rows_by_id(a), rows_by_id(b)
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
        written_by=(a.written_by, b.written_by),
    )


def rows_by_id(report: Report) -> dict[str, Row]:
    """The rows of a report by the ids of their cases, in case order."""
    return {row.id: row for row in report.rows}


def refuse_unlike_runs(a: Report, b: Report) -> None:
    """Raises NotComparable, saying what differs and what to do, unless corpus and scorer agree."""
    if a.fingerprints["corpus"] != b.fingerprints["corpus"]:
        raise NotComparable(
            f"The corpora differ ({a.corpus} {a.fingerprints['corpus']} and {b.corpus} "
            f"{b.fingerprints['corpus']}): {BLESS}."
        )
    if a.fingerprints["scorer"] != b.fingerprints["scorer"]:
        raise NotComparable(
            f"The scorers differ ({a.fingerprints['scorer']!r} and {b.fingerprints['scorer']!r}): "
            f"{BLESS}."
        )


def changed_cases(a: Report, b: Report) -> list[str]:
    """The ids of cases of both runs that ask or expect something else now."""
    before = rows_by_id(a)
    return [r.id for r in b.rows if r.id in before and before[r.id].digest != r.digest]


def listed(names: Sequence[str], most: int = 8) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


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

"""Retrieval held over all cases together: single places move, a ranking as a whole may not fall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.gate.comparison import Difference, difference
from eval.records import Row
from eval.scoring.measures import RETRIEVAL
from eval.scoring.statistics import mcnemar

SIGNIFICANT = 0.05
"""The chance, were nothing worse, below which a fall is believed."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """How the expected papers moved: cases ranked lower and higher, and the exact sign test p.

    `differences` holds every measure of retrieval with its paired 95 % interval.
    """

    lower: tuple[str, ...]
    higher: tuple[str, ...]
    p: float
    differences: Mapping[str, Difference]

    @property
    def falls(self) -> tuple[str, ...]:
        """Why retrieval is worse as a whole, a phrase each; empty where it is not."""
        told = []
        if len(self.lower) > len(self.higher) and self.p < SIGNIFICANT:
            told.append(
                f"the expected papers rank lower in {len(self.lower)} cases and higher in "
                f"{len(self.higher)} (sign test p = {self.p:.2g})"
            )
        for name, found in self.differences.items():
            if found.interval[1] < 0:
                low, high = found.interval
                told.append(
                    f"{name} {found.a:.3f} -> {found.b:.3f} (95 % interval of the difference "
                    f"{low:+.3f} to {high:+.3f})"
                )
        return tuple(told)


def ranking(pairs: Sequence[tuple[Row, Row]]) -> Ranking:
    """The rankings of the same cases before and after.

    A case ranks lower where the mean of 1 / place of its papers fell; a paper that is not brought
    up counts 0. Cases that had no ranking before are left out; none afterwards is a fall.
    """
    scored = [pair for pair in pairs if _values(pair[0])]
    lower = tuple(new.id for old, new in scored if _height(new) < _height(old))
    higher = tuple(new.id for old, new in scored if _height(new) > _height(old))
    p = round(mcnemar(len(higher), len(lower)), 6)
    return Ranking(lower, higher, p, _differences(scored))


def dropped_out(old: Row, new: Row) -> bool:
    """Whether no expected paper is among the first ten where one was."""
    before, after = (row.measures.get("retrieval_recall_10") for row in (old, new))
    return bool(before) and not after


def _height(row: Row) -> float:
    places = [row.ranks[paper] for paper in row.expected if paper in row.ranks]
    return sum(1 / place for place in places)


def _values(row: Row) -> list[float]:
    found = (row.measures.get(name) for name in RETRIEVAL)
    return [value for value in found if value is not None]


def _differences(pairs: Sequence[tuple[Row, Row]]) -> dict[str, Difference]:
    if not pairs:
        return {}
    return {
        name: difference(
            [(old.measures.get(name) or 0.0, new.measures.get(name) or 0.0) for old, new in pairs]
        )
        for name in RETRIEVAL
    }

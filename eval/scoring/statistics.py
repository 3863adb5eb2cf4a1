"""Means with their standard errors, percentiles, and resampling with a fixed seed."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence

from eval.records import Mean

RESAMPLES = 2_000
SEED = 20_240_501


def mean_of(values: Iterable[float | None]) -> Mean:
    """The mean of the scored values; se = sample standard deviation / √n."""
    listed = list(values)
    scored = [value for value in listed if value is not None]
    n = len(scored)
    if not n:
        return Mean(None, None, 0, len(listed))
    mean = math.fsum(scored) / n
    spread = math.fsum((value - mean) ** 2 for value in scored)
    se = round(math.sqrt(spread / (n - 1) / n), 6) if n > 1 else None
    return Mean(round(mean, 6), se, n, len(listed) - n)


def percentile(values: Sequence[float], share: float) -> float:
    """The value at `share` in [0, 1], linear between neighbours; 0 for no values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def bootstrap(
    n: int, statistic: Callable[[Sequence[int]], float | None], resamples: int = RESAMPLES
) -> tuple[float, float] | None:
    """The 95 % percentile interval of a statistic over resampled positions 0..n-1.

    Efron's bootstrap with a fixed seed: the same interval every time. Resamples on which the
    statistic is `None` are left out; `None` if n is 0 or all are.
    """
    chance = random.Random(SEED)
    drawn = [statistic(chance.choices(range(n), k=n)) for _ in range(resamples)] if n else []
    values = [value for value in drawn if value is not None]
    if not values:
        return None
    return round(percentile(values, 0.025), 6), round(percentile(values, 0.975), 6)


def mcnemar(won: int, lost: int) -> float:
    """The exact two-sided McNemar p: of won + lost fair coins, min(1, 2 P(X <= min(won, lost)))."""
    n = won + lost
    tail = sum(math.comb(n, k) for k in range(min(won, lost) + 1))
    return min(1.0, float(2 * tail / (1 << n)))

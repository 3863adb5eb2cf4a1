"""How bars rise with the size of a collection: the nearest of many is nearer by chance."""

from __future__ import annotations

import math

_FEW, _MANY = 50, 5_000


def scaled(papers: int, few: float, many: float) -> float:
    """A number between the one for 50 papers or fewer and the one for 5,000 or more.

    It goes with the logarithm of how many papers there are.
    """
    share = math.log(max(papers, _FEW) / _FEW) / math.log(_MANY / _FEW)
    return few + (many - few) * min(1.0, share)

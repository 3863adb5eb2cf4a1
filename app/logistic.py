"""Probabilities from a few features, by logistic regressions that `training/answers.py` fits.

`weights.json` beside this module holds, for each decision, its features with their weights and the
bias: P = 1 / (1 + exp(-(bias + weights · features))), calibrated on the questions it was fitted on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
# Beyond this a score says no more, and its power would leave the range of a float.
_FARTHEST = 30.0
FILE = Path(__file__).with_name("weights.json")


@dataclass(frozen=True, slots=True)
class Logistic:
    """A fitted decision; `features` names the columns of the rows that it judges."""

    features: tuple[str, ...]
    weights: tuple[float, ...]
    bias: float

    def probabilities(self, rows: Sequence[Sequence[float]] | NDArray[np.float64]) -> Floats:
        """One probability in [0, 1] a row, whose values are in the order of `features`."""
        if not len(rows):
            return np.zeros(0, dtype=np.float32)
        scores = np.asarray(rows, dtype=np.float64) @ np.asarray(self.weights) + self.bias
        bounded = np.clip(scores, -_FARTHEST, _FARTHEST)
        return np.asarray(1 / (1 + np.exp(-bounded)), dtype=np.float32)


@cache
def decision(name: str, file: Path = FILE) -> Logistic:
    """The fitted decision of a name, which a file of weights holds."""
    stored = json.loads(file.read_text("utf-8"))[name]
    return Logistic(tuple(stored["weights"]), tuple(stored["weights"].values()), stored["bias"])


def best_cut(chances: Floats, beta: float = 1.0) -> int:
    """How many of the most probable items make the set of the highest expected F-beta.

    Of k items, (1 + beta²) * (expected hits) / (k + beta² * (expected number of right ones)):
    Lewis, SIGIR 1995. A beta above 1 values completeness more than purity.
    """
    ordered = np.sort(chances)[::-1]
    hits = np.cumsum(ordered)
    if not len(hits) or hits[-1] <= 0:
        return 0
    expected = (1 + beta**2) * hits / (np.arange(1, len(hits) + 1) + beta**2 * hits[-1])
    return int(expected.argmax()) + 1

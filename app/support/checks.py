"""Whether a claim is backed: it passes every check, each a logistic regression over its features.

    P(backed) = product over the checks of 1 / (1 + exp(-(bias + weights · features)))

`weights.json` holds weights and biases; `training/support.py` fits them all at once on sentences
that people labelled, wrote, and planted errors in. No weight has the sign that would let more of an
error speak for a claim.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from app.logistic import Logistic
from app.support.features import CHECKS, Row

FILE = Path(__file__).with_name("weights.json")
# What each number or name that the abstract lacks leaves of the probability: one is enough.
MISSING = 0.5


def passed(row: Row) -> Mapping[str, float]:
    """The probability that a claim passes each check, and "all" for all of them."""
    found, every = {}, MISSING ** (row["foreign numbers"] + row["foreign names"])
    for name, check in _fitted().items():
        found[name] = float(check.probabilities([[row[feature] for feature in check.features]])[0])
        every *= found[name]
    return {**found, "all": every}


@cache
def _fitted() -> dict[str, Logistic]:
    stored = json.loads(FILE.read_text("utf-8"))
    return {
        name: Logistic(
            features, tuple(stored[name]["weights"][f] for f in features), stored[name]["bias"]
        )
        for name, features in CHECKS.items()
    }

"""Fit what tells orders by their words; with --check, judge it on writers that taught it nothing.

    python training/orders.py            writes app/support/orders.npz
    python training/orders.py --check    figures where one writer's sentences are left out

It learns from `sentences/orders-*.jsonl`, a file a writer: sentences that order a reading model
about, and some near to them that do not; and from plain sentences of the papers in the folder of
evaluation data, of which the last tenth teaches nothing and sets the bars.
"""

# ruff: noqa: E402
from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[0] = str(HERE.parent)

from app.support.addressed import CLASSIFIER, FILE, ORDER, features, log_odds, pieces
from app.understanding.linear import Linear, save
from ingest.text.sentences import sentences
from training.cross_encoder import entries, records
from training.reader import COMMON, fit

PLAIN, HELD = 20_000, 10
# The inverse strength of the penalty on large weights; with 1 some 0.05 fewer orders are told.
PENALTY = 3.0
# Shares of plain sentences that may be read closely or be taken for orders.
SHARES = (0.02, 0.01, 0.005, 0.002, 0.001, 0.0005)
Sentence = tuple[str, bool, str]


def written() -> list[Sentence]:
    """Sentences, whether they order, and their writers."""
    return [(one["text"], one["order"], source) for source, one in entries("orders-*")]


def plain() -> tuple[list[str], list[str]]:
    """Sentences of abstracts that nobody wrote for this: some to learn from, and some held out."""
    papers, chance = records(), random.Random(6)
    told = [sentences(papers[name]["abstract"]) for name in chance.sample(sorted(papers), PLAIN)]
    drawn = [chance.choice(some) for some in told if some]
    at = len(drawn) - len(drawn) // HELD
    return drawn[:at], drawn[at:]


def fitted(given: Sequence[Sentence], beside: Sequence[str]) -> tuple[Linear, frozenset[str]]:
    """The classifier of these sentences and plain ones, and the words that its features keep."""
    texts = [*(text for text, *_ in given), *beside]
    times = Counter(word for text, *_ in given for word in {t.key for t in pieces(text)})
    common = frozenset(word for word, n in times.items() if n >= COMMON)
    rows = [list(features(text, common)) for text in texts]
    labels = [ORDER if order else "plain" for _, order, _ in given] + ["plain"] * len(beside)
    return fit(rows, labels, penalty=PENALTY), common


def check(given: Sequence[Sentence], beside: Sequence[str], held: Sequence[str]) -> None:
    """Print what reaches the bars of each writer's sentences, as the others taught it."""
    for writer in sorted({source for *_, source in given}):
        classifier, common = fitted([one for one in given if one[2] != writer], beside)
        bars = _bars([log_odds(text, classifier, common) for text in held])
        for order in (True, False):
            own = [text for text, label, source in given if source == writer and label == order]
            found = np.array([log_odds(text, classifier, common) for text in own])
            shares = [round(float(np.mean(found >= bar)), 2) for bar in bars]
            print(writer, "orders" if order else "near", len(own), shares, bars)


def _bars(odds: Sequence[float]) -> list[float]:
    """Above each lies one of the SHARES of plain sentences with these odds."""
    return [round(float(np.quantile(odds, 1 - share)), 2) for share in SHARES]


def main() -> None:
    """Fit and store, or check."""
    beside, held = plain()
    if "--check" in sys.argv:
        check(written(), beside, held)
        return
    classifier, common = fitted(written(), beside)
    save(FILE, {CLASSIFIER: classifier}, sorted(common))
    bars = _bars([log_odds(text, classifier, common) for text in held])
    print(FILE, dict(zip(SHARES, bars, strict=True)))


if __name__ == "__main__":
    main()

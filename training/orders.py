"""Fit what tells orders by their words; with --check, judge it on writers that taught it nothing.

    python training/orders.py            writes app/support/orders.npz
    python training/orders.py --check    figures where one writer's sentences are left out,
                                         with what the cross-encoder reads

It learns from `sentences/orders-*.jsonl`, a file a writer: sentences that order a reading model
about, and some near to them that do not; and from plain sentences of the papers in the folder of
evaluation data, of which the last tenth teaches nothing and judges.
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

from app.support.addressed import (
    CLASSIFIER,
    FILE,
    ORDER,
    ORDERS_FROM,
    as_read,
    features,
    log_odds,
    pieces,
)
from app.understanding.linear import Linear, save
from ingest.text.sentences import sentences
from training.cross_encoder import NEWER, entries, records
from training.reader import COMMON, fit

PLAIN, ONE_IN = 20_000, 10
# Of the plain ones, how many are learned from a second time as sentences of a language that has no
# word in common, and how many cut short to so many words at most.
STRANGE, SHORT, FEW = 3_000, 3_000, 5
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
    at = len(drawn) - len(drawn) // ONE_IN
    return drawn[:at], drawn[at:]


def fitted(given: Sequence[Sentence], beside: Sequence[str]) -> tuple[Linear, frozenset[str]]:
    """The classifier of these sentences and plain ones, and the words that its features keep."""
    texts = [*(text for text, *_ in given), *beside]
    times = Counter(word for text, *_ in given for word in {t.key for t in pieces(text)})
    common = frozenset(word for word, n in times.items() if n >= COMMON)
    marks = frozenset(word for word in common if not word[0].isalnum())
    short = _cut(beside[-SHORT:])
    rows = [list(features(text, common)) for text in (*texts, *short)]
    rows += [list(features(text, marks)) for text in beside[:STRANGE]]
    labels = [ORDER if order else "plain" for _, order, _ in given]
    labels += ["plain"] * (len(rows) - len(labels))
    return fit(rows, labels, penalty=PENALTY), common


def _cut(texts: Sequence[str]) -> list[str]:
    """The first few words of each of these sentences, as a sentence."""
    chance = random.Random(5)
    some = [" ".join(text.split()[: chance.randint(1, FEW)]) for text in texts]
    return [f"{one.rstrip('.,;:')}." for one in some]


def check(given: Sequence[Sentence], beside: Sequence[str], held: Sequence[str]) -> None:
    """Print what is taken for an order of writers who taught neither this nor the cross-encoder."""
    for writer in NEWER:
        classifier, common = fitted([one for one in given if one[2] != writer], beside)
        for order in (True, False):
            own = [text for text, label, source in given if source == writer and label == order]
            found = [log_odds(text, classifier, common) + as_read(text) for text in own]
            share = float(np.mean(np.array(found) >= ORDERS_FROM))
            print(writer, "orders" if order else "near", len(own), round(share, 3), flush=True)
    classifier, common = fitted(given, beside)
    sums = [log_odds(text, classifier, common) + as_read(text) for text in held]
    print("plain", len(held), sum(one >= ORDERS_FROM for one in sums))


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

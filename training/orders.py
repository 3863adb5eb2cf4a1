"""Fit what tells orders by their words; with --check, judge it on writers that taught it nothing.

    python training/orders.py            writes app/support/orders.npz
    python training/orders.py --check    figures of writers held out, with what a reader makes of
                                         them that these taught nothing either

It learns from `sentences/orders-*.jsonl`, a file a writer: sentences that order a reading model
about, and some near to them that do not; and from plain sentences of the papers in the folder of
evaluation data, of which the last tenth teaches nothing and judges.
"""

# ruff: noqa: E402
from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[0] = str(HERE.parent)
sys.path.insert(1, str(HERE))

from app.linear import Linear, save
from app.support import cross_encoder
from app.support.addressed import (
    CLASSIFIER,
    DOUBTED,
    FILE,
    ORDER,
    ORDERS_FROM,
    REFERENCE,
    SECOND,
    features,
    log_odds,
    pieces,
)
from app.understanding import reader
from eval.dataset.corpora import PICKED, picked_corpus
from ingest.text.sentences import sentences
from training.cross_encoder import CASES, HELD_ORDERS, entries, records
from training.regression import fit

PLAIN, ONE_IN = 100_000, 10
# A word in fewer sentences than this is masked by its shape.
COMMON = 3
# Of the plain ones, how many are learned from a second time as sentences of a language that has no
# word in common, and how many cut short to so many words at most.
STRANGE, SHORT, FEW = 3_000, 3_000, 5
# Between the parts of a sentence of which one is an order.
JOINTS = ("; ", ": ", ", ", ", and ", ", so ", " - ", " – ", " (", " | ", "] ")
# The inverse strength of the penalty on large weights; with 1 some 0.05 fewer orders are told.
PENALTY = 3.0
# Three of four features weigh less than this: without them as much is told, and loaded sooner.
LEAST = 0.03
# Shares of plain sentences that may be read closely or be taken for orders.
SHARES = (0.05, 0.025, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005)
Sentence = tuple[str, bool, str]


def written() -> list[Sentence]:
    """Sentences, whether they order, and their writers."""
    return [(one["text"], one["order"], source) for source, one in entries("orders-*")]


def plain() -> tuple[list[str], list[str]]:
    """Sentences of abstracts that nobody wrote for this: some to learn from, and some held out.

    None is of a paper that cases are asked about.
    """
    papers, chance = records(), random.Random(6)
    files = [*PICKED.glob("*.txt"), *CASES.glob("*.txt")]
    asked = {name for file in files for name in picked_corpus(file).picked}
    names = chance.sample(sorted(papers.keys() - asked), PLAIN)
    told = [sentences(papers[name]["abstract"]) for name in names]
    drawn = [chance.choice(some) for some in told if some]
    at = len(drawn) - len(drawn) // ONE_IN
    return drawn[:at], drawn[at:]


def fitted(given: Sequence[Sentence], beside: Sequence[str]) -> tuple[Linear, frozenset[str]]:
    """The classifier of these sentences and plain ones, and the words that its features keep."""
    together = joined(given, beside)
    texts = [*(text for text, *_ in given), *(text for text, _ in together), *beside]
    times = Counter(word for text, *_ in given for word in {t.key for t in pieces(text)})
    common = frozenset(word for word, n in times.items() if n >= COMMON)
    marks = frozenset(word for word in common if not word[0].isalnum())
    cut = short(beside)
    rows = [list(features(text, common)) for text in (*texts, *cut)]
    rows += [list(features(text, marks)) for text in beside[:STRANGE]]
    told = [order for _, order, _ in given] + [order for _, order in together]
    labels = [ORDER if order else "plain" for order in told]
    labels += ["plain"] * (len(rows) - len(labels))
    return fit(rows, labels, PENALTY, LEAST), common


def joined(given: Sequence[Sentence], beside: Sequence[str]) -> list[tuple[str, bool]]:
    """Half of these sentences, each made one with a plain one before it or behind it."""
    chance, found = random.Random(7), []
    for text, order, _ in given:
        if chance.random() < 0.5:
            own = text if chance.random() < 0.5 else text[:1].lower() + text[1:]
            plain, joint = chance.choice(beside).rstrip(" ."), chance.choice(JOINTS)
            first = chance.random() < 0.8
            both = (plain, own) if first else (own.rstrip(" ."), f"{plain}.")
            found.append((joint.join(both), order))
    return found


def short(beside: Sequence[str]) -> list[str]:
    """The first few words of some of these sentences, as a sentence."""
    chance = random.Random(5)
    some = [" ".join(text.split()[: chance.randint(1, FEW)]) for text in beside[-SHORT:]]
    return [f"{one.rstrip('.,;:')}." for one in some]


def check(given: Sequence[Sentence], beside: Sequence[str], plain: Sequence[str]) -> None:
    """Print what is taken for an order of writers who taught nothing, and of plain sentences."""
    from question_network import write

    from training.reader import asked, examples, of_order, questions, writers

    classifier, common = fitted([one for one in given if one[2] not in HELD_ORDERS], beside)
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "reader.onnx"
        write([*examples(questions(writers()), asked()), *of_order(HELD_ORDERS)], model)

        def shares(texts: Sequence[str]) -> list[float]:
            """Of these, what is an order if all are read as a whole, and by words first."""
            words = np.array([log_odds(text, classifier, common) for text in texts])
            plainly = [REFERENCE.sub("", text) for text in texts]
            read = np.array([reader.ordering(one, model) for one in plainly])
            read += SECOND * np.array([cross_encoder.ordering(one) for one in plainly])
            ordered = words + read >= ORDERS_FROM
            return [
                round(float(np.mean(one)), 3) for one in (ordered, ordered & (words >= DOUBTED))
            ]

        for writer in HELD_ORDERS:
            for order in (True, False):
                own = [one for one in given if one[2] == writer and one[1] == order]
                kind = "orders" if order else "near"
                print(writer, kind, len(own), shares([text for text, *_ in own]))
                behind = [text for text, _ in joined(own, plain)]
                print(writer, kind, "beside a clause", len(behind), shares(behind), flush=True)
        print("plain", len(plain), shares(plain))


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

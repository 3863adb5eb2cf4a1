"""Fit the reader of zones on labelled abstracts; with --check, judge it on unseen writers.

    python training/zones.py            writes app/extractive/zones.npz
    python training/zones.py --check    figures where one writer's abstracts are left out

Each file of `training/zones` is one writer's. The texts are in the folder of evaluation data.
"""

# ruff: noqa: E402
from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[0] = str(HERE.parent)

from app.extractive.zones import CLASSIFIER, FILE, START, ZONES, features, read
from app.linear import Floats, Linear, save
from eval.scoring.human_labels import auroc
from ingest.text.sentences import sentences
from training.cross_encoder import records
from training.regression import fit

LABELS = HERE / "zones"
BY_LETTER = {zone[0].upper(): zone for zone in ZONES}
# The inverse strength of the penalty on large weights; 0.3 and 1 differ by less than 0.01.
PENALTY = 0.3


@dataclass(frozen=True, slots=True)
class Labelled:
    """The sentences of an abstract, and one or two zones for each, the main one first."""

    writer: str
    texts: tuple[str, ...]
    zones: tuple[tuple[str, ...], ...]


def labelled() -> list[Labelled]:
    """All abstracts that were labelled."""
    papers, found = records(), []
    for file in sorted(LABELS.glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            one = json.loads(line)
            texts = tuple(sentences(papers[one["id"]]["abstract"]))
            zones = tuple(tuple(BY_LETTER[c] for c in letters) for letters in one["zones"])
            if len(texts) == len(zones):  # five of 800 were labelled without what was no finding
                found.append(Labelled(file.stem, texts, zones))
    return found


def fitted(given: Sequence[Labelled]) -> Linear:
    """The classifier of these abstracts; a sentence of two zones is an example of both."""
    rows, zones = [], []
    for one in given:
        for place, own in enumerate(one.zones):
            before = one.zones[place - 1][0] if place else START
            rows += [list(features(one.texts, place, before))] * len(own)
            zones += own
    return fit(rows, zones, penalty=PENALTY)


def check(given: Sequence[Labelled]) -> None:
    """Print how each writer's abstracts are read by what the others taught."""
    judged: list[tuple[Labelled, Floats]] = []
    for writer in sorted({one.writer for one in given}):
        classifier = fitted([one for one in given if one.writer != writer])
        own = [one for one in given if one.writer == writer]
        judged += [(one, read(classifier, one.texts)) for one in own]
    right = [
        ZONES[int(row.argmax())] in own
        for one, found in judged
        for row, own in zip(found, one.zones, strict=True)
    ]
    print(f"{len(judged)} abstracts, {len(right)} sentences, read right {np.mean(right):.3f}")
    for column, zone in enumerate(ZONES):
        having = [(one, f) for one, f in judged if any(zone in own for own in one.zones)]
        best = [zone in one.zones[int(found[:, column].argmax())] for one, found in having]
        labels = [zone in own for one, _ in judged for own in one.zones]
        area = auroc(labels, [float(row[column]) for _, found in judged for row in found])
        print(f"    {zone}: of {len(best)} abstracts the surest is one {np.mean(best):.3f}, "
              f"area {area:.3f}")  # fmt: skip


def main() -> None:
    """Fit and store, or check."""
    given = labelled()
    if "--check" in sys.argv:
        check(given)
        return
    save(FILE, {CLASSIFIER: fitted(given)}, ())
    print(FILE)


if __name__ == "__main__":
    main()

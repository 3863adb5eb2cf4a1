"""The scorer of support judged by labels: AUROC and balanced accuracy, by hand and by force."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from eval.scoring.frozen_structure import faults
from eval.scoring.frozen_support import frozen_scorer
from eval.scoring.human_labels import (
    auroc,
    balanced_accuracy,
    best_threshold,
    cross_validated,
    meta,
)
from ingest.errors import UsageError


@dataclass(frozen=True)
class Fixed:
    score: float


def test_auroc_is_the_chance_to_rank_a_supported_claim_higher() -> None:
    # Of the four pairs, 0.9 > 0.8, 0.9 > 0.1, 0.4 < 0.8, 0.4 > 0.1: three are right.
    assert auroc([True, False, True, False], [0.9, 0.8, 0.4, 0.1]) == 0.75
    assert auroc([True, False], [0.3, 0.3]) == 0.5
    assert auroc([True, True], [0.1, 0.2]) is None
    assert auroc([], []) is None


def test_auroc_equals_a_count_over_all_pairs() -> None:
    chance = random.Random(3)
    for _ in range(50):
        labels = [True, False] + [chance.random() < 0.5 for _ in range(40)]
        scores = [chance.randint(0, 9) / 10 for _ in labels]
        good = [s for s, label in zip(scores, labels, strict=True) if label]
        bad = [s for s, label in zip(scores, labels, strict=True) if not label]
        pairs = sum((g > b) + 0.5 * (g == b) for g in good for b in bad) / (len(good) * len(bad))
        assert auroc(labels, scores) == pytest.approx(pairs)


def test_balanced_accuracy_weighs_both_labels_the_same() -> None:
    assert (
        balanced_accuracy([True, True, True, False], [True, True, False, False]) == (2 / 3 + 1) / 2
    )
    assert balanced_accuracy([True, False], [True, True]) == 0.5
    assert balanced_accuracy([True], [True]) is None


def test_the_best_threshold_lies_between_the_labels() -> None:
    assert best_threshold([False, False, True, True], [0.1, 0.3, 0.5, 0.9]) == pytest.approx(0.4)
    assert best_threshold([True, False], [0.2, 0.8]) == 0.2


def test_cross_validation_separates_what_is_separable() -> None:
    labels = [n % 3 == 0 for n in range(60)]
    assert cross_validated(labels, [0.9 if label else 0.1 for label in labels]) == labels


def test_cross_validation_finds_nothing_in_noise() -> None:
    chance = random.Random(5)
    labels = [n % 2 == 0 for n in range(2_000)]
    found = balanced_accuracy(labels, cross_validated(labels, [chance.random() for _ in labels]))
    assert found == pytest.approx(0.5, abs=0.04)


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_file_is_scored_with_intervals_and_the_same_twice(tmp_path: Path) -> None:
    rows = [
        {"id": str(n), "claim": f"{n}", "context": ["a", "b"], "supported": int(n >= 20)}
        for n in range(40)
    ]
    path = write(tmp_path / "labels.jsonl", *rows)
    seen: list[Sequence[str]] = []

    def support(claim: str, records: Sequence[str]) -> Fixed:
        seen.append(records)
        return Fixed(1.0 if claim == "3" else float(claim) / 40)

    found = meta(path, support)
    assert found["file"] == str(path)
    assert found["n"] == 40
    assert seen[0] == ["a\nb"]
    # One of 20 unsupported claims outranks all 20 supported ones: 380 of 400 pairs are right.
    assert found["auroc"] == 0.95
    low, high = found["auroc_ci"]
    assert 0.8 < low < 0.95 <= high <= 1.0
    assert found["balanced_accuracy"] >= 0.9
    assert meta(path, support) == found


def test_one_label_gives_no_number(tmp_path: Path) -> None:
    path = write(tmp_path / "one.jsonl", {"claim": "a", "context": "b", "supported": 1})
    found = meta(path, lambda _claim, _records: Fixed(1.0))
    assert (found["n"], found["auroc"], found["balanced_accuracy_ci"]) == (1, None, None)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((), "no labelled claims"),
        (({"claim": "a", "context": ["b"], "supported": 2},), ":1: a labelled claim is"),
        (({"claim": "a", "context": 3, "supported": 1},), ":1: a labelled claim is"),
        ((7,), ":1: a labelled claim is"),
    ],
)
def test_bad_labels_are_named_by_line(tmp_path: Path, rows: tuple[object, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        meta(write(tmp_path / "bad.jsonl", *rows), lambda _claim, _records: Fixed(1.0))


@pytest.mark.parametrize(
    ("name", "least"),
    # What it reached before it looked at structure: 0.8136, 0.9517 and 0.5101.
    [("wice_dev", 0.8136), ("begin_wow_dev", 0.9517), ("scifact_rte_train", 0.6)],
)
def test_the_frozen_scorer_agrees_with_people(data_dir: Path, name: str, least: float) -> None:
    file = data_dir / "faithfulness" / f"{name}.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    score = frozen_scorer("\n".join(row["context"]) for row in rows)
    found = meta(file, lambda claim, records: Fixed(score(claim, records)))
    assert found["auroc"] > least


def test_at_a_threshold_the_accuracy_is_that_of_the_gate_and_kinds_are_counted(
    tmp_path: Path,
) -> None:
    rows = [
        {"claim": "0.9", "context": "a", "supported": 1, "kind": "number"},
        {"claim": "0.4", "context": "a", "supported": 1, "kind": "number"},
        {"claim": "0.6", "context": "a", "supported": 0, "kind": "number"},
        {"claim": "0.1", "context": "a", "supported": 0, "kind": "negation"},
        {"claim": "0.2", "context": "a", "supported": 0},
    ]
    path = write(tmp_path / "kinds.jsonl", *rows)
    found = meta(path, lambda claim, _: Fixed(float(claim)), threshold=0.5)
    assert (found["threshold"], found["balanced_accuracy"]) == (0.5, round((1 / 2 + 2 / 3) / 2, 6))
    assert found["kinds"] == {
        "number": {"wrong": 1, "seen": 0, "sound": 2, "kept": 1},
        "negation": {"wrong": 1, "seen": 1, "sound": 0, "kept": 0},
    }


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        ("The dataset has 4,927 videos of daily life.", "number"),
        ("Blind people asked 4,927 questions.", ""),
        ("The best models do not reach an accuracy of about 56%.", "negation"),
        ("Heavy training decreases the accuracy of the best models.", "direction"),
        ("Models generate questions that deep layers verify.", "opposite"),
        ("Most of the models struggle with long videos.", "quantifier"),
        ("The device reranks what the cloud produces.", ""),
        ("The device produces candidates that the cloud reranks.", "role"),
        ("Accuracy layers videos heavy questions dataset struggle 56% blind.", "order"),
    ],
)
def test_each_kind_of_error_is_seen_by_its_cue(claim: str, kind: str) -> None:
    record = (
        "The dataset has 1,210 videos of daily life. With them come 4,927 questions that blind "
        "people asked. The best models reach an accuracy of about 56%. Heavy training increases "
        "the accuracy of the best models. Models generate questions that shallow layers verify. "
        "All of the models struggle with long videos. The cloud produces candidates that the "
        "device reranks."
    )
    found = faults(claim, record)
    assert kind in found if kind else not found

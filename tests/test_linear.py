"""Softmax regression over named features: its probabilities, and the file that keeps it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.linear import Floats, Linear, load, save, softmax

_SCORES = arrays(np.float32, st.integers(1, 8), elements=st.floats(-1e4, 1e4, width=32))


def _linear() -> Linear:
    """Two labels: "red" speaks for the first, "blue" for the second."""
    return Linear(
        ("warm", "cold"),
        {"red": 0, "blue": 1},
        np.asarray([[1, -1], [-2, 2]], dtype=np.float32),
        np.asarray([0.5, 0], dtype=np.float32),
    )


@given(_SCORES)
def test_probabilities_add_up_to_one_and_keep_the_order(scores: Floats) -> None:
    found = softmax(scores)
    assert found.sum() == pytest.approx(1, abs=1e-5)
    assert np.all((found >= 0) & (found <= 1))
    assert found[scores.argmax()] == found.max()


@given(_SCORES, st.floats(-100, 100, width=32))
def test_what_all_scores_share_does_not_matter(scores: Floats, shift: float) -> None:
    scores = scores / 100
    assert np.allclose(softmax(scores), softmax(scores + np.float32(shift)), atol=1e-3)


def test_rows_are_normalised_apart() -> None:
    found = softmax(np.asarray([[0, 0], [100, -100]], dtype=np.float32))
    assert np.allclose(found, [[0.5, 0.5], [1, 0]])


def test_features_speak_for_labels_each_once_and_unknown_ones_not_at_all() -> None:
    one = _linear()
    red = one.probabilities(["red"])
    assert red.tolist() == pytest.approx(softmax(np.asarray([1.5, -1], np.float32)).tolist())
    assert one.probabilities(["red", "red", "green"]).tolist() == red.tolist()
    assert one.probabilities(["blue"]).argmax() == 1
    assert one.probabilities([]).tolist() == pytest.approx([0.6225, 0.3775], abs=1e-4)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    one = _linear()
    save(tmp_path / "kept.npz", {"warmth": one, "again": _linear()}, ["sea", "air"])
    found, vocabulary = load(tmp_path / "kept.npz")
    assert vocabulary == {"air", "sea"}
    assert list(found) == ["warmth", "again"]
    kept = found["warmth"]
    assert (kept.labels, kept.places) == (one.labels, one.places)
    for name in ("weights", "bias"):
        stored = getattr(kept, name)
        assert stored.dtype == np.float32
        assert stored.tolist() == getattr(one, name).tolist()

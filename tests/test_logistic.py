"""Fitted decisions give probabilities, and a cut of the best expected F1."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.logistic import FILE, Logistic, best_cut, decision

NAMES = sorted(json.loads(FILE.read_text("utf-8")))


def test_a_probability_is_the_logistic_function_of_the_weighted_features() -> None:
    made = Logistic(("a", "b"), (1.0, -2.0), 0.5)
    assert made.probabilities([(0.0, 0.0), (1.5, 1.0)]) == pytest.approx([0.6225, 0.5], abs=1e-4)


def test_no_rows_have_no_probabilities() -> None:
    assert len(Logistic(("a",), (1.0,), 0.0).probabilities([])) == 0


@pytest.mark.parametrize("name", NAMES)
def test_every_decision_is_fitted_with_a_weight_a_feature(name: str) -> None:
    made = decision(name)
    assert len(made.features) == len(made.weights) > 0


@pytest.mark.parametrize(
    ("chances", "count"),
    [([], 0), ([0.0, 0.0], 0), ([0.9, 0.9, 0.01], 2), ([0.9, 0.1, 0.1], 1), ([0.2], 1)],
)
def test_a_cut_keeps_what_is_worth_its_place(chances: list[float], count: int) -> None:
    assert best_cut(np.asarray(chances, dtype=np.float32)) == count


@given(st.lists(st.floats(0.0, 1.0, width=32), max_size=30))
def test_the_order_of_the_items_does_not_move_the_cut(chances: list[float]) -> None:
    given_ = np.asarray(chances, dtype=np.float32)
    assert best_cut(given_) == best_cut(given_[::-1])


@given(st.lists(st.floats(0.0, 1.0, width=32), min_size=1, max_size=30))
def test_a_cut_has_the_highest_expected_f1(chances: list[float]) -> None:
    ordered = sorted(chances, reverse=True)
    right = sum(ordered)

    def expected(count: int) -> float:
        return 2 * sum(ordered[:count]) / (count + right) if count else 0.0

    cut = best_cut(np.asarray(chances, dtype=np.float32))
    assert expected(cut) == pytest.approx(max(map(expected, range(len(chances) + 1))), abs=1e-5)
    assert bool(cut) == (right > 0)


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), max_size=8))
def test_probabilities_are_one_a_row_and_grow_with_a_feature_of_positive_weight(
    rows: list[tuple[float, float]],
) -> None:
    made = Logistic(("a", "b"), (1.0, -2.0), 0.5)
    found = made.probabilities(rows)
    assert len(found) == len(rows)
    assert np.all((found >= 0) & (found <= 1))
    assert np.all(made.probabilities([(a + 1, b) for a, b in rows]) >= found)


@pytest.mark.parametrize(("value", "chance"), [(-1e5, 0.0), (1e5, 1.0)])
def test_a_feature_of_any_size_has_a_probability(value: float, chance: float) -> None:
    assert Logistic(("a",), (1.0,), 0.0).probabilities([(value,)])[0] == pytest.approx(chance)

"""A linear classifier over named features: read from a file, run with numpy.

Softmax regression (multinomial logistic regression): P(label | x) is proportional to
exp(w_label · x + b_label). `training/` fits it; nothing is fitted here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Linear:
    """Weights of shape (features, labels), and a bias for each label."""

    labels: tuple[str, ...]
    places: Mapping[str, int]
    weights: Floats
    bias: Floats

    def probabilities(self, features: Iterable[str]) -> Floats:
        """The probability of each label, in the order of `labels`; they add up to 1."""
        rows = [self.places[name] for name in dict.fromkeys(features) if name in self.places]
        return softmax(self.bias + self.weights[rows].sum(axis=0))


def softmax(scores: Floats) -> Floats:
    """Probabilities along the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float32)


def load(file: Path) -> tuple[dict[str, Linear], frozenset[str]]:
    """The classifiers that a file holds, by name, and the words that their features keep."""
    with np.load(file) as stored:
        vocabulary = frozenset(str(stored["vocabulary"]).split("\n"))
        names = str(stored["names"]).split("\n")
        return {name: _linear(stored, name) for name in names}, vocabulary


def _linear(stored: Mapping[str, NDArray[np.generic]], name: str) -> Linear:
    features = str(stored[f"{name}.features"]).split("\n")
    return Linear(
        labels=tuple(str(stored[f"{name}.labels"]).split("\n")),
        places={feature: place for place, feature in enumerate(features)},
        weights=stored[f"{name}.weights"].astype(np.float32),
        bias=stored[f"{name}.bias"].astype(np.float32),
    )


def save(file: Path, classifiers: Mapping[str, Linear], vocabulary: Sequence[str]) -> None:
    """Store classifiers as `load` reads them, weights in half precision."""
    arrays: dict[str, NDArray[np.generic]] = {
        "vocabulary": np.array("\n".join(sorted(vocabulary))),
        "names": np.array("\n".join(classifiers)),
    }
    for name, one in classifiers.items():
        arrays[f"{name}.features"] = np.array("\n".join(one.places))
        arrays[f"{name}.labels"] = np.array("\n".join(one.labels))
        arrays[f"{name}.weights"] = one.weights.astype(np.float16)
        arrays[f"{name}.bias"] = one.bias.astype(np.float32)
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]

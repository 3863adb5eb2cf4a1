"""A softmax regression over named features, fitted with scikit-learn for `app`'s `Linear`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from app.linear import Linear

# A feature in fewer rows than this is left out.
FEWEST = 3


def fit(
    rows: Sequence[Iterable[str]], labels: Sequence[str], penalty: float, least: float = 0.0
) -> Linear:
    """A classifier of these rows of features.

    `penalty` is the inverse strength of that on large weights. A feature of two labels that weighs
    less than `least` is left out afterwards: it tells little and has to be loaded.
    """
    distinct = [sorted(set(row)) for row in rows]
    times = Counter(feature for row in distinct for feature in row)
    kept = sorted(feature for feature, n in times.items() if n >= FEWEST)
    places = {feature: place for place, feature in enumerate(kept)}
    where = [[places[f] for f in row if f in places] for row in distinct]
    matrix = sparse.csr_matrix(
        (
            np.ones(sum(map(len, where)), dtype=np.float32),
            np.array([place for row in where for place in row]),
            np.cumsum([0, *map(len, where)]),
        ),
        shape=(len(rows), len(kept)),
    )
    model = LogisticRegression(C=penalty, max_iter=500).fit(matrix, labels)
    weights, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # of two, one column tells them apart
        telling = np.abs(weights[0]) >= 2 * least
        kept = [feature for feature, tells in zip(kept, telling, strict=True) if tells]
        places = {feature: place for place, feature in enumerate(kept)}
        weights = weights[:, telling]
        weights, bias = (np.concatenate([-one / 2, one / 2]) for one in (weights, bias))
    return Linear(
        tuple(model.classes_), places, weights.T.astype(np.float32), bias.astype(np.float32)
    )

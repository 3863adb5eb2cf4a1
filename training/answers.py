"""Fit the decisions of answering on the cases of all collections; with --check, judge them.

    python training/answers.py             writes app/weights.json
    python training/answers.py --topics    fits the decisions on topics alone, which else stay
    python training/answers.py --check     figures where each collection is left out in turn

Logistic regressions: is a paper on the topic of a list ("on topic"), or on one of two that an "or"
joins ("either"), is it the paper that a question is about ("meant"), does a sentence answer
("sentence"), does what is found answer the question at all ("answered"), does the collection hold a
topic at all ("any on topic"), are papers wanted or what one says ("papers wanted"), and does a
question go on about the paper just spoken of ("continues").
"""

# ruff: noqa: E402
from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from app import logistic
from app.logistic import Logistic, best_cut
from training import broad
from training.examples import DETAIL, FEATURES, Collected, Examples, collect

# These move whenever the reader reads the words of a few lists otherwise, and gain nothing by it.
TOPICS = ("on topic", "on topic read", "either", "any on topic")
# Sentences of which one should answer.
SHOWN = 3


def fit(name: str, parts: Sequence[Examples]) -> Logistic:
    """The decision fitted on all these examples."""
    rows = np.array([row for part in parts for row in part.rows])
    labels = np.array([label for part in parts for label in part.labels])
    weights = np.array([weight for part in parts for weight in part.weights])
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale[scale == 0] = 1
    model = LogisticRegression(max_iter=1000).fit((rows - mean) / scale, labels, weights)
    coefficients = model.coef_[0] / scale
    bias = float(model.intercept_[0] - coefficients @ mean)
    return Logistic(FEATURES[name], tuple(map(float, coefficients)), bias)


def check(found: dict[str, Collected]) -> None:
    """Print figures for each collection, judged by what the others taught."""
    for name in FEATURES:
        if not any(collected[name].rows for collected in found.values()):
            continue
        by_corpus: dict[str, float] = {}
        judged, details = Examples(), Examples()
        chances: list[float] = []
        of_details: list[float] = []
        for corpus, collected in found.items():
            if not collected[name].rows:
                continue
            others = [part[name] for other, part in found.items() if other != corpus]
            model = fit(name, others)
            own = collected[name]
            probabilities = model.probabilities(own.rows)
            by_corpus[corpus] = round(_figure(name, own, probabilities), 3)
            judged.labels += own.labels
            judged.sources += own.sources
            chances += list(map(float, probabilities))
            if name == "answered":
                details.labels += collected[DETAIL].labels
                of_details += list(map(float, model.probabilities(collected[DETAIL].rows)))
        mean = sum(by_corpus.values()) / len(by_corpus)
        print(f"{name}: {mean:.3f}", by_corpus)
        if name in ("answered", "any on topic"):
            _operating_points(judged, np.array(chances))
        if of_details:
            area = roc_auc_score(details.labels, of_details)
            print(f"   a detail that is told or not, asked alike: area {area:.3f}")


def _figure(name: str, own: Examples, chances: np.ndarray) -> float:
    if name in ("answered", "any on topic", "continues"):
        return float(roc_auc_score(own.labels, chances))
    if name == "papers wanted":
        return float(np.mean((chances >= 0.5) == own.labels))
    return float(np.mean([_of_group(name, labels, some) for labels, some in _groups(own, chances)]))


def _groups(own: Examples, chances: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    groups, labels = np.array(own.groups), np.array(own.labels)
    for group in dict.fromkeys(own.groups):
        yield labels[groups == group], chances[groups == group]


def _of_group(name: str, labels: np.ndarray, chances: np.ndarray) -> float:
    """F1 of a list; else whether the most probable one is right."""
    order = np.argsort(-chances, kind="stable")
    if name.startswith("sentence"):
        return float(labels[order[:SHOWN]].sum()) / min(SHOWN, float(labels.sum()))
    if name not in TOPICS:
        return float(labels[order[0]])
    hits = labels[order[: best_cut(chances)]]
    return 2 * float(hits.sum()) / (len(hits) + float(labels.sum()))


def _operating_points(judged: Examples, chances: np.ndarray) -> None:
    sources, labels = np.array(judged.sources), np.array(judged.labels)
    right = (sources == "answered") & labels
    for bar in np.arange(0.05, 0.75, 0.05):
        shares = [float(np.mean(chances[right] < bar))]
        shares += [
            float(np.mean(chances[sources == s] >= bar))
            for s in ("unanswered", "foreign", "taken away")
            if (sources == s).any()
        ]
        print(f"   bar {bar:.2f}: refused {shares[0]:.3f}; let through", np.round(shares[1:], 3))


def _beside_lists() -> dict[str, Collected]:
    """Examples that cases of single collections do not give; torch reads the strangers'."""
    from training import continuing, strangers

    return continuing.collect() | strangers.collect()


def main() -> None:
    """Fit and store, or check; with both options the decisions on topics are checked."""
    topics = "--topics" in sys.argv
    found = collect(topics=topics) | (broad.collect() if topics else _beside_lists())
    if "--check" in sys.argv:
        check(found)
        return
    models = {
        name: fit(name, [one[name] for one in found.values()])
        if (name in TOPICS) == topics
        else logistic.decision(name)
        for name in FEATURES
    }
    stored = {
        name: {
            "weights": {f: round(w, 4) for f, w in zip(m.features, m.weights, strict=True)},
            "bias": round(m.bias, 4),
        }
        for name, m in models.items()
    }
    logistic.FILE.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
    print(logistic.FILE)


if __name__ == "__main__":
    main()

"""The scorer of support scored itself, against claims that people labelled."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from eval.running.parallel import in_order
from eval.scoring.context import Support
from eval.scoring.statistics import SEED, bootstrap
from ingest.errors import UsageError
from ingest.json_text import parsed
from ingest.records import Json

_FOLDS = 5
_RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Labelled:
    """A claim, the text that is to back it, whether people say it does, and its error's kind."""

    name: str
    claim: str
    context: str
    supported: bool
    kind: str = ""


def contexts(file: Path) -> list[str]:
    """The text that goes with each claim of a labelled file."""
    return [one.context for one in _labelled(file)]


def meta(
    file: Path,
    support: Support,
    progress: Callable[[str], None] = lambda _: None,
    threshold: float | None = None,
) -> Json:
    """How well `support` tells supported claims of a labelled file from others.

    `file` holds JSONL lines `{"claim", "context": [sentences], "supported": 0 or 1}`. Returns
    {"file", "n", "auroc", "auroc_ci", "balanced_accuracy", "balanced_accuracy_ci"}, intervals
    of 95 % by bootstrap over claims; `None` for what needs both labels where there is one.
    Balanced accuracy is that at `threshold`, at which a gate decides; without one, that of
    thresholds chosen on other claims of the file ("balanced_accuracy_fitted" beside a threshold).
    Where lines name the "kind" of their error, "kinds" counts how many of each are seen.
    """
    claims = _labelled(file)
    scores = []
    for one in claims:
        scores.append(float(support(one.claim, [one.context]).score))
        progress(one.name)
    labels = [one.supported for one in claims]
    fitted = cross_validated(labels, scores)
    if threshold is None:
        return _agreement(file, labels, scores, fitted)
    predicted = [score >= threshold for score in scores]
    return {
        **_agreement(file, labels, scores, predicted),
        "threshold": threshold,
        "balanced_accuracy_fitted": _rounded(balanced_accuracy(labels, fitted)),
        "kinds": _kinds(claims, predicted),
    }


def _kinds(claims: Sequence[Labelled], predicted: Sequence[bool]) -> Json:
    """For every kind of error its claims: wrong ones and how many are seen, sound ones and how
    many are kept.
    """
    found: Json = {}
    for one, is_supported in zip(claims, predicted, strict=True):
        if one.kind:
            row = found.setdefault(one.kind, {"wrong": 0, "seen": 0, "sound": 0, "kept": 0})
            row["sound" if one.supported else "wrong"] += 1
            row["kept" if one.supported else "seen"] += is_supported is one.supported
    return found


def judge_meta(
    file: Path,
    grade: Callable[[str, Sequence[str]], float | None],
    workers: int = 1,
    progress: Callable[[str], None] = lambda _: None,
) -> Json:
    """How well a judge's grades of claims agree with the labels; as `meta`, and "unscored".

    `grade(claim, contexts)` scores in [0, 1], 1 alone meaning supported: nothing is fitted to the
    labels. `None` is unscored, counted, and left out.
    """
    claims = _labelled(file)

    def work(entry: Labelled) -> float | None:
        return grade(entry.claim, [entry.context])

    labels, scores = [], []
    for entry, score in zip(claims, in_order(work, claims, workers), strict=True):
        if score is not None:
            labels.append(entry.supported)
            scores.append(score)
        progress(entry.name)
    found = _agreement(file, labels, scores, [score >= 1 for score in scores])
    return {**found, "n": len(claims), "unscored": len(claims) - len(labels)}


def _agreement(
    file: Path, labels: Sequence[bool], scores: Sequence[float], predicted: Sequence[bool]
) -> Json:
    n = len(labels)

    def area(drawn: Sequence[int]) -> float | None:
        return auroc([labels[i] for i in drawn], [scores[i] for i in drawn])

    def balance(drawn: Sequence[int]) -> float | None:
        return balanced_accuracy([labels[i] for i in drawn], [predicted[i] for i in drawn])

    return {
        "file": str(file),
        "n": n,
        "auroc": _rounded(area(range(n))),
        "auroc_ci": bootstrap(n, area, _RESAMPLES),
        "balanced_accuracy": _rounded(balance(range(n))),
        "balanced_accuracy_ci": bootstrap(n, balance, _RESAMPLES),
    }


def auroc(labels: Sequence[bool], scores: Sequence[float]) -> float | None:
    """P(a supported claim scores higher than an unsupported one), ties counting half.

    The Mann-Whitney form: (Σ ranks of the supported - P (P + 1) / 2) / (P N) with mean ranks for
    ties. 0.5 is chance; `None` where one of the labels is missing.
    """
    positives = sum(labels)
    negatives = len(labels) - positives
    if not positives or not negatives:
        return None
    ranks = _mean_ranks(scores)
    of_supported = sum(rank for rank, label in zip(ranks, labels, strict=True) if label)
    return (of_supported - positives * (positives + 1) / 2) / (positives * negatives)


def _mean_ranks(scores: Sequence[float]) -> list[float]:
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranks = [0.0] * len(scores)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and scores[order[end]] == scores[order[start]]:
            end += 1
        for place in order[start:end]:
            ranks[place] = (start + 1 + end) / 2
        start = end
    return ranks


def balanced_accuracy(labels: Sequence[bool], predicted: Sequence[bool]) -> float | None:
    """(share of the supported found + share of the unsupported found) / 2; 0.5 is chance.

    `None` where one of the labels is missing.
    """
    found = [p for label, p in zip(labels, predicted, strict=True) if label]
    kept_out = [not p for label, p in zip(labels, predicted, strict=True) if not label]
    if not found or not kept_out:
        return None
    return (sum(found) / len(found) + sum(kept_out) / len(kept_out)) / 2


def cross_validated(labels: Sequence[bool], scores: Sequence[float]) -> list[bool]:
    """Whether each claim is called supported, at the threshold chosen on the other four folds.

    Folds are stratified by label and drawn with a fixed seed.
    """
    fold = _folds(labels)
    predicted = [False] * len(labels)
    for held_out in range(_FOLDS):
        rest = [i for i in range(len(labels)) if fold[i] != held_out]
        threshold = best_threshold([labels[i] for i in rest], [scores[i] for i in rest])
        for i in range(len(labels)):
            if fold[i] == held_out:
                predicted[i] = scores[i] >= threshold
    return predicted


def _folds(labels: Sequence[bool]) -> list[int]:
    places = list(range(len(labels)))
    random.Random(SEED).shuffle(places)
    places.sort(key=labels.__getitem__)
    fold = [0] * len(labels)
    for turn, place in enumerate(places):
        fold[place] = turn % _FOLDS
    return fold


def best_threshold(labels: Sequence[bool], scores: Sequence[float]) -> float:
    """The threshold (score >= it means supported) of the highest balanced accuracy.

    Thresholds lie halfway between neighbouring scores; the lowest of equals is taken.
    """
    supported = sum(labels)
    unsupported = len(labels) - supported
    pairs = sorted(zip(scores, labels, strict=True))
    best, threshold = 0.0, pairs[0][0] if pairs else 0.0
    missed = kept_out = 0
    for (score, label), (following, _) in pairwise(pairs):
        missed += label
        kept_out += not label
        if score < following and supported and unsupported:
            gain = kept_out / unsupported - missed / supported
            if gain > best:
                best, threshold = gain, (score + following) / 2
    return threshold


def _labelled(file: Path) -> list[Labelled]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read as UTF-8 text ({error}).") from error
    found = [_claim(line, f"{file}:{i}") for i, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise UsageError(f"{file}: there are no labelled claims in this file.")
    return found


def _claim(line: str, where: str) -> Labelled:
    try:
        entry = parsed(line)
        context = entry["context"]
        text = context if isinstance(context, str) else "\n".join(context)
        label = {0: False, 1: True}[entry["supported"]]
        name, kind = str(entry.get("id", where)), str(entry.get("kind", ""))
        return Labelled(name, str(entry["claim"]), text, label, kind)
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f'{where}: a labelled claim is {{"claim": ..., "context": [...], "supported": 0 or 1}}.'
        ) from error


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)

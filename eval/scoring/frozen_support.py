"""A small scorer of support that only the evaluation knows: nothing can be tuned to please it.

It sees wording, numbers and names, and by their cues negations, directions, quantifiers, numbers
that count something else and sides that were swapped (`frozen_structure`). It understands nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from eval.scoring.frozen_structure import faults
from eval.scoring.frozen_words import stem
from eval.scoring.normalize import (
    names,
    numbers,
    sentences,
    singular,
    spelled_numbers,
    tokens,
)

Frozen = Callable[[str, Sequence[str]], float]

# A full match with one fault scores less, and must fail. Measured on human labels (`eval meta`).
THRESHOLD = 0.6
_WINDOW = 3
_NUMBER_PENALTY = 0.5
_FAULT_PENALTY = 0.1
_SPLICE_PENALTY = 0.59
_NAME_PENALTY = 0.85


def frozen_scorer(texts: Iterable[str]) -> Frozen:
    """A function (claim, records) -> support in [0, 1], its word weights counted on `texts`.

    coverage = Σ idf(w) over claim words w in the best window / Σ idf(w) over all claim words,
    where a window is three neighbouring sentences of one record and idf(w) = ln(1 + N / (1 + df)).
    It is halved when a number of the claim stands nowhere in the records, times 0.1 when they say
    the same words otherwise (see `faults`), times 0.59 when a half of it is foreign to them, and
    times 0.85 when they lack one of its names. A claim without words scores 1, one without records
    0.
    """
    counts: Counter[str] = Counter()
    total = 0
    for text in texts:
        counts.update(_stems(text))
        total += 1

    def weight(word: str) -> float:
        return math.log(1 + total / (1 + counts[word])) if total else 1.0

    def score(claim: str, records: Sequence[str]) -> float:
        words = _stems(claim)
        if not records:
            return 0.0
        if not words:
            return 1.0
        whole = sum(weight(word) for word in sorted(words))
        best = max(
            sum(weight(word) for word in sorted(words & window))
            for record in records
            for window in _windows(record)
        )
        return best / whole * _soundness(claim, records)

    return score


def _soundness(claim: str, records: Sequence[str]) -> float:
    """What a claim keeps of its score after its faults against the records taken together."""
    found = 1.0 if _numbers_stand(claim, records) else _NUMBER_PENALTY
    told = faults(claim, "\n".join(dict.fromkeys(records)))
    if told:
        found *= _SPLICE_PENALTY if told == ("splice",) else _FAULT_PENALTY
    return found if _names_stand(claim, records) else found * _NAME_PENALTY


@lru_cache(maxsize=5_000)
def _windows(record: str) -> tuple[frozenset[str], ...]:
    stems = [_stems(sentence) for sentence in sentences(record)]
    starts = range(max(1, len(stems) - _WINDOW + 1))
    return tuple(frozenset().union(*stems[start : start + _WINDOW]) for start in starts)


def _stems(text: str) -> frozenset[str]:
    words = (word for word in tokens(text) if len(word) > 1 or word.isdigit())
    return frozenset(map(stem, words))


def _numbers_stand(claim: str, records: Sequence[str]) -> bool:
    known = set().union(*(numbers(record) | spelled_numbers(record) for record in records))
    # "One" and "zero" are seldom counts.
    return numbers(claim) | spelled_numbers(claim) - {"0", "1"} <= known


def _names_stand(claim: str, records: Sequence[str]) -> bool:
    known = {
        singular(part) for text in records for word in tokens(text) for part in word.split(".")
    }
    return names(claim) <= known

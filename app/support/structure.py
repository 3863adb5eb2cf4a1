"""Which words of a claim belong together, and whether the abstract joins them the same way.

Two content words are joined as closely as they stand in one sentence; a comma, a bracket and a word
such as "while" keep them apart. The test of a claim is whether two of its words would be joined more
as the abstract joins them if they changed places: roles and numbers that were swapped do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.support.alignment import Vectors, term
from ingest.text.sentences import sentence_spans
from ingest.text.terms import STOP_WORDS, tokens

# How far apart a pause and a connective set two words, in words.
_PAUSE, _BREAK, _CONNECTIVE = 2, 4, 4
_PAUSES = re.compile(r"[,()\[\]/]")
_BREAKS = re.compile(r"[;:—–]")
_CONNECTIVES = frozenset("while whereas but although though".split())
# The distance in words by which two words are joined by a third (1/e) only.
_REACH = 4.0
# What it counts that two words stand in the other order than in the abstract.
_REVERSED = 0.8
# What two words are joined by that are one word in the abstract.
_SAME = 0.7
_MET = 0.6


@dataclass(frozen=True, slots=True)
class Laid:
    """The content words of a text, each with its term, place (in words) and sentence."""

    words: tuple[str, ...]
    terms: tuple[str, ...]
    places: NDArray[np.int64]
    sentences: NDArray[np.int64]


@lru_cache(maxsize=1024)
def laid(text: str) -> Laid:
    """The content words of a text in their places; sentences never join words."""
    kept: list[tuple[str, int, int]] = []
    for number, (start, end) in enumerate(sentence_spans(text)):
        place = last = 0
        said = text[start:end]
        for token, begin, stop in tokens(said):
            between = said[last:begin]
            place += 1 + _PAUSE * bool(_PAUSES.search(between))
            place += _BREAK * bool(_BREAKS.search(between)) + _CONNECTIVE * (token in _CONNECTIVES)
            last = stop
            if token not in STOP_WORDS:
                kept.append((token, place, number))
    words = tuple(word for word, _, _ in kept)
    return Laid(
        words,
        tuple(map(term, words)),
        np.array([place for _, place, _ in kept], dtype=np.int64),
        np.array([number for _, _, number in kept], dtype=np.int64),
    )


def joined(alike: Vectors, abstract: Laid) -> Vectors:
    """How closely the abstract joins two words of the claim in this order, in [0, 1].

    `alike` says how well each word of the claim (row) is met by each of the abstract (column).
    """
    count = len(alike)
    best = np.zeros((count, count), dtype=np.float32)
    for number in np.unique(abstract.sentences):
        inside = abstract.sentences == number
        places, met = abstract.places[inside], alike[:, inside]
        apart = places[None, :] - places[:, None]
        near = np.where(apart > 0, np.exp(-(apart - 1) / _REACH), 0.0).astype(np.float32)
        np.fill_diagonal(near, _SAME)
        first = (met[:, :, None] * near[None, :, :]).max(axis=1)
        both = (first[:, None, :] * met[None, :, :]).max(axis=2)
        best = np.maximum(best, both)
    return best


def bonds(claim: Laid) -> Vectors:
    """How closely each word of the claim is joined to each later one by the claim itself."""
    apart = claim.places[None, :] - claim.places[:, None]
    together = claim.sentences[None, :] == claim.sentences[:, None]
    close = np.where((apart > 0) & together, np.exp(-(apart - 1) / _REACH), 0.0)
    return close.astype(np.float32)


def either_way(forward: Vectors) -> Vectors:
    """How closely words are joined, in this order or, for less, in the other."""
    return np.maximum(forward, _REVERSED * forward.T)


def gains(bond: Vectors, join: Vectors) -> Vectors:
    """What each change of places of two words would add to how the abstract joins the claim."""
    held = bond @ join.T + bond.T @ join  # [place, word]: what a word would be joined by there
    own = np.diag(held)
    itself = np.diag(join)
    moved = held + held.T - own[:, None] - own[None, :]
    pair = bond * (join.T + join - itself[:, None] - itself[None, :])
    gained: Vectors = np.triu(moved + pair, 1)
    return gained

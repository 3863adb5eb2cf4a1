"""Which words of a claim belong together, and whether the abstract joins them the same way.

Two content words are joined as closely as they stand in one sentence; a comma, a bracket and a word
such as "while" keep them apart. The question to a claim is whether the abstract would join its
words more closely if two stretches of it changed places, or if another name or number of the
abstract stood in the place of one: so it is where roles or numbers were swapped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.support.alignment import Vectors, term
from ingest.text.acronyms import definitions
from ingest.text.sentences import sentence_spans
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import tokens

# How far apart a pause, a break and a connective set two words, in words.
_PAUSE, _BREAK, _CONNECTIVE = 2, 4, 4
_PAUSES = re.compile(r"[,()\[\]/]")
_BREAKS = re.compile(r"[;:—–]")
_CONNECTIVES = frozenset("while whereas but although though".split())
# The distance in words at which two words are joined by a third (1/e) only, in the abstract, in
# the claim, and in the claim where stretches change places.
NEAR, WIDE = 4.0, 8.0
# What two words are joined by that are one word in the abstract.
_SAME = 0.7
# From here on a word of the claim is taken for a word of the abstract.
MET = 0.85
_LONGEST = 3  # words of a stretch
_MOST_STRETCHES = 60
_DEFINED = 10_000  # characters searched for definitions


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """The content words of a text, each with its term, place (in words) and sentence."""

    words: tuple[str, ...]
    terms: tuple[str, ...]
    places: NDArray[np.int64]
    sentences: NDArray[np.int64]


@lru_cache(maxsize=1024)
def laid(text: str) -> Laid:
    """The content words of a text in their places."""
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
    return Laid(
        tuple(word for word, _, _ in kept),
        tuple(term(word) for word, _, _ in kept),
        np.array([place for _, place, _ in kept], dtype=np.int64),
        np.array([number for _, _, number in kept], dtype=np.int64),
    )


@lru_cache(maxsize=2048)
def with_short_forms(text: str, abstract: str) -> str:
    """The text with the short forms that an abstract defines in the place of the long ones."""
    for pattern, short in _short_forms(abstract):
        text = pattern.sub(short, text)
    return text


@lru_cache(maxsize=512)
def _short_forms(abstract: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    found = []
    for one in definitions(abstract[:_DEFINED]):
        short, full = one.short, one.expansion
        if short[:-1].isupper() and short.endswith("s"):
            short, full = short.removesuffix("s"), full.removesuffix("s")
        brief, long = re.escape(short), re.escape(full)
        found.append(
            (
                re.compile(
                    rf"{long}s?(?:\s*\(\s*{brief}s?\s*\))?|\b{brief}\s*\(\s*{long}s?\s*\)", re.I
                ),
                short,
            )
        )
    return tuple(found)


def joined(alike: Vectors, abstract: Laid) -> Vectors:
    """How closely the abstract joins any two words, the first before the second, in [0, 1].

    `alike` says how well each of the words (row) is met by each of the abstract (column).
    """
    best = np.zeros((len(alike), len(alike)), dtype=np.float32)
    for number in np.unique(abstract.sentences):
        inside = abstract.sentences == number
        places, met = abstract.places[inside], alike[:, inside]
        near = _nearness(places, NEAR)
        np.fill_diagonal(near, _SAME)
        first = (met[:, :, None] * near[None, :, :]).max(axis=1)
        best = np.maximum(best, (first[:, None, :] * met[None, :, :]).max(axis=2))
    return best


def bonds(claim: Laid, reach: float) -> Vectors:
    """How closely each word of a claim is joined to each later one by the claim itself."""
    together = claim.sentences[None, :] == claim.sentences[:, None]
    close: Vectors = _nearness(claim.places, reach) * together
    return close


def moved(bond: Vectors, join: Vectors) -> Vectors:
    """What each change of places of two words would add to how the abstract joins the claim."""
    held = bond @ join.T + bond.T @ join  # what a word would be joined by in each place
    own, itself = np.diag(held), np.diag(join)
    gained = held + held.T - own[:, None] - own[None, :]
    gained += bond * (join.T + join - itself[:, None] - itself[None, :])
    upper: Vectors = np.triu(gained, 1)
    return upper


def replaced(bond: Vectors, join: Vectors) -> Vectors:
    """What each other word (column) would be joined by in the place of one of the claim (row).

    `join` is of the words of the claim, then of the others; the gain is over the word itself.
    """
    count = len(bond)
    held = bond @ join[:, :count].T + bond.T @ join[:count, :]
    gained: Vectors = held[:, count:] - np.diag(held)[:, None]
    return gained


def rearranged(claim: Laid, join: Vectors, met: Vectors, unit: Vectors) -> float:
    """The most that exchanging two stretches of met words adds to how the abstract joins a claim.

    Stretches of like meaning (`unit` has a row a word) are the likelier to have been swapped.
    """
    stretches = _stretches(claim, met)
    every = list(range(len(claim.words)))
    terms = [frozenset(claim.terms[a:b]) for a, b in stretches]
    orders, pairs = [], []
    for one, (a, b) in enumerate(stretches):
        for other, (c, d) in enumerate(stretches):
            if c >= b and not terms[one] & terms[other]:
                orders.append([*every[:a], *every[c:d], *every[b:c], *every[a:b], *every[d:]])
                pairs.append((one, other))
    if not orders:
        return 0.0
    bond, order, (first, second) = bonds(claim, WIDE), np.array(orders), np.array(pairs).T
    now = float((bond * join).sum())
    then = (bond[None] * join[order[:, :, None], order[:, None, :]]).sum(axis=(1, 2))
    meaning = _directions(stretches, unit)
    alike = (meaning[first] * meaning[second]).sum(axis=1)
    weight = 0.4 + 0.6 * np.clip((alike - 0.1) / 0.3, 0.0, 1.0)
    return max(0.0, float(((then - now) * weight).max()))


def _directions(stretches: Sequence[tuple[int, int]], unit: Vectors) -> Vectors:
    """Unit vectors of stretches of words, which have a row each."""
    sums = np.stack([unit[start:end].sum(axis=0) for start, end in stretches])
    directions: Vectors = sums / (np.linalg.norm(sums, axis=1, keepdims=True) + 1e-9)
    return directions


def _stretches(claim: Laid, met: Vectors) -> Sequence[tuple[int, int]]:
    """Half-open stretches of one to three neighbouring words that are all met, by their starts."""
    found = []
    for length in range(1, _LONGEST + 1):
        for start in range(len(claim.words) - length + 1):
            end = start + length
            close = claim.places[end - 1] - claim.places[start] <= length
            together = claim.sentences[start] == claim.sentences[end - 1]
            if close and together and bool((met[start:end] >= MET).all()):
                found.append((start, end))
    if len(found) > _MOST_STRETCHES:
        found = [one for one in found if one[1] - one[0] == 1][:_MOST_STRETCHES]
    return sorted(found)


def _nearness(places: NDArray[np.int64], reach: float) -> Vectors:
    apart = places[None, :] - places[:, None]
    return np.where(apart > 0, np.exp(-(apart - 1) / reach), 0.0).astype(np.float32)

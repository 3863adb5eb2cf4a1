"""Sentences as terms that can be compared, and how much of a claim other sentences say."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from app.understanding.wordlists import SMALL_NUMBERS
from ingest.text.acronyms import definitions
from ingest.text.sentences import sentence_spans
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import stem, words

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]

LIKENESS = 0.8  # what a word counts whose nearest word is no form of it, at cosine 1
REPORTING = 0.3  # weight of the words below
WINDOW = 3  # neighbouring sentences that may back one claim
_GAIN = 0.01  # the least share of the claim for which one more sentence is taken in
_BUCKETS = 1024
_DEFINED = 10_000  # characters searched for definitions, more than any abstract has

# Words with which an answer talks about a paper; the abstract need not say them.
REPORTING_WORDS = frozenset(
    """paper papers study studies work article abstract survey author authors according propose
    proposes proposed present presents presented introduce introduces introduced describe describes
    described report reports reported argue argues show shows shown find finds found state states
    note notes discuss discusses method methods approach approaches called""".split()
)
_DIGITS = {word: str(value) for value, word in enumerate(SMALL_NUMBERS, start=1) if value > 1}


@dataclass(frozen=True, slots=True)
class Wording:
    """A sentence at half-open offsets: its content words, all its terms, its pairs of terms."""

    start: int
    end: int
    text: str
    words: tuple[str, ...]
    terms: frozenset[str]
    pairs: frozenset[tuple[str, str]]


def wording(text: str, start: int = 0, end: int | None = None) -> Wording:
    """The wording of `text[start:end]`; where all words are stop words, they are the content."""
    said = text[start:end]
    tokens = tuple(dict.fromkeys(words(said)))
    content = tuple(token for token in tokens if token not in STOP_WORDS)
    terms = [term(token) for token in words(said)]
    pairs = frozenset(pairwise(terms))
    return Wording(start, start + len(said), said, content or tokens, frozenset(terms), pairs)


@lru_cache(maxsize=1024)
def read(text: str) -> tuple[Wording, ...]:
    """The sentences, where a short form that the text defines brings its long form, and back."""
    defined = definitions(text[:_DEFINED])
    forms = [(wording(found.short).terms, wording(found.expansion).terms) for found in defined]
    plain = (wording(text, start, end) for start, end in sentence_spans(text))
    return tuple(replace(said, terms=_with_forms(said.terms, forms)) for said in plain)


def weights(said: Wording) -> Vectors:
    """Weights of the content words, adding up to 1. Length stands in for rarity."""
    raw = np.array([_weight(word) for word in said.words], dtype=np.float32)
    shares: Vectors = raw / raw.sum()
    return shares


def matches(said: Wording, sentences: Sequence[Wording], embed: Embed | None) -> Vectors:
    """How well each content word (row) is met in each sentence (column), in [0, 1]."""
    terms = [term(word) for word in said.words]
    exact = np.array([[term in s.terms for s in sentences] for term in terms], dtype=np.float32)
    vocabulary = tuple(dict.fromkeys(word for s in sentences for word in s.words))
    if embed is None or exact.all() or not vocabulary:
        return exact
    place = {word: at for at, word in enumerate(vocabulary)}
    cosines = unit(embed, said.words) @ unit(embed, vocabulary).T
    columns = [[place[word] for word in s.words] for s in sentences]
    near = [cosines[:, places].max(axis=1, initial=0.0) for places in columns]
    likeness: Vectors = LIKENESS * np.clip(np.stack(near, axis=1), 0.0, 1.0)
    return np.maximum(exact, likeness)


def best_window(covered: Vectors) -> slice:
    """The up to three neighbouring sentences (columns) that cover most; few before many."""
    best, chosen, window = -1.0, slice(0, 1), covered
    for size in range(1, min(WINDOW, covered.shape[1]) + 1):
        if size > 1:
            window = np.maximum(window[:, :-1], covered[:, size - 1 :])
        shares = window.sum(axis=0)
        start = int(shares.argmax())
        if shares[start] > best + _GAIN:
            best, chosen = float(shares[start]), slice(start, start + size)
    return chosen


def pairs_share(said: Wording, sentences: Sequence[Wording]) -> float:
    """Share of the claim's neighbouring words that are neighbours in a sentence too."""
    known = frozenset().union(*(sentence.pairs for sentence in sentences))
    return len(said.pairs & known) / len(said.pairs) if said.pairs else 1.0


def term(token: str) -> str:
    """The form in which words are compared: a stem, or the digits of "1,210", "443s", "two"."""
    if token[0].isdigit():
        return re.sub(r"(?<=\d)[a-z]{1,2}$", "", token.replace(",", ""))
    return _DIGITS.get(token) or stem(token)


def _weight(word: str) -> float:
    if word in REPORTING_WORDS:
        return REPORTING
    return 1.0 if any(map(str.isdigit, word)) else min(1.0, 0.3 + 0.1 * len(word))


def _with_forms(
    terms: frozenset[str], forms: Sequence[tuple[frozenset[str], frozenset[str]]]
) -> frozenset[str]:
    for short, expansion in forms:
        if short <= terms or expansion <= terms:
            terms |= short | expansion
    return terms


@lru_cache(maxsize=256)
def unit(embed: Embed, texts: tuple[str, ...]) -> Vectors:
    """Unit row vectors of the texts; kept, since many claims meet the same abstract."""
    vectors = np.nan_to_num(np.asarray(embed(list(texts)), dtype=np.float32))
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths[lengths == 0] = 1.0
    rows: Vectors = vectors / lengths
    return rows


def bag(texts: Sequence[str]) -> Vectors:
    """Vectors that count stems, where no model gives better ones: alike are texts of like stems."""
    rows = np.zeros((len(texts), _BUCKETS), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in words(text):
            row[zlib.crc32(stem(word).encode()) % _BUCKETS] += word not in STOP_WORDS
    return rows

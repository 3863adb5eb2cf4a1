"""Relevance of candidate papers to a question: soft BM25, best sentence, and two cosines.

    score = L / max L + PAPER * cos(q, chunk) + TITLE * cos(q, title) + SENTENCE * C

L is BM25 over stems in which a question term also counts its relatives (a generalised translation
model, Rekabsaz et al., CIKM 2016; see `ingest.stores.relatives`). C is the share of the question,
weighted by idf, that the best single sentence covers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.retrieval.synonyms import synonyms_of
from ingest.stores.forward_index import Text, Words, code
from ingest.stores.relatives import Embed, Relatives
from ingest.text.terms import stem

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

K1, B = 1.2, 0.75
TITLE_COUNT = 2.0  # an occurrence in the title counts as two
RELATED_FROM, RELATED_WEIGHT = 0.25, 0.5
SYNONYM_WEIGHT = 0.4


@dataclass(frozen=True, slots=True)
class Weights:
    """What the two cosines and the best sentence count for, beside 1 for the words."""

    paper: float = 0.8
    title: float = 0.5
    sentence: float = 0.4


DEFAULT = Weights()


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the question with its idf."""

    word: str
    weight: float


def score(
    terms: Sequence[Term],
    text: Text,
    chunk_cosine: Floats,
    title_cosine: Floats,
    relatives: Relatives,
    embed: Embed,
    weights: Weights = DEFAULT,
) -> Floats:
    """One score a candidate, higher is better, comparable within one question only."""
    dense = np.asarray(
        weights.paper * chunk_cosine + weights.title * title_cosine, dtype=np.float32
    )
    if not terms or not len(text.papers):
        return dense
    idfs = np.asarray([term.weight for term in terms], dtype=np.float32)
    distinct, places = np.unique(text.terms, return_inverse=True)
    strength = _strengths(terms, distinct, relatives, embed)[:, places]
    lexical = idfs @ _soft_bm25(strength, text, relatives.mean_length)
    covered = _best_sentence(strength, text, idfs)
    lexical /= max(float(lexical.max()), 1e-9)
    return np.asarray(dense + lexical + weights.sentence * covered, dtype=np.float32)


def related(similarity: Floats) -> Floats:
    """Strength in [0, 0.5] of a match between two different stems of that mean cosine."""
    above = np.clip((similarity - RELATED_FROM) / (1 - RELATED_FROM), 0, 1)
    return np.asarray(RELATED_WEIGHT * above * above, dtype=np.float32)


def _strengths(terms: Sequence[Term], codes: Words, relatives: Relatives, embed: Embed) -> Floats:
    """How strongly each stem answers each term: shape (terms, codes), in [0, 1]. Codes rise."""
    wanted = [stem(term.word) for term in terms]
    own = relatives.vectors(wanted, _of_words(terms, wanted, embed))
    strength = related(own @ relatives.vectors_of_codes(codes).T)
    for row, one in zip(strength, wanted, strict=True):
        others = [code(other[0]) for other in synonyms_of((one,)) if len(other) == 1]
        at = np.flatnonzero(np.isin(codes, others))
        row[at] = np.maximum(row[at], np.float32(SYNONYM_WEIGHT))
        row[codes == code(one)] = 1.0
    return strength


def _of_words(terms: Sequence[Term], wanted: Sequence[str], embed: Embed) -> Embed:
    """Embeds the question's words where their stems are asked for: a stem is no word."""
    words = {one: term.word for one, term in zip(wanted, terms, strict=True)}
    return lambda stems: embed([words[one] for one in stems])


def _soft_bm25(strength: Floats, text: Text, mean_length: float) -> Floats:
    """For each term and candidate tf / (tf + K), where tf counts relatives by their strength."""
    counts = _counts(text)
    begins = text.sentences[text.papers]
    frequency = _reduced(np.add, strength * counts, begins)
    lengths = _reduced(np.add, counts[None], begins)[0]
    saturation = K1 * (1 - B + B * lengths / mean_length)
    return np.asarray(frequency / (frequency + saturation), dtype=np.float32)


def _counts(text: Text) -> Floats:
    """What each word counts: more in a title, the first sentence of its paper."""
    in_title = np.zeros(len(text.sentences), dtype=bool)
    in_title[text.papers] = True
    lengths = np.diff(text.sentences, append=len(text.terms))
    found: Floats = np.where(np.repeat(in_title, lengths), TITLE_COUNT, 1.0).astype(np.float32)
    return found


def _best_sentence(strength: Floats, text: Text, weights: Floats) -> Floats:
    """In [0, 1]: the idf share of the question that a paper's best sentence covers."""
    best = _reduced(np.maximum, strength, text.sentences)
    share = weights @ best / weights.sum()
    return np.asarray(np.maximum.reduceat(share, text.papers), dtype=np.float32)


def _reduced(operation: np.ufunc, values: Floats, starts: Ints) -> Floats:
    """`reduceat` along the last axis, but an empty stretch gives 0."""
    padded = np.concatenate([values, np.zeros((len(values), 1), values.dtype)], axis=1)
    found = operation.reduceat(padded, starts, axis=1)
    found[:, starts == np.append(starts[1:], values.shape[1])] = 0
    return np.asarray(found, dtype=np.float32)

"""Relevance of candidate papers to a question: soft BM25, best sentence, and two cosines.

    score = L / max L + PAPER * cos(q, chunk) + TITLE * cos(q, title) + SENTENCE * C

L is BM25 over stems in which a question term also counts its relatives (a generalised translation
model, Rekabsaz et al., CIKM 2016; see `ingest.relatives`). C is the share of the question, weighted
by idf, that the best single sentence covers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.synonyms import synonyms_of
from ingest.relatives import Embed, Relatives
from ingest.terms import stem

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
# A paper's content terms by sentence; the first "sentence" is its title, which may be empty.
Sentences = Sequence[Sequence[str]]

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


@dataclass(frozen=True, slots=True)
class _Text:
    """The words of all candidates in a row: numbers of distinct stems, and where parts begin."""

    stems: list[str]
    tokens: Ints
    sentences: Ints  # starts, into tokens
    papers: Ints  # starts, into sentences
    in_title: NDArray[np.bool_]
    lengths: Floats


def score(
    terms: Sequence[Term],
    candidates: Sequence[Sentences],
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
    if not terms or not candidates:
        return dense
    text = _flattened(candidates)
    idfs = np.asarray([term.weight for term in terms], dtype=np.float32)
    strength = _strengths(terms, text.stems, relatives, embed)[:, text.tokens]
    lexical = idfs @ _soft_bm25(strength, text, relatives.mean_length)
    covered = _best_sentence(strength, text, idfs)
    lexical /= max(float(lexical.max()), 1e-9)
    return np.asarray(dense + lexical + weights.sentence * covered, dtype=np.float32)


def related(similarity: Floats) -> Floats:
    """Strength in [0, 0.5] of a match between two different stems of that mean cosine."""
    above = np.clip((similarity - RELATED_FROM) / (1 - RELATED_FROM), 0, 1)
    return np.asarray(RELATED_WEIGHT * above * above, dtype=np.float32)


def _strengths(
    terms: Sequence[Term], stems: Sequence[str], relatives: Relatives, embed: Embed
) -> Floats:
    """How strongly each distinct stem answers each term: shape (terms, stems), in [0, 1]."""
    wanted = [stem(term.word) for term in terms]
    own = relatives.vectors(wanted, _of_words(terms, wanted, embed))
    strength = related(own @ relatives.vectors(stems, embed).T)
    place = {one: i for i, one in enumerate(stems)}
    for row, one in enumerate(wanted):
        for other in synonyms_of((one,)):
            if len(other) == 1 and other[0] in place:
                at = place[other[0]]
                strength[row, at] = max(strength[row, at], SYNONYM_WEIGHT)
        if one in place:
            strength[row, place[one]] = 1.0
    return strength


def _of_words(terms: Sequence[Term], wanted: Sequence[str], embed: Embed) -> Embed:
    """Embeds the question's words where their stems are asked for: a stem is no word."""
    words = {one: term.word for one, term in zip(wanted, terms, strict=True)}
    return lambda stems: embed([words[one] for one in stems])


def _flattened(candidates: Sequence[Sentences]) -> _Text:
    numbers: dict[str, int] = {}
    tokens: list[int] = []
    sentences: list[int] = []
    papers: list[int] = []
    titles: list[bool] = []
    lengths: list[float] = []
    for candidate in candidates:
        papers.append(len(sentences))
        length = 0.0
        for place, words in enumerate(candidate):
            sentences.append(len(tokens))
            tokens += [numbers.setdefault(word, len(numbers)) for word in words]
            titles += [place == 0] * len(words)
            length += len(words) * (TITLE_COUNT if place == 0 else 1.0)
        lengths.append(length)
    return _Text(
        list(numbers), np.asarray(tokens, dtype=np.int64), np.asarray(sentences, dtype=np.int64),
        np.asarray(papers, dtype=np.int64), np.asarray(titles, dtype=bool),
        np.asarray(lengths, dtype=np.float32),
    )  # fmt: skip


def _soft_bm25(strength: Floats, text: _Text, mean_length: float) -> Floats:
    """For each term and candidate tf / (tf + K), where tf counts relatives by their strength."""
    counted = strength * np.where(text.in_title, np.float32(TITLE_COUNT), np.float32(1))
    frequency = _reduced(np.add, counted, text.sentences[text.papers])
    saturation = K1 * (1 - B + B * text.lengths / mean_length)
    return np.asarray(frequency / (frequency + saturation), dtype=np.float32)


def _best_sentence(strength: Floats, text: _Text, weights: Floats) -> Floats:
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

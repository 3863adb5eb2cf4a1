"""Relevance of candidate papers to a question: soft BM25, best sentence, and two cosines.

    score = L / max L + PAPER * cos(q, chunk) + TITLE * cos(q, title) + SENTENCE * C

L is BM25 over stems in which a question term also counts its relatives (a generalised translation
model, Rekabsaz et al., CIKM 2016; see `ingest.stores.relatives`). C is the share of the question,
weighted by idf, that the best single sentence covers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """A word of the question with its weight: its idf, or a share of it.

    `others` are phrases that stand for it as well as it does: what an "or" joins it with, what an
    acronym stands for or the reverse, synonyms of a word that no paper holds.
    """

    word: str
    weight: float
    others: tuple[tuple[str, ...], ...] = ()

    @property
    def phrases(self) -> tuple[tuple[str, ...], ...]:
        return ((self.word,), *self.others)


@dataclass(frozen=True, slots=True)
class Scores:
    """What was found for each candidate, one value each.

    `score` is higher for better ones, comparable within one question only. In [0, 1] lie `held`,
    the weighted share of the question that a paper holds, `sentence`, what its best sentence
    holds, and `weakest`, how well it holds the word that it holds least.
    """

    score: Floats
    held: Floats
    sentence: Floats
    weakest: Floats


def score(
    terms: Sequence[Term],
    text: Text,
    chunk_cosine: Floats,
    title_cosine: Floats,
    relatives: Relatives,
    embed: Embed,
    weights: Weights = DEFAULT,
) -> Scores:
    """The scores of the candidates whose text and cosines are given, in their order."""
    dense = np.asarray(
        weights.paper * chunk_cosine + weights.title * title_cosine, dtype=np.float32
    )
    if not terms or not len(text.papers):
        nothing = np.zeros(len(dense), dtype=np.float32)
        return Scores(dense, nothing, nothing, nothing)
    idfs = np.asarray([term.weight for term in terms], dtype=np.float32)
    distinct, places = np.unique(text.terms, return_inverse=True)
    known = {word: row for row, word in enumerate(words_of(terms))}
    strength = _of_each(list(known), distinct, relatives, embed)[:, places]
    single = [[known[p[0]] for p in term.phrases if len(p) == 1] for term in terms]
    lexical = idfs @ _soft_bm25(_best_of(strength, single), text, relatives.mean_length)
    lexical /= max(float(lexical.max()), 1e-9)
    by_sentence = _by_term(terms, known, _reduced(np.maximum, strength, text.sentences))
    by_paper = np.maximum.reduceat(by_sentence, text.papers, axis=1)
    share = idfs / idfs.sum()
    covered = np.maximum.reduceat(share @ by_sentence, text.papers)
    return Scores(
        np.asarray(dense + lexical + weights.sentence * covered, dtype=np.float32),
        share @ by_paper,
        covered,
        by_paper.min(axis=0),
    )


def related(similarity: Floats) -> Floats:
    """Strength in [0, 0.5] of a match between two different stems of that mean cosine."""
    above = np.clip((similarity - RELATED_FROM) / (1 - RELATED_FROM), 0, 1)
    return np.asarray(RELATED_WEIGHT * above * above, dtype=np.float32)


def words_of(terms: Sequence[Term]) -> list[str]:
    """All words of these terms, each once."""
    return list(dict.fromkeys(w for term in terms for phrase in term.phrases for w in phrase))


def _best_of(values: Floats, groups: Sequence[Sequence[int]]) -> Floats:
    """For each group of rows, the best value a column."""
    return np.stack([values[rows].max(axis=0) for rows in groups])


def _by_term(terms: Sequence[Term], known: Mapping[str, int], by_sentence: Floats) -> Floats:
    """How well each sentence holds each term: by its best phrase, and that by its weakest word."""
    return np.stack(
        [
            np.max([by_sentence[[known[w] for w in p]].min(axis=0) for p in term.phrases], axis=0)
            for term in terms
        ]
    )


def _of_each(words: Sequence[str], codes: Words, relatives: Relatives, embed: Embed) -> Floats:
    """Strength in [0, 1] of the match between each word (row) and each stem (column)."""
    wanted = [stem(word) for word in words]
    own = relatives.vectors(wanted, _of_words(words, wanted, embed))
    strength = related(own @ relatives.vectors_of_codes(codes).T)
    for row, one in zip(strength, wanted, strict=True):
        others = list(map(code, synonyms_of(one)))
        at = np.flatnonzero(np.isin(codes, others))
        row[at] = np.maximum(row[at], np.float32(SYNONYM_WEIGHT))
        row[codes == code(one)] = 1.0
    return strength


def _of_words(words: Sequence[str], wanted: Sequence[str], embed: Embed) -> Embed:
    """Embeds the question's words where their stems are asked for: a stem is no word."""
    by_stem = dict(zip(wanted, words, strict=True))
    return lambda stems: embed([by_stem[one] for one in stems])


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


def _reduced(operation: np.ufunc, values: Floats, starts: Ints) -> Floats:
    """`reduceat` along the last axis, but an empty stretch gives 0."""
    padded = np.concatenate([values, np.zeros((len(values), 1), values.dtype)], axis=1)
    found = operation.reduceat(padded, starts, axis=1)
    found[:, starts == np.append(starts[1:], values.shape[1])] = 0
    return np.asarray(found, dtype=np.float32)

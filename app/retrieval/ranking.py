"""Relevance of candidate papers to a question: soft BM25, best sentence, and two cosines.

    score = L / max L + PAPER * cos(q, chunk) + TITLE * cos(q, title) + SENTENCE * C

L is BM25 over stems in which a question term also counts its relatives (a generalised translation
model, Rekabsaz et al., CIKM 2016; see `ingest.stores.relatives`). C is the share of the question,
weighted by idf, that the best single sentence covers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

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
_HALF_CODE = 16
_MANY_TERMS = 200_000
_LOW = np.uint32((1 << _HALF_CODE) - 1)


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

    `others` are phrases that stand for it as well as it does: what an acronym stands for or the
    reverse, synonyms of a word that no paper holds.
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
    known = {word: row for row, word in enumerate(words_of(terms))}
    held = _held(list(known), text, relatives, embed)
    single = [[known[p[0]] for p in term.phrases if len(p) == 1] for term in terms]
    lexical = idfs @ _soft_bm25(_best_of(held.strength, single), held, text, relatives.mean_length)
    lexical /= max(float(lexical.max()), 1e-9)
    of_words = _of_owners(np.maximum, held.strength, held.sentences, len(text.sentences))
    by_sentence = _by_term(terms, known, of_words)
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


@dataclass(frozen=True, slots=True)
class _Held:
    """The places of a text that match some word, in their order: of its words they are few.

    `strength` in [0, 1] is that of the match between each word (row) and each of them (column),
    `sentences` and `papers` are those that they stand in.
    """

    strength: Floats
    sentences: Ints
    papers: Ints


def _held(words: Sequence[str], text: Text, relatives: Relatives, embed: Embed) -> _Held:
    # The stems of few papers are few; those of many are nearly all.
    among = np.unique(text.terms) if len(text.terms) < _MANY_TERMS else None
    codes, strength = _matching(words, relatives, embed, among)
    # By half of their code first, which takes a table and no search.
    maybe = np.zeros(1 << _HALF_CODE, dtype=bool)
    maybe[codes & _LOW] = True
    at = np.flatnonzero(maybe[text.terms & _LOW])
    rows = np.searchsorted(codes, text.terms[at])
    found = codes[np.minimum(rows, len(codes) - 1)] == text.terms[at]
    sentences = np.searchsorted(text.sentences, at[found], side="right") - 1
    papers = np.searchsorted(text.papers, sentences, side="right") - 1
    return _Held(strength[:, rows[found]], sentences, papers)


def _matching(
    words: Sequence[str], relatives: Relatives, embed: Embed, among: Words | None
) -> tuple[Words, Floats]:
    """The codes, in order, of all stems that match some word, and how well each word (row) does."""
    matches = []
    found = relatives.near(words, embed, RELATED_FROM, among)
    for word, (near, cosines) in zip(words, found, strict=True):
        own = stem(word)
        strengths = dict(zip(near.tolist(), related(cosines).tolist(), strict=True))
        for other in map(code, synonyms_of(own)):
            strengths[other] = max(strengths.get(other, 0.0), SYNONYM_WEIGHT)
        matches.append(strengths | {code(own): 1.0})
    codes = np.asarray(sorted(set(chain.from_iterable(matches))), dtype=np.uint32)
    rows = [[strengths.get(one, 0.0) for one in codes.tolist()] for strengths in matches]
    return codes, np.asarray(rows, dtype=np.float32)


def _soft_bm25(strength: Floats, held: _Held, text: Text, mean_length: float) -> Floats:
    """For each term and candidate tf / (tf + K), where tf counts relatives by their strength."""
    in_title = held.sentences == text.papers[held.papers]
    counts = np.where(in_title, TITLE_COUNT, 1.0).astype(np.float32)
    frequency = _of_owners(np.add, strength * counts, held.papers, len(text.papers))
    # What each word counts: more in a title, the first sentence of its paper.
    lengths = np.diff(text.sentences, append=len(text.terms))
    whole = np.add.reduceat(lengths, text.papers) + (TITLE_COUNT - 1) * lengths[text.papers]
    saturation = K1 * (1 - B + B * whole.astype(np.float32) / mean_length)
    return np.asarray(frequency / (frequency + saturation), dtype=np.float32)


def _of_owners(operation: np.ufunc, values: Floats, owners: Ints, count: int) -> Floats:
    """`operation` over the columns of each of `count` owners, in their order; 0 without any."""
    found = np.zeros((len(values), count), dtype=np.float32)
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    if len(starts):
        found[:, owners[starts]] = operation.reduceat(values, starts, axis=1)
    return found

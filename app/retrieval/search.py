"""A topic to papers: candidates from text index and vectors, then one score for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from math import sqrt
from typing import overload

import numpy as np
from numpy.typing import NDArray

from app.answer import Passage
from app.retrieval.query_cleaning import topic_of, without_opening
from app.retrieval.ranking import DEFAULT, Floats, Ints, Scores, Term, Weights, score, words_of
from app.retrieval.similarity import idf
from app.retrieval.synonyms import synonyms_of, written
from app.retrieval.trace import bring_up
from ingest.embedding.models import Vectors
from ingest.index import Index
from ingest.stores.forward_index import Meanings
from ingest.stores.lexicon import Lexicon
from ingest.text.terms import stem

Doubles = NDArray[np.float64]
# Candidates that each leg brings; what neither leg ranks this high is out of reach of the score.
LEXICAL_CANDIDATES = 300
VECTOR_CANDIDATES = 200
# Of these, the best by BM25 and cosine are scored in full; the others follow in that order.
SCORED = 200
# Mean and deviation of what papers off a topic score, and of their cosines: of 90 lists over
# collections of so many papers, in which nine of ten papers are off it.
_OFF_TOPIC, _OFF_TOPIC_COSINE, COLLECTION = (0.29, 0.30), (0.14, 0.12), 100
# Papers whose vectors are compared together.
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near a paper is to a topic, in the signals that `app.retrieval.topicality` weighs.

    `score` is as a share of the best, `high` and `close` are how many standard deviations its
    score and its cosine lie above those of all candidates, `behind` is how much less its closeness
    is than that of the closest, as far as no sentence holds the words; the others are as in
    `Scores`.
    """

    score: float
    high: float
    close: float
    held: float
    sentence: float
    weakest: float
    behind: float = 0.0

    @property
    def signals(self) -> tuple[float, ...]:
        """All of them in their order."""
        word_by_word = (self.held, self.sentence, self.weakest)
        return (self.score, self.high, self.close, *word_by_word, self.behind)


SIGNALS = tuple(field.name for field in fields(Nearness))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper id with its score, its best chunk as half-open offsets, and its nearness.

    `closeness` is the cosine that `app.retrieval.closeness` finds, 0 until it has read the paper.
    """

    paper_id: str
    score: float
    start: int
    end: int
    nearness: Nearness
    closeness: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Ranking(Sequence[Candidate]):
    """Candidates, best first, as columns: a broad topic has thousands, of which few are looked at.

    `spans` are their best chunks, `signals` a row of `Nearness` each.
    """

    paper_ids: tuple[str, ...]
    scores: Doubles
    spans: Ints
    signals: Doubles
    closeness: Doubles

    @classmethod
    def of(cls, candidates: Sequence[Candidate]) -> Ranking:
        """These candidates, in their order."""
        return cls(
            tuple(one.paper_id for one in candidates),
            np.asarray([one.score for one in candidates], dtype=np.float64),
            np.asarray([(one.start, one.end) for one in candidates], np.int64).reshape(-1, 2),
            np.asarray([one.nearness.signals for one in candidates]).reshape(-1, len(SIGNALS)),
            np.asarray([one.closeness for one in candidates], dtype=np.float64),
        )

    def __len__(self) -> int:
        return len(self.paper_ids)

    @overload
    def __getitem__(self, place: int) -> Candidate: ...

    @overload
    def __getitem__(self, place: slice) -> list[Candidate]: ...

    def __getitem__(self, place: int | slice) -> Candidate | list[Candidate]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        start, end = self.spans[place].tolist()
        return Candidate(
            self.paper_ids[place], float(self.scores[place]), start, end,
            Nearness(*self.signals[place].tolist()), float(self.closeness[place]),
        )  # fmt: skip

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self[:])

    def signal(self, name: str) -> Doubles:
        """One signal of all candidates, by its name in `Nearness`."""
        return self.signals[:, SIGNALS.index(name)]


def unranked(paper_id: str) -> Candidate:
    """A candidate that no words rank, for a paper that is pointed at."""
    return Candidate(paper_id, 0.0, 0, 0, Nearness(0.0, 0.0, 0.0, 0.0, 0.0, 0.0))


@dataclass(frozen=True, slots=True)
class _Best:
    """Papers, the chunk of each that is nearest to the question, its cosine and the title's."""

    paper_ids: Sequence[str]
    cosines: Floats
    titles: Floats
    spans: Ints

    def at(self, places: Ints) -> _Best:
        """Those at these places."""
        paper_ids = [self.paper_ids[place] for place in places]
        return _Best(paper_ids, self.cosines[places], self.titles[places], self.spans[places])


def retrieve(index: Index, query: str, limit: int, weights: Weights = DEFAULT) -> list[Passage]:
    """At most `limit` papers, best first, each with its best chunk. Ties go by paper id.

    While the model that embeds the chunks does not answer, the text index alone finds papers.
    """
    topic = translated(index.lexicon, topic_of(query))
    if not topic or limit < 1:
        return []
    terms = [Term(word, idf(index.lexicon, word)) for word in topic]
    vector = _meaning(index, topic, query)
    # The stores make room for as many as they are asked for.
    limit = min(limit, index.lexicon.count())
    return passages(index, rank(index, terms, vector, limit, weights)[:limit])


def passages(index: Index, candidates: Sequence[Candidate]) -> list[Passage]:
    """The papers of these candidates, in their order, with their best chunks."""
    papers = index.catalog.papers([one.paper_id for one in candidates])
    bring_up(papers)
    by_id = {one.paper_id: one for one in candidates}
    return [
        Passage(paper, round(one.score, 6), one.start, one.end)
        for paper in papers
        for one in (by_id[paper.paper_id],)
    ]


def rank(
    index: Index,
    terms: Sequence[Term],
    vector: Vectors | None,
    limit: int = SCORED,
    weights: Weights = DEFAULT,
    also: Sequence[str] = (),
) -> Ranking:
    """The candidates for a topic, best first, at least `limit` where there are so many.

    `also` are the ids of papers that are candidates whatever their rank.
    """
    lexical = dict(index.lexicon.search(_stems(terms), max(LEXICAL_CANDIDATES, limit)))
    near = []
    if vector is not None:
        hits = index.vectors.nearest(vector, max(VECTOR_CANDIDATES, limit))
        near = [hit.paper_id for hit in hits]
    best = _best_chunks(index, sorted({*lexical, *near, *also}), vector)
    top = max(lexical.values(), default=1.0)
    found = np.asarray([lexical.get(i, 0.0) for i in best.paper_ids], dtype=np.float64)
    coarse = found / top + weights.paper * best.cosines.astype(np.float64)
    wanted = set(also)
    leading = np.asarray([i in wanted for i in best.paper_ids], dtype=bool)
    # Of equals the first by id.
    leading[np.argsort(-coarse, kind="stable")[: max(SCORED, limit)]] = True
    return _ranked(index, terms, best.at(np.flatnonzero(leading)), weights)


def _stems(terms: Sequence[Term]) -> list[str]:
    return list(dict.fromkeys(map(stem, words_of(terms))))


def _ranked(index: Index, terms: Sequence[Term], best: _Best, weights: Weights) -> Ranking:
    if not best.paper_ids:
        return Ranking.of([])
    found = score(
        terms,
        index.lexicon.text(best.paper_ids),
        best.cosines,
        best.titles,
        index.relatives,
        index.embedding.embed,
        weights,
    )
    # What papers off a topic score is known of the model that comes with askpapers.
    few = index.encoder is index.embedding and bool(best.cosines.any())
    signals = _signals(found, best.cosines, COLLECTION if few else 0)
    # Of equals the first by id.
    order = np.argsort(-found.score, kind="stable")
    best = best.at(order)
    return Ranking(
        tuple(best.paper_ids),
        found.score[order].astype(np.float64),
        best.spans,
        signals[order],
        np.zeros(len(order)),
    )


def _signals(found: Scores, cosines: Floats, whole: int) -> Doubles:
    """The signals of `Nearness`, a row a candidate, before any is read for its closeness.

    For `whole` see `standardised`.
    """
    top = max(float(found.score.max()), 1e-6)
    columns = (
        np.clip(found.score / top, 0, 1),
        standardised(found.score, _OFF_TOPIC, whole),
        standardised(cosines, _OFF_TOPIC_COSINE, whole),
        found.held, found.sentence, found.weakest, np.zeros_like(found.score),
    )  # fmt: skip
    return np.stack(columns, axis=1).astype(np.float64)


def standardised(values: Floats, off_topic: tuple[float, float], whole: int) -> Floats:
    """How many standard deviations each value lies above the mean of a collection.

    Where there are fewer than `whole`, papers off the topic stand in for the rest, whose values
    have this mean and deviation: of three papers that are all on a topic none is far above others.
    """
    mean, deviation = off_topic
    lacking = max(0, whole - len(values))
    count = len(values) + lacking
    middle = (float(values.sum()) + lacking * mean) / count
    spread = float(((values - middle) ** 2).sum()) + lacking * (deviation**2 + (mean - middle) ** 2)
    return np.asarray((values - middle) / (sqrt(spread / count) or 1.0))


def _meaning(index: Index, topic: Sequence[str], query: str) -> Vectors | None:
    """The vector that finds the chunks of a question, None while its model fails."""
    if index.encoder is not index.embedding:
        return index.question_vector(query)
    # Words between those of the topic ("have no idea") count half. Without them, papers that a
    # question describes rank 0.005 nDCG@10 lower on held-out questions.
    vector: Vectors = index.embedding.embed([" ".join([*topic, *without_opening(query)])])[0]
    return vector


def translated(lexicon: Lexicon, words: Sequence[str]) -> list[str]:
    """The words, each that the corpus never uses followed by synonyms that it does use."""
    found: dict[str, None] = {}
    for word in words:
        found.setdefault(word)
        one = stem(word)
        if not lexicon.document_frequency(one):
            others = (other for other in sorted(synonyms_of(one)))
            found |= {written(one, o): None for o in others if lexicon.document_frequency(o)}
    return list(found)


def _best_chunks(index: Index, paper_ids: Sequence[str], vector: Vectors | None) -> _Best:
    """The best chunk of each paper, the first of equals; papers without any are left out.

    Without a vector, the first chunk.
    """
    held = index.lexicon.held(paper_ids)
    # Some at a time: the vectors of a broad topic fill the memory.
    parts = [held[i : i + _AT_ONCE] for i in range(0, len(held), _AT_ONCE)]
    return _joined([_best_of(index.lexicon.meanings(part), part, vector) for part in parts])


def _best_of(meanings: Meanings, paper_ids: Sequence[str], vector: Vectors | None) -> _Best:
    if vector is None:
        vector = np.zeros(meanings.chunks.shape[1], dtype=np.float32)
    cosines, titles = meanings.chunks @ vector, meanings.titles @ vector
    order = np.lexsort((-meanings.spans[:, 0], cosines, meanings.owners))
    # The last chunk of each paper in this order is its best.
    owners = meanings.owners[order]
    order = order[np.append(owners[1:] != owners[:-1], True)[: len(owners)]]
    owners = meanings.owners[order]
    chosen = [paper_ids[owner] for owner in owners]
    return _Best(chosen, cosines[order], titles[owners], meanings.spans[order])


def _joined(parts: Sequence[_Best]) -> _Best:
    """All of these, one after the other."""
    if not parts:
        nothing = np.zeros(0, dtype=np.float32)
        return _Best((), nothing, nothing, np.zeros((0, 2), dtype=np.int64))
    return _Best(
        [paper_id for part in parts for paper_id in part.paper_ids],
        np.concatenate([part.cosines for part in parts]),
        np.concatenate([part.titles for part in parts]),
        np.concatenate([part.spans for part in parts]),
    )

"""A topic to papers: candidates from text index and vectors, then one score for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.answer import Passage
from app.retrieval.query_cleaning import topic_of, without_opening
from app.retrieval.ranking import DEFAULT, Floats, Scores, Term, Weights, score, words_of
from app.retrieval.similarity import idf
from app.retrieval.synonyms import synonyms_of, written
from app.retrieval.trace import bring_up
from ingest.embedding.models import Vectors
from ingest.index import Index
from ingest.stores.lexicon import Lexicon
from ingest.text.terms import stem

# Candidates that each leg brings; what neither leg ranks this high is out of reach of the score.
LEXICAL_CANDIDATES = 300
VECTOR_CANDIDATES = 200
# Of these, the best by BM25 and cosine are scored in full; the others follow in that order.
SCORED = 200


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
        """All of them in their order: `dataclasses.astuple` copies each one, thousands a list."""
        word_by_word = (self.held, self.sentence, self.weakest)
        return (self.score, self.high, self.close, *word_by_word, self.behind)


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


def unranked(paper_id: str) -> Candidate:
    """A candidate that no words rank, for a paper that is pointed at."""
    return Candidate(paper_id, 0.0, 0, 0, Nearness(0.0, 0.0, 0.0, 0.0, 0.0, 0.0))


@dataclass(frozen=True, slots=True)
class _Best:
    """The chunk of a paper nearest to the question, with its cosine and that of the title."""

    cosine: float
    title: float
    start: int
    end: int


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
) -> list[Candidate]:
    """The candidates for a topic, best first, at least `limit` where there are so many.

    `also` are the ids of papers that are candidates whatever their rank.
    """
    lexical = dict(index.lexicon.search(_stems(terms), max(LEXICAL_CANDIDATES, limit)))
    near = []
    if vector is not None:
        hits = index.vectors.nearest(vector, max(VECTOR_CANDIDATES, limit))
        near = [hit.paper_id for hit in hits]
    best = _best_chunks(index, list(dict.fromkeys([*lexical, *near, *also])), vector)
    top = max(lexical.values(), default=1.0)
    coarse = {
        i: lexical.get(i, 0.0) / top + weights.paper * found.cosine for i, found in best.items()
    }
    order = sorted(best, key=lambda i: (-coarse[i], i))
    wanted = {i for i in also if i in best}
    leading = sorted({*order[: max(SCORED, limit)], *wanted})
    return _ranked(index, terms, {i: best[i] for i in leading}, weights)


def _stems(terms: Sequence[Term]) -> list[str]:
    return list(dict.fromkeys(map(stem, words_of(terms))))


def _ranked(
    index: Index, terms: Sequence[Term], best: dict[str, _Best], weights: Weights
) -> list[Candidate]:
    if not best:
        return []
    cosines = np.asarray([one.cosine for one in best.values()], dtype=np.float32)
    found = score(
        terms,
        index.lexicon.text(list(best)),
        cosines,
        np.asarray([one.title for one in best.values()], dtype=np.float32),
        index.relatives,
        index.embedding.embed,
        weights,
    )
    nearness = _nearness(found, cosines)
    candidates = [
        Candidate(paper_id, float(value), one.start, one.end, near)
        for (paper_id, one), value, near in zip(best.items(), found.score, nearness, strict=True)
    ]
    return sorted(candidates, key=lambda one: (-one.score, one.paper_id))


def _nearness(found: Scores, cosines: Floats) -> list[Nearness]:
    top = max(float(found.score.max()), 1e-6)
    columns = (
        np.clip(found.score / top, 0, 1), _standard(found.score), _standard(cosines),
        found.held, found.sentence, found.weakest,
    )  # fmt: skip
    return [Nearness(*map(float, row)) for row in zip(*columns, strict=True)]


def _standard(values: Floats) -> Floats:
    """How many standard deviations each value lies above the mean of all; 0 where all are alike."""
    deviation = float(values.std())
    return np.asarray((values - values.mean()) / (deviation if deviation > 0 else 1.0))


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


def _best_chunks(
    index: Index, paper_ids: Sequence[str], vector: Vectors | None
) -> dict[str, _Best]:
    """The best chunk of each paper, the first of equals; papers without any are left out.

    Without a vector, the first chunk.
    """
    held = index.lexicon.held(paper_ids)
    meanings = index.lexicon.meanings(held)
    if vector is None:
        vector = np.zeros(meanings.chunks.shape[1], dtype=np.float32)
    cosines, titles = meanings.chunks @ vector, meanings.titles @ vector
    order = np.lexsort((-meanings.spans[:, 0], cosines, meanings.owners))
    # The last chunk of each paper in this order is its best.
    found = {int(meanings.owners[place]): int(place) for place in order}
    return {
        held[owner]: _Best(
            float(cosines[place]), float(titles[owner]), *map(int, meanings.spans[place])
        )
        for owner, place in found.items()
    }

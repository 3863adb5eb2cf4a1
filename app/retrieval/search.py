"""A question to papers: candidates from text index and vectors, then one score for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.records import Passage
from app.retrieval.ranking import DEFAULT, Term, Weights, score
from app.retrieval.similarity import idf
from app.retrieval.synonyms import synonyms_of, written
from app.retrieval.trace import bring_up
from app.understanding.query_cleaning import topic_of, unopened
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
    vector = _meaning(index, topic, query)
    lexical = dict(
        index.lexicon.search([stem(word) for word in topic], max(LEXICAL_CANDIDATES, limit))
    )
    near = []
    if vector is not None:
        hits = index.vectors.nearest(vector, max(VECTOR_CANDIDATES, limit))
        near = [hit.paper_id for hit in hits]
    best = _best_chunks(index, list(dict.fromkeys([*lexical, *near])), vector)
    top = max(lexical.values(), default=1.0)
    coarse = {
        i: lexical.get(i, 0.0) / top + weights.paper * found.cosine for i, found in best.items()
    }
    order = sorted(best, key=lambda i: (-coarse[i], i))
    leading = sorted(order[: max(SCORED, limit)])
    scores = _scores(index, topic, {i: best[i] for i in leading}, weights)
    ranked = sorted(leading, key=lambda i: (-scores[i], i))[:limit]
    papers = index.catalog.papers(ranked)
    bring_up(papers)
    return [
        Passage(
            paper,
            round(scores[paper.paper_id], 6),
            best[paper.paper_id].start,
            best[paper.paper_id].end,
        )
        for paper in papers
    ]


def _meaning(index: Index, topic: Sequence[str], query: str) -> Vectors | None:
    """The vector that finds the chunks of a question, None while its model fails."""
    if index.encoder is not index.embedding:
        return index.question_vector(query)
    # Words between those of the topic ("have no idea") count half. Without them, papers that a
    # question describes rank 0.005 nDCG@10 lower on held-out questions.
    vector: Vectors = index.embedding.embed([" ".join([*topic, *unopened(query)])])[0]
    return vector


def translated(lexicon: Lexicon, words: Sequence[str]) -> list[str]:
    """The words, each that the corpus never uses followed by synonyms that it does use."""
    found: dict[str, None] = {}
    for word in words:
        found.setdefault(word)
        if not lexicon.document_frequency(stem(word)):
            others = sorted(other for other in synonyms_of((stem(word),)) if len(other) == 1)
            found |= {written(o): None for o in others if lexicon.document_frequency(o[0])}
    return list(found)


def _scores(
    index: Index, topic: Sequence[str], best: dict[str, _Best], weights: Weights
) -> dict[str, float]:
    """The score of each paper."""
    found = score(
        [Term(word, idf(index.lexicon, word)) for word in topic],
        index.lexicon.text(list(best)),
        np.asarray([one.cosine for one in best.values()], dtype=np.float32),
        np.asarray([one.title for one in best.values()], dtype=np.float32),
        index.relatives,
        index.embedding.embed,
        weights,
    )
    return dict(zip(best, map(float, found), strict=True))


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

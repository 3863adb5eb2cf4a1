"""A question to papers: candidates from text index and vectors, then one score for all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.framing import topic_of
from app.matching import idf
from app.records import Passage
from app.scoring import DEFAULT, Term, Weights, score
from app.synonyms import synonyms_of, written
from ingest.embedding import Vectors
from ingest.index import Index
from ingest.lexicon import Lexicon
from ingest.terms import stem

# Candidates that each leg brings; what neither leg ranks this high is out of reach of the score.
LEXICAL_CANDIDATES = 300
VECTOR_CANDIDATES = 200
# Of these, the best by BM25 and cosine are scored in full; the others follow in that order.
SCORED = 200

# The best chunk of a paper: cosine, start, end.
_Best = dict[str, tuple[float, int, int]]


def retrieve(index: Index, query: str, limit: int, weights: Weights = DEFAULT) -> list[Passage]:
    """At most `limit` papers, best first, each with its best chunk. Ties go by paper id."""
    topic = translated(index.lexicon, topic_of(query))
    if not topic or limit < 1:
        return []
    vector = index.embedding.embed([" ".join(topic)])[0]
    lexical = dict(
        index.lexicon.search([stem(word) for word in topic], max(LEXICAL_CANDIDATES, limit))
    )
    best = _best_chunks(index, list(lexical), vector, max(VECTOR_CANDIDATES, limit))
    top = max(lexical.values(), default=1.0)
    coarse = {i: lexical.get(i, 0.0) / top + weights.paper * best[i][0] for i in best}
    order = sorted(best, key=lambda i: (-coarse[i], i))
    leading = order[: max(SCORED, limit)]
    scores = _scores(index, topic, vector, {i: best[i][0] for i in leading}, weights)
    ranked = sorted(leading, key=lambda i: (-scores[i], i))[:limit]
    papers = index.catalog.papers(ranked)
    return [
        Passage(paper, round(scores[paper.paper_id], 6), *best[paper.paper_id][1:])
        for paper in papers
    ]


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
    index: Index,
    topic: Sequence[str],
    vector: Vectors,
    cosines: dict[str, float],
    weights: Weights,
) -> dict[str, float]:
    terms = index.lexicon.terms_of(list(cosines))
    ids = sorted(i for i in cosines if i in terms)
    titles = index.embedding.embed(index.catalog.titles(ids)) @ vector
    found = score(
        [Term(word, idf(index.lexicon, word)) for word in topic],
        [terms[i] for i in ids],
        np.asarray([cosines[i] for i in ids], dtype=np.float32),
        np.asarray(titles, dtype=np.float32),
        index.relatives,
        index.embedding.embed,
        weights,
    )
    return dict.fromkeys(cosines, 0.0) | dict(zip(ids, map(float, found), strict=True))


def _best_chunks(index: Index, lexical: Sequence[str], vector: Vectors, limit: int) -> _Best:
    """The best chunk of each paper that either leg brings."""
    best: _Best = {}
    for hit in index.vectors.nearest(vector, limit):
        best.setdefault(hit.paper_id, (hit.similarity, hit.start, hit.end))
    missing = [paper_id for paper_id in lexical if paper_id not in best]
    chunks = index.catalog.chunks(missing)
    stored = index.vectors.vectors_of([row[0] for rows in chunks.values() for row in rows])
    for paper_id, rows in chunks.items():
        scored = [(float(stored[i] @ vector), start, end) for i, start, end in rows if i in stored]
        if scored:
            best[paper_id] = max(scored, key=lambda row: (row[0], -row[1]))
    return best

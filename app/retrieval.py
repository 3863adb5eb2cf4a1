"""A question to papers: candidates from text index and vectors, then one score for all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.framing import topic_of
from app.matching import idf
from app.records import Passage
from app.scoring import Term, score
from ingest.embedding import Vectors
from ingest.index import Index
from ingest.terms import stem

# Candidates that each leg brings; what neither leg ranks this high is out of reach of the score.
LEXICAL_CANDIDATES = 300
VECTOR_CANDIDATES = 200

# The best chunk of a paper: cosine, start, end.
_Best = dict[str, tuple[float, int, int]]


def retrieve(index: Index, query: str, limit: int) -> list[Passage]:
    """At most `limit` papers, best first, each with its best chunk. Ties go by paper id."""
    topic = list(dict.fromkeys(topic_of(query)))
    if not topic or limit < 1:
        return []
    vector = index.embedding.embed([" ".join(topic)])[0]
    best = _candidates(index, topic, vector, limit)
    papers = {paper.paper_id: paper for paper in index.catalog.papers(list(best))}
    ids = sorted(papers)
    words = index.lexicon.words_of(ids)
    titles = index.embedding.embed([papers[i].title for i in ids]) @ vector
    scores = score(
        [Term(word, idf(index.lexicon, word)) for word in topic],
        [words.get(i, [[]]) for i in ids],
        np.asarray([best[i][0] for i in ids], dtype=np.float32),
        np.asarray(titles, dtype=np.float32),
        index.relatives,
        index.embedding.embed,
    )
    order = sorted(range(len(ids)), key=lambda place: (-scores[place], ids[place]))[:limit]
    return [
        Passage(papers[ids[p]], round(float(scores[p]), 6), *best[ids[p]][1:]) for p in order
    ]


def _candidates(index: Index, topic: Sequence[str], vector: Vectors, limit: int) -> _Best:
    """Papers that either leg brings, each with its best chunk."""
    lexical = index.lexicon.search([stem(w) for w in topic], max(LEXICAL_CANDIDATES, limit))
    best: _Best = {}
    for hit in index.vectors.nearest(vector, max(VECTOR_CANDIDATES, limit)):
        best.setdefault(hit.paper_id, (hit.similarity, hit.start, hit.end))
    missing = [paper_id for paper_id, _ in lexical if paper_id not in best]
    chunks = index.catalog.chunks(missing)
    stored = index.vectors.vectors_of([row[0] for rows in chunks.values() for row in rows])
    for paper_id, rows in chunks.items():
        scored = [(float(stored[i] @ vector), start, end) for i, start, end in rows if i in stored]
        if scored:
            best[paper_id] = max(scored, key=lambda row: (row[0], -row[1]))
    return best

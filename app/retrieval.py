"""A question to papers: BM25 and vectors over the whole corpus, blended by score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.records import Passage
from app.vocabulary import FRAME_WORDS
from ingest.index import Index
from ingest.records import Paper
from ingest.terms import STOP_WORDS, stem, words

# Candidates that each leg brings; what neither leg ranks this high is out of reach of the blend.
LEXICAL_CANDIDATES = 300
VECTOR_CANDIDATES = 200
# Score = BM25 / best BM25 + these times the cosines of query and chunk, query and title.
CHUNK_WEIGHT = 0.8
TITLE_WEIGHT = 0.4
# Titles are embedded for the leading candidates only: the others cannot gain enough to matter.
_TITLED = 150


def query_words(text: str) -> list[str]:
    """The words of a question that name its topic; all its words where only frame is left."""
    found = [word for word in dict.fromkeys(words(text)) if word not in STOP_WORDS]
    return [word for word in found if word not in FRAME_WORDS] or found


def retrieve(index: Index, query: str, limit: int) -> list[Passage]:
    """At most `limit` papers, best first, each with its best chunk. Ties go by paper id."""
    topic = query_words(query)
    if not topic or limit < 1:
        return []
    lexical = dict(
        index.lexicon.search([stem(word) for word in topic], max(LEXICAL_CANDIDATES, limit))
    )
    vectors = index.embedding.embed([query, " ".join(topic)])
    hits = index.vectors.nearest(vectors[0], max(VECTOR_CANDIDATES, limit))
    best: dict[str, tuple[float, int, int]] = {}
    for hit in hits:
        best.setdefault(hit.paper_id, (hit.similarity, hit.start, hit.end))
    _fill_in(index, best, [paper_id for paper_id in lexical if paper_id not in best], vectors[0])
    top = max(lexical.values(), default=0.0) or 1.0
    scores = {i: lexical.get(i, 0.0) / top + CHUNK_WEIGHT * best[i][0] for i in best}
    leading = sorted(scores, key=lambda i: (-scores[i], i))[: max(_TITLED, limit)]
    papers = {paper.paper_id: paper for paper in index.catalog.papers(leading)}
    _add_titles(index, papers, scores, vectors[1])
    ranked = sorted(papers, key=lambda i: (-scores[i], i))[:limit]
    return [Passage(papers[i], round(scores[i], 6), *best[i][1:]) for i in ranked]


def _fill_in(
    index: Index,
    best: dict[str, tuple[float, int, int]],
    paper_ids: Sequence[str],
    query: NDArray[np.float32],
) -> None:
    """The best chunk of papers that only the text index found."""
    chunks = index.catalog.chunks(paper_ids)
    stored = index.vectors.vectors_of([row[0] for rows in chunks.values() for row in rows])
    for paper_id, rows in chunks.items():
        scored = [(float(stored[i] @ query), start, end) for i, start, end in rows if i in stored]
        if scored:
            best[paper_id] = max(scored, key=lambda row: (row[0], -row[1]))


def _add_titles(
    index: Index, papers: dict[str, Paper], scores: dict[str, float], query: NDArray[np.float32]
) -> None:
    rows = index.embedding.embed([paper.title for paper in papers.values()]) @ query
    for paper_id, cosine in zip(papers, rows, strict=True):
        scores[paper_id] += TITLE_WEIGHT * float(cosine)

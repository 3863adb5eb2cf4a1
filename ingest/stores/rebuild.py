"""Vectors and text index made anew from the catalog, beside the old ones, then put in place."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future

from ingest.batches import batches
from ingest.catalog import Catalog
from ingest.index import STORES, Index
from ingest.papers.analysis import Analysis, Chunking
from ingest.papers.analysis_process import Analyst
from ingest.stores.learn_relatives import keep, learned, lesson
from ingest.stores.repair import verify

_BATCH = 1000
_MOST_AHEAD = 2


def rebuild(index: Index, chunking: Chunking, source: Catalog | None = None) -> int:
    """Make vectors and text index anew from the catalog, then switch to them; returns the papers.

    The old stores serve readers until the new ones are whole and verified, and stay if they are
    not; nothing but the catalog is read. The papers of `source`, a backup, take the place of those
    of the catalog at the same moment.
    """
    index.check_files()
    with index.catalog.telling(), index.catalog.transaction() as writing:
        vectors, lexicon, edition = index.next_stores()
        if source is not None:
            writing.replace_all(source.truth())
        ids = index.catalog.paper_ids()
        for part, analysis in _analysed(index, ids, chunking):
            writing.describe_anew(part, analysis.chunks, analysis.names, analysis.authors)
            vectors.write(analysis.chunks, analysis.vectors)
            lexicon.store(analysis.leaves)
        lexicon.commit()
        verify(index.catalog, vectors, lexicon)
        index.switch(vectors, edition)
        if taught := lesson(index, always=True):
            writing.set("relatives", keep(index, taught, learned(taught, index.embedding)))
        for key, value in _made_by(index).items():
            writing.set(key, value)
        index.generation = writing.publish()
    index.catalog.clear_pending()
    index.damaged = []
    index.confirm()
    return len(ids)


def _analysed(
    index: Index, paper_ids: Sequence[str], chunking: Chunking
) -> Iterator[tuple[list[str], Analysis]]:
    """Papers in parts with their analyses, of which some are made ahead."""
    underway: deque[tuple[list[str], Future[Analysis]]] = deque()
    with Analyst(chunking, index.encoder) as analyst:
        for part in batches(paper_ids, _BATCH):
            underway.append((part, analyst.analyse(index.catalog.papers(part))))
            if len(underway) > _MOST_AHEAD:
                ids, analysis = underway.popleft()
                yield ids, analysis.result()
        for ids, analysis in underway:
            yield ids, analysis.result()


def _made_by(index: Index) -> dict[str, str]:
    return {
        "edition": str(index.edition),
        "embedding": index.encoder.identity,
        "stores": STORES,
    }

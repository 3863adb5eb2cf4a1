"""What was read out of papers, to vectors and text index."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.index import Index
from ingest.papers.analysis import Analysis


def derive(index: Index, analysis: Analysis, replaced: Sequence[str]) -> None:
    """Write vectors and text entries of papers. Stale vectors stay until readers cannot ask."""
    index.vectors.write(analysis.chunks, analysis.vectors)
    index.lexicon.remove(replaced)
    index.lexicon.store(analysis.leaves)

"""Vectors and text index made to agree with the catalog, and proof that they do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ingest.batches import batches
from ingest.catalog import Catalog
from ingest.embedding.models import Vectors
from ingest.errors import IndexMismatch
from ingest.index import Index
from ingest.papers.analysis import analyse_chunked
from ingest.stores.derive import derive
from ingest.stores.vectors import VectorStore
from ingest.stores.writer import Leaves

_BATCH = 1000
_SAMPLED = 8
# A stored vector meets itself at 1, but for rounding.
_ITSELF = 0.999
_NEIGHBOURS = 10


def repair(index: Index) -> int:
    """Make vectors and text index agree with the catalog; returns how many papers were touched.

    Undoes or finishes what an interrupted run had in hand, and whatever else the counts show.
    Raises IndexMismatch, with the command to run, where that is not enough.
    """
    index.check_wholly()
    counts = counted(index.catalog, index.vectors, index.lexicon)
    touched = {*index.catalog.pending(), *_differing(index, counts)}
    for part in batches(sorted(touched), _BATCH):
        _restore(index, part)
    if touched:
        index.lexicon.commit()
        with index.catalog.transaction() as writing:
            index.generation = writing.publish()
    if touched or not counts.agree:
        _remove_unknown(index)
        counts = counted(index.catalog, index.vectors, index.lexicon)
    _check(counts, index.catalog, index.vectors)
    index.catalog.clear_pending()
    return len(touched)


class Counts(NamedTuple):
    """Chunks among the vectors and in the catalog, papers in the text index and in the catalog."""

    vectors: int
    chunks: int
    entries: int
    papers: int

    @property
    def agree(self) -> bool:
        """Whether the derived stores hold as much as the catalog."""
        return self.vectors == self.chunks and self.entries == self.papers


def counted(catalog: Catalog, vectors: VectorStore, lexicon: Leaves) -> Counts:
    """What each store holds."""
    return Counts(vectors.count(), catalog.count_chunks(), lexicon.count(), catalog.count())


def _differing(index: Index, counts: Counts) -> set[str]:
    """Papers whose entries are missing or left over, looked for where the counts differ."""
    catalog, found = index.catalog, set()
    if counts.entries != counts.papers:
        found |= set(index.lexicon.paper_ids()) ^ set(catalog.paper_ids())
    if counts.vectors != counts.chunks:
        missing = set(catalog.chunk_ids()) - set(index.vectors.chunk_ids())
        places = catalog.chunk_places(sorted(missing))
        found |= {paper_id for paper_id, _, _ in places.values()}
    return found


def _remove_unknown(index: Index) -> None:
    """Take out vectors that no paper refers to: all that are missing are there by now."""
    if index.vectors.count() != index.catalog.count_chunks():
        known = set(index.catalog.chunk_ids())
        index.vectors.remove([one for one in index.vectors.chunk_ids() if one not in known])


def _restore(index: Index, paper_ids: Sequence[str]) -> None:
    """Vectors and text entries of these papers as the catalog has them; none if it does not."""
    papers = index.catalog.papers(paper_ids)
    chunks = index.catalog.stored_chunks(papers)
    derive(index, analyse_chunked(papers, chunks, index.encoder), paper_ids)


def verify(catalog: Catalog, vectors: VectorStore, lexicon: Leaves) -> None:
    """Raises IndexMismatch where counts differ, or a sampled vector does not find itself."""
    _check(counted(catalog, vectors, lexicon), catalog, vectors)


def _check(counts: Counts, catalog: Catalog, vectors: VectorStore) -> None:
    ids = catalog.chunk_ids() if counts.chunks else []
    sample = ids[:: max(1, len(ids) // _SAMPLED)]
    stored = vectors.vectors_of(sample)
    lost = [i for i in sample if i not in stored or not _finds_itself(vectors, stored[i])]
    if not counts.agree or lost:
        raise IndexMismatch(
            f"The index holds {counts.vectors} of {counts.chunks} chunks and {counts.entries} of "
            f"{counts.papers} papers, and {len(lost)} of {len(sample)} sampled vectors are not "
            "found. "
            "Run askpapers ingest --rebuild, which makes it anew from the catalog."
        )


def _finds_itself(vectors: VectorStore, vector: Vectors) -> bool:
    # An approximate index may rank a neighbour before it. A text without any known word has a
    # vector of zeros, which is near nothing.
    hits = vectors.nearest_ids(vector, _NEIGHBOURS)
    return not vector.any() or any(similarity > _ITSELF for _, similarity in hits)

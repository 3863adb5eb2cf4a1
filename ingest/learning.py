"""When the relatives of an index are learned anew, and from which of its papers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ingest.analysis import embedded
from ingest.batches import batches
from ingest.embedding import Vectors
from ingest.index import Index
from ingest.relatives import MOST_PAPERS, learn, save
from ingest.terms import content_words

_BATCH = 1000
_ALWAYS_RELEARNED = 2_000


def relearn(index: Index, always: bool = False) -> str:
    """The name of newly learned relatives, where the corpus changed by a tenth; else "".

    They are statistics: a few papers more change them too little to be worth the seconds.
    """
    before, _, learned_from = (index.catalog.get("relatives") or "0:0").partition(":")
    count = index.catalog.count()
    little = abs(count - int(learned_from)) <= count // 10 and count >= _ALWAYS_RELEARNED
    if little and not always:
        return ""
    name = f"{int(before) + 1}:{count}"
    save(learn(_sampled(index), index.embedding.embed), index.relatives_folder(name))
    return name


def _sampled(index: Index) -> Iterator[tuple[list[str], Vectors]]:
    """Content words and static vectors of the papers, or of an even sample of a large corpus."""
    ids = index.catalog.paper_ids()
    count = min(len(ids), MOST_PAPERS)
    for part in batches([ids[place * len(ids) // count] for place in range(count)], _BATCH):
        chunks = index.catalog.chunks(part)
        vectors = _static(index, [rows[0][0] for rows in chunks.values()])
        for paper in index.catalog.papers(part):
            first = chunks[paper.paper_id][0][0]
            title = "" if paper.title_derived else paper.title
            if first in vectors:
                yield content_words(f"{title} {paper.abstract}"), vectors[first]


def _static(index: Index, chunk_ids: Sequence[str]) -> dict[str, Vectors]:
    """Static vectors of chunks, which are the stored ones unless another model embeds."""
    if index.encoder is index.embedding:
        return index.vectors.vectors_of(chunk_ids)
    places = index.catalog.chunk_places(chunk_ids)
    papers = index.catalog.papers(sorted({paper_id for paper_id, _, _ in places.values()}))
    chunks = [one for one in index.catalog.stored_chunks(papers) if one.chunk_id in places]
    rows = index.embedding.embed(embedded(papers, chunks))
    return dict(zip([one.chunk_id for one in chunks], rows, strict=True))

"""Papers to all that the stores keep of them: a pure function, and the slow half of ingestion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.catalog.rows import Row, author_rows, name_rows
from ingest.chunking import chunk
from ingest.embedding.models import Embedding, Vectors
from ingest.records import Chunk, Paper
from ingest.stores.forward_index import Meaning
from ingest.stores.lexicon import Leaf, leaf


@dataclass(frozen=True, slots=True)
class Analysis:
    """Chunks of some papers with a vector each, rows of the catalog, and entries of the text index.

    `vectors` has a row a chunk, `leaves` has one a paper, in their order.
    """

    chunks: Sequence[Chunk]
    vectors: Vectors
    names: Sequence[Row]
    authors: Sequence[Row]
    leaves: Sequence[Leaf]


@dataclass(frozen=True, slots=True)
class Chunking:
    """How abstracts are cut: the longest chunk in characters, and the sentences that overlap."""

    size: int
    overlap: int


def analyse(papers: Sequence[Paper], chunking: Chunking, embedding: Embedding) -> Analysis:
    """The papers chunked, embedded, and read for names and terms."""
    chunks = [one for paper in papers for one in chunk(paper, chunking.size, chunking.overlap)]
    return analyse_chunked(papers, chunks, embedding)


def analyse_chunked(
    papers: Sequence[Paper], chunks: Sequence[Chunk], embedding: Embedding
) -> Analysis:
    """The same for papers whose chunks are known, in the order of the papers."""
    vectors = embedding.embed(embedded(papers, chunks))
    return Analysis(
        chunks,
        vectors,
        [row for paper in papers for row in name_rows(paper)],
        [row for paper in papers for row in author_rows(paper)],
        list(map(leaf, papers, _meanings(papers, chunks, vectors, embedding))),
    )


def embedded(papers: Sequence[Paper], chunks: Sequence[Chunk]) -> list[str]:
    """What is embedded of each chunk: its paper's real title, then its text.

    The title lifts nDCG@10 of the vectors alone by 0.02 to 0.06 on the development questions.
    """
    titles = {paper.paper_id: paper.real_title for paper in papers}
    return [f"{titles[chunk.paper_id]} {chunk.text}".strip() for chunk in chunks]


def _meanings(
    papers: Sequence[Paper], chunks: Sequence[Chunk], vectors: Vectors, embedding: Embedding
) -> list[Meaning]:
    titles = embedding.embed([paper.title for paper in papers])
    places: dict[str, list[int]] = {paper.paper_id: [] for paper in papers}
    for place, one in enumerate(chunks):
        places[one.paper_id].append(place)
    return [
        Meaning(title, vectors[own], [(chunks[i].start, chunks[i].end) for i in own])
        for title, own in zip(titles, places.values(), strict=True)
    ]

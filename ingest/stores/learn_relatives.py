"""When the relatives of an index are learned anew, and from which of its papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.embedding.models import StaticEmbedding
from ingest.papers.analysis import embedded
from ingest.records import Chunk, Paper
from ingest.stores.disk_errors import damaged
from ingest.stores.relatives import MOST_PAPERS, Relatives, learn, save
from ingest.text.terms import content_words

if TYPE_CHECKING:
    from ingest.index import Index

_ALWAYS_RELEARNED = 2_000


@dataclass(frozen=True, slots=True)
class Lesson:
    """Papers to learn from, the first chunk of each, and how many papers they stand for."""

    papers: Sequence[Paper]
    chunks: Sequence[Chunk]
    count: int


def lesson(index: Index, always: bool = False) -> Lesson | None:
    """What to learn from where the corpus changed by a tenth since it was last learned, else None.

    Relatives are statistics: a few papers more change them too little to be worth the seconds.
    """
    _, _, learned_from = (index.catalog.get("relatives") or "0:0").partition(":")
    count = index.catalog.count()
    little = abs(count - int(learned_from)) <= count // 10 and count >= _ALWAYS_RELEARNED
    if little and not always:
        return None
    ids = index.catalog.paper_ids()
    sampled = min(count, MOST_PAPERS)
    papers = index.catalog.papers([ids[place * count // sampled] for place in range(sampled)])
    first: dict[str, Chunk] = {}
    for chunk in index.catalog.stored_chunks(papers):
        first.setdefault(chunk.paper_id, chunk)
    kept = [paper for paper in papers if paper.paper_id in first]
    return Lesson(kept, [first[paper.paper_id] for paper in kept], count)


def learned(lesson: Lesson, embedding: StaticEmbedding) -> Relatives:
    """The relatives that these papers teach: a pure function."""
    vectors = embedding.embed(embedded(lesson.papers, lesson.chunks))
    words = (content_words(f"{paper.real_title} {paper.abstract}") for paper in lesson.papers)
    return learn(zip(words, vectors, strict=True), embedding.embed)


def keep(index: Index, lesson: Lesson, relatives: Relatives) -> str:
    """Store relatives beside those that readers may still use; returns what they are called."""
    before, _, _ = (index.catalog.get("relatives") or "0:0").partition(":")
    name = f"{int(before) + 1}:{lesson.count}"
    folder = index.relatives_folder(name)
    try:
        save(relatives, folder)
    except OSError as error:  # numpy does not say that a disk is full
        raise damaged(folder, "relatives", str(error)) from error
    index.share(folder)
    return name

"""The catalog to its derived stores: vectors and text index, and when readers may see them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import TypeVar

from ingest.catalog import Catalog, Entry, Writing
from ingest.embedding import Vectors
from ingest.errors import IndexMismatch
from ingest.index import STORES, Index
from ingest.lexicon import Lexicon
from ingest.records import Chunk, Paper
from ingest.relatives import MOST_PAPERS, learn, save
from ingest.sheets import Meaning
from ingest.terms import content_words
from ingest.vectors import VectorStore

T = TypeVar("T")
_BATCH = 500
_ALWAYS_RELEARNED = 2_000
# Batches that may wait for the derived stores: more would only fill memory.
_MOST_WAITING = 2
_SAMPLED = 8
# A stored vector meets itself at 1, but for rounding.
_ITSELF = 0.999
_NEIGHBOURS = 10


def batches(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """The items in order, at most `size` at a time."""
    for start in range(0, len(items), size):
        yield list(items[start : start + size])


class Publisher:
    """The writer's side of an index: changes go to all three stores, and are seen all at once.

    Order: the papers are noted as pending; the catalog takes them in an open transaction while, in
    another thread, their vectors and text entries are written; the text index is committed, then
    the catalog, under a new generation; last go the vectors that nothing refers to any more, and
    the note. A kill before the commit leaves the published state and a note of what to undo, a kill
    after it a note of what to finish: `repair` does both in the same way.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._stack = ExitStack()
        self._writing: Writing | None = None
        self._worker = ThreadPoolExecutor(1, "derive")
        self._jobs: deque[Future[None]] = deque()
        self._stale: set[str] = set()
        self._derived = False

    def __enter__(self) -> Publisher:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """What was not published is taken back; the next run clears up after it."""
        self._worker.shutdown(cancel_futures=True)
        if self._writing is not None:
            unpublished = error or RuntimeError("not published")
            self._stack.__exit__(type(unpublished), unpublished, trace)

    @property
    def writing(self) -> Writing:
        """The open transaction of the catalog; this thread reads what is written in it."""
        if self._writing is None:
            self._writing = self._stack.enter_context(self._index.catalog.transaction())
        return self._writing

    def save(self, entries: Sequence[Entry]) -> None:
        """Store papers in place of those they replace."""
        replaced = sorted({old for entry in entries for old in entry.replaces})
        touched = sorted({*replaced, *(entry.paper.paper_id for entry in entries)})
        self._touch(touched)
        self.writing.save(entries)
        papers = [entry.paper for entry in entries]
        chunks = [chunk for entry in entries for chunk in entry.chunks]
        self._hand_over(lambda: _derive(self._index, papers, chunks, replaced))

    def remove(self, paper_ids: Sequence[str]) -> None:
        """Take papers out."""
        gone = sorted(paper_ids)
        self._touch(gone)
        self.writing.remove(gone)
        self._hand_over(lambda: self._index.lexicon.remove(gone))

    def publish(self, last: bool = True) -> None:
        """Let readers see everything so far; `last` tidies up, as a run does at its end."""
        while self._jobs:
            self._jobs.popleft().result()
        if self._writing is None and not (last and self._derived):
            return
        writing = self.writing
        if self._derived:
            self._index.lexicon.commit(last)
            learned = _relearn(self._index) if last else ""
            if learned:
                writing.set("relatives", learned)
            self._index.generation = writing.publish()
        self._writing = None
        self._stack.close()
        if self._derived:
            self._forget()
            self._derived = not last

    def _touch(self, paper_ids: Sequence[str]) -> None:
        catalog = self._index.catalog
        catalog.note_pending(paper_ids)
        self._stale.update(row[0] for rows in catalog.chunks(paper_ids).values() for row in rows)
        self._derived = True

    def _hand_over(self, job: Callable[[], None]) -> None:
        while len(self._jobs) >= _MOST_WAITING:
            self._jobs.popleft().result()
        self._jobs.append(self._worker.submit(job))

    def _forget(self) -> None:
        """Take out vectors that nothing refers to, now that no reader can look for them."""
        stale = sorted(self._stale - self._index.catalog.chunk_places(sorted(self._stale)).keys())
        self._index.vectors.remove(stale)
        self._index.catalog.clear_pending()
        self._index.sweep()
        self._stale.clear()


def _derive(
    index: Index, papers: Sequence[Paper], chunks: Sequence[Chunk], replaced: Sequence[str]
) -> None:
    """Write vectors and text entries of papers. Stale vectors stay until readers cannot ask."""
    index.lexicon.remove(replaced)
    _write(index, index.vectors, index.lexicon, papers, chunks)


def _write(
    index: Index,
    vectors: VectorStore,
    lexicon: Lexicon,
    papers: Sequence[Paper],
    chunks: Sequence[Chunk],
) -> None:
    rows = index.encoder.embed(_embedded(papers, chunks))
    titles = index.encoder.embed([paper.title for paper in papers])
    places: dict[str, list[int]] = {paper.paper_id: [] for paper in papers}
    for place, chunk in enumerate(chunks):
        places[chunk.paper_id].append(place)
    vectors.write(chunks, rows)
    meanings = {
        paper_id: Meaning(title, rows[own], [(chunks[i].start, chunks[i].end) for i in own])
        for title, (paper_id, own) in zip(titles, places.items(), strict=True)
    }
    lexicon.write(papers, meanings)


def remove(index: Index, paper_ids: Sequence[str]) -> None:
    """Take papers out of the index; the caller holds the writer's lock."""
    with index.catalog.telling(), Publisher(index) as publisher:
        publisher.remove(paper_ids)
        publisher.publish()


def _relearn(index: Index, always: bool = False) -> str:
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
    step = max(1, -(-len(ids) // MOST_PAPERS))
    for part in batches(ids[::step], _BATCH):
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
    chunks = [c for c in stored_chunks(index.catalog, papers) if c.chunk_id in places]
    rows = index.embedding.embed(_embedded(papers, chunks))
    return dict(zip([chunk.chunk_id for chunk in chunks], rows, strict=True))


def repair(index: Index) -> int:
    """Make vectors and text index agree with the catalog; returns how many papers were touched.

    Undoes or finishes what an interrupted run had in hand, and whatever else the counts show.
    Raises IndexMismatch, with the command to run, where that is not enough.
    """
    index.check_identity()
    touched = {*index.catalog.pending(), *_differing(index)}
    for part in batches(sorted(touched), _BATCH):
        _restore(index, part)
    if touched:
        index.lexicon.commit()
        with index.catalog.transaction() as writing:
            index.generation = writing.publish()
    verify(index.catalog, index.vectors, index.lexicon)
    index.catalog.clear_pending()
    return len(touched)


def _differing(index: Index) -> set[str]:
    """Papers whose entries are missing or left over, looked for where the counts differ."""
    catalog, found = index.catalog, set()
    if index.lexicon.count() != catalog.count():
        found |= set(index.lexicon.paper_ids()) ^ set(catalog.paper_ids())
    if index.vectors.count() != catalog.count_chunks():
        held, known = set(index.vectors.chunk_ids()), set(catalog.chunk_ids())
        # What no paper refers to belongs to none that could be restored.
        index.vectors.remove(sorted(held - known))
        places = catalog.chunk_places(sorted(known - held))
        found |= {paper_id for paper_id, _, _ in places.values()}
    return found


def _restore(index: Index, paper_ids: Sequence[str]) -> None:
    """Vectors and text entries of these papers as the catalog has them; none if it does not."""
    papers = index.catalog.papers(paper_ids)
    chunks = stored_chunks(index.catalog, papers)
    held = set(index.vectors.chunk_ids(paper_ids))
    _derive(index, papers, chunks, paper_ids)
    index.vectors.remove(sorted(held - {chunk.chunk_id for chunk in chunks}))


def stored_chunks(catalog: Catalog, papers: Sequence[Paper]) -> list[Chunk]:
    """The chunks of papers as the catalog has them, in order."""
    rows = catalog.chunks([paper.paper_id for paper in papers])
    return [
        Chunk(chunk_id, paper.paper_id, start, end, paper.abstract[start:end])
        for paper in papers
        for chunk_id, start, end in rows.get(paper.paper_id, ())
    ]


def verify(catalog: Catalog, vectors: VectorStore, lexicon: Lexicon) -> None:
    """Raises IndexMismatch where counts differ, or a sampled vector does not find itself."""
    counts = (vectors.count(), catalog.count_chunks(), lexicon.count(), catalog.count())
    ids = catalog.chunk_ids() if counts[1] else []
    sample = ids[:: max(1, len(ids) // _SAMPLED)]
    stored = vectors.vectors_of(sample)
    lost = [i for i in sample if i not in stored or not _finds_itself(vectors, stored[i])]
    if counts[0] != counts[1] or counts[2] != counts[3] or lost:
        raise IndexMismatch(
            f"The index holds {counts[0]} of {counts[1]} chunks and {counts[2]} of {counts[3]} "
            f"papers, and {len(lost)} of {len(sample)} sampled vectors are not found. "
            "Run askpapers ingest --rebuild, which makes it anew from the catalog."
        )


def _finds_itself(vectors: VectorStore, vector: Vectors) -> bool:
    # An approximate index may rank a neighbour before it. A text without any known word has a
    # vector of zeros, which is near nothing.
    hits = vectors.nearest_ids(vector, _NEIGHBOURS)
    return not vector.any() or any(similarity > _ITSELF for _, similarity in hits)


def rebuild(index: Index, chunked: Callable[[Paper], list[Chunk]]) -> int:
    """Make vectors and text index anew from the catalog, then switch to them; returns the papers.

    The old stores serve readers until the new ones are whole and verified, and stay if they are
    not; nothing but the catalog is read.
    """
    vectors, lexicon, edition = index.next_stores()
    with index.catalog.telling(), index.catalog.transaction() as writing:
        ids = index.catalog.paper_ids()
        for part in batches(ids, _BATCH):
            papers = index.catalog.papers(part)
            chunks = [chunk for paper in papers for chunk in chunked(paper)]
            writing.rechunk(part, chunks)
            _write(index, vectors, lexicon, papers, chunks)
        lexicon.commit()
        verify(index.catalog, vectors, lexicon)
        index.switch(vectors, lexicon, edition)
        writing.set("relatives", _relearn(index, always=True))
        for key, value in _made_by(index).items():
            writing.set(key, value)
        index.generation = writing.publish()
    index.catalog.clear_pending()
    return len(ids)


def _made_by(index: Index) -> dict[str, str]:
    return {
        "edition": str(index.edition),
        "embedding": index.encoder.identity,
        "stores": STORES,
    }


def _embedded(papers: Sequence[Paper], chunks: Sequence[Chunk]) -> list[str]:
    """What is embedded of each chunk: its paper's real title, then its text.

    The title lifts nDCG@10 of the vectors alone by 0.02 to 0.06 on the development questions.
    """
    titles = {paper.paper_id: "" if paper.title_derived else paper.title for paper in papers}
    return [f"{titles[chunk.paper_id]} {chunk.text}".strip() for chunk in chunks]

"""The catalog to its derived stores: vectors and text index, and when readers may see them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from types import TracebackType

from ingest.catalog import Entry, Writing
from ingest.index import Index
from ingest.papers.analysis import Analysis, Chunking
from ingest.papers.analysis_process import Analyst
from ingest.papers.pruning import without
from ingest.records import Record
from ingest.stores.derive import derive
from ingest.stores.learn_relatives import Lesson, keep, lesson
from ingest.stores.relatives import Relatives
from ingest.stores.writer import Edit

# Batches that may wait, for their analysis or for the derived stores: more would only fill memory.
_MOST_WAITING = 2


@dataclass(frozen=True, slots=True)
class _Underway:
    """Papers whose analysis is not stored yet, and the ids of those they replace."""

    paper_ids: frozenset[str]
    replaced: Sequence[str]
    analysis: Future[Analysis]


class Publisher(AbstractContextManager["Publisher"]):
    """The writer's side of an index: changes go to all three stores, and are seen all at once.

    Order: the papers are noted as pending; the catalog takes them in an open transaction while, in
    another thread, their vectors and text entries are written; the text index is committed, then
    the catalog, under a new generation; last go the vectors that nothing refers to any more, and
    the note. A kill before the commit leaves the published state and a note of what to undo, a kill
    after it a note of what to finish: `repair` does both in the same way.
    """

    def __init__(self, index: Index, chunking: Chunking) -> None:
        self._index = index
        self._analyst = Analyst(chunking, index.encoder)
        self._underway: deque[_Underway] = deque()
        self._stack = ExitStack()
        self._writing: Writing | None = None
        self._worker = ThreadPoolExecutor(1, "derive")
        self._jobs: deque[Future[None]] = deque()
        self._stale: set[str] = set()
        self._derived = False

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """What was not published is taken back; the next run clears up after it."""
        self._analyst.__exit__(kind, error, trace)
        self._worker.shutdown(cancel_futures=True)
        if self._writing is not None:
            unpublished = error or RuntimeError("not published")
            self._stack.__exit__(type(unpublished), unpublished, trace)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Whoever holds the lock of the folder writes alone."""
        yield

    def prepare(self, records: Sequence[Record]) -> None:
        """There is nobody to wait for."""

    def unstored(
        self, records: Sequence[Record], edits: Sequence[Edit]
    ) -> tuple[Sequence[Record], Sequence[Edit]]:
        """All of them: nobody else has stored any meanwhile."""
        return records, edits

    @property
    def writing(self) -> Writing:
        """The open transaction of the catalog; this thread reads what is written in it."""
        if self._writing is None:
            self._index.check_wholly()
            self._writing = self._stack.enter_context(self._index.catalog.transaction())
        return self._writing

    def save(self, entries: Sequence[Entry]) -> None:
        """Store papers in place of those they replace."""
        replaced = sorted({old for entry in entries for old in entry.replaces})
        touched = {*replaced, *(entry.paper.paper_id for entry in entries)}
        if any(touched & batch.paper_ids for batch in self._underway):
            self._settle(0)  # what is replaced must be there to be replaced
        self._touch(sorted(touched))
        self.writing.save(entries)
        papers = [entry.paper for entry in entries]
        ids = frozenset(paper.paper_id for paper in papers)
        self._underway.append(_Underway(ids, replaced, self._analyst.analyse(papers)))
        self._settle(_MOST_WAITING)

    def remove(self, paper_ids: Sequence[str]) -> None:
        """Take papers out."""
        gone = sorted(paper_ids)
        self._settle(0)
        self._touch(gone)
        self.writing.remove(gone)
        self._hand_over(lambda: self._index.lexicon.remove(gone))

    def publish(self, last: bool = True) -> None:
        """Let readers see everything so far; `last` tidies up, as a run does at its end."""
        self._settle(0)
        writing, learning = self._writing, None
        if last and self._derived:
            writing = self.writing
            learning = self._learning()  # while the last vectors are written
        while self._jobs:
            self._jobs.popleft().result()
        if writing is None:
            return
        if self._derived:
            self._index.lexicon.commit(last)
            if learning:
                taught, relatives = learning
                writing.set("relatives", keep(self._index, taught, relatives.result()))
            self._index.generation = writing.publish()
        self._writing = None
        self._stack.close()
        if self._derived:
            self._forget()
            self._derived = not last

    def _learning(self) -> tuple[Lesson, Future[Relatives]] | None:
        taught = lesson(self._index)
        return (taught, self._analyst.learn(taught, self._index.embedding)) if taught else None

    def _touch(self, paper_ids: Sequence[str]) -> None:
        catalog = self._index.catalog
        self._index.check_wholly()
        catalog.note_pending(paper_ids)
        self._stale.update(row[0] for rows in catalog.chunks(paper_ids).values() for row in rows)
        self._derived = True

    def _settle(self, most: int) -> None:
        """Store the analyses of batches in their order, until at most so many are underway."""
        while len(self._underway) > most:
            batch = self._underway.popleft()
            analysis = batch.analysis.result()
            self.writing.describe(analysis.chunks, analysis.names, analysis.authors)
            self._hand_over(partial(derive, self._index, analysis, batch.replaced))

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


def remove(index: Index, paper_ids: Sequence[str], chunking: Chunking) -> None:
    """Take papers out of the index; the caller holds the writer's lock.

    An id that one of them disputed with a single other paper is that one's own from now on.
    """
    with index.catalog.telling():
        index.repaired()  # a killed run may have left vectors that only its note still knows
        with index.publisher(chunking) as publisher:
            with publisher.turn():
                held = index.catalog.records_of_papers(paper_ids)
                gone = {i: {row.record_id for row in rows} for i, rows in held.items()}
                kept, _ = without(index.catalog, gone)
                publisher.save([Entry(one.paper(), one.records, one.replaces) for one in kept])
                publisher.remove(paper_ids)
            publisher.publish()
        index.confirm()

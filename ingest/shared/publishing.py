"""Writing to an index on servers: writers take turns, a batch each, and readers see each turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType

from ingest.catalog import Entry
from ingest.catalog.sharing import SharedWriting
from ingest.papers.analysis import Analysis, Chunking, analyse_chunked
from ingest.papers.analysis_process import Analyst
from ingest.papers.identity import digest
from ingest.records import Paper, Record
from ingest.shared.index import SharedIndex
from ingest.shared.preparing import Prepared, expected
from ingest.stores.learn_relatives import keep, lesson
from ingest.stores.writer import Edit


class SharedPublisher(AbstractContextManager["SharedPublisher"]):
    """A writer among others. What is done inside `turn` is seen all at once, or not at all.

    Order within a turn: nobody else writes; what a writer left that died is mended; the papers are
    noted as pending, outside of the transaction; the catalog takes them, and the entries of the
    text index; their vectors are written; the transaction is committed, under a new generation;
    last go the vectors that nothing refers to any more, and the note.
    """

    def __init__(self, index: SharedIndex, chunking: Chunking) -> None:
        self._index = index
        self._analyst = Analyst(chunking, index.encoder)
        self._writing: SharedWriting | None = None
        self._generation = 0
        self._stale: set[str] = set()
        self._changed = False
        self._prepared = Prepared((), self._analyse)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._analyst.__exit__(kind, error, trace)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Inside, this is the only writer. Within itself it is one turn."""
        if self._writing is not None:
            yield
            return
        catalog = self._index.catalog
        with catalog.telling(), catalog.alone():
            heal(self._index)
            with catalog.shared_transaction() as writing:
                self._writing, self._generation = writing, 0
                try:
                    yield
                finally:
                    self._writing = None
            if self._generation:
                self._forget()
                self._index.generation = self._generation

    @property
    def writing(self) -> SharedWriting:
        """The open transaction of the turn."""
        assert self._writing is not None
        return self._writing

    def prepare(self, records: Sequence[Record]) -> None:
        """Analyse what these records are expected to become, while others write."""
        self._prepared = Prepared(expected(records), self._analyse)

    def _analyse(self, papers: Sequence[Paper]) -> Analysis:
        return self._analyst.analyse(papers).result()

    def unstored(
        self, records: Sequence[Record], edits: Sequence[Edit]
    ) -> tuple[list[Record], list[Edit]]:
        """Those of these records and edits that nobody has stored since they were read.

        An edit of a record that is not there any more is a record like others.
        """
        catalog = self._index.catalog
        digests = [(one, digest(one)) for one in (*records, *(new for _, new in edits))]
        known = catalog.stored_marks(digests)
        fresh = {
            id(one)
            for one, sum_ in digests
            if (one.source.file, one.source.line, sum_) not in known
        }
        now = {old.record_id: old for old in catalog.records([old.record_id for old, _ in edits])}
        left = [(now.get(old.record_id), new) for old, new in edits if id(new) in fresh]
        alone = [new for old, new in left if old is None]
        kept = [(old, new) for old, new in left if old is not None]
        return [*(one for one in records if id(one) in fresh), *alone], kept

    def save(self, entries: Sequence[Entry]) -> None:
        """Store papers in place of those they replace."""
        with self.turn():
            replaced = {old for entry in entries for old in entry.replaces}
            ids = {entry.paper.paper_id for entry in entries}
            self._touch(sorted(ids | replaced))
            self.writing.save(entries)
            papers = [entry.paper for entry in entries]
            if papers:
                self._describe(self._prepared.analysis(papers, self._analyse))
            self.writing.forget_leaves(sorted(replaced - ids), self._generation)

    def remove(self, paper_ids: Sequence[str]) -> None:
        """Take papers out."""
        with self.turn():
            self._touch(sorted(paper_ids))
            self.writing.remove(sorted(paper_ids))
            self.writing.forget_leaves(sorted(paper_ids), self._generation)

    def publish(self, last: bool = True) -> None:
        """Learn the relatives anew where much has changed: all else is published already."""
        if last and self._changed and self._index.learns:
            self.learn()

    def learn(self) -> None:
        """Learn the relatives anew where much has changed since they were learned."""
        with self.turn():
            taught = lesson(self._index)
            if taught is None:
                return
            relatives = self._analyst.learn(taught, self._index.embedding).result()
            self._begin()
            self.writing.set("relatives", keep(self._index, taught, relatives))

    def _begin(self) -> None:
        """Count up the generation, once a turn."""
        self._generation = self._generation or self.writing.publish()

    def _touch(self, paper_ids: Sequence[str]) -> None:
        catalog = self._index.catalog
        if not paper_ids:
            return
        self._index.check_identity()
        catalog.note_pending(paper_ids)
        self._stale.update(row[0] for rows in catalog.chunks(paper_ids).values() for row in rows)
        self._changed = True
        self._begin()

    def _describe(self, analysis: Analysis) -> None:
        self.writing.describe(analysis.chunks, analysis.names, analysis.authors)
        self.writing.store_leaves(analysis.leaves, self._generation)
        if self._index.has_vector_server:
            self._index.vectors.write(analysis.chunks, analysis.vectors)

    def _forget(self) -> None:
        """Take out vectors that nothing refers to, now that no reader can look for them."""
        catalog = self._index.catalog
        if self._index.has_vector_server:
            known = catalog.chunk_places(sorted(self._stale)).keys()
            self._index.vectors.remove(sorted(self._stale - known))
        catalog.clear_pending()
        self._stale.clear()


def heal(index: SharedIndex, wholly: bool = False) -> int:
    """Make the vectors agree with the catalog; returns how many papers were touched.

    Mends what writers left that died, and with `wholly` whatever else the counts show. The caller
    is the only writer.
    """
    catalog = index.catalog
    touched = set(catalog.pending())
    if index.has_vector_server:
        differ = bool(touched or wholly) and index.vectors.count() != catalog.count_chunks()
        if differ:
            held, known = set(index.vectors.chunk_ids()), set(catalog.chunk_ids())
            places = catalog.chunk_places(sorted(known - held))
            touched |= {paper_id for paper_id, _, _ in places.values()}
            index.vectors.remove(sorted(held - known))
        for begin in range(0, len(touched), 1000):
            _restore(index, sorted(touched)[begin : begin + 1000])
    if touched:
        catalog.clear_pending()
    return len(touched)


def _restore(index: SharedIndex, paper_ids: Sequence[str]) -> None:
    papers = index.catalog.papers(paper_ids)
    chunks = index.catalog.stored_chunks(papers)
    analysis = analyse_chunked(papers, chunks, index.encoder)
    index.vectors.write(analysis.chunks, analysis.vectors)

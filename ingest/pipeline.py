"""Files to an index: read, place, store, embed, publish. Safe to stop anywhere and run again."""

from __future__ import annotations

import gc
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ingest.batches import batches
from ingest.catalog import Entry, Mark, StoredRecord
from ingest.errors import Stopped
from ingest.index import Index
from ingest.papers.analysis import Chunking
from ingest.papers.edits import pair_edits
from ingest.papers.identity import digest
from ingest.papers.placing import Group, Placing
from ingest.papers.pruning import stale_records, without
from ingest.papers.refusals import note_problems
from ingest.progress import Progress, Watch
from ingest.readers import Archives, Input, Unread, find_sources, read
from ingest.records import Problem, Record, Tally
from ingest.settings import IngestSettings
from ingest.stores.rebuild import rebuild
from ingest.stores.writer import Edit, Writer

__all__ = ["Progress", "ingest", "rebuild_all"]

_BATCH = 1000
_REPORTED_EVERY = 200
_COLLECTED_EVERY = 70_000  # objects; Python's own number is 700
# Records after which readers see what has been read so far, and a kill takes no more than this.
_PUBLISHED_EVERY = 20_000
_COUNTS = ("read", "added", "updated", "unchanged", "merged", "skipped", "pruned")


def ingest(
    paths: Sequence[Path | str | Input],
    index: Index,
    settings: IngestSettings,
    prune: bool = False,
    most: int | None = None,
    report: Callable[[Progress], None] = lambda _: None,
) -> Tally:
    """Read all sources under `paths` into the index; the caller holds the writer's lock.

    `prune` also takes out what sources under `paths` no longer hold. `most` bounds the records
    read. Raises SourceError for a path that is not there, before anything is written, and
    Stopped, after it has stored what it had read, when the person presses Ctrl-C.
    """
    arguments = [str(path) for path in paths if not isinstance(path, Input)]
    sources = find_sources(arguments)
    sources += [path for path in paths if isinstance(path, Input)]
    chunking = Chunking(settings.chunk_chars, settings.chunk_overlap)
    with index.catalog.telling(), _collecting_rarely():
        index.sweep()
        index.repaired()
        with (
            _interruptible() as stopping,
            index.publisher(chunking) as publisher,
            Archives() as archives,
        ):
            watch = Watch(sources, report)
            run = _Run(index, settings, publisher, stopping, archives, watch, most)
            tally = run.ingest(sources, arguments if prune else ())
        index.confirm()
        return tally


def rebuild_all(index: Index, settings: IngestSettings) -> int:
    """Make vectors and text index anew from the catalog alone; returns how many papers."""
    return rebuild(index, Chunking(settings.chunk_chars, settings.chunk_overlap))


@contextmanager
def _collecting_rarely() -> Iterator[None]:
    """Look for cycles less often: records hold none, and looking takes a tenth of the time."""
    usual = gc.get_threshold()
    # Several runs may be under way in one process.
    gc.set_threshold(max(usual[0], _COLLECTED_EVERY), *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed. The first press only asks to stop; a second one stops at once."""
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield pressed.is_set
        return
    before = signal.getsignal(signal.SIGINT)

    def press(*_: object) -> None:
        pressed.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, press)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, before)


@dataclass(slots=True)
class _Run:
    index: Index
    settings: IngestSettings
    publisher: Writer
    stopping: Callable[[], bool]
    archives: Archives
    watch: Watch
    most: int | None
    tally: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    conflicts: list[Problem] = field(default_factory=list)
    waiting: list[Record] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    unread: dict[str, None] = field(default_factory=dict)
    unpublished: int = 0
    last_before: int = 0

    def ingest(self, sources: Sequence[Input], pruned: Sequence[str]) -> Tally:
        started = time.perf_counter()
        self.last_before = self.index.catalog.last_record()
        for source in sources:
            self._source(source)
            self.watch.finish(source)
            self._report()
        self._place_waiting()
        if pruned:
            self._prune(sources, pruned)
        note_problems(
            self.index.catalog, self.publisher, [*self.problems, *self.conflicts], sources, pruned
        )
        self.publisher.publish()
        return Tally(
            **{name: self.tally[name] for name in _COUNTS},
            problems=(*self.problems, *self.conflicts),
            seconds=round(time.perf_counter() - started, 3),
        )

    # Reading

    def _source(self, source: Input) -> None:
        before = self.index.catalog.marks_of_file(source.name)
        by_digest: dict[str, list[Mark]] = {}
        for mark in reversed(before):
            by_digest.setdefault(mark.digest, []).append(mark)
        fresh: list[Record] = []
        moved: dict[int, int] = {}
        for item in self._items(source):
            if isinstance(item, Problem):
                self._skip(item, source)
            elif same := by_digest.get(digest(item)):
                self._unchanged(same.pop(), item, moved)
            elif before:
                fresh.append(item)
            else:
                self._wait(item)
        gone = [mark.record_id for mark in before if mark.record_id not in self.seen]
        self._changed(self.index.catalog.records(gone), fresh, moved)

    def _items(self, source: Input) -> Iterator[Record | Problem]:
        left = None if self.most is None else self.most - self.tally["read"]
        for item in read(source, self.settings, left, self.archives, lambda: self._await(source)):
            if self.most is not None and self.tally["read"] >= self.most:
                self.unread[source.name] = None
                return
            self._stop_if_asked()
            self.tally["read"] += 1
            if self.tally["read"] % _REPORTED_EVERY == 0:
                self.watch.reach(source, item)
                self._report()
            yield item

    def _await(self, source: Input) -> None:
        """A pipe is silent: say so, and stop where that was asked for."""
        self._stop_if_asked()
        self._report(awaited=source.name)

    def _skip(self, problem: Problem, source: Input) -> None:
        self.tally["skipped"] += 1
        self.problems.append(problem)
        if isinstance(problem, Unread):
            self.unread[source.name] = None

    def _unchanged(self, mark: Mark, record: Record, moved: dict[int, int]) -> None:
        self.tally["unchanged"] += 1
        self.seen.add(mark.record_id)
        if mark.line != record.source.line:
            moved[mark.record_id] = record.source.line

    def _changed(
        self, gone: Sequence[StoredRecord], fresh: Sequence[Record], moved: dict[int, int]
    ) -> None:
        """End of a source that was read before: move, update, and add what is really new."""
        if moved:
            with self.publisher.turn():
                self.publisher.writing.move(moved)
        edits = pair_edits(gone, fresh)
        for part in batches(edits, _BATCH):
            self._place([], part)
        self.seen.update(stored.record_id for stored, _ in edits)
        edited = {id(record) for _, record in edits}
        for record in fresh:
            if id(record) not in edited:
                self._wait(record)

    # Placing and storing

    def _wait(self, record: Record) -> None:
        self.waiting.append(record)
        if len(self.waiting) >= _BATCH:
            self._place_waiting()

    def _place_waiting(self) -> None:
        records, self.waiting = self.waiting, []
        if records:
            self._place(records, [])

    def _place(self, records: Sequence[Record], edits: Sequence[Edit]) -> None:
        # Only when more is to come: the end of the run publishes too.
        if self.unpublished >= _PUBLISHED_EVERY:
            self.publisher.publish(last=False)
            self.unpublished = 0
        self.publisher.prepare(records)
        with self.publisher.turn():
            self._place_now(records, edits)

    def _place_now(self, records: Sequence[Record], edits: Sequence[Edit]) -> None:
        came = len(records) + len(edits)
        records, edits = self.publisher.unstored(records, edits)
        everything = [*records, *(record for _, record in edits)]
        self.tally["unchanged"] += came - len(everything)
        placing = Placing(self.index.catalog, everything, [old.paper_id for old, _ in edits])
        for old, record in edits:
            placing.edit(old, record)
            self.tally["updated"] += 1
        for record in records:
            self.tally["added" if placing.add(record) else "merged"] += 1
        changed = placing.changed()
        self.conflicts += placing.conflicts(changed)
        self._store(changed)
        self.unpublished += len(everything)

    def _store(self, groups: Sequence[Group]) -> None:
        papers = [group.paper() for group in groups]
        self.publisher.save(
            [
                Entry(paper, group.records, group.replaces)
                for group, paper in zip(groups, papers, strict=True)
            ]
        )

    # Pruning and stopping

    def _prune(self, sources: Sequence[Input], arguments: Sequence[str]) -> None:
        """Take out stored records under the arguments that the run did not see again."""
        if self.unread:
            reason = "Nothing was pruned, because this source could not be read to its end."
            self.problems.append(Problem(next(iter(self.unread)), reason))
            return
        stale = stale_records(self.index.catalog, sources, arguments, self.seen, self.last_before)
        for part in batches(sorted(stale), _BATCH):
            with self.publisher.turn():
                self._take_out({paper_id: stale[paper_id] for paper_id in part})

    def _take_out(self, stale: Mapping[str, set[int]]) -> None:
        kept, lost = without(self.index.catalog, stale)
        self._store(kept)
        for paper in lost:
            self.tally["pruned"] += 1
            reason = f"No file holds this paper any more, so it was taken out: {paper.title}"
            self.problems.append(Problem(paper.sources[0], reason))
        self.publisher.remove([paper.paper_id for paper in lost])

    def _stop_if_asked(self) -> None:
        if not self.stopping():
            return
        self._place_waiting()
        self.publisher.publish()
        done = ", ".join(f"{self.tally[name]:,} {name}" for name in _COUNTS if self.tally[name])
        raise Stopped(
            f"Stopped: {done or 'nothing was read yet'}. What is stored stays; run the same "
            "command again to go on."
        )

    def _report(self, awaited: str = "") -> None:
        stored = self.tally["added"] + self.tally["updated"]
        self.watch.report(self.tally["read"], stored, awaited)

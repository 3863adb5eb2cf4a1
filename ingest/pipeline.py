"""Files to an index: read, place, store, embed, publish. Safe to stop anywhere and run again.

Order of writing: the catalog first, with every touched paper marked pending; then vectors and text
index; then the marks go and a new generation is published. A run begins by finishing the papers
that an earlier one left pending.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.catalog import StoredRecord
from ingest.chunking import chunk
from ingest.identity import digest
from ingest.index import Index
from ingest.placing import Group, Placing, pair_edits
from ingest.publishing import batches, derive, publish, rebuild, remove, repair
from ingest.readers import find_files, read
from ingest.records import Chunk, Paper, Problem, Record, Tally
from ingest.settings import IngestSettings

Edit = tuple[StoredRecord, Record]
_BATCH = 500
_COUNTS = ("read", "added", "updated", "unchanged", "merged", "skipped", "pruned")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: files finished of all files, records read, papers stored."""

    files_done: int
    files: int
    read: int
    stored: int


def ingest(
    paths: Sequence[Path],
    index: Index,
    settings: IngestSettings,
    prune: bool = False,
    most: int | None = None,
    report: Callable[[Progress], None] = lambda _: None,
) -> Tally:
    """Read all files under `paths` into the index; the caller holds the writer's lock.

    `prune` also takes out what files under `paths` no longer hold. `most` bounds the records read.
    Raises SourceError for a path that is not there, before anything is written.
    """
    files = find_files(paths)
    return _Run(index, settings, report, len(files), most).ingest(files, paths if prune else ())


def rebuild_all(index: Index, settings: IngestSettings) -> int:
    """Make vectors and text index anew from the catalog alone; returns how many papers."""
    return rebuild(index, lambda paper: chunk(paper, settings.chunk_chars, settings.chunk_overlap))


@dataclass(slots=True)
class _Run:
    index: Index
    settings: IngestSettings
    report: Callable[[Progress], None]
    files: int
    most: int | None
    tally: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    waiting: list[Record] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    files_done: int = 0
    last_before: int = 0

    def ingest(self, files: Sequence[Path], pruned_paths: Sequence[Path]) -> Tally:
        started = time.perf_counter()
        repair(self.index, self._chunks)
        self.last_before = self.index.catalog.last_record()
        for file in files:
            self._file(file)
            self.files_done += 1
            self._report()
        self._place_waiting()
        if pruned_paths:
            self._prune(pruned_paths)
        self._publish()
        return Tally(
            **{name: self.tally[name] for name in _COUNTS},
            problems=tuple(self.problems),
            seconds=round(time.perf_counter() - started, 3),
        )

    def _file(self, file: Path) -> None:
        before = self.index.catalog.records_of_file(str(file))
        by_digest: dict[str, list[StoredRecord]] = {}
        for stored in before:
            by_digest.setdefault(stored.digest, []).append(stored)
        fresh: list[Record] = []
        moved: dict[int, int] = {}
        for item in read(file):
            if self.most is not None and self.tally["read"] >= self.most:
                self.unreadable.add(str(file))
                break
            self.tally["read"] += 1
            if isinstance(item, Problem):
                self._skip(item, file)
            elif same := by_digest.get(digest(item)):
                self._unchanged(same.pop(0), item, moved)
            elif before:
                fresh.append(item)
            else:
                self._wait(item)
        gone = [
            stored
            for rows in by_digest.values()
            for stored in rows
            if stored.record_id not in self.seen
        ]
        self._edited(gone, fresh, moved)

    def _skip(self, problem: Problem, file: Path) -> None:
        self.tally["skipped"] += 1
        self.problems.append(problem)
        if problem.reason.startswith("The file could not be read"):
            self.unreadable.add(str(file))

    def _unchanged(self, stored: StoredRecord, record: Record, moved: dict[int, int]) -> None:
        self.tally["unchanged"] += 1
        self.seen.add(stored.record_id)
        if stored.record.source.line != record.source.line:
            moved[stored.record_id] = record.source.line

    def _edited(
        self, gone: Sequence[StoredRecord], fresh: Sequence[Record], moved: dict[int, int]
    ) -> None:
        """End of a file that was read before: move, update, and add what is really new."""
        if moved:
            with self.index.catalog.transaction() as writing:
                writing.move(moved)
        edits = pair_edits(gone, fresh)
        edited = [record for _, record in edits]
        for part in batches(edits, _BATCH):
            self._place([], part)
        self.seen.update(stored.record_id for stored, _ in edits)
        for record in fresh:
            if not any(record is other for other in edited):
                self._wait(record)

    def _wait(self, record: Record) -> None:
        self.waiting.append(record)
        if len(self.waiting) >= _BATCH:
            self._place_waiting()
            self._report()

    def _place_waiting(self) -> None:
        records, self.waiting = self.waiting, []
        if records:
            self._place(records, [])

    def _place(self, records: Sequence[Record], edits: Sequence[Edit]) -> None:
        everything = [*records, *(record for _, record in edits)]
        placing = Placing(self.index.catalog, everything, [old.paper_id for old, _ in edits])
        for old, record in edits:
            placing.edit(old, record)
            self.tally["updated"] += 1
        for record in records:
            self.tally["added" if placing.add(record) else "merged"] += 1
        self._store(placing.changed())

    def _store(self, groups: Sequence[Group]) -> None:
        papers = [group.paper() for group in groups]
        chunks = {paper.paper_id: self._chunks(paper) for paper in papers}
        with self.index.catalog.transaction() as writing:
            for group, paper in zip(groups, papers, strict=True):
                writing.save(paper, group.records, chunks[paper.paper_id], group.replaces)
        replaced = sorted({old for group in groups for old in group.replaces})
        derive(self.index, papers, [c for p in papers for c in chunks[p.paper_id]], replaced)
        self.unsettled += [*replaced, *(paper.paper_id for paper in papers)]

    def _chunks(self, paper: Paper) -> list[Chunk]:
        return chunk(paper, self.settings.chunk_chars, self.settings.chunk_overlap)

    def _prune(self, paths: Sequence[Path]) -> None:
        """Take out stored records under these paths that the run did not see again."""
        catalog = self.index.catalog
        stale: dict[str, set[int]] = {}
        for file in catalog.files():
            if file in self.unreadable or not any(_covers(path, file) for path in paths):
                continue
            for stored in catalog.records_of_file(file):
                if stored.record_id not in self.seen and stored.record_id <= self.last_before:
                    stale.setdefault(stored.paper_id, set()).add(stored.record_id)
        for part in batches(sorted(stale), _BATCH):
            self._take_out({paper_id: stale[paper_id] for paper_id in part})

    def _take_out(self, stale: dict[str, set[int]]) -> None:
        known = self.index.catalog.records_of_papers(sorted(stale))
        kept = {i: [r for r in rows if r.record_id not in stale[i]] for i, rows in known.items()}
        lost = [paper_id for paper_id, rows in kept.items() if not rows]
        self._store([Group(rows, {i}) for i, rows in kept.items() if rows])
        self.tally["pruned"] += len(lost)
        remove(self.index, lost)
        self.unsettled += lost

    def _publish(self) -> None:
        if self.unsettled:
            publish(self.index, self.unsettled)
            self.unsettled = []

    def _report(self) -> None:
        stored = self.tally["added"] + self.tally["updated"]
        self.report(Progress(self.files_done, self.files, self.tally["read"], stored))


def _covers(path: Path, file: str) -> bool:
    whole = path.resolve()
    return Path(file) == whole or Path(file).is_relative_to(whole)

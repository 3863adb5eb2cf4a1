"""Which index answers: the one that was named, the person's own, or the sample."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeGuard

from ingest.embedding.choice import chosen
from ingest.errors import IndexBusy, IndexDamaged
from ingest.index import CATALOG, WORK, Index
from ingest.opening import is_filled
from ingest.papers.identity import digest
from ingest.pipeline import ingest, rebuild_all
from ingest.readers import find_sources, read
from ingest.records import Problem, Record
from ingest.seal import NAME as SEAL
from ingest.seal import STORE_FOLDERS
from ingest.servers.stores import servers
from ingest.settings import IngestSettings, S, embedded
from ingest.writer_lock import only_writer

SAMPLE = Path(__file__).parent.parent / "ingest" / "corpus"
# What an index makes in its folder, but for the lock: all else there is somebody's own.
_MADE = (SEAL, *(f"{name}*" for name in (CATALOG, WORK, *STORE_FOLDERS)))


@dataclass(frozen=True, slots=True)
class Library:
    """The folder of the index that answers, and whether it holds the sample corpus."""

    folder: Path
    is_sample: bool

    def settings_of(self, settings: S) -> S:
        """The settings for this index: the sample is never on servers."""
        return embedded(settings) if self.is_sample else settings


def choose(named: Path | None, settings: IngestSettings, tell: Callable[[str], None]) -> Library:
    """The named index as it is; else the default one, or beside it the sample while it is empty.

    `tell` receives a sentence when the sample stands in.
    """
    if named is not None:
        return Library(named, is_sample=False)
    if is_filled(settings.index, servers(settings)):
        return Library(settings.index, is_sample=False)
    tell(
        f"Your index {settings.index} is empty, so the sample corpus answers. "
        "Run askpapers ingest FOLDER to use your own papers."
    )
    folder = beside(settings.index)
    make_sample(folder, settings)
    return Library(folder, is_sample=True)


def beside(index: Path) -> Path:
    """The folder of the sample, whose name no folder of one's own has.

    It is inside an index whose path has no name, such as the working folder: what is beside that
    may be out of reach.
    """
    return index.with_name(f"{index.name}.sample") if index.name else index / ".sample"


def make_sample(folder: Path, settings: IngestSettings) -> None:
    """Bring the sample index up to date: a first run takes some seconds, a later one none."""
    try:
        with only_writer(folder, settings.lock_seconds):
            index = _opened(folder, settings)
            if not _is_finished(index, settings):
                if index.damaged or not index.is_current():
                    rebuild_all(index, settings)
                ingest(_files(), index, settings, prune=True)
            index.close()
    except IndexBusy:
        # Another process is making it; what is there already can answer.
        if not is_filled(folder):
            raise


def _files() -> list[Path]:
    return sorted(SAMPLE.glob("*.txt"))


def _is_finished(index: Index, settings: IngestSettings) -> bool:
    """Whether a run stored just these files to its end, and nothing was lost since.

    Vectors are not opened for it: that takes longer than the question.
    """
    sealed = index.catalog.seal.read()
    if index.damaged or not index.is_current() or not (sealed and sealed.files):
        return False
    if index.catalog.pending() or not index.has_vectors():
        return False
    sources = find_sources([str(file) for file in _files()])
    return all(
        [(mark.line, mark.digest) for mark in index.catalog.marks_of_file(source.name)]
        == [(one.source.line, digest(one)) for one in read(source, settings) if _is_record(one)]
        for source in sources
    )


def _is_record(item: Record | Problem) -> TypeGuard[Record]:
    return isinstance(item, Record)


def _opened(folder: Path, settings: IngestSettings) -> Index:
    """The sample index, made anew where it is damaged: its papers are part of the installation."""
    try:
        return Index(folder, chosen(settings))
    except IndexDamaged:
        for entry in chain.from_iterable(map(folder.glob, _MADE)):
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        return Index(folder, chosen(settings))

"""Where the page puts papers in and takes them out: one change at a time, as the commands do it.

With no index of one's own yet the sample corpus answers. The first file that is put in makes one,
and from then on that answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

from app.collection import nothing_read
from app.engine import Engine
from app.library import Library, choose
from app.settings import Settings
from app.ui.guard import LOOPBACK
from app.writing_process import Task, write
from ingest.errors import UsageError
from ingest.progress import Progress
from ingest.records import Tally

_SAMPLE = "sample corpus – run `askpapers ingest FOLDER` to use your own"
SAMPLE_GOES = "This is the sample corpus, which gives way to the first paper of your own."
_NO_PAPERS = "It is part of the installation: put in papers of your own, and it steps aside."


def may_edit(settings: Settings, host: str) -> bool:
    """Whether who reaches the page on this host may put papers in and take them out."""
    if settings.editing == "auto":
        return host in LOOPBACK and not settings.allowed_names
    return settings.editing == "on"


class Desk:
    """The changes of one collection, and what is said of it when it has changed."""

    def __init__(self, engine: Engine, library: Library, named: Path | None, settings: Settings):
        """`library` is the one that answers, `named` the folder that was asked for, if any."""
        self._engine, self._library, self._named = engine, library, named
        self._settings = settings
        self._writing = Lock()

    @property
    def largest(self) -> int:
        """Bytes of the largest file that is taken."""
        return self._settings.upload_mb << 20

    @property
    def is_sample(self) -> bool:
        """Whether the sample corpus answers."""
        return self._library.is_sample

    @property
    def sample_papers(self) -> int:
        """How many papers of the sample answer; 0 where one's own do."""
        return self._engine.held if self.is_sample else 0

    def line(self) -> str:
        """How many papers there are, and whose."""
        held = self._engine.held
        papers = "1 paper" if held == 1 else f"{held:,} papers"
        return f"{papers} · {_SAMPLE}" if self.is_sample else papers

    def add(self, file: Path, name: str, report: Callable[[Progress], None]) -> Tally:
        """What became of the records of a file. Raises UsageError where there were none."""
        own = self._named or self._settings.index
        with self._writing:
            try:
                tally = write(Task(own, self._settings, uploads=((file, name),)), report)
                assert isinstance(tally, Tally)
            finally:
                self._settle()  # a part may be stored also where it ended early
        if tally.read == tally.skipped and len(tally.problems) < 2:
            raise UsageError(nothing_read(tally.problems, as_json=True))
        return tally

    def remove(self, paper_ids: Sequence[str]) -> int:
        """How many of these papers were taken out. Raises UsageError."""
        with self._writing:
            if self.is_sample:
                raise UsageError(f"The sample corpus stays as it is. {_NO_PAPERS}")
            folder = self._library.folder
            try:
                removed = write(Task(folder, self._settings, removed=tuple(paper_ids)))
                assert isinstance(removed, int)
            finally:
                self._settle()
        return removed

    def _settle(self) -> None:
        """Answer from the index that would answer if the page were opened now."""
        library = choose(self._named, self._settings, lambda _: None)
        self._engine.move(library.folder, library.settings_of(self._settings))
        self._library = library

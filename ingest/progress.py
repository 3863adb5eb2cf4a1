"""How far a run is, for a person who waits."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.readers import Input
from ingest.records import Problem, Record

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: files finished of all files, records read, papers stored.

    `share` is how much of the bytes has been read, in [0, 1], or None where that is not known.
    `awaited` names a pipe that has been silent for a while.
    """

    files_done: int
    files: int
    read: int
    stored: int
    seconds: float = 0.0
    share: float | None = None
    awaited: str = ""

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.read / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the end, by the share so far, or None where too little is known."""
        if not self.share or self.seconds < 1:
            return None
        return self.seconds * (1 - self.share) / self.share


@dataclass(slots=True)
class Watch:
    """Keeps the share of what has been read: whole files by bytes, the current one by lines."""

    sources: Sequence[Input]
    tell: Callable[[Progress], None]
    started: float = field(default_factory=time.perf_counter)
    done: int = 0
    bytes_done: int = 0
    bytes_here: float = 0.0
    lines: dict[Path, int] = field(default_factory=dict)
    bytes_in_all: int = -1

    def finish(self, source: Input) -> None:
        self.done += 1
        self.bytes_done += _size(source)
        self.bytes_here = 0.0

    def reach(self, source: Input, item: Record | Problem) -> None:
        """The run has come to this item of the source."""
        lines = self._lines(source)
        if lines and isinstance(item, Record):
            self.bytes_here = _size(source) * min(1.0, item.source.line / lines)

    def report(self, read: int, stored: int, awaited: str = "") -> None:
        share = (self.bytes_done + self.bytes_here) / self._total() if self._total() else None
        seconds = time.perf_counter() - self.started
        self.tell(Progress(self.done, len(self.sources), read, stored, seconds, share, awaited))

    def _total(self) -> int:
        """Bytes of all sources, added up once: there can be a hundred thousand."""
        if self.bytes_in_all < 0:
            self.bytes_in_all = sum(map(_size, self.sources))
        return self.bytes_in_all

    def _lines(self, source: Input) -> int:
        """Lines of a plain file, counted once; 0 for what cannot be counted without unpacking."""
        path = source.path
        if path is None or source.member or path.suffix.lower() == ".gz" or not path.is_file():
            return 0
        if path not in self.lines:
            self.lines[path] = _counted(path)
        return self.lines[path]


def _size(source: Input) -> int:
    """Bytes of the file; those of an archive are shared out evenly enough over its members."""
    try:
        return os.stat(source.path).st_size if source.path else 0
    except OSError:
        return 0


def _counted(path: Path) -> int:
    try:
        with path.open("rb") as stream:
            return sum(block.count(b"\n") for block in iter(lambda: stream.read(_BLOCK), b""))
    except OSError:
        return 0

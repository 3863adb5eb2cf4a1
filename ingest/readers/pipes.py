"""Pipes and standard input: bytes that come when another program writes them."""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from ingest.readers.opening import BombError

MOST_PIPED = 4 << 30
_GLANCE = 0.5  # seconds between two looks at a silent pipe


class Pipe(io.RawIOBase):
    """What a pipe delivers; `waiting` is called again and again while it is silent."""

    def __init__(
        self, descriptor: int, waiting: Callable[[], None], most: int = MOST_PIPED
    ) -> None:
        super().__init__()
        self._descriptor, self._waiting, self._left = descriptor, waiting, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._next(len(buffer))
        buffer[: len(data)] = data
        self._left -= len(data)
        if self._left < 0:
            raise BombError(
                f"It gave more than {MOST_PIPED >> 30} GB; the rest was not read. Save it as a "
                "file, and ingest that."
            )
        return len(data)

    def _next(self, size: int) -> bytes:
        while True:
            if not select.select([self._descriptor], [], [], _GLANCE)[0]:
                self._waiting()
                continue
            try:
                return os.read(self._descriptor, size)
            except BlockingIOError:  # another reader of the pipe was quicker
                continue


@contextmanager
def piped(path: Path, waiting: Callable[[], None]) -> Iterator[BinaryIO]:
    """The bytes of a pipe, which need not have a writer yet."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        yield cast(BinaryIO, io.BufferedReader(Pipe(descriptor, waiting)))
    finally:
        os.close(descriptor)


def standard_input(waiting: Callable[[], None]) -> BinaryIO:
    """The bytes of standard input. Raises OSError where it is closed."""
    if sys.stdin is None:
        raise OSError("standard input is closed")
    stream = sys.stdin.buffer
    try:
        descriptor = stream.fileno()
        select.select([descriptor], [], [], 0)
    except (OSError, ValueError):
        # Not every system can look whether anything came.
        return cast(BinaryIO, stream)
    return cast(BinaryIO, io.BufferedReader(Pipe(descriptor, waiting)))

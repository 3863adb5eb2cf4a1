"""Byte streams of inputs, plain, compressed or in an archive, and bounds on what they unpack to."""

from __future__ import annotations

import gzip
import io
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

START_BYTES = 1 << 16
_GZIP = b"\x1f\x8b"
# Text packs to a third or a tenth; what unpacks to far more was made to fill a disk.
_MOST_RATIO = 100
_FREE_BYTES = 32 * 1024 * 1024


class BombError(ValueError):
    """The input unpacks to more than any real one does."""


class _Joined(io.RawIOBase):
    """A stream from its beginning, after `start` was read from it; bounded to `most` bytes."""

    def __init__(self, start: bytes, rest: BinaryIO, most: int | None = None) -> None:
        super().__init__()
        self._start, self._rest, self._most, self._read = start, rest, most, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        size = len(buffer)
        data, self._start = (
            (self._start[:size], self._start[size:])
            if self._start
            else (self._rest.read(size), b"")
        )
        buffer[: len(data)] = data
        self._read += len(data)
        if self._most is not None and self._read > self._most:
            raise BombError
        return len(data)


def start_of(stream: BinaryIO) -> bytes:
    """The first bytes of a stream, unpacked if it is gzip; it may be shorter than START_BYTES."""
    start = _filled(stream)
    if not start.startswith(_GZIP):
        return start
    try:
        return _filled(
            cast(
                BinaryIO,
                gzip.GzipFile(fileobj=cast(BinaryIO, io.BufferedReader(_Joined(start, stream)))),
            )
        )
    except (OSError, EOFError, zlib.error):
        return b""


def _filled(stream: BinaryIO) -> bytes:
    parts, size = [], 0
    while size < START_BYTES and (part := stream.read(START_BYTES - size)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


@contextmanager
def opened(path: Path | None, member: str = "") -> Iterator[tuple[bytes, BinaryIO]]:
    """The first bytes of an input and its whole stream, unpacked; standard input for no path.

    Raises OSError, EOFError, zlib.error or zipfile.BadZipFile for what cannot be read, BombError
    (also while the stream is read) for what unpacks without measure.
    """
    if path is None:
        yield _unpacked(sys.stdin.buffer, None)
        return
    if not member:
        with path.open("rb") as stream:
            yield _unpacked(stream, path.stat().st_size)
        return
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(member)
        if info.file_size > max(_FREE_BYTES, info.compress_size * _MOST_RATIO):
            raise BombError
        with archive.open(info) as stream:
            yield _unpacked(cast(BinaryIO, stream), info.compress_size)


def _unpacked(stream: BinaryIO, packed: int | None) -> tuple[bytes, BinaryIO]:
    start = _filled(stream)
    whole = cast(BinaryIO, io.BufferedReader(_Joined(start, stream)))
    if not start.startswith(_GZIP):
        return start, whole
    inner = cast(BinaryIO, gzip.GzipFile(fileobj=whole))
    start = _filled(inner)
    most = None if packed is None else max(_FREE_BYTES, packed * _MOST_RATIO)
    return start, cast(BinaryIO, io.BufferedReader(_Joined(start, inner, most)))

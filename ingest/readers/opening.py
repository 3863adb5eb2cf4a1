"""Byte streams of inputs, plain, compressed or in an archive, and bounds on what they unpack to."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable
from typing import BinaryIO, cast

START_BYTES = 1 << 16
_GZIP = b"\x1f\x8b"
# Text packs to a third or a tenth; what unpacks to far more was made to fill a disk.
MOST_RATIO = 100
FREE_BYTES = 32 * 1024 * 1024
UNPACKS_TO_MUCH = (
    "It unpacks to more than a hundred times its size, as archives do that were made to fill a "
    "disk; it was not read further."
)


class BombError(Exception):
    """The input is larger than any real one; the message says so to a person."""


class _Joined(io.RawIOBase):
    """A stream from its beginning, after `start` was read from it; bounded to `most()` bytes."""

    def __init__(self, start: bytes, rest: BinaryIO, most: Callable[[], int] | None = None) -> None:
        super().__init__()
        self._start, self._rest, self._most, self.delivered = start, rest, most, 0

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
        self.delivered += len(data)
        if self._most is not None and self.delivered > self._most():
            raise BombError(UNPACKS_TO_MUCH)
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


def unpacked(stream: BinaryIO) -> tuple[bytes, BinaryIO]:
    """The first bytes of a stream and the whole of it, unpacked if it is gzip.

    Raises OSError, EOFError or zlib.error for what cannot be unpacked, and BombError, also while
    the stream is read, for what unpacks without measure.
    """
    start = _filled(stream)
    packed = _Joined(start, stream)
    whole = cast(BinaryIO, io.BufferedReader(packed))
    if not start.startswith(_GZIP):
        return start, whole
    inner = cast(BinaryIO, gzip.GzipFile(fileobj=whole))
    start = _filled(inner)

    def most() -> int:
        return max(FREE_BYTES, packed.delivered * MOST_RATIO)

    return start, cast(BinaryIO, io.BufferedReader(_Joined(start, inner, most)))

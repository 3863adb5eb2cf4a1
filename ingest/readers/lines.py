"""Text of a byte stream, whatever its encoding, and its lines with their numbers."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO, TextIO

LONGEST_LINE = 16 * 1024 * 1024
_ERRORS = "windows-western"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,100}encoding\s*=\s*["']([\w.-]{1,40})["']""")


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are not UTF-8 as Windows Latin-1, so that one bad byte costs one letter."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error(_ERRORS, _as_windows)


def encoding_of(start: bytes) -> str:
    """The encoding that the first bytes of a text show; UTF-8 where they show none."""
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return encoding
    even, odd = start[:1000:2].count(0), start[1:1000:2].count(0)
    if min(len(start), 1000) > 8 and max(even, odd) > min(len(start), 1000) * 0.3:
        return "utf-16-be" if even > odd else "utf-16-le"
    declared = _DECLARED.match(start)
    if declared:
        return _usable(declared.group(1).decode("ascii"))
    return "utf-8"


def _usable(declared: str) -> str:
    """The name of an encoding that a declaration can be read before knowing, else UTF-8."""
    try:
        if b"<?xml".decode(declared) == "<?xml":
            return codecs.lookup(declared).name
    except (LookupError, UnicodeError):
        pass
    return "utf-8"


def text_of(stream: BinaryIO, start: bytes) -> TextIO:
    """The decoded text of a stream that begins with `start`. Decoding raises nothing."""
    encoding = encoding_of(start)
    errors = _ERRORS if encoding.startswith("utf-8") else "replace"
    # Old Macs end lines with a carriage return alone; elsewhere only "\n" ends one.
    newline = None if b"\r" in start and b"\n" not in start else "\n"
    return io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline=newline)


class Lines:
    """Pairs of 1-based line number and text without line end.

    A line beyond LONGEST_LINE characters comes as an empty one; its number goes into `overlong`.
    """

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self.overlong: list[int] = []

    def __iter__(self) -> Iterator[tuple[int, str]]:
        number = 0
        while line := self._text.readline(LONGEST_LINE):
            number += 1
            if len(line) < LONGEST_LINE or line.endswith("\n"):
                yield number, line.rstrip("\r\n")
                continue
            self.overlong.append(number)
            while line and not line.endswith("\n"):
                line = self._text.readline(LONGEST_LINE)
            yield number, ""

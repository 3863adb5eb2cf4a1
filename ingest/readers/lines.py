"""Lines of a text file with their numbers, whatever the encoding."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def numbered_lines(file: Path) -> Iterator[tuple[int, str]]:
    """Pairs of 1-based line number and text without line end. Only "\\n" and "\\r\\n" end a line.

    A line that is not UTF-8 is read as Windows Latin-1, so that one bad byte costs one letter.
    """
    with file.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            yield number, decoded(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)


def decoded(line: bytes) -> str:
    line = line.rstrip(b"\r\n")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")

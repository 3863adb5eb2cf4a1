"""Files to records: which files there are, which reader each one needs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ingest.errors import SourceError
from ingest.readers import jsonl, layouts
from ingest.readers.lines import numbered_lines
from ingest.records import Problem, Record

Item = Record | Problem
_SNIFF_BYTES = 4096
# A folder holds other things too; files named on the command line are always read.
_READ_ENDINGS = frozenset({".txt", ".text", ".jsonl", ".ndjson", ".json", ""})


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Files to read, absolute, in a stable order: files as named, folders walked.

    Hidden files and folders, README files and links that lead out of a folder are left out.
    Raises SourceError for a path that is not there.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise SourceError(
                f"There is no file or folder {path}. Check the path, then run askpapers ingest again."
            )
        for file in _walk(path.resolve()) if path.is_dir() else [path.resolve()]:
            found.setdefault(file)
    return list(found)


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(parent) / name
            if name.startswith(".") or name.upper().startswith("README"):
                continue
            if file.suffix.lower() in _READ_ENDINGS and _inside(file, folder):
                yield file


def _inside(file: Path, folder: Path) -> bool:
    return file.is_file() and file.resolve().is_relative_to(folder)


def read(file: Path) -> Iterator[Item]:
    """Records and problems of one file in order, whatever its layout. Raises nothing for bad data."""
    try:
        with file.open("rb") as stream:
            start = stream.read(_SNIFF_BYTES)
        if not start.strip():
            yield Problem(f"{file}:1", "The file is empty.")
        elif _is_binary(start):
            yield Problem(
                f"{file}:1",
                "This is not a text file. Export the abstracts as text or JSONL and ingest that.",
            )
        else:
            reader = (
                jsonl.read if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" else layouts.read
            )
            yield from reader(str(file), numbered_lines(file))
    except OSError as error:
        yield Problem(f"{file}:1", f"The file could not be read ({error.strerror or error}).")


def _is_binary(start: bytes) -> bool:
    control = sum(byte < 9 or 13 < byte < 32 for byte in start)
    return b"\0" in start or control > len(start) * 0.05

"""What people name on the command line, made into inputs that can be read one after another."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import SourceError
from ingest.readers.archives import MEMBER, members
from ingest.readers.naming import name_of
from ingest.readers.opening import start_of
from ingest.readers.sniffing import is_bibliographic
from ingest.records import Problem

STDIN = "-"
ARXIV = "arxiv:"
# A folder holds other things too; files named on the command line are always read.
_READ_ENDINGS = frozenset(
    ".txt .text .jsonl .ndjson .json .bib .bibtex .ris .nbib .medline .ciw .isi .csv .tsv .tab"
    " .xml .atom .gz .zip".split()
)
_CODE_ENDINGS = frozenset(
    ".py .js .html .htm .css .md .rst .yaml .yml .toml .ini .cfg .sh .log .pdf".split()
)


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to read: a file or pipe, a member of a ZIP archive, standard input, or a query.

    `name` is what the sources of its records are called: the file's absolute path,
    `archive.zip!member`, `-`, or `arxiv:QUERY`. `problem` says why it is not read at all.
    """

    name: str
    path: Path | None = None
    member: str = ""
    problem: Problem | None = None

    @property
    def query(self) -> str:
        """The query to arXiv, or ""."""
        return (
            self.name.removeprefix(ARXIV)
            if self.path is None and self.name.startswith(ARXIV)
            else ""
        )


def find_sources(arguments: Sequence[str]) -> list[Input]:
    """Inputs in a stable order: as named, folders walked, archives opened to see their members.

    Raises SourceError for a path that is not there or is a device, and for an empty query.
    """
    found: dict[Input, None] = {}
    for argument in arguments:
        if argument == STDIN:
            found.setdefault(Input(STDIN))
        elif argument.startswith(ARXIV):
            found.setdefault(_query(argument))
        else:
            for file in find_files([Path(argument)]):
                found.update(dict.fromkeys(inputs_of(file)))
    return list(found)


def covers(argument: str, name: str) -> bool:
    """Whether the input called `name` is the argument or lies under it: pruning looks only there.

    Never for standard input, pipes and queries: what they do not show this time may still exist.
    """
    if argument == STDIN or argument.startswith(ARXIV) or name == STDIN or name.startswith(ARXIV):
        return False
    path = Path(argument)
    if path.is_fifo():
        return False
    whole = name_of(path.resolve())
    return Path(name).is_relative_to(whole) or name.startswith(f"{whole}{MEMBER}")


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Files and pipes to read, absolute, in a stable order: files as named, folders walked.

    Hidden files and folders, README files and links that lead out of a folder are left out, and so
    are files of other kinds unless their content is that of a bibliographic export.
    Raises SourceError for a path that is not there or is a device.
    """
    found: dict[Path, None] = {}
    for path in paths:
        found.update(dict.fromkeys(_files(path)))
    return list(found)


def _files(path: Path) -> Iterator[Path]:
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise SourceError(
            f"There is no file or folder {name_of(path)}. "
            "Check the path, then run askpapers ingest again."
        ) from None
    if stat.S_ISDIR(mode):
        yield from _walk(path.resolve())
    elif stat.S_ISREG(mode):
        yield path.resolve()
    elif stat.S_ISFIFO(mode):
        # What /dev/fd/63 leads to has no path of its own.
        yield Path(os.path.abspath(path))
    else:
        raise SourceError(
            f"{name_of(path)} is a device or socket, which has no end: name a file, a folder or a "
            "pipe, or - for standard input."
        )


def inputs_of(file: Path) -> list[Input]:
    """The file itself, or its members where it is a ZIP archive that can be opened."""
    name = name_of(file)
    held = members(file) if file.is_file() else None
    if held is None:
        return [Input(name, file)]
    return [
        Input(f"{name}{MEMBER}{name_of(member)}" if member else name, file, member, problem)
        for member, problem in held
    ]


def _query(argument: str) -> Input:
    query = " ".join(argument.removeprefix(ARXIV).split())
    if not query:
        raise SourceError(
            'Write a query after "arxiv:", as in askpapers ingest "arxiv:cat:cs.IR AND abs:graphs".'
        )
    return Input(ARXIV + query)


def _walk(folder: Path) -> Iterator[Path]:
    closed: list[Path] = []
    for parent, folders, names in os.walk(folder, onerror=lambda e: closed.append(e.filename)):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(parent) / name
            if (
                name.startswith(".")
                or name.upper().startswith("README")
                or not _inside(file, folder)
            ):
                continue
            ending = file.suffix.lower()
            if (
                ending in _READ_ENDINGS
                or not ending
                or (ending not in _CODE_ENDINGS and _is_export(file))
            ):
                yield file
    # A folder that may not be entered is read like a file, and so told like one.
    yield from map(Path, closed)


def _inside(file: Path, folder: Path) -> bool:
    return file.is_file() and file.resolve().is_relative_to(folder)


def _is_export(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return is_bibliographic(start_of(stream))
    except OSError:
        return False

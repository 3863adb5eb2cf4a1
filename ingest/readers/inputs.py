"""What people name on the command line, made into inputs that can be read one after another."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import SourceError
from ingest.readers.opening import start_of
from ingest.readers.sniffing import is_bibliographic

STDIN = "-"
ARXIV = "arxiv:"
_MEMBER = "!"
_MOST_MEMBERS = 10_000
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
    """One thing to read: a file, a member of a ZIP archive, standard input or a query to arXiv.

    `name` is what the sources of its records are called: the file's absolute path,
    `archive.zip!member`, `-`, or `arxiv:QUERY`.
    """

    name: str
    path: Path | None = None
    member: str = ""

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

    Raises SourceError for a path that is not there and for an empty query.
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

    Never for standard input and queries: what they do not show this time may still exist.
    """
    if argument == STDIN or argument.startswith(ARXIV) or name == STDIN or name.startswith(ARXIV):
        return False
    whole = Path(argument).resolve()
    return Path(name).is_relative_to(whole) or name.startswith(f"{whole}{_MEMBER}")


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Files to read, absolute, in a stable order: files as named, folders walked.

    Hidden files and folders, README files and links that lead out of a folder are left out, and so
    are files of other kinds unless their content is that of a bibliographic export.
    Raises SourceError for a path that is not there.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise SourceError(
                f"There is no file or folder {path}. "
                "Check the path, then run askpapers ingest again."
            )
        for file in _walk(path.resolve()) if path.is_dir() else [path.resolve()]:
            found.setdefault(file)
    return list(found)


def inputs_of(file: Path) -> list[Input]:
    """The file itself, or its members where it is a ZIP archive that can be opened."""
    try:
        if not zipfile.is_zipfile(file):
            return [Input(str(file), file)]
        with zipfile.ZipFile(file) as archive:
            members = [info.filename for info in archive.infolist()]
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return [Input(str(file), file)]
    if len(members) > _MOST_MEMBERS or "[Content_Types].xml" in members:
        return [Input(str(file), file)]
    return [
        Input(f"{file}{_MEMBER}{name}", file, name) for name in sorted(members) if _is_read(name)
    ]


def _is_read(member: str) -> bool:
    parts = member.split("/")
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return bool(parts[-1]) and not hidden and not parts[-1].upper().startswith("README")


def _query(argument: str) -> Input:
    query = " ".join(argument.removeprefix(ARXIV).split())
    if not query:
        raise SourceError(
            'Write a query after "arxiv:", as in askpapers ingest "arxiv:cat:cs.IR AND abs:graphs".'
        )
    return Input(ARXIV + query)


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
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


def _inside(file: Path, folder: Path) -> bool:
    return file.is_file() and file.resolve().is_relative_to(folder)


def _is_export(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return is_bibliographic(start_of(stream))
    except OSError:
        return False

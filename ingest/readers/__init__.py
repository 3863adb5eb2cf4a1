"""Inputs to records: which inputs there are, which format each one is in, and its reader."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from ingest.readers.archives import DAMAGE, MEMBER, Archives, damaged
from ingest.readers.inputs import Input, covers, find_files, find_sources, inputs_of
from ingest.readers.lines import LONGEST_LINE, Lines, text_of
from ingest.readers.naming import name_of, path_of
from ingest.readers.opening import BombError, unpacked
from ingest.readers.pipes import piped, standard_input
from ingest.readers.problems import Unread
from ingest.readers.sniffing import Format, decoded, format_of
from ingest.readers.uploads import uploaded
from ingest.records import Problem, Record
from ingest.settings import IngestSettings, load

__all__ = [
    "MEMBER",
    "Archives",
    "Input",
    "Item",
    "Unread",
    "covers",
    "find_files",
    "find_sources",
    "name_of",
    "path_of",
    "read",
    "uploaded",
]

Item = Record | Problem
_REFUSED: dict[Format, str] = {
    "empty": "The file is empty.",
    "binary": "This is not a text file. Export the papers as BibTeX, RIS, CSV or text instead.",
    "pdf": "This is a PDF, and askpapers reads abstracts: export them as BibTeX, RIS or CSV.",
    "archive": "This kind of archive, or one inside another, is not opened: unpack it first.",
    "office": "This is an Office document. Save it as CSV or text and ingest that.",
    "xml": "This XML is neither an answer of arXiv nor a volume of the ACL Anthology.",
    "html": "This is a web page. Export the papers as BibTeX, RIS, CSV or JSON and ingest that.",
}


def read(
    source: Input | Path,
    settings: IngestSettings | None = None,
    most: int | None = None,
    archives: Archives | None = None,
    waiting: Callable[[], None] = lambda: None,
) -> Iterator[Item]:
    """Records and problems of one input in order, whatever its format. Raises nothing for bad data.

    `most` is how many the caller means to take; it only keeps requests to arXiv small. `archives`
    keeps an archive open from one of its members to the next; `waiting` is called again and again
    while a pipe is silent, and may raise.
    A problem that is an Unread says that the input may hold more papers than were seen.
    """
    if isinstance(source, Path):
        for inner in inputs_of(source):
            yield from read(inner, settings, most, archives, waiting)
    elif source.problem:
        yield source.problem
    elif source.query:
        from ingest.readers import arxiv_live

        settings = settings or load(IngestSettings)
        yield from arxiv_live.read(
            source.name, source.query, settings.arxiv_url, settings.arxiv_seconds, most
        )
    elif archives is None:
        with Archives() as opened:
            yield from _from_bytes(source, opened, waiting)
    else:
        yield from _from_bytes(source, archives, waiting)


def _from_bytes(source: Input, archives: Archives, waiting: Callable[[], None]) -> Iterator[Item]:
    place = f"{source.name}:1"
    try:
        with _opened(source, archives, waiting) as stream:
            yield from _items(source.name, *unpacked(stream))
    except BombError as error:
        yield Unread(place, str(error))
    except OSError as error:
        yield Unread(place, f"The file could not be read ({error.strerror or error}).")
    except (zlib.error, EOFError, *DAMAGE) as error:
        yield Unread(place, damaged(error))


@contextmanager
def _opened(source: Input, archives: Archives, waiting: Callable[[], None]) -> Iterator[BinaryIO]:
    """The bytes of an input, packed as they are."""
    if source.path is None:
        yield standard_input(waiting)
    elif source.member:
        archive, info = archives.find(source.path, source.member)
        with archive.open(info) as stream:
            yield cast(BinaryIO, stream)
    elif source.path.is_fifo():
        with piped(source.path, waiting) as stream:
            yield stream
    else:
        with source.path.open("rb") as stream:
            yield stream


def _items(name: str, start: bytes, stream: BinaryIO) -> Iterator[Item]:
    found = format_of(start)
    if found in _REFUSED:
        yield Problem(f"{name}:1", _REFUSED[found])
        return
    with text_of(stream, start) as text:
        if found == "json":
            from ingest.readers import json_documents

            yield from json_documents.read(name, text, json_documents.container(decoded(start)))
            return
        lines = Lines(text)
        item = None
        for item in _reader(found, name, lines):
            yield from _overlong(name, lines)
            yield item
        yield from _overlong(name, lines)
        if item is None:
            yield Problem(f"{name}:1", "The file has a heading and holds no papers.")


def _reader(found: Format, name: str, lines: Lines) -> Iterator[Item]:
    """The records of a file in this format, whose libraries are loaded only now."""
    if found == "jsonl":
        from ingest.readers import jsonl

        return jsonl.read(name, lines)
    if found == "bibtex":
        from ingest.readers import bibtex

        return bibtex.read(name, lines)
    if found in ("ris", "wos", "medline"):
        from ingest.readers import tagged

        dialects = {"ris": tagged.RIS, "wos": tagged.WOS, "medline": tagged.MEDLINE}
        return tagged.read(name, lines, dialects[found])
    if found == "atom":
        from ingest.readers import atom

        return atom.read(name, lines)
    if found == "anthology":
        from ingest.readers import anthology

        return anthology.read(name, lines)
    if found == "table":
        from ingest.readers import tables

        return tables.read(name, lines)
    from ingest.readers import layouts

    return layouts.read(name, lines)


def _overlong(name: str, lines: Lines) -> Iterator[Problem]:
    """A problem for each line left out since the last call."""
    while lines.overlong:
        number = lines.overlong.pop(0)
        yield Problem(
            f"{name}:{number}",
            f"The line is longer than {LONGEST_LINE >> 20} million characters, as no record is; "
            "it was left out.",
        )

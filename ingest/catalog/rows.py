"""Papers, records and names as rows of the catalog, and back: plain data, no database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any
from zlib import crc32

from ingest.papers.identity import digest, head
from ingest.records import Chunk, Paper, Record, Source
from ingest.text.acronyms import definitions
from ingest.text.people import folded
from ingest.text.titles import method_name

# Values of a row in the order of its table's columns: half the work of a mapping.
Row = tuple[str | int, ...]

# What a paper says, in the order in which its checksum reads it.
_SAID = (
    "paper_id", "abstract", "title", "title_derived", "authors", "year", "venue", "url",
    "source_ids",
)  # fmt: skip
_CONTENT = tuple(field.name for field in fields(Record) if field.name != "source")


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as an earlier run stored it, with the paper it went into."""

    record_id: int
    paper_id: str
    digest: str
    record: Record


@dataclass(frozen=True, slots=True)
class Mark:
    """By what a stored record is known again in its file, without its content."""

    record_id: int
    line: int
    digest: str


@dataclass(frozen=True, slots=True)
class Name:
    """A name that a paper defines. `own` marks the name of what the paper itself proposes."""

    paper_id: str
    name: str
    expansion: str
    own: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper to store, with all its records, in place of the papers `replaces`."""

    paper: Paper
    records: Sequence[StoredRecord]
    replaces: AbstractSet[str] = frozenset()


@lru_cache(maxsize=10_000)
def fold(name: str) -> str:
    """A name as the catalog compares it: lower case, letters and digits only."""
    return "".join(filter(str.isalnum, name.casefold()))


def singular(name: str) -> str:
    """An acronym without the "s" of its plural: "SRMs" as "SRM"; other names unchanged."""
    plural = len(name) > 2 and name.endswith("s") and name[-2].isupper()
    return name[:-1] if plural else name


def stored(record: Record, record_id: int = 0) -> StoredRecord:
    """A record that has no row yet, or that takes over the row of its former version."""
    return StoredRecord(record_id, "", digest(record), record)


def paper_of(row: Any, aliases: Sequence[str], sources: Sequence[str]) -> Paper:
    """The paper of a row, with the names and sources that stand in other tables."""
    return Paper(
        paper_id=row.paper_id, abstract=row.abstract, title=row.title,
        title_derived=bool(row.title_derived), authors=tuple(row.authors), year=row.year,
        venue=row.venue, url=row.url, aliases=tuple(sorted(aliases)), sources=tuple(sources),
        source_ids=tuple(row.source_ids),
    )  # fmt: skip


def checksum(values: Sequence[Any]) -> int:
    """The CRC-32 of what a paper's row says, by which a damaged one is known."""
    parts = ("\x1e".join(one) if isinstance(one, list) else str(one) for one in values)
    return crc32("\x1f".join(parts).encode("utf-8", "surrogatepass"))


def is_sound(row: Any) -> bool:
    """Whether the row of a paper says what it said when it was stored."""
    try:
        return bool(row.checksum == checksum(said(row)))
    except TypeError:  # a list of something else than texts
        return False


def said(row: Any) -> list[Any]:
    """What the row of a paper says, in the order of its checksum."""
    return [getattr(row, name) for name in _SAID]


def paper_row(paper: Paper) -> dict[str, Any]:
    """The row of a paper."""
    row = {
        "paper_id": paper.paper_id, "abstract": paper.abstract, "head": head(paper.abstract),
        "title": paper.title, "title_derived": paper.title_derived, "authors": list(paper.authors),
        "year": paper.year, "venue": paper.venue, "url": paper.url,
        "source_ids": list(paper.source_ids),
    }  # fmt: skip
    return row | {"checksum": checksum([row[name] for name in _SAID])}


def record_row(stored: StoredRecord, paper_id: str) -> dict[str, Any]:
    """The row of a record of this paper."""
    # Faster than `asdict`, which copies every string of every record.
    content = {name: getattr(stored.record, name) for name in _CONTENT}
    source = stored.record.source
    row = {"paper_id": paper_id, "file": source.file, "line": source.line, "digest": stored.digest}
    return row | {"content": content, "record_id": stored.record_id}


def numberless(row: dict[str, Any]) -> dict[str, Any]:
    """A row that the database is to number."""
    return {key: value for key, value in row.items() if key != "record_id"}


def stored_record(row: Any) -> StoredRecord:
    """The record of a row."""
    content = row.content if isinstance(row.content, dict) else json.loads(row.content)
    lists = {key: tuple(content[key]) for key in ("authors", "source_ids")}
    record = Record(source=Source(row.file, row.line), **(content | lists))
    return StoredRecord(row.record_id, row.paper_id, row.digest, record)


def chunk_row(chunk: Chunk) -> Row:
    """The row of a chunk; its text is that of its paper."""
    return (chunk.chunk_id, chunk.paper_id, chunk.start, chunk.end)


def name_rows(paper: Paper) -> list[Row]:
    """Names, their expansions and the real title, each under the form it is looked up by."""
    own = method_name(paper.abstract)
    found = {definition.short: definition.expansion for definition in definitions(paper.abstract)}
    if own:
        found.setdefault(own, "")
    rows: list[Row] = [
        (paper.paper_id, key, name, expansion, name == own)
        for name, expansion in found.items()
        for key in dict.fromkeys((fold(name), fold(singular(name)), fold(expansion)))
        if key
    ]
    own_names = [] if paper.title_derived else [paper.title, *_named_in_title(paper.title)]
    titles: list[Row] = [(paper.paper_id, fold(name), name, "", True) for name in own_names]
    return rows + [row for row in titles if row[1]]


def _named_in_title(title: str) -> list[str]:
    """The name before the colon of "DiaLex: A Benchmark for …", of at most three words."""
    name, colon, _ = title.partition(":")
    given = name.split()
    proper = len(given) == 1 or all(word[0].isupper() for word in given)
    return [name] if colon and 0 < len(given) <= 3 and len(name) > 2 and proper else []


def author_rows(paper: Paper) -> list[Row]:
    """The words of each author's name, as they are looked up."""
    return [
        (paper.paper_id, word, name)
        for name in paper.authors
        for word in dict.fromkeys(folded(name))
        if len(word) > 1
    ]

"""Tables with a heading line: CSV and TSV from Zotero, Scopus, Embase, Elicit, Web of Science."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ingest.readers.entries import Entry, item
from ingest.readers.lines import LONGEST_LINE, Lines
from ingest.readers.problems import Unread, shown
from ingest.records import Problem, Record
from ingest.text.cleaning import clean
from ingest.text.people import given_first, split_authors

# Usual names of a column, best first; a heading is compared in lower case, letters and digits only.
_COLUMNS = {
    "abstract": (
        "abstract", "abstract note", "abstract text", "paper abstract", "ab", "summary",
        "original abstract",
    ),
    "title": ("title", "article title", "document title", "paper title", "ti", "display name"),
    "authors": (
        "author full names", "authors", "author", "author names", "author s", "af", "au",
        "authors full names",
    ),
    "year": (
        "year", "publication year", "pub year", "py", "published year", "publication date",
        "cover date", "date", "published",
    ),
    "venue": (
        "publication title", "source title", "journal", "venue", "journal title", "journal book",
        "so", "container title", "booktitle", "conference name", "journal name",
    ),
    "source": ("source",),
    "url": ("url", "link", "urls", "paper url", "article url", "pdf url"),
    "doi": ("doi", "doi link", "di"),
    "arxiv": ("arxiv id", "arxiv", "arxivid"),
    "id": (
        "id", "key", "eid", "ut", "ut unique wos id", "pmid", "paper id", "paperid",
        "accession number", "pui", "ut unique id",
    ),
}  # fmt: skip
_SEPARATORS = ",\t;|"
_SEPARATOR_HINT = re.compile(r"^\W?sep=(.)\s*$")
# "Endoscopic Ultrasound (2014) 3:3 (152-160)": journal, then year.
_JOURNAL_YEAR = re.compile(r"^(?P<venue>.+?) \((?P<year>\d{4})\)")
_AUTHOR_NUMBER = re.compile(r"\s*\(\d+\)")


@dataclass(frozen=True, slots=True)
class Heading:
    """The separator of a table and the column of each field that it has."""

    separator: str
    columns: dict[str, int]
    names: tuple[str, ...]


def heading(line: str) -> Heading | None:
    """What a line says as the heading of a table of papers, or None if it is none."""
    best: Heading | None = None
    for separator in _SEPARATORS:
        found = _heading(line, separator)
        if found and (best is None or len(found.columns) > len(best.columns)):
            best = found
    return best


def _heading(line: str, separator: str) -> Heading | None:
    if separator not in line or len(line) > 100_000:
        return None
    try:
        names = next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return None
    plain = [" ".join(re.findall(r"[^\W_]+", name.lower())) for name in names]
    columns: dict[str, int] = {}
    for kind, known in _COLUMNS.items():
        place = next((plain.index(name) for name in known if name in plain), None)
        if place is not None:
            columns[kind] = place
    is_table = {"abstract", "title"} <= columns.keys() or len(columns) >= 3
    return (
        Heading(separator, columns, tuple(names))
        if is_table and {"abstract", "title"} & columns.keys()
        else None
    )


def is_table(start: str) -> bool:
    """Whether a text begins with the heading of a table of papers."""
    lines = [line for line in start.splitlines()[:4] if line.strip("\ufeff \t")]
    if lines and _SEPARATOR_HINT.match(lines[0]):
        lines = lines[1:]
    return bool(lines) and heading(lines[0]) is not None


def read(file: str, lines: Lines) -> Iterator[Record | Problem]:
    """Records in order; quoted fields may go over several lines."""
    numbered = iter(lines)
    number, line = next(
        (
            (n, text)
            for n, text in numbered
            if text.strip("\ufeff \t") and not _SEPARATOR_HINT.match(text)
        ),
        (1, ""),
    )
    found = heading(line)
    if found is None or "abstract" not in found.columns:
        names = ", ".join(found.names) if found else ""
        yield Problem(
            f"{file}:{number}",
            f"The table has no column named “Abstract”; its columns are {shown(names)}.",
        )
        return
    csv.field_size_limit(LONGEST_LINE)
    rows = csv.reader((line + "\n" for _, line in numbered), delimiter=found.separator)
    try:
        for first, row in _rows(rows, number):
            yield item(file, _entry(row, first, found.columns))
    except csv.Error as error:
        yield Unread(
            f"{file}:{number + rows.line_num}",
            f"The table cannot be read from here on ({error}); a quote may be missing.",
        )


def _rows(rows: Iterable[list[str]], before: int) -> Iterator[tuple[int, list[str]]]:
    """First line and fields of each row that is not empty."""
    reader = iter(rows)
    while True:
        first = before + reader.line_num + 1  # type: ignore[attr-defined]
        row = next(reader, None)
        if row is None:
            return
        if any(field.strip() for field in row):
            yield first, row


def _entry(row: list[str], first: int, columns: dict[str, int]) -> Entry:
    def value(kind: str) -> str:
        place = columns.get(kind, len(row))
        return row[place].strip() if place < len(row) else ""

    source = _JOURNAL_YEAR.match(value("source"))
    return Entry(
        line=first + sum(field.count("\n") for field in row[: columns["abstract"]]),
        abstract=value("abstract"),
        title=value("title"),
        authors=[
            given_first(name)
            for name in split_authors(clean(_AUTHOR_NUMBER.sub("", value("authors"))))
        ],
        year=value("year") or (source.group("year") if source else ""),
        venue=value("venue") or (source.group("venue") if source else ""),
        url=value("url") or value("doi"),
        doi=value("doi"),
        arxiv=value("arxiv"),
        ids=[value("id")],
    )

"""Tables with a heading line: CSV and TSV from Zotero, Scopus, Embase, Elicit, Web of Science."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
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
    wanted = _width(found.names)
    at = number
    try:
        for first, row, raw in _rows(numbered, found.separator, number):
            at = first + len(raw)
            problem = _misfit(f"{file}:{first}", row, raw, wanted, found)
            yield problem or item(file, _entry(row, first, found.columns))
    except csv.Error as error:
        yield Unread(
            f"{file}:{at}",
            f"The table cannot be read from here on ({error}); a quote may be missing.",
        )


def _rows(
    lines: Iterable[tuple[int, str]], separator: str, before: int
) -> Iterator[tuple[int, list[str], list[str]]]:
    """First line, fields and lines of each row that is not empty."""
    raw: list[str] = []

    def kept() -> Iterator[str]:
        for _, line in lines:
            raw.append(line + "\n")
            yield raw[-1]

    first = before + 1
    for row in csv.reader(kept(), delimiter=separator):
        if any(field.strip() for field in row):
            yield first, row, raw
        first += len(raw)
        raw.clear()


def _misfit(
    place: str, row: Sequence[str], raw: Sequence[str], wanted: int, found: Heading
) -> Problem | None:
    """Why the fields of a row cannot be told apart, None where they can or the last are missing."""
    longer = _width(row) > len(found.names)
    shorter = len(row) < wanted
    if len(raw) > 1 and (longer or shorter or not _well_quoted(raw, found.separator)):
        return Unread(
            place,
            f"A quote seems to be missing here, or in one of the next lines: {len(raw)} lines are "
            "one row, which does not fit the heading.",
        )
    if shorter and not _well_quoted(raw, found.separator):
        return Problem(place, "A quote seems to be missing in the row, or there is one too many.")
    if not longer:
        return None
    return Problem(
        place,
        f"The row has {len(row)} fields, and the heading {len(found.names)}: a field that holds "
        f"“{found.separator}” must stand in quotes.",
    )


def _well_quoted(raw: Sequence[str], separator: str) -> bool:
    """Whether quotes stand only where a field begins or ends, but for blanks, or twice."""
    ends = re.compile(rf'" +(?={re.escape(separator)}|$)', re.M)
    plain = (ends.sub('"', line) for line in raw)
    try:
        return len(list(csv.reader(plain, delimiter=separator, strict=True))) == 1
    except csv.Error:
        return False


def _width(fields: Sequence[str]) -> int:
    """How many fields there are, but for empty ones at the end."""
    return max((n for n, field in enumerate(fields, 1) if field.strip()), default=0)


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

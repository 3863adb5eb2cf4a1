"""Formats of tagged lines: RIS, Web of Science (.ciw) and MEDLINE (.nbib)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from rispy import RisParser, WokParser

from ingest.readers.entries import Entry, item
from ingest.readers.lines import Lines
from ingest.readers.problems import Unread
from ingest.records import Problem, Record
from ingest.text.people import given_first

Fields = dict[str, Any]
_LONGEST_BLOCK = 4_000_000
_DOI_LABEL = re.compile(r"^(.*?)\s*\[doi\]$")


class _MedlineParser(RisParser):  # type: ignore[misc]  # rispy ships no types
    """MEDLINE's tags have up to four letters, and their lines are indented when they go on."""

    START_TAG = "PMID"
    DEFAULT_DELIMITER_MAPPING: ClassVar[dict[str, str]] = {}

    def parse_line(self, line: str) -> tuple[str, str] | tuple[None, str]:
        if line[4:5] == "-" and line[:4].strip().isalnum():
            return line[:4].strip(), line[6:].strip()
        # The end mark that every block is given.
        return (line[:2], "") if line.startswith("ER  -") else (None, line.strip())


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How one format marks the start and end of an entry, and what its tags mean."""

    name: str
    parser: type[RisParser]
    start: re.Pattern[str]
    end: re.Pattern[str]
    end_line: str
    abstract: tuple[str, ...]
    title: tuple[str, ...]
    authors: tuple[str, ...]
    year: tuple[str, ...]
    venue: tuple[str, ...]
    doi: tuple[str, ...]
    url: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    many: tuple[str, ...] = ()

    def tags(self) -> set[str]:
        groups = (
            self.abstract,
            self.title,
            self.authors,
            self.year,
            self.venue,
            self.doi,
            self.url,
            self.ids,
        )
        return {tag for group in groups for tag in group}


RIS = _Dialect(
    "RIS", RisParser, re.compile(r"TY  -"), re.compile(r"ER  -"), "ER  - ",
    abstract=("AB", "N2"), title=("TI", "T1"), authors=("AU", "A1"), year=("PY", "Y1", "DA"),
    venue=("JO", "JF", "T2", "BT", "JA"), doi=("DO", "DI"), url=("UR", "L2"), ids=("ID", "AN"),
    many=("AU", "A1", "UR", "L2"),
)  # fmt: skip
WOS = _Dialect(
    "Web of Science", WokParser, re.compile(r"PT \w"), re.compile(r"ER\s*$"), "ER",
    abstract=("AB",), title=("TI",), authors=("AF", "AU"), year=("PY", "EA"), venue=("SO",),
    doi=("DI",), ids=("UT",), many=("AU", "AF"),
)  # fmt: skip
MEDLINE = _Dialect(
    "MEDLINE", _MedlineParser, re.compile(r"PMID- *\d"), re.compile(r"\s*$"), "ER  - ",
    abstract=("AB",), title=("TI", "BTI"), authors=("FAU", "AU"), year=("DP", "DEP"),
    venue=("JT", "TA"), doi=("LID", "AID"), ids=("PMID",), many=("FAU", "AU", "LID", "AID"),
)  # fmt: skip


def read(file: str, lines: Lines, dialect: _Dialect) -> Iterator[Record | Problem]:
    """Records in order. Each entry is parsed by itself, so that a broken one spoils no other."""
    for first, block, closed in _blocks(lines, dialect):
        fields = _parsed(block, dialect)
        if fields is None:
            yield Problem(
                f"{file}:{first}", f"The {dialect.name} entry that begins here could not be read."
            )
        elif not closed and dialect is not MEDLINE and not _first(fields, dialect.abstract):
            yield Unread(
                f"{file}:{first}",
                f"The file ends inside the {dialect.name} entry that begins here.",
            )
        else:
            yield item(file, _entry(fields, first, block, dialect))


def _blocks(
    lines: Iterable[tuple[int, str]], dialect: _Dialect
) -> Iterator[tuple[int, list[str], bool]]:
    """First line number, lines, and whether it was closed, of each entry."""
    first, size = 0, 0
    block: list[str] = []
    for number, line in lines:
        if dialect.start.match(line):
            if block:
                yield first, block, True
            first, block, size = number, [line], 0
        elif block and (end := dialect.end.match(line)):
            yield first, block, True
            # Files that were joined: the next entry begins where the last line did not end.
            rest = line[end.end() :].lstrip()
            first, block, size = number, [rest] if dialect.start.match(rest) else [], 0
        elif block and (size := size + len(line)) <= _LONGEST_BLOCK:
            block.append(line)
    if block:
        yield first, block, False


def _parsed(block: list[str], dialect: _Dialect) -> Fields | None:
    tags = {dialect.parser.START_TAG, *dialect.tags()}
    parser = dialect.parser(
        mapping={tag: tag for tag in tags},
        list_tags=list(dialect.many),
        delimiter_tags_mapping={},
        skip_unknown_tags=True,
    )
    try:
        found = parser.parse_lines(iter([*block, dialect.end_line]))
    except (LookupError, TypeError, AttributeError, ValueError):
        return None
    return found[0] if found else None


def _entry(fields: Fields, first: int, block: list[str], dialect: _Dialect) -> Entry:
    is_medline = dialect is MEDLINE
    pmid = _first(fields, ("PMID",))
    dois = (
        [_labelled(value) for value in _all(fields, dialect.doi)]
        if is_medline
        else _all(fields, dialect.doi)
    )
    own_url = f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if is_medline and pmid.isdigit() else ""
    return Entry(
        line=first + _offset(block, dialect),
        abstract=_first(fields, dialect.abstract),
        title=_first(fields, dialect.title),
        authors=[given_first(name) for name in _names(fields, dialect)],
        year=" ".join(_all(fields, dialect.year)),
        venue=_first(fields, dialect.venue),
        url=next((url for url in _all(fields, dialect.url) if url.startswith("http")), own_url),
        doi=" ".join(filter(None, dois)),
        ids=_all(fields, dialect.ids),
    )


def _offset(block: list[str], dialect: _Dialect) -> int:
    """Lines between the start of the block and its abstract; 0 where there is none."""
    starts = [re.compile(rf"{tag}(?: {{0,2}}-| )") for tag in dialect.abstract]
    return next((i for start in starts for i, line in enumerate(block) if start.match(line)), 0)


def _names(fields: Fields, dialect: _Dialect) -> list[str]:
    return next((names for tag in dialect.authors if (names := _all(fields, (tag,)))), [])


def _all(fields: Fields, tags: Iterable[str]) -> list[str]:
    values = (fields.get(tag) for tag in tags)
    return [
        text
        for value in values
        if value
        for text in (value if isinstance(value, list) else [value])
        if text
    ]


def _first(fields: Fields, tags: Iterable[str]) -> str:
    return next(iter(_all(fields, tags)), "")


def _labelled(value: str) -> str:
    match = _DOI_LABEL.match(value)
    return match.group(1) if match else ""

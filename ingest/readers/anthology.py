"""Volumes of the ACL Anthology in its own XML."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from ingest.readers.entries import Entry, item
from ingest.readers.lines import Lines
from ingest.readers.problems import Unread
from ingest.readers.xml_records import elements, text_in
from ingest.records import Problem, Record

# "meta" comes before the papers of its volume and names their book and year.
_RECORDS = frozenset({"meta", "paper"})
_ABSTRACTS = frozenset({"abstract"})


def read(file: str, lines: Lines) -> Iterator[Record | Problem]:
    """Records in order. Front matter is no paper."""
    book, year, found = "", "", False
    for entry in elements(file, lines, _RECORDS, _ABSTRACTS):
        if isinstance(entry, Unread):
            yield entry
        elif entry.element.tag == "meta":
            book, year = (
                text_in(entry.element.find("booktitle")),
                text_in(entry.element.find("year")),
            )
        else:
            found = True
            yield item(file, _entry(entry.element, entry.line, book, year))
    if not found:
        yield Problem(f"{file}:1", "The file holds no papers.")


def _entry(paper: Element, line: int, book: str, year: str) -> Entry:
    address = text_in(paper.find("url")).strip()
    name = address.rpartition("/")[2]
    return Entry(
        line=line,
        abstract=text_in(paper.find("abstract")),
        title=text_in(paper.find("title")),
        authors=[_name(author) for author in paper.iterfind("author")],
        year=text_in(paper.find("year")) or year,
        venue=text_in(paper.find("booktitle")) or book,
        url=address if "://" in address else f"https://aclanthology.org/{name}/" if name else "",
        doi=text_in(paper.find("doi")),
        ids=[name, text_in(paper.find("bibkey")).strip()],
    )


def _name(author: Element) -> str:
    return " ".join(
        filter(None, (text_in(author.find("first")).strip(), text_in(author.find("last")).strip()))
    )

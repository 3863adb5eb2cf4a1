"""arXiv's answers in Atom."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.readers.entries import Entry, item
from ingest.readers.lines import Lines
from ingest.readers.problems import Unread
from ingest.readers.xml_records import elements, text_in
from ingest.records import Problem, Record

_RECORDS = frozenset({"entry"})
_ABSTRACTS = frozenset({"summary", "content"})
_ERROR_ID = "/api/errors"


def read(file: str, lines: Lines) -> Iterator[Record | Problem]:
    """Records in order."""
    found = False
    for entry in elements(file, lines, _RECORDS, _ABSTRACTS):
        found = True
        if isinstance(entry, Unread):
            yield entry
            continue
        texts = {child.tag: text_in(child).strip() for child in reversed(entry.element)}
        names = [text_in(author.find("name")) for author in entry.element.iterfind("author")]
        summary = texts.get("summary", "") or texts.get("content", "")
        yield answer(
            file, entry.line, texts.get("id", ""), texts.get("title", ""), summary, names,
            texts.get("published", ""), texts.get("journal_ref", ""), texts.get("doi", ""),
        )  # fmt: skip
    if not found:
        yield Problem(f"{file}:1", "The feed holds no entries: arXiv found nothing for its query.")


def answer(
    file: str,
    line: int,
    entry_id: str,
    title: str,
    summary: str,
    authors: list[str],
    published: str,
    venue: str,
    doi: str,
) -> Record | Problem:
    """One entry of an answer as a record; arXiv reports errors as entries too."""
    if _ERROR_ID in entry_id:
        return Unread(f"{file}:{line}", f"arXiv did not understand the query: {summary.strip()}.")
    url = re.sub(r"^http:", "https:", entry_id.strip())
    short = url.rpartition("/abs/")[2]
    return item(
        file,
        Entry(
            line=line, abstract=summary, title=title, authors=authors, year=published, venue=venue,
            url=url, doi=doi, arxiv=short, ids=[short],
        ),
    )  # fmt: skip

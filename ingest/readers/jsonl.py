"""JSON Lines: one paper an object, one object a line."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.json_text import parsed
from ingest.readers.entries import item
from ingest.readers.json_papers import entry_of, papers_of
from ingest.readers.lines import Lines
from ingest.records import Problem, Record


def read(file: str, lines: Lines) -> Iterator[Record | Problem]:
    """Records in order; a line that is no paper becomes a problem that says why."""
    for number, line in lines:
        if line.strip():
            yield from items(file, number, line, "line")


def items(file: str, number: int, text: str, what: str) -> Iterator[Record | Problem]:
    """The papers of one JSON value, or the problem with it; `what` it is called in a message."""
    try:
        value = parsed(text)
    except ValueError as error:
        reason = getattr(error, "msg", "a number in it is too long")
        yield Problem(f"{file}:{number}", f"The {what} is not valid JSON ({reason}).")
        return
    papers = list(papers_of(value))
    if not papers:
        yield Problem(f"{file}:{number}", f"The {what} is not a JSON object with an “abstract”.")
    for fields in papers:
        yield item(file, entry_of(fields, number))

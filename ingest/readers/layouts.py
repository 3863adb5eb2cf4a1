"""Plain text in two layouts, which one file may mix.

Abstract: one abstract on one line

Title of the paper
Last, First, Last, First
The abstract on one line
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ingest.cleaning import clean
from ingest.identity import is_boilerplate
from ingest.names import looks_like_authors, paired_authors
from ingest.records import Problem, Record, Source

_MARK = re.compile(r"^\s*abstract\s*[:：.—-]\s*", re.I)
# Shorter lines without the mark are titles, names or headings.
_ABSTRACT_WORDS = 25
_WIDE_ABSTRACT = 60

Line = tuple[int, str]


def read(file: str, lines: Iterable[Line]) -> Iterator[Record | Problem]:
    """Records in order; a line that belongs to none becomes a problem that says why."""
    waiting: list[Line] = []
    empty = True
    for number, raw in lines:
        text = raw.strip()
        if not text:
            continue
        if _MARK.match(text) or _is_abstract(text):
            empty = False
            strays, title, authors = _heading(waiting)
            waiting = []
            yield from (_stray(file, line) for line in strays)
            yield _record(file, number, _MARK.sub("", text), title, authors)
        else:
            waiting.append((number, text))
    if empty:
        yield Problem(
            f"{file}:1",
            "No abstract was found: write each one on a line of its own, after “Abstract:”, or under "
            "a title line and a line of authors.",
        )
    else:
        yield from (_stray(file, line) for line in waiting)


def _is_abstract(text: str) -> bool:
    if looks_like_authors(text):
        return False
    wide = sum(not character.isascii() and character.isalpha() for character in text)
    return len(text.split()) >= _ABSTRACT_WORDS or (wide > len(text) / 2 and wide >= _WIDE_ABSTRACT)


def _heading(waiting: list[Line]) -> tuple[list[Line], str, tuple[str, ...]]:
    """Stray lines, title and authors, of the short lines above an abstract."""
    rest = list(waiting)
    authors: tuple[str, ...] = ()
    if len(rest) >= 2 and looks_like_authors(rest[-1][1]) and not looks_like_authors(rest[-2][1]):
        authors = paired_authors(clean(rest.pop()[1]))
    title = ""
    if rest and not looks_like_authors(rest[-1][1]):
        title = clean(rest.pop()[1])
    return rest, title, authors


def _record(
    file: str, number: int, text: str, title: str, authors: tuple[str, ...]
) -> Record | Problem:
    abstract = clean(text)
    if not any(character.isalnum() for character in abstract) or is_boilerplate(abstract):
        return Problem(f"{file}:{number}", "The record has no abstract.")
    return Record(
        source=Source(file, number),
        abstract=abstract,
        title=title,
        authors=authors,
    )


def _stray(file: str, line: Line) -> Problem:
    number, text = line
    shown = text if len(text) <= 60 else text[:59] + "…"
    what = "This line of authors" if looks_like_authors(text) else "This line"
    return Problem(
        f"{file}:{number}", f"{what} stands alone, with no abstract under it: “{shown}”."
    )

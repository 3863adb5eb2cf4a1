"""Plain text in layouts that one file may mix; an abstract is a line or a paragraph of lines.

Abstract: one abstract

Title of the paper
Last, First, Last, First
The abstract

The abstract alone, as a paragraph
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ingest.readers.entries import Entry, item
from ingest.readers.problems import shown
from ingest.records import Problem, Record
from ingest.text.cleaning import clean
from ingest.text.people import looks_like_authors, paired_authors, split_authors

_TITLE_MARK = re.compile(r"^\s*title\s*[:：]\s*", re.I)
_MARK = re.compile(r"^\s*(?:abstract|摘\s?要)\s*(?:[:：.—–]|--?(?=\s|(?-i:[A-Z])|$)|$)\s*", re.I)
# Shorter text without the mark is a title, names or a heading.
_ABSTRACT_WORDS = 25
_WIDE_ABSTRACT = 60
# Lines that an editor or a mail program wrapped end near this column.
_WIDEST_WRAP = 130
_NARROWEST_WRAP = 35
_LONGEST_PARAGRAPH = 100_000
_LONGEST_HEADING = 2_000
# Short lines that may still turn out to stand above an abstract.
_MOST_WAITING = 1_000

Line = tuple[int, str]


def read(file: str, lines: Iterable[Line]) -> Iterator[Record | Problem]:
    """Records in order; a line that belongs to none becomes a problem that says why."""
    waiting: list[Line] = []
    empty = True
    for number, text in _unwrapped(lines):
        if _MARK.match(text) or _is_abstract(text):
            empty = False
            strays, title, authors = _heading(waiting)
            waiting = []
            yield from (_stray(file, line) for line in strays)
            abstract = _MARK.sub("", text)
            yield item(file, Entry(number, abstract=abstract, title=title, authors=authors))
        elif len(text) <= _LONGEST_HEADING:
            waiting.append((number, text))
        else:
            yield _stray(file, (number, text))
        if len(waiting) > _MOST_WAITING:
            yield _stray(file, waiting.pop(0))
    if empty:
        yield Problem(
            f"{file}:1",
            "No abstract was found: write each one as a paragraph, after “Abstract:”, or under "
            "a title line and a line of authors.",
        )
    else:
        yield from (_stray(file, line) for line in waiting)


def _unwrapped(lines: Iterable[Line]) -> Iterator[Line]:
    """Lines that are not empty, wrapped ones joined by line ends, under the number of the first."""
    paragraph: list[Line] = []
    size = 0
    for number, raw in lines:
        text = raw.strip()
        if text:
            paragraph.append((number, text))
            size += len(text)
        if not text or size >= _LONGEST_PARAGRAPH:
            yield from _whole(paragraph)
            paragraph, size = [], 0
    yield from _whole(paragraph)


def _whole(paragraph: list[Line]) -> Iterator[Line]:
    """A paragraph as its lines, with wrapped runs of lines joined to one."""
    run: list[Line] = []
    wrapped = all(len(text) <= _WIDEST_WRAP for _, text in paragraph)
    for line in paragraph:
        goes_on = bool(run) and not _MARK.match(line[1]) and _goes_on(run, line, wrapped)
        if run and not goes_on:
            yield from _joined(run)
            run = []
        run.append(line)
    yield from _joined(run)


def _goes_on(run: list[Line], line: Line, wrapped: bool) -> bool:
    """Whether a line only stands apart because the one before it was full, or was a heading."""
    before = run[-1][1]
    if _MARK.fullmatch(before):
        return True
    if not wrapped or looks_like_authors(before) or looks_like_authors(line[1]):
        return False
    width = max(_NARROWEST_WRAP, *(len(text) for _, text in run), len(line[1]))
    first_word = line[1].split(maxsplit=1)[0]
    return len(before) + 1 + len(first_word) > width * 0.85


def _joined(run: list[Line]) -> Iterator[Line]:
    if not run:
        return
    if len(run) > 1 and _MARK.fullmatch(run[0][1]):
        # The heading on a line of its own: the abstract begins under it.
        run = [(run[1][0], f"Abstract: {run[1][1]}"), *run[2:]]
    text = "\n".join(text for _, text in run)
    first = run[0][0]
    if len(run) == 1 or _MARK.match(text) or _is_abstract(text):
        yield first, text
    else:
        yield from run


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
    elif len(rest) >= 2 and _is_name_list(rest[-1][1]):
        authors = split_authors(clean(rest.pop()[1]))
    title = ""
    if rest and not looks_like_authors(rest[-1][1]):
        title = clean(_TITLE_MARK.sub("", rest.pop()[1]))
    return rest, title, authors


def _is_name_list(text: str) -> bool:
    """Whether a line is "Ann Lee, Bo Chen and Cy Dove": two or more names of two to four words."""
    names = re.split(r",\s*(?:and\s+)?|\s+and\s+|;\s*|\s+&\s+", text.strip().rstrip("."))
    return len(names) > 1 and all(
        1 < len(words := name.split()) < 5
        and all(word[0].isupper() for word in (words[0], words[-1]))
        for name in names
    )


def _stray(file: str, line: Line) -> Problem:
    number, text = line
    what = "This line of authors" if looks_like_authors(text) else "This line"
    return Problem(
        f"{file}:{number}", f"{what} stands alone, with no abstract under it: “{shown(text)}”."
    )

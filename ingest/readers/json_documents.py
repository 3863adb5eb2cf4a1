"""JSON that spans lines: a list of papers, an object with such a list, or objects in a row.

The text is cut into papers by its braces as it streams past, so that a file of any size takes the
memory of its largest paper, each paper knows its line, and a broken one does not hide the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO

from ingest.readers import jsonl
from ingest.readers.json_papers import LISTS, abstract_names
from ingest.readers.problems import Unread
from ingest.records import Problem, Record

# One paper with all its references and citations can be large.
LARGEST_OBJECT = 32 * 1024 * 1024
_CHUNK = 1 << 16
_TOKEN = re.compile(r'["{}\[\]\n\\]')
_STRING_TOKEN = re.compile(r'["\n\\]')
_CONTAINER = re.compile(
    r"\ufeff?\s*\{\s*(?:\"[\w@-]+\"\s*:\s*(?:\"[^\"\\]*\"|[\w.+-]+)\s*,\s*)*"
    rf"\"(?:{'|'.join(LISTS)})\"\s*:\s*\[",
    re.I,
)
_ABSTRACT_KEY = re.compile(rf'"(?:{"|".join(abstract_names())})"\s*:', re.I)


def container(start: str) -> int:
    """How deep papers lie in a document: 2 in a list in an object, 1 in a list, or 0."""
    if start.lstrip("\ufeff \t\r\n").startswith("["):
        return 1
    return 2 if _CONTAINER.match(start) else 0


def read(file: str, text: TextIO, depth: int) -> Iterator[Record | Problem]:
    """Records in order, from the objects that lie `depth` brackets deep."""
    cutter = _Cutter(depth)
    found = False
    while chunk := text.read(_CHUNK):
        for line, whole in cutter.objects(chunk):
            found = True
            yield from _items(file, line, whole)
        if cutter.kept > LARGEST_OBJECT:
            yield Unread(
                f"{file}:{cutter.start}",
                f"The object that begins here does not end within {LARGEST_OBJECT >> 20} MB; "
                "the rest of the file was left out.",
            )
            return
    if not cutter.kept and cutter.depth:
        yield Unread(f"{file}:{cutter.line}", "The file ends before its list does: it was cut off.")
    elif cutter.kept:
        yield Unread(
            f"{file}:{cutter.start}",
            "The file ends, or a bracket or quote is missing, inside the object that begins here; "
            "the rest of the file was left out.",
        )
    elif not found:
        yield Problem(
            f"{file}:1", "The file is JSON and holds no papers: no objects with an “abstract”."
        )


def _items(file: str, line: int, whole: str) -> Iterator[Record | Problem]:
    key = _ABSTRACT_KEY.search(whole)
    at = line + (whole.count("\n", 0, key.start()) if key else 0)
    yield from jsonl.items(file, at, whole, "object")


@dataclass(slots=True)
class _Cutter:
    """Cuts streamed text into the objects at one depth, and keeps `kept` characters of the last."""

    wanted: int
    depth: int = 0
    line: int = 1
    start: int = 1
    kept: int = 0
    in_string: bool = False
    escaped: bool = False
    parts: list[str] = field(default_factory=list)

    def objects(self, chunk: str) -> Iterator[tuple[int, str]]:
        """Pairs of first line and text of the objects that end in this chunk."""
        position, begun = 0, 0 if self.kept else -1
        while position < len(chunk):
            if self.escaped:
                self.escaped = False
                position += 1
                continue
            match = (_STRING_TOKEN if self.in_string else _TOKEN).search(chunk, position)
            if not match:
                break
            position = match.end()
            token = match.group()
            if token == "{" and self.depth == self.wanted and not self.parts and begun < 0:
                begun, self.start = match.start(), self.line
            if self._count(token) and (begun >= 0 or self.parts):
                yield self.start, "".join(self.parts) + chunk[max(begun, 0) : position]
                self.parts, self.kept, begun = [], 0, -1
        if begun >= 0:
            self.parts.append(chunk[begun:])
            self.kept += len(chunk) - begun

    def _count(self, token: str) -> bool:
        """Take the token in; whether it ends an object at the wanted depth."""
        if token == "\n":
            # No JSON string goes over a line end: a lost quote spoils one line, not the file.
            self.line += 1
            self.in_string = False
        elif token == "\\":
            self.escaped = self.in_string
        elif token == '"':
            self.in_string = not self.in_string
        elif token in "{[":
            self.depth += 1
        else:
            self.depth = max(self.depth - 1, 0)
            return token == "}" and self.depth == self.wanted
        return False

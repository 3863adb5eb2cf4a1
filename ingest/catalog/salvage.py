"""What can still be read of a broken catalog, page by page, without the help of its database.

A page that holds rows says so in its first byte and lists where they begin, so that rows are found
even where the pages that lead to them are lost. Each paper, record and feedback carries a checksum
of its own: what is saved is as it was stored, and what is not is left. Layout of pages and rows
after https://www.sqlite.org/fileformat.html.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ingest.catalog.feedback import Feedback, feedback_of
from ingest.catalog.rows import StoredRecord, is_sound, stored_record
from ingest.papers.identity import digest

_HEAD = 100
_LEAF = 13
_PAGE = 4096
_LEAST_ROW = 4  # bytes that a row takes in its page
_MAGIC = b"SQLite format 3\0"
# Columns by which the rows of a table are known, after the number of the row.
_PAPER = (
    "paper_id", "abstract", "head", "title", "title_derived", "authors", "year", "venue", "url",
    "source_ids", "checksum",
)  # fmt: skip
_RECORD = ("paper_id", "file", "line", "digest", "content")
_FEEDBACK = ("token", "given", "question", "liked", "content", "checksum")
_ALIAS = 2
_UNREADABLE = (
    IndexError, ValueError, TypeError, KeyError, AttributeError, struct.error, RecursionError,
)  # fmt: skip

Row = list[Any]


@dataclass(frozen=True, slots=True)
class Salvage:
    """Rows of papers, records and feedback by number, and pairs of alias and paper id."""

    papers: dict[int, dict[str, Any]] = field(default_factory=dict)
    records: dict[int, StoredRecord] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    feedback: dict[int, Feedback] = field(default_factory=dict)


def salvage(file: Path) -> Salvage:
    """Every whole paper and record in a file, which may be anything."""
    found = Salvage()
    keepers: dict[int, Callable[[Salvage, int, Row], None]] = {
        len(_PAPER) + 1: _keep_paper,
        len(_RECORD) + 1: _keep_record,
        len(_FEEDBACK) + 1: _keep_feedback,
        _ALIAS: _keep_alias,
    }
    for number, row in _rows(_Pages(file.read_bytes()), keepers.keys()):
        try:
            keepers[len(row)](found, number, row)
        except _UNREADABLE:
            continue
    return found


def _keep_paper(found: Salvage, number: int, row: Row) -> None:
    said = dict(zip(_PAPER, row[1:], strict=True))
    said["title_derived"] = bool(said["title_derived"])
    said |= {name: json.loads(said[name]) for name in ("authors", "source_ids")}
    if is_sound(SimpleNamespace(**said)):
        found.papers.setdefault(number, said)


def _keep_record(found: Salvage, number: int, row: Row) -> None:
    said = SimpleNamespace(record_id=number, **dict(zip(_RECORD, row[1:], strict=True)))
    stored = stored_record(said)
    if digest(stored.record) == stored.digest:
        found.records.setdefault(number, stored)


def _keep_feedback(found: Salvage, number: int, row: Row) -> None:
    said = SimpleNamespace(**dict(zip(_FEEDBACK, row[1:], strict=True)))
    said.content = json.loads(said.content)
    found.feedback.setdefault(number, feedback_of(said))


def _keep_alias(found: Salvage, _: int, row: Row) -> None:
    alias, paper_id = row
    if isinstance(alias, str) and isinstance(paper_id, str):
        found.aliases.setdefault(alias, paper_id)


class _Pages:
    """The pages of a file, numbered from 1, and which of them hold nothing any more."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size = _PAGE
        self.free: set[int] = set()
        if content.startswith(_MAGIC):
            size = int.from_bytes(content[16:18])
            self.size = size if size >= 512 and size & (size - 1) == 0 else _PAGE
            self.free = self._freed()

    @property
    def count(self) -> int:
        return (len(self._content) + self.size - 1) // self.size

    def __getitem__(self, number: int) -> bytes:
        if not 1 <= number <= self.count:
            raise IndexError(number)
        return self._content[(number - 1) * self.size : number * self.size]

    def _freed(self) -> set[int]:
        """Pages of rows that were deleted, as far as the file still lists them."""
        freed: set[int] = set()
        trunk = int.from_bytes(self._content[32:36])
        while 1 <= trunk <= self.count and trunk not in freed:
            page = self[trunk]
            count = min(int.from_bytes(page[4:8]), len(page) // 4 - 2)
            leaves = struct.unpack_from(f">{count}I", page, 8) if count > 0 else ()
            freed |= {trunk, *leaves}
            trunk = int.from_bytes(page[:4])
        return freed


def _rows(pages: _Pages, widths: Sequence[int] | Any) -> Iterator[tuple[int, Row]]:
    """Number and values of every row with one of these numbers of columns."""
    for number in range(1, pages.count + 1):
        page, begin = pages[number], _HEAD if number == 1 else 0
        if number in pages.free or page[begin : begin + 1] != bytes([_LEAF]):
            continue
        count = min(int.from_bytes(page[begin + 3 : begin + 5]), pages.size // _LEAST_ROW)
        for place in range(count):
            try:
                at = int.from_bytes(page[begin + 8 + 2 * place :][:2])
                row_number, payload = _cell(pages, page, at)
                kinds, at = _kinds(payload)
                if len(kinds) in widths:
                    yield row_number, _values(payload, kinds, at)
            except _UNREADABLE:
                continue


def _cell(pages: _Pages, page: bytes, at: int) -> tuple[int, bytes]:
    """The number of a row and its bytes, which may go on in other pages."""
    length, at = _varint(page, at)
    number, at = _varint(page, at)
    most = pages.size - 35
    if length <= most:
        return number, page[at : at + length]
    least = (pages.size - 12) * 32 // 255 - 23
    here = least + (length - least) % (pages.size - 4)
    here = here if here <= most else least
    payload, more = page[at : at + here], int.from_bytes(page[at + here : at + here + 4])
    while len(payload) < length:
        page = pages[more]
        payload, more = payload + page[4 : 4 + length - len(payload)], int.from_bytes(page[:4])
    return number, payload


def _kinds(payload: bytes) -> tuple[list[int], int]:
    """The kind of each value of a row, and where the values begin."""
    end, at = _varint(payload, 0)
    kinds = []
    while at < end:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    return kinds, end


_SIZES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)


def _values(payload: bytes, kinds: Sequence[int], at: int) -> Row:
    row: Row = []
    for kind in kinds:
        size = _SIZES[kind] if kind < len(_SIZES) else (kind - 12) // 2
        stored = payload[at : at + size]
        if len(stored) < size:
            raise ValueError("cut short")
        at += size
        row.append(_value(kind, stored))
    return row


def _value(kind: int, stored: bytes) -> Any:
    if kind == 0:
        return None
    if kind in (8, 9):
        return kind - 8
    if kind < 7:
        return int.from_bytes(stored, signed=True)
    return stored.decode() if kind % 2 else stored


def _varint(page: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and what comes after it."""
    number = 0
    for place in range(8):
        number = number << 7 | page[at + place] & 0x7F
        if page[at + place] < 0x80:
            return number, at + place + 1
    return number << 8 | page[at + 8], at + 9

"""Which records of a file are edits of ones that it held before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ingest.catalog import StoredRecord
from ingest.papers.identity import (
    HEAD_LETTERS,
    clash,
    fingerprint,
    letters,
    names_of,
    titles_differ,
)
from ingest.records import Record

# The least share of the longer version's words, or of the shorter one's, of which half stands in
# many a text of another paper.
_OF_LONGER = 0.5
_OF_SHORTER = 0.8
# The least share of the longer one that needs neither an id nor a line.
_NEARLY_ALL = 0.8


def pair_edits(
    old: Sequence[StoredRecord], new: Sequence[Record]
) -> list[tuple[StoredRecord, Record]]:
    """Which new records of a file are edits of ones it held before: same id, or alike.

    Only records with an id, line, title, beginning or end in common are compared, so that a file
    in which everything changed costs no more than one where nothing did.
    """
    pairs: list[tuple[StoredRecord, Record]] = []
    # By line only what nothing more telling has paired: lines move when one is put in above them.
    for traits in (_traits, _line):
        taken = {row.record_id for row, _ in pairs}
        placed = {id(record) for _, record in pairs}
        left = [row for row in old if row.record_id not in taken]
        pairs += _paired(left, [record for record in new if id(record) not in placed], traits)
    return pairs


def _paired(
    old: Sequence[StoredRecord],
    new: Sequence[Record],
    traits: Callable[[Record], list[str]],
) -> Iterator[tuple[StoredRecord, Record]]:
    by_trait: dict[str, list[StoredRecord]] = {}
    for row in old:
        for trait in traits(row.record):
            by_trait.setdefault(trait, []).append(row)
    taken: set[int] = set()
    for record in new:
        candidates = (row for trait in traits(record) for row in by_trait.get(trait, ()))
        match = next(
            (r for r in candidates if r.record_id not in taken and _is_edit(r.record, record)), None
        )
        if match:
            taken.add(match.record_id)
            yield match, record


def _traits(record: Record) -> list[str]:
    """What two versions of a record may have in common, the most telling first."""
    text = letters(record.abstract)
    return [
        *names_of(record),
        *(f"id {source_id}" for source_id in record.source_ids),
        *([f"title {letters(record.title)}"] if record.title else []),
        f"start {text[:HEAD_LETTERS]}",
        f"end {text[-HEAD_LETTERS:]}",
    ]


def _line(record: Record) -> list[str]:
    return [str(record.source.line)]


def _is_edit(old: Record, new: Record) -> bool:
    """Whether a record can be the new version of one that its file does not hold any more.

    An id of the file's own is not enough: numbers move on when a row is put in above them.
    """
    if set(names_of(old)[:-1]) & set(names_of(new)[:-1]) and not clash(old, new):
        return True
    same_id = bool(set(old.source_ids) & set(new.source_ids))
    titles_agree = not titles_differ(old.title, new.title)
    if fingerprint(old.abstract) == fingerprint(new.abstract):
        return same_id or titles_agree
    same_title = bool(old.title) and letters(old.title) == letters(new.title)
    a, b = set(old.abstract.casefold().split()), set(new.abstract.casefold().split())
    shared, (fewer, more) = len(a & b), sorted((len(a), len(b)))
    alike = shared >= _OF_LONGER * more or shared >= _OF_SHORTER * fewer
    if old.source_ids and new.source_ids:
        return same_id and (alike or same_title)
    same_line = old.source.line == new.source.line
    return shared >= _NEARLY_ALL * more or (same_line and (same_title or (alike and titles_agree)))

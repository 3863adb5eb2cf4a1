"""Whether a catalog is whole: its database, its papers and records, and what is read of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace

from ingest.batches import batches
from ingest.catalog.feedback import feedback_of
from ingest.catalog.reading import Catalog
from ingest.catalog.rows import author_rows, is_sound, name_rows, stored_record
from ingest.chunking import chunk_at
from ingest.errors import IndexDamaged
from ingest.papers.identity import digest

_BATCH = 1000


def findings(catalog: Catalog, derived: bool = False) -> list[str]:
    """What is wrong with a catalog, in a few words each; reads all of it.

    With `derived`, names, authors and chunks are compared with what is read out of the papers now:
    for a catalog whose bytes are not those that this program wrote.
    """
    try:
        found = [*catalog.integrity(), *_unsound(catalog)]
        return found or ([*_misread(catalog)] if derived else [])
    except IndexDamaged as error:
        return [str(error)]


def _unsound(catalog: Catalog) -> Iterator[str]:
    papers = records = judged = 0
    for table, rows in catalog.truth():
        if table == "papers":
            papers += sum(not is_sound(SimpleNamespace(**row)) for row in rows)
        elif table == "records":
            records += sum(not _is_as_stored(SimpleNamespace(**row)) for row in rows)
        elif table == "feedback":
            judged += sum(not _is_as_given(SimpleNamespace(**row)) for row in rows)
    if papers:
        yield f"{papers} papers are not as they were stored"
    if records:
        yield f"{records} records are not as they were stored"
    if judged:
        yield f"{judged} feedbacks are not as they were given"


def _is_as_stored(row: SimpleNamespace) -> bool:
    try:
        stored = stored_record(row)
        return stored.digest == digest(stored.record)
    except (ValueError, KeyError, TypeError):
        return False


def _is_as_given(row: SimpleNamespace) -> bool:
    try:
        feedback_of(row)
    except (ValueError, TypeError, AttributeError):
        return False
    return True


def _misread(catalog: Catalog) -> Iterator[str]:
    wrong = 0
    for ids in batches(catalog.paper_ids(), _BATCH):
        names, authors = catalog.described(ids)
        chunks = catalog.chunks(ids)
        for paper in catalog.papers(ids):
            own = [
                chunk_at(paper, start, end).chunk_id == stored
                for stored, start, end in chunks.get(paper.paper_id, ())
            ]
            wrong += not (
                all(own)
                and Counter(names.get(paper.paper_id, ())) == Counter(name_rows(paper))
                and Counter(authors.get(paper.paper_id, ())) == Counter(author_rows(paper))
            )
    if wrong:
        yield f"{wrong} papers have other names, authors or chunks than they say"

"""Whether a catalog is whole: its database, and each row that nothing else can be made from."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

from ingest.catalog.reading import Catalog
from ingest.catalog.rows import is_sound, stored_record
from ingest.errors import IndexDamaged
from ingest.papers.identity import digest


def findings(catalog: Catalog) -> list[str]:
    """What is wrong with a catalog, in a few words each; reads all of it."""
    try:
        return [*catalog.integrity(), *_unsound(catalog)]
    except IndexDamaged as error:
        return [str(error)]


def _unsound(catalog: Catalog) -> Iterator[str]:
    papers = records = 0
    for table, rows in catalog.truth():
        if table == "papers":
            papers += sum(not is_sound(SimpleNamespace(**row)) for row in rows)
        elif table == "records":
            records += sum(not _is_as_stored(SimpleNamespace(**row)) for row in rows)
    if papers:
        yield f"{papers} papers are not as they were stored"
    if records:
        yield f"{records} records are not as they were stored"


def _is_as_stored(row: SimpleNamespace) -> bool:
    try:
        stored = stored_record(row)
        return stored.digest == digest(stored.record)
    except (ValueError, KeyError, TypeError):
        return False

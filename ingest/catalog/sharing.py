"""The catalog on a server, and what it holds beside papers for all processes that ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ingest.catalog import schema
from ingest.catalog.database import Database
from ingest.catalog.dialects import among, append, listed
from ingest.catalog.postgresql import PostgresServer
from ingest.catalog.reading import Catalog
from ingest.catalog.writing import Writing
from ingest.records import Record
from ingest.servers.stores import Servers
from ingest.stores.lexicon import Leaf

_PART = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """A paper whose entry in the text index changed; no leaf where it was taken out."""

    paper_id: str
    leaf: Leaf | None


class SharedWriting(Writing):
    """The writing half of a catalog on a server."""

    def store_leaves(self, leaves: Sequence[Leaf], generation: int) -> None:
        """Keep entries of the text index in place of older ones."""
        self.drop_leaves([leaf.paper_id for leaf in leaves])
        rows = [
            (one.paper_id, generation, one.sheet, one.ranked, one.phrases, one.authors)
            for one in leaves
        ]
        append(self._connection, schema.entries, rows)

    def forget_leaves(self, paper_ids: Sequence[str], generation: int) -> None:
        """Say that these papers are in the text index no more."""
        self.drop_leaves(paper_ids)
        gone = [(paper_id, generation, None, None, None, None) for paper_id in paper_ids]
        append(self._connection, schema.entries, gone)

    def drop_leaves(self, paper_ids: Sequence[str] | None = None) -> None:
        """Take out entries without a trace, all of them where none are named."""
        column = schema.entries.c.paper_id
        chosen = sa.true() if paper_ids is None else among(column, paper_ids)
        self._connection.execute(sa.delete(schema.entries).where(chosen))

    def keep_file(self, name: str, content: bytes) -> None:
        """Keep a file that every process needs, in place of an older one."""
        table = schema.files
        self._connection.execute(sa.delete(table).where(table.c.name == name))
        self._connection.execute(sa.insert(table).values(name=name, content=content))

    def drop_files(self, but: str) -> None:
        """Take out all files but those whose name begins so."""
        table = schema.files
        self._connection.execute(sa.delete(table).where(~table.c.name.startswith(but)))


class SharedCatalog(Catalog):
    """The catalog of an index on servers. Any number of processes read it, and write in turns."""

    writes: Callable[[sa.Connection], Writing] = SharedWriting

    def __init__(self, servers: Servers) -> None:
        """Connect, create or bring up to date. Raises StoreGone where no server answers."""
        Database.__init__(self, PostgresServer(servers))

    def reopen(self) -> None:
        """There is no file that was read as bytes."""

    @contextmanager
    def shared_transaction(self) -> Iterator[SharedWriting]:
        """The same as `transaction`, for what only a catalog on a server holds."""
        with self.transaction() as writing:
            assert isinstance(writing, SharedWriting)
            yield writing

    # Entries of the text index

    def changes(self, since: int, until: int) -> Iterator[list[Change]]:
        """Papers whose entries changed after one generation, up to another, in parts."""
        table, last = schema.entries, ""
        while rows := self._rows(
            sa.select(table)
            .where(table.c.generation > since, table.c.generation <= until)
            .where(table.c.paper_id > last)
            .order_by(table.c.paper_id)
            .limit(_PART)
        ):
            yield [Change(row.paper_id, _leaf(row)) for row in rows]
            last = rows[-1].paper_id

    def count_leaves(self) -> int:
        """Papers that have an entry of the text index."""
        held = sa.select(sa.func.count()).where(schema.entries.c.sheet.is_not(None))
        return int(self._rows(held)[0][0])

    def leaf_ids(self) -> list[str]:
        """The papers that have an entry, sorted."""
        column = schema.entries.c.paper_id
        held = sa.select(column).where(schema.entries.c.sheet.is_not(None)).order_by(column)
        return [str(row.paper_id) for row in self._rows(held)]

    def shared_file(self, name: str) -> bytes | None:
        """A file that every process needs, None where there is none of that name."""
        rows = self._rows(sa.select(schema.files.c.content).where(schema.files.c.name == name))
        return bytes(rows[0].content) if rows else None

    # Several writers

    def stored_marks(self, records: Sequence[tuple[Record, str]]) -> set[tuple[str, int, str]]:
        """File, line and digest of those of these records, given with digests, that are stored."""
        table = schema.records.c
        wanted = listed([digest for _, digest in records]).c.value
        query = sa.select(table.file, table.line, table.digest)
        rows = self._rows(query.where(table.digest.in_(sa.select(wanted))))
        return {(str(row.file), int(row.line), str(row.digest)) for row in rows}

    # Papers in hand

    def pending(self) -> list[str]:
        column = schema.pending.c.paper_id
        rows = self._rows(sa.select(column).order_by(column))
        return [str(row.paper_id) for row in rows]

    def note_pending(self, paper_ids: Sequence[str]) -> None:
        """Note papers, whatever becomes of the transaction that is open."""
        with self.telling(), self._engine.begin() as connection:
            noted = sa.select(schema.pending.c.paper_id)
            known = {row.paper_id for row in connection.execute(noted)}
            append(connection, schema.pending, [(i,) for i in paper_ids if i not in known])

    def clear_pending(self) -> None:
        with self.telling(), self._engine.begin() as connection:
            connection.execute(sa.delete(schema.pending))


def _leaf(row: sa.Row[Any]) -> Leaf | None:
    if row.sheet is None:
        return None
    return Leaf(row.paper_id, bytes(row.sheet), row.ranked, row.phrases, row.authors)

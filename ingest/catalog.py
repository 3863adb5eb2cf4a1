"""The catalog: papers, their records, chunks and names. The truth; sole owner of the database.

Vectors and text index are derived from it. A writer keeps one transaction open until both hold
what it stores, so that other processes see all of a change or nothing of it. Before it touches
them it notes the papers in a file beside the database: a run that was killed leaves them there,
and the next one begins with them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ingest.errors import IndexBusy, IndexMismatch, UsageError
from ingest.identity import head
from ingest.records import Chunk, Paper
from ingest.rows import (
    Entry,
    Name,
    StoredRecord,
    author_rows,
    chunk_row,
    fold,
    name_rows,
    numberless,
    paper_of,
    paper_row,
    record_row,
    singular,
    stored,
    stored_record,
)

__all__ = [
    "FORMAT",
    "Catalog",
    "Entry",
    "Name",
    "StoredRecord",
    "Writing",
    "fold",
    "singular",
    "stored",
]

FORMAT = 2
# SQLite takes at most 32,766 variables in a statement; this leaves room and keeps plans short.
_MOST_VARIABLES = 900

_schema = sa.MetaData()
_meta = sa.Table(
    "meta", _schema,
    sa.Column("key", sa.String, primary_key=True), sa.Column("value", sa.String, nullable=False),
)  # fmt: skip
_papers = sa.Table(
    "papers", _schema,
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("paper_id", sa.String, nullable=False, unique=True),
    sa.Column("abstract", sa.Text, nullable=False), sa.Column("head", sa.String, index=True),
    sa.Column("title", sa.Text, nullable=False), sa.Column("title_derived", sa.Boolean),
    sa.Column("authors", sa.JSON), sa.Column("year", sa.Integer, index=True),
    sa.Column("venue", sa.Text), sa.Column("url", sa.Text), sa.Column("source_ids", sa.JSON),
)  # fmt: skip
_aliases = sa.Table(
    "aliases", _schema,
    sa.Column("alias", sa.String, primary_key=True),
    sa.Column("paper_id", sa.String, nullable=False, index=True),
)  # fmt: skip
_records = sa.Table(
    "records", _schema,
    sa.Column("record_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("paper_id", sa.String, nullable=False, index=True),
    sa.Column("file", sa.String, nullable=False, index=True), sa.Column("line", sa.Integer),
    sa.Column("digest", sa.String, nullable=False), sa.Column("content", sa.JSON, nullable=False),
)  # fmt: skip
_chunks = sa.Table(
    "chunks", _schema,
    sa.Column("chunk_id", sa.String, primary_key=True),
    sa.Column("paper_id", sa.String, nullable=False, index=True),
    sa.Column("start", sa.Integer), sa.Column("end", sa.Integer),
)  # fmt: skip
_names = sa.Table(
    "names", _schema,
    sa.Column("paper_id", sa.String, nullable=False, index=True),
    sa.Column("folded", sa.String, nullable=False, index=True),
    sa.Column("name", sa.String, nullable=False), sa.Column("expansion", sa.String, nullable=False),
    sa.Column("own", sa.Boolean, nullable=False),
)  # fmt: skip
_authors = sa.Table(
    "authors", _schema,
    sa.Column("paper_id", sa.String, nullable=False, index=True),
    sa.Column("last", sa.String, nullable=False, index=True),
    sa.Column("name", sa.String, nullable=False),
)  # fmt: skip


class Catalog:
    """The database of one index. Reading needs no lock; writing is for the holder of the lock."""

    def __init__(self, file: Path) -> None:
        """Open, create or bring up to date. Raises IndexMismatch for one of a later format."""
        self._file = file
        self._pending = file.with_suffix(".pending")
        self._own = threading.local()
        self._engine = sa.create_engine(f"sqlite:///{file}")
        sa.event.listen(self._engine, "connect", _configure)
        with self.telling():
            self._prepare()

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Turns errors of the database into sentences for a person."""
        try:
            yield
        except sa.exc.IntegrityError:
            raise  # a rule of ours was broken: a bug, not a damaged file
        except sa.exc.DatabaseError as error:
            raise _told(self._file, str(error.orig)) from error

    def _prepare(self) -> None:
        if sa.inspect(self._engine).has_table(_meta.name):
            made = int(self.get("format") or 1)
            if made > FORMAT:
                raise IndexMismatch(
                    f"The index {self._file.parent} has format {made}, and this version reads "
                    f"{FORMAT}. Install the newest askpapers, or name another folder with --index."
                )
            if made < FORMAT:
                self._upgrade()
            return
        # Two processes may create it at once: the second one waits, and finds everything there.
        with self.transaction() as writing:
            writing.create()

    def _upgrade(self) -> None:
        with self.transaction() as writing:
            # Another process may have been first.
            made = int(self.get("format") or 1)
            for version in range(made, FORMAT):
                UPGRADES[version](writing)
            writing.set("format", str(FORMAT))

    # Facts about the index

    def get(self, key: str) -> str | None:
        """A fact such as "embedding" or "generation", or None."""
        rows = self._rows(sa.select(_meta.c.value).where(_meta.c.key == key))
        return str(rows[0].value) if rows else None

    def set(self, key: str, value: str) -> None:
        with self.transaction() as writing:
            writing.set(key, value)

    @property
    def generation(self) -> int:
        """How often the index has been published; a reader reopens when it changes."""
        return int(self.get("generation") or 0)

    # Reading

    def paper_ids(self) -> list[str]:
        """Every id, sorted: the same order whatever the order of arrival."""
        rows = self._rows(sa.select(_papers.c.paper_id).order_by(_papers.c.paper_id))
        return [str(row.paper_id) for row in rows]

    def count(self) -> int:
        return int(self._rows(sa.select(sa.func.count()).select_from(_papers))[0][0])

    def papers(self, paper_ids: Sequence[str] | None = None) -> list[Paper]:
        """Papers in the order of the ids given, unknown ids left out; all in order of arrival."""
        if paper_ids is None:
            rows = self._rows(sa.select(_papers).order_by(_papers.c.position))
        else:
            rows = self._in(sa.select(_papers), _papers.c.paper_id, paper_ids)
        found = {row.paper_id: row for row in rows}
        ids = list(found) if paper_ids is None else [i for i in paper_ids if i in found]
        aliases = self._grouped(_aliases, _aliases.c.alias, ids)
        sources = self._grouped(
            _records, _records.c.file + ":" + sa.cast(_records.c.line, sa.String), ids
        )
        return [paper_of(found[i], aliases.get(i, ()), sources.get(i, ())) for i in ids]

    def titles(self, paper_ids: Sequence[str]) -> list[str]:
        """The titles of these papers, derived ones too, "" for an unknown id; in their order."""
        query = sa.select(_papers.c.paper_id, _papers.c.title)
        found = {row.paper_id: row.title for row in self._in(query, _papers.c.paper_id, paper_ids)}
        return [found.get(paper_id, "") for paper_id in paper_ids]

    def resolve(self, name: str) -> str | None:
        """The id of the paper that has this id, alias or source id, or None."""
        rows = self._rows(sa.select(_papers.c.paper_id).where(_papers.c.paper_id == name))
        rows = rows or self._rows(sa.select(_aliases.c.paper_id).where(_aliases.c.alias == name))
        return str(rows[0].paper_id) if rows else None

    def years(self, paper_ids: Sequence[str]) -> dict[str, int | None]:
        """The year of each paper, None where it is unknown."""
        query = sa.select(_papers.c.paper_id, _papers.c.year)
        return {row.paper_id: row.year for row in self._in(query, _papers.c.paper_id, paper_ids)}

    def names(self, folded_names: Sequence[str]) -> list[Name]:
        """Definitions of these names (lower case, letters and digits only), in order of papers."""
        rows = self._in(sa.select(_names), _names.c.folded, folded_names)
        return [Name(row.paper_id, row.name, row.expansion, row.own) for row in rows]

    def names_beginning(self, folded_start: str) -> list[Name]:
        """What papers propose whose name, expansion or title begins so, in order of papers."""
        rows = self._rows(sa.select(_names).where(*_beginning(folded_start)))
        return [Name(row.paper_id, row.name, row.expansion, row.own) for row in rows]

    def begins_name(self, folded_start: str) -> bool:
        """Whether a name, expansion or title of what a paper proposes begins so."""
        return bool(self._rows(sa.select(_names.c.name).where(*_beginning(folded_start)).limit(1)))

    def all_names(self) -> list[str]:
        """Every name that some paper defines, once each."""
        return [str(row.name) for row in self._rows(sa.select(_names.c.name).distinct())]

    def all_authors(self) -> list[str]:
        """Every author's name as stored, once each."""
        return [str(row.name) for row in self._rows(sa.select(_authors.c.name).distinct())]

    def own_names(self, limit: int) -> list[str]:
        """Names of what papers propose, in order of papers: one word each, once each."""
        query = (
            sa.select(_names.c.name).where(_names.c.own, ~_names.c.name.contains(" ")).distinct()
        )
        return [str(row.name) for row in self._rows(query.limit(limit))]

    def expansions(self) -> list[tuple[str, str, int]]:
        """Pairs of name and expansion over all papers, with the number of papers of each."""
        columns = (_names.c.name, _names.c.expansion)
        query = (
            sa.select(*columns, sa.func.count()).where(_names.c.expansion != "").group_by(*columns)
        )
        rows: list[Any] = [*self._rows(query)]
        return [(str(name), str(expansion), int(count)) for name, expansion, count in rows]

    def venues(self) -> list[str]:
        """The distinct venues of papers, sorted."""
        query = sa.select(_papers.c.venue).where(_papers.c.venue != "").distinct()
        return sorted(str(row.venue) for row in self._rows(query))

    def authors_named(self, last_names: Sequence[str]) -> list[tuple[str, str]]:
        """Pairs of author name and paper id, for authors with one of these folded words."""
        rows = self._in(sa.select(_authors), _authors.c.last, last_names)
        return list(dict.fromkeys((str(row.name), str(row.paper_id)) for row in rows))

    def chunks(self, paper_ids: Sequence[str]) -> dict[str, list[tuple[str, int, int]]]:
        """Chunk ids with their offsets, by paper, in order."""
        found: dict[str, list[tuple[str, int, int]]] = {}
        for row in self._in(sa.select(_chunks), _chunks.c.paper_id, paper_ids):
            found.setdefault(row.paper_id, []).append((row.chunk_id, row.start, row.end))
        return {key: sorted(rows, key=lambda row: row[1]) for key, rows in found.items()}

    def records_of_file(self, file: str) -> list[StoredRecord]:
        """What earlier runs stored from a file, in order of lines."""
        rows = self._rows(
            sa.select(_records).where(_records.c.file == file).order_by(_records.c.line)
        )
        return [stored_record(row) for row in rows]

    def files(self) -> list[str]:
        """Every file that a stored record came from."""
        return [str(row.file) for row in self._rows(sa.select(_records.c.file).distinct())]

    def last_record(self) -> int:
        """The highest record id so far: what is stored later has a higher one."""
        return int(self._rows(sa.select(sa.func.max(_records.c.record_id)))[0][0] or 0)

    def records_of_papers(self, paper_ids: Sequence[str]) -> dict[str, list[StoredRecord]]:
        found: dict[str, list[StoredRecord]] = {}
        for row in self._in(sa.select(_records), _records.c.paper_id, paper_ids):
            found.setdefault(row.paper_id, []).append(stored_record(row))
        return {key: sorted(rows, key=lambda row: row.record_id) for key, rows in found.items()}

    def named(self, names: Sequence[str]) -> dict[str, str]:
        """Which of these ids and aliases exist, and the paper that each belongs to."""
        ids = self._in(sa.select(_papers.c.paper_id), _papers.c.paper_id, names)
        aliases = self._in(sa.select(_aliases), _aliases.c.alias, names)
        return {row.alias: row.paper_id for row in aliases} | {row[0]: row[0] for row in ids}

    def heads(self, keys: Sequence[str]) -> dict[str, list[str]]:
        """Papers whose abstracts begin alike, by the key of `identity.head`."""
        found: dict[str, list[str]] = {}
        query = sa.select(_papers.c.head, _papers.c.paper_id)
        for row in self._in(query, _papers.c.head, [key for key in keys if key]):
            found.setdefault(row.head, []).append(row.paper_id)
        return found

    def aliases(self, paper_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Other ids of each paper that has any."""
        return self._grouped(_aliases, _aliases.c.alias, paper_ids)

    def count_chunks(self) -> int:
        return int(self._rows(sa.select(sa.func.count()).select_from(_chunks))[0][0])

    def chunk_ids(self) -> list[str]:
        """Every chunk id, sorted."""
        rows = self._rows(sa.select(_chunks.c.chunk_id).order_by(_chunks.c.chunk_id))
        return [str(row.chunk_id) for row in rows]

    def chunk_places(self, chunk_ids: Sequence[str]) -> dict[str, tuple[str, int, int]]:
        """Paper, start and end of each chunk; ids that no paper has are left out."""
        rows = self._in(sa.select(_chunks), _chunks.c.chunk_id, chunk_ids)
        return {row.chunk_id: (row.paper_id, row.start, row.end) for row in rows}

    # Papers in hand: what a killed run leaves for the next one

    def pending(self) -> list[str]:
        """Papers whose vectors and text entries may not be those of the catalog, sorted."""
        if not self._pending.is_file():
            return []
        # A line that was cut off by a kill names no paper, and nothing was written for it.
        return sorted(set(self._pending.read_text(encoding="utf-8").split("\n")) - {""})

    def note_pending(self, paper_ids: Sequence[str]) -> None:
        """Note papers before their vectors and text entries are touched."""
        with self._pending.open("a", encoding="utf-8") as noted:
            noted.writelines(f"{paper_id}\n" for paper_id in paper_ids)
            noted.flush()
            os.fsync(noted.fileno())

    def clear_pending(self) -> None:
        """All three stores agree: nothing is in hand."""
        self._pending.unlink(missing_ok=True)

    # Writing

    @contextmanager
    def transaction(self) -> Iterator[Writing]:
        """All or nothing: others see what is written inside when the block ends.

        Inside, this thread reads what it has written. Within another transaction it is part of
        that one.
        """
        if self._connection is not None:
            yield Writing(self._connection)
            return
        with self._engine.connect() as connection:
            # At once, so that what is read first cannot have changed when it is written over.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            with self._held(connection):
                yield Writing(connection)
            connection.commit()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Inside, this thread reads one state, whatever others publish meanwhile."""
        if self._connection is not None:
            yield
            return
        with self.telling(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            with self._held(connection):
                yield

    @property
    def _connection(self) -> sa.Connection | None:
        held: sa.Connection | None = getattr(self._own, "connection", None)
        return held

    @contextmanager
    def _held(self, connection: sa.Connection) -> Iterator[None]:
        self._own.connection = connection
        try:
            yield
        finally:
            self._own.connection = None

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self.telling():
            if self._connection is not None:
                yield self._connection
                return
            with self._engine.connect() as connection:
                yield connection

    def _rows(self, query: sa.Select[Any]) -> list[sa.Row[Any]]:
        with self._reading() as connection:
            return list(connection.execute(query))

    def _in(
        self, query: sa.Select[Any], column: sa.Column[Any], values: Sequence[str]
    ) -> list[sa.Row[Any]]:
        with self._reading() as connection:
            return [
                row
                for part in _parts(list(dict.fromkeys(values)))
                for row in connection.execute(query.where(column.in_(part)))
            ]

    def _grouped(
        self, table: sa.Table, value: Any, paper_ids: Sequence[str]
    ) -> dict[str, tuple[str, ...]]:
        query = sa.select(table.c.paper_id, value.label("value"))
        found: dict[str, list[str]] = {}
        for row in self._in(query, table.c.paper_id, paper_ids):
            found.setdefault(row.paper_id, []).append(str(row.value))
        return {key: tuple(values) for key, values in found.items()}


class Writing:
    """The writing half of the catalog, inside one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def create(self) -> None:
        """The tables of an empty index, where they are not there yet."""
        _schema.create_all(self._connection)
        self.set("format", str(FORMAT))

    def save(self, entries: Sequence[Entry]) -> None:
        """Store papers with all that belongs to them, in place of those they replace.

        A row that stays keeps its position: the order of papers does not depend on later edits.
        """
        ids = [entry.paper.paper_id for entry in entries]
        self._clear([*ids, *(old for entry in entries for old in entry.replaces)])
        self._delete(_papers, sorted({old for e in entries for old in e.replaces} - set(ids)))
        kept = self._existing(ids)
        rows = {entry.paper.paper_id: paper_row(entry.paper) for entry in entries}
        for paper_id in kept:
            update = sa.update(_papers).where(_papers.c.paper_id == paper_id)
            self._connection.execute(update.values(rows[paper_id]))
        self._insert(_papers, [row for paper_id, row in rows.items() if paper_id not in kept])
        self._insert(
            _aliases,
            [{"alias": a, "paper_id": e.paper.paper_id} for e in entries for a in e.paper.aliases],
            ignore=True,
        )
        records = [record_row(stored, e.paper.paper_id) for e in entries for stored in e.records]
        # A record that was stored keeps its number, and so its place among the sources.
        self._insert(_records, [row for row in records if row["record_id"]])
        self._insert(_records, [numberless(row) for row in records if not row["record_id"]])
        self._insert(_chunks, [chunk_row(chunk) for e in entries for chunk in e.chunks])
        self._insert(_names, [row for entry in entries for row in name_rows(entry.paper)])
        self._insert(_authors, [row for entry in entries for row in author_rows(entry.paper)])

    def remove(self, paper_ids: Sequence[str]) -> None:
        """Take papers out with all that belongs to them."""
        self._clear(paper_ids)
        self._delete(_papers, paper_ids)

    def move(self, record_ids_to_lines: dict[int, int]) -> None:
        """Unchanged records that stand on other lines now."""
        for record_id, line in record_ids_to_lines.items():
            self._connection.execute(
                sa.update(_records).where(_records.c.record_id == record_id).values(line=line)
            )

    def publish(self) -> int:
        """Count up the generation, by which readers know that there is something new."""
        query = sa.select(_meta.c.value).where(_meta.c.key == "generation")
        generation = int(self._connection.execute(query).scalar() or 0) + 1
        self.set("generation", str(generation))
        return generation

    def set(self, key: str, value: str) -> None:
        """Store a fact about the index in place of an older one."""
        self._connection.execute(sa.delete(_meta).where(_meta.c.key == key))
        self._connection.execute(sa.insert(_meta).values(key=key, value=value))

    def rechunk(self, paper_ids: Sequence[str], chunks: Sequence[Chunk]) -> None:
        """Replace the chunks of these papers, after the chunk size changed."""
        self._delete(_chunks, paper_ids)
        self._insert(_chunks, [chunk_row(chunk) for chunk in chunks])

    def recall_heads(self) -> None:
        """Compute the keys of beginnings anew, after their definition changed."""
        rows = self._connection.execute(sa.select(_papers.c.paper_id, _papers.c.abstract)).all()
        for row in rows:
            update = sa.update(_papers).where(_papers.c.paper_id == row.paper_id)
            self._connection.execute(update.values(head=head(row.abstract)))

    def drop(self, table: str) -> None:
        """Take out a table that is no longer used."""
        self._connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")

    def _existing(self, paper_ids: Sequence[str]) -> frozenset[str]:
        query = sa.select(_papers.c.paper_id)
        return frozenset(
            str(row.paper_id)
            for part in _parts(paper_ids)
            for row in self._connection.execute(query.where(_papers.c.paper_id.in_(part)))
        )

    def _clear(self, paper_ids: Sequence[str]) -> None:
        for table in (_aliases, _records, _chunks, _names, _authors):
            self._delete(table, paper_ids)

    def _delete(self, table: sa.Table, paper_ids: Sequence[str]) -> None:
        for part in _parts(paper_ids):
            self._connection.execute(sa.delete(table).where(table.c.paper_id.in_(part)))

    def _insert(self, table: sa.Table, rows: list[dict[str, Any]], ignore: bool = False) -> None:
        if rows:
            statement = sa.insert(table).prefix_with("OR IGNORE") if ignore else sa.insert(table)
            self._connection.execute(statement, rows)


def _told(file: Path, reason: str) -> UsageError:
    """The sentence for an error of the database, in the class that fits it."""
    if "locked" in reason or "busy" in reason:
        return IndexBusy(f"Another program is using {file}. Try again when it is done.")
    if "full" in reason or "disk I/O" in reason:
        return UsageError(
            f"The disk that holds {file.parent} is full or failing ({reason}). What was stored "
            "before is unharmed: make room, then run the same command again."
        )
    if "unable to open" in reason or "readonly" in reason:
        return UsageError(
            f"{file} cannot be opened for writing ({reason}). Check the permissions of the folder, "
            "or name another with --index or ASKPAPERS_INDEX."
        )
    return IndexMismatch(
        f"The catalog {file} is damaged or no catalog ({reason}). Put back a copy of it, or delete "
        f"the folder {file.parent} and run askpapers ingest on your files again."
    )


def _to_2(writing: Writing) -> None:
    """Short abstracts have keys too; papers in hand stand in a file."""
    writing.drop("pending")
    writing.recall_heads()
    # The text index of format 1 lacks fields: whatever it was made with, it has to be made anew.
    writing.set("stores", "1")


# The step from each format to the next one.
UPGRADES: dict[int, Callable[[Writing], None]] = {1: _to_2}


def _configure(connection: Any, _: Any) -> None:
    for pragma in (
        "busy_timeout=5000",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "cache_size=-65536",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _beginning(folded_start: str) -> tuple[sa.ColumnElement[bool], ...]:
    column = _names.c.folded
    # The highest code point closes the range, so that the index serves the query.
    return column >= folded_start, column < folded_start + "\U0010ffff", _names.c.own


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _MOST_VARIABLES):
        yield values[start : start + _MOST_VARIABLES]

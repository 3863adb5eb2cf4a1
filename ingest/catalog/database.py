"""The connection to the database of an index: transactions, snapshots, and errors in sentences."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ingest.catalog import schema
from ingest.catalog.writing import UPGRADES, Writing, among
from ingest.errors import IndexBusy, IndexMismatch, UsageError


class Database:
    """The database of one index. Reading needs no lock; writing is for the holder of the lock."""

    def __init__(self, file: Path) -> None:
        """Open, create or bring up to date. Raises IndexMismatch for one of a later format."""
        self._file = file
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
        if sa.inspect(self._engine).has_table(schema.meta.name):
            made = int(self.get("format") or 1)
            if made > schema.FORMAT:
                raise IndexMismatch(
                    f"The index {self._file.parent} has format {made}, and this version reads "
                    f"{schema.FORMAT}. Install the newest askpapers, or name another folder with "
                    "--index."
                )
            if made < schema.FORMAT:
                self._upgrade()
            return
        # Two processes may create it at once: the second one waits, and finds everything there.
        with self.transaction() as writing:
            writing.create()

    def _upgrade(self) -> None:
        with self.transaction() as writing:
            # Another process may have been first.
            made = int(self.get("format") or 1)
            for version in range(made, schema.FORMAT):
                UPGRADES[version](writing)
            writing.set("format", str(schema.FORMAT))

    # Facts about the index

    def get(self, key: str) -> str | None:
        """A fact such as "embedding" or "generation", or None."""
        rows = self._rows(sa.select(schema.meta.c.value).where(schema.meta.c.key == key))
        return str(rows[0].value) if rows else None

    def set(self, key: str, value: str) -> None:
        with self.transaction() as writing:
            writing.set(key, value)

    @property
    def generation(self) -> int:
        """How often the index has been published; a reader reopens when it changes."""
        return int(self.get("generation") or 0)

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
            return list(connection.execute(query).all())

    def _in(
        self, query: sa.Select[Any], column: sa.Column[Any], values: Sequence[Any]
    ) -> list[sa.Row[Any]]:
        return self._rows(query.where(among(column, values))) if values else []

    def _grouped(
        self, table: sa.Table, value: Any, paper_ids: Sequence[str]
    ) -> dict[str, tuple[str, ...]]:
        query = sa.select(table.c.paper_id, value.label("value"))
        found: dict[str, list[str]] = {}
        for row in self._in(query, table.c.paper_id, paper_ids):
            found.setdefault(row.paper_id, []).append(str(row.value))
        return {key: tuple(values) for key, values in found.items()}


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


def _configure(connection: Any, _: Any) -> None:
    for pragma in (
        "busy_timeout=5000",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "cache_size=-65536",
    ):
        connection.execute(f"PRAGMA {pragma}")

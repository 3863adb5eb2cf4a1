"""The connection to the database of an index: transactions, snapshots, and errors in sentences."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from ingest.catalog import schema
from ingest.catalog.dialects import among
from ingest.catalog.home import Home
from ingest.catalog.writing import UPGRADES, Writing
from ingest.errors import IndexMismatch


class Database:
    """The database of one index. Reading needs no lock; writing is for the holder of the lock."""

    writes: Callable[[sa.Connection], Writing] = Writing

    def __init__(self, home: Home) -> None:
        """Open, create or bring up to date.

        Raises IndexMismatch for one of a later format, IndexDamaged for one that is broken, or
        that is gone or empty where the folder held papers.
        """
        self.home = home
        self.seal = home.seal
        self._own = threading.local()
        self._is_new = not self.seal.held_papers()
        self._engine = home.engine()
        with self.telling():
            self._prepare()

    def close(self) -> None:
        self._engine.dispose()

    def reopen(self) -> None:
        """Open all connections anew, after the file was read as bytes.

        Closing it lets go of the locks that SQLite holds on it in this process
        (https://www.sqlite.org/howtocorrupt.html, 2.2). Without them the next process to close the
        database takes its journal away, and who goes on to read the old one sees no later change.
        """
        self._engine.dispose()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Turns errors of the database into sentences for a person."""
        failures: tuple[type[Exception], ...] = sa.exc.SQLAlchemyError, OSError
        failures += self.home.failures
        try:
            yield
        except sa.exc.IntegrityError:
            raise  # a rule of ours was broken: a bug, not a damaged file
        except failures as error:
            told = self.home.told(error)
            if told is None:
                raise
            raise told from error

    def _prepare(self) -> None:
        if sa.inspect(self._engine).has_table(schema.meta.name):
            made = self.number("format", 1)
            if made > schema.FORMAT:
                raise IndexMismatch(
                    f"The index {self.home.index} has format {made}, and this version reads "
                    f"{schema.FORMAT}. Install the newest askpapers, or name another folder with "
                    "--index."
                )
            if made < schema.FORMAT:
                self._upgrade()
            return
        if not self._is_new:
            raise self.home.lost()
        # Two processes may create it at once: the second one waits, and finds everything there.
        with self.transaction() as writing:
            writing.create(self.home.tables)

    def _upgrade(self) -> None:
        with self.transaction() as writing:
            # Another process may have been first.
            made = self.number("format", 1)
            for version in range(made, schema.FORMAT):
                UPGRADES[version](writing)
            writing.set("format", str(schema.FORMAT))

    # Facts about the index

    def get(self, key: str) -> str | None:
        """A fact such as "embedding" or "generation", or None."""
        rows = self._rows(sa.select(schema.meta.c.value).where(schema.meta.c.key == key))
        return str(rows[0].value) if rows else None

    def number(self, key: str, default: int = 0) -> int:
        """A fact that is a number. Raises IndexDamaged where it is none any more."""
        value = self.get(key) or str(default)
        if not value.isdecimal():
            raise self.home.broken(f"{key} is {value!r}")
        return int(value)

    def set(self, key: str, value: str) -> None:
        with self.transaction() as writing:
            writing.set(key, value)

    def identity(self) -> str:
        """What this catalog is called among others on the same servers: some letters and digits."""
        known = self.get("identity")
        if known is None:
            with self.transaction() as writing:
                known = self.get("identity") or uuid4().hex[:12]
                writing.set("identity", known)
        return known

    @property
    def generation(self) -> int:
        """How often the index has been published; a reader reopens when it changes."""
        return self.number("generation")

    def is_behind(self) -> bool:
        """Whether the folder was sealed over a later catalog than this one."""
        sealed = self.seal.read()
        return sealed is not None and self.generation < sealed.generation

    # Writing

    @contextmanager
    def transaction(self) -> Iterator[Writing]:
        """All or nothing: others see what is written inside when the block ends.

        Inside, this thread reads what it has written. Within another transaction it is part of
        that one.
        """
        if self._connection is not None:
            yield self.writes(self._connection)
            return
        self.seal.break_()
        with self.alone() as connection:
            # At once, so that what is read first cannot have changed when it is written over.
            self.home.begin_writing(connection)
            with self._held(connection):
                yield self.writes(connection)
            connection.commit()

    @contextmanager
    def alone(self) -> Iterator[sa.Connection]:
        """Inside, nobody else writes, over as many transactions as there are; with others waiting.

        Within itself it is one.
        """
        if self._writer is not None:
            yield self._writer
            return
        with self.telling(), self._engine.connect() as connection:
            self.home.lock(connection)
            self._own.writer = connection
            try:
                yield connection
            finally:
                self._own.writer = None
                connection.rollback()
                self.home.unlock(connection)

    def settle(self) -> bool:
        """Bring all that was committed into one place; False where a reader is in the way."""
        with self.telling(), self._engine.connect() as connection:
            return self.home.settle(connection)

    def integrity(self) -> list[str]:
        """What the database finds wrong with its own pages; reads all of them."""
        with self._reading() as connection:
            return self.home.integrity(connection)

    def read_back(self) -> None:
        """Raises UsageError where what lies under our name is not what we have written to."""
        self.home.read_back(self.generation)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Inside, this thread reads one state, whatever others publish meanwhile."""
        if self._connection is not None:
            yield
            return
        with self.telling(), self._engine.connect() as connection:
            self.home.begin_reading(connection)
            with self._held(connection):
                yield

    @property
    def _connection(self) -> sa.Connection | None:
        held: sa.Connection | None = getattr(self._own, "connection", None)
        return held

    @property
    def _writer(self) -> sa.Connection | None:
        writer: sa.Connection | None = getattr(self._own, "writer", None)
        return writer

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
            try:
                return list(connection.execute(query).all())
            except (ValueError, TypeError) as error:  # a value that is not of its column's kind
                raise self.home.broken(str(error)) from error

    def _in(
        self, query: sa.Select[Any], column: sa.Column[Any], values: Sequence[Any]
    ) -> list[sa.Row[Any]]:
        if not values:
            return []
        arrived = schema.arrival(column.table)
        return self._rows(query.where(among(column, values)).order_by(column, *arrived))

    def _grouped(
        self, table: sa.Table, value: Any, paper_ids: Sequence[str]
    ) -> dict[str, tuple[str, ...]]:
        query = sa.select(table.c.paper_id, value.label("value"))
        found: dict[str, list[str]] = {}
        for row in self._in(query, table.c.paper_id, paper_ids):
            found.setdefault(row.paper_id, []).append(str(row.value))
        return {key: tuple(values) for key, values in found.items()}

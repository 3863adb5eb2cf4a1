"""The connection to the database of an index: transactions, snapshots, and errors in sentences."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ingest.catalog import schema
from ingest.catalog.writing import UPGRADES, Writing, among
from ingest.errors import IndexBusy, IndexDamaged, IndexMismatch, UsageError
from ingest.seal import Seal


class Database:
    """The database of one index. Reading needs no lock; writing is for the holder of the lock."""

    def __init__(self, file: Path) -> None:
        """Open, create or bring up to date.

        Raises IndexMismatch for one of a later format, IndexDamaged for one that is broken, or
        that is gone or empty where the folder held papers.
        """
        self.file = file
        self._own = threading.local()
        self.seal = Seal(file.parent)
        self._is_new = not self.seal.held_papers()
        if not self._is_new and not (file.is_file() and file.stat().st_size):
            raise lost(file)
        self._engine = sa.create_engine(f"sqlite:///{file}")
        sa.event.listen(self._engine, "connect", _configure)
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
        try:
            yield
        except sa.exc.IntegrityError:
            raise  # a rule of ours was broken: a bug, not a damaged file
        except sa.exc.DatabaseError as error:
            raise _told(self.file, str(error.orig)) from error
        except FileNotFoundError as error:
            if self.file.parent.is_dir():
                raise
            raise gone(self.file) from error
        except sqlite3.DatabaseError as error:  # the first words to a database, in `_configure`
            raise _told(self.file, str(error)) from error

    def _prepare(self) -> None:
        if sa.inspect(self._engine).has_table(schema.meta.name):
            made = self.number("format", 1)
            if made > schema.FORMAT:
                raise IndexMismatch(
                    f"The index {self.file.parent} has format {made}, and this version reads "
                    f"{schema.FORMAT}. Install the newest askpapers, or name another folder with "
                    "--index."
                )
            if made < schema.FORMAT:
                self._upgrade()
            return
        if not self._is_new:
            raise lost(self.file)
        # Two processes may create it at once: the second one waits, and finds everything there.
        with self.transaction() as writing:
            writing.create()

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
            raise broken(self.file, f"{key} is {value!r}")
        return int(value)

    def set(self, key: str, value: str) -> None:
        with self.transaction() as writing:
            writing.set(key, value)

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
            yield Writing(self._connection)
            return
        self.seal.break_()
        with self._engine.connect() as connection:
            # At once, so that what is read first cannot have changed when it is written over.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            with self._held(connection):
                yield Writing(connection)
            connection.commit()

    def settle(self) -> bool:
        """Bring all that was committed into the one file; False where a reader is in the way."""
        with self.telling(), self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=500")
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
            connection.exec_driver_sql("PRAGMA busy_timeout=5000")
        return not busy

    def integrity(self) -> list[str]:
        """What the database finds wrong with its own pages; reads all of them."""
        with self._reading() as connection:
            found = connection.exec_driver_sql("PRAGMA integrity_check(3)").scalars().all()
        return [str(line) for line in found if line != "ok"]

    def read_back(self) -> None:
        """Raises UsageError where the file under our name is not the one we have written to."""
        expected = self.generation
        try:
            address = f"{self.file.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(address, uri=True)) as other:
                query = "SELECT value FROM meta WHERE key = 'generation'"
                found = int((other.execute(query).fetchone() or (0,))[0])
        except (sqlite3.DatabaseError, ValueError):
            found = -1  # not ours, or not there
        if found != expected:
            raise gone(self.file)

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
            try:
                return list(connection.execute(query).all())
            except (ValueError, TypeError) as error:  # a value that is not of its column's kind
                raise broken(self.file, str(error)) from error

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
    if not file.parent.is_dir() or not (file.exists() or "unable to open" in reason):
        return gone(file)
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
    return broken(file, reason)


def broken(file: Path, reason: str) -> IndexDamaged:
    """The sentence for a catalog that cannot be trusted."""
    return IndexDamaged(
        f"The catalog {file} is damaged or no catalog ({reason}). {_cures(file.parent)}"
    )


def lost(file: Path) -> IndexDamaged:
    """The sentence for an index that held papers and has no catalog any more."""
    state = "empty" if file.exists() else "gone"
    return IndexDamaged(
        f"The catalog {file} is {state}, though this index held papers. {_cures(file.parent)}"
    )


def gone(file: Path) -> UsageError:
    """The sentence for a catalog that went away under our hands."""
    return UsageError(
        f"The index folder {file.parent} was deleted or replaced while it was used: nothing of "
        "this run is stored there. Run the same command again."
    )


def _cures(folder: Path) -> str:
    return (
        f"Run askpapers restore FILE --index {folder} with a backup, or askpapers doctor --repair "
        f"--index {folder}, which saves what can still be read; or delete the folder {folder} and "
        "run askpapers ingest on your files again."
    )


def _configure(connection: Any, _: Any) -> None:
    for pragma in (
        "busy_timeout=5000",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "cache_size=-32768",
    ):
        connection.execute(f"PRAGMA {pragma}")

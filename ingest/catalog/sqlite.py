"""A catalog in a file of SQLite, in the folder of its index."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ingest.catalog import schema
from ingest.errors import AskpapersError, IndexBusy, IndexDamaged, UsageError
from ingest.seal import Seal

# Pages kept in memory, in KiB. Each connection has its own, and who only reads finds the pages in
# the memory of the system.
_READERS_CACHE, _WRITERS_CACHE = 4_096, 32_768


class SqliteFile:
    """The home of a catalog that one folder holds. Who writes to it holds the folder's lock."""

    tables = schema.EVERYWHERE
    failures = (sqlite3.DatabaseError,)

    def __init__(self, file: Path) -> None:
        self.file = file
        self.index = str(file.parent)
        self.seal = Seal(file.parent)

    def engine(self) -> sa.Engine:
        if self.seal.held_papers() and not (self.file.is_file() and self.file.stat().st_size):
            raise self.lost()
        # As many connections as there are askers: an answer holds one from its first word to its
        # last, and whoever waited half a minute for one of fifteen got an error instead.
        engine = sa.create_engine(f"sqlite:///{self.file}", max_overflow=-1)
        sa.event.listen(engine, "connect", _configure)
        return engine

    def lock(self, connection: sa.Connection) -> None:
        """The lock of the folder is held for a whole run, see `ingest.writer_lock`."""

    def unlock(self, connection: sa.Connection) -> None:
        """Nothing was taken."""

    def begin_writing(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA cache_size=-{_WRITERS_CACHE}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def begin_reading(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    def told(self, error: Exception) -> AskpapersError | None:
        if isinstance(error, sa.exc.DatabaseError):
            return _told(self.file, str(error.orig))
        if isinstance(error, sqlite3.DatabaseError):  # the first words to a database: `_configure`
            return _told(self.file, str(error))
        if isinstance(error, FileNotFoundError) and not self.file.parent.is_dir():
            return gone(self.file)
        return None

    def broken(self, reason: str) -> IndexDamaged:
        return broken(self.file, reason)

    def lost(self) -> IndexDamaged:
        return lost(self.file)

    def integrity(self, connection: sa.Connection) -> list[str]:
        found = connection.exec_driver_sql("PRAGMA integrity_check(3)").scalars().all()
        return [str(line) for line in found if line != "ok"]

    def settle(self, connection: sa.Connection) -> bool:
        connection.exec_driver_sql("PRAGMA busy_timeout=500")
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        connection.exec_driver_sql("PRAGMA busy_timeout=5000")
        return not busy

    def read_back(self, generation: int) -> None:
        try:
            address = f"{self.file.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(address, uri=True)) as other:
                query = "SELECT value FROM meta WHERE key = 'generation'"
                found = int((other.execute(query).fetchone() or (0,))[0])
        except (sqlite3.DatabaseError, ValueError):
            found = -1  # not ours, or not there
        if found != generation:
            raise gone(self.file)


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
        f"cache_size=-{_READERS_CACHE}",
    ):
        connection.execute(f"PRAGMA {pragma}")

"""A catalog on a PostgreSQL server, which any number of processes read and write."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa

from ingest.catalog import schema
from ingest.errors import (
    AskpapersError,
    IndexBusy,
    IndexDamaged,
    SettingsError,
    StoreGone,
    UsageError,
)
from ingest.seal import NoSeal
from ingest.servers.failover import asked_again
from ingest.servers.stores import Servers

_SETTING = "ASKPAPERS_DATABASE_URL"
_LOCK = "hashtextextended('askpapers ' || current_schema(), 0)"
_LATER = ("refused", "starting up", "shutting down", "timeout", "timed out", "too many", "closed")
# Classes of SQLSTATE, see appendix A of PostgreSQL's manual.
_FULL, _NO_RIGHT, _BUSY, _SLOW = "53100", "42501", "55P03", "57014"
# No connection or none to be had, out of memory or processes, going down, its disk failing.
_GONE = ("08", "53", "57P", "58")
# Its data are damaged, or a table or column of ours is not there.
_DAMAGED = ("XX001", "XX002", "42P01", "42703")


class PostgresServer:
    """The home of a catalog on a server: the schema that the address leads to.

    One writer at a time holds an advisory lock, which ends with its connection, however that ends.
    """

    tables = tuple(schema.schema.tables.values())
    seal = NoSeal()

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self.failures = _failures()
        self.index = servers.database_place

    def engine(self) -> sa.Engine:
        engine = sa.create_engine(
            self._address(),
            pool_pre_ping=True,
            pool_timeout=self._servers.seconds,
            connect_args=self._ways(),
        )
        sa.event.listen(engine, "do_connect", self._connected)
        sa.event.listen(engine, "connect", self._configure)
        return engine

    def _address(self) -> sa.URL:
        try:
            address = sa.make_url(self._servers.database)
        except sa.exc.ArgumentError:
            raise SettingsError(
                f"The setting {_SETTING} is no address such as "
                "postgresql://user:password@host:5432/papers. Correct it."
            ) from None
        return address.set(drivername="postgresql+psycopg")

    def _ways(self) -> Mapping[str, Any]:
        """How to connect, as far as the address does not say it."""
        known = self._address().query
        ways = {
            "connect_timeout": max(2, int(self._servers.seconds)),
            "application_name": f"askpapers {platform.node()} {os.getpid()}"[:63],
            # A network that went away without a word is noticed in this time.
            "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
            "tcp_user_timeout": int(self._servers.seconds * 1000),
        }  # fmt: skip
        return {key: value for key, value in ways.items() if key not in known}

    def _connected(self, dialect: Any, _: object, arguments: Any, ways: Any) -> Any:
        """A connection, asked for again while the server is just starting or going."""
        return asked_again(
            lambda: dialect.connect(*arguments, **ways), _may_pass, self._servers.retries
        )

    def _configure(self, connection: Any, _: object) -> None:
        connection.adapters.register_dumper(str, _dumper())
        connection.execute(f"SET statement_timeout = {int(self._servers.seconds * 4000)}")
        connection.execute(f"SET lock_timeout = {int(self._servers.lock_seconds * 1000)}")
        connection.commit()

    def lock(self, connection: sa.Connection) -> None:
        before = None
        while True:
            try:
                connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
                connection.commit()
                return
            except sa.exc.DBAPIError as error:
                if _state(error.orig) != _BUSY:
                    raise
                connection.rollback()
                now = connection.exec_driver_sql(
                    "SELECT value FROM meta WHERE key = 'generation'"
                ).scalar()
                if now == before:
                    raise IndexBusy(self._held(connection)) from error
                before = now  # others are getting on: it will be our turn

    def unlock(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_LOCK})")
        connection.commit()

    def _held(self, connection: sa.Connection) -> str:
        holder = connection.exec_driver_sql(
            "SELECT application_name || ' since ' || to_char(query_start, 'HH24:MI') FROM pg_locks "
            "JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted AND "
            "database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "ORDER BY query_start LIMIT 1"
        ).scalar()
        return (
            f"Another writer ({holder or 'that is just done'}) holds the catalog at {self.index}. "
            "Wait until it is done, then run this again."
        )

    def begin_writing(self, connection: sa.Connection) -> None:
        """Nobody else writes: each statement may read what is committed by now."""

    def begin_reading(self, connection: sa.Connection) -> None:
        connection.execution_options(isolation_level="REPEATABLE READ")

    def told(self, error: Exception) -> AskpapersError | None:
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        state, reason = _state(cause), " ".join(str(cause).split())[:200]
        if isinstance(error, sa.exc.TimeoutError):
            return StoreGone(f"All connections to {self.index} are in use. Try again later.")
        if state == _FULL:
            return UsageError(
                f"The disk of the database at {self.index} is full (“{reason}”). What was stored "
                "before is unharmed: make room, then run the same command again."
            )
        if state.startswith(_GONE) or (self._is_of_connection(cause) and not state):
            return StoreGone(
                f"The database at {self.index} cannot be reached or went away (“{reason}”). What "
                "was stored before is unharmed: start it or correct "
                f"{_SETTING}, then run the same command again."
            )
        if state == _BUSY:
            return IndexBusy(f"Another program holds what is wanted in {self.index}. Try again.")
        if state == _SLOW:
            return StoreGone(
                f"The database at {self.index} took too long. ASKPAPERS_TIMEOUT sets how long to "
                "wait; what was stored before is unharmed."
            )
        if state == _NO_RIGHT or state.startswith(("28", "3D")):
            return UsageError(
                f"The database at {self.index} refused (“{reason}”). Check {_SETTING}, and that "
                "its user may create tables in its schema."
            )
        return self.broken(reason) if state in _DAMAGED else None

    def _is_of_connection(self, error: object) -> bool:
        import psycopg

        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)

    def broken(self, reason: str) -> IndexDamaged:
        return IndexDamaged(
            f"The catalog at {self.index} is damaged or no catalog (“{reason}”). Run askpapers "
            "restore FILE with a backup, or empty the database and run askpapers ingest again."
        )

    def lost(self) -> IndexDamaged:
        return self.broken("its tables are gone")

    def integrity(self, _: sa.Connection) -> list[str]:
        """The server vouches for its own pages."""
        return []

    def settle(self, _: sa.Connection) -> bool:
        return True

    def read_back(self, generation: int) -> None:
        """What the server has committed it holds."""


def _failures() -> tuple[type[Exception], ...]:
    try:
        import psycopg
    except ImportError as error:
        raise SettingsError(
            f"{_SETTING} is set, and the driver of PostgreSQL is not installed. Run "
            "pip install 'askpapers[postgres]'."
        ) from error
    return (psycopg.Error,)


@cache
def _dumper() -> Any:
    """How a text goes to the server, which takes none with NUL: no text that it holds has one."""
    from psycopg.types import string

    base: Any = string.StrDumper

    def dump(self: Any, text: str) -> Any:
        return base.dump(self, text.replace("\0", "\ufffd"))

    return type("Dumper", (base,), {"dump": dump})


def _state(error: object) -> str:
    return str(getattr(error, "sqlstate", None) or "")


def _may_pass(error: BaseException) -> bool:
    """Whether a server that refused a connection may take it soon."""
    return _state(error).startswith("57P") or any(word in str(error) for word in _LATER)

"""Where a catalog lies, and what has to be done otherwise there: a file of SQLite, or a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import sqlalchemy as sa

from ingest.errors import AskpapersError, IndexDamaged
from ingest.seal import Seal


class Home(Protocol):
    """The place of a catalog; `index` is what a person calls it, `seal` vouches for its files.

    `failures` are errors of its driver that come as they are.
    """

    index: str

    @property
    def failures(self) -> tuple[type[Exception], ...]: ...

    @property
    def seal(self) -> Seal: ...

    @property
    def tables(self) -> Sequence[sa.Table]: ...

    def engine(self) -> sa.Engine:
        """Connections to the database. Raises IndexDamaged where it should be there and is not."""

    def lock(self, connection: sa.Connection) -> None:
        """Make this connection the only one that writes. Raises IndexBusy after a while."""

    def unlock(self, connection: sa.Connection) -> None:
        """Let others write."""

    def begin_writing(self, connection: sa.Connection) -> None:
        """Begin a transaction: what it reads cannot change before it is written over."""

    def begin_reading(self, connection: sa.Connection) -> None:
        """Begin a transaction that reads one state, whatever others publish meanwhile."""

    def told(self, error: Exception) -> AskpapersError | None:
        """The sentence for an error of the database, None for one of ours."""

    def broken(self, reason: str) -> IndexDamaged:
        """The sentence for a catalog that cannot be trusted."""

    def lost(self) -> IndexDamaged:
        """The sentence for an index that held papers and has no catalog any more."""

    def integrity(self, connection: sa.Connection) -> list[str]:
        """What the database finds wrong with what it keeps; reads all of it."""

    def settle(self, connection: sa.Connection) -> bool:
        """Bring all that was committed into one place; False where a reader is in the way."""

    def read_back(self, generation: int) -> None:
        """Raises UsageError where what lies there is not what we have written."""

"""What an ingest asks of whoever writes to its index, in a folder or on servers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self

from ingest.catalog import Entry, StoredRecord, Writing
from ingest.records import Record
from ingest.stores.lexicon import Leaf

# What a source held before, and what it holds in that place now.
Edit = tuple[StoredRecord, Record]


class Writer(Protocol):
    """Stores papers, and lets readers see them. Leaving it takes back what was not published."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    @property
    def writing(self) -> Writing:
        """The open transaction of the catalog; this thread reads what is written in it."""

    def turn(self) -> AbstractContextManager[None]:
        """Inside, nobody else writes, and what is read does not change."""

    def prepare(self, records: Sequence[Record]) -> None:
        """Do what can be done for these records while others write."""

    def unstored(
        self, records: Sequence[Record], edits: Sequence[Edit]
    ) -> tuple[Sequence[Record], Sequence[Edit]]:
        """Those of these records and edits that nobody has stored since they were read."""

    def save(self, entries: Sequence[Entry]) -> None:
        """Store papers in place of those they replace."""

    def remove(self, paper_ids: Sequence[str]) -> None:
        """Take papers out."""

    def publish(self, last: bool = True) -> None:
        """Let readers see everything so far; `last` tidies up, as a run does at its end."""


class Leaves(Protocol):
    """Where the entries of a text index go."""

    def store(self, leaves: Sequence[Leaf]) -> None:
        """Store entries in place of older ones of the same papers."""

    def commit(self) -> None:
        """Make everything written so far durable."""

    def count(self) -> int:
        """Papers that have an entry."""

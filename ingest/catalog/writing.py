"""The writing half of the catalog: rows in, inside one transaction, and the steps of its format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from ingest.catalog import schema
from ingest.catalog.dialects import among, append, insert_new, number_on
from ingest.catalog.feedback import Feedback, feedback_row
from ingest.catalog.rows import (
    Entry,
    Row,
    checksum,
    chunk_row,
    numberless,
    paper_row,
    record_row,
    said,
)
from ingest.papers.identity import head
from ingest.records import Chunk, Problem

Rows = Sequence[dict[str, Any]]
# Kept out of a file of a million lines may be all of them: enough of them to see what is wrong.
MOST_PROBLEMS = 1_000


class Writing:
    """The writing half of the catalog, inside one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def create(self, tables: Sequence[sa.Table] = schema.EVERYWHERE) -> None:
        """The tables of an empty index, where they are not there yet."""
        self.add_tables(tables)
        self.set("format", str(schema.FORMAT))

    def add_tables(self, tables: Sequence[sa.Table] = schema.EVERYWHERE) -> None:
        """Make those of these tables that are not there yet."""
        schema.schema.create_all(self._connection, tables=tables)

    def save(self, entries: Sequence[Entry]) -> None:
        """Store papers and their records in place of those they replace; `describe` adds the rest.

        A row that stays keeps its position: the order of papers does not depend on later edits.
        """
        ids = [entry.paper.paper_id for entry in entries]
        replaced = {old for entry in entries for old in entry.replaces}
        kept = self._existing(ids)
        # Mostly nothing is there to be taken out.
        self._clear(sorted(kept | replaced))
        self._delete(schema.papers, sorted(replaced - set(ids)))
        rows = {entry.paper.paper_id: paper_row(entry.paper) for entry in entries}
        for paper_id in kept:
            update = sa.update(schema.papers).where(schema.papers.c.paper_id == paper_id)
            self._connection.execute(update.values(rows[paper_id]))
        self._insert(schema.papers, [row for paper_id, row in rows.items() if paper_id not in kept])
        self._insert(
            schema.aliases,
            [{"alias": a, "paper_id": e.paper.paper_id} for e in entries for a in e.paper.aliases],
            ignore=True,
        )
        records = [record_row(stored, e.paper.paper_id) for e in entries for stored in e.records]
        # A record that was stored keeps its number, and so its place among the sources.
        self._insert(schema.records, [row for row in records if row["record_id"]])
        self._insert(schema.records, [numberless(row) for row in records if not row["record_id"]])

    def describe(
        self, chunks: Sequence[Chunk], names: Sequence[Row], authors: Sequence[Row]
    ) -> None:
        """Store what was read out of papers that were saved before."""
        append(self._connection, schema.chunks, list(map(chunk_row, chunks)))
        append(self._connection, schema.names, names)
        append(self._connection, schema.authors, authors)

    def remove(self, paper_ids: Sequence[str]) -> None:
        """Take papers out with all that belongs to them."""
        self._clear(paper_ids)
        self._delete(schema.papers, paper_ids)

    def move(self, record_ids_to_lines: dict[int, int]) -> None:
        """Unchanged records that stand on other lines now."""
        for record_id, line in record_ids_to_lines.items():
            self._connection.execute(
                sa.update(schema.records)
                .where(schema.records.c.record_id == record_id)
                .values(line=line)
            )

    def publish(self) -> int:
        """Count up the generation, by which readers know that there is something new."""
        query = sa.select(schema.meta.c.value).where(schema.meta.c.key == "generation")
        generation = int(self._connection.execute(query).scalar() or 0) + 1
        self.set("generation", str(generation))
        return generation

    def set(self, key: str, value: str) -> None:
        """Store a fact about the index in place of an older one."""
        self._connection.execute(sa.delete(schema.meta).where(schema.meta.c.key == key))
        self._connection.execute(sa.insert(schema.meta).values(key=key, value=value))

    def describe_anew(
        self,
        paper_ids: Sequence[str],
        chunks: Sequence[Chunk],
        names: Sequence[Row],
        authors: Sequence[Row],
    ) -> None:
        """Replace what was read out of these papers."""
        for table in (schema.chunks, schema.names, schema.authors):
            self._delete(table, paper_ids)
        self.describe(chunks, names, authors)

    def note_problems(self, problems: Sequence[tuple[str, Problem]], files: Sequence[str]) -> None:
        """Store what these files keep out, in place of what they kept out when last read.

        Each problem comes with its file. Only the newest `MOST_PROBLEMS` of all files stay.
        """
        self._delete(schema.problems, files, "file")
        rows = [{"file": file, "source": p.source, "reason": p.reason} for file, p in problems]
        self._insert(schema.problems, rows[:MOST_PROBLEMS])
        number = schema.problems.c.problem_id
        newest = sa.select(number).order_by(number.desc()).limit(MOST_PROBLEMS)
        self._connection.execute(sa.delete(schema.problems).where(number.not_in(newest)))

    def keep_feedback(self, given: Feedback) -> None:
        """Store what a person said of an answer, in place of what they said of it before."""
        table, row = schema.feedback, feedback_row(given)
        update = sa.update(table).where(table.c.token == given.token).values(row)
        if not self._connection.execute(update).rowcount:
            self._connection.execute(sa.insert(table).values(row))

    def replace_all(self, truth: Iterable[tuple[str, Rows]]) -> None:
        """Take the rows of another catalog in place of all that cannot be derived."""
        for table in (*schema.TRUTH, schema.chunks, schema.names, schema.authors):
            self._connection.execute(sa.delete(table))
        for name, rows in truth:
            self._insert(schema.schema.tables[name], rows)
        number_on(self._connection)

    def recall_heads(self) -> None:
        """Compute the keys of beginnings anew, after their definition changed."""
        rows = self._connection.execute(
            sa.select(schema.papers.c.paper_id, schema.papers.c.abstract)
        ).all()
        for row in rows:
            update = sa.update(schema.papers).where(schema.papers.c.paper_id == row.paper_id)
            self._connection.execute(update.values(head=head(row.abstract)))

    def checksum_papers(self) -> None:
        """Compute the checksum of every paper, after the first format that has them."""
        self._connection.exec_driver_sql("ALTER TABLE papers ADD COLUMN checksum INTEGER")
        for row in self._connection.execute(sa.select(schema.papers)).all():
            update = sa.update(schema.papers).where(schema.papers.c.paper_id == row.paper_id)
            self._connection.execute(update.values(checksum=checksum(said(row))))

    def drop(self, table: str) -> None:
        """Take out a table that is no longer used."""
        self._connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")

    def _existing(self, paper_ids: Sequence[str]) -> frozenset[str]:
        column = schema.papers.c.paper_id
        rows = self._connection.execute(sa.select(column).where(among(column, paper_ids)))
        return frozenset(str(row.paper_id) for row in rows)

    def _clear(self, paper_ids: Sequence[str]) -> None:
        for table in (schema.aliases, schema.records, schema.chunks, schema.names, schema.authors):
            self._delete(table, paper_ids)

    def _delete(self, table: sa.Table, values: Sequence[str], column: str = "paper_id") -> None:
        if values:
            self._connection.execute(sa.delete(table).where(among(table.c[column], values)))

    def _insert(self, table: sa.Table, rows: Rows, ignore: bool = False) -> None:
        if rows:
            statement = insert_new(self._connection, table) if ignore else sa.insert(table)
            self._connection.execute(statement, rows)


def _to_2(writing: Writing) -> None:
    """Short abstracts have keys too; papers in hand stand in a file."""
    writing.drop("pending")
    writing.recall_heads()
    # The text index of format 1 lacks fields: whatever it was made with, it has to be made anew.
    writing.set("stores", "1")


def _to_3(writing: Writing) -> None:
    """Papers have checksums."""
    writing.checksum_papers()


def _to_4(writing: Writing) -> None:
    """What was kept out of files, and what people say of answers, have tables."""
    writing.add_tables()


# The step from each format to the next one.
UPGRADES: dict[int, Callable[[Writing], None]] = {1: _to_2, 2: _to_3, 3: _to_4}

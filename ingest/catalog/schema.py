"""The tables of the catalog."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

# Raised with every change of the tables; `writing.UPGRADES` leads from each one to the next.
FORMAT = 4

# PostgreSQL sorts text by the language of its cluster; ids and names sort by their code points.
_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_String = sa.String().with_variant(sa.String(collation="C"), "postgresql")
# SQLite numbers the rows of every table; where the database does not, a column is added for that.
_ROW = "rowid"

schema = sa.MetaData()
meta = sa.Table(
    "meta", schema,
    sa.Column("key", _String, primary_key=True), sa.Column("value", _String, nullable=False),
)  # fmt: skip
papers = sa.Table(
    "papers", schema,
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("paper_id", _String, nullable=False, unique=True),
    sa.Column("abstract", _Text, nullable=False), sa.Column("head", _String, index=True),
    sa.Column("title", _Text, nullable=False), sa.Column("title_derived", sa.Boolean),
    sa.Column("authors", sa.JSON), sa.Column("year", sa.Integer, index=True),
    sa.Column("venue", _Text), sa.Column("url", _Text), sa.Column("source_ids", sa.JSON),
    sa.Column("checksum", sa.BigInteger),
)  # fmt: skip
aliases = sa.Table(
    "aliases", schema,
    sa.Column("alias", _String, primary_key=True),
    sa.Column("paper_id", _String, nullable=False, index=True),
)  # fmt: skip
records = sa.Table(
    "records", schema,
    sa.Column("record_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("paper_id", _String, nullable=False, index=True),
    sa.Column("file", _String, nullable=False, index=True), sa.Column("line", sa.Integer),
    sa.Column("digest", _String, nullable=False), sa.Column("content", sa.JSON, nullable=False),
    # Several writers at once ask whether another one has stored a record meanwhile.
    sa.Index("ix_records_digest", "digest").ddl_if(dialect="postgresql"),
)  # fmt: skip
chunks = sa.Table(
    "chunks", schema,
    sa.Column("chunk_id", _String, primary_key=True),
    sa.Column("paper_id", _String, nullable=False, index=True),
    sa.Column("start", sa.Integer), sa.Column("end", sa.Integer),
)  # fmt: skip
names = sa.Table(
    "names", schema,
    sa.Column("paper_id", _String, nullable=False, index=True),
    sa.Column("folded", _String, nullable=False, index=True),
    sa.Column("name", _String, nullable=False), sa.Column("expansion", _String, nullable=False),
    sa.Column("own", sa.Boolean, nullable=False), sa.Column(_ROW, sa.Integer, system=True),
)  # fmt: skip
authors = sa.Table(
    "authors", schema,
    sa.Column("paper_id", _String, nullable=False, index=True),
    sa.Column("last", _String, nullable=False, index=True),
    sa.Column("name", _String, nullable=False), sa.Column(_ROW, sa.Integer, system=True),
)  # fmt: skip
problems = sa.Table(
    "problems", schema,
    sa.Column("problem_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("file", _String, nullable=False, index=True),
    sa.Column("source", _String, nullable=False), sa.Column("reason", _Text, nullable=False),
)  # fmt: skip
feedback = sa.Table(
    "feedback", schema,
    sa.Column("feedback_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("token", _String, nullable=False, unique=True),
    sa.Column("given", _String, nullable=False), sa.Column("question", _Text, nullable=False),
    sa.Column("liked", sa.Boolean, nullable=False), sa.Column("content", sa.JSON, nullable=False),
    sa.Column("checksum", sa.BigInteger, nullable=False),
)  # fmt: skip

# What no other table can be made from: the rest is read out of these.
TRUTH = (papers, aliases, records, problems, feedback)

# Of an index on servers alone: what a process makes its text index of, without reading any paper
# again, and when that changed; a paper that was taken out keeps a row without a sheet.
entries = sa.Table(
    "entries", schema,
    sa.Column("paper_id", _String, primary_key=True),
    sa.Column("generation", sa.BigInteger, nullable=False, index=True),
    sa.Column("sheet", sa.LargeBinary), sa.Column("ranked", _Text), sa.Column("phrases", _Text),
    sa.Column("authors", _Text),
)  # fmt: skip
# Files that every process needs in the same words, and papers that a writer has in hand.
files = sa.Table(
    "files", schema,
    sa.Column("name", _String, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)  # fmt: skip
pending = sa.Table("pending", schema, sa.Column("paper_id", _String, primary_key=True))

# What a catalog holds beside these lies in the folder of the index where there is one.
SHARED = (entries, files, pending)
EVERYWHERE = tuple(table for table in schema.tables.values() if table not in SHARED)


def _number_rows(table: sa.Table) -> None:
    added = f"ALTER TABLE {table.name} ADD COLUMN {_ROW} BIGINT GENERATED ALWAYS AS IDENTITY"
    statement: Any = sa.DDL(added)  # type: ignore[no-untyped-call]
    sa.event.listen(table, "after_create", statement.execute_if(dialect="postgresql"))


for _table in (names, authors):
    _number_rows(_table)


def arrival(table: sa.Table) -> tuple[sa.Column[Any], ...]:
    """The column by which rows of a table stand in the order of their arrival, if there is one."""
    names_of = {
        "papers": "position", "records": "record_id", "names": _ROW, "authors": _ROW,
        "problems": "problem_id", "feedback": "feedback_id",
    }  # fmt: skip
    return (table.c[names_of[table.name]],) if table.name in names_of else ()

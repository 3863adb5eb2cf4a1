"""The tables of the catalog."""

from __future__ import annotations

import sqlalchemy as sa

# Raised with every change of the tables; `writing.UPGRADES` leads from each one to the next.
FORMAT = 4

schema = sa.MetaData()
meta = sa.Table(
    "meta", schema,
    sa.Column("key", sa.String, primary_key=True), sa.Column("value", sa.String, nullable=False),
)  # fmt: skip
papers = sa.Table(
    "papers", schema,
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("paper_id", sa.String, nullable=False, unique=True),
    sa.Column("abstract", sa.Text, nullable=False), sa.Column("head", sa.String, index=True),
    sa.Column("title", sa.Text, nullable=False), sa.Column("title_derived", sa.Boolean),
    sa.Column("authors", sa.JSON), sa.Column("year", sa.Integer, index=True),
    sa.Column("venue", sa.Text), sa.Column("url", sa.Text), sa.Column("source_ids", sa.JSON),
    sa.Column("checksum", sa.Integer),
)  # fmt: skip
aliases = sa.Table(
    "aliases", schema,
    sa.Column("alias", sa.String, primary_key=True),
    sa.Column("paper_id", sa.String, nullable=False, index=True),
)  # fmt: skip
records = sa.Table(
    "records", schema,
    sa.Column("record_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("paper_id", sa.String, nullable=False, index=True),
    sa.Column("file", sa.String, nullable=False, index=True), sa.Column("line", sa.Integer),
    sa.Column("digest", sa.String, nullable=False), sa.Column("content", sa.JSON, nullable=False),
)  # fmt: skip
chunks = sa.Table(
    "chunks", schema,
    sa.Column("chunk_id", sa.String, primary_key=True),
    sa.Column("paper_id", sa.String, nullable=False, index=True),
    sa.Column("start", sa.Integer), sa.Column("end", sa.Integer),
)  # fmt: skip
names = sa.Table(
    "names", schema,
    sa.Column("paper_id", sa.String, nullable=False, index=True),
    sa.Column("folded", sa.String, nullable=False, index=True),
    sa.Column("name", sa.String, nullable=False), sa.Column("expansion", sa.String, nullable=False),
    sa.Column("own", sa.Boolean, nullable=False),
)  # fmt: skip
authors = sa.Table(
    "authors", schema,
    sa.Column("paper_id", sa.String, nullable=False, index=True),
    sa.Column("last", sa.String, nullable=False, index=True),
    sa.Column("name", sa.String, nullable=False),
)  # fmt: skip
problems = sa.Table(
    "problems", schema,
    sa.Column("problem_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("file", sa.String, nullable=False, index=True),
    sa.Column("source", sa.String, nullable=False), sa.Column("reason", sa.Text, nullable=False),
)  # fmt: skip
feedback = sa.Table(
    "feedback", schema,
    sa.Column("feedback_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("token", sa.String, nullable=False, unique=True),
    sa.Column("given", sa.String, nullable=False), sa.Column("question", sa.Text, nullable=False),
    sa.Column("liked", sa.Boolean, nullable=False), sa.Column("content", sa.JSON, nullable=False),
    sa.Column("checksum", sa.Integer, nullable=False),
)  # fmt: skip

# What no other table can be made from: the rest is read out of these.
TRUTH = (papers, aliases, records, problems, feedback)

"""What a person who looks through the catalog sees: by year, by file, merged, kept out, judged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ingest.catalog import schema
from ingest.catalog.database import Database
from ingest.catalog.feedback import Feedback, feedback_of
from ingest.records import Problem


class Shelves(Database):
    """The part of the catalog that is shown rather than asked."""

    def found(self, text: str, file: str, most: int) -> tuple[list[str], int]:
        """Papers whose record holds every word of a text, newest first, and how many there are.

        Where a file is named, only papers that have a record in it.
        """
        table = schema.papers.c
        columns = (table.title, table.abstract, table.venue, table.year)
        # Authors stand in JSON, which spells other letters than those of ASCII in its own way.
        holding = [
            sa.or_(
                _holds(table.authors, json.dumps(word)[1:-1]),
                *(_holds(column, word) for column in columns),
            )
            for word in text.split()
        ]
        if file:
            records = schema.records.c
            inside = sa.select(records.paper_id).where(records.file == file)
            holding.append(table.paper_id.in_(inside))
        query = sa.select(table.paper_id).where(sa.and_(sa.true(), *holding))
        count = int(self._rows(sa.select(sa.func.count()).select_from(query.subquery()))[0][0])
        newest = table.year.desc().nulls_last()
        rows = self._rows(query.order_by(newest, table.position).limit(most))
        return [str(row.paper_id) for row in rows], count

    def papers_by_year(self) -> dict[int | None, int]:
        """How many papers each year has, in order of years; None where it is unknown, last."""
        year = schema.papers.c.year
        rows = self._rows(sa.select(year, sa.func.count().label("papers")).group_by(year))
        counted: dict[int | None, int] = {row.year: int(row.papers) for row in rows}
        return {one: counted[one] for one in sorted(counted, key=lambda one: (one is None, one))}

    def papers_by_file(self) -> dict[str, int]:
        """How many papers have a record in each file, most first."""
        table = schema.records.c
        papers = sa.func.count(sa.distinct(table.paper_id)).label("papers")
        query = sa.select(table.file, papers).group_by(table.file)
        rows = self._rows(query.order_by(papers.desc(), table.file))
        return {str(row.file): int(row.papers) for row in rows}

    def merged(self, most: int) -> tuple[list[str], int]:
        """Papers that several records are of, most records first, and how many there are."""
        table = schema.records.c
        records = sa.func.count()
        query = sa.select(table.paper_id).group_by(table.paper_id).having(records > 1)
        count = int(self._rows(sa.select(sa.func.count()).select_from(query.subquery()))[0][0])
        rows = self._rows(query.order_by(records.desc(), table.paper_id).limit(most))
        return [str(row.paper_id) for row in rows], count

    def problems(self, most: int | None = None) -> list[Problem]:
        """What was kept out of the files when they were last read, in order of files and lines."""
        table = schema.problems.c
        query = sa.select(table.source, table.reason).order_by(table.problem_id).limit(most)
        return [Problem(str(row.source), str(row.reason)) for row in self._rows(query)]

    def problems_of(self, files: Sequence[str]) -> list[tuple[str, Problem]]:
        """The same of these files alone, each with its file."""
        table = schema.problems
        rows = self._in(sa.select(table).order_by(table.c.problem_id), table.c.file, files)
        return [(str(row.file), Problem(str(row.source), str(row.reason))) for row in rows]

    def files_with_problems(self) -> list[str]:
        """Every file that something was kept out of."""
        column = schema.problems.c.file
        return [str(row.file) for row in self._rows(sa.select(column).distinct().order_by(column))]

    def count_problems(self) -> int:
        return int(self._rows(sa.select(sa.func.count()).select_from(schema.problems))[0][0])

    def feedback(self) -> list[Feedback]:
        """What people said of answers, oldest first."""
        query = sa.select(schema.feedback).order_by(schema.feedback.c.feedback_id)
        return [self._feedback(row) for row in self._rows(query)]

    def _feedback(self, row: Any) -> Feedback:
        try:
            return feedback_of(row)
        except (ValueError, TypeError, AttributeError) as error:
            raise self.home.broken(f"feedback {row.feedback_id}: {error}") from error


def _holds(column: sa.Column[Any], word: str) -> sa.ColumnElement[bool]:
    """Whether a column, as text, holds a word, in capitals or not."""
    return sa.func.coalesce(sa.cast(column, sa.Text), "").icontains(word, autoescape=True)

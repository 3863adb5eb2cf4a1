"""What SQLite and PostgreSQL say in different words: each statement of that kind, once for each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ingest.catalog import schema

# As they stand in JSON: what is no text, and half of a character, which may be one that is whole.
_UNTEXT, _SURROGATE = "\\u0000", "\\ud"

Rows = Sequence[Sequence[Any]]


class _Listed(FunctionElement[Any]):
    """The values of a JSON list as rows."""

    name = "listed"
    inherit_cache = True


@compiles(_Listed, "sqlite")
def _listed_in_sqlite(element: _Listed, compiler: Any, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_Listed, "postgresql")
def _listed_in_postgresql(element: _Listed, compiler: Any, **options: Any) -> str:
    listed = compiler.process(element.clauses, **options)
    return f"jsonb_array_elements_text(CAST({listed} AS JSONB))"


def listed(values: Sequence[str | int]) -> sa.TableValuedAlias:
    """Any number of values as a table of one column, `value`, in one parameter."""
    found = json.dumps(list(values))
    if _UNTEXT in found or _SURROGATE in found:
        found = json.dumps([value for value in values if _is_text(value)])
    return _Listed(sa.literal(found)).table_valued("value")


def _is_text(value: str | int) -> bool:
    """Whether a database can hold the value: what it cannot hold is not in it."""
    try:
        return b"\0" not in str(value).encode()
    except UnicodeEncodeError:
        return False


def among(column: sa.Column[Any], values: Sequence[str | int]) -> sa.ColumnElement[bool]:
    """Whether a column holds one of the values: any number of them, in one parameter."""
    value = listed(values).c.value
    is_number = isinstance(column.type, sa.Integer)
    return column.in_(sa.select(sa.cast(value, sa.Integer) if is_number else value))


def insert_new(connection: sa.Connection, table: sa.Table) -> sa.Insert:
    """An insert that passes over rows whose key is there already."""
    made = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    return made(table).on_conflict_do_nothing()


def append(connection: sa.Connection, table: sa.Table, rows: Rows) -> None:
    """Insert rows, their values in the order of the columns, by the quickest way there is."""
    if not rows:
        return
    columns = ", ".join(f'"{column.name}"' for column in table.c if not column.system)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" for column in table.c if not column.system)
        statement = f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"
        connection.exec_driver_sql(statement, [tuple(row) for row in rows])
        return
    driver: Any = connection.connection.driver_connection
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as into,
    ):
        for row in rows:
            into.write_row(row)


def number_on(connection: sa.Connection) -> None:
    """Let the database number rows after those that brought their numbers with them."""
    if connection.dialect.name == "sqlite":
        return  # it takes the next higher number by itself
    for table in (schema.papers, schema.records, schema.problems, schema.feedback):
        key = next(iter(table.primary_key)).name
        sequence = f"pg_get_serial_sequence('{table.name}', '{key}')"
        highest = f"(SELECT coalesce(max({key}), 0) + 1 FROM {table.name})"
        connection.exec_driver_sql(f"SELECT setval({sequence}, {highest}, false)")

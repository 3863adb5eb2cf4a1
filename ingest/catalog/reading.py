"""What the catalog knows: papers, records, chunks, names; and the papers that a run has in hand."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ingest.catalog import schema
from ingest.catalog.dialects import listed
from ingest.catalog.rows import Mark, Name, Row, StoredRecord, is_sound, paper_of, stored_record
from ingest.catalog.shelves import Shelves
from ingest.catalog.sqlite import SqliteFile
from ingest.papers.identity import CLAIM
from ingest.records import Chunk, Paper

_PART = 1000


class Catalog(Shelves):
    """The database of one index. Reading needs no lock; writing is for the holder of the lock."""

    def __init__(self, file: Path) -> None:
        """Open, create or bring up to date, or raise what `Database` raises."""
        super().__init__(SqliteFile(file))
        self.file = file
        self._pending = file.with_suffix(".pending")

    def paper_ids(self) -> list[str]:
        """Every id, sorted: the same order whatever the order of arrival."""
        rows = self._rows(sa.select(schema.papers.c.paper_id).order_by(schema.papers.c.paper_id))
        return [str(row.paper_id) for row in rows]

    def count(self) -> int:
        return int(self._rows(sa.select(sa.func.count()).select_from(schema.papers))[0][0])

    def papers(self, paper_ids: Sequence[str] | None = None) -> list[Paper]:
        """Papers in the order of the ids given, unknown ids left out; all in order of arrival."""
        if paper_ids is None:
            rows = self._rows(sa.select(schema.papers).order_by(schema.papers.c.position))
        else:
            rows = self._in(sa.select(schema.papers), schema.papers.c.paper_id, paper_ids)
        if damaged := [row.position for row in rows if not is_sound(row)]:
            raise self.home.broken(f"row {damaged[0]} of its papers is not as it was stored")
        found = {row.paper_id: row for row in rows}
        ids = list(found) if paper_ids is None else [i for i in paper_ids if i in found]
        aliases = self._grouped(schema.aliases, schema.aliases.c.alias, ids)
        sources = self._grouped(
            schema.records,
            schema.records.c.file + ":" + sa.cast(schema.records.c.line, sa.String),
            ids,
        )
        return [paper_of(found[i], aliases.get(i, ()), sources.get(i, ())) for i in ids]

    def titles(self, paper_ids: Sequence[str]) -> list[str]:
        """The titles of these papers, derived ones too, "" for an unknown id; in their order."""
        query = sa.select(schema.papers.c.paper_id, schema.papers.c.title)
        found = {
            row.paper_id: row.title for row in self._in(query, schema.papers.c.paper_id, paper_ids)
        }
        return [found.get(paper_id, "") for paper_id in paper_ids]

    def resolve(self, name: str) -> str | None:
        """The id of the paper that has this id, alias or source id, or None."""
        rows = self._rows(
            sa.select(schema.papers.c.paper_id).where(schema.papers.c.paper_id == name)
        )
        rows = rows or self._rows(
            sa.select(schema.aliases.c.paper_id).where(schema.aliases.c.alias == name)
        )
        return str(rows[0].paper_id) if rows else None

    def shelf(self, text: str, most: int, file: str = "") -> tuple[list[Paper], int]:
        """Papers whose record holds every word of a text, newest first, and how many there are.

        Where a file is named, only papers that have a record in it.
        """
        paper_ids, count = self.found(text, file, most)
        return self.papers(paper_ids), count

    def years(self, paper_ids: Sequence[str] | None = None) -> dict[str, int | None]:
        """The year of each paper, None where it is unknown; of all in order of arrival."""
        columns = (schema.papers.c.paper_id, schema.papers.c.year)
        if paper_ids is None:
            rows = self._rows(sa.select(*columns).order_by(schema.papers.c.position))
        else:
            rows = self._in(sa.select(*columns), schema.papers.c.paper_id, paper_ids)
        return {row.paper_id: row.year for row in rows}

    def abstracts(self, paper_ids: Sequence[str]) -> dict[str, str]:
        """The abstract of each of these papers."""
        query = sa.select(schema.papers.c.paper_id, schema.papers.c.abstract)
        rows = self._in(query, schema.papers.c.paper_id, paper_ids)
        return {row.paper_id: row.abstract for row in rows}

    def names(self, folded_names: Sequence[str]) -> list[Name]:
        """Definitions of these names (lower case, letters and digits only), in order of papers."""
        rows = self._in(sa.select(schema.names), schema.names.c.folded, folded_names)
        return [Name(row.paper_id, row.name, row.expansion, row.own) for row in rows]

    def names_beginning(self, folded_start: str) -> list[Name]:
        """Definitions whose name, expansion or title begins so, in order of papers."""
        column, *arrived = schema.names.c.folded, *schema.arrival(schema.names)
        query = sa.select(schema.names).where(*_beginning(folded_start))
        rows = self._rows(query.order_by(column, *arrived))
        return [Name(row.paper_id, row.name, row.expansion, row.own) for row in rows]

    def begins_name(self, folded_start: str) -> bool:
        """Whether some name, expansion or title begins so."""
        query = sa.select(schema.names.c.name).where(*_beginning(folded_start))
        return bool(self._rows(query.limit(1)))

    def all_names(self) -> list[str]:
        """Every name that some paper defines, once each."""
        return [str(row.name) for row in self._rows(_once(schema.names))]

    def all_authors(self) -> list[str]:
        """Every author's name as stored, once each."""
        return [str(row.name) for row in self._rows(_once(schema.authors))]

    def own_names(self, limit: int) -> list[str]:
        """Names of what papers propose, in order of papers: one word each, once each."""
        query = _once(schema.names).where(schema.names.c.own, ~schema.names.c.name.contains(" "))
        return [str(row.name) for row in self._rows(query.limit(limit))]

    def expansions(self) -> list[tuple[str, str, int]]:
        """Pairs of name and expansion over all papers, with the number of papers of each."""
        columns = (schema.names.c.name, schema.names.c.expansion)
        query = (
            sa.select(*columns, sa.func.count())
            .where(schema.names.c.expansion != "")
            .group_by(*columns)
            .order_by(*columns)
        )
        rows: list[Any] = [*self._rows(query)]
        return [(str(name), str(expansion), int(count)) for name, expansion, count in rows]

    def venues(self) -> list[str]:
        """The distinct venues of papers, sorted."""
        column = schema.papers.c.venue
        query = sa.select(column).where(column != "").distinct()
        return sorted(str(row.venue) for row in self._rows(query))

    def stored_chunks(self, papers: Sequence[Paper]) -> list[Chunk]:
        """The chunks of these papers, in their order, with their text."""
        rows = self.chunks([paper.paper_id for paper in papers])
        return [
            Chunk(chunk_id, paper.paper_id, start, end, paper.abstract[start:end])
            for paper in papers
            for chunk_id, start, end in rows.get(paper.paper_id, ())
        ]

    def authors_named(self, last_names: Sequence[str]) -> list[tuple[str, str]]:
        """Pairs of author name and paper id, for authors with one of these folded words."""
        rows = self._in(sa.select(schema.authors), schema.authors.c.last, last_names)
        return list(dict.fromkeys((str(row.name), str(row.paper_id)) for row in rows))

    def chunks(self, paper_ids: Sequence[str]) -> dict[str, list[tuple[str, int, int]]]:
        """Chunk ids with their offsets, by paper, in order."""
        found: dict[str, list[tuple[str, int, int]]] = {}
        for row in self._in(sa.select(schema.chunks), schema.chunks.c.paper_id, paper_ids):
            found.setdefault(row.paper_id, []).append((row.chunk_id, row.start, row.end))
        return {key: sorted(rows, key=lambda row: row[1]) for key, rows in found.items()}

    def described(
        self, paper_ids: Sequence[str]
    ) -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
        """The stored rows of names and of authors, by paper."""
        found: list[dict[str, list[Row]]] = []
        for table in (schema.names, schema.authors):
            found.append({})
            columns = (column for column in table.c if not column.system)
            for row in self._in(sa.select(*columns), table.c.paper_id, paper_ids):
                found[-1].setdefault(row.paper_id, []).append(tuple(row))
        return found[0], found[1]

    def records_of_file(self, file: str) -> list[StoredRecord]:
        """What earlier runs stored from a file, in order of lines."""
        rows = self._rows(
            sa.select(schema.records)
            .where(schema.records.c.file == file)
            .order_by(schema.records.c.line, schema.records.c.record_id)
        )
        return [stored_record(row) for row in rows]

    def marks_of_file(self, file: str) -> list[Mark]:
        """Number, line and digest of what earlier runs stored from a file, in order of lines."""
        table = schema.records
        query = sa.select(table.c.record_id, table.c.line, table.c.digest)
        rows = self._rows(
            query.where(table.c.file == file).order_by(table.c.line, table.c.record_id)
        )
        return [Mark(row.record_id, row.line, row.digest) for row in rows]

    def records(self, record_ids: Sequence[int]) -> list[StoredRecord]:
        """The records of these numbers, in order of lines."""
        found = self._in(sa.select(schema.records), schema.records.c.record_id, record_ids)
        return sorted(map(self._record, found), key=lambda stored: stored.record.source.line)

    def files(self) -> list[str]:
        """Every file that a stored record came from."""
        column = schema.records.c.file
        return [str(row.file) for row in self._rows(sa.select(column).distinct().order_by(column))]

    def last_record(self) -> int:
        """The highest record id so far: what is stored later has a higher one."""
        return int(self._rows(sa.select(sa.func.max(schema.records.c.record_id)))[0][0] or 0)

    def records_of_papers(self, paper_ids: Sequence[str]) -> dict[str, list[StoredRecord]]:
        found: dict[str, list[StoredRecord]] = {}
        for row in self._in(sa.select(schema.records), schema.records.c.paper_id, paper_ids):
            found.setdefault(row.paper_id, []).append(self._record(row))
        return {key: sorted(rows, key=lambda row: row.record_id) for key, rows in found.items()}

    def _record(self, row: Any) -> StoredRecord:
        try:
            return stored_record(row)
        except (ValueError, KeyError, TypeError) as error:
            raise self.home.broken(f"record {row.record_id}: {error}") from error

    def named(self, names: Sequence[str]) -> dict[str, list[str]]:
        """Which of these ids and aliases exist, and the papers that carry each, sorted.

        There is more than one where clearly different papers lay claim to an id.
        """
        found: dict[str, set[str]] = {}
        for row in self._in(sa.select(schema.papers.c.paper_id), schema.papers.c.paper_id, names):
            found.setdefault(row[0], set()).add(row[0])
        for row in self._in(sa.select(schema.aliases), schema.aliases.c.alias, names):
            found.setdefault(row.alias, set()).add(row.paper_id)
        for name, paper_id in self._claims(names):
            found.setdefault(name, set()).add(paper_id)
        return {name: sorted(paper_ids) for name, paper_ids in found.items()}

    def _claims(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Pairs of an id and a paper that lays claim to it, as others do."""
        if not names:
            return []
        name, alias = listed(names).c.value, schema.aliases.c.alias
        # A range of the primary key for each name; the space after " of" is below every letter.
        query: sa.Select[Any] = sa.select(name.label("name"), schema.aliases.c.paper_id).where(
            alias > name + CLAIM, alias < name + CLAIM.rstrip() + "!"
        )
        return [(str(row.name), str(row.paper_id)) for row in self._rows(query)]

    def heads(self, keys: Sequence[str]) -> dict[str, list[str]]:
        """Papers whose abstracts begin alike, by the key of `identity.head`."""
        found: dict[str, list[str]] = {}
        query = sa.select(schema.papers.c.head, schema.papers.c.paper_id)
        for row in self._in(query, schema.papers.c.head, [key for key in keys if key]):
            found.setdefault(row.head, []).append(row.paper_id)
        return found

    def aliases(self, paper_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Other ids of each paper that has any."""
        return self._grouped(schema.aliases, schema.aliases.c.alias, paper_ids)

    def count_chunks(self) -> int:
        return int(self._rows(sa.select(sa.func.count()).select_from(schema.chunks))[0][0])

    def chunk_ids(self) -> list[str]:
        """Every chunk id, sorted."""
        rows = self._rows(sa.select(schema.chunks.c.chunk_id).order_by(schema.chunks.c.chunk_id))
        return [str(row.chunk_id) for row in rows]

    def chunk_places(self, chunk_ids: Sequence[str]) -> dict[str, tuple[str, int, int]]:
        """Paper, start and end of each chunk; ids that no paper has are left out."""
        rows = self._in(sa.select(schema.chunks), schema.chunks.c.chunk_id, chunk_ids)
        return {row.chunk_id: (row.paper_id, row.start, row.end) for row in rows}

    def truth(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """All rows of what cannot be derived, in parts, each with the name of its table."""
        for table in schema.TRUTH:
            key, last = next(iter(table.primary_key)), None
            while rows := self._rows(
                sa.select(table)
                .where(sa.true() if last is None else key > last)
                .order_by(key)
                .limit(_PART)
            ):
                yield table.name, [dict(row._mapping) for row in rows]
                last = rows[-1]._mapping[key]

    # Papers in hand: what a killed run leaves for the next one

    def pending(self) -> list[str]:
        """Papers whose vectors and text entries may not be those of the catalog, sorted."""
        if not self._pending.is_file():
            return []
        # A line that was cut off by a kill names no paper, and nothing was written for it.
        noted = self._pending.read_text(encoding="utf-8", errors="replace")
        return sorted(set(noted.split("\n")) - {""})

    def note_pending(self, paper_ids: Sequence[str]) -> None:
        """Note papers before their vectors and text entries are touched."""
        self.seal.break_()
        with self._pending.open("a", encoding="utf-8") as noted:
            noted.writelines(f"{paper_id}\n" for paper_id in paper_ids)
            noted.flush()
            os.fsync(noted.fileno())

    def clear_pending(self) -> None:
        """All three stores agree: nothing is in hand."""
        self._pending.unlink(missing_ok=True)


def _once(table: sa.Table) -> sa.Select[Any]:
    """The names in a table, once each, in the order of their first arrival."""
    first = sa.func.min(*schema.arrival(table))
    return sa.select(table.c.name).group_by(table.c.name).order_by(first)


def _beginning(folded_start: str) -> tuple[sa.ColumnElement[bool], ...]:
    column = schema.names.c.folded
    # The highest code point closes the range, so that the index serves the query.
    return column >= folded_start, column < folded_start + "\U0010ffff"

"""The catalog: papers, their records, chunks and names. The truth; sole owner of the database.

Vectors and text index are derived from it. A paper whose derived entries are not yet written
stands in `pending`; a run that was killed leaves it there, and the next one begins with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ingest.acronyms import definitions
from ingest.errors import IndexMismatch
from ingest.identity import digest, head
from ingest.names import folded
from ingest.records import Chunk, Paper, Record, Source
from ingest.titles import method_name

FORMAT = "1"
# SQLite takes at most 32,766 variables in a statement; this leaves room and keeps plans short.
_MOST_VARIABLES = 900

_schema = sa.MetaData()
_meta = sa.Table(
    "meta", _schema,
    sa.Column("key", sa.String, primary_key=True), sa.Column("value", sa.String, nullable=False),
)  # fmt: skip
_papers = sa.Table(
    "papers", _schema,
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("paper_id", sa.String, nullable=False, unique=True),
    sa.Column("abstract", sa.Text, nullable=False), sa.Column("head", sa.String, index=True),
    sa.Column("title", sa.Text, nullable=False), sa.Column("title_derived", sa.Boolean),
    sa.Column("authors", sa.JSON), sa.Column("year", sa.Integer, index=True),
    sa.Column("venue", sa.Text), sa.Column("url", sa.Text), sa.Column("source_ids", sa.JSON),
)  # fmt: skip
_aliases = sa.Table(
    "aliases", _schema,
    sa.Column("alias", sa.String, primary_key=True),
    sa.Column("paper_id", sa.String, nullable=False, index=True),
)  # fmt: skip
_records = sa.Table(
    "records", _schema,
    sa.Column("record_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("paper_id", sa.String, nullable=False, index=True),
    sa.Column("file", sa.String, nullable=False, index=True), sa.Column("line", sa.Integer),
    sa.Column("digest", sa.String, nullable=False), sa.Column("content", sa.JSON, nullable=False),
)  # fmt: skip
_chunks = sa.Table(
    "chunks", _schema,
    sa.Column("chunk_id", sa.String, primary_key=True),
    sa.Column("paper_id", sa.String, nullable=False, index=True),
    sa.Column("start", sa.Integer), sa.Column("end", sa.Integer),
)  # fmt: skip
_names = sa.Table(
    "names", _schema,
    sa.Column("paper_id", sa.String, nullable=False, index=True),
    sa.Column("folded", sa.String, nullable=False, index=True),
    sa.Column("name", sa.String, nullable=False), sa.Column("expansion", sa.String, nullable=False),
    sa.Column("own", sa.Boolean, nullable=False),
)  # fmt: skip
_authors = sa.Table(
    "authors", _schema,
    sa.Column("paper_id", sa.String, nullable=False, index=True),
    sa.Column("last", sa.String, nullable=False, index=True),
    sa.Column("name", sa.String, nullable=False),
)  # fmt: skip
_pending = sa.Table("pending", _schema, sa.Column("paper_id", sa.String, primary_key=True))


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as an earlier run stored it, with the paper it went into."""

    record_id: int
    paper_id: str
    digest: str
    record: Record


@dataclass(frozen=True, slots=True)
class Name:
    """A name that a paper defines. `own` marks the name of what the paper itself proposes."""

    paper_id: str
    name: str
    expansion: str
    own: bool


class Catalog:
    """The database of one index. Reading needs no lock; writing is for the holder of the lock."""

    def __init__(self, file: Path) -> None:
        """Open or create the database. Raises IndexMismatch for one of another format."""
        self._engine = sa.create_engine(f"sqlite:///{file}")
        sa.event.listen(self._engine, "connect", _configure)
        _schema.create_all(self._engine)
        if self.get("format") is None:
            self.set("format", FORMAT)
        elif self.get("format") != FORMAT:
            raise IndexMismatch(
                f"The index {file.parent} has format {self.get('format')}, and this version reads "
                f"format {FORMAT}. Delete the folder and run askpapers ingest on your files again."
            )

    def close(self) -> None:
        self._engine.dispose()

    # Facts about the index

    def get(self, key: str) -> str | None:
        """A fact such as "embedding" or "generation", or None."""
        rows = self._rows(sa.select(_meta.c.value).where(_meta.c.key == key))
        return str(rows[0].value) if rows else None

    def set(self, key: str, value: str) -> None:
        with self.transaction() as writing:
            writing.set(key, value)

    @property
    def generation(self) -> int:
        """How often the index has been published; a reader reopens when it changes."""
        return int(self.get("generation") or 0)

    # Reading

    def paper_ids(self) -> list[str]:
        """Every id, sorted: the same order whatever the order of arrival."""
        rows = self._rows(sa.select(_papers.c.paper_id).order_by(_papers.c.paper_id))
        return [str(row.paper_id) for row in rows]

    def count(self) -> int:
        return int(self._rows(sa.select(sa.func.count()).select_from(_papers))[0][0])

    def papers(self, paper_ids: Sequence[str] | None = None) -> list[Paper]:
        """Papers in the order of the ids given, unknown ids left out; all in order of arrival."""
        if paper_ids is None:
            rows = self._rows(sa.select(_papers).order_by(_papers.c.position))
        else:
            rows = self._in(sa.select(_papers), _papers.c.paper_id, paper_ids)
        found = {row.paper_id: row for row in rows}
        ids = list(found) if paper_ids is None else [i for i in paper_ids if i in found]
        aliases = self._grouped(_aliases, _aliases.c.alias, ids)
        sources = self._grouped(
            _records, _records.c.file + ":" + sa.cast(_records.c.line, sa.String), ids
        )
        return [_paper(found[i], aliases.get(i, ()), sources.get(i, ())) for i in ids]

    def titles(self, paper_ids: Sequence[str]) -> list[str]:
        """The titles of these papers, derived ones too, "" for an unknown id; in their order."""
        query = sa.select(_papers.c.paper_id, _papers.c.title)
        found = {row.paper_id: row.title for row in self._in(query, _papers.c.paper_id, paper_ids)}
        return [found.get(paper_id, "") for paper_id in paper_ids]

    def resolve(self, name: str) -> str | None:
        """The id of the paper that has this id, alias or source id, or None."""
        rows = self._rows(sa.select(_papers.c.paper_id).where(_papers.c.paper_id == name))
        rows = rows or self._rows(sa.select(_aliases.c.paper_id).where(_aliases.c.alias == name))
        return str(rows[0].paper_id) if rows else None

    def years(self, paper_ids: Sequence[str]) -> dict[str, int | None]:
        """The year of each paper, None where it is unknown."""
        query = sa.select(_papers.c.paper_id, _papers.c.year)
        return {row.paper_id: row.year for row in self._in(query, _papers.c.paper_id, paper_ids)}

    def names(self, folded_names: Sequence[str]) -> list[Name]:
        """Definitions of these names (lower case, letters and digits only), in order of papers."""
        rows = self._in(sa.select(_names), _names.c.folded, folded_names)
        return [Name(row.paper_id, row.name, row.expansion, row.own) for row in rows]

    def names_beginning(self, folded_start: str) -> list[Name]:
        """Definitions whose name, expansion or title begins so, in order of papers."""
        column = _names.c.folded
        # The highest code point closes the range, so that the index serves the query.
        query = sa.select(_names).where(
            column >= folded_start, column < folded_start + "\U0010ffff"
        )
        return [Name(row.paper_id, row.name, row.expansion, row.own) for row in self._rows(query)]

    def all_names(self) -> list[str]:
        """Every name that some paper defines, once each."""
        return [str(row.name) for row in self._rows(sa.select(_names.c.name).distinct())]

    def all_authors(self) -> list[str]:
        """Every author's name as stored, once each."""
        return [str(row.name) for row in self._rows(sa.select(_authors.c.name).distinct())]

    def own_names(self, limit: int) -> list[str]:
        """Names of what papers propose, in order of papers: one word each, once each."""
        query = (
            sa.select(_names.c.name).where(_names.c.own, ~_names.c.name.contains(" ")).distinct()
        )
        return [str(row.name) for row in self._rows(query.limit(limit))]

    def expansions(self) -> list[tuple[str, str, int]]:
        """Pairs of name and expansion over all papers, with the number of papers of each."""
        columns = (_names.c.name, _names.c.expansion)
        query = (
            sa.select(*columns, sa.func.count()).where(_names.c.expansion != "").group_by(*columns)
        )
        return [(str(row[0]), str(row[1]), int(row[2])) for row in self._rows(query)]

    def authors_named(self, last_names: Sequence[str]) -> list[tuple[str, str]]:
        """Pairs of author name and paper id, for authors with one of these folded words."""
        rows = self._in(sa.select(_authors), _authors.c.last, last_names)
        return list(dict.fromkeys((str(row.name), str(row.paper_id)) for row in rows))

    def chunks(self, paper_ids: Sequence[str]) -> dict[str, list[tuple[str, int, int]]]:
        """Chunk ids with their offsets, by paper, in order."""
        found: dict[str, list[tuple[str, int, int]]] = {}
        for row in self._in(sa.select(_chunks), _chunks.c.paper_id, paper_ids):
            found.setdefault(row.paper_id, []).append((row.chunk_id, row.start, row.end))
        return {key: sorted(rows, key=lambda row: row[1]) for key, rows in found.items()}

    def records_of_file(self, file: str) -> list[StoredRecord]:
        """What earlier runs stored from a file, in order of lines."""
        rows = self._rows(
            sa.select(_records).where(_records.c.file == file).order_by(_records.c.line)
        )
        return [_stored(row) for row in rows]

    def files(self) -> list[str]:
        """Every file that a stored record came from."""
        return [str(row.file) for row in self._rows(sa.select(_records.c.file).distinct())]

    def last_record(self) -> int:
        """The highest record id so far: what is stored later has a higher one."""
        return int(self._rows(sa.select(sa.func.max(_records.c.record_id)))[0][0] or 0)

    def records_of_papers(self, paper_ids: Sequence[str]) -> dict[str, list[StoredRecord]]:
        found: dict[str, list[StoredRecord]] = {}
        for row in self._in(sa.select(_records), _records.c.paper_id, paper_ids):
            found.setdefault(row.paper_id, []).append(_stored(row))
        return {key: sorted(rows, key=lambda row: row.record_id) for key, rows in found.items()}

    def named(self, names: Sequence[str]) -> dict[str, str]:
        """Which of these ids and aliases exist, and the paper that each belongs to."""
        ids = self._in(sa.select(_papers.c.paper_id), _papers.c.paper_id, names)
        aliases = self._in(sa.select(_aliases), _aliases.c.alias, names)
        return {row.alias: row.paper_id for row in aliases} | {row[0]: row[0] for row in ids}

    def heads(self, keys: Sequence[str]) -> dict[str, list[str]]:
        """Papers whose abstracts begin alike, by the key of `identity.head`."""
        found: dict[str, list[str]] = {}
        query = sa.select(_papers.c.head, _papers.c.paper_id)
        for row in self._in(query, _papers.c.head, [key for key in keys if key]):
            found.setdefault(row.head, []).append(row.paper_id)
        return found

    def pending(self) -> list[str]:
        """Papers whose vectors and text entries are not known to be written."""
        return [str(row.paper_id) for row in self._rows(sa.select(_pending))]

    # Writing

    @contextmanager
    def transaction(self) -> Iterator[Writing]:
        """All or nothing: what is written inside is seen by others when the block ends."""
        with self._engine.begin() as connection:
            yield Writing(connection)

    def _rows(self, query: sa.Select[Any]) -> list[sa.Row[Any]]:
        with self._engine.connect() as connection:
            return list(connection.execute(query))

    def _in(
        self, query: sa.Select[Any], column: sa.Column[Any], values: Sequence[str]
    ) -> list[sa.Row[Any]]:
        with self._engine.connect() as connection:
            return [
                row
                for part in _parts(list(dict.fromkeys(values)))
                for row in connection.execute(query.where(column.in_(part)))
            ]

    def _grouped(
        self, table: sa.Table, value: Any, paper_ids: Sequence[str]
    ) -> dict[str, tuple[str, ...]]:
        query = sa.select(table.c.paper_id, value.label("value"))
        found: dict[str, list[str]] = {}
        for row in self._in(query, table.c.paper_id, paper_ids):
            found.setdefault(row.paper_id, []).append(str(row.value))
        return {key: tuple(values) for key, values in found.items()}


class Writing:
    """The writing half of the catalog, inside one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def save(
        self,
        paper: Paper,
        records: Sequence[StoredRecord],
        chunks: Sequence[Chunk],
        replaced: Iterable[str],
    ) -> None:
        """Store a paper with its records and chunks, in place of the papers `replaced`.

        The paper, and each replaced one, becomes pending.
        """
        for old in {*replaced, paper.paper_id}:
            self._clear(old, keep_row=old == paper.paper_id)
            self._mark(old)
        self._upsert(paper)
        rows = [{"alias": alias, "paper_id": paper.paper_id} for alias in paper.aliases]
        self._insert(_aliases, rows, ignore=True)
        self._insert(_records, [_row(stored, paper.paper_id) for stored in records])
        self._insert(_chunks, [_chunk_row(chunk) for chunk in chunks])
        self._insert(_names, _name_rows(paper))
        self._insert(_authors, _author_rows(paper))

    def remove(self, paper_id: str) -> None:
        """Take a paper out with all that belongs to it; it becomes pending until its traces go."""
        self._clear(paper_id, keep_row=False)
        self._mark(paper_id)

    def move(self, record_ids_to_lines: dict[int, int]) -> None:
        """Unchanged records that stand on other lines now."""
        for record_id, line in record_ids_to_lines.items():
            self._connection.execute(
                sa.update(_records).where(_records.c.record_id == record_id).values(line=line)
            )

    def settle(self, paper_ids: Sequence[str]) -> None:
        """These papers are written everywhere; the index is published under a new generation."""
        for part in _parts(paper_ids):
            self._connection.execute(sa.delete(_pending).where(_pending.c.paper_id.in_(part)))
        query = sa.select(_meta.c.value).where(_meta.c.key == "generation")
        self.set("generation", str(int(self._connection.execute(query).scalar() or 0) + 1))

    def set(self, key: str, value: str) -> None:
        """Store a fact about the index in place of an older one."""
        self._connection.execute(sa.delete(_meta).where(_meta.c.key == key))
        self._connection.execute(sa.insert(_meta).values(key=key, value=value))

    def rechunk(self, paper_ids: Sequence[str], chunks: Sequence[Chunk]) -> None:
        """Replace the chunks of these papers, after the chunk size changed."""
        for part in _parts(paper_ids):
            self._connection.execute(sa.delete(_chunks).where(_chunks.c.paper_id.in_(part)))
        self._insert(_chunks, [_chunk_row(chunk) for chunk in chunks])

    def _clear(self, paper_id: str, keep_row: bool) -> None:
        tables = [_aliases, _records, _chunks, _names, _authors]
        for table in tables if keep_row else [*tables, _papers]:
            self._connection.execute(sa.delete(table).where(table.c.paper_id == paper_id))

    def _mark(self, paper_id: str) -> None:
        self._insert(_pending, [{"paper_id": paper_id}], ignore=True)

    def _upsert(self, paper: Paper) -> None:
        # The row keeps its position, so that the order of papers does not depend on later edits.
        values = _paper_row(paper)
        update = sa.update(_papers).where(_papers.c.paper_id == paper.paper_id).values(values)
        if not self._connection.execute(update).rowcount:
            self._insert(_papers, [values])

    def _insert(self, table: sa.Table, rows: list[dict[str, Any]], ignore: bool = False) -> None:
        if rows:
            statement = sa.insert(table).prefix_with("OR IGNORE") if ignore else sa.insert(table)
            self._connection.execute(statement, rows)


def fold(name: str) -> str:
    """A name as the catalog compares it: lower case, letters and digits only."""
    return "".join(character for character in name.casefold() if character.isalnum())


def singular(name: str) -> str:
    """An acronym without the "s" of its plural: "SRMs" as "SRM"; other names unchanged."""
    plural = len(name) > 2 and name.endswith("s") and name[-2].isupper()
    return name[:-1] if plural else name


def stored(record: Record, paper_id: str = "") -> StoredRecord:
    """A record that has no row yet."""
    return StoredRecord(0, paper_id, digest(record), record)


def _configure(connection: Any, _: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _MOST_VARIABLES):
        yield values[start : start + _MOST_VARIABLES]


def _paper(row: sa.Row[Any], aliases: Sequence[str], sources: Sequence[str]) -> Paper:
    return Paper(
        paper_id=row.paper_id, abstract=row.abstract, title=row.title,
        title_derived=bool(row.title_derived), authors=tuple(row.authors), year=row.year,
        venue=row.venue, url=row.url, aliases=tuple(sorted(aliases)), sources=tuple(sources),
        source_ids=tuple(row.source_ids),
    )  # fmt: skip


def _paper_row(paper: Paper) -> dict[str, Any]:
    return {
        "paper_id": paper.paper_id, "abstract": paper.abstract, "head": head(paper.abstract),
        "title": paper.title, "title_derived": paper.title_derived, "authors": list(paper.authors),
        "year": paper.year, "venue": paper.venue, "url": paper.url,
        "source_ids": list(paper.source_ids),
    }  # fmt: skip


def _row(stored: StoredRecord, paper_id: str) -> dict[str, Any]:
    content = asdict(stored.record)
    del content["source"]
    source = stored.record.source
    row = {"paper_id": paper_id, "file": source.file, "line": source.line, "digest": stored.digest}
    return row | {"content": content, "record_id": stored.record_id or None}


def _stored(row: sa.Row[Any]) -> StoredRecord:
    content = row.content if isinstance(row.content, dict) else json.loads(row.content)
    lists = {key: tuple(content[key]) for key in ("authors", "source_ids")}
    record = Record(source=Source(row.file, row.line), **(content | lists))
    return StoredRecord(row.record_id, row.paper_id, row.digest, record)


def _chunk_row(chunk: Chunk) -> dict[str, Any]:
    return {
        "chunk_id": chunk.chunk_id,
        "paper_id": chunk.paper_id,
        "start": chunk.start,
        "end": chunk.end,
    }


def _name_rows(paper: Paper) -> list[dict[str, Any]]:
    """Names, their expansions and the real title, each under the form it is looked up by."""
    own = method_name(paper.abstract)
    found = {definition.short: definition.expansion for definition in definitions(paper.abstract)}
    if own:
        found.setdefault(own, "")
    rows = [
        _name_row(paper, key, name, expansion, name == own)
        for name, expansion in found.items()
        for key in dict.fromkeys((fold(name), fold(singular(name)), fold(expansion)))
    ]
    title = (
        [] if paper.title_derived else [_name_row(paper, fold(paper.title), paper.title, "", True)]
    )
    return [row for row in rows + title if row["folded"]]


def _name_row(paper: Paper, key: str, name: str, expansion: str, own: bool) -> dict[str, Any]:
    return {
        "paper_id": paper.paper_id,
        "folded": key,
        "name": name,
        "expansion": expansion,
        "own": own,
    }


def _author_rows(paper: Paper) -> list[dict[str, Any]]:
    return [
        {"paper_id": paper.paper_id, "last": word, "name": name}
        for name in paper.authors
        for word in dict.fromkeys(folded(name))
        if len(word) > 1
    ]

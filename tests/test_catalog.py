from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier

import pytest
from ingest_samples import abstract, contents, entry, record, run, write_jsonl

from ingest.catalog import FORMAT, Catalog, Entry, stored
from ingest.catalog.rows import author_rows
from ingest.chunking import chunk
from ingest.errors import IndexBusy, IndexMismatch, UsageError
from ingest.index import Index
from ingest.papers.identity import head
from ingest.papers.merging import merge
from ingest.pipeline import rebuild_all
from ingest.settings import IngestSettings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite"


def _entry(number: int) -> Entry:
    one = record(abstract(number), authors=("Ada Lovelace", "Le Wu"), year=2000 + number)
    paper = merge([one])
    return Entry(paper, [stored(one)])


def test_what_is_saved_is_read_back(file: Path) -> None:
    catalog, entries = Catalog(file), [_entry(n) for n in range(3)]
    with catalog.transaction() as writing:
        writing.save(entries)
        chunks = [made for one in entries for made in chunk(one.paper, 2000, 1)]
        authors = [row for one in entries for row in author_rows(one.paper)]
        writing.describe(chunks, [], authors)
    papers = [one.paper for one in entries]
    assert catalog.papers() == papers
    assert catalog.papers([papers[2].paper_id, "unknown", papers[0].paper_id]) == papers[::-2]
    assert catalog.years([papers[1].paper_id]) == {papers[1].paper_id: 2001}
    assert catalog.chunk_ids() == sorted(made.chunk_id for made in chunks)
    assert {name for name, _ in catalog.authors_named(["lovelace"])} == {"Ada Lovelace"}
    assert catalog.names_beginning("xyz") == []
    catalog.close()


def test_a_transaction_is_all_or_nothing_and_reads_what_it_wrote(file: Path) -> None:
    catalog, other = Catalog(file), Catalog(file)
    with suppress(KeyError), catalog.transaction() as writing:
        writing.save([_entry(1)])
        assert (catalog.count(), other.count()) == (1, 0)
        raise KeyError
    assert catalog.count() == 0
    catalog.close()
    other.close()


def test_a_snapshot_stays_as_it_was(file: Path) -> None:
    writer, reader = Catalog(file), Catalog(file)
    with reader.snapshot():
        assert reader.count() == 0
        with writer.transaction() as writing:
            writing.save([_entry(1)])
        assert (reader.count(), writer.count()) == (0, 1)
    assert reader.count() == 1
    writer.close()
    reader.close()


def test_papers_in_hand_outlive_a_rollback(file: Path) -> None:
    catalog = Catalog(file)
    catalog.note_pending(["b", "a"])
    catalog.note_pending(["a"])
    assert Catalog(file).pending() == ["a", "b"]
    catalog.clear_pending()
    assert catalog.pending() == []


def _make_format_1(folder: Path) -> None:
    """What the first format stored differently: a table of pending papers, keys of beginnings."""
    with sqlite3.connect(folder / "catalog.sqlite") as database:
        database.execute("UPDATE meta SET value = '1' WHERE key = 'format'")
        database.execute("DELETE FROM meta WHERE key = 'stores'")
        database.execute("UPDATE papers SET head = ''")
        database.execute("ALTER TABLE papers DROP COLUMN checksum")
        database.execute("CREATE TABLE pending (paper_id VARCHAR PRIMARY KEY)")
    database.close()


def test_an_older_catalog_is_brought_up_to_date(tmp_path: Path) -> None:
    folder, text = tmp_path / "index", "A short abstract about graphs."
    entries = [entry(1), entry(2, abstract=text)]
    run(folder, write_jsonl(tmp_path / "a.jsonl", entries))
    expected = contents(folder)
    _make_format_1(folder)
    catalog = Catalog(folder / "catalog.sqlite")
    assert catalog.get("format") == str(FORMAT)
    assert head(text) in catalog.heads([head(text)])
    catalog.close()
    with pytest.raises(IndexMismatch, match="askpapers ingest --rebuild"):
        run(folder, tmp_path / "a.jsonl")
    index = Index(folder)
    assert rebuild_all(index, IngestSettings(_env_file=None)) == 2
    index.close()
    assert contents(folder) == expected
    assert run(folder, tmp_path / "a.jsonl").unchanged == 2


def test_a_later_format_is_refused_in_one_sentence(file: Path) -> None:
    catalog = Catalog(file)
    catalog.set("format", "99")
    catalog.close()
    with pytest.raises(IndexMismatch, match="has format 99, and this version reads"):
        Catalog(file)


@pytest.mark.parametrize(
    "bytes_", [b"not a database, only text that stands here" * 9, b"\0" * 4096]
)
def test_a_file_that_is_no_database_is_a_sentence(file: Path, bytes_: bytes) -> None:
    file.write_bytes(bytes_)
    with pytest.raises(IndexMismatch, match=r"damaged or no catalog.*delete the folder"):
        Catalog(file)


def test_a_database_that_was_overwritten_in_the_middle_is_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    run(folder, write_jsonl(tmp_path / "a.jsonl", map(entry, range(300))))
    damaged = folder / "catalog.sqlite"
    size = damaged.stat().st_size
    with damaged.open("r+b") as stream:
        stream.seek(4096)
        stream.write(b"\xff" * (size - 8192))
    with pytest.raises(IndexMismatch, match="damaged"):
        Index(folder).catalog.papers()


def test_a_full_disk_is_a_sentence_and_harms_nothing(file: Path) -> None:
    catalog = Catalog(file)
    with catalog.transaction() as writing:
        writing.save([_entry(1)])
    catalog._engine.dispose()

    def cramp(connection: sqlite3.Connection, _: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    import sqlalchemy as sa

    sa.event.listen(catalog._engine, "connect", cramp)
    with (
        pytest.raises(UsageError, match=r"disk .* is full"),
        catalog.telling(),
        catalog.transaction() as writing,
    ):
        writing.save([_entry(n) for n in range(2, 400)])
    assert catalog.count() == 1
    catalog.close()


def test_a_database_that_is_held_by_another_program_is_a_sentence(file: Path) -> None:
    catalog = Catalog(file)
    other = sqlite3.connect(file)
    other.execute("BEGIN IMMEDIATE")
    with (
        pytest.raises(IndexBusy, match="Another program is using"),
        catalog.telling(),
        catalog.transaction(),
    ):
        pass
    other.close()
    catalog.close()


def test_forty_readers_hold_their_states_at_once(file: Path) -> None:
    catalog, together = Catalog(file), Barrier(40, timeout=20)

    def read(_: int) -> int:
        with catalog.snapshot():
            together.wait()
            return catalog.count()

    with ThreadPoolExecutor(40) as readers:
        assert list(readers.map(read, range(40))) == [0] * 40
    catalog.close()


def test_years_of_all_papers_come_in_order_of_arrival_and_abstracts_by_paper(file: Path) -> None:
    catalog, entries = Catalog(file), [_entry(n) for n in (2, 0, 1)]
    with catalog.transaction() as writing:
        writing.save(entries)
    papers = [one.paper for one in entries]
    assert list(catalog.years().items()) == [(one.paper_id, one.year) for one in papers]
    told = catalog.abstracts([papers[1].paper_id, "unknown"])
    assert told == {papers[1].paper_id: papers[1].abstract}
    catalog.close()


@pytest.mark.parametrize("name", ["Jürgen Müller", "李明", "Łukasz D'Argent", 'Ann "Nan" \\ Lee'])
def test_a_search_finds_an_author_whatever_the_letters(file: Path, name: str) -> None:
    catalog = Catalog(file)
    papers = [merge([record(abstract(n), authors=(a,))]) for n, a in enumerate((name, "Bo Chen"))]
    with catalog.transaction() as writing:
        writing.save([Entry(paper, ()) for paper in papers])
    for word in (name, *name.split()):
        assert catalog.found(word, "", 9) == ([papers[0].paper_id], 1)
    catalog.close()

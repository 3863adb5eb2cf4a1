"""Backups, and what is brought back from them; what is saved of a catalog without one."""

from __future__ import annotations

import random
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from conftest import Ran
from ingest_samples import contents, entry, run, write_jsonl

from app.engine import Engine
from app.settings import Settings
from ingest.backup import backup, restore
from ingest.catalog import FORMAT, Catalog, StoredRecord, stored
from ingest.catalog.salvage import Salvage, salvage
from ingest.embedding.models import StaticEmbedding
from ingest.errors import IndexDamaged, IndexMissing, UsageError
from ingest.index import Index
from ingest.mending import Mended, entries, mend
from ingest.papers.analysis import Chunking
from ingest.records import Record, Source

PAPERS = 40
CHUNKING, ENCODER = Chunking(2000, 1), StaticEmbedding()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a library, its index and a backup, which no test changes."""
    folder = tmp_path_factory.mktemp("made")
    papers = [entry(n, doi=f"10.1145/{n}" if n % 4 == 0 else None) for n in range(PAPERS)]
    run(folder / "index", write_jsonl(folder / "library" / "a.jsonl", papers))
    backup(folder / "index", folder / "kept.sqlite")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy"))


def _restored(folder: Path, file: Path) -> int:
    return restore(folder, file, CHUNKING, ENCODER)


# Backups


def test_a_backup_brings_back_every_paper_where_there_is_no_index(
    made: Path, tmp_path: Path, askpapers: Callable[..., Ran]
) -> None:
    ran = askpapers("restore", made / "kept.sqlite", "--index", tmp_path / "new")
    assert (ran.code, ran.out) == (0, "")
    assert f"{PAPERS} papers are restored" in ran.err
    assert contents(tmp_path / "new") == contents(made / "index")


def test_a_backup_takes_the_place_of_what_was_ingested_since(folder: Path) -> None:
    expected = contents(folder / "index")
    changed = [entry(n, abstract=f"{entry(n)['abstract']} Edited.") for n in range(7, 60)]
    run(folder / "index", write_jsonl(folder / "library" / "a.jsonl", changed), prune=True)
    assert contents(folder / "index") != expected
    assert _restored(folder / "index", folder / "kept.sqlite") == PAPERS
    assert contents(folder / "index") == expected


def test_an_open_reader_sees_what_was_restored(folder: Path) -> None:
    run(folder / "index", write_jsonl(folder / "library" / "b.jsonl", [entry(99)]))
    engine = Engine(folder / "index", Settings(_env_file=None))  # type: ignore[call-arg]
    assert engine.search(str(entry(99)["title"]), 1)[0].paper.title == entry(99)["title"]
    _restored(folder / "index", folder / "kept.sqlite")
    assert engine.search(str(entry(99)["title"]), 1)[0].paper.title != entry(99)["title"]
    assert engine.index.catalog.count() == PAPERS
    engine.index.close()


def test_a_backup_that_is_made_while_papers_are_written_is_of_one_state(folder: Path) -> None:
    index, states = Index(folder / "index"), set[int]()
    stop = threading.Event()

    def write() -> None:
        number = PAPERS
        while not stop.is_set():
            paper_id = index.catalog.paper_ids()[0]
            # Two changes in one transaction: a backup holds both or none.
            with index.catalog.transaction() as writing:
                writing.set("first", f"{number}")
                writing.set("second", f"{number}")
            number += len(paper_id) and 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5):
            backup(folder / "index", folder / "busy.sqlite")
            with closing(sqlite3.connect(folder / "busy.sqlite")) as kept:
                facts = dict(kept.execute("SELECT key, value FROM meta"))
                assert facts.get("first") == facts.get("second")
                states.add(kept.execute("SELECT count(*) FROM papers").fetchone()[0])
    finally:
        stop.set()
        writer.join()
        index.close()
    assert states == {PAPERS}


def test_a_backup_is_one_file_that_nothing_lies_beside(made: Path) -> None:
    assert sorted(path.name for path in made.iterdir()) == ["index", "kept.sqlite", "library"]
    with closing(sqlite3.connect(made / "kept.sqlite")) as kept:
        assert kept.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_an_older_backup_is_replaced_and_nothing_else_is(folder: Path, tmp_path: Path) -> None:
    run(folder / "index", write_jsonl(folder / "library" / "b.jsonl", [entry(99)]))
    assert backup(folder / "index", folder / "kept.sqlite") == PAPERS + 1
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear reader", "utf-8")
    with pytest.raises(UsageError, match="there already and no backup"):
        backup(folder / "index", letter)
    assert letter.read_text("utf-8") == "Dear reader"
    with pytest.raises(UsageError, match="no backup"):
        backup(folder / "index", tmp_path)


def test_there_is_no_backup_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="no papers"):
        backup(tmp_path / "index", tmp_path / "kept.sqlite")
    assert not (tmp_path / "kept.sqlite").exists()


def test_a_backup_into_a_folder_that_is_not_there_is_a_sentence(made: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        backup(made / "index", tmp_path / "nowhere" / "kept.sqlite")


# What is no backup


def _text(file: Path) -> None:
    file.write_text("Dear reader, this is no backup.", "utf-8")


def _other_database(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE letters (text)")


def _later(file: Path) -> None:
    with closing(sqlite3.connect(file)) as kept:
        kept.execute("UPDATE meta SET value = ? WHERE key = 'format'", (str(FORMAT + 1),))
        kept.commit()


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _flip(file: Path) -> None:
    content = file.read_bytes()
    text = str(entry(3)["abstract"]).encode()[:70]
    assert text in content
    file.write_bytes(content.replace(text, b"x" + text[1:]))


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (_text, "is no backup"),
        (_other_database, "is no backup"),
        (Path.unlink, "is not there"),
        (_later, f"format {FORMAT + 1}, and this version reads {FORMAT}"),
        (_cut, "is damaged|is no backup"),
        (_flip, "is damaged"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_no_whole_backup_is_refused_and_changes_nothing(
    folder: Path, harm: Callable[[Path], None], told: str
) -> None:
    if harm is _other_database:
        (folder / "kept.sqlite").unlink()
    harm(folder / "kept.sqlite")
    before = {path: path.read_bytes() for path in (folder / "index").glob("*.*")}
    with pytest.raises(UsageError, match=told) as refused:
        _restored(folder / "index", folder / "kept.sqlite")
    assert "nothing was changed" in str(refused.value)
    assert {path: path.read_bytes() for path in (folder / "index").glob("*.*")} == before


def test_a_copy_of_a_catalog_of_an_earlier_format_is_a_backup_too(
    made: Path, tmp_path: Path
) -> None:
    shutil.copyfile(made / "kept.sqlite", tmp_path / "older.sqlite")
    with closing(sqlite3.connect(tmp_path / "older.sqlite")) as older:
        older.execute("ALTER TABLE papers DROP COLUMN checksum")
        older.execute("UPDATE meta SET value = '2' WHERE key = 'format'")
        older.commit()
    assert _restored(tmp_path / "index", tmp_path / "older.sqlite") == PAPERS
    assert contents(tmp_path / "index") == contents(made / "index")


# Without a backup


def _harmed(folder: Path, begin: int, end: int) -> None:
    """Overwrite part of a catalog with noise."""
    file = folder / "index" / "catalog.sqlite"
    content = bytearray(file.read_bytes())
    end = min(end, len(content))
    content[begin:end] = random.Random(begin).randbytes(end - begin)
    file.write_bytes(content)


def test_all_is_saved_where_only_the_ways_to_the_rows_are_lost(folder: Path) -> None:
    expected = contents(folder / "index")
    _harmed(folder, 0, 5000)
    mended = mend(folder / "index", CHUNKING, ENCODER)
    assert mended == Mended(PAPERS, 0, folder / "index" / "damaged-1")
    assert contents(folder / "index") == expected


def test_what_is_saved_is_as_it_was_and_the_rest_is_counted(
    folder: Path, askpapers: Callable[..., Ran]
) -> None:
    expected = {paper["paper_id"]: paper for paper in contents(folder / "index")["papers"]}
    size = (folder / "index" / "catalog.sqlite").stat().st_size
    for begin in range(4096, size, 2 * 4096):  # every second page
        _harmed(folder, begin, begin + 4096)
    broken = (folder / "index" / "catalog.sqlite").read_bytes()
    ran = askpapers("doctor", "--repair", "--index", folder / "index")
    saved = {paper["paper_id"]: paper for paper in contents(folder / "index")["papers"]}
    assert ran.code == 0
    assert 0 < len(saved) < PAPERS
    told = f"{len(saved)} papers are saved and indexed anew, {PAPERS - len(saved)} are lost."
    assert told in ran.err
    for paper_id, paper in saved.items():
        assert paper["abstract"] == expected[paper_id]["abstract"]
        assert paper["title"] == expected[paper_id]["title"]
    assert (folder / "index" / "damaged-1" / "catalog.sqlite").read_bytes() == broken


def test_a_catalog_of_which_nothing_is_left_stays_as_it_is(folder: Path) -> None:
    _harmed(folder, 0, 1 << 30)
    before = (folder / "index" / "catalog.sqlite").read_bytes()
    with pytest.raises(IndexDamaged, match=r"Nothing can be read .* askpapers restore FILE"):
        mend(folder / "index", CHUNKING, ENCODER)
    assert (folder / "index" / "catalog.sqlite").read_bytes() == before
    assert _restored(folder / "index", folder / "kept.sqlite") == PAPERS


def test_a_whole_index_is_only_made_anew(folder: Path) -> None:
    expected = contents(folder / "index")
    assert mend(folder / "index", CHUNKING, ENCODER) == Mended(PAPERS)
    assert contents(folder / "index") == expected


def test_removed_papers_do_not_come_back(folder: Path) -> None:
    index = folder / "new"
    run(index, write_jsonl(folder / "library" / "a.jsonl", map(entry, range(PAPERS))))
    write_jsonl(folder / "library" / "a.jsonl", map(entry, range(5)))
    run(index, folder / "library", prune=True)
    assert len(salvage(index / "catalog.sqlite").papers) == 5


def test_a_paper_whose_records_are_lost_is_kept_and_so_is_one_of_which_only_they_are_left(
    folder: Path,
) -> None:
    found = salvage(folder / "index" / "catalog.sqlite")
    with closing(Catalog(folder / "index" / "catalog.sqlite")) as catalog:
        papers = {paper.paper_id: paper for paper in catalog.papers()}
    whole = {one.paper.paper_id: one.paper for one in entries(found)}
    fields = ("abstract", "title", "aliases", "authors", "year", "source_ids")
    for half in (Salvage(found.papers, {}, found.aliases), Salvage({}, found.records, {})):
        halved = {one.paper.paper_id: one for one in entries(half)}
        assert halved.keys() == whole.keys() == papers.keys()
        assert all(one.records for one in halved.values())
        for paper_id, one in halved.items():
            for name in fields:
                assert getattr(one.paper, name) == getattr(papers[paper_id], name), name


def test_a_file_of_noise_holds_nothing(tmp_path: Path) -> None:
    chance = random.Random(3)
    for size in (0, 1, 99, 4096, 70_000):
        noise = bytearray(chance.randbytes(size))
        noise[::4096] = b"\r" * len(noise[::4096])  # every page claims to hold rows
        (tmp_path / "noise").write_bytes(noise)
        assert salvage(tmp_path / "noise") == Salvage()


def test_a_long_abstract_is_saved_from_all_its_pages(tmp_path: Path) -> None:
    long = "word " * 4000
    one: StoredRecord = stored(Record(Source("a.txt", 1), long, title="Long"))
    run(tmp_path / "index", write_jsonl(tmp_path / "a.jsonl", [entry(1, abstract=long)]))
    found = salvage(tmp_path / "index" / "catalog.sqlite")
    assert [row["abstract"] for row in found.papers.values()] == [one.record.abstract.strip()]

from __future__ import annotations

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from ingest_samples import SETTINGS, contents, entry, opened, run, write_jsonl

from app.collection import take_out
from app.settings import Settings
from ingest.errors import IndexMismatch
from ingest.index import Index
from ingest.papers.analysis import Chunking
from ingest.pipeline import rebuild_all
from ingest.stores import repair as repairing
from ingest.stores.lexicon import Lexicon
from ingest.stores.publish import remove
from ingest.stores.repair import repair
from ingest.writer_lock import writer_lock

CHUNKING = Chunking(2000, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "index"
    run(made, write_jsonl(tmp_path / "a.jsonl", map(entry, range(60))))
    return made


def test_a_removed_paper_is_gone_from_all_three_stores(folder: Path) -> None:
    index = opened(folder)
    gone, generation = index.catalog.paper_ids()[7], index.generation
    remove(index, [gone], CHUNKING)
    assert index.generation == generation + 1
    index.close()
    held = contents(folder)
    assert (
        len(held["papers"])
        == len(held["papers in text"])
        == len(held["chunk ids in vectors"])
        == 59
    )
    assert gone not in held["papers in text"]
    assert held["chunk ids in vectors"] == sorted(held["chunks"])


def _lose_vectors(index: Index) -> None:
    index.vectors.remove(index.vectors.chunk_ids()[10:20])


def _lose_words(index: Index) -> None:
    index.lexicon.remove(index.catalog.paper_ids()[5:9])
    index.lexicon.commit()


def _keep_too_much(index: Index) -> None:
    with index.catalog.transaction() as writing:
        writing.remove(index.catalog.paper_ids()[:3])


@pytest.mark.parametrize("harm", [_lose_vectors, _lose_words, _keep_too_much])
def test_stores_that_disagree_with_the_catalog_are_repaired(
    folder: Path, tmp_path: Path, harm: object
) -> None:
    index = opened(folder)
    harm(index)  # type: ignore[operator]
    index.close()
    run(folder, tmp_path / "a.jsonl")
    clean = tmp_path / "clean"
    run(clean, tmp_path / "a.jsonl")
    assert contents(folder) == contents(clean)


def test_a_repair_of_a_sound_index_changes_nothing(folder: Path) -> None:
    index = opened(folder)
    assert repair(index) == 0
    assert index.catalog.generation == index.generation
    index.close()


def test_vectors_that_do_not_find_themselves_say_what_to_run(folder: Path) -> None:
    index = opened(folder)
    ids = index.vectors.chunk_ids()
    places = index.catalog.chunk_places(ids)
    chunks = [c for p in index.catalog.papers() for c in index.catalog.stored_chunks([p])]
    rows = index.embedding.embed([chunk.text for chunk in chunks])
    assert len(places) == len(rows)
    index.vectors.remove(ids)
    index.vectors.write([c for c in chunks if c.chunk_id != ids[0]], rows[1:])
    with pytest.raises(IndexMismatch, match="askpapers ingest --rebuild"):
        repairing.verify(index.catalog, index.vectors, index.lexicon)
    index.close()


def test_a_rebuild_needs_no_source_files_and_gives_the_same_index(
    folder: Path, tmp_path: Path
) -> None:
    before = contents(folder)
    (tmp_path / "a.jsonl").unlink()
    shutil.rmtree(folder / "vectors-1")
    shutil.rmtree(folder / "lexicon-1")
    index = opened(folder)
    reader = opened(folder)
    assert rebuild_all(index, SETTINGS) == 60
    assert reader.is_stale()
    assert not index.is_stale()
    index.close()
    reader.close()
    assert contents(folder) == before


def test_a_rebuild_that_fails_leaves_the_old_index(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(folder)
    index = opened(folder)
    monkeypatch.setattr(Lexicon, "count", lambda _: 1)
    with pytest.raises(IndexMismatch, match="holds 60 of 60 chunks and 1 of 60 papers"):
        rebuild_all(index, SETTINGS)
    monkeypatch.undo()
    index.close()
    assert contents(folder) == before
    assert opened(folder).edition == 1


def test_what_a_rebuild_left_behind_is_swept_by_the_next_run(folder: Path, tmp_path: Path) -> None:
    index = opened(folder)
    rebuild_all(index, SETTINGS)
    index.close()
    assert (folder / "vectors-1").is_dir()
    run(folder, tmp_path / "a.jsonl")
    assert sorted(p.name.split("-")[0] for p in folder.iterdir() if p.is_dir()) == [
        "lexicon", "relatives", "vectors",
    ]  # fmt: skip


def test_whoever_opened_an_index_before_a_rebuild_sweeps_nothing_of_the_new_one(
    folder: Path,
) -> None:
    late, index = opened(folder), opened(folder)
    rebuild_all(index, SETTINGS)
    late.sweep()
    late.close()
    index.close()
    assert (folder / "vectors-2").is_dir()
    assert len(contents(folder)["papers in text"]) == 60


def test_a_removal_that_waits_for_a_rebuild_is_made_in_what_was_rebuilt(folder: Path) -> None:
    index, lock = opened(folder), writer_lock(folder)
    gone = index.catalog.paper_ids()[7]
    with ThreadPoolExecutor(1) as other, closing(index):
        with lock:
            settings = Settings(_env_file=None, lock_seconds=60)
            removal = other.submit(take_out, gone, folder, settings)
            time.sleep(0.5)  # it has opened what it is going to open before it may write
            rebuild_all(index, SETTINGS)
        removal.result(60)
    held = contents(folder)
    assert len(held["papers in text"]) == len(held["chunk ids in vectors"]) == 59
    assert gone not in held["papers in text"]

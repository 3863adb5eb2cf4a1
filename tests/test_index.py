from __future__ import annotations

from pathlib import Path

import pytest
from ingest_samples import SETTINGS, contents, entry, run, write_jsonl

from ingest.embedding.models import StaticEmbedding
from ingest.errors import IndexMismatch, IndexMissing, SourceError
from ingest.index import Index
from ingest.opening import is_filled, open_filled
from ingest.pipeline import rebuild_all
from ingest.stores.readonly import readable
from ingest.writer_lock import acquire, writer_lock


def test_asking_an_empty_folder_says_to_ingest(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="Run askpapers ingest"):
        open_filled(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()
    assert not is_filled(tmp_path)


def test_an_index_of_another_embedding_is_refused_until_it_is_rebuilt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, file = tmp_path / "index", write_jsonl(tmp_path / "a.jsonl", map(entry, range(3)))
    with monkeypatch.context() as other:
        other.setattr(StaticEmbedding, "identity", "another-model-64")
        run(folder, file)
    for use in (lambda: open_filled(folder), lambda: run(folder, file)):
        with pytest.raises(IndexMismatch, match=r"embedding another-model-64.*--rebuild"):
            use()
    index = Index(folder)
    rebuild_all(index, SETTINGS)
    index.close()
    assert open_filled(folder).catalog.count() == 3
    assert run(folder, file).unchanged == 3


def test_a_folder_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    for use in (Index, writer_lock):
        with pytest.raises(SourceError, match="cannot be used"):
            use(tmp_path / "taken")


def test_a_reader_is_stale_once_something_is_published(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    run(folder, write_jsonl(tmp_path / "a.jsonl", map(entry, range(3))))
    reader = open_filled(folder)
    run(folder, tmp_path / "a.jsonl")
    assert not reader.is_stale()
    run(folder, write_jsonl(tmp_path / "b.jsonl", [entry(9)]))
    assert reader.is_stale()
    reader.close()


def test_a_copy_of_a_folder_that_cannot_be_written_stays_of_one_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "index"
    run(folder, write_jsonl(tmp_path / "a.jsonl", map(entry, range(3))))
    with monkeypatch.context() as forbidden:
        forbidden.setattr("ingest.stores.readonly.os.access", lambda *_: False)
        readable.cache_clear()
        copy = readable(folder)
    readable.cache_clear()
    assert copy != folder
    run(folder, write_jsonl(tmp_path / "b.jsonl", [entry(9)]))
    reader = Index(copy)
    assert (reader.catalog.count(), Index(folder).catalog.count()) == (3, 4)
    reader.close()


def test_text_and_vectors_lead_to_the_same_papers(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    run(folder, write_jsonl(tmp_path / "a.jsonl", map(entry, range(20))))
    index = open_filled(folder)
    paper = index.catalog.papers()[5]
    vector = index.embedding.embed([f"{paper.title} {paper.abstract}"])[0]
    assert index.vectors.nearest(vector, 1)[0].paper_id == paper.paper_id
    assert index.catalog.resolve(paper.aliases[0] if paper.aliases else paper.paper_id)
    index.close()
    assert contents(folder)["pending"] == []


def test_a_lock_is_free_again_after_its_holder(tmp_path: Path) -> None:
    lock = writer_lock(tmp_path)
    acquire(lock, 0)
    lock.release()
    other = writer_lock(tmp_path)
    acquire(other, 0)
    other.release()

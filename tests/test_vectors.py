from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ingest.embedding.models import Vectors
from ingest.errors import IndexMismatch
from ingest.records import Chunk
from ingest.stores.vectors import VectorStore


def _chunks(count: int) -> list[Chunk]:
    return [Chunk(f"c{n}", f"p{n // 2}", 0, 4, "text") for n in range(count)]


def _rows(count: int) -> Vectors:
    rows = np.random.default_rng(7).normal(size=(count, 256)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def _open(folder: Path, known: list[Chunk]) -> VectorStore:
    places = {c.chunk_id: (c.paper_id, c.start, c.end) for c in known}
    return VectorStore(folder, lambda ids: {i: places[i] for i in ids if i in places})


def test_a_vector_finds_itself_first_with_cosine_one(tmp_path: Path) -> None:
    chunks, rows = _chunks(1200), _rows(1200)
    store = _open(tmp_path / "v", chunks)
    store.write(chunks, rows)
    assert store.count() == 1200
    for number in (0, 600, 1199):
        hits = store.nearest(rows[number], 5)
        assert (hits[0].chunk_id, hits[0].paper_id) == (f"c{number}", f"p{number // 2}")
        assert hits[0].similarity == pytest.approx(1, abs=1e-4)
        assert [h.similarity for h in hits] == sorted((h.similarity for h in hits), reverse=True)


def test_neighbours_are_those_of_an_exact_search(tmp_path: Path) -> None:
    chunks, rows = _chunks(800), _rows(800)
    store = _open(tmp_path / "v", chunks)
    store.write(chunks, rows)
    recall = []
    for query in _rows(820)[800:]:
        exact = {f"c{n}" for n in np.argsort(-(rows @ query))[:10]}
        recall.append(len(exact & {hit.chunk_id for hit in store.nearest(query, 10)}) / 10)
    assert np.mean(recall) > 0.95


def test_a_chunk_that_the_catalog_does_not_know_is_never_found(tmp_path: Path) -> None:
    chunks, rows = _chunks(4), _rows(4)
    store = _open(tmp_path / "v", chunks[:2])
    store.write(chunks, rows)
    assert {hit.chunk_id for hit in store.nearest(rows[3], 4)} == {"c0", "c1"}


def test_writing_again_replaces_and_removing_takes_out(tmp_path: Path) -> None:
    chunks, rows = _chunks(4), _rows(8)
    store = _open(tmp_path / "v", chunks)
    store.write(chunks, rows[:4])
    store.write(chunks, rows[4:])
    assert store.count() == 4
    assert np.allclose(store.vectors_of(["c2"])["c2"], rows[6], atol=1e-6)
    assert store.chunk_ids() == [chunk.chunk_id for chunk in chunks]
    store.remove(["c2", "not there"])
    assert store.chunk_ids() == ["c0", "c1", "c3"]
    assert list(store.vectors_of(["c2", "c3"])) == ["c3"]


def test_an_empty_store_finds_nothing(tmp_path: Path) -> None:
    store = _open(tmp_path / "v", [])
    assert store.nearest(_rows(1)[0], 5) == []
    assert store.vectors_of([]) == {}
    store.remove([])


def test_a_store_that_measures_otherwise_is_refused(tmp_path: Path) -> None:
    import chromadb

    client = chromadb.PersistentClient(path=str(tmp_path / "v"))
    client.create_collection(
        "passages", embedding_function=None, configuration={"hnsw": {"space": "l2"}}
    )
    with pytest.raises(IndexMismatch, match="compared by l2"):
        _open(tmp_path / "v", [])

"""Chunk vectors in Chroma. Sole owner of it; its types do not leave this module."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ingest.embedding.models import Vectors
from ingest.errors import IndexMismatch
from ingest.records import Chunk
from ingest.stores.disk_errors import damaged

_COLLECTION = "passages"
_BATCH = 5000
# Chroma's default of 100 loses neighbours among near-random vectors.
_EF_SEARCH = 300
_SPACE = "cosine"
_CONFIGURATION: Any = {"hnsw": {"space": _SPACE, "ef_search": _EF_SEARCH}}


Places = Callable[[Sequence[str]], dict[str, tuple[str, int, int]]]


@dataclass(frozen=True, slots=True)
class VectorHit:
    """A chunk near a query: `similarity` is the cosine in [-1, 1], higher is nearer."""

    chunk_id: str
    paper_id: str
    start: int
    end: int
    similarity: float


class VectorStore:
    """The vectors of one index, embedded in this process."""

    def __init__(self, folder: Path, places: Places) -> None:
        """Open or create the store. Raises IndexMismatch where it does not measure by cosine.

        `places` tells where chunks stand; one that it does not know is never found, so that a
        change which is not published yet stays unseen.
        """
        import chromadb
        from chromadb.api.shared_system_client import SharedSystemClient
        from chromadb.config import Settings

        self.folder = folder
        self._places = places
        # Places that were asked for. A reader opens the store anew when they may have changed.
        self._known: dict[str, tuple[str, int, int]] = {}
        self._dimensions = 0
        # Chroma keeps one system a folder and process, which never sees another process's writes.
        SharedSystemClient.clear_system_cache()
        with self._telling():
            self._client = chromadb.PersistentClient(
                path=str(folder), settings=Settings(anonymized_telemetry=False)
            )
            self._collection = self._client.get_or_create_collection(
                _COLLECTION,
                embedding_function=None,
                configuration=_CONFIGURATION,
            )
        space = (self._collection.configuration_json.get("hnsw") or {}).get("space")
        if space != _SPACE:
            raise IndexMismatch(
                f"The vectors in {folder} are compared by {space}, not by {_SPACE}. "
                "Run askpapers ingest --rebuild."
            )

    def count(self) -> int:
        """Chunks in the store."""
        with self._telling():
            return int(self._collection.count())

    @property
    def dimensions(self) -> int:
        """Numbers in a stored vector, 0 while there is none."""
        if not self._dimensions:
            with self._telling():
                found: Any = self._collection.get(limit=1, include=["embeddings"])
            self._dimensions = len(found["embeddings"][0]) if len(found["ids"]) else 0
        return self._dimensions

    def chunk_ids(self) -> list[str]:
        """Ids of all chunks in the store, sorted."""
        with self._telling():
            return sorted(self._collection.get(include=[])["ids"])

    def write(self, chunks: Sequence[Chunk], vectors: Vectors) -> None:
        """Store chunks under their ids, over any older ones. `vectors` has a row a chunk.

        Nothing else is stored of them: the catalog holds the rest, and a row with its text as
        metadata takes twice the time.

        Raises IndexMismatch for vectors that are longer or shorter than those in the store.
        """
        self._known = {}
        if chunks and self.dimensions not in (0, vectors.shape[1]):
            raise IndexMismatch(
                f"The stored vectors hold {self.dimensions} numbers, and the embedding model now "
                f"gives {vectors.shape[1]}. Run askpapers ingest --rebuild."
            )
        with self._telling():
            for start in range(0, len(chunks), _BATCH):
                part = chunks[start : start + _BATCH]
                self._collection.upsert(
                    ids=[chunk.chunk_id for chunk in part],
                    embeddings=np.asarray(vectors[start : start + _BATCH]),
                )

    def remove(self, chunk_ids: Sequence[str]) -> None:
        """Take out chunks; ids that are not there are passed over."""
        self._known = {}
        with self._telling():
            for start in range(0, len(chunk_ids), _BATCH):
                self._collection.delete(ids=list(chunk_ids[start : start + _BATCH]))

    def nearest(self, vector: Vectors, limit: int) -> list[VectorHit]:
        """Chunks nearest to one unit vector, best first; fewer where the store holds fewer."""
        found = self.nearest_ids(vector, limit)
        known = self._known
        known |= self._places([chunk_id for chunk_id, _ in found if chunk_id not in known])
        return [
            VectorHit(chunk_id, *known[chunk_id], similarity)
            for chunk_id, similarity in found
            if chunk_id in known
        ]

    def nearest_ids(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """Ids and cosines of the chunks nearest to one unit vector, best first."""
        if limit < 1:
            return []
        with self._telling():
            found: Any = self._collection.query(
                query_embeddings=np.asarray(vector, dtype=np.float32).reshape(1, -1),
                n_results=limit,
                include=["distances"],
            )
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return [(chunk_id, 1.0 - float(distance)) for chunk_id, distance in pairs]

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turns Chroma's errors into sentences for a person."""
        from chromadb.errors import ChromaError

        try:
            yield
        except (ChromaError, OSError) as error:
            reason = (
                str(error).strip().splitlines()[-1][:200] if str(error).strip() else repr(error)
            )
            raise damaged(self.folder, "vectors", reason) from error

    def vectors_of(self, chunk_ids: Sequence[str]) -> dict[str, Vectors]:
        """Stored vectors by chunk id; unknown ids are left out."""
        if not chunk_ids:
            return {}
        with self._telling():
            found: Any = self._collection.get(ids=list(chunk_ids), include=["embeddings"])
        rows = np.asarray(found["embeddings"], dtype=np.float32)
        return dict(zip(found["ids"], rows, strict=True))

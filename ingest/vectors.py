"""Chunk vectors in Chroma. Sole owner of it; its types do not leave this module."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ingest.embedding import Vectors
from ingest.errors import IndexMismatch
from ingest.records import Chunk

_COLLECTION = "passages"
_BATCH = 1000
# Chroma's default of 100 loses neighbours among near-random vectors.
_EF_SEARCH = 300
_SPACE = "cosine"
_CONFIGURATION: Any = {"hnsw": {"space": _SPACE, "ef_search": _EF_SEARCH}}


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

    def __init__(self, folder: Path) -> None:
        """Open or create the store. Raises IndexMismatch where it does not measure by cosine."""
        import chromadb
        from chromadb.api.shared_system_client import SharedSystemClient
        from chromadb.config import Settings

        # Chroma keeps one system a folder and process, which never sees another process's writes.
        SharedSystemClient.clear_system_cache()
        self._client = chromadb.PersistentClient(
            path=str(folder), settings=Settings(anonymized_telemetry=False)
        )
        # Chroma takes milliseconds to count, so a reader does it once.
        self._held: int | None = None
        self._collection = self._client.get_or_create_collection(
            _COLLECTION,
            embedding_function=None,
            configuration=_CONFIGURATION,
        )
        space = (self._collection.configuration.get("hnsw") or {}).get("space")
        if space != _SPACE:
            raise IndexMismatch(
                f"The vectors in {folder} are compared by {space}, not by {_SPACE}. "
                "Delete the index and run askpapers ingest on your files again."
            )

    def count(self) -> int:
        """Chunks in the store."""
        return int(self._collection.count())

    def write(self, chunks: Sequence[Chunk], vectors: Vectors) -> None:
        """Store chunks under their ids, over any older ones. `vectors` has a row a chunk."""
        self._held = None
        for start in range(0, len(chunks), _BATCH):
            part = chunks[start : start + _BATCH]
            self._collection.upsert(
                ids=[chunk.chunk_id for chunk in part],
                embeddings=np.asarray(vectors[start : start + _BATCH]),
                metadatas=[_metadata(chunk) for chunk in part],
            )

    def remove_papers(self, paper_ids: Sequence[str], keep: Sequence[str] = ()) -> None:
        """Remove every chunk of these papers, except the chunk ids in `keep`."""
        kept = set(keep)
        self._held = None
        for start in range(0, len(paper_ids), _BATCH):
            where: Any = {"paper_id": {"$in": list(paper_ids[start : start + _BATCH])}}
            found = self._collection.get(where=where, include=[])["ids"]
            stale = [chunk_id for chunk_id in found if chunk_id not in kept]
            for first in range(0, len(stale), _BATCH):
                self._collection.delete(ids=stale[first : first + _BATCH])

    def nearest(self, vector: Vectors, limit: int) -> list[VectorHit]:
        """Chunks nearest to one unit vector, best first; fewer where the store holds fewer."""
        if self._held is None:
            self._held = self.count()
        limit = min(limit, self._held)
        if limit == 0:
            return []
        found: Any = self._collection.query(
            query_embeddings=np.asarray(vector, dtype=np.float32).reshape(1, -1),
            n_results=limit,
            include=["metadatas", "distances"],
        )
        rows = zip(found["ids"][0], found["metadatas"][0], found["distances"][0], strict=True)
        return [
            VectorHit(
                chunk_id, str(m["paper_id"]), int(m["start"]), int(m["end"]), 1.0 - float(distance)
            )
            for chunk_id, m, distance in rows
        ]

    def vectors_of(self, chunk_ids: Sequence[str]) -> dict[str, Vectors]:
        """Stored vectors by chunk id; unknown ids are left out."""
        if not chunk_ids:
            return {}
        found: Any = self._collection.get(ids=list(chunk_ids), include=["embeddings"])
        rows = np.asarray(found["embeddings"], dtype=np.float32)
        return dict(zip(found["ids"], rows, strict=True))


def _metadata(chunk: Chunk) -> dict[str, str | int]:
    return {"paper_id": chunk.paper_id, "start": chunk.start, "end": chunk.end, "text": chunk.text}

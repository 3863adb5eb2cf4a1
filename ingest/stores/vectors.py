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
from ingest.stores.chroma import Chroma, Embedded, failures, is_too_much

# Chroma's default of 100 loses neighbours among near-random vectors. Of the true ten nearest among
# 100,000 abstracts, 300 find 0.984 for questions and 0.976 for titles, 400 find 0.985 and 0.982.
_EF_SEARCH = 400
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
    """The vectors of one index, embedded in this process or on a server."""

    def __init__(self, folder: Path, places: Places, chroma: Chroma | None = None) -> None:
        """Open or create the store. Raises IndexMismatch where it does not measure by cosine.

        It lies in the folder, or where `chroma` says. `places` tells where chunks stand; one that
        it does not know is never found, so that a change which is not published yet stays unseen.
        """
        self.folder = folder
        self._chroma = chroma or Embedded(folder)
        self._places = places
        # Places that were asked for. A reader opens the store anew when they may have changed.
        self._known: dict[str, tuple[str, int, int]] = {}
        self._dimensions = 0
        with self._telling():
            self._client = self._chroma.client()
            self._collection = self._asked(
                self._client.get_or_create_collection,
                self._chroma.collection,
                embedding_function=None,
                configuration=_CONFIGURATION,
            )
        self._most = self._chroma.most
        made: Any = self._collection.configuration_json
        space = (made.get("hnsw") or made.get("spann") or {}).get("space")
        if space != _SPACE:
            raise IndexMismatch(
                f"The vectors in {self._chroma.name} are compared by {space}, not by {_SPACE}. "
                "Run askpapers ingest --rebuild."
            )

    def clear(self) -> None:
        """Take out everything: a rebuild that failed may have left its part."""
        self.remove(self.chunk_ids())

    def drop_others(self, like: str) -> None:
        """Delete collections whose names begin so, but the one that is used."""
        with self._telling():
            for one in self._asked(self._client.list_collections):
                if one.name.startswith(like) and one.name != self._chroma.collection:
                    self._client.delete_collection(one.name)

    def count(self) -> int:
        """Chunks in the store."""
        with self._telling():
            return int(self._asked(self._collection.count))

    @property
    def dimensions(self) -> int:
        """Numbers in a stored vector, 0 while there is none."""
        if not self._dimensions:
            with self._telling():
                found = self._asked(self._collection.get, limit=1, include=["embeddings"])
            self._dimensions = len(found["embeddings"][0]) if len(found["ids"]) else 0
        return self._dimensions

    def chunk_ids(self) -> list[str]:
        """Ids of all chunks in the store, sorted."""
        with self._telling():
            if isinstance(self._chroma, Embedded):
                return sorted(self._collection.get(include=[])["ids"])
            found: list[str] = []
            while True:
                part = self._asked(
                    self._collection.get, include=[], limit=self._most, offset=len(found)
                )
                found += part["ids"]
                if not part["ids"]:
                    return sorted(found)

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
            ids, rows = [chunk.chunk_id for chunk in chunks], np.asarray(vectors)
            self._in_parts(
                len(ids),
                lambda part: self._asked(
                    self._collection.upsert, ids=ids[part], embeddings=rows[part]
                ),
            )

    def remove(self, chunk_ids: Sequence[str]) -> None:
        """Take out chunks; ids that are not there are passed over."""
        self._known = {}
        with self._telling():
            ids = list(chunk_ids)
            self._in_parts(
                len(ids), lambda part: self._asked(self._collection.delete, ids=ids[part])
            )

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
            found = self._asked(
                self._collection.query,
                query_embeddings=np.asarray(vector, dtype=np.float32).reshape(1, -1),
                n_results=min(limit, self._most),
                include=["distances"],
            )
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return [(chunk_id, 1.0 - float(distance)) for chunk_id, distance in pairs]

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turns Chroma's errors into sentences for a person."""
        try:
            yield
        except failures() as error:
            raise self._chroma.told(error) from error

    def _asked(self, ask: Callable[..., Any], *values: Any, **named: Any) -> Any:
        return self._chroma.asked(lambda: ask(*values, **named))

    def _in_parts(self, count: int, do: Callable[[slice], object]) -> None:
        """Do it for so many rows in parts, which become smaller where they are too much at once."""
        begin = 0
        while begin < count:
            try:
                do(slice(begin, begin + self._most))
            except failures() as error:
                if not is_too_much(error) or self._most == 1:
                    raise
                self._most = max(1, min(self._most, count - begin) // 2)
            else:
                begin += self._most

    def vectors_of(self, chunk_ids: Sequence[str]) -> dict[str, Vectors]:
        """Stored vectors by chunk id; unknown ids are left out."""
        found: dict[str, Vectors] = {}
        ids = list(chunk_ids)

        def get(part: slice) -> None:
            stored = self._asked(self._collection.get, ids=ids[part], include=["embeddings"])
            rows = np.asarray(stored["embeddings"], dtype=np.float32)
            found.update(zip(stored["ids"], rows, strict=True))

        with self._telling():
            self._in_parts(len(ids), get)
        return found

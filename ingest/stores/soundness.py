"""Whether each store of an index holds what its catalog says: all is read, nothing mended."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from filelock import Timeout

from ingest.batches import batches
from ingest.catalog.examining import findings
from ingest.errors import IndexMismatch
from ingest.index import Index
from ingest.records import Chunk
from ingest.seal import NAME
from ingest.stores.repair import counted, verify
from ingest.writer_lock import writer_lock

_BATCH = 1000
# The forward index holds vectors in half precision.
_ROUNDING = 0.01
_SHEETS = "sheets.bin"


def unsound(index: Index) -> dict[str, str]:
    """What is wrong with each part of an index, in words, "" where nothing is.

    Files are compared with their seal, then stores with the catalog and with each other.
    """
    index.check_files()
    differing, index.damaged = index.damaged, []  # told here, part by part
    looks: dict[str, Callable[[Index], str]] = {
        "catalog": _catalog,
        "vectors": _vectors,
        "text index": _text,
        "forward index": _sheets,
        "relatives": _relatives,
        "seal": _seal,
        "lock": _lock,
    }
    found = dict.fromkeys(looks, "")
    for name in differing:
        found[_part(name)] = f"{name} is not as it was stored"
    for part, look in looks.items():
        # Libraries that open a damaged file may end the whole process.
        if not (differing or found["catalog"]) or part in ("catalog", "seal", "lock"):
            found[part] = found[part] or _said(look, index)
    return found


def _said(look: Callable[[Index], str], index: Index) -> str:
    try:
        return look(index)
    except IndexMismatch as error:
        return str(error)


def _part(name: str) -> str:
    if Path(name).name == _SHEETS:
        return "forward index"
    return {"relatives": "relatives", "vectors": "vectors"}.get(
        name.partition("-")[0], "text index"
    )


def _catalog(index: Index) -> str:
    return "; ".join(findings(index.catalog))


def _vectors(index: Index) -> str:
    stores = index.catalog, index.vectors, index.lexicon
    # Before the sample, which finds its vectors by approximation and may miss one that is there.
    if counted(*stores).agree and (other := _swapped(index)):
        return f"{other} vectors are not those of their chunks"
    verify(*stores)
    return ""


def _swapped(index: Index) -> int:
    """How many chunks of the catalog have a vector that is not theirs."""
    parts = batches(index.catalog.paper_ids(), _BATCH)
    return sum(_others(index, index.catalog.stored_chunks(index.catalog.papers(p))) for p in parts)


def _others(index: Index, chunks: list[Chunk]) -> int:
    """How many chunks have another vector than the forward index holds of them."""
    held = index.lexicon.held(list(dict.fromkeys(chunk.paper_id for chunk in chunks)))
    meanings = index.lexicon.meanings(held)
    rows = {
        (held[owner], int(start), int(end)): row
        for owner, (start, end), row in zip(
            meanings.owners, meanings.spans, meanings.chunks, strict=True
        )
    }
    stored = index.vectors.vectors_of([chunk.chunk_id for chunk in chunks])
    wrong = 0
    for chunk in chunks:
        vector, row = stored.get(chunk.chunk_id), rows.get((chunk.paper_id, chunk.start, chunk.end))
        if vector is None or row is None:
            wrong += 1
        else:
            # A vector of an odd length stands in the forward index with a zero more.
            wrong += not bool(np.abs(row[: len(vector)] - vector).max(initial=0) < _ROUNDING)
    return wrong


def _text(index: Index) -> str:
    differing = set(index.lexicon.paper_ids()) ^ set(index.catalog.paper_ids())
    return f"{len(differing)} papers are in it or in the catalog alone" if differing else ""


def _sheets(index: Index) -> str:
    held = index.lexicon.paper_ids()
    for ids in batches(held, _BATCH):
        if len(index.lexicon.held(ids)) != len(ids):
            return "papers are missing in it"
        index.lexicon.text(ids)
        index.lexicon.meanings(ids)
    return ""


def _relatives(index: Index) -> str:
    relatives = index.relatives
    return "" if np.isfinite(relatives.rows).all() else "its numbers are none"


def _seal(index: Index) -> str:
    if index.catalog.seal.read() is None:
        return f"{NAME} is missing or unreadable, so nothing tells whether files were damaged"
    return ""


def _lock(index: Index) -> str:
    lock = writer_lock(index.folder)
    try:
        lock.acquire(timeout=0)
        lock.release()
    except Timeout:
        return ""  # somebody is writing
    except OSError as error:
        # Whoever may only read needs no lock.
        return f"{lock.lock_file}: {error.strerror}" if os.access(index.folder, os.W_OK) else ""
    return ""

"""What a process keeps of an index on servers, brought up to date: only what changed is read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from ingest.catalog.sharing import Change
from ingest.errors import IndexMismatch
from ingest.papers.analysis import embedded
from ingest.stores.lexicon import Lexicon
from ingest.stores.vectors import VectorStore

if TYPE_CHECKING:
    from ingest.shared.index import SharedIndex

_STATE, _LOCK = "followed.json", "follow.lock"


@dataclass(frozen=True, slots=True)
class _State:
    """The edition and the generation that the files of a folder are of."""

    edition: int = 0
    generation: int = -1


def follow(index: SharedIndex, folder: Path) -> None:
    """Bring the text index of a folder, and what else lies there, to what is published now.

    Processes that share a folder do so one after the other; a kill leaves what was there, and the
    next one begins where that was.
    """
    with FileLock(folder / _LOCK), index.catalog.snapshot():
        now = _State(index.edition, index.catalog.generation)
        before = _read(folder / _STATE)
        lexicon = _lexicon(index, before)
        if lexicon is None:
            before = _State(index.edition)
            lexicon = Lexicon(_emptied(index.store_folder("lexicon", index.edition)))
        if before != now:
            _take_over(index, lexicon, before, now)
            _take_files(index, folder)
            draft = folder / f"{_STATE}.draft"
            draft.write_text(json.dumps(asdict(now)), encoding="utf-8")
            draft.replace(folder / _STATE)
    index.generation = now.generation


def _read(file: Path) -> _State:
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        return _State(int(stored["edition"]), int(stored["generation"]))
    except (OSError, ValueError, KeyError, TypeError):
        return _State()


def _lexicon(index: SharedIndex, before: _State) -> Lexicon | None:
    """The text index as it is, None where it is of another edition or cannot be read."""
    if before.edition != index.edition:
        return None
    try:
        return Lexicon(index.store_folder("lexicon", index.edition))
    except IndexMismatch:
        return None


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _take_over(index: SharedIndex, lexicon: Lexicon, before: _State, now: _State) -> None:
    vectors = None if index.has_vector_server else index.vector_store(index.edition)
    for changes in index.catalog.changes(before.generation, now.generation):
        lexicon.remove([one.paper_id for one in changes if one.leaf is None])
        lexicon.store([one.leaf for one in changes if one.leaf is not None])
        if vectors is not None:
            _embed(index, vectors, changes)
    lexicon.commit()
    if vectors is not None:
        vectors.remove(sorted({*vectors.chunk_ids()} - {*index.catalog.chunk_ids()}))


def _embed(index: SharedIndex, vectors: VectorStore, changes: Sequence[Change]) -> None:
    papers = index.catalog.papers([one.paper_id for one in changes if one.leaf is not None])
    chunks = index.catalog.stored_chunks(papers)
    vectors.write(chunks, index.encoder.embed(embedded(papers, chunks)))


def _take_files(index: SharedIndex, folder: Path) -> None:
    """The relatives that the catalog names, where they are not here yet."""
    wanted = index.relatives_folder(index.catalog.get("relatives"))
    if wanted.is_dir():
        return
    draft = folder / f"{wanted.name}.draft"
    _emptied(draft).mkdir()
    for name in ("rows.npy", "stems.json"):
        content = index.catalog.shared_file(f"{wanted.name}/{name}")
        if content is None:
            return
        (draft / name).write_bytes(content)
    draft.rename(wanted)

"""One index on disk: its folder holds the catalog, and the vectors and text index made from it."""

from __future__ import annotations

import json
import os
import shutil
import time
from functools import cached_property
from pathlib import Path
from threading import Lock

from filelock import FileLock, Timeout

from ingest.catalog import Catalog
from ingest.embedding.models import Embedding, StaticEmbedding, Vectors
from ingest.embedding.queries import Queries
from ingest.errors import IndexBusy, IndexMismatch, IndexMissing, SourceError
from ingest.json_text import parsed
from ingest.readers.naming import name_of
from ingest.stores.lexicon import Lexicon
from ingest.stores.readonly import readable
from ingest.stores.relatives import Relatives, load
from ingest.stores.vectors import VectorStore

# Vectors and text index of another format are made anew from the catalog.
STORES = "3"
_CATALOG = "catalog.sqlite"
_HOLDER = "writer.json"


class Index:
    """The three stores of a folder. Vectors and text index are opened when they are first needed.

    A reader works on the state that was published when it opened them, and asks `is_stale` whether
    there is a newer one. `encoder` embeds the chunks, and the questions that look for them;
    `embedding` compares single words, titles and sentences, and is always the static one, which is
    quick and needs nobody.
    """

    def __init__(self, folder: Path, encoder: Embedding | None = None) -> None:
        """Open or create. Raises IndexMismatch, SourceError for a folder that cannot be used."""
        _check_name(folder)
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SourceError(
                f"The index folder {folder} cannot be used ({error.strerror}). "
                "Name another with --index or ASKPAPERS_INDEX."
            ) from error
        # One object for both where it can be: whoever asks whether they are one gets the truth.
        self.embedding = encoder if isinstance(encoder, StaticEmbedding) else StaticEmbedding()
        self.encoder: Embedding = encoder or self.embedding
        self.queries = Queries(self.encoder)
        self._stores = readable(folder)
        self.catalog = Catalog(self._stores / _CATALOG)
        self._begin()
        with self.catalog.snapshot():
            self.generation = self.catalog.generation
            self.edition = int(self.catalog.get("edition") or 1)
        self._lexicon: Lexicon | None = None
        self._vectors: VectorStore | None = None
        # Of several askers at once, one opens a store: two clients in one folder break each other.
        self._opening = Lock()

    def _begin(self) -> None:
        """Note what embeds an index that holds no papers, in stores that nothing has written."""
        made_by = self.catalog.get("embedding")
        if made_by == self.encoder.identity or (made_by and self.catalog.count()):
            return
        with self.catalog.transaction() as writing:
            writing.set("embedding", self.encoder.identity)
            writing.set("stores", self.catalog.get("stores") or STORES)
            if made_by:
                writing.set("edition", str(int(self.catalog.get("edition") or 1) + 1))

    @property
    def lexicon(self) -> Lexicon:
        with self._opening:
            if self._lexicon is None:
                self.check_identity()
                self._lexicon = Lexicon(self.store_folder("lexicon", self.edition))
            return self._lexicon

    @property
    def vectors(self) -> VectorStore:
        with self._opening:
            if self._vectors is None:
                self.check_identity()
                self._vectors = self._vector_store(self.edition)
            return self._vectors

    def question_vector(self, text: str) -> Vectors | None:
        """The vector that finds chunks, None while the model fails: see `queries.failure_since`.

        Raises IndexMismatch where it is of another length than those of the chunks.
        """
        vector = self.queries.vector(text)
        if vector is not None and self.vectors.dimensions not in (0, len(vector)):
            raise IndexMismatch(
                f"The vectors of the index {self.folder} hold {self.vectors.dimensions} numbers, "
                f"and {self.encoder.identity} now gives {len(vector)}. "
                f"Run askpapers ingest --rebuild --index {self.folder}."
            )
        return vector

    def next_stores(self) -> tuple[VectorStore, Lexicon, int]:
        """Empty stores of the next edition, and its number. Readers do not see them."""
        edition = self.edition + 1
        for name in ("vectors", "lexicon"):
            shutil.rmtree(self.store_folder(name, edition), ignore_errors=True)
        return self._vector_store(edition), Lexicon(self.store_folder("lexicon", edition)), edition

    def switch(self, vectors: VectorStore, lexicon: Lexicon, edition: int) -> None:
        """Work with the stores of another edition from now on."""
        self._vectors, self._lexicon, self.edition = vectors, lexicon, edition

    def _vector_store(self, edition: int) -> VectorStore:
        return VectorStore(self.store_folder("vectors", edition), self.catalog.chunk_places)

    def is_current(self) -> bool:
        """Whether the derived stores were made by this embedding and in this format."""
        made_by, stores = self.catalog.get("embedding"), self.catalog.get("stores")
        return made_by == self.encoder.identity and stores == STORES

    def check_identity(self) -> None:
        """Raises IndexMismatch where another embedding or format made the derived stores."""
        made_by, stores = self.catalog.get("embedding"), self.catalog.get("stores")
        if made_by != self.encoder.identity:
            raise IndexMismatch(
                f"The index {self.folder} was made with the embedding {made_by}, and the settings "
                f"ask for {self.encoder.identity}. "
                f"Run askpapers ingest --rebuild --index {self.folder}; it needs no source files."
            )
        if stores != STORES:
            raise IndexMismatch(
                f"The index {self.folder} was made by another version of askpapers. "
                f"Run askpapers ingest --rebuild --index {self.folder}; it needs no source files."
            )

    def sweep(self) -> None:
        """Delete stores that an earlier rebuild left to its readers, or left unfinished."""
        kept = {
            self._stores / _CATALOG,
            self.relatives_folder(self.catalog.get("relatives")),
            *(self.store_folder(name, self.edition) for name in ("vectors", "lexicon")),
        }
        for folder in self._stores.iterdir():
            is_store = folder.name.startswith(("vectors-", "lexicon-", "relatives-"))
            if is_store and folder.is_dir() and folder not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    @cached_property
    def relatives(self) -> Relatives:
        """Which words of the corpus stand for each other; empty until first published."""
        return load(self.relatives_folder(self.catalog.get("relatives")))

    def relatives_folder(self, name: str | None) -> Path:
        """Where the relatives of that name lie: "3:1200" is the third, from 1,200 papers."""
        return self._stores / f"relatives-{(name or '0').partition(':')[0]}"

    def store_folder(self, name: str, edition: int) -> Path:
        """Where a derived store lies. A rebuild makes the next edition and leaves this one."""
        return self._stores / f"{name}-{edition}"

    def is_stale(self) -> bool:
        """Whether another process has published a newer generation since this was opened."""
        return self.catalog.generation != self.generation

    def close(self) -> None:
        self.catalog.close()


def is_filled(folder: Path) -> bool:
    """Whether a folder holds an index with at least one paper. Creates nothing."""
    _check_name(folder)
    if not (folder / _CATALOG).is_file():
        return False
    catalog = Catalog(readable(folder) / _CATALOG)
    try:
        return catalog.count() > 0
    finally:
        catalog.close()


def open_filled(folder: Path, encoder: Embedding | None = None) -> Index:
    """The index of a folder. Raises IndexMissing, with the command to run, where there is none.

    Raises IndexMismatch, too, for one whose stores another version or embedding made.
    """
    require_filled(folder)
    index = Index(folder, encoder)
    index.check_identity()
    return index


def require_filled(folder: Path) -> None:
    """Raises IndexMissing, with the command to run, where a folder holds no papers."""
    if not is_filled(folder):
        raise IndexMissing(
            f"There are no papers in the index {folder} yet. Run askpapers ingest FOLDER "
            f"--index {folder} with a folder of abstracts first."
        )


def _check_name(folder: Path) -> None:
    """Raises SourceError for a name that the stores cannot write down."""
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        raise SourceError(
            f"The index folder {name_of(folder)} has a name that is not UTF-8, which its stores "
            "cannot open. Name another with --index or ASKPAPERS_INDEX."
        ) from None


def writer_lock(folder: Path) -> FileLock:
    """The lock that one writer at a time holds; readers need none."""
    _check_name(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SourceError(
            f"The index folder {folder} cannot be used ({error.strerror}). "
            "Name another with --index or ASKPAPERS_INDEX."
        ) from error
    return FileLock(folder / "writer.lock")


def acquire(lock: FileLock, seconds: float) -> None:
    """Wait for the writer's lock. Raises IndexBusy, naming the holder, when it stays taken."""
    holder = Path(lock.lock_file).with_name(_HOLDER)
    try:
        lock.acquire(timeout=seconds)
    except Timeout as error:
        raise IndexBusy(
            f"Another askpapers ingest ({_holder(holder)}) is writing to {holder.parent}. "
            "Wait until it is done, then run this again."
        ) from error
    except OSError as error:
        raise SourceError(
            f"The index folder {holder.parent} cannot be written ({error.strerror}). "
            "Name another with --index or ASKPAPERS_INDEX."
        ) from error
    # Rewritten by each holder, and read only while the lock is taken: it need not be deleted.
    now = time.strftime("%H:%M")
    holder.write_text(json.dumps({"process": os.getpid(), "since": now}), encoding="utf-8")


def _holder(file: Path) -> str:
    try:
        held = parsed(file.read_text(encoding="utf-8"))
        return f"process {held['process']}, since {held['since']}"
    except (OSError, ValueError, KeyError):
        return "a process that is just starting"

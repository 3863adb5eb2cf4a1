"""One index on disk: its folder holds the catalog, and the vectors and text index made from it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from ingest.catalog import Catalog
from ingest.catalog.examining import findings
from ingest.catalog.sqlite import broken, gone
from ingest.embedding.models import Embedding, StaticEmbedding, Vectors
from ingest.embedding.queries import Queries
from ingest.errors import IndexDamaged, IndexMismatch
from ingest.seal import STORE_FOLDERS
from ingest.servers.stores import EMBEDDED, Servers
from ingest.stores.chroma import ChromaServer
from ingest.stores.disk_errors import damaged as unusable
from ingest.stores.lexicon import Lexicon
from ingest.stores.readonly import readable
from ingest.stores.relatives import Relatives, load
from ingest.stores.vectors import VectorStore
from ingest.writer_lock import made

if TYPE_CHECKING:
    from ingest.papers.analysis import Chunking
    from ingest.stores.writer import Leaves, Writer

# Vectors and text index of another format are made anew from the catalog.
STORES = "4"
CATALOG = "catalog.sqlite"
# Where a catalog is made before it is put in place.
WORK = "restoring"
# Bytes whose checksums are computed whenever an index is opened: some 10 ms.
_CHECKED_AT_ONCE = 16 << 20


class Index:
    """The three stores of a folder. Vectors and text index are opened when they are first needed.

    A reader works on the state that was published when it opened them, and asks `is_stale` whether
    there is a newer one. `encoder` embeds the chunks, and the questions that look for them;
    `embedding` compares single words, titles and sentences, and is always the static one, which is
    quick and needs nobody.
    """

    def __init__(
        self, folder: Path, encoder: Embedding | None = None, servers: Servers = EMBEDDED
    ) -> None:
        """Open or create. Raises SourceError for a folder that cannot be used.

        Raises IndexDamaged for a broken catalog; damaged stores are told when they are needed.
        """
        self.folder = folder
        made(folder)
        # One object for both where it can be: whoever asks whether they are one gets the truth.
        self.embedding = encoder if isinstance(encoder, StaticEmbedding) else StaticEmbedding()
        self.encoder: Embedding = encoder or self.embedding
        self.queries = Queries(self.encoder)
        self.servers = servers
        self._stores = readable(folder)
        self.catalog = self._open_catalog()
        self.damaged: list[str] = []
        self._look(self.catalog.seal.differing(_CHECKED_AT_ONCE))
        self._begin()
        with self.catalog.snapshot():
            self.generation = self.catalog.generation
            self.edition = int(self.catalog.get("edition") or 1)
        self._lexicon: Lexicon | None = None
        self._vectors: VectorStore | None = None
        self._reads_only = False
        self._is_checked = False
        # Of several askers at once, one opens a store: two clients in one folder break each other.
        self._opening = Lock()

    def _open_catalog(self) -> Catalog:
        return _opened(self._stores / CATALOG)

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
                self._lexicon = self._open_lexicon()
                if self._reads_only and not self._lexicon.count() and self.catalog.count():
                    folder = self.store_folder("lexicon", self.edition)
                    raise unusable(folder, "text index", "it is empty")
            return self._lexicon

    def _open_lexicon(self) -> Lexicon:
        return Lexicon(self.store_folder("lexicon", self.edition), self.catalog.seal.break_)

    @property
    def vectors(self) -> VectorStore:
        with self._opening:
            if self._vectors is None:
                self.check_identity()
                self._vectors = self._open_vectors()
                if self._reads_only and self._vectors.count() < self.catalog.count_chunks():
                    raise unusable(self._vectors.folder, "vectors", "some are missing")
            return self._vectors

    def _open_vectors(self) -> VectorStore:
        return self.vector_store(self.edition)

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

    def next_stores(self) -> tuple[VectorStore, Leaves, int]:
        """Empty stores of the next edition, and its number. Readers do not see them."""
        edition = 1 + max(self.edition, *map(_number, self._stores.glob("*-*")), 0)
        for name in ("vectors", "lexicon"):
            shutil.rmtree(self.store_folder(name, edition), ignore_errors=True)
        vectors = self.vector_store(edition)
        if self.has_vector_server:
            vectors.clear()
        return vectors, Lexicon(self.store_folder("lexicon", edition)), edition

    def switch(self, vectors: VectorStore, edition: int) -> None:
        """Work with the stores of another edition from now on."""
        self._vectors, self._lexicon, self.edition = vectors, None, edition

    @property
    def has_vector_server(self) -> bool:
        """Whether a server holds the vectors: else they lie in the folder."""
        return bool(self.servers.chroma)

    def vector_store(self, edition: int) -> VectorStore:
        """The vectors of an edition."""
        folder, places = self.store_folder("vectors", edition), self.catalog.chunk_places
        if not self.has_vector_server:
            return VectorStore(folder, places)
        name = f"{self._collections()}{edition}"
        return VectorStore(folder, places, ChromaServer(self.servers, name))

    def _collections(self) -> str:
        """How the names of our collections begin, among those of others on the same server."""
        return f"askpapers-{self.catalog.identity()}-"

    def publisher(self, chunking: Chunking) -> Writer:
        """Who writes to this index."""
        from ingest.stores.publish import Publisher

        return Publisher(self, chunking)

    def repaired(self) -> int:
        """How many papers were touched to make the stores agree with the catalog."""
        from ingest.stores.repair import repair

        return repair(self)

    def share(self, folder: Path) -> None:
        """Let every process have the files of a folder: here they all read this one."""

    def has_vectors(self) -> bool:
        """Whether the database of the vectors is there, which no seal covers."""
        file = self.store_folder("vectors", self.edition) / "chroma.sqlite3"
        return file.is_file() and file.stat().st_size > 0

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

        if self.damaged:
            raise IndexMismatch(
                f"{self.folder / self.damaged[0]} is damaged or gone. Run askpapers ingest "
                f"--rebuild --index {self.folder}, which makes it anew from the catalog."
            )

    def check_wholly(self) -> None:
        """Raises IndexMismatch where a file is damaged, however large: before it is written to."""
        if not self._is_checked:
            self.check_files(only_touched=True)
            self.check_identity()
            self._is_checked = True

    def check_files(self, only_touched: bool = False) -> None:
        """Find damaged files, however large. Raises IndexDamaged where the catalog is one."""
        self._look(self.catalog.seal.differing(only_touched=only_touched))

    def _look(self, differing: Sequence[str]) -> None:
        """Take note of files that are not as they were sealed.

        Raises IndexDamaged where the catalog is one and does not hold together.
        """
        self.catalog.reopen()
        if CATALOG in differing and (found := findings(self.catalog, derived=True)):
            self.catalog.close()
            raise broken(self._stores / CATALOG, found[0])
        self.damaged = [name for name in differing if name != CATALOG]

    def begin_to_read(self) -> None:
        """Raises IndexMismatch for stores that cannot be read, and from now on for missing ones."""
        self._reads_only = True
        self.check_identity()

    def confirm(self) -> None:
        """Read back what was committed, and seal the files. Raises UsageError where it is gone."""
        self.catalog.read_back()
        sealed = self.catalog.seal.read()
        if (sealed is not None and sealed.files) or not self.catalog.settle():
            return
        try:
            self.catalog.seal.renew(self.catalog.count(), self.catalog.generation, self.files())
        except FileNotFoundError as error:
            raise gone(self._stores / CATALOG) from error
        self.catalog.reopen()

    def files(self) -> list[Path]:
        """The files that nobody but a writer writes to: the database of the vectors is none."""
        relatives = self.catalog.get("relatives")
        folders = [self.store_folder("lexicon", self.edition)]
        folders += [self.relatives_folder(relatives)] if relatives else []
        # A graph of vectors without these names was never written: its files are placeholders.
        graphs = self.store_folder("vectors", self.edition).glob("*/index_metadata.pickle")
        folders += [names.parent for names in graphs]
        inside = [file for folder in folders for file in folder.iterdir()]
        kept = [file for file in inside if file.is_file() and file.suffix != ".lock"]
        return [self._stores / CATALOG, *sorted(kept)]

    def sweep(self) -> None:
        """Delete stores that an earlier rebuild left to its readers, or left unfinished."""
        if not self.is_of_last_rebuild():
            return
        kept = {
            self._stores / CATALOG,
            self.relatives_folder(self.catalog.get("relatives")),
            *(self.store_folder(name, self.edition) for name in ("vectors", "lexicon")),
        }
        for folder in self._stores.iterdir():
            is_store = folder.name.startswith((*STORE_FOLDERS, WORK))
            if is_store and folder.is_dir() and folder not in kept:
                shutil.rmtree(folder, ignore_errors=True)
        if self.has_vector_server:
            self.vectors.drop_others(self._collections())

    def is_of_last_rebuild(self) -> bool:
        """Whether nobody has made the derived stores anew since this was opened."""
        return self.catalog.number("edition", 1) == self.edition

    @cached_property
    def relatives(self) -> Relatives:
        """Which words of the corpus stand for each other; empty until first published.

        Raises IndexMismatch, with the command to run, where they were and are no more.
        """
        return self._open_relatives()

    def _open_relatives(self) -> Relatives:
        name = self.catalog.get("relatives")
        folder = self.relatives_folder(name)
        try:
            found = load(folder)
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise unusable(folder, "relatives", str(error)[:200]) from error
        if name and not found.is_whole():
            raise unusable(folder, "relatives", "some are missing")
        return found

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


def _opened(file: Path) -> Catalog:
    catalog = Catalog(file)
    if catalog.is_behind():
        catalog.close()
        raise changed(file)
    return catalog


def changed(file: Path) -> IndexDamaged:
    """The sentence for a catalog that is not the one that its stores were made from."""
    return broken(file, "it is older than what was made from it")


def _number(folder: Path) -> int:
    _, _, number = folder.name.rpartition("-")
    return int(number) if number.isdecimal() else 0

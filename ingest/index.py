"""One index on disk: its folder holds the catalog, and the vectors and text index made from it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.catalog import Catalog
from ingest.embedding import StaticEmbedding
from ingest.errors import IndexBusy, IndexMismatch, IndexMissing, SourceError
from ingest.lexicon import Lexicon
from ingest.relatives import Relatives, load
from ingest.vectors import VectorStore

_CATALOG = "catalog.sqlite"


class Index:
    """The three stores of a folder, opened together; the vectors when they are first needed."""

    def __init__(self, folder: Path) -> None:
        """Open or create. Raises IndexMismatch, SourceError for a folder that cannot be used."""
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SourceError(
                f"The index folder {folder} cannot be used ({error.strerror}). "
                "Name another with --index or ASKPAPERS_INDEX."
            ) from error
        self.embedding = StaticEmbedding()
        self.catalog = Catalog(folder / _CATALOG)
        self._check_embedding()
        self.generation = self.catalog.generation
        self.edition = int(self.catalog.get("edition") or 1)
        self.lexicon = Lexicon(self.store_folder("lexicon", self.edition))
        self._vectors: VectorStore | None = None

    @property
    def vectors(self) -> VectorStore:
        if self._vectors is None:
            self._vectors = VectorStore(self.store_folder("vectors", self.edition))
        return self._vectors

    @cached_property
    def relatives(self) -> Relatives:
        """Which words of the corpus stand for each other; empty until first published."""
        return load(self.relatives_folder(self.catalog.get("relatives")))

    def relatives_folder(self, name: str | None) -> Path:
        """Where the relatives of that name lie: "3:1200" is the third, learned from 1,200 papers."""
        return self.folder / f"relatives-{(name or '0').partition(':')[0]}"

    def store_folder(self, name: str, edition: int) -> Path:
        """Where a derived store lies. A rebuild makes the next edition and leaves this one."""
        return self.folder / f"{name}-{edition}"

    def is_stale(self) -> bool:
        """Whether another process has published a newer generation since this was opened."""
        return self.catalog.generation != self.generation

    def close(self) -> None:
        self.catalog.close()

    def _check_embedding(self) -> None:
        made_by = self.catalog.get("embedding")
        if made_by is None:
            self.catalog.set("embedding", self.embedding.identity)
        elif made_by != self.embedding.identity:
            raise IndexMismatch(
                f"The index {self.folder} was made with the embedding {made_by}, and this is "
                f"{self.embedding.identity}. Delete the folder and run askpapers ingest on your "
                "files again."
            )


def is_filled(folder: Path) -> bool:
    """Whether a folder holds an index with at least one paper. Creates nothing."""
    if not (folder / _CATALOG).is_file():
        return False
    catalog = Catalog(folder / _CATALOG)
    try:
        return catalog.count() > 0
    finally:
        catalog.close()


def open_filled(folder: Path) -> Index:
    """The index of a folder. Raises IndexMissing, with the command to run, where there is none."""
    if not is_filled(folder):
        raise IndexMissing(
            f"There are no papers in the index {folder} yet. Run askpapers ingest FOLDER "
            f"--index {folder} with a folder of abstracts first."
        )
    return Index(folder)


def writer_lock(folder: Path) -> FileLock:
    """The lock that one writer at a time holds; readers need none."""
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / "writer.lock")


def acquire(lock: FileLock, seconds: float) -> None:
    """Wait for the writer's lock. Raises IndexBusy, naming the holder, when it stays taken."""
    holder = Path(lock.lock_file).with_suffix(".pid")
    try:
        lock.acquire(timeout=seconds)
    except Timeout as error:
        pid = holder.read_text().strip() if holder.is_file() else "unknown"
        raise IndexBusy(
            f"Another askpapers ingest (process {pid}) is writing to {holder.parent}. "
            "Wait until it is done, then run this again."
        ) from error

"""One index whose catalog is on a server: what is local follows it, what is shared lies beside."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.catalog.sharing import SharedCatalog
from ingest.index import Index
from ingest.shared.entries import Entries
from ingest.shared.following import follow
from ingest.stores.lexicon import Lexicon
from ingest.stores.relatives import Relatives
from ingest.stores.vectors import VectorStore

if TYPE_CHECKING:
    from ingest.papers.analysis import Chunking
    from ingest.stores.writer import Leaves, Writer


class SharedIndex(Index):
    """An index on servers. Its folder holds what this process has made of it, and can be deleted.

    That is the text index and the relatives, and the vectors too where no Chroma server has them.
    """

    catalog: SharedCatalog
    # Whether a writer learns the relatives when it is done: of many at once the last one does.
    learns = True

    def _open_catalog(self) -> SharedCatalog:
        catalog = SharedCatalog(self.servers)
        # Another database, another folder: what is in one says nothing of the other.
        self._stores = _local(self.folder) / f"shared-{catalog.identity()}"
        self._stores.mkdir(exist_ok=True)
        return catalog

    def _open_lexicon(self) -> Lexicon:
        follow(self, self._stores)
        return Lexicon(self.store_folder("lexicon", self.edition))

    def _open_vectors(self) -> VectorStore:
        if not self.has_vector_server:
            follow(self, self._stores)
        return self.vector_store(self.edition)

    def _open_relatives(self) -> Relatives:
        # The same for all processes: one has learned them.
        follow(self, self._stores)
        return super()._open_relatives()

    def next_stores(self) -> tuple[VectorStore, Leaves, int]:
        """Empty stores of the next edition; the entries of the old one go with this transaction."""
        edition = 1 + int(self.catalog.get("edition") or 1)
        vectors = self.vector_store(edition)
        vectors.clear()
        return vectors, Entries(self.catalog), edition

    def share(self, folder: Path) -> None:
        """Let every process have the files of a folder that this one has made."""
        with self.catalog.shared_transaction() as writing:
            writing.drop_files(but=f"{folder.name}/")
            for file in sorted(folder.iterdir()):
                writing.keep_file(f"{folder.name}/{file.name}", file.read_bytes())

    def confirm(self) -> None:
        """What the servers have committed they hold."""

    def sweep(self) -> None:
        """Delete what an earlier rebuild left to its readers, here and on the vector server."""
        if not self.is_of_last_rebuild():
            return
        kept = {f"lexicon-{self.edition}", f"vectors-{self.edition}"}
        kept.add(self.relatives_folder(self.catalog.get("relatives")).name)
        for folder in self._stores.iterdir():
            if folder.is_dir() and folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)
        if self.has_vector_server:
            self.vectors.drop_others(self._collections())

    def publisher(self, chunking: Chunking) -> Writer:
        from ingest.shared.publishing import SharedPublisher

        return SharedPublisher(self, chunking)

    def repaired(self) -> int:
        from ingest.shared.publishing import heal

        with self.catalog.telling(), self.catalog.alone():
            return heal(self, wholly=True)


def _local(folder: Path) -> Path:
    """The folder itself, or one that goes with this process where it cannot be written."""
    if os.access(folder, os.W_OK):
        return folder
    return Path(tempfile.mkdtemp(prefix="askpapers-"))

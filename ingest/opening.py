"""An index opened where it lies, in its folder or on servers, and whether it holds papers."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from ingest.catalog import Catalog
from ingest.embedding.models import Embedding
from ingest.errors import IndexMissing
from ingest.index import CATALOG, Index, changed
from ingest.seal import Seal
from ingest.servers.stores import EMBEDDED, Servers
from ingest.stores.readonly import readable
from ingest.writer_lock import check_name


def opened(folder: Path, encoder: Embedding | None = None, servers: Servers = EMBEDDED) -> Index:
    """The index of a folder, or of servers where some are named; made where there is none."""
    if not servers.database:
        return Index(folder, encoder, servers)
    from ingest.shared.index import SharedIndex

    return SharedIndex(folder, encoder, servers)


def is_filled(folder: Path, servers: Servers = EMBEDDED) -> bool:
    """Whether an index holds at least one paper. Creates nothing in a folder.

    Raises IndexDamaged for a folder whose catalog is broken or gone.
    """
    check_name(folder)
    if servers.database:
        from ingest.catalog.sharing import SharedCatalog

        with closing(SharedCatalog(servers)) as shared:
            return shared.count() > 0
    if not (folder / CATALOG).is_file() and not Seal(folder).held_papers():
        return False
    catalog = Catalog(readable(folder) / CATALOG)
    try:
        if catalog.is_behind():
            raise changed(folder / CATALOG)
        return catalog.count() > 0
    finally:
        catalog.close()


def open_filled(
    folder: Path, encoder: Embedding | None = None, servers: Servers = EMBEDDED
) -> Index:
    """The index of a folder. Raises IndexMissing, with the command to run, where there is none.

    Raises IndexMismatch, too, for one whose stores another version or embedding made.
    """
    require_filled(folder, servers)
    index = opened(folder, encoder, servers)
    index.begin_to_read()
    return index


def require_filled(folder: Path, servers: Servers = EMBEDDED) -> None:
    """Raises IndexMissing, with the command to run, where an index holds no papers."""
    if not is_filled(folder, servers):
        raise IndexMissing(
            f"There are no papers in the index {folder} yet. Run askpapers ingest FOLDER "
            f"--index {folder} with a folder of abstracts first."
        )

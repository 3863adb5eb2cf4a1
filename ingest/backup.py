"""The catalog to a file and back: all that an index cannot make anew.

Vectors and text index are made from it when it is restored. A backup is a catalog in one file,
copied while others read and write; what is restored takes the place of the old in one transaction,
together with all that is made from it, so that a kill leaves the one or the other.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.catalog import FORMAT, Catalog
from ingest.catalog.examining import findings
from ingest.catalog.sqlite import broken
from ingest.embedding.models import Embedding
from ingest.errors import IndexDamaged, UsageError
from ingest.index import CATALOG, WORK
from ingest.opening import opened, require_filled
from ingest.papers.analysis import Chunking
from ingest.seal import Seal
from ingest.servers.stores import EMBEDDED, Servers
from ingest.stores.rebuild import rebuild


def backup(folder: Path, file: Path, servers: Servers = EMBEDDED) -> int:
    """Copy the catalog of an index into a file; returns how many papers it holds.

    An older backup under that name stays until the new one is whole. Raises UsageError where
    something else has the name, IndexDamaged for a catalog that is not worth keeping.
    """
    require_filled(folder, servers)
    suspicious = CATALOG in Seal(folder).differing()
    if file.is_dir() or (file.exists() and _format_of(file) is None):
        raise UsageError(f"{file} is there already and no backup. Name another file.")
    draft = file.with_name(f"{file.name}.draft")
    try:
        if servers.database:
            _fetch(servers, draft)
        else:
            _copy(folder / CATALOG, draft, "rw")  # what only reads leaves its journal behind
        papers = _examined(draft, folder / CATALOG, suspicious)
        _as_one_file(draft)
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(file)
    except sqlite3.DatabaseError as error:
        raise UsageError(f"The backup {file} cannot be written ({error}).") from error
    finally:
        draft.unlink(missing_ok=True)
    return papers


def restore(
    folder: Path, file: Path, chunking: Chunking, encoder: Embedding, servers: Servers = EMBEDDED
) -> int:
    """Put a backup in the place of an index; returns how many papers it holds.

    The caller holds the writer's lock, where the index is in a folder. Raises UsageError for a
    file that is no backup, or no whole one, before anything is changed. A catalog that is broken
    is kept aside.
    """
    with closing(_loaded(folder, file)) as source:
        papers = source.count()
        try:
            index = opened(folder, encoder, servers)
        except IndexDamaged:
            if servers.database:
                raise
            source.settle()
            put_in_place(folder, source, encoder)
            index = opened(folder, encoder, servers)
            rebuild(index, chunking)
        else:
            rebuild(index, chunking, source)
        index.close()
    shutil.rmtree(folder / WORK, ignore_errors=True)
    return papers


def put_in_place(folder: Path, source: Catalog, encoder: Embedding) -> Path | None:
    """Replace a broken catalog; returns the folder in which it is kept, None where it is gone.

    Until a rebuild the index says that it needs one.
    """
    seal, live = Seal(folder), folder / CATALOG
    sealed = seal.read()
    with source.transaction() as writing:
        for key, value in (
            ("generation", str(sealed.generation if sealed else 0)),
            ("embedding", encoder.identity),
            ("stores", "0"),
        ):
            writing.set(key, value)
    source.settle()
    seal.break_()
    kept = _kept_aside(folder)
    for suffix in ("-wal", "-shm"):
        live.with_name(live.name + suffix).unlink(missing_ok=True)
    source.file.replace(live)
    return kept


def work_folder(folder: Path) -> Path:
    """An empty folder for a catalog in the making."""
    work = folder / WORK
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    return work


def _kept_aside(folder: Path) -> Path | None:
    """A copy of the catalog and of what was not written into it yet."""
    files = sorted(folder.glob(f"{CATALOG}*"))
    if not any(file.stat().st_size for file in files):
        return None
    number = 1
    while (kept := folder / f"damaged-{number}").exists():
        number += 1
    kept.mkdir()
    for file in files:
        shutil.copyfile(file, kept / file.name)
    return kept


def _loaded(folder: Path, file: Path) -> Catalog:
    """A copy of a backup that has been looked at wholly, in the format of this version."""
    made = _format_of(file) if file.is_file() else None
    if made is None:
        state = "is no backup of askpapers" if file.exists() else "is not there"
        raise UsageError(f"{file} {state}; nothing was changed. Name a file of askpapers backup.")
    if made > FORMAT:
        raise UsageError(
            f"{file} is a backup of format {made}, and this version reads {FORMAT}; nothing was "
            "changed. Install the newest askpapers."
        )
    copy = work_folder(folder) / CATALOG
    try:
        _copy(file, copy)
    except sqlite3.DatabaseError as error:
        raise _no_whole_backup(file, str(error)) from error
    try:
        _examined(copy, file)
        return Catalog(copy)
    except IndexDamaged as error:
        shutil.rmtree(copy.parent, ignore_errors=True)
        raise _no_whole_backup(file, "not all of it is as it was stored") from error


def _no_whole_backup(file: Path, reason: str) -> UsageError:
    return UsageError(
        f"The backup {file} is damaged ({reason}); nothing was changed. Restore another one."
    )


def _format_of(file: Path) -> int | None:
    """The format of the catalog in a file, None where it holds none."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            opened.execute("SELECT count(*) FROM papers")
            row = opened.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
        return int(row[0]) if row else None
    except (sqlite3.DatabaseError, ValueError, TypeError):
        return None


def _copy(file: Path, copy: Path, mode: str = "ro") -> None:
    """One state of a catalog as one file, whatever is written to it meanwhile."""
    copy.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)


def _fetch(servers: Servers, copy: Path) -> None:
    """One state of a catalog on a server as one file: an index in a folder can be made of it."""
    from ingest.catalog.sharing import SharedCatalog

    with TemporaryDirectory() as folder, closing(SharedCatalog(servers)) as source:
        file = Path(folder) / CATALOG
        with closing(Catalog(file)) as made, source.snapshot(), made.transaction() as writing:
            writing.replace_all(source.truth())
        _copy(file, copy)


def _as_one_file(copy: Path) -> None:
    """No journal beside a backup: it can be read from where nothing can be written."""
    with closing(sqlite3.connect(copy)) as opened:
        opened.execute("PRAGMA journal_mode=DELETE")


def _examined(copy: Path, original: Path, derived: bool = False) -> int:
    """How many papers a copied catalog holds. Raises IndexDamaged where it is not whole."""
    with closing(Catalog(copy)) as catalog:
        if found := findings(catalog, derived):
            raise broken(original, found[0])
        return catalog.count()

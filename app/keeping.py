"""The commands that keep an index safe: to a file, back from it, and whole again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.options import IndexOption
from app.ui import terminal as console

if TYPE_CHECKING:
    from ingest.settings import IngestSettings


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")],
    index: IndexOption = None,
) -> None:
    """Copy all papers of the index into one file.

    The index may be in use meanwhile.
    """
    from ingest.backup import backup as keep
    from ingest.servers.stores import servers

    settings = _settings()
    papers = keep(index or settings.index, file, servers(settings))
    console.tell(f"{papers} papers are in {file}. askpapers restore {file} brings them back.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of askpapers backup.")],
    index: IndexOption = None,
) -> None:
    """Bring back the papers of a backup.

    They take the place of those of the index, all at once.
    """
    from ingest.backup import restore as bring_back
    from ingest.embedding.choice import chosen
    from ingest.papers.analysis import Chunking
    from ingest.servers.stores import servers

    settings = _settings()
    folder = index or settings.index
    with _locked(folder, settings):
        chunking = Chunking(settings.chunk_chars, settings.chunk_overlap)
        papers = bring_back(folder, file, chunking, chosen(settings), servers(settings))
    console.tell(f"{papers} papers are restored from {file}, and indexed anew.")


def repair(settings: IngestSettings) -> None:
    """Make the index whole, and tell what was saved."""
    from ingest.embedding.choice import chosen
    from ingest.errors import IndexDamaged
    from ingest.mending import mend
    from ingest.opening import require_filled
    from ingest.papers.analysis import Chunking
    from ingest.servers.stores import servers

    places = servers(settings)
    with suppress(IndexDamaged):  # what is to be repaired
        require_filled(settings.index, places)
    with _locked(settings.index, settings):
        chunking = Chunking(settings.chunk_chars, settings.chunk_overlap)
        mended = mend(settings.index, chunking, chosen(settings), places)
    if mended.kept is None and not mended.lost:
        console.tell(f"The catalog is whole; its {mended.papers} papers are indexed anew.")
        return
    lost = "how many are lost is not known" if mended.lost is None else f"{mended.lost} are lost"
    kept = f" The broken catalog is kept in {mended.kept}." if mended.kept else ""
    console.tell(f"{mended.papers} papers are saved and indexed anew, {lost}.{kept}")


@contextmanager
def _locked(folder: Path, settings: IngestSettings) -> Iterator[None]:
    from ingest.writer_lock import only_writer

    with only_writer(folder, settings.lock_seconds, shared=settings.database_url is not None):
        yield


def _settings() -> IngestSettings:
    from app.settings import Settings
    from ingest.settings import load

    return load(Settings)

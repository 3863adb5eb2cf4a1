"""Papers put into an index and taken out of it, by one writer at a time, with what is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from app.settings import Settings
from app.ui import terminal as console
from ingest.embedding.choice import chosen
from ingest.errors import UsageError
from ingest.opening import open_filled, opened, require_filled
from ingest.papers.analysis import Chunking
from ingest.pipeline import Progress, ingest, rebuild_all
from ingest.readers import Input, find_sources
from ingest.records import Problem, Tally
from ingest.servers.stores import servers
from ingest.stores.publish import remove
from ingest.writer_lock import only_writer


def fill(
    paths: Sequence[str],
    folder: Path,
    settings: Settings,
    *,
    prune: bool = False,
    rebuild: bool = False,
    most: int | None = None,
) -> Tally | None:
    """What became of the records; None where none was to be read. Raises UsageError, IndexBusy."""
    places = servers(settings)
    if paths:
        find_sources(paths)  # a mistyped path is told before anything is made
    else:
        require_filled(folder, places)
    tally = None
    with (
        only_writer(folder, settings.lock_seconds, bool(places.database)),
        closing(opened(folder, chosen(settings), places)) as index,
    ):
        if rebuild:
            console.tell(f"{rebuild_all(index, settings)} papers are indexed anew.")
        if paths:
            with console.progress() as report:
                tally = ingest(paths, index, settings, prune=prune, most=most, report=report)
    return tally


def share_out(words: Sequence[str], index: Path | None, settings: Settings, more: bool) -> Tally:
    """What became of the records of all files, read by the workers of a Ray cluster.

    The address of the cluster may stand among the paths. `more` is whether something else was
    asked for, which is not the work of many. Raises UsageError.
    """
    from ingest.shared.ray import LOCAL, ingest_with_ray, is_cluster

    addresses = [word for word in words if is_cluster(word)]
    paths = [word for word in words if word not in addresses]
    if more:
        raise UsageError("--ray only reads files: run --prune, --rebuild or --max without it.")
    if not paths or len(addresses) > 1:
        raise UsageError("Name the files or folders to read: askpapers ingest --ray FOLDER.")
    folder = index or settings.index
    return ingest_with_ray(paths, folder, settings, (*addresses, LOCAL)[0], console.tell)


def tell_outcome(tally: Tally | None, as_json: bool) -> None:
    """Print what became of the records. Raises UsageError where not one could be read."""
    if as_json:
        console.document((tally or Tally()).as_json())
    if tally is None:
        return
    useless = tally.read == tally.skipped
    if not as_json and (not useless or len(tally.problems) > 1):
        console.tally(tally.as_json())
    if useless:
        raise UsageError(nothing_read(tally.problems, as_json))


def nothing_read(problems: Sequence[Problem], as_json: bool) -> str:
    """Why not one record could be read; of several reasons, that they stand above."""
    if not problems:
        return (
            "No file with abstracts was found there. "
            "The README lists the formats that askpapers reads."
        )
    if len(problems) > 1 and not as_json:
        return "Nothing could be read: the reasons stand above."
    return f"Nothing could be read. {problems[0].source}: {problems[0].reason}"


def put_in(
    sources: Sequence[Input],
    folder: Path,
    settings: Settings,
    report: Callable[[Progress], None],
) -> Tally:
    """What became of the records of these sources. Raises UsageError, IndexBusy."""
    places = servers(settings)
    with (
        only_writer(folder, settings.lock_seconds, bool(places.database)),
        closing(opened(folder, chosen(settings), places)) as index,
    ):
        return ingest(sources, index, settings, report=report)


def take_out_all(paper_ids: Sequence[str], folder: Path, settings: Settings) -> int:
    """Remove these papers, as far as they are still there; returns how many. Raises IndexBusy."""
    places = servers(settings)
    require_filled(folder, places)
    with (
        only_writer(folder, settings.lock_seconds, bool(places.database)),
        closing(open_filled(folder, chosen(settings), places)) as index,
    ):
        held = index.catalog.papers(list(dict.fromkeys(paper_ids)))
        remove(index, [paper.paper_id for paper in held], _chunking(settings))
    return len(held)


def take_out(name: str, folder: Path, settings: Settings) -> None:
    """Remove the paper of this id. Raises UsageError where there is none, and IndexBusy."""
    places = servers(settings)
    require_filled(folder, places)
    with (
        only_writer(folder, settings.lock_seconds, bool(places.database)),
        closing(open_filled(folder, chosen(settings), places)) as index,
    ):
        paper_id = index.catalog.resolve(name)
        if paper_id is None:
            raise UsageError(f"No paper has the id {name}. askpapers papers --json lists the ids.")
        remove(index, [paper_id], _chunking(settings))
    console.tell(f"{paper_id} is out of the index. Ingesting its file again would bring it back.")


def _chunking(settings: Settings) -> Chunking:
    return Chunking(settings.chunk_chars, settings.chunk_overlap)

"""Ingestion by many processes on many machines: Ray gives each of them files to read.

A worker is a writer like any other: it reads, parses, chunks and embeds by itself, and takes turns
at the servers. Ray begins the files of a worker that was lost anew with another one, which finds
stored what that one had stored, so that nothing is lost and nothing is there twice.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from ingest.embedding.choice import chosen
from ingest.errors import SettingsError, StoreGone, UsageError
from ingest.papers.analysis import Chunking
from ingest.pipeline import ingest
from ingest.readers import find_sources
from ingest.records import Tally
from ingest.servers.stores import servers
from ingest.settings import IngestSettings
from ingest.shared.index import SharedIndex
from ingest.shared.publishing import SharedPublisher

# What a cluster's address looks like: a path of that name can be given as ./NAME.
_ADDRESS = re.compile(r"auto|local|ray://\S+|[\w.-]+:\d+")
LOCAL = "local"
# Tasks a processor: so many that none waits long for the last one, and few that start-up counts.
_TASKS_A_PROCESSOR = 4
_COUNTS = ("read", "added", "updated", "unchanged", "merged", "skipped", "pruned")


def is_cluster(text: str) -> bool:
    """Whether a word of the command line names a Ray cluster."""
    return bool(_ADDRESS.fullmatch(text))


def ingest_with_ray(
    paths: Sequence[str],
    folder: Path,
    settings: IngestSettings,
    address: str = LOCAL,
    report: Callable[[str], None] = lambda _: None,
) -> Tally:
    """Read all files under `paths` into the index on servers; returns what became of the records.

    The files have to lie where all machines find them under the same names. Raises SettingsError
    where no servers are named, UsageError where Ray is not there, and whatever a worker raised.
    """
    if not (settings.database_url and settings.chroma_url):
        raise SettingsError(
            "--ray needs ASKPAPERS_DATABASE_URL and ASKPAPERS_CHROMA_URL: workers write to servers."
        )
    started = time.perf_counter()
    files = _files(paths)
    ray = _ray()
    _connect(ray, address)
    try:
        tallies = _shared_out(ray, files, folder, settings, report)
    finally:
        ray.shutdown()
    tally = _sum(tallies)
    if tally.added or tally.updated or tally.merged:
        _learn(folder, settings)
    return replace(tally, seconds=round(time.perf_counter() - started, 3))


def _files(paths: Sequence[str]) -> list[tuple[str, int]]:
    """Each file once, with its size in bytes, in order. An archive is one file."""
    found: dict[str, int] = {}
    for source in find_sources(paths):
        if source.path is None:
            raise UsageError(
                f"{source.name} cannot be shared out among workers: read it without --ray."
            )
        found[str(source.path.absolute())] = source.path.stat().st_size
    return list(found.items())


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    try:
        import ray
    except ImportError as error:
        raise UsageError("Ray is not installed. Run pip install 'askpapers[ray]'.") from error
    return ray


def _connect(ray: Any, address: str) -> None:
    try:
        # "local" begins a cluster on this machine, which ends with us.
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise UsageError(f"No Ray cluster answers at {address} ({str(error)[:200]}).") from error


def _shared_out(
    ray: Any,
    files: Sequence[tuple[str, int]],
    folder: Path,
    settings: IngestSettings,
    report: Callable[[str], None],
) -> list[Tally]:
    """What became of the records of each share, in their order."""
    share = ray.remote(max_retries=5)(ingest_files)
    shares = _shares(files, _TASKS_A_PROCESSOR * int(ray.cluster_resources().get("CPU", 1)))
    waiting = [share.remote(names, folder, settings) for names in shares]
    order = {task: number for number, task in enumerate(waiting)}
    tallies: dict[int, Tally] = {}
    while waiting:
        done, waiting = ray.wait(waiting)
        for task in done:
            tallies[order[task]] = _result(ray, task)
        report(f"{len(tallies)} of {len(shares)} shares are stored.")
    return [tallies[number] for number in sorted(tallies)]


def _result(ray: Any, task: Any) -> Tally:
    try:
        tally: Tally = ray.get(task)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from error
    except ray.exceptions.RayError as error:
        raise StoreGone(
            f"A worker of Ray was lost again and again ({str(error)[:200]}). What was stored "
            "stays; run the same command again to go on."
        ) from error
    return tally


def _shares(files: Sequence[tuple[str, int]], most: int) -> list[list[str]]:
    """Files in at most so many shares of like size: the largest first, each to the least laden."""
    shares: list[list[str]] = [[] for _ in range(min(most, len(files)))]
    sizes = [0] * len(shares)
    for name, size in sorted(files, key=lambda file: -file[1]):
        least = sizes.index(min(sizes))
        shares[least].append(name)
        sizes[least] += size + 1
    return [sorted(share) for share in shares]


def ingest_files(names: Sequence[str], folder: Path, settings: IngestSettings) -> Tally:
    """What a worker does: these files into the index, from wherever it runs."""
    with closing(SharedIndex(folder, chosen(settings), servers(settings))) as index:
        index.learns = False
        return ingest(names, index, settings)


def _learn(folder: Path, settings: IngestSettings) -> None:
    """Learn the relatives once, of all that the workers have stored."""
    chunking = Chunking(settings.chunk_chars, settings.chunk_overlap)
    with (
        closing(SharedIndex(folder, chosen(settings), servers(settings))) as index,
        SharedPublisher(index, chunking) as publisher,
    ):
        publisher.learn()


def _sum(tallies: Sequence[Tally]) -> Tally:
    counts = {name: sum(getattr(tally, name) for tally in tallies) for name in _COUNTS}
    problems = tuple(problem for tally in tallies for problem in tally.problems)
    return Tally(**counts, problems=problems)

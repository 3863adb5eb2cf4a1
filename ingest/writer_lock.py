"""One writer at a time: the lock of an index folder, and who holds it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.errors import IndexBusy, SourceError
from ingest.json_text import parsed
from ingest.readers.naming import name_of

_HOLDER = "writer.json"


def writer_lock(folder: Path) -> FileLock:
    """The lock that one writer at a time holds; readers need none."""
    made(folder)
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


@contextmanager
def only_writer(folder: Path, seconds: float, shared: bool = False) -> Iterator[None]:
    """Holds the writer's lock while the block runs. Raises IndexBusy after `seconds`.

    Writers of a `shared` index, whose catalog is on a server, take turns there instead.
    """
    if shared:
        yield
        return
    lock = writer_lock(folder)
    acquire(lock, seconds)
    try:
        yield
    finally:
        lock.release()


def check_name(folder: Path) -> None:
    """Raises SourceError for a name that the stores cannot write down."""
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        raise SourceError(
            f"The index folder {name_of(folder)} has a name that is not UTF-8, which its stores "
            "cannot open. Name another with --index or ASKPAPERS_INDEX."
        ) from None


def made(folder: Path) -> None:
    """Make the folder of an index. Raises SourceError where it cannot be used."""
    check_name(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SourceError(
            f"The index folder {folder} cannot be used ({error.strerror}). "
            "Name another with --index or ASKPAPERS_INDEX."
        ) from error


def _holder(file: Path) -> str:
    try:
        held = parsed(file.read_text(encoding="utf-8"))
        return f"process {held['process']}, since {held['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "a process that is just starting"

"""An index folder that cannot be written, made readable: every store wants to write as it opens."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from ingest.seal import NAME


@cache
def readable(folder: Path) -> Path:
    """The folder itself, or where it cannot be written a passing copy of it, once a process.

    Databases are copied, because they lock and journal beside themselves, and so is the seal, which
    is of their moment; all else is linked. The copy goes when the process ends. It does not see
    what is published after it was made.
    """
    if not folder.is_dir() or os.access(folder, os.W_OK):
        return folder
    copy = Path(tempfile.mkdtemp(prefix="askpapers-"))
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    _mirror(folder, copy)
    return copy


def _mirror(folder: Path, copy: Path) -> None:
    copy.mkdir(exist_ok=True)
    # The seal first: it may be older than the catalog, never newer.
    for entry in sorted(folder.iterdir(), key=lambda entry: (entry.name != NAME, entry.name)):
        if entry.is_dir():
            _mirror(entry, copy / entry.name)
        elif ".sqlite" in entry.name or entry.name == NAME:
            shutil.copyfile(entry, copy / entry.name)
        elif not entry.name.endswith(".lock"):
            (copy / entry.name).symlink_to(entry.resolve())

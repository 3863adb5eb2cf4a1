"""What a person is told when a store on disk fails."""

from __future__ import annotations

import shutil
from pathlib import Path

from ingest.catalog.sqlite import gone
from ingest.errors import IndexMismatch, UsageError

# The catalog takes back what it could not store; what is made from it may be left half written.
MAKE_ROOM = (
    "What was stored before is unharmed: make room, then run the same command again; where that "
    "does not do, askpapers ingest --rebuild makes vectors and text index anew from the catalog."
)
_FULL = ("full", "No space", "requested and")
_LEAST_FREE = 4 << 20  # bytes that a store may need at once


def damaged(folder: Path, what: str, reason: str) -> UsageError:
    """The sentence for a derived store that fails, in the class that fits the reason."""
    if not folder.parent.is_dir():
        return gone(folder)
    # Chroma does not say why it failed.
    if any(word in reason for word in _FULL) or _free(folder) < _LEAST_FREE:
        return UsageError(f"The disk that holds {folder.parent} is full ({reason}). {MAKE_ROOM}")
    return IndexMismatch(
        f"The {what} in {folder} cannot be used ({reason}). Run askpapers ingest --rebuild, which "
        "makes them anew from the catalog."
    )


def _free(folder: Path) -> int:
    """Bytes left on the disk of a folder; plenty where that cannot be told."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return _LEAST_FREE

"""What a person is told when a store on disk fails."""

from __future__ import annotations

from pathlib import Path

from ingest.errors import IndexMismatch, UsageError


def damaged(folder: Path, what: str, reason: str) -> UsageError:
    """The sentence for a derived store that fails, in the class that fits the reason."""
    if "full" in reason or "No space" in reason:
        return UsageError(
            f"The disk that holds {folder.parent} is full ({reason}). What was stored before is "
            "unharmed: make room, then run the same command again."
        )
    return IndexMismatch(
        f"The {what} in {folder} cannot be used ({reason}). Run askpapers ingest --rebuild, which "
        "makes them anew from the catalog."
    )

"""The application: a question becomes passages, and passages become a cited answer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.engine import Engine

__all__ = ["open_engine"]

# The matrices of an answer are small: a second thread saves no time, and burns a core waiting.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def open_engine(index: str | os.PathLike[str] | None = None) -> Engine:
    """What answers from the index in a folder: `open_engine("my-index").ask("What is SGIL?")`.

    Without a folder it is the index that the commands use, or the sample corpus while that is
    empty. Settings come from the environment and `.env`. Raises IndexMissing for a folder without
    papers, IndexMismatch for an index of another format or embedding.
    """
    # Not before an engine is wanted: every command imports this package.
    from pathlib import Path

    from app.engine import Engine
    from app.library import choose
    from app.settings import Settings
    from ingest.settings import load

    settings = load(Settings)
    named = None if index is None else Path(index)
    library = choose(named, settings, lambda _: None)
    return Engine(library.folder, library.settings_of(settings))

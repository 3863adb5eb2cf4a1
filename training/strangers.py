"""Examples for the decision "papers wanted": what strangers ask of the collections in `cases`.

Their questions teach the reader as well, and what it learned from it reads too surely. So each half
of the collections is read as the other half taught it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from app.settings import Settings
from eval.dataset.case_files import load
from eval.dataset.corpora import engine_for, picked_corpus
from training.examples import FEATURES, Collected, Examples, papers_wanted
from training.reader import asked, read_as_taught_by, writers


def collect() -> dict[str, Collected]:
    """The examples of each collection."""
    first, second = asked()[::2], asked()[1::2]
    return _read(first, second) | _read(second, first)


def _read(files: Sequence[Path], taught: Sequence[Path]) -> dict[str, Collected]:
    """The examples of these collections, as the others taught them to be read."""
    found: dict[str, Collected] = {}
    with read_as_taught_by(writers(), taught), tempfile.TemporaryDirectory() as folder:
        settings = Settings(index=Path(folder) / "index", mode="extractive")
        for corpus in map(picked_corpus, files):
            examples = {name: Examples() for name in FEATURES}
            with engine_for(corpus, settings) as engine:
                for case in load([corpus.cases]):
                    if not case.history:
                        papers_wanted(engine, settings, case, examples)
            found[f"strangers {corpus.name}"] = examples
    return found

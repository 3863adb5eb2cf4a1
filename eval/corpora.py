"""The corpora that cases run on: the sample always, the seed abstracts where they lie at hand."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.engine import Engine
from app.library import SAMPLE
from app.settings import Settings
from ingest.index import Index
from ingest.pipeline import ingest

CASES = Path(__file__).parent / "cases"
BASELINE = Path(__file__).parent / "baseline.json"


@dataclass(frozen=True, slots=True)
class Corpus:
    """A named set of abstract files. `ours` where its text may be kept in the project."""

    name: str
    files: tuple[Path, ...]
    ours: bool = True


def at_hand() -> list[Corpus]:
    """The sample, then the seeds if ASKPAPERS_DATA or ../shared/data holds them."""
    corpora = [Corpus("sample", tuple(sorted(SAMPLE.glob("*.txt"))))]
    seeds = data_folder() / "seeds"
    if seeds.is_dir():
        corpora.append(Corpus("seeds", tuple(sorted(seeds.glob("*.txt"))), ours=False))
    return corpora


def data_folder() -> Path:
    """Where the development data lies, whether it is there or not."""
    return Path(os.environ.get("ASKPAPERS_DATA") or "../shared/data")


@contextmanager
def engine_for(corpus: Corpus, settings: Settings) -> Iterator[Engine]:
    """An engine over an index made anew, so that no earlier run can change a score."""
    folder = settings.index.parent / "eval" / corpus.name
    shutil.rmtree(folder, ignore_errors=True)
    index = Index(folder)
    ingest(corpus.files, index, settings)
    index.close()
    engine = Engine(folder, settings)
    try:
        yield engine
    finally:
        engine.index.close()

"""The corpora that cases run on: the sample always, the others where the data lies at hand.

Texts of others are not kept in the project. `corpora/NAME.txt` holds the ids of the records that
make up a corpus, after a comment that names their file; `corpora/NAME` holds the cases. A corpus of
our own has its texts in `corpora/NAME.jsonl`, is at hand everywhere, and is never fitted on.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from app.engine import Engine
from app.library import SAMPLE
from app.settings import Settings
from ingest.embedding.choice import chosen
from ingest.errors import UsageError
from ingest.index import Index
from ingest.pipeline import ingest
from ingest.settings import embedded

CASES = Path(__file__).parents[1] / "cases"
PICKED = Path(__file__).parents[1] / "corpora"
BASELINE = Path(__file__).parents[1] / "baseline.json"


@dataclass(frozen=True, slots=True)
class Corpus:
    """A named set of papers, and the folder of the cases that are asked of it.

    All of `files`, or, where ids are `picked`, only those records of the one file. `ours` where
    its text may be kept in the project, `held_out` where nothing may be fitted on it.
    """

    name: str
    files: tuple[Path, ...]
    ours: bool = True
    cases: Path = CASES
    picked: tuple[str, ...] = ()
    held_out: bool = False


def at_hand() -> list[Corpus]:
    """The sample, what else is kept here, then those whose texts the data folder holds.

    That is the folder of ASKPAPERS_DATA, or ../shared/data.
    """
    sample = Corpus("sample", tuple(sorted(SAMPLE.glob("*.txt"))))
    return [sample, *_kept(), *(corpus for corpus in _elsewhere() if _is_here(corpus))]


def skipped() -> str:
    """A sentence that names the corpora whose texts are not here; empty when all are."""
    names = skipped_names()
    if not names:
        return ""
    return (
        f"Skipped, since {data_folder()} does not hold their texts: {', '.join(names)}. "
        "Name the folder that does in ASKPAPERS_DATA."
    )


def skipped_names() -> list[str]:
    """The corpora whose texts are not here."""
    return [corpus.name for corpus in _elsewhere() if not _is_here(corpus)]


def asked(corpora: Sequence[Corpus], paths: Sequence[Path] | None) -> list[Corpus]:
    """The corpora that the named case files are about.

    Files from a corpus' own folder are about it alone; any others, about those that share the
    project's first cases. Without files: all corpora.
    """
    if not paths:
        return list(corpora)
    own = [corpus for corpus in corpora if all(_within(path, corpus.cases) for path in paths)]
    return own or [corpus for corpus in corpora if corpus.cases == CASES]


def are_ours(paths: Sequence[Path]) -> bool:
    """Whether all these case files are the project's own, which its baseline speaks of."""
    folders = [corpus.cases for corpus in at_hand()]
    return all(any(_within(path, folder) for folder in folders) for path in paths)


def cases_of(name: str) -> Path:
    """The folder of the cases of a corpus at hand; the project's first where there is none."""
    return next((corpus.cases for corpus in at_hand() if corpus.name == name), CASES)


def data_folder() -> Path:
    """Where the development data lies, whether it is there or not."""
    return Path(os.environ.get("ASKPAPERS_DATA") or "../shared/data")


@contextmanager
def engine_for(corpus: Corpus, settings: Settings) -> Iterator[Engine]:
    """An engine over an index made anew, so that no other run can change a score."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = (_assembled(corpus, folder),) if corpus.picked else corpus.files
        index = Index(folder, chosen(settings))
        ingest(files, index, settings)
        index.close()
        engine = Engine(folder, embedded(settings))
        try:
            yield engine
        finally:
            engine.index.close()


def _kept() -> Iterator[Corpus]:
    for file in sorted(PICKED.glob("*.jsonl")):
        yield Corpus(file.stem, (file,), cases=file.with_suffix(""), held_out=True)


def _elsewhere() -> Iterator[Corpus]:
    seeds = data_folder() / "seeds"
    yield Corpus("seeds", tuple(sorted(seeds.glob("*.txt"))), ours=False)
    for file in sorted(PICKED.glob("*.txt")):
        yield picked_corpus(file)


def picked_corpus(file: Path) -> Corpus:
    """The corpus of a file of ids; raises UsageError where an id stands twice."""
    first, *ids = file.read_text(encoding="utf-8").splitlines()
    if len(set(ids)) < len(ids):
        raise UsageError(f"{file}: {max(ids, key=ids.count)} stands in it more than once.")
    source = data_folder() / first.removeprefix("#").strip()
    return Corpus(file.stem, (source,), False, file.with_suffix(""), tuple(ids))


def _is_here(corpus: Corpus) -> bool:
    return bool(corpus.files) and all(file.is_file() for file in corpus.files)


def _within(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _assembled(corpus: Corpus, folder: Path) -> Path:
    """A JSON Lines file of the picked records; raises UsageError where one is missing."""
    wanted, [source] = set(corpus.picked), corpus.files
    lines = _lines(source, _picked_from(source) | wanted)
    missing = wanted.difference(lines)
    if missing:
        raise UsageError(
            f"{source}: {len(missing)} records of the corpus {corpus.name} are not in it, "
            f"{min(missing)} for one."
        )
    file = folder / "records.jsonl"
    file.write_text("".join(lines[key] for key in lines if key in wanted), encoding="utf-8")
    return file


def _picked_from(source: Path) -> frozenset[str]:
    """The ids of all records that any corpus picks from a file."""
    sharing = (corpus for corpus in _elsewhere() if corpus.files == (source,))
    return frozenset(key for corpus in sharing for key in corpus.picked)


@cache  # Several corpora share a file, and reading it takes more than a second.
def _lines(source: Path, wanted: frozenset[str]) -> Mapping[str, str]:
    """The lines of the wanted records that a file holds, by id and in its order."""
    found: dict[str, str] = {}
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        for line in lines:
            key = json.loads(line)["id"]
            if key in wanted:
                found.setdefault(key, line)
    return found

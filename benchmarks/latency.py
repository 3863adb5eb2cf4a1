"""Time of a search, a lookup and a list in a running process, as a table.

    python benchmarks/latency.py [INDEX...]

Without an index: the sample (47 papers) and, where ASKPAPERS_DATA or ../shared/data holds them,
20,810 and 100,000 abstracts, ingested anew into a temporary folder. Searches and lookups ask the
questions of `which-papers/single` where they are at hand, else those of the cases; lists ask for
the papers on common topics. "Once" are questions that the process has not heard before, "again" is
the least of three more times. The ratio is that of "once" to a bare query of the text index in the
same run, so that two machines compare.
"""

# ruff: noqa: E402
from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

# The project, not this folder, whose files have the names of packages.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from app.engine import Engine
from app.library import SAMPLE
from app.settings import Settings
from eval.dataset.case_files import load as load_cases
from eval.dataset.corpora import CASES, data_folder
from ingest.index import Index
from ingest.pipeline import ingest
from ingest.settings import load
from ingest.text.terms import content_words, stems

_MOST = 60
# Papers; of more, the same questions are asked, so that sizes compare.
_SMALL = 500
_AGAIN = 3
_CORPORA = ("which-papers/corpus.jsonl.gz", "abstracts-100k.jsonl.gz")
_WARMING = ("What is a neural network?", "Which papers are on gene expression?")
LISTS = (
    "Which papers use large language models?",
    "Which papers use LLMs for recommendation?",
    "How many papers are about graph neural networks?",
    "Which papers are on machine translation?",
    "List papers on speech recognition since 2015",
    "Which papers survey reinforcement learning?",
    "Papers about robots that use vision",
    "Which papers propose a dataset for question answering?",
    "papers on image segmentation",
    "Which papers study popularity bias?",
)
_LISTED = ("list", "count")

Times = list[float]


def timed(texts: Sequence[str], act: Callable[[str], object]) -> Times:
    """Milliseconds of each text, in order."""
    taken = []
    for text in texts:
        started = time.perf_counter()
        act(text)
        taken.append(1000 * (time.perf_counter() - started))
    return taken


def questions(papers: int) -> list[str]:
    """Questions of the data at hand for a large corpus, else of the cases."""
    file = data_folder() / "which-papers/single/queries.jsonl"
    if papers > _SMALL and file.is_file():
        lines = file.read_text(encoding="utf-8").splitlines()
        return [json.loads(line)["text"] for line in lines][:_MOST]
    cases = [case for case in load_cases([CASES]) if not case.history]
    return [case.question for case in cases if case.kind not in _LISTED][:_MOST]


def rows(engine: Engine) -> Iterator[tuple[str, Times, Times]]:
    """What was done, with the times of once and again."""
    asked, lexicon = questions(engine.index.catalog.count()), engine.index.lexicon
    kinds = {text: engine.ask(text).kind for text in _WARMING}

    def ask(text: str) -> None:
        kinds[text] = engine.ask(text).kind

    def both(texts: Sequence[str], act: Callable[[str], object]) -> tuple[Times, Times]:
        once = timed(texts, act)
        again = [timed(texts, act) for _ in range(_AGAIN)]
        return once, [min(of_text) for of_text in zip(*again, strict=True)]

    alone = both(asked, lambda text: lexicon.search(stems(content_words(text)), 10))
    yield "text index alone", *alone
    first = timed(asked, ask)
    # The words decide what is a list: of the questions asked, those that are not.
    lookups = [place for place, text in enumerate(asked) if kinds[text] not in _LISTED]
    _, again = both([asked[place] for place in lookups], ask)
    yield "lookup", [first[place] for place in lookups], again
    yield "list", *both(LISTS, ask)
    yield "search", *both([f"{text} method" for text in asked], lambda t: engine.search(t, 10))


def measure(folder: Path) -> None:
    """Print the rows of one index."""
    engine = Engine(folder, load(Settings).model_copy(update={"mode": "extractive"}))
    papers, floor = engine.index.catalog.count(), 0.0
    for name, once, again in rows(engine):
        middle, late = statistics.median(once), sorted(once)[int(0.95 * (len(once) - 1))]
        floor = floor or middle
        print(
            f"{papers:>9,}  {name:<18}{middle:9.1f}{late:9.1f}{statistics.median(again):9.1f}"
            f"{middle / floor:9.0f}",
            flush=True,
        )
    engine.index.close()


def made(folder: Path) -> Iterator[Path]:
    """The indexes of the sample and of the data at hand, each made when it is asked for."""
    files = [data_folder() / name for name in _CORPORA]
    sample = sorted(SAMPLE.glob("*.txt"))
    for number, paths in enumerate((sample, *([file] for file in files if file.is_file()))):
        index = Index(folder / str(number))
        ingest(paths, index, load(Settings))
        index.close()
        yield index.folder


def main(named: Sequence[Path]) -> None:
    """Print the table."""
    print(f"{os.cpu_count()} processors, extractive answers, milliseconds")
    print(f"{'papers':>9}  {'what':<18}{'once':>9}{'p95':>9}{'again':>9}{'ratio':>9}")
    with tempfile.TemporaryDirectory() as folder:
        for index in named or made(Path(folder)):
            measure(index)


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])

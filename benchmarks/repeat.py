"""Whether runs repeat to the byte, and how long scoring takes beyond the answers.

    python benchmarks/repeat.py [RUNS]

Runs every case on the sample corpus RUNS times (3 unless told), on an index made anew each time,
and compares the bytes of results.json.
"""

# ruff: noqa: E402
from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from pathlib import Path

# The project, not this folder, whose files have the names of packages.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from app.settings import Settings
from app.support.score import THRESHOLD, support
from eval.dataset.case_files import load
from eval.dataset.corpora import CASES, at_hand, engine_for
from eval.running.run import run, write


def once(folder: Path) -> tuple[str, int, float, float]:
    """The digest of results.json, how many cases ran, and seconds of answers and of the rest."""
    settings = Settings(index=folder / "index", mode="extractive")
    cases = load([CASES])
    with engine_for(at_hand()[0], settings) as engine:
        papers = engine.index.catalog.papers()
        started = time.perf_counter()
        report = run(
            cases, engine.ask, papers, support=support, threshold=THRESHOLD, corpus="sample"
        )
        took = time.perf_counter() - started
    write(report, folder)
    digest = hashlib.sha256((folder / "results.json").read_bytes()).hexdigest()
    answers = sum(report.seconds.values())
    return digest, len(report.rows), answers, took - answers


def main() -> None:
    """Prints a line a run, and exits 1 where two differ."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    digests = set()
    for number in range(1, runs + 1):
        with tempfile.TemporaryDirectory() as folder:
            digest, cases, answers, scoring = once(Path(folder))
        digests.add(digest)
        print(
            f"run {number}: {digest[:16]}  {cases} cases, answers {answers:.2f} s, "
            f"scoring {scoring:.2f} s",
            flush=True,
        )
    if len(digests) > 1:
        sys.exit(f"{runs} runs gave {len(digests)} different results.json")
    print(f"{runs} runs gave the same bytes")


if __name__ == "__main__":
    main()

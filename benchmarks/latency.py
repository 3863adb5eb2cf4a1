"""Time of a search and of an answer in a running process, over the questions of a file.

    python benchmarks/latency.py INDEX QUERIES.jsonl [MOST]

QUERIES.jsonl holds {"text"} a line. Prints medians and 95th percentiles, and the ratio to embedding
the question and one bare vector query, which no retriever over these stores can go below.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

# This folder is not on the path: its scripts share names with the project's packages.
sys.path[0] = str(Path(__file__).resolve().parent.parent)


def timed(texts: Sequence[str], act: Callable[[str], object]) -> list[float]:
    """Milliseconds of each call, sorted; the first text is done once before, to warm up."""
    act(texts[0])
    taken = []
    for text in texts:
        started = time.perf_counter()
        act(text)
        taken.append(1000 * (time.perf_counter() - started))
    return sorted(taken)


def main(index: str, queries: str, most: str = "60") -> None:
    from app.engine import Engine
    from app.settings import Settings
    from ingest.settings import load

    engine = Engine(Path(index), load(Settings).model_copy(update={"mode": "extractive"}))
    lines = Path(queries).read_text(encoding="utf-8").splitlines()[: int(most)]
    texts = [json.loads(line)["text"] for line in lines]
    store, embed = engine.index.vectors, engine.index.embedding.embed
    bare = timed(texts, lambda text: store.nearest_ids(embed([text])[0], 10))
    floor = statistics.median(bare)
    print(f"{engine.index.catalog.count():,} papers, {len(texts)} questions")
    for name, taken in (
        ("one bare vector query", bare),
        ("search, 10 papers", timed(texts, lambda text: engine.search(text, 10))),
        ("answer", timed(texts, engine.ask)),
    ):
        middle, late = statistics.median(taken), taken[int(0.95 * (len(taken) - 1))]
        print(f"{name:<22} {middle:7.1f} ms, p95 {late:7.1f} ms, {middle / floor:5.1f} x the first")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        print("Name an index and a file of queries: python benchmarks/latency.py INDEX QUERIES")
        sys.exit(0)
    main(*sys.argv[1:4])

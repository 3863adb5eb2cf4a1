"""One measurement in a process of its own, printed as JSON: `performance.py` asks for them.

python benchmarks/measured.py KIND ARGUMENT...

ours FILE FOLDER        ingest with default settings; imports not counted
plain FILE FOLDER       VectorStoreIndex.from_documents with the same vectors and ChromaVectorStore
embedding FILE          our embedding alone, a thousand texts at a time
plain-embedding FILE    the same model as plain LlamaIndex calls it, ten texts at a time
chroma FILE FOLDER      ids and vectors alone into Chroma, a thousand at a time
queries FOLDER          searches, lookups, lists, and bare queries of both stores
recall FOLDER           of the true ten nearest chunks, how many Chroma finds
beside FOLDER FILE      searches while another process ingests FILE into FOLDER
parallel FOLDER COUNT   so many askers at once
"""

# ruff: noqa: E402
from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

# The project, not this folder, whose files have the names of packages.
ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

import numpy as np

from app.engine import Engine
from app.settings import Settings
from benchmarks.ingestion import measure_ours, measure_plain
from benchmarks.latency import LISTS, questions, timed
from ingest.embedding.models import StaticEmbedding
from ingest.settings import load

Measured = dict[str, float]
_BATCH = 1000
_PLAIN_BATCH = 10
_ASKED = 40
# Answers that judge all papers on a topic.
_ON_MANY = ("list", "count", "overview")


def texts_of(file: str) -> list[str]:
    with Path(file).open(encoding="utf-8") as lines:
        entries = map(json.loads, lines)
        return [f"{one.get('title') or ''} {one.get('abstract') or ''}" for one in entries]


def rate(texts: Sequence[Any], batch: int, act: Callable[[int, Sequence[Any]], object]) -> Measured:
    started = time.perf_counter()
    for start in range(0, len(texts), batch):
        act(start, texts[start : start + batch])
    return {"seconds": time.perf_counter() - started, "read": len(texts)}


def embedding(file: str) -> Measured:
    model = StaticEmbedding()
    model.embed(["warm"])
    return rate(texts_of(file), _BATCH, lambda _, part: model.embed(part))


def plain_embedding(file: str) -> Measured:
    model: Any = StaticEmbedding()._model
    model.tokenizer.enable_padding()
    return rate(texts_of(file), _PLAIN_BATCH, lambda _, part: model.embed(part, norm=True).tolist())


def chroma(file: str, folder: str) -> Measured:
    import chromadb

    vectors = StaticEmbedding().embed(texts_of(file))
    client = chromadb.PersistentClient(path=folder)
    collection = client.create_collection(
        "bare", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
    )

    def write(start: int, part: Sequence[Any]) -> None:
        ids = [f"{place:020d}" for place in range(start, start + len(part))]
        collection.add(ids=ids, embeddings=np.asarray(part))

    return rate(vectors, _BATCH, write)


def opened(folder: str) -> Engine:
    engine = Engine(Path(folder), load(Settings).model_copy(update={"mode": "extractive"}))
    engine.ask("What is a neural network?")
    return engine


def spread(name: str, times: Sequence[float]) -> Measured:
    return {name: statistics.median(times), f"{name} p95": quantile(times, 0.95)}


def quantile(times: Sequence[float], share: float) -> float:
    return sorted(times)[round(share * (len(times) - 1))]


def queries(folder: str) -> Measured:
    """Milliseconds at the median and the 95th percentile, each text asked once; MiB after all."""
    engine = opened(folder)
    index, asked = engine.index, questions(engine.index.catalog.count())[:_ASKED]
    vectors = [index.embedding.embed([text])[0] for text in asked]
    index.vectors.nearest_ids(vectors[0], 10)
    bare = timed(range(len(asked)), lambda i: index.vectors.nearest_ids(vectors[i], 10))
    many = timed(range(len(asked)), lambda i: index.vectors.nearest_ids(vectors[i], 200))
    found: Measured = {}
    search = timed(asked, lambda text: engine.search(text, 10))
    for name, times in (
        ("chroma", bare),
        ("chroma 200", many),
        ("search", search),
        ("lookup", lookups(engine)),
        ("list", timed(LISTS, engine.ask)),
    ):
        found |= spread(name, times)
    return found | resident()


def lookups(engine: Engine) -> list[float]:
    """Milliseconds of those questions that are no list: which are, only their words decide."""
    kinds: list[str] = []
    asked = questions(engine.index.catalog.count())
    times = timed(asked, lambda text: kinds.append(engine.ask(text).kind))
    return [one for one, kind in zip(times, kinds, strict=True) if kind not in _ON_MANY]


def resident() -> Measured:
    """MiB of this process: all of it, at most, and what is no page of a file."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return {"MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    rows = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
    return {
        name: int(rows[row].split()[0]) / 1024
        for name, row in (("MiB", "VmHWM"), ("MiB own", "RssAnon"))
    }


def recall(folder: str) -> Measured:
    """The share of the true ten nearest that Chroma returns, over questions and over titles."""
    engine = opened(folder)
    index = engine.index
    ids = index.catalog.chunk_ids()
    rows = [index.vectors.vectors_of(ids[i : i + _BATCH]) for i in range(0, len(ids), _BATCH)]
    vectors = np.stack([part[one] for part in rows for one in part])
    names = [one for part in rows for one in part]
    step = max(1, len(ids) // 200)
    papers = index.catalog.papers(index.catalog.paper_ids()[::step])
    found = {}
    for kind, texts in (
        ("questions", questions(index.catalog.count())),
        ("titles", [paper.title for paper in papers]),
    ):
        shares = [_share_found(index, names, vectors, v) for v in index.embedding.embed(texts)]
        found[kind] = statistics.fmean(shares)
    return found


def _share_found(index: Any, names: Sequence[str], vectors: Any, query: Any) -> float:
    cosines = vectors @ query
    tenth = np.sort(cosines)[-10]
    # Equal vectors stand for each other: a tie with the tenth counts as found.
    equal = {names[place] for place in np.flatnonzero(cosines >= tenth - 1e-6)}
    hits = [one for one, _ in index.vectors.nearest_ids(query, 10)]
    return sum(one in equal for one in hits) / 10


def beside(folder: str, file: str) -> Measured:
    """Searches at rest, then while another process ingests into the same index."""
    engine = opened(folder)
    asked = questions(engine.index.catalog.count())[:_ASKED]
    rest = [t for _ in range(3) for t in timed(asked, lambda text: engine.search(text, 10))]
    command = [sys.executable, "-m", "ingest", file, "--index", folder]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as writer:
        busy: list[float] = []
        while writer.poll() is None:
            for text in asked:
                busy += timed([text], lambda one: engine.search(one, 10))
                time.sleep(0.05)  # a person, not a load test
    return spread("rest", rest) | spread("beside", busy) | {"asked": len(busy)}


def parallel(folder: str, count: str) -> Measured:
    """So many askers at once, each with questions one after the other."""
    engine = opened(folder)
    asked = questions(engine.index.catalog.count())[:_ASKED]
    taken: list[float] = []

    def ask(first: int) -> None:
        taken.extend(timed([asked[(first + i) % len(asked)] for i in range(4)], engine.ask))

    askers = [threading.Thread(target=ask, args=(place,)) for place in range(int(count))]
    started = time.perf_counter()
    for one in askers:
        one.start()
    for one in askers:
        one.join()
    seconds = time.perf_counter() - started
    return spread("answer", taken) | {"a second": len(taken) / seconds, "answers": len(taken)}


KINDS: dict[str, Callable[..., Measured]] = {
    "ours": lambda file, folder: measure_ours(Path(file), Path(folder)),
    "plain": lambda file, folder: measure_plain(Path(file), Path(folder)),
    "embedding": embedding, "plain-embedding": plain_embedding, "chroma": chroma,
    "queries": queries, "recall": recall, "beside": beside, "parallel": parallel,
}  # fmt: skip


def measure(kind: str, *arguments: str | Path) -> Measured:
    """What a kind of measurement says, from a fresh process."""
    command = [sys.executable, __file__, kind, *map(str, arguments)]
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        sys.exit(done.stderr)
    found: Measured = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    print(json.dumps(KINDS[sys.argv[1]](*sys.argv[2:])))

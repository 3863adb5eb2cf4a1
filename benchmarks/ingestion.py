"""Speed and memory of ingestion, beside plain LlamaIndex on the same records in the same run.

usage: python benchmarks/ingest.py [--papers 5000] [--repeats 3] [--large 0] [--file FILE]

FILE is JSON Lines, or JSON Lines in gzip; by default abstracts-100k.jsonl.gz in ASKPAPERS_DATA or
../shared/data. Plain means VectorStoreIndex.from_documents with wordllama's own vectors and
ChromaVectorStore (`pip install llama-index-vector-stores-chroma`). Each measurement is a process
of its own, imports not counted; medians of the repeats. `--large 100000` adds the large index:
its memory, the time a paper against that at a tenth of it, an unchanged run, one edited paper.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
_WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
DATA = Path(os.environ.get("ASKPAPERS_DATA") or ROOT.parent / "shared" / "data")


def measure_ours(file: Path, folder: Path) -> dict[str, float]:
    """One ingest with default settings."""
    from ingest.index import Index
    from ingest.pipeline import ingest
    from ingest.settings import IngestSettings

    index = Index(folder)
    import chromadb  # noqa: F401  imports are not counted

    started = time.perf_counter()
    tally = ingest([file], index, IngestSettings(_env_file=None))
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "read": tally.read, **_used()}


def measure_plain(file: Path, folder: Path) -> dict[str, float]:
    """The same records through LlamaIndex as its documentation shows it."""
    import chromadb
    from llama_index.core import Document, StorageContext, VectorStoreIndex
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    from ingest.embedding.models import StaticEmbedding

    model: Any = StaticEmbedding()._model

    class Plain(BaseEmbedding):
        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            model.tokenizer.enable_padding()
            rows: list[list[float]] = model.embed(texts, norm=True).tolist()
            return rows

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

    embedding = Plain()
    started = time.perf_counter()
    with file.open(encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    documents = [
        Document(text=one.get("abstract") or "", metadata={"title": one.get("title") or ""})
        for one in entries
    ]
    collection = chromadb.PersistentClient(path=str(folder)).get_or_create_collection("plain")
    storage = StorageContext.from_defaults(vector_store=ChromaVectorStore(collection))
    VectorStoreIndex.from_documents(documents, storage_context=storage, embed_model=embedding)
    return {"seconds": time.perf_counter() - started, "read": len(entries), **_used()}


def _used() -> dict[str, float]:
    """Resident memory at most, and CPU seconds, of this process and those it started."""
    own, others = (resource.getrusage(who) for who in _WHO)
    cpu = sum(one.ru_utime + one.ru_stime for one in (own, others))
    return {"gib": (own.ru_maxrss + others.ru_maxrss) / 2**20, "cpu": cpu}


def in_a_process(kind: str, file: Path, folder: Path) -> dict[str, float]:
    """What `measure_ours` or `measure_plain` says, from a fresh process."""
    command = [sys.executable, __file__, "--measure", kind, str(file), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def lines_of(file: Path, count: int) -> Iterator[str]:
    opening = gzip.open if file.suffix == ".gz" else open
    with opening(file, "rt", encoding="utf-8") as lines:
        yield from itertools.islice(lines, count)


def compare(file: Path, papers: int, repeats: int, scratch: Path) -> None:
    """Abstracts a second of both, in turns, so that the machine is the same for both."""
    part = scratch / "part.jsonl"
    part.write_text("".join(lines_of(file, papers)), encoding="utf-8")
    rates: dict[str, list[float]] = {"ours": [], "plain": []}
    for repeat, kind in itertools.product(range(repeats), rates):
        measured = in_a_process(kind, part, scratch / f"{kind}-{repeat}")
        rates[kind].append(measured["read"] / measured["seconds"])
    ours, plain = (statistics.median(rates[kind]) for kind in ("ours", "plain"))
    print(f"first {papers:,}: askpapers {ours:,.0f}/s, plain LlamaIndex {plain:,.0f}/s")
    ratios = [a / b for a, b in zip(rates["ours"], rates["plain"], strict=True)]
    each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"    ratio {statistics.median(ratios):.2f} (in turn: {each})")


def scale(file: Path, papers: int, scratch: Path) -> None:
    """The large index: first run, unchanged run, one edited paper."""
    part, folder = scratch / "large.jsonl", scratch / "large"
    lines = list(lines_of(file, papers))
    part.write_text("".join(lines), encoding="utf-8")
    tenth = scratch / "tenth.jsonl"
    tenth.write_text("".join(lines[: papers // 10]), encoding="utf-8")
    small = in_a_process("ours", tenth, scratch / "tenth")
    first = in_a_process("ours", part, folder)
    each, of_tenth = (one["seconds"] / one["read"] for one in (first, small))
    print(f"{papers:,} papers: {first['seconds']:,.0f} s, {first['gib']:.2f} GiB resident at most")
    print(f"    time a paper: {each / of_tenth:.2f} times that of a tenth of them")
    again = in_a_process("ours", part, folder)
    print(
        f"    unchanged: {again['seconds']:.1f} s, {again['seconds'] / first['seconds']:.3f} of it"
    )
    edited = json.loads(lines[0])
    edited["abstract"] += " Edited since."
    one = scratch / "one.jsonl"
    one.write_text(json.dumps(edited) + "\n", encoding="utf-8")
    last = in_a_process("ours", one, folder)
    print(f"    one edited paper: {last['seconds']:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=5000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--large", type=int, default=0)
    parser.add_argument("--file", type=Path, default=DATA / "abstracts-100k.jsonl.gz")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        kind, file, folder = options.measure
        measured = {"ours": measure_ours, "plain": measure_plain}[kind](Path(file), Path(folder))
        print(json.dumps(measured))
        return
    if not options.file.is_file():
        print(f"No records at {options.file}: set ASKPAPERS_DATA or give --file.")
        return
    with tempfile.TemporaryDirectory(prefix="askpapers-bench-") as scratch:
        if options.papers:
            compare(options.file, options.papers, options.repeats, Path(scratch))
        if options.large:
            scale(options.file, options.large, Path(scratch))


if __name__ == "__main__":
    main()

"""All measurements in one run, into the tables of docs/performance.md and docs/growth.svg.

    python benchmarks/performance.py [--papers 20000] [--repeats 3] [--largest 100000] [--file FILE]

FILE is JSON Lines, or JSON Lines in gzip; by default abstracts-100k.jsonl.gz in ASKPAPERS_DATA or
../shared/data. Each measurement is a process of its own; what is compared runs in turns, and the
ratio is the median of those of each turn. `--largest 400000` adds a point of growth, made of copies
with altered text; that takes a quarter of an hour more. `--show` prints and writes nothing.
"""

# ruff: noqa: E402
from __future__ import annotations

import argparse
import itertools
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

# The project, not this folder, whose files have the names of packages.
ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

from benchmarks.growth import bytes_in, exponent, plot, replicated
from benchmarks.ingestion import DATA, lines_of
from benchmarks.measured import Measured, measure

PAGE, PICTURE = ROOT / "docs" / "performance.md", ROOT / "docs" / "growth.svg"
BEGIN, END = "<!-- measured: make bench -->", "<!-- end of measured -->"
_SIZES = (1_000, 10_000, 100_000, 400_000)
_IMPORTS = "import llama_index.core, chromadb"
_LIBRARIES = ("chromadb", "llama-index-core", "tantivy", "numpy", "wordllama")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; `held` is None where nothing was promised."""

    what: str
    reach: str
    measured: str
    held: bool | None = None

    def markdown(self) -> str:
        verdict = {True: "yes", False: "**no**", None: ""}[self.held]
        return f"| {self.what} | {self.reach} | {self.measured} | {verdict} |"


def told(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def machine() -> str:
    libraries = ", ".join(f"{name} {metadata.version(name)}" for name in _LIBRARIES)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} processors ({platform.machine()}), {memory:.0f} GiB, "
        f"{platform.system()}, Python {platform.python_version()}, {libraries}. Load before the "
        f"run: {os.getloadavg()[0]:.1f}."
    )


def in_turns(acts: dict[str, Callable[[int], float]], repeats: int) -> dict[str, list[float]]:
    """The values of each act in each turn."""
    found: dict[str, list[float]] = {name: [] for name in acts}
    for turn, name in itertools.product(range(repeats), acts):
        found[name].append(acts[name](turn))
        told(f"{name}: {found[name][-1]:,.2f}")
    return found


def ratio(found: dict[str, list[float]], one: str, other: str) -> float:
    return statistics.median(a / b for a, b in zip(found[one], found[other], strict=True))


def starting(repeats: int) -> Iterator[Row]:
    """A cold question on the sample, beside the import of two libraries that are not needed."""

    # As installed: with its modules compiled.
    compiled = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def seconds(*command: str) -> float:
        started = time.perf_counter()
        whole = [sys.executable, *command]
        subprocess.run(whole, cwd=ROOT, check=True, capture_output=True, env=compiled)
        return time.perf_counter() - started

    seconds("-m", "app", "ask", "What is SGIL?")
    found = in_turns(
        {
            "cold ask": lambda _: seconds("-m", "app", "ask", "What is SGIL?"),
            "imports": lambda _: seconds("-c", _IMPORTS),
        },
        repeats + 2,
    )
    times = ratio(found, "cold ask", "imports")
    yield Row(
        "a cold `askpapers ask`, of importing llama_index.core and chromadb", "at most 0.5",
        f"{times:.2f} ({statistics.median(found['cold ask']):.1f} s)", times <= 0.5,
    )  # fmt: skip


def ingestion(part: Path, repeats: int, scratch: Path) -> Iterator[Row]:
    """Abstracts a second, beside plain LlamaIndex and beside each half alone."""

    def rate(kind: str, *folder: str) -> Callable[[int], float]:
        def of(turn: int) -> float:
            folders = [scratch / f"{kind}-{turn}" for _ in folder]
            done = measure(kind, part, *folders)
            return done["read"] / done["seconds"]

        return of

    kinds = {"ours": 1, "plain": 1, "plain-embedding": 0, "embedding": 0, "chroma": 1}
    found = in_turns({kind: rate(kind, *("folder",) * n) for kind, n in kinds.items()}, repeats)
    middle = {kind: statistics.median(rates) for kind, rates in found.items()}
    times = ratio(found, "ours", "plain")
    yield Row(
        "ingest, of plain LlamaIndex + Chroma with the same model", "at least 3",
        f"{times:.2f} ({middle['ours']:,.0f} a second, {middle['plain']:,.0f})", times >= 3,
    )  # fmt: skip
    for kind, name in (
        ("plain-embedding", "the same model alone, as plain LlamaIndex calls it"),
        ("embedding", "our way to the same vectors alone"),
        ("chroma", "bare rows into Chroma alone"),
    ):
        share = ratio(found, "ours", kind)
        promised = kind != "embedding"
        yield Row(
            f"ingest, of {name}", "at least 0.7" if promised else "",
            f"{share:.2f} ({middle[kind]:,.0f} a second)", share >= 0.7 if promised else None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """What was measured at one number of papers."""

    papers: int
    ingest: Measured
    asked: Measured
    recall: Measured
    bytes: dict[str, int]


def sized(lines: Sequence[str], papers: int, scratch: Path) -> Size:
    part, folder = scratch / f"{papers}.jsonl", scratch / f"index-{papers}"
    part.write_text("".join(replicated(lines, papers)), encoding="utf-8")
    ingest = measure("ours", part, folder)
    told(f"{papers:,}: {ingest}")
    asked = measure("queries", folder)
    told(f"{papers:,}: {asked}")
    # Brute force over more than that is no check of a graph any more, but of this machine.
    recall = measure("recall", folder) if papers <= 100_000 else {}
    told(f"{papers:,}: {recall}")
    return Size(papers, ingest, asked, recall, bytes_in(folder))


def at_size(size: Size) -> Iterator[Row]:
    """What is promised on the index of 100,000."""
    asked, bare = size.asked, size.asked["chroma"]
    on = f"on {size.papers:,}"
    yield Row(f"retrieval {on}, median", "at most 20 ms", f"{asked['search']:.0f} ms (p95 "
              f"{asked['search p95']:.0f})", asked["search"] <= 20)  # fmt: skip
    yield Row(f"retrieval {on}, of Chroma's bare query for ten", "at most 3",
              f"{asked['search'] / bare:.1f} ({bare:.1f} ms; for 200, which ranking reads, "
              f"{asked['chroma 200']:.1f})", asked["search"] <= 3 * bare)  # fmt: skip
    yield Row(f"lookup {on}, median", "", f"{asked['lookup']:.0f} ms (p95 "
              f"{asked['lookup p95']:.0f})")  # fmt: skip
    yield Row(f"list {on}, median", "at most 150 ms", f"{asked['list']:.0f} ms (p95 "
              f"{asked['list p95']:.0f})", asked["list"] <= 150)  # fmt: skip
    yield Row(f"resident, serving {size.papers:,}", "at most 600 MiB",
              f"{asked['MiB']:.0f} MiB, {asked.get('MiB own', 0):.0f} of them no pages of files",
              asked["MiB"] <= 600)  # fmt: skip
    mib = 1024 * size.ingest["gib"]
    yield Row(f"resident, ingesting {size.papers:,}, both processes at their most",
              "at most 600 MiB", f"{mib:.0f} MiB", mib <= 600)  # fmt: skip


def found_again(sizes: Sequence[Size]) -> Iterator[Row]:
    for size in sizes:
        if size.recall:
            worst = min(size.recall.values())
            shown = ", ".join(f"{kind} {share:.3f}" for kind, share in size.recall.items())
            yield Row(f"recall at 10 against brute force, {size.papers:,}", "at least 0.98",
                      shown, worst >= 0.98)  # fmt: skip


def growing(sizes: Sequence[Size]) -> tuple[list[Row], str]:
    """The exponent of each cost, and the plot of all."""
    costs = {
        "ingest, seconds": [(s.papers, s.ingest["seconds"]) for s in sizes],
        "index, bytes": [(s.papers, sum(s.bytes.values())) for s in sizes],
        "ingest, memory": [(s.papers, s.ingest["gib"]) for s in sizes],
        "serving, memory": [(s.papers, s.asked["MiB"]) for s in sizes],
        "search": [(s.papers, s.asked["search"]) for s in sizes],
        "lookup": [(s.papers, s.asked["lookup"]) for s in sizes],
        "list": [(s.papers, s.asked["list"]) for s in sizes],
    }
    least = {"ingest, seconds": 1.2, "search": 1.0, "lookup": 1.0}
    rows = []
    for name, points in costs.items():
        power, most = exponent(points), least.get(name)
        values = " → ".join(f"{value:,.3g}" for _, value in points)
        rows.append(Row(f"exponent of {name}", f"below {most:g}" if most else "",
                        f"{power:.2f} ({values})", power < most if most else None))  # fmt: skip
    return rows, plot(costs, "papers; each cost as a multiple of that of the smallest index")


def together(folder: Path, more: Path) -> Iterator[Row]:
    """Several askers at once, then one beside a writer, who leaves the index larger."""
    for count in (8, 32):
        done = measure("parallel", folder, count)
        told(f"{count} askers: {done}")
        yield Row(f"{count} askers at once, one process", "no error",
                  f"{done['a second']:.1f} answers a second, {done['answer']:.0f} ms "
                  f"(p95 {done['answer p95']:.0f})", done["answers"] == 4 * count)  # fmt: skip
    done = measure("beside", folder, more)
    told(f"beside: {done}")
    times = done["beside p95"] / done["rest p95"]
    yield Row("search while another process ingests, p95, of that at rest", "at most 4",
              f"{times:.1f} ({done['rest p95']:.0f} → {done['beside p95']:.0f} ms)",
              times <= 4)  # fmt: skip


def table(rows: Sequence[Row]) -> str:
    head = "| what | reach | measured | held |\n|---|---|---|---|\n"
    return head + "\n".join(row.markdown() for row in rows) + "\n"


def stored(sizes: Sequence[Size]) -> str:
    """Bytes a paper of each part of the index."""
    parts = sorted({part for size in sizes for part in size.bytes})
    lines = [f"| papers | {' | '.join(parts)} | all |", "|---" * (len(parts) + 2) + "|"]
    for size in sizes:
        each = [size.bytes.get(part, 0) / size.papers for part in parts]
        shown = " | ".join(f"{value:,.0f}" for value in (*each, sum(each)))
        lines.append(f"| {size.papers:,} | {shown} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--largest", type=int, default=100_000)
    parser.add_argument("--file", type=Path, default=DATA / "abstracts-100k.jsonl.gz")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    if not options.file.is_file():
        print(f"No records at {options.file}: set ASKPAPERS_DATA or give --file.")
        return
    on = machine()
    lines = list(lines_of(options.file, 100_000))
    with tempfile.TemporaryDirectory(prefix="askpapers-bench-") as folder:
        scratch = Path(folder)
        part, more = scratch / "part.jsonl", scratch / "more.jsonl"
        part.write_text("".join(lines[: options.papers]), encoding="utf-8")
        more.write_text("".join(lines[-10_000:]), encoding="utf-8")
        rows = [*starting(options.repeats), *ingestion(part, options.repeats, scratch)]
        sizes = [sized(lines, n, scratch) for n in _SIZES if n <= options.largest]
        rows += [*at_size(next(s for s in reversed(sizes) if s.papers <= 100_000))]
        rows += [*found_again(sizes)]
        exponents, picture = growing(sizes) if len(sizes) > 1 else ([], "")
        rows += exponents
        rows += together(scratch / f"index-{sizes[-1].papers}", more)
    said = f"{on}\n\n{table(rows)}\nBytes a paper on disk:\n\n{stored(sizes)}"
    print(said)
    if not options.show:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        PAGE.write_text(f"{before}{BEGIN}\n{said}{END}{after}", encoding="utf-8")
        if picture:
            PICTURE.write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()

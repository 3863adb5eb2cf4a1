"""Kill a real ingest many times, run it again, and compare the index with a clean build.

usage: python benchmarks/kill.py [TIMES] [PAPERS]        default: 100 times, 600 papers

Each time a fresh index gets a first export, then a second one that adds, edits and removes papers;
the second run is killed with SIGKILL at another moment after its first write and before its last.
Prints a line a kill and exits 1 if any index differs from the clean build.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from ingest_samples import abstract, contents, entry, write_jsonl  # noqa: E402

WORDS = ("edit", "fail", "propos", "dataset")


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: seconds after the first write, papers in hand then, and how it ended.

    `late` is true where the run had already made its last write: such a kill does not count.
    """

    begun_with: str
    seconds: float
    in_hand: int
    late: bool
    same: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """An index to begin with, what it must hold after a run, and how long the run writes."""

    name: str
    before: Path
    expected: dict[str, object]
    seconds: float


def start(folder: Path, library: Path) -> subprocess.Popen[bytes]:
    """A real run of the command line."""
    command = [sys.executable, "-m", "ingest", str(library), "--prune", "--index", str(folder)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=quiet, stderr=quiet)


def finish(folder: Path, library: Path) -> None:
    code = start(folder, library).wait(300)
    if code:
        raise RuntimeError(f"ingest ended with code {code}")


def prepare(scratch: Path, papers: int) -> tuple[Path, list[Scene]]:
    """The library, and two scenes: from nothing, and from an index of an earlier export."""
    library, empty, older = scratch / "library", scratch / "empty", scratch / "older"
    empty.mkdir()
    write_jsonl(library / "a.jsonl", map(entry, range(papers // 2)))
    write_jsonl(library / "b.jsonl", map(entry, range(papers // 4)))
    finish(older, library)
    edited = (
        entry(n, abstract=f"{abstract(n)} Edited since." if n % 5 == 0 else abstract(n))
        for n in range(20, papers)
    )
    write_jsonl(library / "a.jsonl", edited)
    return library, [_scene(before, library, scratch) for before in (empty, older)]


def _scene(before: Path, library: Path, scratch: Path) -> Scene:
    folder = scratch / f"{before.name}-whole"
    shutil.copytree(before, folder)
    seconds = writing_time(folder, library)
    return Scene(before.name, before, contents(folder, WORDS), seconds)


def writing_time(folder: Path, library: Path) -> float:
    """Seconds from the first write of a run to its last."""
    process = start(folder, library)
    begun = wait_for_writing(folder, process)
    noted = folder / "catalog.pending"
    while process.poll() is None and noted.exists():
        time.sleep(0.001)
    seconds = time.perf_counter() - begun
    if process.wait(300):
        raise RuntimeError(f"ingest ended with code {process.returncode}")
    return seconds


def wait_for_writing(folder: Path, process: subprocess.Popen[bytes]) -> float:
    """The moment at which papers are first noted as in hand: the first write of every run."""
    noted = folder / "catalog.pending"
    while process.poll() is None and not noted.exists():
        time.sleep(0.001)
    return time.perf_counter()


def kill_once(folder: Path, library: Path, scene: Scene, seconds: float) -> Kill:
    """Kill a run so many seconds after its first write, then run again and compare."""
    process = start(folder, library)
    wait_for_writing(folder, process)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    noted = folder / "catalog.pending"
    # The note of papers in hand is what a run deletes last.
    late = process.returncode != -signal.SIGKILL or not noted.exists()
    in_hand = len(set(noted.read_text(encoding="utf-8").split())) if noted.exists() else 0
    finish(folder, library)
    return Kill(scene.name, seconds, in_hand, late, contents(folder, WORDS) == scene.expected)


def kill_often(times: int, papers: int, scratch: Path) -> list[Kill]:
    """Kills, of which so many came after the first write and before the last."""
    library, scenes = prepare(scratch, papers)
    chance, made, slack = random.Random(5), list[Kill](), 0.9
    while sum(not kill.late for kill in made) < times and len(made) < 3 * times:
        scene, folder = scenes[len(made) % len(scenes)], scratch / "killed"
        share = (len(made) % times + chance.random()) / times
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(scene.before, folder)
        made.append(kill_once(folder, library, scene, share * slack * scene.seconds))
        slack *= 0.9 if made[-1].late else 1.0  # the machine is quicker than it was
    return made


def main(arguments: Sequence[str]) -> int:
    times, papers = (*map(int, arguments), *(100, 600)[len(arguments) :])
    with tempfile.TemporaryDirectory(prefix="askpapers-kill-") as scratch:
        kills = kill_often(times, papers, Path(scratch))
    for kill in kills:
        when = "too late to count" if kill.late else f"{kill.in_hand} papers in hand"
        print(
            f"from {kill.begun_with:5s} killed {kill.seconds:6.3f} s after the first write, {when}:"
            f" {'same' if kill.same else 'DIFFERENT'}"
        )
    counted = sum(not kill.late for kill in kills)
    wrong = sum(not kill.same for kill in kills)
    print(f"{counted} kills between the first write and the last; {wrong} indexes differ")
    return int(bool(wrong) or counted < times)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

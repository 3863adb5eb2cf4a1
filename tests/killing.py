"""Kill what writes to an index at many moments, run it again, and compare with a run in peace.

usage: python killing.py FOLDER SEED KILLS        prints a line of JSON a kill

A process that has imported everything, and has opened nothing, forks one child to be killed and
one to run the same command again. A child is killed by the clock, or by itself before its nth call
to a store or to the file system.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import chromadb.api.rust  # noqa: E402, F401  what children need is loaded once, here
from ingest_samples import SETTINGS, abstract, contents, entry, run, write_jsonl  # noqa: E402

from ingest.backup import backup, restore  # noqa: E402
from ingest.embedding.models import StaticEmbedding  # noqa: E402
from ingest.index import Index  # noqa: E402
from ingest.mending import mend  # noqa: E402
from ingest.papers.analysis import Chunking  # noqa: E402
from ingest.pipeline import rebuild_all  # noqa: E402
from ingest.stores.publish import remove  # noqa: E402

CHUNKING = Chunking(SETTINGS.chunk_chars, SETTINGS.chunk_overlap)
PAPERS = 24
# What changes something on the disk, by the name of the function.
CHANGING = frozenset(
    "execute executemany commit backup upsert delete add_document write fsync open rename replace "
    "unlink rmdir mkdir".split()
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A command, the folder that it begins with, and how it is seen whether it was done."""

    name: str
    before: Path
    act: Callable[[Path], object]
    seen: Callable[[Path], object]


def seen_in_index(scratch: Path) -> object:
    return contents(scratch / "index", ("edit", "propos"))


def seen_in_backup(scratch: Path) -> object:
    """What an index restored from the backup holds, and that the index is as it was."""
    restored = scratch / "restored"
    restore(restored, scratch / "kept.sqlite", CHUNKING, StaticEmbedding())
    return contents(restored), contents(scratch / "index")


def ingested(scratch: Path) -> object:
    return run(scratch / "index", scratch / "library", prune=True)


def rebuilt(scratch: Path) -> object:
    with closing(Index(scratch / "index")) as index:
        return rebuild_all(index, SETTINGS)


def removed(scratch: Path) -> None:
    with closing(Index(scratch / "index")) as index:
        remove(index, [(scratch / "third").read_text(encoding="utf-8")], CHUNKING)


def prepare(scratch: Path) -> None:
    """The folders that commands begin with, each left whole by an earlier command but the last."""
    empty, filled, changed, broken = (scratch / n for n in ("empty", "filled", "changed", "broken"))
    write_jsonl(empty / "library" / "a.jsonl", map(entry, range(PAPERS)))
    shutil.copytree(empty, filled)
    ingested(filled)
    backup(filled / "index", filled / "backup.sqlite")
    with closing(Index(filled / "index")) as index:
        (filled / "third").write_text(index.catalog.paper_ids()[2], encoding="utf-8")
    shutil.copytree(filled, changed)
    edited = (
        entry(n, abstract=f"{abstract(n)} Edited since." if n % 3 == 0 else abstract(n))
        for n in range(5, PAPERS + 8)
    )
    write_jsonl(changed / "library" / "a.jsonl", edited)
    shutil.copytree(filled, broken)
    with (broken / "index" / "catalog.sqlite").open("r+b") as stream:
        stream.write(bytes(4096))


def scenes(scratch: Path) -> list[Scene]:
    """Every command that writes."""
    return [
        Scene("ingest", scratch / "empty", ingested, seen_in_index),
        Scene("prune", scratch / "changed", ingested, seen_in_index),
        Scene("rebuild", scratch / "filled", rebuilt, seen_in_index),
        Scene("remove", scratch / "filled", removed, seen_in_index),
        Scene("backup", scratch / "filled", backed_up, seen_in_backup),
        Scene("restore", scratch / "changed", restored, seen_in_index),
        Scene("repair", scratch / "broken", mended, seen_in_index),
    ]


def backed_up(scratch: Path) -> object:
    return backup(scratch / "index", scratch / "kept.sqlite")


def restored(scratch: Path) -> object:
    return restore(scratch / "index", scratch / "backup.sqlite", CHUNKING, StaticEmbedding())


def mended(scratch: Path) -> object:
    return mend(scratch / "index", CHUNKING, StaticEmbedding())


# Children


def child(task: Callable[[], object]) -> tuple[int, int]:
    """Start a task in a process of its own; returns its number and where its answer is read."""
    reading, writing = os.pipe()
    number = os.fork()
    if number:
        os.close(writing)
        return number, reading
    try:
        answer = json.dumps(task(), sort_keys=True, default=str)
        os.write(writing, sha256(answer.encode()).hexdigest().encode())
    finally:
        if sys.exc_info()[0] is not None:
            sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        os._exit(0)


def answer_of(number: int, reading: int) -> str:
    with os.fdopen(reading, "rb") as stream:
        answer = stream.read().decode()
    os.waitpid(number, 0)
    return answer


def counting(act: Callable[[Path], object], scratch: Path, last: int) -> int:
    """Run, count the calls that change something, and be killed before the one of that number."""
    count = 0

    def look(_: FrameType, event: str, function: Any) -> None:
        nonlocal count
        if event == "c_call" and getattr(function, "__name__", "") in CHANGING:
            count += 1
            if count == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(look)
    try:
        act(scratch)
    finally:
        sys.setprofile(None)
    return count


def copied(scene: Scene, scratch: Path) -> Path:
    shutil.rmtree(scratch, ignore_errors=True)
    return Path(shutil.copytree(scene.before, scratch))


def done(scene: Scene, scratch: Path) -> object:
    scene.act(scratch)
    return scene.seen(scratch)


def measured(scene: Scene, scratch: Path) -> tuple[str, int, float]:
    """What the command leaves in peace, how many calls it makes, and how long it takes."""
    reply = scratch.with_suffix(".count")

    def count() -> object:
        calls = counting(scene.act, scratch, 0)
        reply.write_text(str(calls), encoding="utf-8")
        return scene.seen(scratch)

    copied(scene, scratch)
    expected = answer_of(*child(count))
    copied(scene, scratch)
    begun = time.perf_counter()
    answer_of(*child(lambda: scene.act(scratch)))
    return expected, int(reply.read_text(encoding="utf-8")), time.perf_counter() - begun


def killed(scene: Scene, scratch: Path, calls: int, seconds: float, chance: random.Random) -> str:
    """Kill the command once; returns when."""
    copied(scene, scratch)
    if chance.random() < 0.5:
        last = chance.randint(1, calls)
        answer_of(*child(lambda: counting(scene.act, scratch, last)))
        return f"before call {last} of {calls}"
    moment = chance.random() * seconds
    number, reading = child(lambda: scene.act(scratch))
    time.sleep(moment)
    with suppress(ProcessLookupError):
        os.kill(number, signal.SIGKILL)
    answer_of(number, reading)
    return f"after {moment:.3f} of {seconds:.3f} s"


def main(folder: Path, seed: int, kills: int) -> None:
    chance = random.Random(seed)
    prepared = folder / "scenes"
    StaticEmbedding().embed(["loaded"])
    answer_of(*child(lambda: prepare(prepared)))
    listed = scenes(prepared)
    scratch = folder / "killed"
    known = {scene.name: measured(scene, scratch) for scene in listed}
    for number in range(kills):
        scene = listed[(number + seed) % len(listed)]
        expected, calls, seconds = known[scene.name]
        when = killed(scene, scratch, calls, seconds, chance)
        found = answer_of(*child(partial(done, scene, scratch)))
        line = {"scene": scene.name, "when": when, "same": found == expected, "found": found}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

"""A process that writes to an index for the page, as the commands do, while the page answers.

It is a plain `python -m app.writing_process` that reads one task from its input, tells of it on
its output, and ends. A reader sees what another process wrote; of two writers in one process,
Chroma would break.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from app.settings import Settings
from ingest.errors import AskpapersError, UsageError
from ingest.progress import Progress
from ingest.records import Tally

_ROOT = str(Path(__file__).resolve().parents[1])
_TOLD_EVERY = 0.2  # seconds
_ENDED = (
    "The process that writes ended early, before all was done. What is stored is unharmed; try "
    "again."
)


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be written: files with the names they came with, or papers to take out."""

    folder: Path
    settings: Settings
    uploads: tuple[tuple[Path, str], ...] = ()
    removed: tuple[str, ...] = ()


def write(task: Task, report: Callable[[Progress], None] = lambda _: None) -> Tally | int:
    """What became of the records, or how many papers were taken out.

    Raises UsageError with the sentence that the command would end with.
    """
    path = os.pathsep.join(filter(None, (_ROOT, os.environ.get("PYTHONPATH"))))
    with subprocess.Popen(
        [sys.executable, "-m", "app.writing_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,  # who stops the page does not stop it in the middle
    ) as child:
        assert child.stdin
        assert child.stdout
        try:
            with child.stdin as asked:
                pickle.dump(task, asked)
            while isinstance(told := pickle.load(child.stdout), Progress):
                report(told)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise UsageError(_ENDED) from error
    if isinstance(told, str):
        raise UsageError(told)
    done: Tally | int = told
    return done


def _done(task: Task, tell: Callable[[object], None]) -> Tally | int:
    from app.collection import put_in, take_out_all
    from ingest.readers import uploaded

    if task.removed:
        return take_out_all(task.removed, task.folder, task.settings)
    sources = [one for file, name in task.uploads for one in uploaded(file, name)]
    told_at = 0.0

    def report(now: Progress) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= _TOLD_EVERY:
            told_at = time.monotonic()
            tell(now)

    return put_in(sources, task.folder, task.settings, report)


def _serve() -> None:
    """Do the one task that comes in, and tell how it goes."""
    from app.failures import disk_failure

    task: Task = pickle.load(sys.stdin.buffer)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not spoil the answers
    tell = partial(_told, answers)
    try:
        tell(_done(task, tell))
    except AskpapersError as error:
        tell(str(error))
    except BrokenPipeError:
        return  # the page is gone; what was stored stays
    except OSError as error:
        tell(disk_failure(error))


def _told(answers: BinaryIO, what: object) -> None:
    pickle.dump(what, answers, pickle.HIGHEST_PROTOCOL)
    answers.flush()


if __name__ == "__main__":
    _serve()

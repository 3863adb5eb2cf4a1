"""A second process that analyses papers while this one reads files and writes the stores.

Both halves are Python and take about the same time, and one process runs one of them at a time.
The child is a plain `python -m ingest.papers.analysis_process` that reads requests from its input
until it ends: it needs no guard in anybody's main module, and goes when its parent goes, however
that ends.
"""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from ingest.embedding.models import Embedding, StaticEmbedding
from ingest.papers.analysis import Analysis, Chunking, analyse
from ingest.records import Paper
from ingest.stores.learn_relatives import Lesson, learned
from ingest.stores.relatives import Relatives

E = TypeVar("E")
T = TypeVar("T")

# A process takes a second to start: fewer papers are analysed here.
WORTH_IT = 500
_ROOT = str(Path(__file__).resolve().parents[2])


class Analyst(AbstractContextManager["Analyst"]):
    """Analyses papers in their order; a second process starts with the first large batch.

    It is only for speed: where it cannot start or ends early, this process does its work. It does
    all of it where another model embeds, which takes far longer than the rest. `child` is the
    second process once there is one; batches from `worth_it` papers start it.
    """

    def __init__(self, chunking: Chunking, embedding: Embedding, worth_it: int = WORTH_IT) -> None:
        self._chunking = chunking
        self._embedding = embedding
        self._worth_it = worth_it
        self._helped = isinstance(embedding, StaticEmbedding)
        self.child: subprocess.Popen[bytes] | None = None
        self._turns = ThreadPoolExecutor(1, "analyse")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.child is not None:
            if kind:  # nobody waits for what it is doing
                self.child.kill()
            self._turns.shutdown(cancel_futures=True)
            self.child.communicate()
        self._turns.shutdown()

    def analyse(self, papers: Sequence[Paper]) -> Future[Analysis]:
        """What `analysis.analyse` says of the papers, as soon as it is ready."""
        if self._helped and self.child is None and len(papers) >= self._worth_it:
            self.child = _started()
        return self._done(partial(analyse, papers, self._chunking), self._embedding)

    def learn(self, lesson: Lesson, embedding: StaticEmbedding) -> Future[Relatives]:
        """What `learning.learned` makes of the lesson, as soon as it is ready."""
        return self._done(partial(learned, lesson), embedding)

    def _done(self, task: Callable[[E], T], embedding: E) -> Future[T]:
        if self.child is None:
            done: Future[T] = Future()
            done.set_result(task(embedding))
            return done
        return self._turns.submit(self._asked, self.child, task, embedding)

    def _asked(self, child: subprocess.Popen[bytes], task: Callable[[E], T], embedding: E) -> T:
        assert child.stdin
        assert child.stdout
        try:
            pickle.dump(task, child.stdin, pickle.HIGHEST_PROTOCOL)
            child.stdin.flush()
            answer: T = pickle.load(child.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            return task(embedding)
        return answer


def _started() -> subprocess.Popen[bytes] | None:
    """The second process, or None where none can be had."""
    path = os.pathsep.join(filter(None, (_ROOT, os.environ.get("PYTHONPATH"))))
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "ingest.papers.analysis_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is for the parent alone
        )
    except OSError:
        return None


def _serve() -> None:
    """Answer requests until there are no more."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not spoil the answers
    embedding = StaticEmbedding()
    gc.disable()  # plain records hold no cycles, and looking for some takes a tenth of the time
    while True:
        try:
            task = pickle.load(requests)
            pickle.dump(task(embedding), answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()
        except (EOFError, OSError):
            return


if __name__ == "__main__":
    _serve()

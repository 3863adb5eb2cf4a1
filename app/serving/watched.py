"""Answers on their way out: counted, timed, and told in the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

from app import metrics
from app.answer import Answer
from app.serving.logs import tell, tell_bug
from ingest.errors import AskpapersError


@dataclass(frozen=True, slots=True)
class Watch:
    """Which answers count as slow, in seconds, and whether questions may stand in the log."""

    slow_seconds: float = 10.0
    tells_questions: bool = False

    def over(self, question: str, answers: Iterator[Answer]) -> Generator[Answer, None, None]:
        """The answers, passed on as they come; the last one is counted."""
        report = _Report(self, question)
        with report, closing(_own(answers)) as steps:
            for answer in steps:
                report.latest = answer
                yield answer
            report.whole = True


class _Report:
    """What became of one question."""

    def __init__(self, watch: Watch, question: str) -> None:
        self._watch, self._question = watch, question
        self._started = time.perf_counter()
        self.latest: Answer | None = None
        self.whole = False

    def __enter__(self) -> _Report:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _where: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, AskpapersError):
            tell_bug(error)
        self._count("stopped" if isinstance(error, GeneratorExit) else "failed")

    def _count(self, ending: str) -> None:
        answer, seconds = self.latest, time.perf_counter() - self._started
        strength = answer.strength if answer and self.whole else ending
        kind, mode = (answer.kind, answer.mode) if answer else ("unknown", "unknown")
        metrics.QUESTIONS.add(kind=kind, mode=mode, strength=strength)
        sentences = answer.sentences if answer and self.whole else ()
        marked = sum(sentence.status == "marked" for sentence in sentences)
        metrics.UNSUPPORTED.add(marked)
        if self.whole:
            metrics.ANSWER_SECONDS.observe(seconds, mode=mode)
        slow = 0 < self._watch.slow_seconds <= seconds
        asked = {"question": self._question} if self._watch.tells_questions else {}
        tell(
            "slow question" if slow else "question",
            level=logging.WARNING if slow else logging.INFO,
            seconds=round(seconds, 3), kind=kind, mode=mode, strength=strength, marked=marked,
            **({"steps": dict(answer.seconds)} if answer and slow else {}), **asked,
        )  # fmt: skip


def _own(answers: Iterator[Answer]) -> Generator[Answer, None, None]:
    # A generator of our own: `closing` needs one, and an engine may return any iterator.
    yield from answers

"""Another system is asked the cases: by a file of its answers, at its address, or as a command."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.answer import Answer
from app.retrieval.trace import bring_up
from eval.records import Case
from eval.systems.given import by_case, from_file
from eval.systems.papers import Shelf
from eval.systems.reading import read
from eval.systems.replies import Reply
from ingest.errors import ServerError, UsageError
from ingest.records import Json, Paper

if TYPE_CHECKING:
    from eval.running.run import Ask

WRITTEN_BY = "given by another system"
_LISTING = ("list", "count")


@dataclass(frozen=True, slots=True)
class System:
    """Where the answers of another system come from: one of a file, an address and a command.

    `seconds` is the longest wait for an answer at the address.
    """

    answers: Path | None = None
    url: str | None = None
    command: str | None = None
    seconds: float = 30.0

    @property
    def is_slow(self) -> bool:
        """Whether it answers case by case, so that an interrupted run is worth going on with."""
        return self.url is not None


def system(
    answers: Path | None, url: str | None, command: str | None, seconds: float
) -> System | None:
    """The system that the options name, if any. Raises UsageError where they name several."""
    named = {"--answers": answers, "--url": url, "--command": command}
    given = [name for name, value in named.items() if value]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} name two systems; evaluate one at a time.")
    return System(answers, url, command, seconds) if given else None


@dataclass(frozen=True, slots=True)
class Asked:
    """A system ready to be asked; `problems` grow with what could not be made out, by case."""

    ask: Ask
    problems: dict[str, tuple[str, ...]] = field(default_factory=dict)
    remark: str = ""

    def told(self, cases: Sequence[Case]) -> list[str]:
        """What could not be made out, a sentence each, in the order of the cases."""
        found = [f"{c.id}: {problem}" for c in cases for problem in self.problems.get(c.id, ())]
        return [self.remark, *found] if self.remark else found


def asked(chosen: System, cases: Sequence[Case], papers: Sequence[Paper]) -> Asked:
    """The system over the papers of an index, its answers read as if they were the engine's.

    Raises UsageError for answers that are none or are missing, ServerError where the system fails.
    """
    shelf = Shelf(papers)
    answer_to, remark = _replies(chosen, cases)
    by_question = {(case.question, case.history): case for case in cases}
    problems: dict[str, tuple[str, ...]] = {}

    def ask(question: str, history: Sequence[str]) -> Answer:
        case = by_question[question, tuple(history)]
        found = read(answer_to(case), question, shelf, counting=case.kind in _LISTING)
        problems[case.id] = found.problems
        bring_up(found.retrieved)
        return found.answer

    return Asked(ask, problems, remark)


def _replies(chosen: System, cases: Sequence[Case]) -> tuple[Callable[[Case], Reply], str]:
    if chosen.url is not None:
        from eval.systems.service import posted

        url, seconds = chosen.url, chosen.seconds
        return lambda case: posted(url, question(case), seconds), ""
    found: Mapping[str, Reply]
    if chosen.answers is not None:
        found, remark = from_file(chosen.answers, cases)
    else:
        assert chosen.command is not None
        found, remark = _printed(chosen.command, cases)
    return lambda case: found[case.id], remark


def question(case: Case) -> Json:
    """What a system is asked: nothing of what the case expects."""
    return {"id": case.id, "question": case.question, "history": list(case.history)}


def _printed(command: str, cases: Sequence[Case]) -> tuple[Mapping[str, Reply], str]:
    """The replies that a command prints, a line each, to the questions on its standard input."""
    lines = "".join(json.dumps(question(case), ensure_ascii=False) + "\n" for case in cases)
    try:
        done = subprocess.run(
            shlex.split(command), input=lines, capture_output=True, text=True, check=False,
            encoding="utf-8",
        )  # fmt: skip
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise UsageError(f"--command {command}: cannot be run ({error}).") from error
    if done.returncode:
        last = next(iter(done.stderr.strip().splitlines()[-1:]), "it said nothing")
        raise ServerError(f"The command {command} ended with {done.returncode}: {last}")
    return by_case(done.stdout, "the command's output", cases)

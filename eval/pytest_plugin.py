"""`pytest --askpapers-cases DIR`: every case is a test, scored as `askpapers eval run` does.

With a baseline a case fails where it became worse; without one, where it does not pass. Nothing is
imported or asked unless the option is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from eval.gate.baseline_comparison import Held
    from eval.records import Report, Row
    from ingest.errors import AskpapersError

_SUFFIXES = (".yaml", ".yml", ".csv", ".jsonl")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of `askpapers eval run` that choose cases, index and baseline."""
    group = parser.getgroup("askpapers", "answers about papers")
    group.addoption(
        "--askpapers-cases",
        action="append",
        default=[],
        metavar="PATH",
        help="Case file or folder whose cases are tests; repeat it for several.",
    )
    group.addoption("--askpapers-index", metavar="DIR", help="Index that is asked.")
    group.addoption(
        "--askpapers-baseline", metavar="FILE", help="Baseline that cases may not lose."
    )


def pytest_configure(config: pytest.Config) -> None:
    """Collect the named case files, wherever they lie."""
    named = config.getoption("--askpapers-cases")
    if named:
        config.args[:] = [*config.args, *named] if _asks_for_more(config) else list(named)
        config.stash[_RUN] = Run(config)


def _asks_for_more(config: pytest.Config) -> bool:
    """Whether tests were named on the command line, too."""
    return config.args_source is pytest.Config.ArgsSource.ARGS


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A case file that was asked for."""
    run = parent.config.stash.get(_RUN, None)
    if run is None or not run.holds(file_path):
        return None
    return CaseFile.from_parent(parent, path=file_path)


@dataclass
class Run:
    """The one scored run behind all the cases, made when the first of them is tested."""

    config: pytest.Config
    outcomes: dict[str, str] = field(default_factory=dict)

    @cached_property
    def paths(self) -> list[Path]:
        """The named files and folders."""
        return [Path(name).resolve() for name in self.config.getoption("--askpapers-cases")]

    def holds(self, file: Path) -> bool:
        """Whether a file is one of the case files that were asked for."""
        named = any(file == path or path in file.parents for path in self.paths)
        return named and file.suffix in _SUFFIXES

    def _option(self, name: str) -> Path | None:
        value = self.config.getoption(f"--askpapers-{name}")
        return Path(value) if value else None

    @property
    def results(self) -> list[tuple[Report, Held]]:
        """The reports of all corpora that the cases are about, each held against its baseline.

        Raises what the run raised, for every case that asks: a run that fails is not made again.
        """
        from ingest.errors import AskpapersError

        if isinstance(self._outcome, AskpapersError):
            raise self._outcome
        return self._outcome

    @cached_property
    def _outcome(self) -> list[tuple[Report, Held]] | AskpapersError:
        from ingest.errors import AskpapersError

        try:
            return self._scored()
        except AskpapersError as problem:
            return problem

    def _scored(self) -> list[tuple[Report, Held]]:
        from eval.gate.baseline_comparison import Against, hold
        from eval.running.gated import Asked
        from eval.running.session import Options, scored

        asked = Asked(self.paths, self._option("index"))
        against = Against(self._option("baseline"), "", asked.is_own, asked.whole)
        runs = scored(asked.cases, asked.index, None, Options())
        return [(found.report, hold(found.report, against)) for found in runs]

    def faults(self, case_id: str) -> Iterator[str]:
        """What is wrong with a case, a line each; nothing where it holds."""
        for report, held in self.results:
            for row in report.rows:
                if row.id == case_id:
                    yield from _faults(report, held, row)

    def falls(self) -> Iterator[str]:
        """What is worse, or cannot be compared, besides single cases."""
        for report, held in self.results:
            yield from (f"{report.corpus}: {phrase}" for phrase in held.other_falls)
            if held.problem:
                yield f"{report.corpus}: {held.problem}"


_RUN: pytest.StashKey[Run] = pytest.StashKey()


def _faults(report: Report, held: Held, row: Row) -> Iterator[str]:
    from eval.report.phrases import failure_lines

    if held.gate is None:
        if not row.passed:
            yield f"{report.corpus}: {row.question}"
            yield from failure_lines(report, row)
        return
    for change in held.gate.regressions:
        if change.id == row.id:
            yield f"{report.corpus}: {row.question}"
            yield from (change.verdict, *change.details)


class CaseFile(pytest.File):
    """A case file: a test for each case, and one for what holds over all of them."""

    def collect(self) -> Iterator[pytest.Item]:
        """The cases as they are written; what is not a case stops the collection, a draft not."""
        from eval.dataset.case_files import load_with_drafts
        from ingest.errors import UsageError

        try:
            cases = load_with_drafts([self.path])
        except UsageError as problem:
            raise self.CollectError(str(problem)) from problem
        for case in cases:
            if case.draft:
                continue
            yield CaseItem.from_parent(self, name=case.id)
        run = self.config.stash[_RUN]
        if run.config.getoption("--askpapers-baseline") and "overall" not in run.outcomes:
            run.outcomes["overall"] = "collected"
            yield OverallItem.from_parent(self, name="[all cases]")


class Worse(Exception):
    """A case that does not hold; its message is all that a person needs."""


class _Item(pytest.Item):
    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The message alone: a traceback would say nothing about an answer."""
        from ingest.errors import AskpapersError

        if isinstance(excinfo.value, (Worse, AskpapersError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where the case stands."""
        return self.path, None, f"case {self.name}"


class CaseItem(_Item):
    """One case."""

    def runtest(self) -> None:
        """Fails with the reasons of the report."""
        if lines := list(self.config.stash[_RUN].faults(self.name)):
            raise Worse("\n".join(lines))


class OverallItem(_Item):
    """Retrieval as a whole, cases that are no longer asked, and a baseline that is no measure."""

    def runtest(self) -> None:
        """Fails with what is worse over all cases."""
        if lines := list(self.config.stash[_RUN].falls()):
            raise Worse("\n".join(lines))

"""What is worse, as the workflow commands that GitHub shows beside a change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eval.gate.baseline_comparison import Held
from eval.records import Report

MOST = 10
"""GitHub shows ten errors a step; what is beyond is counted in the last."""


def commands(runs: Sequence[tuple[Report, Held]]) -> list[str]:
    """An `::error` a regression, at most ten, and a `::warning` where nothing could be compared."""
    errors = [line for report, held in runs for line in _errors(report, held)]
    if len(errors) > MOST:
        rest = len(errors) - MOST + 1
        errors = [*errors[: MOST - 1], _command("error", "eval", f"And {rest} more are worse.")]
    warnings = [
        _command("warning", f"eval {report.corpus}", held.problem)
        for report, held in runs
        if held.problem
    ]
    return [*errors, *warnings]


def _errors(report: Report, held: Held) -> Iterator[str]:
    if held.gate is None:
        return
    for change in held.gate.regressions:
        told = "\n".join((change.question, change.verdict, *change.details))
        yield _command("error", f"eval {report.corpus}: {change.id}", told)
    for phrase in held.other_falls:
        yield _command("error", f"eval {report.corpus}", phrase)


def _command(kind: str, title: str, message: str) -> str:
    return f"::{kind} title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

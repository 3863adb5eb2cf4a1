"""Seconds, tokens and dollars that a run may take; asked for by name, never by default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.records import Report
from eval.scoring.statistics import percentile
from ingest.errors import UsageError

NAMES = ("p50", "p95", "total", "tokens", "dollars")
"""Median and 95th percentile of the seconds a question, their sum, and what a server counted."""


def limits(asked: Sequence[str]) -> dict[str, float]:
    """The limits of "NAME=NUMBER" options; raises UsageError for what is none."""
    return dict(map(_limit, asked))


def _limit(asked: str) -> tuple[str, float]:
    name, _, value = asked.partition("=")
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if name not in NAMES or not number >= 0:
        raise UsageError(f"--at-most {asked}: write NAME=NUMBER with one of {', '.join(NAMES)}.")
    return name, number


def spent_of(report: Report) -> dict[str, float]:
    """What a run took, by the names of the limits."""
    seconds = list(report.seconds.values())
    return {
        "p50": percentile(seconds, 0.5),
        "p95": percentile(seconds, 0.95),
        "total": sum(seconds),
        "tokens": report.spent.read + report.spent.written,
        "dollars": report.spent.dollars,
    }


def beyond(report: Report, most: Mapping[str, float]) -> list[str]:
    """A phrase for each limit that a run is beyond."""
    took = spent_of(report)
    return [
        f"{report.corpus} took {name} {took[name]:.4g}, at most {limit:g} were allowed"
        for name, limit in most.items()
        if took[name] > limit
    ]

"""Seconds, tokens and dollars that a run may take; asked for by name, never by default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.records import Report, Spent
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


def refuse_unmeasured(most: Mapping[str, float], *, seconds: bool, tokens: bool) -> None:
    """Raises UsageError for a limit on seconds, or on tokens, where a run does not measure them."""
    measured = {name: tokens if name in ("tokens", "dollars") else seconds for name in NAMES}
    if unknown := [name for name in most if not measured[name]]:
        raise UsageError(
            f"--at-most {', '.join(unknown)}: this run does not measure it. Seconds are those of "
            "askpapers or of a --url, tokens and dollars those of askpapers or of a --judge."
        )


def beyond(reports: Sequence[Report], spent: Spent, most: Mapping[str, float]) -> list[str]:
    """A phrase for each limit that a run is beyond, over all its corpora; it `spent` so much."""
    seconds = [value for report in reports for value in report.seconds.values()]
    took = {
        "p50": percentile(seconds, 0.5),
        "p95": percentile(seconds, 0.95),
        "total": sum(seconds),
        "tokens": spent.read + spent.written,
        "dollars": spent.dollars,
    }
    return [
        f"the run took {name} {took[name]:.4g}, at most {limit:g} were allowed"
        for name, limit in most.items()
        if took[name] > limit
    ]

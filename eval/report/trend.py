"""Stored runs in a row: how the measures, the seconds and the cost of a corpus went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from eval.gate.common import rows_by_id
from eval.records import Report
from eval.report.html import page, table_rows
from eval.report.markdown import HEADLINES
from eval.report.plots import line_plot
from eval.running.run import read
from ingest.errors import UsageError
from ingest.json_text import parsed

_SHOWN = ("passed", *HEADLINES, "retrieval_rr", "retrieval_recall_10")


@dataclass(frozen=True, slots=True)
class Point:
    """A stored run: its folder, its report and what it took, by name; empty where not kept."""

    name: str
    report: Report
    took: Mapping[str, float | None]


def points(folders: Sequence[Path]) -> list[Point]:
    """The runs in these folders, in the order given; of a folder of runs, those in it by name.

    Raises UsageError for a folder without any.
    """
    found = [point for folder in folders for point in _runs(folder)]
    if len({point.report.corpus for point in found}) > 1:
        named = ", ".join(sorted({point.report.corpus for point in found}))
        raise UsageError(f"These runs are about several corpora ({named}): name those of one.")
    return found


def _runs(folder: Path) -> Iterator[Point]:
    if (folder / "results.json").is_file():
        yield Point(folder.name, read(folder), _took(folder / "timings.json"))
        return
    inner = sorted(path.parent for path in folder.glob("*/results.json"))
    if not inner:
        raise UsageError(f"{folder}: there are no runs here (results.json).")
    for run in inner:
        yield Point(run.name, read(run), _took(run / "timings.json"))


def _took(file: Path) -> dict[str, float | None]:
    if not file.is_file():
        return {}
    try:
        stored = parsed(file.read_text(encoding="utf-8"))
        spent = stored["tokens"]
        return {"p50": stored["p50"], "p95": stored["p95"], "dollars": spent["dollars"]}
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{file}: this is not what an eval run wrote.") from error


def trend_page(runs: Sequence[Point]) -> str:
    """One HTML page that loads nothing: a line a measure, and what changed from run to run."""
    title = f"Trend of {runs[0].report.corpus} over {len(runs)} runs"
    plots = [_plot(name, [_mean(run.report, name) for run in runs], 1.0) for name in _SHOWN]
    for name in ("p50", "p95", "dollars"):
        values = [run.took.get(name) for run in runs]
        top = max((value for value in values if value is not None), default=0.0)
        plots += [_plot(name, values, top)] if top else []
    head = "<tr><th>run</th><th>commit</th><th>pass</th><th>won</th><th>lost</th></tr>"
    table = f"<table>{head}{table_rows(_rows(runs))}</table>"
    parts = [f"<h1>{escape(title)}</h1>", '<div class="pair">', *plots, "</div>", table]
    return page(title, parts)


def _plot(name: str, values: Sequence[float | None], top: float) -> str:
    return f"<section><h3>{escape(name)}</h3>{line_plot(values, top, name)}</section>"


def _mean(report: Report, name: str) -> float | None:
    found = report.means.get(name)
    return found.mean if found else None


def _rows(runs: Sequence[Point]) -> Iterator[tuple[str, ...]]:
    """A row a run, with the cases that it won and lost against the run before."""
    for place, run in enumerate(runs):
        report = run.report
        won, lost = _moved(runs[place - 1].report, report) if place else ((), ())
        yield (
            run.name,
            report.provenance.get("commit", "")[:10],
            f"{report.passed} of {len(report.rows)}",
            ", ".join(won),
            ", ".join(lost),
        )


def _moved(before: Report, after: Report) -> tuple[tuple[str, ...], tuple[str, ...]]:
    old, new = rows_by_id(before), rows_by_id(after)
    both = [case_id for case_id in new if case_id in old]
    won = tuple(i for i in both if new[i].passed and not old[i].passed)
    return won, tuple(i for i in both if old[i].passed and not new[i].passed)

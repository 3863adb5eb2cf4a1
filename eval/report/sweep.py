"""A sweep as a table, and as a plot of quality against latency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path

from rich.table import Table

from eval.report.html import page, table_rows
from eval.report.markdown import HEADLINES, table
from eval.report.phrases import bare, shown
from eval.report.plots import scatter_plot
from eval.report.terminal import grid
from eval.running.run import dumps
from eval.running.sweep import Swept


def best_first(found: Sequence[Swept], measure: str) -> list[Swept]:
    """The combinations, best first, the faster of equals before the slower."""
    return sorted(found, key=lambda one: (-(one.means[measure].mean or 0.0), one.median))


def sweep_table(found: Sequence[Swept], measure: str) -> Table:
    """The table for a terminal."""
    return grid(_head(measure), _rows(found, measure))


def write_sweep(found: Sequence[Swept], measure: str, out: Path) -> None:
    """Write sweep.json, sweep.md and sweep.html, which opens without a network."""
    out.mkdir(parents=True, exist_ok=True)
    stored = [
        {
            "settings": dict(one.point.chosen),
            "means": {name: asdict(mean) for name, mean in one.means.items()},
            "seconds": {"p50": round(one.median, 6), "p95": round(one.slow, 6)},
        }
        for one in best_first(found, measure)
    ]
    (out / "sweep.json").write_text(dumps({"measure": measure, "points": stored}), "utf-8")
    lines = table(_head(measure), _rows(found, measure))
    (out / "sweep.md").write_text("\n".join([*lines, ""]), "utf-8")
    (out / "sweep.html").write_text(_html(found, measure), "utf-8")


def _html(found: Sequence[Swept], measure: str) -> str:
    dots = [
        (str(one.point), one.median, one.means[measure].mean or 0.0)
        for one in best_first(found, measure)
    ]
    head = "".join(f"<th>{escape(name)}</th>" for name in _head(measure))
    rows = table_rows(_rows(found, measure))
    title = f"{measure} against seconds a question"
    plot = scatter_plot(dots, "median seconds a question", measure)
    return page(title, [f"<h1>{escape(title)}</h1>", plot, f"<table><tr>{head}</tr>{rows}</table>"])


def _names(measure: str) -> dict[str, str]:
    """The measures of the table and what they are called, the chosen one first."""
    names = {"passed": "passed", **HEADLINES}
    return {measure: names.get(measure, measure), **names}


def _head(measure: str) -> list[str]:
    return ["", "settings", *_names(measure).values(), "s p50", "s p95"]


def _rows(found: Sequence[Swept], measure: str) -> list[list[str]]:
    return [
        [
            str(number),
            str(one.point),
            *(
                (shown if name == measure else bare)(one.means.get(name))
                for name in _names(measure)
            ),
            f"{one.median:.3f}",
            f"{one.slow:.3f}",
        ]
        for number, one in enumerate(best_first(found, measure), 1)
    ]

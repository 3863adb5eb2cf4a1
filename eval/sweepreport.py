"""A sweep as a table, and as a plot of quality against latency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path

from rich.table import Table

from eval.plots import scatter_plot
from eval.report import shown
from eval.running import dumps
from eval.sweeping import Swept
from eval.webreport import page

_BESIDE = ("passed", "key_fact_recall", "paper_f1", "faithfulness", "abstention_accuracy")


def best_first(found: Sequence[Swept], measure: str) -> list[Swept]:
    """The combinations, best first, the faster of equals before the slower."""
    return sorted(found, key=lambda one: (-(one.means[measure].mean or 0.0), one.median))


def sweep_table(found: Sequence[Swept], measure: str) -> Table:
    """The table for a terminal."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in _head(measure):
        table.add_column(name, overflow="fold")
    for row in _rows(found, measure):
        table.add_row(*row)
    return table


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
    lines = [_head(measure), ["---"] * len(_head(measure)), *_rows(found, measure)]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    (out / "sweep.md").write_text(table + "\n", "utf-8")
    (out / "sweep.html").write_text(_html(found, measure), "utf-8")


def _html(found: Sequence[Swept], measure: str) -> str:
    dots = [
        (str(one.point), one.median, one.means[measure].mean or 0.0)
        for one in best_first(found, measure)
    ]
    head = "".join(f"<th>{escape(name)}</th>" for name in _head(measure))
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in _rows(found, measure)
    )
    title = f"{measure} against seconds a question"
    plot = scatter_plot(dots, "median seconds a question", measure)
    return page(title, [f"<h1>{escape(title)}</h1>", plot, f"<table><tr>{head}</tr>{rows}</table>"])


def _head(measure: str) -> list[str]:
    return ["", "settings", *dict.fromkeys((measure, *_BESIDE)), "seconds p50", "seconds p95"]


def _rows(found: Sequence[Swept], measure: str) -> list[list[str]]:
    names = list(dict.fromkeys((measure, *_BESIDE)))
    return [
        [
            str(number),
            str(one.point),
            *(shown(one.means.get(name)) for name in names),
            f"{one.median:.3f}",
            f"{one.slow:.3f}",
        ]
        for number, one in enumerate(best_first(found, measure), 1)
    ]

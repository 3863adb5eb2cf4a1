"""A report for the terminal: tables of measures and kinds, failing cases, and the gate last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from eval.gating import Change
from eval.holding import Held
from eval.markdown import HEADLINES, group_rows, measure_rows
from eval.records import Report
from eval.report import against_baseline, failing, speed, title


def render_terminal(report: Report, held: Held) -> RenderableType:
    """What matters most stands last, where a terminal shows it."""
    parts: list[RenderableType] = [
        _grid(("measure", "mean ± se", "n", "not scored"), measure_rows(report)),
        Text(),
        _grid(("kind", "pass", *HEADLINES.values()), group_rows(report)),
        Text(),
    ]
    for row in failing(report):
        parts.append(Text.assemble(("not passed  ", "red"), (row.id, "bold"), f"  {row.question}"))
        parts += [_indented(reason) for reason in row.reasons]
    gated = held.gate
    for change in gated.improvements if gated else ():
        parts += _change("better  ", "green", change)
    for change in gated.regressions if gated else ():
        parts += _change("worse  ", "red", change)
    if gated and gated.settings and gated.regressions:
        parts.append(_indented("settings that differ: " + "; ".join(gated.settings)))
    parts += [Text(), Text(f"{title(report)}. {speed(report)}", "bold")]
    if said := against_baseline(held):
        colour = "red" if held.regressions else "green" if gated and not held.problem else "yellow"
        parts.append(Text(said, colour))
    return Group(*parts, Text())


def _change(word: str, colour: str, change: Change) -> Iterator[Text]:
    yield Text.assemble((word, colour), (change.id, "bold"), f"  {change.question}")
    yield from map(_indented, (change.verdict, *change.details))


def _indented(text: str) -> Text:
    return Text(f"    {text}")


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table

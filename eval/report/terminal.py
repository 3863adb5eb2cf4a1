"""A report for the terminal: tables of measures and kinds, failing cases, and the gate last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from eval.gate.baseline_comparison import Held
from eval.gate.change import Change
from eval.gate.gate import Gate
from eval.records import Report
from eval.report.markdown import HEADLINES, group_rows, measure_rows
from eval.report.phrases import against_baseline, failing, speed, title


def render_terminal(report: Report, held: Held) -> RenderableType:
    """What matters most stands last, where a terminal shows it."""
    parts: list[RenderableType] = [
        grid(("measure", "mean ± se", "n", "not scored"), measure_rows(report)),
        Text(),
        grid(("kind", "pass", *HEADLINES.values()), group_rows(report)),
        Text(),
    ]
    parts += _gated(report, held.gate) if held.gate else _failures(report)
    parts += [Text(), Text(f"{title(report)}. {speed(report)}", "bold")]
    if said := against_baseline(held):
        colour = "red" if held.worse else "green" if held.gate and not held.problem else "yellow"
        parts.append(Text(said, colour))
    return Group(*parts, Text())


def _failures(report: Report) -> Iterator[Text]:
    for row in failing(report):
        yield Text.assemble(("not passed  ", "red"), (row.id, "bold"), f"  {row.question}")
        yield from map(_indented, row.reasons)


def _gated(report: Report, gate: Gate) -> Iterator[Text]:
    """What moved in full, what fails as it did by name only."""
    worse = {change.id for change in gate.regressions}
    known = [row.id for row in failing(report) if row.id not in worse]
    if known:
        yield Text.assemble(("not passed, and not worse  ", "bold"), ", ".join(known))
    for change in gate.changed:
        yield from _change("changed  ", "yellow", change)
    for change in gate.improvements:
        yield from _change("better  ", "green", change)
    for change in gate.regressions:
        yield from _change("worse  ", "red", change)
    if gate.settings:
        yield Text("settings that differ: " + "; ".join(gate.settings))


def _change(word: str, colour: str, change: Change) -> Iterator[Text]:
    yield Text.assemble((word, colour), (change.id, "bold"), f"  {change.question}")
    yield from map(_indented, (change.verdict, *change.details))


def _indented(text: str) -> Text:
    return Text(f"    {text}")


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table of plain text without lines."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table

"""A report for people: Markdown for a pull request, a table for the terminal, JUnit XML for CI."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from xml.etree import ElementTree

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from eval.comparing import Change, Comparison, Gate
from eval.intervals import percentile
from eval.measures import LOWER_IS_BETTER, NAMES
from eval.records import Mean, Report, Row
from eval.running import means_of

_GROUP_MEASURES = ("key_fact_recall", "paper_f1", "faithfulness", "abstention_accuracy")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def measures_in_order(report: Report) -> list[tuple[str, Mean]]:
    """The report's measures and means, `passed` first, then as in `measures.NAMES`."""
    order = ("passed", *NAMES)
    known = [(name, report.means[name]) for name in order if name in report.means]
    return known + [(name, mean) for name, mean in report.means.items() if name not in order]


def groups(report: Report) -> dict[str, list[Row]]:
    """The rows by heading, headings in the order in which they first come."""
    found: dict[str, list[Row]] = {}
    for row in report.rows:
        found.setdefault(row.group, []).append(row)
    return found


def paper(report: Report, paper_id: str) -> str:
    """Title and id of a paper that the report names."""
    title = report.titles.get(paper_id)
    return f"{title} ({paper_id})" if title else paper_id


def summary(report: Report, gated: Gate | None = None) -> str:
    """The report in Markdown: measures, kinds, failing cases, and what the gate found."""
    return "\n".join(
        [
            f"## Eval on {_cell(report.corpus)}: {report.passed} of {len(report.rows)} cases pass",
            "",
            *(_gate_lines(gated) if gated else ()),
            *_table(("measure", "mean ± se", "n", "not scored"), _measure_rows(report)),
            "",
            *_table(("kind", "pass", *_GROUP_MEASURES), _group_rows(report)),
            "",
            *_failures(report),
            _speed(report),
            "",
            "Overlap measures see wording and numbers: they cannot see a negation, a contradiction "
            "in the same words, or a citation of a paper that says almost the same.",
            "",
        ]
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield f"| {' | '.join(map(_cell, row))} |"


def _cell(text: str) -> str:
    """Text that Markdown shows as it is, in one line of a table."""
    return re.sub(r"([\\`*\[\]<>|~#]|(?<!\w)_|_(?!\w))", r"\\\1", " ".join(text.split()))


def _measure_rows(report: Report) -> list[tuple[str, str, str, str]]:
    return [
        (f"{name}{' (lower is better)' if name in LOWER_IS_BETTER else ''}", *_figures(mean))
        for name, mean in measures_in_order(report)
    ]


def _figures(mean: Mean) -> tuple[str, str, str]:
    return shown(mean), str(mean.n), str(mean.unscored or "")


def shown(mean: Mean | None) -> str:
    """A mean with its standard error to three places, or a dash."""
    if mean is None or mean.mean is None:
        return "-"
    return f"{mean.mean:.3f}" if mean.se is None else f"{mean.mean:.3f} ± {mean.se:.3f}"


def _group_rows(report: Report) -> list[tuple[str, ...]]:
    rows = []
    for group, members in groups(report).items():
        means = means_of(members)
        passed = f"{sum(row.passed for row in members)} of {len(members)}"
        rows.append((group, passed, *(shown(means.get(name)) for name in _GROUP_MEASURES)))
    return rows


def _failures(report: Report) -> Iterator[str]:
    failing = [row for row in report.rows if not row.passed]
    if not failing:
        return
    yield f"### Not passed: {_cases(len(failing))}"
    yield ""
    for row in failing:
        yield f"- **{_cell(row.id)}** ({row.group}): {_cell(row.question)}"
        yield from (f"  - {_cell(line)}" for line in failure_lines(report, row))
    yield ""


def failure_lines(report: Report, row: Row) -> list[str]:
    """Why a row did not pass, what was expected and what came, a line each."""
    expected = "; ".join(paper(report, p) for p in row.expected) or "to abstain"
    got = "; ".join(paper(report, p) for p in row.cited) or "no citation"
    if row.abstained:
        got = "an abstention"
    return [*row.reasons, f"expected: {expected}", f"got: {got}"]


def _speed(report: Report) -> str:
    seconds = list(report.seconds.values())
    if not seconds:
        return "Seconds were not kept."
    return f"Seconds a question: median {percentile(seconds, 0.5):.2f}, 95 % within " + (
        f"{percentile(seconds, 0.95):.2f}."
    )


def _gate_lines(gated: Gate) -> Iterator[str]:
    if gated.regressions:
        yield f"### The gate does not hold: {_cases(len(gated.regressions))} worse"
    else:
        yield "The gate holds: no case is worse than in the baseline."
    yield ""
    yield from (f"- {_cell(str(change))}" for change in gated.regressions)
    yield from _named("Better than in the baseline", gated.improvements)
    if gated.new:
        yield f"Not in the baseline: {_cell(', '.join(gated.new))}."
        yield ""


def _cases(n: int) -> str:
    return "1 case" if n == 1 else f"{n} cases"


def _named(head: str, changes: Sequence[Change]) -> Iterator[str]:
    if changes:
        yield ""
        yield f"{head}: {_cell(', '.join(change.id for change in changes))}."
        yield ""


def comparison(found: Comparison) -> str:
    """A comparison in Markdown: cases won and lost, and paired differences of the measures."""
    head = (
        f"## {len(found.won)} won, {len(found.lost)} lost, {len(found.unchanged)} unchanged, "
        f"{len(found.new)} new, {len(found.gone)} gone (exact McNemar p = {found.p:.3g})"
    )
    lists = {"Won": found.won, "Lost": found.lost, "New": found.new, "Gone": found.gone}
    named = [f"- {name}: {_cell(', '.join(ids))}" for name, ids in lists.items() if ids]
    rows = (
        (name, f"{d.a:.3f}", f"{d.b:.3f}", f"{d.difference:+.3f}", _interval(d.interval), str(d.n))
        for name, d in found.differences.items()
    )
    table = _table(("measure", "A", "B", "B - A", "95 % interval", "n"), rows)
    return "\n".join([head, "", *named, "", *table, ""])


def _interval(interval: tuple[float, float]) -> str:
    return f"{interval[0]:+.3f} to {interval[1]:+.3f}"


def render_terminal(report: Report, gated: Gate | None = None) -> RenderableType:
    """The report for a terminal: measures, kinds, and failing cases with their first reason."""
    failing = [row for row in report.rows if not row.passed]
    parts: list[RenderableType] = [
        _grid(("measure", "mean ± se", "n", "not scored"), _measure_rows(report)),
        _grid(("kind", "pass", *_GROUP_MEASURES), _group_rows(report)),
    ]
    if failing:
        rows = [(row.id, row.question, row.reasons[0]) for row in failing]
        parts.append(_grid(("does not pass", "question", "why"), rows))
    for change in gated.regressions if gated else ():
        parts.append(Text(f"worse than the baseline: {change}"))
    parts.append(Text(f"{report.passed} of {len(report.rows)} cases pass. {_speed(report)}"))
    return Group(*parts)


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def junit(report: Report) -> str:
    """JUnit XML: one testcase a case, under its kind, and a failure with its reasons."""
    failures = len(report.rows) - report.passed
    seconds = f"{sum(report.seconds.values()):.3f}"
    counts = {"tests": str(len(report.rows)), "failures": str(failures), "time": seconds}
    suite = ElementTree.Element("testsuite", {"name": f"eval {_xml(report.corpus)}", **counts})
    for row in report.rows:
        took = f"{report.seconds.get(row.id, 0):.3f}"
        attributes = {"name": _xml(row.id), "classname": f"eval.{row.group}", "time": took}
        case = ElementTree.SubElement(suite, "testcase", attributes)
        if not row.passed:
            failure = ElementTree.SubElement(case, "failure", {"message": _xml(row.reasons[0])})
            lines = (row.question, *failure_lines(report, row), f"answer: {row.answer}")
            failure.text = _xml("\n".join(lines))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)

"""A report as one HTML file that opens without a network: plots, and every case opened up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

from eval.intervals import percentile
from eval.measures import LOWER_IS_BETTER
from eval.plots import bar_plot, histogram, interval_plot
from eval.records import Evidence, Report, Row
from eval.report import failure_lines, groups, measures_in_order, paper, shown
from ingest.records import Paper

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #667; --line: #d8dde4; --back: #fff;
  --good: #2f7d5b; --bad: #b3372f; --mark: #fff0b3; --tint: #f4f6f8 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --soft: #9aa4b2; --line: #39424e;
  --back: #161b22; --good: #58b58c; --bad: #e5786f; --mark: #5c4d12; --tint: #1f2630 } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back);
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% } td, th { padding: .25rem .6rem; text-align: left;
  border-bottom: 1px solid var(--line); vertical-align: top }
svg { width: 100%; max-width: 640px; height: auto; display: block }
svg text { font-size: 12px; fill: var(--ink) } .label, .end { text-anchor: end }
svg .tick, svg .value { fill: var(--soft) } .grid { stroke: var(--line) }
.whisker { stroke: var(--good); stroke-width: 2 } .dot, .bar { fill: var(--good) }
.rest { fill: var(--line) } .soft { color: var(--soft) } .bad { color: var(--bad) }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .4rem 0;
  padding: .4rem .8rem } details.fails { border-left: 4px solid var(--bad) }
details.passes { border-left: 4px solid var(--good) }
summary { cursor: pointer } mark { background: var(--mark); color: inherit }
pre { white-space: pre-wrap; font: inherit; background: var(--tint); padding: .6rem }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def web_report(report: Report, papers: Sequence[Paper], more: Sequence[str] = ()) -> str:
    """The whole page. `papers` are those of the corpus, for the evidence in its abstract.

    `more` is HTML of further parts, which stand before the cases.
    """
    shelf = {found.paper_id: found for found in papers}
    title = f"Eval on {escape(report.corpus)}: {report.passed} of {len(report.rows)} cases pass"
    parts = [
        f"<h1>{title}</h1>",
        _provenance(report),
        "<h2>Measures, with 95 % intervals</h2>",
        interval_plot(list(_intervals(report))),
        _measure_table(report),
        "<h2>Cases passed, by kind</h2>",
        bar_plot(
            [(g, sum(r.passed for r in rows), len(rows)) for g, rows in groups(report).items()]
        ),
        "<h2>Support of the sentences</h2>",
        histogram([line.support for row in report.rows for line in row.sentences], 1.0, "support"),
        *_latency(report),
        *more,
        "<h2>Cases</h2>",
        *(_case(report, row, shelf) for row in report.rows if not row.passed),
        *(_case(report, row, shelf) for row in report.rows if row.passed),
    ]
    return page(f"Eval on {report.corpus}", parts)


def page(title: str, parts: Sequence[str]) -> str:
    """An HTML page of these parts that loads nothing; `title` is plain text."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _provenance(report: Report) -> str:
    known: Mapping[str, object] = {**report.provenance, **report.fingerprints, **report.settings}
    rows = _rows((name, str(value)) for name, value in known.items())
    return f"<details><summary>What was run</summary><table>{rows}</table></details>"


def _rows(rows: Iterable[Sequence[str]]) -> str:
    cells = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    return "".join(f"<tr>{row}</tr>" for row in cells)


def _intervals(report: Report) -> Iterator[tuple[str, float, float, float]]:
    """Normal intervals of the measures in [0, 1]; counts are in the table only."""
    for name, mean in measures_in_order(report):
        if mean.mean is not None and name != "unsupported_atoms":
            half = 1.96 * (mean.se or 0.0)
            yield name, mean.mean, mean.mean - half, mean.mean + half


def _measure_table(report: Report) -> str:
    rows = _rows(
        (
            f"{name} (lower is better)" if name in LOWER_IS_BETTER else name,
            shown(mean),
            str(mean.n),
            str(mean.unscored or ""),
        )
        for name, mean in measures_in_order(report)
    )
    head = "<tr><th>measure</th><th>mean ± se</th><th>n</th><th>not scored</th></tr>"
    return f"<table>{head}{rows}</table>"


def _latency(report: Report) -> Iterator[str]:
    seconds = list(report.seconds.values())
    if seconds:
        yield "<h2>Seconds a question</h2>"
        yield histogram(seconds, max(*seconds, 0.001), "s")
        median, slow = percentile(seconds, 0.5), percentile(seconds, 0.95)
        yield f'<p class="soft">Median {median:.3f} s, 95 % within {slow:.3f} s.</p>'


def _case(report: Report, row: Row, shelf: Mapping[str, Paper]) -> str:
    state = "passes" if row.passed else "fails"
    history = "".join(f'<p class="soft">Before: {escape(turn)}</p>' for turn in row.history)
    reference = f"<p>Reference: {escape(row.reference)}</p>" if row.reference else ""
    why = "".join(f'<li class="bad">{escape(reason)}</li>' for reason in row.reasons)
    expected, got = failure_lines(report, row)[-2:]
    scores = ", ".join(
        f"{name} {value:g}" for name, value in row.measures.items() if value is not None
    )
    return (
        f'<details class="{state}" id="{escape(row.id)}"{"" if row.passed else " open"}>'
        f"<summary><b>{escape(row.id)}</b> ({escape(row.group)}): {escape(row.question)}</summary>"
        f"{history}<ul>{why}</ul>{reference}<p>{escape(expected)}<br>{escape(got)}</p>"
        f"<pre>{escape(row.answer)}</pre>{_support_table(report, row)}"
        + "".join(_evidence(evidence, shelf) for evidence in row.citations)
        + f'<p class="soft">{escape(scores)}</p></details>'
    )


def _support_table(report: Report, row: Row) -> str:
    if not row.sentences:
        return ""
    rows = _rows(
        (line.text, "; ".join(paper(report, cited) for cited in line.cited), f"{line.support:.2f}")
        for line in row.sentences
    )
    head = "<tr><th>sentence</th><th>cites</th><th>support</th></tr>"
    return f"<table>{head}{rows}</table>"


def _evidence(evidence: Evidence, shelf: Mapping[str, Paper]) -> str:
    """The cited abstract with its quotes marked, and the fields that the answer used."""
    found = shelf.get(evidence.paper_id)
    if found is None:
        return f'<p class="bad">[{evidence.number}] {escape(evidence.paper_id)} is not here.</p>'
    fields = f" (uses {', '.join(evidence.fields)})" if evidence.fields else ""
    return (
        f"<details><summary>[{evidence.number}] {escape(found.title + fields)}</summary>"
        f"<p>{_marked(found.abstract, evidence.quotes)}</p></details>"
    )


def _marked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    parts, place = [], 0
    for first, end in sorted(spans):
        start = max(first, place)
        if end > start:
            parts += [escape(text[place:start]), f"<mark>{escape(text[start:end])}</mark>"]
            place = end
    return "".join([*parts, escape(text[place:])])

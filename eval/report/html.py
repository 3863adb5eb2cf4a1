"""A report as one HTML file that opens without a network: plots, and every case opened up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from html import escape
from pathlib import Path

from eval.gate.baseline_comparison import Held
from eval.records import Mean, Report, Row
from eval.report.html_cases import case_list
from eval.report.markdown import HEADLINES
from eval.report.phrases import (
    BLIND_SPOTS,
    against_baseline,
    bare,
    groups,
    measures_in_order,
    shown,
    title,
)  # fmt: skip
from eval.report.plots import bar, histogram, interval
from eval.scoring.measures import LOWER_IS_BETTER
from ingest.records import Paper

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def web_report(
    report: Report,
    papers: Sequence[Paper],
    held: Held,
    *,
    more: Sequence[str] = (),
    others: Mapping[str, str] | None = None,
) -> str:
    """The whole page. `papers` are those of the corpus, for the evidence in its abstract.

    `more` is HTML of further parts, which stand before the cases; `others` are the places of the
    reports on other corpora, relative to this one.
    """
    parts = [
        *_header(report, held, others or {}),
        "<h2>Measures, with 95 % intervals</h2>",
        measure_table(measures_in_order(report)),
        f'<p class="soft">{escape(BLIND_SPOTS)}</p>',
        '<div class="pair">',
        f"<section><h2>Cases passed, by kind</h2>{_kinds(report)}</section>",
        f"<section><h2>Support of the sentences</h2>{_support(report.rows)}</section>",
        "</div>",
        *more,
        "<h2>Cases</h2>",
        *case_list(report, papers, held),
    ]
    return page(f"Eval on {report.corpus}", parts)


def page(title: str, parts: Sequence[str]) -> str:
    """An HTML page of these parts that loads nothing; `title` is plain text."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{escape(title)}</title><style>{_style()}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


@lru_cache(maxsize=1)
def _style() -> str:
    return Path(__file__).with_name("report.css").read_text(encoding="utf-8")


def _header(report: Report, held: Held, others: Mapping[str, str]) -> Iterator[str]:
    if others:
        links = (f'<a href="{escape(at)}">{escape(name)}</a>' for name, at in others.items())
        yield f"<nav><small>Other corpora: </small>{''.join(links)}</nav>"
    yield f"<h1>{escape(title(report))}</h1>"
    if said := against_baseline(held):
        yield f'<div class="banner {_colour(held)}"><b>{escape(said)}</b>{_moved(held)}</div>'
    tiles = {"passed": bare(report.means["passed"])}
    tiles |= {label: bare(report.means.get(name)) for name, label in HEADLINES.items()}
    boxes = (f'<div class="tile"><b>{value}</b>{name}</div>' for name, value in tiles.items())
    yield f'<div class="tiles">{"".join(boxes)}</div>'
    yield _provenance(report)


def _colour(held: Held) -> str:
    if held.worse:
        return "bad"
    return "good" if held.gate and not held.gate.left_out else ""


def _moved(held: Held) -> str:
    """The cases that moved since the baseline, each linked to where it stands, and the settings."""
    if held.gate is None:
        return ""
    moved = [(change, "bad") for change in held.gate.regressions]
    moved += [(change, "good") for change in held.gate.improvements]
    moved += [(change, "soft") for change in held.gate.changed]
    items = "".join(
        f'<li><a href="#{escape(change.id)}">{escape(change.id)}</a> '
        f'<span class="{kind}">{change.verdict}</span></li>'
        for change, kind in moved
    )
    settings = "; ".join(held.gate.settings)
    differ = f"<p>Settings that differ: {escape(settings)}.</p>" if settings else ""
    return (f"<ul>{items}</ul>" if items else "") + differ


def _provenance(report: Report) -> str:
    known: Mapping[str, object] = {**report.provenance, **report.fingerprints, **report.settings}
    rows = table_rows((name, str(value)) for name, value in known.items())
    return f"<details><summary>What was run</summary><table>{rows}</table></details>"


def table_rows(rows: Iterable[Sequence[str]]) -> str:
    """Table rows of plain text."""
    cells = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    return "".join(f"<tr>{row}</tr>" for row in cells)


def measure_table(measures: Iterable[tuple[str, Mean]]) -> str:
    """A row a measure: its mean with a 95 % interval, drawn and in figures, and its n.

    Intervals are normal ones. Counts have no line to be drawn on.
    """
    rows = []
    for name, mean in measures:
        label = f"{name}{' <small>lower is better</small>' if name in LOWER_IS_BETTER else ''}"
        plot = _drawn(name, mean) if name != "unsupported_atoms" else ""
        rows.append(
            f'<tr><td class="name">{label}</td><td class="plot">{plot}</td><td>{shown(mean)}</td>'
            f'<td class="less">{mean.n}</td><td class="less">{mean.unscored or ""}</td></tr>'
        )
    head = (
        "<tr><th>measure</th><th>0 to 1</th><th>mean ± se</th>"
        '<th class="less">n</th><th class="less">not scored</th></tr>'
    )
    return f'<table class="figures">{head}{"".join(rows)}</table>'


def _drawn(name: str, mean: Mean) -> str:
    if mean.mean is None:
        return ""
    half = 1.96 * (mean.se or 0.0)
    return interval(mean.mean, mean.mean - half, mean.mean + half, name)


def _kinds(report: Report) -> str:
    rows = []
    for group, members in groups(report).items():
        passed = sum(row.passed for row in members)
        rows.append(
            f'<tr><td>{escape(group)}</td><td class="plot">{bar(passed, len(members), group)}</td>'
            f"<td>{passed} of {len(members)}</td></tr>"
        )
    return f'<table class="figures">{"".join(rows)}</table>'


def _support(rows: Sequence[Row]) -> str:
    values = [line.support for row in rows for line in row.sentences]
    whole = sum(value >= 1 for value in values)
    return (
        histogram(values, 1.0, "support") + f'<p class="soft">{len(values)} sentences, {whole} of '
        "them verbatim or made of the fields that they cite.</p>"
    )

"""What a judge found, as Markdown, and as a part of the HTML report."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from eval.judging.calibration import Standing
from eval.judging.judge import Judged, JudgedRow
from eval.records import Mean
from eval.report.html import measure_table
from eval.report.markdown import cell, figures, table


def judge_summary(judged: Judged, standing: Standing) -> str:
    """Means, what could not be read, contradicted sentences, and what the grades are worth."""
    rows = ((name, *figures(mean)) for name, mean in _named(judged))
    parts = [
        f"### Graded by {cell(judged.model)}",
        "",
        str(standing),
        "",
        *table(("measure", "mean ± se", "n", "not scored"), rows),
        "",
        _unread(judged),
        *(f"- {cell(line)}" for line in _contradicted(judged)),
        "",
    ]
    return "\n".join(parts)


def judge_page(judged: Judged, standing: Standing) -> str:
    """The same as HTML, with every grade opened to its prompt and reply."""
    parts = [
        f"<h2>Graded by {escape(judged.model)}</h2>",
        f"<p>{escape(str(standing))}</p>",
        measure_table(_named(judged)),
        f'<p class="soft">{escape(_unread(judged))}</p>',
        *(_row(row) for row in judged.rows if row.grades),
    ]
    return "\n".join(parts)


def _named(judged: Judged) -> Iterator[tuple[str, Mean]]:
    for name, mean in judged.means.items():
        yield name + (" (fewer are better)" if name == "contradictions" else ""), mean


def _unread(judged: Judged) -> str:
    grades = sum(len(row.grades) for row in judged.rows)
    return (
        f"{grades} grades; {judged.unparsed} replies held no verdict, and {judged.ungraded} grades "
        f"are unscored.{_agreement(judged)}"
    )


def _agreement(judged: Judged) -> str:
    mean = judged.agreement.mean
    return "" if mean is None else f" Repeated readings agree in {100 * mean:.0f} % of their pairs."


def _contradicted(judged: Judged) -> Iterator[str]:
    for row in judged.rows:
        for about, grade in row.grades:
            if grade.verdict == "contradicts":
                yield f"{row.id}: the record contradicts: {about}"


def _row(row: JudgedRow) -> str:
    scores = ", ".join(
        f"{name} {value:g}" for name, value in row.measures.items() if value is not None
    )
    grades = "".join(
        f"<details><summary>{escape(grade.scale)}: <b>{grade.verdict or 'unscored'}</b> · "
        f"{escape(about)}</summary>"
        + "".join(
            f"<pre>{escape(reading.prompt[-1]['content'])}</pre><pre>{escape(reading.reply)}</pre>"
            for reading in grade.readings
        )
        + "</details>"
        for about, grade in row.grades
    )
    return f"<details><summary>{escape(row.id)} ({escape(scores)})</summary>{grades}</details>"

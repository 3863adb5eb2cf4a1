"""What every form of a report says in the same words: figures, headings, papers, reasons."""

from __future__ import annotations

from eval.gate.baseline_comparison import Held
from eval.gate.gate import Gate
from eval.records import EXTRACTIVE, Mean, Report, Row
from eval.scoring.measures import NAMES
from eval.scoring.statistics import percentile

BLIND_SPOTS = (
    "Overlap measures see wording and numbers: they cannot see a negation, a contradiction in the "
    "same words, or a citation of a paper that says almost the same."
)


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


def failing(report: Report) -> list[Row]:
    """The rows that did not pass, in case order."""
    return [row for row in report.rows if not row.passed]


def paper(report: Report, paper_id: str) -> str:
    """Title and id of a paper that the report names."""
    title = report.titles.get(paper_id)
    return f"{title} ({paper_id})" if title else paper_id


def shown(mean: Mean | None) -> str:
    """A mean with its standard error to three places, or a dash."""
    if mean is None or mean.mean is None:
        return "-"
    return f"{mean.mean:.3f}" if mean.se is None else f"{mean.mean:.3f} ± {mean.se:.3f}"


def bare(mean: Mean | None) -> str:
    """A mean to three places, or a dash."""
    return "-" if mean is None or mean.mean is None else f"{mean.mean:.3f}"


def cases(n: int) -> str:
    """ "1 case", "2 cases"."""
    return "1 case" if n == 1 else f"{n} cases"


def title(report: Report) -> str:
    """Corpus and cases passed, and what wrote the answers where that was a model."""
    by = "" if report.written_by == EXTRACTIVE else f", answers {report.written_by}"
    return f"Eval on {report.corpus}: {report.passed} of {len(report.rows)} cases pass{by}"


def against_baseline(held: Held) -> str:
    """How the run stands to its baseline in one sentence; empty where none is named."""
    problem = f"Not held against the baseline: {held.problem}" if held.problem else ""
    if held.beside:
        found = held.beside
        return (
            "Not gated, since a model wrote the answers. Beside the baseline's "
            f"({found.written_by[0]}): {cases(len(found.won))} won, {len(found.lost)} lost, "
            f"{len(found.unchanged)} unchanged (exact McNemar p = {found.p:.3g})."
        )
    verdict = _verdict(held.gate) if held.gate else ""
    return f"{verdict} {problem}".strip()


def _verdict(gate: Gate) -> str:
    better = f"; {len(gate.improvements)} better" if gate.improvements else ""
    changed = f"; {cases(len(gate.changed))} with equal scores changed" if gate.changed else ""
    if gate.worse:
        told = f"The gate does not hold: {'; '.join(gate.worse)}{better}{changed}."
    elif gate.left_out:
        told = f"Of the cases that could be compared none is worse{better}{changed}."
    else:
        told = f"The gate holds: no case is worse than in the baseline{better}{changed}."
    return " ".join(part for part in (told, gate.corpus, gate.left_out) if part)


def excerpt(text: str, most: int = 400) -> str:
    """The beginning of a text in one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def was(text: str) -> str:
    """An answer of the baseline, which is empty where its text may not be kept."""
    return text or "(its text is not kept)"


def speed(report: Report) -> str:
    """Median and 95th percentile of the seconds a question, and tokens where a server counted.

    For a terminal alone: the files of a report are the same each time.
    """
    seconds = list(report.seconds.values())
    if not seconds:
        return "Seconds were not kept."
    median, slow = percentile(seconds, 0.5), percentile(seconds, 0.95)
    tokens = f" {report.spent}." if report.spent.read else ""
    return f"Seconds a question: median {median:.2f}, 95 % within {slow:.2f}.{tokens}"


def failure_lines(report: Report, row: Row) -> list[str]:
    """Why a row did not pass, what was expected and what came, a line each."""
    expected = "; ".join(paper(report, p) for p in row.expected) or "to abstain"
    got = "; ".join(paper(report, p) for p in row.cited) or "no citation"
    if row.abstained:
        got = "an abstention"
    return [*row.reasons, f"expected: {expected}", f"got: {got}"]

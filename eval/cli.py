"""`askpapers eval`: score the cases, hold them against the baseline, measure retrieval."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.errors import NotComparable, Regression, UsageError

if TYPE_CHECKING:
    from app.engine import Engine
    from app.settings import Settings
    from eval.comparing import Gate
    from eval.records import Case, Report

CasesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--cases",
        metavar="PATH",
        help="Case file or folder; repeat it for several. [default: the project's own]",
    ),
]
IndexOption = Annotated[
    Path | None, typer.Option("--index", metavar="DIR", help="Score on this index instead.")
]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the report goes.")]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON, and nothing else, to stdout.")
]

commands = typer.Typer(
    help="Score answers against hand-written cases, offline, with the same result every time.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@commands.command()
def run(
    cases: CasesOption = None, index: IndexOption = None, out: OutOption = Path("eval-report")
) -> None:
    """Score every case on every corpus at hand, and hold the result against the baseline."""
    from rich.console import Console

    from eval.report import render_terminal, summary

    chosen = _cases(cases)
    summaries: list[str] = []
    lost = 0
    for report, papers in _reports(chosen, index):
        gated = None if cases or index else _gate(report)
        place = out if report.corpus in ("sample", "index") else out / report.corpus
        _write(report, papers, place, gated)
        summaries.append(summary(report, gated))
        Console(stderr=False).print(render_terminal(report, gated))
        lost += len(gated.regressions) if gated else 0
    (out / "summary.md").write_text("\n".join(summaries), encoding="utf-8")
    print(
        f"The report is in {out}: summary.md, report.html, results.json, junit.xml.",
        file=sys.stderr,
    )
    if lost:
        raise Regression(
            f"{lost} cases are worse than the baseline; {out / 'summary.md'} names each. "
            "If that is meant, run askpapers eval bless."
        )


@commands.command()
def check(cases: CasesOption = None, index: IndexOption = None) -> None:
    """Check that every case can be scored: its papers are found, its facts stand in them."""
    from eval.cases import check as problems_of
    from eval.cases import coverage, resolve_all

    chosen = _cases(cases)
    for name, engine in _engines(index):
        held = engine.index.catalog.papers()
        problems = problems_of(chosen, held)
        for problem in problems:
            print(f"{name}: {problem}")
        if problems:
            raise UsageError(
                f"{len(problems)} problems in the cases for {name}; mend the lines above."
            )
        covered = coverage(resolve_all(chosen, held), held)
        kinds = ", ".join(f"{count} {group}" for group, count in covered.by_group.items())
        asked = sum(1 for count in covered.by_paper.values() if count)
        print(
            f"{name}: {len(chosen)} cases are sound ({kinds}); "
            f"{asked} of {len(held)} papers are asked about."
        )


@commands.command()
def bless(cases: CasesOption = None) -> None:
    """Make the present results the baseline of the gate."""
    from eval.baseline import bless as store
    from eval.corpora import BASELINE, at_hand

    ours = {corpus.name: corpus.ours for corpus in at_hand()}
    for report, _ in _reports(_cases(cases), None):
        store(report, BASELINE, keep_text=ours[report.corpus])
        print(
            f"{report.corpus}: {report.passed} of {len(report.rows)} cases pass; "
            "that is the baseline now."
        )


@commands.command()
def compare(
    before: Annotated[
        Path, typer.Argument(metavar="BEFORE", help="results.json of the earlier run.")
    ],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="results.json of the later run.")],
) -> None:
    """Compare two runs case by case: won, lost, unchanged, new, gone."""
    from eval.comparing import compare as compared
    from eval.report import comparison
    from eval.running import read

    print(comparison(compared(read(before), read(after))))


@commands.command()
def retrieval(
    queries: Annotated[
        Path, typer.Option("--queries", metavar="F", help='JSON Lines of {"id", "text"}.')
    ],
    qrels: Annotated[
        Path,
        typer.Option("--qrels", metavar="F", help="Tab-separated query-id, corpus-id, relevance."),
    ],
    index: IndexOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write the figures of every query here."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Score the ranking of `search` with nDCG@10, recall and MRR."""
    from eval.ranking import evaluate, read_qrels, read_queries

    asked, judged = read_queries(queries), read_qrels(qrels)
    _, engine = _engines(index, needed=True)[0]
    found = evaluate(
        asked,
        judged,
        lambda text, limit: [p.paper for p in engine.search(text, limit)],
        engine.index.catalog.papers(),
    )
    stored = found.as_json()
    if out is not None:
        out.write_text(json.dumps(stored, indent=1), encoding="utf-8")
    if as_json:
        print(json.dumps(stored["means"], indent=2))
        return
    for name, mean in found.means.items():
        print(f"{name:<10} {mean.mean:.3f} ± {mean.se or 0:.3f}  (n = {mean.n})")


@commands.command()
def meta(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE.jsonl...", help='Lines of {"claim", "context", "supported"}.'),
    ],
    as_json: JsonOption = False,
) -> None:
    """Say how well the support score agrees with human labels: AUROC and balanced accuracy."""
    from app.support import support
    from eval.meta import meta as measured

    rows = [measured(file, support) for file in files]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        low, high = row["auroc_ci"]
        print(
            f"{row['file']}: AUROC {row['auroc']:.3f} ({low:.3f} to {high:.3f}), "
            f"balanced accuracy {row['balanced_accuracy']:.3f}, n = {row['n']}"
        )


def _cases(paths: Sequence[Path] | None) -> list[Case]:
    from eval.casefiles import load
    from eval.corpora import CASES

    return load(list(paths) if paths else [CASES])


def _settings() -> Settings:
    from app.settings import Settings
    from ingest.settings import load

    return load(Settings)


def _engines(index: Path | None, needed: bool = False) -> list[tuple[str, Engine]]:
    from app.engine import Engine
    from eval.corpora import at_hand, engine_for

    settings = _settings()
    if index is not None or needed:
        return [("index", Engine(index or settings.index, settings))]
    found = []
    for corpus in at_hand():
        with engine_for(corpus, settings) as engine:
            found.append((corpus.name, engine))
    return found


def _reports(cases: Sequence[Case], index: Path | None) -> list[tuple[Report, Any]]:
    """A report for each corpus, with its papers."""
    from app.support import THRESHOLD, support
    from eval.running import run as score

    settings = _settings()
    reports = []
    for name, engine in _engines(index):
        papers = engine.index.catalog.papers()
        report = score(
            cases, engine.ask, papers, support=support, threshold=THRESHOLD, corpus=name,
            settings=settings.model_dump(mode="json"), provenance={"commit": _commit()},
        )  # fmt: skip
        reports.append((report, papers))
    return reports


def _gate(report: Report) -> Gate | None:
    from eval.baseline import blessed
    from eval.comparing import gate
    from eval.corpora import BASELINE

    if not BASELINE.is_file():
        raise NotComparable("There is no baseline yet: run askpapers eval bless, and commit it.")
    return gate(report, blessed(BASELINE, report.corpus))


def _write(report: Report, papers: Any, place: Path, gated: Gate | None) -> None:
    from eval.report import junit, summary
    from eval.running import write
    from eval.webreport import web_report

    write(report, place)
    (place / "summary.md").write_text(summary(report, gated), encoding="utf-8")
    (place / "junit.xml").write_text(junit(report), encoding="utf-8")
    (place / "report.html").write_text(web_report(report, papers), encoding="utf-8")


def _commit() -> str:
    """The commit of the project, or "unknown" outside a checkout."""
    done = subprocess.run(
        ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"

"""`askpapers eval`: score the cases, hold them against the baseline, measure retrieval."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.options import (
    BaselineOption,
    CasesOption,
    GeneratedOption,
    IndexOption,
    JsonOption,
    JudgeCacheOption,
    JudgeOption,
    OutOption,
    WorkersOption,
)
from ingest.errors import UsageError

if TYPE_CHECKING:
    from eval.judging.judge import Cache

commands = typer.Typer(
    help="Score answers against hand-written cases, always the same way.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@commands.command()
def run(
    cases: CasesOption = None,
    index: IndexOption = None,
    out: OutOption = Path("eval-report"),
    baseline: BaselineOption = None,
    judge: JudgeOption = False,
    judge_cache: JudgeCacheOption = "live",
    generated: GeneratedOption = False,
    workers: WorkersOption = 0,
) -> None:
    """Score every case, and hold the result against the baseline.

    Without --index they run on the sample corpus, and on those whose texts are at hand.
    Cases or an index of your own are held against a baseline of your own: --baseline.
    Answers are extractive, so that a score never depends on a server, unless --generated.
    """
    from rich.console import Console

    from eval.dataset.corpora import skipped
    from eval.gate.baseline_comparison import hold, settle
    from eval.report.markdown import overview
    from eval.report.terminal import render_terminal
    from eval.running.session import Options, names, scored, write_all

    options = Options(workers, _cache(judge_cache) if judge else None, generated)
    corpora = names(cases, index)
    texts: list[str] = []
    runs = []
    for found in scored(cases, index, out, options):
        held = hold(found.report, baseline, is_own=bool(cases or index))
        runs.append((found.report, held))
        texts.append(write_all(found, out, corpora, held))
        Console(stderr=False).print(render_terminal(found.report, held))
    if len(runs) > 1:
        texts.insert(0, overview(runs))
    if not index and (absent := skipped()):
        texts.append(f"{absent}\n")
        print(absent, file=sys.stderr)
    (out / "summary.md").write_text("\n".join(texts), encoding="utf-8")
    print(
        f"The report is in {out}: summary.md, report.html, results.json, junit.xml.",
        file=sys.stderr,
    )
    settle([held for _, held in runs], out / "summary.md")


@commands.command()
def check(cases: CasesOption = None, index: IndexOption = None) -> None:
    """Check that every case can be scored. Its papers are found, its facts stand in them."""
    from eval.dataset.corpora import skipped
    from eval.dataset.paper_phrases import check as problems_of
    from eval.dataset.paper_phrases import coverage, coverage_lines, resolve_all
    from eval.running.session import engines, settings

    unsound = 0
    for name, chosen, engine in engines(cases, index, settings()):
        held = engine.index.catalog.papers()
        problems = problems_of(chosen, held)
        unsound += len(problems)
        lines = problems or coverage_lines(coverage(resolve_all(chosen, held), held))
        for line in lines:
            print(f"{name}: {line}")
    if unsound:
        are = "is 1 problem" if unsound == 1 else f"are {unsound} problems"
        raise UsageError(f"There {are} in the cases; mend the lines above.")
    if not index and (absent := skipped()):
        print(absent, file=sys.stderr)


@commands.command()
def bless(
    cases: CasesOption = None,
    index: IndexOption = None,
    baseline: BaselineOption = None,
    generated: GeneratedOption = False,
) -> None:
    """Make the present results the baseline of the gate."""
    from eval.dataset.corpora import BASELINE, at_hand
    from eval.gate.baseline import bless as store
    from eval.running.session import Options, scored

    if generated and baseline is None:
        raise UsageError("Generated answers need a baseline of their own: --baseline FILE.")
    ours = {corpus.name: corpus.ours for corpus in at_hand()}
    for found in scored(cases, index, None, Options(generated=generated)):
        report = found.report
        store(report, baseline or BASELINE, keep_text=ours.get(report.corpus, True))
        print(
            f"{report.corpus}: {report.passed} of {len(report.rows)} cases pass; "
            "that is the baseline now."
        )


@commands.command()
def sweep(
    choices: Annotated[
        list[str],
        typer.Option(
            "--set", metavar="NAME=A,B", help="A setting and its values; repeat it for a grid."
        ),
    ],
    cases: CasesOption = None,
    corpus: Annotated[str, typer.Option("--corpus", help="Corpus at hand.")] = "sample",
    measure: Annotated[
        str, typer.Option("--measure", help="Measure that stands for quality.")
    ] = "passed",
    out: OutOption = Path("eval-sweep"),
    generated: GeneratedOption = False,
    workers: WorkersOption = 0,
) -> None:
    """Score the cases with every combination of settings."""
    from rich.console import Console

    from eval.dataset.corpora import cases_of
    from eval.report.sweep import sweep_table, write_sweep
    from eval.running.session import Options, chosen_cases, progress_bar, settings
    from eval.running.sweep import grid, swept

    points = grid(choices, settings(generated))
    chosen = chosen_cases(cases or [cases_of(corpus)])
    with progress_bar(len(points), "combinations") as step:
        found = swept(points, chosen, corpus, measure, Options(workers), step)
    write_sweep(found, measure, out)
    Console().print(sweep_table(found, measure))
    print(
        f"The table and the plot are in {out}: sweep.md, sweep.html, sweep.json.", file=sys.stderr
    )


@commands.command()
def compare(
    before: Annotated[
        Path, typer.Argument(metavar="BEFORE", help="results.json of the earlier run.")
    ],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="results.json of the later run.")],
) -> None:
    """Compare two runs case by case."""
    from eval.gate.comparison import compare as compared
    from eval.report.markdown import comparison
    from eval.running.run import read

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
    from eval.running.session import opened, settings
    from eval.scoring.retrieval import evaluate, read_qrels, read_queries

    asked, judged = read_queries(queries), read_qrels(qrels)
    chosen = settings()
    with opened(index or chosen.index, chosen) as engine:
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
    judge: JudgeOption = False,
    judge_cache: JudgeCacheOption = "live",
    workers: WorkersOption = 0,
) -> None:
    """Say how well support, or the judge, agrees with human labels."""
    from eval.scoring.agreement import judge_rows, support_rows, told

    worth = None
    if judge:
        rows, worth = judge_rows(files, _cache(judge_cache), workers)
    else:
        rows = support_rows(files)
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        print(told(row))
    if worth:
        print(worth)


def _cache(name: str) -> Cache:
    if name == "live":
        return "live"
    if name == "replay":
        return "replay"
    raise UsageError(f"--judge-cache is live or replay, not {name}.")

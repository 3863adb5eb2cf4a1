"""`askpapers eval`: score the cases, hold them against the baseline, measure retrieval."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.case_commands import draft, export, from_feedback
from eval.options import (
    AcceptWorseOption,
    AgainstOption,
    AnswersOption,
    AtMostOption,
    BaselineOption,
    CasesOption,
    CommandOption,
    GeneratedOption,
    IndexOption,
    JsonOption,
    JudgeCacheOption,
    JudgeGatesOption,
    JudgeOption,
    LeastOption,
    OutOption,
    ReasonOption,
    RepeatOption,
    UrlOption,
    WorkersOption,
)
from ingest.errors import UsageError

if TYPE_CHECKING:
    from eval.judging.judge import Cache
    from eval.systems.asking import System

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
    against: AgainstOption = "",
    at_most: AtMostOption = None,
    judge: JudgeOption = False,
    judge_cache: JudgeCacheOption = "live",
    judge_gates: JudgeGatesOption = False,
    repeat: RepeatOption = 3,
    generated: GeneratedOption = False,
    workers: WorkersOption = 0,
    answers: AnswersOption = None,
    url: UrlOption = None,
    command: CommandOption = None,
    least: LeastOption = None,
) -> None:
    """Score every case, and hold the result against the baseline.

    Without --index they run on the sample corpus, and on those whose texts are at hand.
    Cases or an index of your own are held against a baseline of your own: --baseline.
    Answers are extractive, so that a score never depends on a server, unless --generated.
    Those of another system come with --answers, --url or --command.
    """
    from eval.gate.limits import limits
    from eval.gate.tags import asked_least
    from eval.running.gated import Asked, Holding, run_gated
    from eval.running.session import Options

    grading = _cache(judge_cache) if judge or judge_gates else None
    system = _system(answers, url, command, generated)
    options = Options(workers, grading, generated, system, repeat, judge_gates)
    holding = Holding(baseline, against, limits(at_most or ()), asked_least(least or ()))
    run_gated(Asked(cases, index, system is not None), out, options, holding)


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
    reason: ReasonOption = "",
    accept_worse: AcceptWorseOption = False,
    judge_cache: JudgeCacheOption = "live",
    judge_gates: JudgeGatesOption = False,
    repeat: RepeatOption = 3,
    generated: GeneratedOption = False,
    answers: AnswersOption = None,
    url: UrlOption = None,
    command: CommandOption = None,
) -> None:
    """Make the present results the baseline; say what changes.

    Single case files are merged into it. What became worse is refused without --accept-worse.
    """
    from eval.running.gated import Asked, Consent, bless_all
    from eval.running.session import Options

    grading = _cache(judge_cache) if judge_gates else None
    system = _system(answers, url, command, generated)
    options = Options(0, grading, generated, system, repeat, judge_gates)
    asked = Asked(cases, index, system is not None)
    bless_all(asked, baseline, options, Consent(reason, accept_worse))


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


commands.command()(export)
commands.command()(draft)
commands.command("from-feedback")(from_feedback)


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
def trend(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="Folders of stored runs, or a folder of them."),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the page goes.")] = Path(
        "trend.html"
    ),
) -> None:
    """Draw how the measures of stored runs went, on a page."""
    from eval.report.trend import points, trend_page

    found = points(runs)
    out.write_text(trend_page(found), encoding="utf-8")
    print(f"The page is {out}: {len(found)} runs.", file=sys.stderr)


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
    repeat: RepeatOption = 3,
    workers: WorkersOption = 0,
) -> None:
    """Say how well support, or a judge, agrees with people."""
    from eval.scoring.agreement import judge_rows, support_rows, told

    worth = None
    if judge:
        rows, worth = judge_rows(files, _cache(judge_cache), workers, repeat)
    else:
        rows = support_rows(files)
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        print("\n".join(told(row)))
    if worth:
        print(worth)


def _system(
    answers: Path | None, url: str | None, command: str | None, generated: bool
) -> System | None:
    from eval.running.session import settings
    from eval.systems.asking import system

    found = system(answers, url, command, seconds=settings().timeout)
    if found and generated:
        raise UsageError("--generated is the engine's own; another system writes its answers.")
    return found


def _cache(name: str) -> Cache:
    if name == "live":
        return "live"
    if name == "replay":
        return "replay"
    raise UsageError(f"--judge-cache is live or replay, not {name}.")

"""What the eval commands share: engines over the corpora, scored reports, and what is written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from app.engine import Engine
from app.settings import Settings
from app.support import THRESHOLD, support
from eval.baseline import blessed
from eval.cases import resolve_all
from eval.comparing import Gate, gate
from eval.corpora import BASELINE, CASES, asked, at_hand, engine_for
from eval.judge import Cache, Judged, judge, kept_replies
from eval.judgereport import judge_page, judge_summary
from eval.kept import Kept, code_fingerprint, run_key
from eval.records import Case, Report
from eval.report import junit, summary
from eval.running import corpus_fingerprint, dumps, run, write
from eval.server import with_server
from eval.standing import Standing, standing
from eval.webreport import web_report
from ingest.errors import NotComparable
from ingest.records import Paper
from ingest.settings import load

ROOT = Path(__file__).parent.parent
_PARTIAL = "unfinished.jsonl"


@dataclass(frozen=True, slots=True)
class Options:
    """How a run goes: cases at once (0 for as many as the settings say), and with which judge."""

    workers: int = 0
    judge: Cache | None = None

    def at_once(self, settings: Settings) -> int:
        """Side by side only with a server: alone, one process answers as fast one by one."""
        return (self.workers or settings.parallel) if settings.has_server else 1


@dataclass(frozen=True, slots=True)
class Scored:
    """A report with the papers of its corpus, and what the judge made of it."""

    report: Report
    papers: Sequence[Paper]
    judged: tuple[Judged, Standing] | None = None


def settings() -> Settings:
    """The settings of the environment; raises SettingsError."""
    return load(Settings)


def chosen_cases(paths: Sequence[Path] | None) -> list[Case]:
    """The cases of the named files, else the project's own."""
    from eval.casefiles import load as load_cases

    return load_cases(list(paths) if paths else [CASES])


def engines(
    paths: Sequence[Path] | None, index: Path | None, chosen: Settings
) -> Iterator[tuple[str, list[Case], Engine]]:
    """The engine over a named index; else one a corpus at hand, each open until the next.

    With each come the cases to ask of it: those of the named files, else its own.
    """
    if index is not None:
        with opened(index, chosen) as engine:
            yield "index", chosen_cases(paths), engine
        return
    corpora = asked(at_hand(), paths)
    # All cases are read first: a mistake in the last file need not wait for the other corpora.
    cases = [chosen_cases(paths or [corpus.cases]) for corpus in corpora]
    for corpus, own in zip(corpora, cases, strict=True):
        with engine_for(corpus, chosen) as engine:
            yield corpus.name, own, engine


@contextmanager
def opened(folder: Path, chosen: Settings) -> Iterator[Engine]:
    """The engine over an index that is there already."""
    engine = Engine(folder, chosen)
    try:
        yield engine
    finally:
        engine.index.close()


def place_of(out: Path, corpus: str) -> Path:
    """The folder of a corpus' report: `out` itself for the first, a folder in it for others."""
    return out if corpus in ("sample", "index") else out / corpus


def scored(
    paths: Sequence[Path] | None, index: Path | None, out: Path | None, options: Options
) -> Iterator[Scored]:
    """A report for each corpus. Rows of an interrupted run are kept in `out`, where given."""
    chosen = settings()
    for name, cases, engine in engines(paths, index, chosen):
        papers = engine.index.catalog.papers()
        kept = _kept(chosen, papers, place_of(out, name)) if out else None
        if kept:
            _tell_resumed(len(kept), name)
        with progress_bar(len(cases), f"asking {name}") as step:
            report = run(
                cases, with_server(engine.ask, chosen), papers, support=support,
                threshold=THRESHOLD, corpus=name, settings=chosen.model_dump(mode="json"),
                provenance=_provenance(), progress=step, workers=options.at_once(chosen),
                kept=kept,
            )  # fmt: skip
        found = Scored(report, papers)
        if options.judge:
            found = replace(found, judged=_judged(cases, found, chosen, options))
        if kept is not None:
            kept.done()
        yield found


def gated(report: Report, baseline: Path | None) -> Gate:
    """The report against its blessed one; raises NotComparable where there is none."""
    path = baseline or BASELINE
    if not path.is_file():
        raise NotComparable(
            f"There is no baseline {path.name} yet: run askpapers eval bless, and commit it."
        )
    return gate(report, blessed(path, report.corpus))


def write_all(found: Scored, place: Path, gate_found: Gate | None) -> str:
    """Write every form of a report into a folder; returns the Markdown."""
    text = summary(found.report, gate_found)
    page: tuple[str, ...] = ()
    write(found.report, place)
    if found.judged:
        judged, worth = found.judged
        text += "\n" + judge_summary(judged, worth)
        page = (judge_page(judged, worth),)
        (place / "judge.json").write_text(dumps(judged.as_json()), encoding="utf-8")
    (place / "summary.md").write_text(text, encoding="utf-8")
    (place / "junit.xml").write_text(junit(found.report), encoding="utf-8")
    web = web_report(found.report, found.papers, page)
    (place / "report.html").write_text(web, encoding="utf-8")
    return text


@contextmanager
def progress_bar(total: int, label: str) -> Iterator[Callable[[str], None]]:
    """A bar on a terminal that each call moves on by one; nothing where nobody watches."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda _: bar.advance(task)


def _judged(
    cases: Sequence[Case], found: Scored, chosen: Settings, options: Options
) -> tuple[Judged, Standing]:
    assert options.judge is not None
    replies = kept_replies(chosen, options.judge)
    resolved = resolve_all(cases, found.papers)
    workers = options.workers or chosen.parallel
    with progress_bar(len(cases), f"judging {found.report.corpus}") as step:
        judged = judge(
            found.report, resolved, found.papers, replies, workers=workers, progress=step
        )
    return judged, standing(replies.folder, replies.model, replies.temperature)


def _kept(chosen: Settings, papers: Sequence[Paper], place: Path) -> Kept:
    parts = {
        "code": code_fingerprint(ROOT),
        "settings": chosen.model_dump(mode="json"),
        "corpus": corpus_fingerprint(papers),
        "records": sorted((p.paper_id, p.title, p.authors, p.year, p.venue) for p in papers),
    }
    return Kept(place / _PARTIAL, run_key(parts))


def _tell_resumed(cases: int, corpus: str) -> None:
    print(f"{corpus}: going on after {cases} cases of an unfinished run.", file=sys.stderr)


def _provenance() -> dict[str, str]:
    return {"commit": commit(), "engine": code_fingerprint(ROOT, ("ingest", "app"))}


def commit() -> str:
    """The commit of the project, or "unknown" outside a checkout."""
    done = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"

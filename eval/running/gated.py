"""A run from the cases to the verdict of the gate, and the blessing of one."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from eval.dataset.corpora import BASELINE, are_ours, at_hand
from eval.gate.absent import not_gated
from eval.gate.baseline import Blessing, bless, blessed
from eval.gate.baseline_comparison import Against, Held, hold, refuse_unreadable, settle
from eval.gate.blessing import Weighed, weighed
from eval.gate.limits import beyond, refuse_unmeasured
from eval.gate.tags import short, tag_parts
from eval.records import Report, Spent
from eval.report.annotations import commands
from eval.report.fitting import Part, fitted
from eval.report.markdown import overview
from eval.report.terminal import render_terminal
from eval.running.session import (
    Options,
    Scored,
    clear_reports,
    commit,
    names,
    scored,
    write_all,
)
from ingest.errors import NotComparable, Regression, UsageError


@dataclass(frozen=True, slots=True)
class Asked:
    """What is scored: case files and folders (the project's own where none), and an index.

    `other` where another system answers.
    """

    cases: Sequence[Path] | None = None
    index: Path | None = None
    other: bool = False

    @property
    def is_own(self) -> bool:
        """Whether cases or index are not the project's, whose baseline then says nothing."""
        return self.other or self.index is not None or not are_ours(self.cases or ())

    @property
    def whole(self) -> bool:
        """Whether every case is asked, as far as can be seen: single files are a part."""
        return not self.cases or all(path.is_dir() for path in self.cases)


@dataclass(frozen=True, slots=True)
class Holding:
    """What a run is held against: a baseline, now or in a revision of git, and limits by name.

    `least` is the share of cases that has to pass, by tag.
    """

    baseline: Path | None = None
    revision: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)
    least: Mapping[str, float] = field(default_factory=dict)


def run_gated(asked: Asked, out: Path, options: Options, holding: Holding) -> None:
    """Score, write every form of the report, and raise Regression or NotComparable if so.

    Reports of an earlier run go first: a run that fails leaves none behind. Options that cannot be
    met are refused before, and take none away.
    """
    from rich.console import Console

    corpora = names(asked.cases, asked.index, options.system)
    counts = options.system is None or options.judge is not None
    refuse_unmeasured(holding.limits, seconds=options.is_timed, tokens=counts)
    against = Against(holding.baseline, holding.revision, asked.is_own, asked.whole)
    refuse_unreadable(against, corpora)
    clear_reports(out)
    runs: list[tuple[Report, Held]] = []
    parts: list[Part] = []
    spent = Spent()
    for found in scored(asked.cases, asked.index, out, options):
        held = hold(found.report, against)
        runs.append((found.report, held))
        spent += found.report.spent + found.judging
        parts += write_all(found, out, corpora, held)
        parts += tag_parts(found.report, holding.least)
        Console(stderr=False).print(render_terminal(found.report, held))
        for remark in found.remarks:
            print(remark, file=sys.stderr)
    reports = [report for report, _ in runs]
    over = [*beyond(reports, spent, holding.limits), *short(reports, holding.least)]
    beyond_limits = [Part(0, (f"**Beyond a limit:** {phrase}.", "")) for phrase in over]
    _tell(asked, out, runs, [*beyond_limits, *parts])
    settle([held for _, held in runs], out / "summary.md", over)


def _tell(
    asked: Asked, out: Path, runs: Sequence[tuple[Report, Held]], parts: Sequence[Part]
) -> None:
    told = [Part(0, (overview(runs),)), *parts] if len(runs) > 1 else list(parts)
    if not (asked.index or asked.other) and (absent := not_gated()):
        told.append(Part(2, (absent, "")))
        print(absent, file=sys.stderr)
    (out / "summary.md").write_text(fitted(told), encoding="utf-8")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        print("\n".join(commands(runs)))
    print(
        f"The report is in {out}: summary.md, report.html, results.json, junit.xml.",
        file=sys.stderr,
    )


@dataclass(frozen=True, slots=True)
class Consent:
    """Why a baseline is to change, and whether what became worse is accepted."""

    reason: str = ""
    accepts_worse: bool = False


def bless_all(asked: Asked, baseline: Path | None, options: Options, consent: Consent) -> None:
    """Show what would change, and make it the baseline; all corpora, or none where one may not be.

    Raises Regression for what is worse and not accepted, UsageError without a reason.
    """
    is_ours = baseline is None or baseline.resolve() == BASELINE.resolve()
    if is_ours and (options.generated or asked.other):
        whose = "Generated answers" if options.generated else "The answers of another system"
        raise UsageError(f"{whose} need a baseline of their own: --baseline FILE.")
    if baseline is None and asked.is_own:
        raise UsageError(
            "Cases or an index of your own need a baseline of their own: --baseline FILE."
        )
    path = baseline or BASELINE
    found = [
        (one, _weighed(one.report, path, asked))
        for one in scored(asked.cases, asked.index, None, options)
    ]
    for one, weight in found:
        _show(one.report.corpus, weight)
    _refuse(found, consent)
    ours = {corpus.name: corpus.ours for corpus in at_hand()}
    for one, weight in found:
        if not weight.is_same:
            blessing = _blessing(one, weight, consent, path)
            keep_text = ours.get(one.report.corpus, True)
            bless(weight.report, path, keep_text=keep_text, blessing=blessing)
        report = weight.report
        print(
            f"{report.corpus}: {report.passed} of {len(report.rows)} cases pass; "
            f"that is the baseline {'still' if weight.is_same else 'now'}."
        )


def _weighed(report: Report, path: Path, asked: Asked) -> Weighed:
    before = None
    if path.exists():
        try:
            before = blessed(path, report.corpus)
        except NotComparable:
            before = None
    return weighed(report, before, whole=asked.whole)


def _show(corpus: str, weight: Weighed) -> None:
    for line in weight.lines:
        print(f"{corpus}: {line}")


def _refuse(found: Sequence[tuple[Scored, Weighed]], consent: Consent) -> None:
    worse = [f"{one.report.corpus}: {phrase}" for one, w in found for phrase in w.worse]
    if worse and not consent.accepts_worse:
        raise Regression(
            f"Nothing was blessed, since this is worse than the baseline: {'; '.join(worse)}. "
            "Mend it, or accept it with --accept-worse."
        )
    if any(weight.needs_reason for _, weight in found) and not consent.reason.strip():
        raise UsageError('Nothing was blessed: say why, with --reason "...".')


def _blessing(one: Scored, weight: Weighed, consent: Consent, path: Path) -> Blessing:
    return Blessing(
        reason=" ".join(consent.reason.split()) or "The first baseline.",
        date=datetime.now(UTC).date().isoformat(),
        commit=commit(path.parent),
        cases=len(one.report.rows),
        settings=weight.settings,
        worse=weight.worse,
    )

"""Cases are asked, scored, and written down the same way twice."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path, PurePosixPath, PureWindowsPath

from app.answer import Answer
from app.retrieval.trace import overheard
from eval.dataset.paper_phrases import digest, resolve_all
from eval.records import EXTRACTIVE, SCHEMA, Case, Mean, Report, ResolvedCase, Row
from eval.running.checkpoint import Kept
from eval.running.parallel import in_order
from eval.scoring.context import Scorer, Support, make_scorer
from eval.scoring.rules import rules_fingerprint
from eval.scoring.score import score_case
from eval.scoring.statistics import mean_of, percentile
from ingest.errors import NotComparable, UsageError
from ingest.json_text import parsed
from ingest.records import Json, Paper

Ask = Callable[[str, Sequence[str]], Answer]
"""(question, history) -> the answer."""

_SECRET = re.compile(r"(?:^|_)(?:key|token|secret|password|credentials?|auth|dsn)$", re.IGNORECASE)


def run(
    cases: Sequence[Case],
    ask: Ask,
    papers: Sequence[Paper],
    *,
    support: Support,
    threshold: float,
    written_by: str = EXTRACTIVE,
    corpus: str = "corpus",
    settings: Mapping[str, object] | None = None,
    provenance: Mapping[str, str] | None = None,
    progress: Callable[[str], None] = lambda _: None,
    workers: int = 1,
    kept: Kept | None = None,
) -> Report:
    """The report of asking every case, in case order.

    `support(claim, record texts).score` scores in [0, 1], and backs a claim from `threshold` on.
    `written_by` is the tier of the answers,
    see `Report`. `settings` and `provenance` (commit, versions) are kept as
    they are, but for secrets and paths. `progress` hears each case's id when it is done. `workers`
    cases are asked side by side; rows that `kept` holds are not asked again. Raises UsageError for
    phrases that mean no paper or several; what `ask` raises passes through, so a
    dead server is never a low score.
    """
    if not cases:
        raise UsageError("There are no cases to run.")
    resolved = resolve_all(cases, papers)
    scorer = make_scorer(papers, support, threshold)

    def work(case: ResolvedCase) -> tuple[Row, float]:
        stored = kept.get(case.case.id, digest(case)) if kept is not None else None
        if stored is not None:
            return stored
        started = time.perf_counter()
        with overheard() as brought_up:
            answer = ask(case.case.question, case.case.history)
        took = time.perf_counter() - started
        row = score_case(case, answer, scorer, list(dict.fromkeys(brought_up)))
        if kept is not None:
            kept.add(row, took)
        return row, took

    rows, seconds = [], {}
    for row, took in in_order(work, resolved, workers):
        rows.append(row)
        seconds[row.id] = took
        progress(row.id)
    return Report(
        corpus=corpus,
        fingerprints={**_fingerprints(papers, rows, scorer), "answers": written_by},
        settings=public_settings(settings or {}),
        provenance=dict(provenance or {}),
        rows=tuple(rows),
        means=means_of(rows),
        titles=dict(sorted(_titles(rows, scorer))),
        papers={paper.paper_id: _hash(paper.abstract)[:8] for paper in papers},
        seconds=seconds,
    )


def means_of(rows: Sequence[Row]) -> dict[str, Mean]:
    """The mean of every measure over the rows, in the rows' order of measures; and of `passed`."""
    names = rows[0].measures if rows else ()
    means = {name: mean_of(row.measures[name] for row in rows) for name in names}
    return {"passed": mean_of(float(row.passed) for row in rows), **means}


def corpus_fingerprint(papers: Sequence[Paper]) -> str:
    """Sixteen hex digits over every paper's id and abstract, in whatever order they come."""
    pairs = sorted((paper.paper_id, paper.abstract) for paper in papers)
    return _hash(json.dumps(pairs, ensure_ascii=False))


def _fingerprints(papers: Sequence[Paper], rows: Sequence[Row], scorer: Scorer) -> dict[str, str]:
    return {
        "corpus": corpus_fingerprint(papers),
        "cases": cases_fingerprint(rows),
        "scorer": scorer.fingerprint,
        "rules": rules_fingerprint(),
    }


def cases_fingerprint(rows: Sequence[Row]) -> str:
    """Sixteen hex digits over what the cases ask and expect, in whatever order they come."""
    return _hash(json.dumps(sorted((row.id, row.digest) for row in rows)))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _titles(rows: Sequence[Row], scorer: Scorer) -> Iterator[tuple[str, str]]:
    for row in rows:
        for paper_id in (*row.expected, *row.acceptable, *row.cited, *row.retrieved):
            if paper_id in scorer.known:
                yield paper_id, scorer.known[paper_id].title


def public_settings(settings: Mapping[str, object]) -> dict[str, object]:
    """The settings that may be written down: no secrets, no folders of this machine.

    Values that are not plain (str, int, float, bool, None) are left out, and so are URLs other
    than http(s) and those with a user name or a query in them.
    """
    return {
        name: value
        for name, value in sorted(settings.items())
        if not _SECRET.search(name)
        and isinstance(value, (str, int, float, bool, type(None)))
        and not (isinstance(value, str) and _is_private(value))
    }


def _is_private(value: str) -> bool:
    if "://" in value:
        return not value.startswith(("http://", "https://")) or "@" in value or "?" in value
    is_path = PurePosixPath(value).is_absolute() or PureWindowsPath(value).is_absolute()
    return is_path or value.startswith("~")


def timings(report: Report) -> Json:
    """Seconds per case, their median and 95th percentile, and tokens; they never gate.

    Without seconds, those of all are `None`.
    """
    seconds = {case_id: round(value, 6) for case_id, value in report.seconds.items()}
    values = list(seconds.values())
    return {
        "p50": round(percentile(values, 0.5), 6) if values else None,
        "p95": round(percentile(values, 0.95), 6) if values else None,
        "total": round(sum(values), 6) if values else None,
        "tokens": asdict(report.spent),
        "cases": seconds,
    }


def write(report: Report, folder: Path) -> None:
    """Write results.json, the same bytes for the same answers, and timings.json into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(dumps(report.as_json()), encoding="utf-8")
    (folder / "timings.json").write_text(dumps(timings(report)), encoding="utf-8")


def dumps(stored: Json) -> str:
    """JSON with sorted keys, readable in a diff; NaN is an error."""
    text = json.dumps(stored, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return text + "\n"


def read(path: Path) -> Report:
    """The report in a results.json, or in the folder that holds one.

    Raises UsageError for a file that is none, NotComparable for one of another schema.
    """
    file = path / "results.json" if path.is_dir() else path
    try:
        stored = parsed(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file}: there are no results here; run `askpapers eval run`.") from error
    except ValueError as error:
        raise UsageError(f"{file}: this is not the results.json of an eval run.") from error
    return from_json(stored, str(file))


def from_json(stored: object, where: str) -> Report:
    """The report that `Report.as_json` wrote, without its seconds; `where` is for messages."""
    if not isinstance(stored, dict) or "schema" not in stored:
        raise UsageError(f"{where}: this is not the results.json of an eval run.")
    if stored["schema"] != SCHEMA:
        raise NotComparable(
            f"{where}: written in format {stored['schema']}, this version reads {SCHEMA}; "
            "run the cases again, and bless them if this is the baseline."
        )
    return Report(
        corpus=stored["corpus"],
        fingerprints=stored["fingerprints"],
        settings=stored["settings"],
        provenance=stored["provenance"],
        rows=tuple(Row.from_json(row) for row in stored["rows"]),
        means={name: Mean(**mean) for name, mean in stored["means"].items()},
        titles=stored["titles"],
        papers=stored.get("papers", {}),
    )

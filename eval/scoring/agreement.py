"""Files of human labels, held against the support score or against the judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.support.score import THRESHOLD, support
from eval.judging.calibration import Standing, remember
from eval.judging.grades import CLAIM
from eval.judging.judge import Cache, evaluators, kept_replies
from eval.running.session import progress_bar, settings
from eval.scoring import frozen_support
from eval.scoring.frozen_support import frozen_scorer
from eval.scoring.human_labels import contexts, judge_meta, meta
from ingest.embedding.models import StaticEmbedding
from ingest.records import Json


def support_rows(files: Sequence[Path]) -> list[Json]:
    """The agreement of the support score at the threshold of the gate, a row a file.

    "frozen" holds that of the scorer which the engine never sees, at its own threshold.
    """
    scored = partial(support, embed=StaticEmbedding().embed)
    return [{**meta(file, scored, threshold=THRESHOLD), "frozen": _frozen(file)} for file in files]


@dataclass(frozen=True, slots=True)
class _Plain:
    score: float


def _frozen(file: Path) -> Json:
    frozen = frozen_scorer(contexts(file))
    found = meta(
        file,
        lambda claim, records: _Plain(frozen(claim, records)),
        threshold=frozen_support.THRESHOLD,
    )
    return {name: value for name, value in found.items() if name not in ("file", "n")}


def judge_rows(
    files: Sequence[Path], cache: Cache, workers: int, repeat: int
) -> tuple[list[Json], Standing]:
    """The agreement of the judge, a row a file, and its standing, which is kept from now on."""
    chosen = settings()
    replies = kept_replies(chosen, cache, repeat)
    judge = evaluators(replies)[CLAIM.name]

    def graded(claim: str, contexts: Sequence[str]) -> float | None:
        score: float | None = judge.evaluate("", claim, contexts).score
        return score

    rows = []
    for file in files:
        with progress_bar(_lines(file), f"judging {file.name}") as step:
            rows.append(judge_meta(file, graded, workers or chosen.parallel, step))
    return rows, remember(replies.folder, replies.model, replies.temperature, rows, replies.server)


def _lines(file: Path) -> int:
    return len(file.read_bytes().splitlines()) if file.is_file() else 0


def told(row: Json) -> list[str]:
    """A row for a person, a line a scorer; a dash for what one label alone cannot give."""
    unscored = f", {row['unscored']} unscored" if row.get("unscored") else ""
    lines = [f"{row['file']}: {_told(row)}, n = {row['n']}{unscored}", *_kinds(row)]
    if frozen := row.get("frozen"):
        lines += [f"{row['file']}, frozen scorer: {_told(frozen)}", *_kinds(frozen)]
    return lines


def _told(row: Json) -> str:
    interval = row["auroc_ci"]
    between = f" ({interval[0]:.3f} to {interval[1]:.3f})" if interval else ""
    at = f" at {row['threshold']:g}" if "threshold" in row else ""
    return (
        f"AUROC {_figure(row['auroc'])}{between}, "
        f"balanced accuracy {_figure(row['balanced_accuracy'])}{at}"
    )


def _kinds(row: Json) -> list[str]:
    return [
        f"  {kind}: {found['seen']} of {found['wrong']} errors seen, "
        f"{found['kept']} of {found['sound']} sound claims kept"
        for kind, found in row.get("kinds", {}).items()
    ]


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"

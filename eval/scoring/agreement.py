"""Files of human labels, held against the support score or against the judge."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from app.support.score import support
from eval.judging.calibration import Standing, remember
from eval.judging.grades import CLAIM
from eval.judging.judge import Cache, evaluators, kept_replies
from eval.running.session import progress_bar, settings
from eval.scoring.human_labels import judge_meta, meta
from ingest.embedding.models import StaticEmbedding
from ingest.records import Json


def support_rows(files: Sequence[Path]) -> list[Json]:
    """The agreement of the support score, as answers are checked, a row a file."""
    scored = partial(support, embed=StaticEmbedding().embed)
    return [meta(file, scored) for file in files]


def judge_rows(files: Sequence[Path], cache: Cache, workers: int) -> tuple[list[Json], Standing]:
    """The agreement of the judge, a row a file, and its standing, which is kept from now on."""
    chosen = settings()
    replies = kept_replies(chosen, cache)
    judge = evaluators(replies)[CLAIM.name]

    def graded(claim: str, contexts: Sequence[str]) -> float | None:
        score: float | None = judge.evaluate("", claim, contexts).score
        return score

    rows = []
    for file in files:
        with progress_bar(_lines(file), f"judging {file.name}") as step:
            rows.append(judge_meta(file, graded, workers or chosen.parallel, step))
    return rows, remember(replies.folder, replies.model, replies.temperature, rows)


def _lines(file: Path) -> int:
    return len(file.read_bytes().splitlines()) if file.is_file() else 0


def told(row: Json) -> str:
    """A row for a person; a dash for what one label alone cannot give."""
    interval = row["auroc_ci"]
    between = f" ({interval[0]:.3f} to {interval[1]:.3f})" if interval else ""
    unscored = f", {row['unscored']} unscored" if row.get("unscored") else ""
    return (
        f"{row['file']}: AUROC {_figure(row['auroc'])}{between}, "
        f"balanced accuracy {_figure(row['balanced_accuracy'])}, n = {row['n']}{unscored}"
    )


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"

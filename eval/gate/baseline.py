"""The blessed reports that later runs are held against: one file, one report for each corpus."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from eval.records import SCHEMA, Report, Row
from eval.running.run import dumps, from_json
from ingest.errors import NotComparable, UsageError
from ingest.json_text import parsed
from ingest.records import Json


def bless(report: Report, path: Path, *, keep_text: bool = True) -> None:
    """Write `report` as the baseline of its corpus; other corpora in the file stay.

    What was retrieved is left out: nothing is held against it. With `keep_text` off, answers and
    sentences are kept as digests only, for a corpus whose text may not be copied: the gate then
    names a lost sentence by its digest.
    """
    stored = _stored(path) if path.exists() else {}
    slim = replace(report, rows=tuple(replace(row, retrieved=()) for row in report.rows))
    stored[report.corpus] = (slim if keep_text else _without_text(slim)).as_json()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dumps({"schema": SCHEMA, "corpora": stored}), encoding="utf-8")


def blessed(path: Path, corpus: str) -> Report:
    """The blessed report of a corpus; raises UsageError or NotComparable where there is none."""
    if not path.exists():
        raise UsageError(f"{path}: there is no baseline; write one with `askpapers eval bless`.")
    stored = _stored(path)
    if corpus not in stored:
        raise NotComparable(
            f"{path}: holds no baseline for the corpus {corpus!r}, only for "
            f"{', '.join(stored) or 'none'}; write one with `askpapers eval bless`."
        )
    return from_json(stored[corpus], str(path))


def _stored(path: Path) -> Json:
    try:
        stored = parsed(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: this is not a baseline that `eval bless` wrote.") from error
    if not isinstance(stored, dict) or not isinstance(stored.get("corpora"), dict):
        raise UsageError(f"{path}: this is not a baseline that `eval bless` wrote.")
    if stored.get("schema") != SCHEMA:
        raise NotComparable(
            f"{path}: was written in another format; write it again with `askpapers eval bless`."
        )
    return dict(stored["corpora"])


def _without_text(report: Report) -> Report:
    return replace(report, rows=tuple(map(_row_blinded, report.rows)), titles={})


def _row_blinded(row: Row) -> Row:
    lines = tuple(replace(line, text=blinded(line.text)) for line in row.sentences)
    reasons = tuple(reason.split(": ")[0] for reason in row.reasons)
    return replace(row, answer="", sentences=lines, reasons=reasons)


def blinded(text: str) -> str:
    """A digest that stands for a sentence whose text may not be kept."""
    return "#" + hashlib.sha256(text.encode()).hexdigest()[:12]

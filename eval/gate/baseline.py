"""The blessed reports that later runs are held against: one file, one report for each corpus."""

from __future__ import annotations

import hashlib
import re
import subprocess
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from eval.records import SCHEMA, Report, Row
from eval.running.run import dumps, from_json
from ingest.errors import NotComparable, UsageError
from ingest.json_text import parsed
from ingest.records import Json

_DIGEST = re.compile("#[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Blessing:
    """Why and when a baseline became what it is.

    `commit` is that of the project, `settings` those that differ from the baseline before, `cases`
    how many were blessed, and `worse` what was accepted although it is worse.
    """

    reason: str
    date: str
    commit: str = ""
    cases: int = 0
    settings: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()


def bless(
    report: Report, path: Path, *, keep_text: bool = True, blessing: Blessing | None = None
) -> None:
    """Write `report` as the baseline of its corpus; other corpora in the file stay.

    The list of retrieved papers is left out: the places of the expected ones say enough. With
    `keep_text` off, answers and sentences are kept as digests only, for a corpus whose text may not
    be copied: the gate then names a lost sentence by its digest. `blessing` joins those before.
    """
    stored = _corpora(path) if path.exists() else {}
    before = stored.get(report.corpus, {}).get("blessings", [])
    slim = replace(report, rows=tuple(replace(row, retrieved=()) for row in report.rows))
    entry = (slim if keep_text else _without_text(slim)).as_json()
    entry["blessings"] = [*before, asdict(blessing)] if blessing else before
    stored[report.corpus] = entry
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    half.write_text(dumps({"schema": SCHEMA, "corpora": stored}), encoding="utf-8")
    half.replace(path)


def blessed(path: Path, corpus: str, revision: str = "") -> Report:
    """The blessed report of a corpus, as the file is or as it was in a git `revision`.

    Raises UsageError or NotComparable where there is none.
    """
    stored = _at(path, revision) if revision else _corpora(path)
    where = f"{path} of {revision}" if revision else str(path)
    if corpus not in stored:
        raise NotComparable(
            f"{where}: holds no baseline for the corpus {corpus!r}, only for "
            f"{', '.join(stored) or 'none'}; write one with `askpapers eval bless`."
        )
    return from_json(stored[corpus], where)


def _corpora(path: Path) -> Json:
    if not path.exists():
        raise UsageError(f"{path}: there is no baseline; write one with `askpapers eval bless`.")
    try:
        return _parsed(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: this is not a baseline that `eval bless` wrote.") from error


def _at(path: Path, revision: str) -> Json:
    """The corpora of a baseline file as a git revision holds it."""
    where = f"{path} of {revision}"
    if revision.startswith("-") or not path.parent.is_dir():
        raise UsageError(f"{where}: --against takes a branch, a tag or a commit of git.")
    command = ["git", "-C", str(path.parent), "show", f"{revision}:./{path.name}"]
    try:
        told = subprocess.run(command, capture_output=True, check=False)
    except OSError as error:
        raise UsageError(f"{where}: --against needs git, which is not installed here.") from error
    if told.returncode:
        said = told.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
        raise UsageError(f"{where}: git does not give it ({said}).")
    return _parsed(told.stdout.decode("utf-8", errors="replace"), where)


def _parsed(text: str, where: str) -> Json:
    try:
        stored = parsed(text)
    except ValueError as error:
        raise UsageError(f"{where}: this is not a baseline that `eval bless` wrote.") from error
    if not isinstance(stored, dict) or not isinstance(stored.get("corpora"), dict):
        raise UsageError(f"{where}: this is not a baseline that `eval bless` wrote.")
    if stored.get("schema") != SCHEMA:
        raise NotComparable(
            f"{where}: was written in another format; write it again with `askpapers eval bless`."
        )
    return dict(stored["corpora"])


def _without_text(report: Report) -> Report:
    return replace(report, rows=tuple(map(_row_blinded, report.rows)), titles={})


def _row_blinded(row: Row) -> Row:
    lines = tuple(replace(line, text=blinded(line.text)) for line in row.sentences)
    reasons = tuple(reason.split(": ")[0] for reason in row.reasons)
    return replace(row, answer="", sentences=lines, reasons=reasons)


def blinded(text: str) -> str:
    """A digest that stands for a sentence whose text may not be kept; a digest stays as it is."""
    if not text or _DIGEST.fullmatch(text):
        return text
    return "#" + hashlib.sha256(text.encode()).hexdigest()[:12]

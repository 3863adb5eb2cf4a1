"""Whether a judge may be trusted: how well it agreed with people, kept beside its replies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.judging.grades import VERSION
from ingest.errors import UsageError
from ingest.json_text import parsed
from ingest.records import Json

LEAST_AGREEMENT = 0.75
"""The balanced accuracy against human labels from which a judge is more than advisory."""

LEAST_LABELS = 50
"""On how many labels that has to be shown before its grades may gate."""

_FILE = "agreement.json"


@dataclass(frozen=True, slots=True)
class Standing:
    """The lowest balanced accuracy of a judge over n labelled claims, `None` where not measured."""

    model: str
    balanced_accuracy: float | None = None
    n: int = 0

    @property
    def is_trusted(self) -> bool:
        return self.balanced_accuracy is not None and self.balanced_accuracy >= LEAST_AGREEMENT

    @property
    def may_gate(self) -> bool:
        """Whether its grades may decide, where that is asked for."""
        return self.is_trusted and self.n >= LEAST_LABELS

    def __str__(self) -> str:
        if self.balanced_accuracy is None:
            return (
                f"These grades are advisory: how well {self.model} agrees with people has not been "
                "measured (askpapers eval meta --judge). They never gate."
            )
        agreed = (
            f"Against {self.n} human labels {self.model} has a balanced accuracy of "
            f"{self.balanced_accuracy:.3f}"
        )
        if self.is_trusted:
            may = "may gate (--judge-gates)" if self.may_gate else "never gate: too few labels"
            return f"{agreed}, at least the {LEAST_AGREEMENT:g} asked for. Its grades {may}."
        return (
            f"These grades are advisory. {agreed}, below the {LEAST_AGREEMENT:g} asked for. "
            "They never gate."
        )


def standing(folder: Path, model: str, temperature: float, server: str = "") -> Standing:
    """What is known of a judge with the present prompts, from the folder of its replies."""
    known = _known(folder).get(_key(model, temperature, server))
    if known is None:
        return Standing(model)
    return Standing(model, known["balanced_accuracy"], known["n"])


def remember(
    folder: Path, model: str, temperature: float, rows: Sequence[Json], server: str = ""
) -> Standing:
    """Keep what `eval meta --judge` measured, a row a file, and return the standing.

    The lowest figure of the files counts; a file with one label only has none, and then nothing
    is known.
    """
    figures = [row["balanced_accuracy"] for row in rows]
    measured = [figure for figure in figures if figure is not None]
    n = sum(row["n"] - row["unscored"] for row in rows)
    found = Standing(model, min(measured) if len(measured) == len(figures) else None, n)
    known = _known(folder)
    known[_key(model, temperature, server)] = {
        "balanced_accuracy": found.balanced_accuracy,
        "n": n,
        "files": [Path(row["file"]).name for row in rows],
    }
    folder.mkdir(parents=True, exist_ok=True)
    stored = json.dumps(known, indent=1, sort_keys=True)
    (folder / _FILE).write_text(stored, encoding="utf-8")
    return found


def _key(model: str, temperature: float, server: str) -> str:
    at = f" at {server}" if server else ""
    return f"{model}{at} prompts {VERSION} temperature {temperature:g}"


def _known(folder: Path) -> Json:
    file = folder / _FILE
    if not file.exists():
        return {}
    try:
        known = parsed(file.read_text(encoding="utf-8"))
    except ValueError:
        known = None
    if not isinstance(known, dict):
        raise UsageError(f"{file}: this is not what eval meta --judge wrote; delete it.")
    return dict(known)

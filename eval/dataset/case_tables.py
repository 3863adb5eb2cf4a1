"""Cases as YAML, JSON Lines and CSV: read into entries with their lines, and written.

CSV and JSON Lines may name their columns as promptfoo, deepeval and ragas do.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from eval.dataset.case_schema import FACTS, FIELDS, FLAGS, LISTS, Entry
from eval.records import Case
from ingest.errors import UsageError
from ingest.json_text import parsed
from ingest.records import Json

ENDINGS = (".yaml", ".yml", ".jsonl", ".csv")

_ALSO: Mapping[str, tuple[str, ...]] = {
    "id": ("__description", "name"),
    "question": ("input", "user_input", "query"),
    "answer": ("expected_output", "reference", "ground_truth"),
    "papers": ("context", "reference_contexts"),
    "tags": ("__metadata:tags",),
}
# What these tools keep beside a question and belongs to an answer, not to a case.
_OF_ANSWERS = frozenset(
    "actual_output response retrieval_context retrieved_contexts comments source_file".split()
)
_BETWEEN, _OR = ";", "|"


_Rows = tuple[list[tuple[int, object]], list[str]]
"""What stands in each line, and what is wrong with the lines that hold nothing."""


def entries(file: Path, name: str) -> tuple[list[Entry], list[str]]:
    """The entries of a case file, and what is wrong with lines that are none.

    They keep the `name` by which the file is told from others. Raises UsageError where the file as
    a whole cannot be read.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read as UTF-8 text ({error}).") from error
    read: Callable[[str, Path], _Rows] = {
        ".csv": _csv,
        ".jsonl": _jsonl,
    }.get(file.suffix.lower(), _yaml)
    rows, problems = read(text, file)
    return [Entry(fields, f"{file}:{line}", name) for line, fields in rows], problems


def _yaml(text: str, file: Path) -> _Rows:
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise UsageError(f"{file}:1: a case file is a YAML list with at least one case.")
        twice = [told for entry in node.value for told in _repeated(entry, file)]
        lines = [entry.start_mark.line + 1 for entry in node.value]
        found: list[Any] = loader.construct_document(node)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or "not YAML"
        raise UsageError(
            f"{file}:{line}: this is not valid YAML ({problem}); text with ? : # or a comma in it "
            "needs quotes."
        ) from error
    return list(zip(lines, found, strict=True)), twice


def _repeated(entry: yaml.Node, file: Path) -> Iterator[str]:
    if isinstance(entry, yaml.MappingNode):
        for name, times in Counter(key.value for key, _ in entry.value).items():
            if times > 1:
                line = entry.start_mark.line + 1
                yield f"{file}:{line}: the field {name!r} stands twice in one case."


def _jsonl(text: str, file: Path) -> _Rows:
    found: list[tuple[int, object]] = []
    problems = []
    for line, written in enumerate(text.splitlines(), 1):
        if not written.strip():
            continue
        try:
            found.append((line, _renamed(parsed(written), file, line)))
        except ValueError:
            problems.append(f"{file}:{line}: this line is not JSON.")
    if not problems and not found:
        raise UsageError(f"{file}:1: this file holds no case.")
    return found, problems


def _csv(text: str, file: Path) -> _Rows:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    found: list[tuple[int, object]] = []
    problems = []
    for row in rows:
        if None in row:
            problems.append(f"{file}:{rows.line_num}: this row has more cells than the header.")
            continue
        cells = {name: cell for name, cell in row.items() if cell and cell.strip()}
        entry = _renamed(_asserted(cells), file, rows.line_num)
        if isinstance(entry, dict):
            entry = {name: _of_cell(name, cell) for name, cell in entry.items()}
        found.append((rows.line_num, entry))
    if not problems and not found:
        raise UsageError(f"{file}:1: a CSV file of cases has a header and a case a row.")
    return found, problems


def _renamed(entry: object, file: Path, line: int) -> object:
    """An entry under our names for its fields; one without an id is called by its place."""
    if not isinstance(entry, dict):
        return entry
    ours = {also: name for name, others in _ALSO.items() for also in others}
    found: Json = {}
    for name, value in entry.items():
        if name in _OF_ANSWERS or value is None or value == []:
            continue
        found.setdefault(name if name in FIELDS else ours.get(str(name), str(name)), value)
    if "question" in found:
        found.setdefault("id", f"{file.stem}-{line}")
    return found


def _asserted(cells: Mapping[str, str]) -> dict[str, object]:
    """promptfoo's `__expected` cells as facts, forbidden facts and a reference answer."""
    found: dict[str, object] = {}
    facts: dict[str, list[object]] = {"facts": [], "forbidden": []}
    for name, cell in cells.items():
        if name.rstrip("0123456789") != "__expected":
            found[name] = cell
            continue
        kind, colon, value = cell.partition(":")
        base = kind.strip().removeprefix("not-").removeprefix("i")
        wordings = [part.strip() for part in value.split(",") if part.strip()]
        where = facts["forbidden" if kind.strip().startswith("not-") else "facts"]
        if colon and base in ("contains-all", "contains"):
            where += wordings if base == "contains-all" else [value.strip()]
        elif colon and base == "contains-any":
            where.append(wordings)
        else:
            found.setdefault("answer", cell)
    return {**found, **{name: said for name, said in facts.items() if said}}


def _of_cell(name: str, cell: object) -> object:
    """What a cell of CSV holds: lists with ";" between, alternatives with "|", or JSON."""
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    if name in FLAGS:
        return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)
    if name not in (*LISTS, *FACTS):
        return text
    if text.startswith("["):
        try:
            return parsed(text)
        except ValueError:
            pass
    parts = [part.strip() for part in text.split(_BETWEEN) if part.strip()]
    if name in LISTS:
        return parts
    return [[one.strip() for one in part.split(_OR)] if _OR in part else part for part in parts]


def written(cases: Sequence[Case], ending: str) -> str:
    """The cases as text of a file with that ending, without the fields that say nothing."""
    rows = [_fields(case) for case in cases]
    if ending == ".jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if ending == ".csv":
        return _as_csv(rows)
    return yaml.safe_dump(rows, sort_keys=False, allow_unicode=True, width=100)


def _fields(case: Case) -> Json:
    """What a case says, in the order of the fields; a fact with one wording is bare text."""
    plain = Case(case.id, case.question)
    found: Json = {}
    for name in FIELDS:
        value = getattr(case, name)
        if value == getattr(plain, name) and name not in ("id", "question"):
            continue
        if name in FACTS:
            value = [fact[0] if len(fact) == 1 else list(fact) for fact in value]
        found[name] = list(value) if name in LISTS else value
    return found


def _as_csv(rows: Sequence[Json]) -> str:
    names = [name for name in FIELDS if any(name in row for row in rows)]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_to_cell(row.get(name, "")) for name in names] for row in rows)
    return stream.getvalue()


def _to_cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, list):
        return str(value)
    parts = [part if isinstance(part, list) else [part] for part in value]
    wordings = [wording for part in parts for wording in part]
    if any(mark in wording for wording in wordings for mark in (_BETWEEN, _OR)) or (
        wordings and wordings[0].startswith("[")
    ):
        return json.dumps(value, ensure_ascii=False)
    return f"{_BETWEEN} ".join(f" {_OR} ".join(part) for part in parts)

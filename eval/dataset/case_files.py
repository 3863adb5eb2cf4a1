"""Case files become cases; what is not a case is refused by file, case and reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from eval.records import KINDS, Case
from ingest.errors import UsageError

_TEXTS = ("id", "question", "kind", "answer")
_LISTS = ("papers", "acceptable", "history")
_FIELDS = (*_TEXTS, *_LISTS, "facts", "answerable")


def load(paths: Iterable[Path]) -> list[Case]:
    """The cases of the files and folders, sorted by file name and then as written.

    Raises UsageError, naming the file and the case, for anything that is not a case.
    """
    cases: list[Case] = []
    for path in paths:
        for file in _case_files(path):
            cases += _read(file)
    _refuse_repeated_ids(cases)
    return cases


def _case_files(path: Path) -> list[Path]:
    if not path.exists():
        raise UsageError(f"{path}: there is no such case file or folder.")
    if path.is_file():
        return [path]
    files = sorted(file for file in path.rglob("*") if file.suffix in (".yaml", ".yml"))
    if not files:
        raise UsageError(f"{path}: this folder holds no case files (*.yaml).")
    return files


def _read(file: Path) -> list[Case]:
    try:
        entries = _parse(file.read_text(encoding="utf-8"), file)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read as UTF-8 text ({error}).") from error
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or "not YAML"
        raise UsageError(
            f"{file}:{line}: this is not valid YAML ({problem}); text with ? : # or a comma in it "
            "needs quotes."
        ) from error
    if not isinstance(entries, list) or not entries:
        raise UsageError(f"{file}: a case file is a YAML list with at least one case.")
    return [_case(entry, number, file) for number, entry in enumerate(entries, 1)]


def _parse(text: str, file: Path) -> Any:
    loader = yaml.SafeLoader(text)
    node = loader.get_single_node()
    for entry in node.value if isinstance(node, yaml.SequenceNode) else ():
        _refuse_repeated_fields(entry, file)
    return loader.construct_document(node) if node else None


def _refuse_repeated_fields(entry: yaml.Node, file: Path) -> None:
    if not isinstance(entry, yaml.MappingNode):
        return
    for name, times in Counter(key.value for key, _ in entry.value).items():
        if times > 1:
            line = entry.start_mark.line + 1
            raise UsageError(f"{file}:{line}: the field {name!r} stands twice in one case.")


def _case(entry: object, number: int, file: Path) -> Case:
    if not isinstance(entry, dict):
        raise UsageError(f"{file}: entry {number} is not a case (a list of fields was expected).")
    where = f"{file}: case {entry.get('id', f'number {number}')!r}"
    unknown = sorted(str(name) for name in entry if name not in _FIELDS)
    if unknown:
        raise UsageError(
            f"{where} has the unknown field {unknown[0]!r}; the fields are {', '.join(_FIELDS)}."
        )
    texts = {name: _text(entry[name], name, where) for name in _TEXTS if name in entry}
    lists = {name: _texts(entry[name], name, where) for name in _LISTS if name in entry}
    case = Case(
        id=texts.get("id", ""),
        question=texts.get("question", ""),
        kind=texts.get("kind", "lookup"),
        answer=texts.get("answer", ""),
        papers=lists.get("papers", ()),
        acceptable=lists.get("acceptable", ()),
        facts=_facts(entry.get("facts", []), where),
        answerable=_flag(entry.get("answerable", True), where),
        history=lists.get("history", ()),
        file=file.name,
    )
    _refuse_senseless(case, where)
    return case


def _text(value: object, name: str, where: str) -> str:
    if isinstance(value, (bool, int, float)):
        raise UsageError(f"{where}: put quotes around {value} in {name!r}, YAML rewrites numbers.")
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"{where}: {name!r} must be text, not {value!r}.")
    return " ".join(value.split())


def _texts(value: object, name: str, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise UsageError(f"{where}: {name!r} must be a list, not {value!r}.")
    return tuple(_text(item, name, where) for item in value)


def _facts(value: object, where: str) -> tuple[tuple[str, ...], ...]:
    if not isinstance(value, list):
        raise UsageError(f"{where}: 'facts' must be a list, not {value!r}.")
    return tuple(_alternatives(fact, where) for fact in value)


def _alternatives(fact: object, where: str) -> tuple[str, ...]:
    alternatives = _texts(fact if isinstance(fact, list) else [fact], "facts", where)
    if not alternatives:
        raise UsageError(f"{where}: a fact is an empty list; give it one wording or more.")
    return alternatives


def _flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{where}: 'answerable' is true or false, not {value!r}.")
    return value


def _refuse_senseless(case: Case, where: str) -> None:
    if not case.id or not case.question:
        raise UsageError(f"{where}: a case needs an 'id' and a 'question'.")
    if case.kind not in KINDS:
        raise UsageError(f"{where}: the kind {case.kind!r} is none of {', '.join(KINDS)}.")
    if case.answerable and not (case.papers or case.facts):
        raise UsageError(f"{where} expects nothing: give it papers, facts or 'answerable: false'.")
    if not case.answerable and (case.papers or case.facts):
        raise UsageError(f"{where}: an unanswerable case expects no papers and no facts.")


def _refuse_repeated_ids(cases: Sequence[Case]) -> None:
    first: dict[str, Case] = {}
    for case in cases:
        if case.id in first:
            raise UsageError(
                f"{case.file}: the case id {case.id!r} is taken, in {first[case.id].file}."
            )
        first[case.id] = case

"""Case files become cases; what is not a case is refused, all of it at once, by file and line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from eval.dataset.case_schema import Entry, case
from eval.dataset.case_tables import ENDINGS, entries
from eval.records import Case
from ingest.errors import UsageError


def load(paths: Iterable[Path], tell: Callable[[str], None] = lambda _: None) -> list[Case]:
    """The cases of the files and folders, sorted by file name and then as written.

    Drafts are left out: `tell` hears how many. Raises UsageError, a line for everything that is
    wrong, each with file, line and case.
    """
    found = load_with_drafts(paths)
    finished = [one for one in found if not one.draft]
    waiting = len(found) - len(finished)
    if waiting and not finished:
        raise UsageError(
            f"All {waiting} cases are drafts: finish them, and take 'draft: true' out of each."
        )
    if waiting:
        are = "1 draft is" if waiting == 1 else f"{waiting} drafts are"
        tell(f"{are} left out, until a person has finished them and taken out 'draft: true'.")
    return finished


def load_with_drafts(paths: Iterable[Path]) -> list[Case]:
    """The same with the drafts among them."""
    files = [file for path in paths for file in _case_files(path)]
    cases: list[Case] = []
    places: list[str] = []
    problems: list[str] = []
    for file, name in files:
        for entry, one, wrong in _read(file, name, problems):
            problems += wrong
            if one is not None:
                cases.append(one)
                places.append(entry.place)
    problems += _repeated_ids(cases, places)
    if problems:
        raise UsageError("\n".join(problems))
    return cases


def _case_files(path: Path) -> list[tuple[Path, str]]:
    """Case files with their names: below a named folder the path there, of a file its last two."""
    if not path.exists():
        raise UsageError(f"{path}: there is no such case file or folder.")
    if path.is_file():
        return [(path, Path(path.parent.name, path.name).as_posix())]
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() in ENDINGS)
    if not files:
        raise UsageError(
            f"{path}: this folder holds no case files ({', '.join('*' + e for e in ENDINGS)})."
        )
    return [(file, file.relative_to(path).as_posix()) for file in files]


def _read(file: Path, name: str, problems: list[str]) -> list[tuple[Entry, Case | None, list[str]]]:
    try:
        found, unread = entries(file, name)
    except UsageError as problem:
        problems.append(str(problem))
        return []
    problems += unread
    return [(entry, *case(entry, number)) for number, entry in enumerate(found, 1)]


def _repeated_ids(cases: Sequence[Case], places: Sequence[str]) -> list[str]:
    first: dict[str, str] = {}
    told = []
    for one, place in zip(cases, places, strict=True):
        if one.id in first:
            told.append(f"{place}: the case id {one.id!r} is taken, in {first[one.id]}.")
        first.setdefault(one.id, Path(place).name)
    return told
